"""A citation tells the page of the words that it rests on, not the one that its passage begins on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.knowledge.asking.citing import Citing
from parlance.core.knowledge.asking.context import Context
from parlance.core.knowledge.asking.exhibits import exhibits, numbered
from parlance.core.knowledge.asking.passages import merged, shortened
from parlance.values.events import Citation
from parlance.values.knowledge import Hit, Span
from parlance.values.messages import text_of
from tests.unit.core.knowledge.asking.library import asked, hit

PAGES = [
    f"Page {n} says the pelican number {7 * n}. It flies over the bay in the year {1900 + n}.\n" for n in range(1, 6)
]
TEXT = "".join(PAGES)
STARTS = [TEXT.index(page) for page in PAGES]


def paged(text: str, starts: list[int], start: int, stop: int) -> Hit:
    """A hit with its pages."""
    one = hit(text, start, stop)
    begin = tuple(starts[bisect_right(starts, start) : bisect_left(starts, stop)])
    span = Span(start, stop, bisect_right(starts, start), page_starts=begin)
    return msgspec.structs.replace(one, chunk=msgspec.structs.replace(one.chunk, span=span))


def cited(answer: str, prompt: Context) -> Citation:
    """The one citation of an answer."""
    [one] = Citing(prompt.passages).push(answer)
    return one.citations[0]


def test_the_page_is_that_of_the_quoted_words() -> None:
    """Word for word, in quotation marks, in other words, and over the end of a page; again after it was stored."""
    prompt = asked([paged(TEXT, STARTS, 0, len(TEXT))])
    stored = msgspec.structs.replace(prompt, passages=numbered(exhibits(prompt.passages)))
    for each in (prompt, stored):
        for said, pages in {
            "Page 4 says the pelican number 28. [1]\n": (4, None, True),
            "It says “over the bay in the year 1905” [1].\n": (5, None, True),
            "Over the bay in the year 1902 it flies [1].\n": (2, None, True),
            "“in the year 1902 … Page 3 says the pelican” it reads [1].\n": (2, 3, True),
            "Something else is in it altogether [1].\n": (1, 5, False),
        }.items():
            one = cited(said, each)
            assert (one.page, one.last_page, one.sure) == pages, said


def test_a_model_is_told_all_pages_of_a_passage() -> None:
    """And one where there is one."""
    for stop, told in ((len(TEXT), "d1.txt, pages 1-5\n"), (STARTS[1], "d1.txt, page 1\n")):
        asking = asked([paged(TEXT, STARTS, 0, stop)]).items[-1]
        assert told in text_of(asking.content)  # type: ignore[union-attr]


@given(
    st.lists(st.integers(1, 99), max_size=6), st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=6)
)
def test_what_is_merged_or_shortened_knows_the_page_of_each_place(
    begins: list[int], cuts: list[tuple[int, int]]
) -> None:
    """However pages and chunks lie, also for pages without a word."""
    text, starts = "abcd " * 20, [0, *sorted(begins)]
    hits = [paged(text, starts, min(cut), max(cut)) for cut in cuts if cut[0] != cut[1]]
    hits += [shortened(one, 10) for one in hits]
    for stretch in merged(hits):
        for place in range(stretch.span.start, stretch.span.stop):
            assert stretch.span.page_at(place) == bisect_right(starts, place)
        assert stretch.span.stop == 0 or stretch.span.page_at(stretch.span.stop - 1) == (
            stretch.span.last_page or stretch.span.page
        )
