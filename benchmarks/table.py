"""The table: for a terminal, and as the page in the documentation."""

from __future__ import annotations

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


def markdown(results: Results) -> str:
    """A Markdown table, aligned so that it reads in a terminal too, and what was left out."""
    lines = cells(results)
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    text = "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in lines)
    return text + "\n" + "".join(f"\n- {sentence}" for sentence in results.sentences) + "\n"


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
