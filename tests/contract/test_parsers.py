"""Every built-in parser passes the contract of parsers, and the quarantine that of parsing."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from parlance.parsers.child import loaded
from parlance.parsers.quarantine import Quarantine
from parlance.plugins import BUILT_IN, PARSERS, targets
from parlance.ports.parsing import Parser, Parsing
from parlance.testing.documents import office, old_office, pdf, pictures
from parlance.testing.documents.facts import PARAGRAPHS, ROWS
from parlance.testing.parsing import ParserContract, ParsingContract
from parlance.values.time import SystemClock

pytestmark = pytest.mark.slow


def written(text: str) -> Callable[[Path], Path]:
    """A maker of a file with this text."""

    def make(path: Path) -> Path:
        path.write_text(text, encoding="utf-8")
        return path

    return make


PROSE = "\n\n".join(PARAGRAPHS)
SAMPLES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "pdf": ("a.pdf", pdf.handbook),
    "docx": ("a.docx", office.docx),
    "doc": ("a.doc", old_office.doc),
    "pptx": ("a.pptx", office.pptx),
    "xlsx": ("a.xlsx", office.xlsx),
    "xls": ("a.xls", old_office.xls),
    "csv": ("a.csv", written("\n".join(";".join(row) for row in ROWS))),
    "html": ("a.html", written(office.page("t", office.words()))),
    "markdown": ("a.md", written(f"# A\n\n{PROSE}\n\n- one\n- two\n\n| a |\n|---|\n| 1 |\n\n```\ncode\n")),
    "plain": ("a.txt", written(PROSE)),
    "epub": ("a.epub", office.epub),
    "eml": ("a.eml", office.eml),
    "json": ("a.json", written('{"name": "\\u77e5", "sizes": [1.10, 2e3, {"deep": null}]}')),
    "pictures": ("a.png", pictures.scan),
}


@pytest.fixture(scope="module", params=[name for name in SAMPLES if name != "pictures"])
def format_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


class TestBuiltIn(ParserContract):
    """Each format; pictures, which take seconds each, stand by themselves in `tests/unit/parsers/test_ocr.py`."""

    @pytest.fixture
    def parser(self, format_name: str) -> Parser:
        return loaded(BUILT_IN[PARSERS][format_name])

    @pytest.fixture
    def sample(self, format_name: str, tmp_path: Path) -> Path:
        name, make = SAMPLES[format_name]
        return make(tmp_path / name)


class TestQuarantine(ParsingContract):
    """Children that read."""

    @pytest.fixture
    async def parsing(self) -> AsyncIterator[Parsing]:
        made = Quarantine(targets(PARSERS), SystemClock(), environment=os.environ, width=2)
        yield made
        await made.close()


def test_every_built_in_parser_has_a_sample() -> None:
    assert set(SAMPLES) == set(BUILT_IN[PARSERS])
