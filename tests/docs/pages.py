"""The documentation as text: pages, links, headings, and what looks like a path or a command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Folders whose paths a page may name; whatever starts otherwise is a route, an address or an example.
FOLDERS = ("src/", "tests/", "docs/", "tools/", "requirements/", "benchmarks/", ".ci/")
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CITE = re.compile(r"\b[Dd]ecision (\d{4})\b|docs/decisions/(\d{4})\b")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One Markdown file, by its path from the root of the repository."""

    path: str
    text: str

    @property
    def prose(self) -> str:
        """The text without fenced blocks."""
        return FENCE.sub("", self.text)

    @property
    def anchors(self) -> set[str]:
        """The anchors of its headings."""
        return {anchor(heading) for heading in HEADING.findall(self.prose)}


def anchor(heading: str) -> str:
    """The anchor that a heading gets: lower case, without punctuation, spaces as hyphens."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def pages() -> Iterator[Page]:
    """README and its neighbours, and everything below docs/."""
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]:
        yield Page(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def built(root: Path) -> frozenset[str]:
    """Folders that a build makes and git ignores: on a fresh clone they are not there yet."""
    ignored = root / ".gitignore"
    lines = ignored.read_text(encoding="utf-8").splitlines() if ignored.is_file() else ()
    return frozenset(line.strip("/") for line in lines if line.startswith("/"))


def lost_paths(page: Page, root: Path = ROOT) -> list[str]:
    """Paths in backticks that look like ours and do not exist. `tests/unit/*.py` needs at least one match."""
    found, made = [], built(root)
    for code in CODE.findall(page.prose):
        name = code.partition("::")[0].partition(":")[0].rstrip("/")
        ours = code.startswith(FOLDERS) and not re.search(r"[\s<>{}…]", code)
        if ours and name not in made and not any(root.glob(name)):
            found.append(f"{page.path}: `{code}` does not exist")
    return found


def lost_links(page: Page, root: Path = ROOT) -> list[str]:
    """Links to a page or a heading of ours that is not there. Other sites are not asked."""
    found = []
    for target in LINK.findall(page.prose):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        place, _, name = target.partition("#")
        file = (root / page.path).parent / place if place else root / page.path
        if not file.exists():
            found.append(f"{page.path}: the link to {target} leads nowhere")
        elif name and file.suffix == ".md" and name not in Page("", file.read_text(encoding="utf-8")).anchors:
            found.append(f"{page.path}: {target} names a heading that is not there")
    return found


def self_installs(text: str) -> list[str]:
    """Commands that install a checkout with an extra: they leave a copy in the place of its sources."""
    return re.findall(r"pip install[^`\n]*? ['\"]?\.\[[^`\n]*", text)


def operations_typed(page: Page) -> list[str]:
    """What stands behind `parlance do` in code, with a name of an operation."""
    return re.findall(r"parlance do ([a-z_]+\.[a-z_.]+[^`\n]*)", page.text)


def lost_decisions(folder: Path) -> list[str]:
    """Decisions that Python files below a folder cite by number and that are not recorded."""
    there = {path.name[:4] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    found = []
    for path in sorted(folder.rglob("*.py")):
        cited = ("".join(numbers) for numbers in CITE.findall(path.read_text(encoding="utf-8")))
        found += [f"{path.name}: there is no decision {number}" for number in cited if number not in there]
    return found


def left_out(folder: Path) -> list[str]:
    """Modules that are not in the reading order of their package, where it gives one."""
    found = []
    for package in sorted(folder.rglob("__init__.py")):
        _, _, order = package.read_text(encoding="utf-8").partition("Reading order: ")
        named = set(CODE.findall(order))
        there = {path.stem for path in package.parent.glob("[a-z]*.py")} if order else set()
        found += [
            f"{package.parent.name}: `{name}` has no place in the reading order" for name in sorted(there - named)
        ]
    return found


def make_targets(makefile: str) -> set[str]:
    """The targets of a Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))


def make_commands(page: Page) -> set[str]:
    """The targets that a page tells to make, in code of any kind."""
    blocks = FENCE.findall(page.text) + re.findall(r"^(?: {4}|\t).+$", page.text, re.MULTILINE)
    code = "\n".join(blocks + CODE.findall(page.prose))
    return set(re.findall(r"(?:^|[\s;&(])make ([a-z][a-z-]*)", "\n" + code))
