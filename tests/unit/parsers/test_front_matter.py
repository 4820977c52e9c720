"""The front matter of Markdown: a document's title and fields, and none of its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.parsers.markdown import Markdown
from parlance.ports.parsing import ParseHints
from parlance.values.knowledge import Parsed


def read(folder: Path, text: str) -> Parsed:
    """A text as Markdown."""
    path = folder / "a.md"
    path.write_text(text, "utf-8")
    return Markdown().parse(path, hints=ParseHints("a.md"), progress=lambda done, pages: None)


def test_fields_are_kept_and_are_no_passage(tmp_path: Path) -> None:
    """Lists and texts of several lines too; comments and fields without a value are nothing. Places are those of what
    is left."""
    front = (
        '---\n# made by hand\ntitle: "Tomato diary"\ndraft:\ntags:\n  - red\n- ripe\n\nabout: >\n  What was\n  sown\n'
        "作者: 王小明\n--- \n\n"
    )
    parsed = read(tmp_path, front + "# Diary\n\nSowed in March.\n\n---\n\nEnd.\n")
    assert parsed.text == "# Diary\n\nSowed in March.\n\n---\n\nEnd.\n" and parsed.title == "Tomato diary"
    assert parsed.metadata == {
        "title": "Tomato diary",
        "tags": "red, ripe",
        "about": "What was, sown",
        "作者": "王小明",
    }
    assert [parsed.text[each.span.start : each.span.stop] for each in parsed.blocks][:2] == [
        "# Diary",
        "Sowed in March.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "---\nIt rained.\nWe slept.\n---\nThen it was dry.",
        "---\n\n---\nWords.",
        "---\ntitle: Never closed\n",
        "---\n" + "a: b\n" * 5000 + "---\nWords.",
    ],
)
def test_what_only_looks_like_one_stays_text(text: str, tmp_path: Path) -> None:
    """Between two rules there may be words."""
    assert read(tmp_path, text).text == text
    assert read(tmp_path, text).metadata == {}


def test_a_document_of_fields_alone_keeps_them_as_its_text(tmp_path: Path) -> None:
    """It would have none left."""
    parsed = read(tmp_path, "---\ntitle: Alone\n---\n\n")
    assert parsed.title == "Alone" and "title: Alone" in parsed.text
