"""What the index is given: letters and digits of ASCII, the same for the text and for what is looked for."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from parlance.stores.sql.words import first_place, indexed, term_of, words_of


@given(st.text())
def test_no_text_gives_anything_that_an_index_could_misread(text: str) -> None:
    """Neither an operator nor a word that MariaDB leaves out for its length."""
    words = words_of(text)
    assert re.fullmatch(r"(?:qz[a-z0-9]{1,58}(?: |\Z))*", words)
    term = term_of(text, more=True)
    assert (term is None) == (words == "") == (indexed("t", "u", "c", text) == "")


@given(st.text(alphabet="知识库的设计ab ", min_size=1), st.data())
def test_any_piece_of_a_run_without_spaces_is_among_its_words(text: str, data: st.DataObject) -> None:
    """Found where it stands, by two letters or by one."""
    runs = re.findall("[知识库的设计]+", text)
    if not runs:
        return
    run = data.draw(st.sampled_from(runs))
    start = data.draw(st.integers(0, len(run) - 1))
    piece = run[start : start + data.draw(st.integers(1, 4))]
    term = term_of(piece, more=False)
    assert term is not None
    words = words_of(text).split()
    sought = " ".join(term.words)
    assert any(" ".join(words[n:]).startswith(sought) for n in range(len(words)))
    at = first_place(text, piece, more=False)
    assert at is not None and text[at:].startswith(piece)


def test_what_folding_makes_equal_is_equal() -> None:
    """Case, width and accents of Latin letters; not the letters of other scripts."""
    assert words_of("CAFÉ café cafe\u0301 ｃａｆｅ").split() == ["qzcafe"] * 4
    assert len(set(words_of("и й").split())) == 2
