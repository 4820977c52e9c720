"""How documents are cut: what always holds, for texts of every make, and what is kept together."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parlance.core.knowledge.chunking.passages import chunked
from parlance.values.knowledge import Block, ChunkOptions, Parsed, Passage, Span

TABLE = "| Region | Q1 |\n| --- | --- |\n" + "".join(f"| Île-{n} | {n}.25 |\n" for n in range(30))
PIECES = st.sampled_from(
    [
        *(
            "Some words here. ",
            "知识库支持混合检索。",
            "ERR-4711",
            "\n",
            "\n\n",
            "  ",
            "。",
            "!",
            "e\u0301",
            "👩\u200d🔬",
            "a" * 90,
        ),
        *(
            "# Title\n\n",
            "## Under\n",
            "| a | b |\n|---|---|\n| 1 | 2 |\n",
            TABLE,
            "```py\nx = 1\n\ny = 2\n```\n",
            "```",
        ),
        *(
            "$$a^2 + b^2$$",
            "$$",
            "[a link](https://h.test/x)",
            "![seen](i.png)",
            "[",
            "](",
            "|",
            "- item\n",
            "\t",
            "\u3000",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=300)
OPTIONS = st.builds(
    ChunkOptions,
    size=st.integers(1, 200),
    overlap=st.integers(0, 120),
    separators=st.sampled_from([("\n\n", "\n", "。"), (), (". ", "?", "!", "。"), ("",), ("\n",)]),
    parent_size=st.sampled_from([0, 0, 50, 400]),
    headings=st.booleans(),
)


def parsed(text: str) -> Parsed:
    """A text with its headings, as a parser would give it."""
    blocks, at = [], 0
    for line in text.splitlines(keepends=True):
        if line.startswith("#") and line.strip("# \n"):
            level = len(line) - len(line.lstrip("#"))
            blocks.append(Block("heading", Span(at, at + len(line.rstrip("\n"))), level=min(level, 6)))
        at += len(line)
    return Parsed(text, tuple(blocks))


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(TEXTS, OPTIONS)
def test_passages_say_what_the_text_says_where_they_claim_and_leave_nothing_out(
    text: str, options: ChunkOptions
) -> None:
    """Exact spans, in order, within their size, every code point that is not blank, and the same each time."""
    document = parsed(text)
    found = chunked(document, options)
    assert all(one.content == text[one.span.start : one.span.stop] for one in found)
    assert all(one.content.strip() and one.content == one.content.rstrip() for one in found)
    upper = max(options.size, options.parent_size)
    parents = {one.parent for one in found if one.parent is not None}
    assert all(len(one.content) <= (upper if place in parents else options.size) for place, one in enumerate(found))
    starts = [one.span.start for one in found if (one.parent is None) == (options.parent_size == 0)]
    assert starts == sorted(set(starts))
    covered = bytearray(len(text))
    for one in found:
        covered[one.span.start : one.span.stop] = b"\x01" * len(one.content)
    assert all(covered[at] or text[at].isspace() for at in range(len(text)))
    assert found == chunked(document, options)


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(TEXTS, st.integers(1, 100), st.integers(0, 99))
def test_a_parent_stands_before_its_children_which_lie_in_it_and_cover_it(text: str, size: int, overlap: int) -> None:
    """Every parent has a child, so that it can be found."""
    found = chunked(parsed(text), ChunkOptions(size=size, overlap=overlap, parent_size=300))
    for place, one in enumerate(found):
        if one.parent is None:
            children = [child for child in found if child.parent == place]
            assert children and children[-1].span.stop == one.span.stop
            assert text[one.span.start : children[0].span.start].isspace() or children[0].span.start == one.span.start
        else:
            above = found[one.parent]
            assert above.parent is None and one.parent < place
            assert above.span.start <= one.span.start and one.span.stop <= above.span.stop


@settings(deadline=None, max_examples=100)
@given(TEXTS, st.integers(1, 200), st.integers(0, 120))
@example("Some words of a text.\n\n" * 3 + "```\nx\n```\n", 78, 20)  # nothing but the end of the last line is left
@example("Some words of a text.\n\n" * 3 + "```\nx\n```\n\n" + "b" * 70, 78, 20)  # and what follows has no room
def test_what_is_repeated_is_no_more_than_the_overlap(text: str, size: int, overlap: int) -> None:
    """And each chunk brings something new."""
    found = chunked(parsed(text), ChunkOptions(size=size, overlap=overlap))
    for before, after in itertools.pairwise(found):
        assert before.span.stop - after.span.start <= min(overlap, size // 2)
        assert after.span.stop > before.span.stop


def contents(text: str, **options: object) -> list[str]:
    return [one.content for one in chunked(parsed(text), ChunkOptions(**options))]  # type: ignore[arg-type]


def test_units_are_packed_while_they_fit_and_separators_stay_on_the_left() -> None:
    """As the reference does it."""
    text = "第一句。第二句。第三句。第四句。"
    assert contents(text, size=8, overlap=0) == ["第一句。第二句。", "第三句。第四句。"]
    assert contents(text, size=9, overlap=4) == ["第一句。第二句。", "第二句。第三句。", "第三句。第四句。"]
    assert contents("one\n\ntwo\n\nthree", size=10, overlap=0) == ["one\n\ntwo", "three"]


def test_white_space_alone_is_no_reason_for_another_chunk() -> None:
    """Neither behind what is said, nor before what has no room any more, nor at the beginning."""
    code = "```\nx\n```"
    assert contents(f"Some words.\n\n{code}\n", size=22, overlap=10) == [f"Some words.\n\n{code}"]
    more = contents(f"Some words.\n\n{code}\n\n" + "b" * 20, size=22, overlap=10)
    assert more == [f"Some words.\n\n{code}", "b" * 20]
    assert contents("\n\n第一句。第二句。", size=8, overlap=4) == ["第一句。第二句。"]


@pytest.mark.parametrize(
    "kept",
    [
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |",
        "```py\nx = 1\n\ny = 2\n```",
        "~~~\na\n\n```\n\nb\n~~~",
        "$$\na\n+ b\n$$",
        "[a link\u00a0of words](https://h.test/a。b)",
        "![seen。seen](i.png)",
    ],
)
def test_a_region_that_fits_is_never_cut(kept: str) -> None:
    """Wherever it stands."""
    for lead in range(0, 60, 7):
        text = "word " * (lead // 5) + "x" * (lead % 5) + "\n\n" + kept + "\n\n" + "more words. " * 10
        assert any(kept in one for one in contents(text, size=60, overlap=10))


def test_a_long_table_is_cut_between_rows_and_every_piece_knows_its_head_and_headings() -> None:
    """A row alone says nothing; the head goes into the context, which is no part of the span."""
    found = chunked(
        parsed("# Sales\n\n## North\n\n" + TABLE + "\nAfter the table."), ChunkOptions(size=120, overlap=40)
    )
    table = [one for one in found if one.kind == "table"]
    assert len(table) > 3 and found[0].content.startswith("# Sales\n\n## North\n\n| Region | Q1 |")
    rows = [line for one in found[:-1] for line in one.content.splitlines() if line.startswith("| Île")]
    assert rows == [f"| Île-{n} | {n}.25 |" for n in range(30)]
    assert {one.context for one in table} == {"Sales > North\n| Region | Q1 |\n| --- | --- |"}
    assert (found[-1].content, found[-1].kind, found[-1].context) == ("After the table.", "text", "Sales > North")


def test_a_row_that_is_too_long_is_cut_at_a_word() -> None:
    """Better than a chunk of any length."""
    row = "| " + "words and words " * 20 + "|"
    found = contents(f"| a |\n|---|\n{row}\n| b |", size=100)
    assert max(map(len, found)) <= 100 and not any(one.endswith("wor") for one in found)


def test_headings_open_chunks_and_are_told_to_those_below() -> None:
    """A heading straight above another one does not stand alone; one with words of its own does."""
    text = "# A\n\n## B\n\nText of b.\n\n## C ##\n\nText of c. " + "More of c. " * 8 + "\n\n# D\n\nText of d."
    found = chunked(parsed(text), ChunkOptions(size=60, overlap=0))
    assert [one.content.partition("\n")[0] for one in found if one.content.startswith("#")] == ["# A", "## C ##", "# D"]
    assert list(dict.fromkeys(one.context for one in found)) == ["", "A", "A > C"] and found[-1].context == ""
    whole = chunked(parsed(text), ChunkOptions(size=500, headings=False))
    assert [one.content for one in whole] == [text]


def test_a_setext_heading_is_told_without_its_line() -> None:
    """And a word that ends in a mark keeps it."""
    text = "About C#\n========\n\n" + "Words. " * 20
    blocks = (Block("heading", Span(0, 17), level=1),)
    assert {one.context for one in chunked(Parsed(text, blocks), ChunkOptions(size=60))[1:]} == {"About C#"}


def test_a_unit_without_any_border_is_cut_between_visible_characters() -> None:
    """No accent is torn from its letter, and no joined picture in two."""
    text = "e\u0301" * 50 + "👩\u200d🔬" * 30
    found = contents(text, size=25, overlap=0)
    assert "".join(found) == text
    assert not any(one[0] in "\u0301\u200d🔬" for one in found)


def test_a_long_sentence_is_cut_at_words_and_long_prose_at_sentences() -> None:
    """The finest border that is needed, and no finer one."""
    prose = "This is one sentence. " * 20
    assert all(one.endswith(".") for one in contents(prose, size=100, overlap=0))
    assert all(one.split()[-1] in ("many", "words") for one in contents("many words " * 40, size=100, overlap=0))


def test_pages_boxes_and_kinds_come_from_the_blocks() -> None:
    """A citation opens the page, and marks what holds the passage."""
    text = "First page.\n\nStill first.\n\nSecond page.\n\nseen in a picture"
    spans = [Span(0, 11, 1, (0.1, 0.1, 0.5, 0.2)), Span(13, 25, 1, (0.2, 0.3, 0.9, 0.4)), Span(27, 39, 2)]
    blocks = (*(Block("paragraph", span) for span in spans), Block("caption", Span(41, 58, 2), image=0))
    one, two, three = chunked(Parsed(text, blocks, pages=(0, 27)), ChunkOptions(size=28, overlap=0))
    assert (one.span.page, one.span.box, one.kind) == (1, (0.1, 0.1, 0.9, 0.4), "text")
    assert (two.span.page, two.span.box, two.kind) == (2, None, "text")
    assert (three.content, three.kind) == ("seen in a picture", "caption")
    (scanned,) = chunked(Parsed("words", metadata={"words": "ocr"}))
    assert (scanned.kind, scanned.span.page) == ("ocr", None)


def test_nothing_gives_nothing() -> None:
    """Neither from no text nor from white space."""
    assert chunked(Parsed("")) == [] and chunked(Parsed(" \n\t\u3000\n")) == []


HOSTILE = {
    "fences": "```\n" * 50_000,
    "ticks": "`" * 300_000,
    "ticks in a line": "``` a " * 50_000,
    "dollars": "$$ " * 100_000,
    "one dollar": "$$x" + "y" * 300_000,
    "brackets": "[" * 300_000,
    "half links": "[a](" * 75_000,
    "pipes": "| " * 150_000,
    "rules": "|\n|" + "- " * 150_000 + "x",
    "blanks": " " * 300_000 + "x",
    "lines": "\n" * 300_000 + "x",
    "accents": "e" + "\u0301" * 300_000,
    "dots": "." * 300_000,
    "table": "| a |\n|---|\n" + "| x |\n" * 50_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("between", [" " * 100_000, " #" * 50_000, " " + "#" * 100_000])
def test_no_heading_takes_more_than_its_share_of_time(between: str) -> None:
    """Whatever stands between its words; marks behind them are left out of what those below are told."""
    text, begun = f"# Tea{between}x ##\n\nIt grows.", time.process_time()
    heading = Block("heading", Span(0, text.index("\n")), 1)
    [*_, last] = chunked(Parsed(text, (heading, Block("paragraph", Span(len(text) - 9, len(text))))))
    assert time.process_time() - begun < 4
    assert last.content.endswith("It grows.") and last.context == " ".join(f"Tea{between}x".split())[:200]


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("parent_size", [0, 2048])
def test_no_text_takes_more_than_its_share_of_time(name: str, parent_size: int) -> None:
    """300,000 code points in under four seconds of work, whatever they are."""
    begun = time.process_time()
    found: list[Passage] = list(chunked(Parsed(HOSTILE[name]), ChunkOptions(parent_size=parent_size)))
    assert time.process_time() - begun < 4
    assert "".join(one.content for one in found if one.parent is None) != ""
