"""A text that grows by what is known of its pictures: all places still point at what they claim."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from parlance.core.knowledge.chunking.passages import chunked
from parlance.core.knowledge.seeing.growing import grown
from parlance.parsers.draft import Draft
from parlance.testing.parsing import sound
from parlance.values.knowledge import Block, ChunkOptions, Parsed, Picture, Span
from parlance.values.remarks import DocumentRemark

BOX = (0.1, 0.2, 0.3, 0.4)


def picture(words: str = "") -> Picture:
    """One that a draft puts where it stands."""
    return Picture(Span(0, 0), "image/png", b"x", words)


def pieces(parsed: Parsed) -> list[tuple[str, int | None]]:
    """The words of each block, with the page."""
    return [(parsed.text[one.span.start : one.span.stop], one.span.page) for one in parsed.blocks]


def test_a_caption_and_the_words_in_a_picture_stand_where_it_stands() -> None:
    """On its page, in its box, between what stood before and behind it."""
    draft = Draft()
    draft.page()
    draft.add("paragraph", "One.")
    draft.page()
    draft.picture(picture("A sign."), BOX)
    draft.add("paragraph", "Two.")
    draft.picture(picture(), BOX)
    parsed = grown(draft.finish(), {0: "A house.", 1: "A tree."})
    assert pieces(parsed) == [("One.", 1), ("A house.", 2), ("A sign.", 2), ("Two.", 2), ("A tree.", 2)]
    assert parsed.text == "One.\n\nA house.\n\nA sign.\n\nTwo.\n\nA tree." and parsed.pages == (0, 6)
    assert [(one.kind, one.image) for one in parsed.blocks if one.image is not None] == [
        ("caption", 0),
        ("paragraph", 0),
        ("caption", 1),
    ]
    assert parsed.blocks[1].span.box == BOX and not parsed.images and sound(parsed)


def test_pictures_on_pages_without_words_are_on_their_pages() -> None:
    """Where nothing but the pages tells them apart."""
    draft = Draft()
    for number in range(4):
        draft.page()
        if number != 2:
            draft.picture(picture())
    parsed = grown(draft.finish(), {0: "First.", 1: "Second.", 2: "Fourth."})
    assert pieces(parsed) == [("First.", 1), ("Second.", 2), ("Fourth.", 4)] and sound(parsed)


def test_a_picture_of_which_nothing_is_known_changes_nothing() -> None:
    """Not one letter."""
    draft = Draft()
    draft.add("paragraph", "One.")
    draft.picture(picture())
    draft.add("paragraph", "Two.")
    before = draft.finish()
    after = grown(before, {})
    assert (after.text, after.blocks, after.pages) == (before.text, before.blocks, before.pages)


def test_no_block_is_parted() -> None:
    """What stands inside of one comes behind it."""
    parsed = Parsed("One two.", (Block("paragraph", Span(0, 8)),), images=(Picture(Span(3, 3), "image/png", b"x"),))
    assert pieces(grown(parsed, {0: "A tree."})) == [("One two.", None), ("A tree.", None)]


def test_what_tells_of_a_picture_is_a_passage_of_its_own() -> None:
    """So that its citation opens its page; a parent holds it with what is around it."""
    draft = Draft()
    draft.page()
    draft.add("paragraph", "One.")
    draft.page()
    draft.picture(picture("A sign."))
    draft.add("paragraph", "Two.")
    parsed = grown(draft.finish(), {0: "A house."})
    assert [(one.content, one.kind, one.span.page) for one in chunked(parsed)] == [
        ("One.", "text", 1),
        ("A house.", "caption", 2),
        ("A sign.", "ocr", 2),
        ("Two.", "text", 2),
    ]
    parent, *children = chunked(parsed, ChunkOptions(parent_size=1000))
    assert parent.content == parsed.text and {one.parent for one in children} == {0}


@st.composite
def drafts(draw: st.DrawFn) -> Parsed:
    """Documents of words, items, tables and pictures, with pages or without."""
    draft = Draft()
    words = st.sampled_from(["a", "tea in Assam", "茶", "two\nlines"])
    for kind in draw(st.lists(st.sampled_from(["page", "turn", "words", "item", "table", "picture"]), max_size=14)):
        match kind:
            case "page" | "turn":
                getattr(draft, kind)()
            case "words":
                draft.add("paragraph", draw(words))
            case "item":
                draft.add("item", f"- {draw(words)}")
            case "table":
                draft.table([["a", "b"], ["c", "d"]])
            case _:
                draft.picture(picture(draw(st.sampled_from(["", "words on it"]))))
    draft.remark(DocumentRemark("It may have no words."))
    return draft.finish()


@given(drafts(), st.sets(st.integers(0, 13)))
def test_all_places_point_at_what_they_claim(parsed: Parsed, seen: set[int]) -> None:
    """Every block that was there says what it said, on the page that it was on; every picture has its page; and what
    is cut from it says what the text says there."""
    captions = {index: f"caption {index}" for index in seen if index < len(parsed.images)}
    after = grown(parsed, captions)
    assert sound(after) and len(after.pages) == len(parsed.pages)
    old = [one for one in after.blocks if one.image is None]
    said = [(after.text[one.span.start : one.span.stop], one.kind, one.span.page) for one in old]
    assert said == [(parsed.text[one.span.start : one.span.stop], one.kind, one.span.page) for one in parsed.blocks]
    new = {(one.image, str(one.kind)): one for one in after.blocks if one.image is not None}
    for index, image in enumerate(parsed.images):
        for kind, words in (("caption", captions.get(index, "")), ("paragraph", image.words)):
            there = new.pop((index, kind), None)
            assert (there is not None) is bool(words)
            if there is not None:
                assert after.text[there.span.start : there.span.stop] == words
                assert there.span.page == image.span.page
    assert not new
    assert all(a.span.stop < b.span.start for a, b in pairwise(after.blocks))
    for passage in chunked(after, ChunkOptions(size=50, overlap=0)):
        assert after.text[passage.span.start : passage.span.stop] == passage.content
