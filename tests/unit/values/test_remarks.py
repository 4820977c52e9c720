"""What is remarked on documents is told to everybody in their language."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from parlance.values.extras import advice, advised
from parlance.values.remarks import SENTENCES, DocumentRemark, RemarkCode, remark

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src" / "parlance"
SENTENCES_ALONE = {"values/remarks.py", "parsers/child.py"}
"""Where a remark may have a sentence and no code: rows of before, and parsers that somebody added."""
_ENTRY = re.compile(r'^ {2}(\w+):\s*("(?:[^"\\]|\\.)*"),$', re.MULTILINE)


def words(language: str) -> dict[str, str]:
    """What the page says for each code."""
    text = (ROOT / "web" / "src" / "words" / f"remarks.{language}.ts").read_text("utf-8")
    return {code: json.loads(said) for code, said in _ENTRY.findall(text)}


def test_every_remark_is_worded_here_and_in_the_page_in_english_and_chinese() -> None:
    """A new code without words is found out here. The page's English is the sentence that other clients get."""
    assert words("en") == {code.value: sentence for code, sentence in SENTENCES.items()}
    chinese = words("zh")
    assert list(chinese) == [code.value for code in RemarkCode]
    assert all(re.search("[\u4e00-\u9fff]", said) for said in chinese.values())


def test_codes_are_words_with_lines_between() -> None:
    """As all codes that are told."""
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", code.value) for code in RemarkCode)


def test_no_remark_of_ours_is_a_sentence_alone() -> None:
    """Each is made of its code, also that of a parser which comes later."""
    made = {
        str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if "DocumentRemark(" in path.read_text("utf-8")
    }
    assert made == SENTENCES_ALONE


def test_a_sentence_is_made_of_the_values() -> None:
    """Words go with their number, and no value is looked at as a sentence."""
    assert remark(RemarkCode.PAGES_DAMAGED, count=1, pages="3").words == "Damaged and left out: page 3."
    both = remark(RemarkCode.PAGES_DAMAGED, count=2, pages="3, 5")
    assert both == DocumentRemark("Damaged and left out: pages 3, 5.", "pages_damaged", {"count": 2, "pages": "3, 5"})
    assert remark(RemarkCode.UNCUT, why="{why} {0}").words == "It was not cut anew: {why} {0}"
    with pytest.raises(KeyError):
        remark(RemarkCode.MISNAMED)


@pytest.mark.parametrize("at", ["src/parlance", "lib/parlance"])
def test_what_an_extra_would_read_is_told_with_how_to_add_it(tmp_path: Path, at: str) -> None:
    """In the very words that are looked for in it, in a checkout and elsewhere."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "ocr.txt").touch()
    package = tmp_path / at if at.startswith("src") else tmp_path / "other" / at
    said = remark(RemarkCode.PAGES_UNREAD, count=1, pages="1", **advised("ocr", package))
    assert said.words == f"Pictures without text, left out: page 1. {advice('ocr', package)}"
