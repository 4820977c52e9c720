"""What the documentation points at exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.cli.do import given
from parlance.core.handlers import HANDLED
from parlance.core.operation import Operation
from parlance.dialects.native.operations import reads
from tests.architecture.sources import show
from tests.docs.pages import (
    ROOT,
    Page,
    left_out,
    lost_decisions,
    lost_links,
    lost_paths,
    make_commands,
    make_targets,
    operations_typed,
    pages,
    self_installs,
)


def test_every_path_in_the_docs_exists() -> None:
    """A path in backticks leads to a file or folder of this repository."""
    show(finding for page in pages() for finding in lost_paths(page))


def test_every_internal_link_resolves() -> None:
    """A link leads to a page that is there, and to a heading that the page has."""
    show(finding for page in pages() for finding in lost_links(page))


def test_every_make_command_in_the_docs_is_a_target() -> None:
    """What a page tells to type can be typed."""
    targets = make_targets((ROOT / "Makefile").read_text(encoding="utf-8"))
    show(f"{page.path}: `make {name}` is no target" for page in pages() for name in make_commands(page) - targets)


def test_the_readme_names_the_two_commands_on_its_first_screen() -> None:
    """A newcomer finds how to start and how to test within thirty lines."""
    screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:30])
    assert {"run", "test"} <= make_commands(Page("README.md", screen))


def test_a_newcomer_with_a_folder_finds_what_to_type() -> None:
    """On the README's second screen at the latest, and in knowledge before any request that is written by hand."""
    typed = ("parlance index ~/papers --base Papers --create", "parlance ask --base Papers")
    screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40])
    above, curl, _ = (ROOT / "docs" / "howto" / "knowledge.md").read_text(encoding="utf-8").partition("curl")
    assert curl
    assert [f".venv/bin/{each}" in text for text in (screen, above) for each in typed] == [True] * 4


@pytest.mark.slow
def test_nobody_is_told_to_install_a_checkout_over_itself() -> None:
    """Neither in the docs nor by a hint: the copy would run instead of what is pulled later."""
    folders = (ROOT / "src" / "parlance", ROOT / "deploy")
    sources = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".toml", ".service")]
    told = [(page.path, page.text) for page in pages()]
    told += [(str(path), path.read_text("utf-8")) for path in [*sources, ROOT / "parlance.example.toml"]]
    show(f"{name}: {found}" for name, text in told for found in self_installs(text))
    assert self_installs("`.venv/bin/pip install '.[ocr]'`") == ["pip install '.[ocr]'"]


def test_every_decision_stands_in_the_index() -> None:
    """The index of decisions lists every record in the order of their numbers, and none is used twice."""
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name for name in records if f"({name})" not in index] == []
    assert len({name[:4] for name in records}) == len(records)
    rows = re.findall(r"^\| \[(\d{4})\]", index, re.MULTILINE)
    assert rows == sorted(rows)


def test_what_was_added_to_a_record_has_its_date() -> None:
    """Each paragraph of it, so that who reads the decision knows what was known then."""
    undated = []
    for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        _, _, added = path.read_text(encoding="utf-8").partition("\n## Added\n\n")
        paragraphs = added.strip().split("\n\n") if added else []
        undated += [(path.name, each) for each in paragraphs if not re.match(r"\d{4}-\d{2}-\d{2}: ", each)]
    assert undated == []


def test_every_record_is_titled_with_its_number() -> None:
    """In one way, so that a search for a cite finds it."""
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    titles = {path.name: path.read_text(encoding="utf-8").partition("\n")[0] for path in records}
    assert [title for name, title in titles.items() if not title.startswith(f"# {name[:4]} · ")] == []


@pytest.mark.parametrize("part", ["core", "stores"])
def test_a_reading_order_leaves_no_module_out(part: str) -> None:
    """Of the core and of what it stands on: whoever reads along comes to the end of the package."""
    show(left_out(ROOT / "src" / "parlance" / part))


def test_a_module_without_a_place_is_found(tmp_path: Path) -> None:
    """The order names those that are read."""
    (tmp_path / "__init__.py").write_text('"""Tea. Reading order: `leaf`."""', encoding="utf-8")
    for name in ("leaf", "cup"):
        (tmp_path / f"{name}.py").touch()
    assert [line.partition("`")[2].partition("`")[0] for line in left_out(tmp_path)] == ["cup"]


