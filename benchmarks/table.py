"""The table: for a terminal, and as the page in the documentation."""

from __future__ import annotations

from pathlib import Path

from benchmarks.figures import ROWS, Results, Row

ORDER = ("parlance", "nginx", "floor", "direct", "litellm", "openwebui", "portkey")
TITLES = {
    "parlance": "Parlance",
    "nginx": "nginx",
    "floor": "plain ASGI relay",
    "direct": "direct",
    "litellm": "LiteLLM",
    "openwebui": "Open WebUI",
    "portkey": "Portkey",
}


def verdict(row: Row, results: Results) -> str:
    """Whether the budget holds, and how much of it is used."""
    used = row.used(results)
    if used is None:
        return "not measured" if row.budget else ""
    return f"met ({used:.0%})" if used <= 1 else f"missed ({used:.2f} ×)"


def cell(row: Row, subject: str, results: Results) -> str:
    """One figure, with its ratio to the row's peer in brackets."""
    figure = results.figures.get(row.key, {}).get(subject)
    if figure is None:
        return ""
    if figure.value is None:
        return figure.note or "–"
    text = f"{figure.value:,.{row.digits}f}"
    ratio = results.ratio(row.key, subject, row.ratio_to) if row.ratio_to and subject != row.ratio_to else None
    if ratio is not None:
        text += f" ({ratio:.2f} ×)"
    return text + (f" ({figure.note})" if figure.note else "")


def cells(results: Results) -> list[list[str]]:
    """Head and lines."""
    seen = {subject for figures in results.figures.values() for subject in figures}
    subjects = [name for name in ORDER if name in seen]
    lines = [["what", "unit", "budget", "verdict", *(TITLES[name] for name in subjects)]]
    for row in ROWS:
        if row.key in results.figures:
            figures = [cell(row, name, results) for name in subjects]
            lines.append([row.what, row.unit, row.budget, verdict(row, results), *figures])
    return lines


def aligned(lines: list[list[str]]) -> str:
    """A Markdown table of a head and rows, which reads in a terminal too."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    ruled = [lines[0], ["-" * width for width in widths], *lines[1:]]
    return "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in ruled)


def markdown(results: Results) -> str:
    """The table and what was left out of it."""
    return aligned(cells(results)) + "\n" + "".join(f"\n- {sentence}" for sentence in results.sentences) + "\n"


PAGE = """\
# What Parlance costs

This page is written by `make bench ARGS=--write`. All figures of one table come from one run on one machine: they mean
something beside each other, and little alone. `benchmarks/README.md` says how each is taken.

Measured was the whole road: authentication, admission, run log, metrics and logging were on
(`benchmarks/configuration.py`; a test holds it to that). Behind every server stood the same mock upstream.

Machine: {machine}.

{table}"""


def page(results: Results, machine: str) -> str:
    """`docs/benchmarks.md`."""
    return PAGE.format(machine=machine, table=markdown(results))


SECTION = "\n## The page in a browser\n"
PAGE_SECTION = """\

This section is written by `make bench-page ARGS=--write`: the built page at a server of its own, in Chromium without a
graphics card. Each figure is the best of the rounds. *Main thread* is the processor's time of the thread on which the
page runs, its layout and paint included: what others do on the machine is none of it.

Machine: {machine}.

{table}
"""


def kept(file: Path) -> str:
    """The page's section as it stands in a file, or nothing."""
    _, begin, section = (file.read_text("utf-8") if file.exists() else "").partition(SECTION)
    return begin + section


def write_page(file: Path, machine: str, text: str) -> None:
    """Put the page's section into a file, in place of the one that may be there."""
    before = file.read_text("utf-8").partition(SECTION)[0]
    file.write_text(before + SECTION + PAGE_SECTION.format(machine=machine, table=text), "utf-8")