def test_the_glossary_is_in_order() -> None:
    """Of the alphabet, with no word twice."""
    words = re.findall(r"^\*\*(.+?)\.\*\*", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)
    assert words == sorted(set(words), key=str.casefold)


@pytest.mark.slow
def test_every_decision_that_code_cites_is_there() -> None:
    """In sources and tests alike."""
    show(finding for part in ("src", "tests", "tools") for finding in lost_decisions(ROOT / part))


def test_a_lost_decision_is_found(tmp_path: Path) -> None:
    """In both ways in which one is cited, and a year is none."""
    lost = 9999, 9998
    text = f'"""Of 2026 (decision 0001), decision {lost[0]} and `docs/decisions/{lost[1]}`."""'
    (tmp_path / "cites.py").write_text(text, encoding="utf-8")
    assert [line.rpartition(" ")[2] for line in lost_decisions(tmp_path)] == ["9999", "9998"]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A page with one good and one bad of everything."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").touch()
    (tmp_path / "b.md").write_text("# The good *one*\n")
    text = (
        "`src/a.py` `src/*.py` `src/gone.py` `src/<name>.py` `/v1/models` `tests/x.py::test_a`\n"
        "[a](b.md) [b](b.md#the-good-one) [c](b.md#gone) [d](gone.md) [e](https://example.com/x) [f](#own)\n"
        "## Own\n```\nmake run PORT=1; make gone\n[g](fenced.md) `src/fenced.py`\n```\n    make test\n`make setup`\n"
    )
    return Page("page.md", text)


def test_a_lost_path_is_found(page: Page, tmp_path: Path) -> None:
    """Patterns, placeholders, routes and fenced blocks are left alone, and what a build makes."""
    (tmp_path / ".gitignore").write_text("/src/gone/\n/src/made/\n")
    assert lost_paths(Page("page.md", "`src/made/` `src/made.py`"), tmp_path) == [
        "page.md: `src/made.py` does not exist"
    ]
    assert lost_paths(page, tmp_path) == [
        "page.md: `src/gone.py` does not exist",
        "page.md: `tests/x.py::test_a` does not exist",
    ]


def test_a_lost_link_is_found(page: Page, tmp_path: Path) -> None:
    """A missing page and a missing heading are told apart, another site is not asked."""
    (tmp_path / page.path).write_text(page.text)
    assert lost_links(page, tmp_path) == [
        "page.md: b.md#gone names a heading that is not there",
        "page.md: the link to gone.md leads nowhere",
    ]


def test_make_commands_are_read_from_code(page: Page) -> None:
    """Fenced, indented and quoted commands count; prose about making something does not."""
    assert make_commands(page) == {"run", "gone", "test", "setup"}
    assert make_commands(Page("x.md", "They make tea. Tests make sure.")) == set()
    assert make_targets("a := 1\nrun: python ## x\n\t@true\nbench-peers:\n") == {"run", "bench-peers"}


def test_every_operation_that_a_page_types_can_be_done() -> None:
    """Its name, its fields, and whether each is a text or JSON: `vision={}` where an object is wanted is none."""
    kinds = {kind.wire_name: kind for kind in HANDLED if kind.wire_name}
    show(
        f"{page.path}: `{command}` {why}"
        for page in pages()
        for command in operations_typed(page)
        if (why := unfit(command, kinds))
    )
    assert unfit('bases.change base=B options=\'{"vision": ""}\'', kinds) and not unfit("bases.list", kinds)
    assert unfit("bases.frob", kinds) and unfit("bases.read base=B colour=red", kinds)


def unfit(command: str, kinds: Mapping[str, type[Operation[Any]]]) -> str:
    """Why what stands behind `parlance do` cannot be done; empty where it can."""
    name, *typed = shlex.split(command, comments=True)
    if name not in kinds:  # a route of its own may be asked in the same way
        routes = (ROOT / "docs" / "reference" / "routes.md").read_text(encoding="utf-8")
        return "" if f"`/parlance/v1/{name}`" in routes else "is no operation"
    fields = given([each for each in typed if not each.startswith("--")])
    if unknown := fields.keys() - set(kinds[name].__struct_fields__):
        return f"has no field {', '.join(sorted(unknown))}"
    try:
        msgspec.convert(fields, kinds[name], strict=not reads(kinds[name]))
    except msgspec.ValidationError as error:
        return "" if "missing required" in str(error) else str(error)
    return ""
