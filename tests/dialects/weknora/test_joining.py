"""Passages that overlap or touch come as one from a search without a session, as that system merges them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parlance.dialects.weknora.results import SearchResult, joined
from tests.dialects.weknora.desk import standing

TEXT = "Tea is grown in Assam. 茶叶产于云南。 Coffee is grown in Kerala, in the shade."


def found(start: int, stop: int, score: float = 0.5, *, document: str = "d", **more: Any) -> SearchResult:
    """A passage of the text."""
    fields: dict[str, Any] = {"content": TEXT[start:stop], "image_info": "", **more}
    return SearchResult(
        id=f"{document}{start}-{stop}",
        knowledge_id=document,
        chunk_index=0,
        knowledge_title="",
        start_at=start,
        end_at=stop,
        seq=0,
        score=score,
        match_type=0,
        sub_chunk_id=None,
        metadata={},
        chunk_type="text",
        parent_chunk_id="",
        knowledge_filename="",
        knowledge_source="",
        **fields,
    )


def test_what_overlaps_or_touches_is_one_with_the_best_score() -> None:
    """The best first, numbered anew; what stands apart or in another document stays apart."""
    apart, elsewhere = found(60, 70, 0.7), found(10, 20, 0.1, document="e")
    whole, *rest = joined([found(20, 40, 0.9), elsewhere, apart, found(0, 22, 0.3), found(40, 50, 0.2)])
    assert (whole.id, whole.content, whole.score) == ("d0-22", TEXT[:50], 0.9)
    assert (whole.start_at, whole.end_at, whole.sub_chunk_id) == (0, 50, ("d20-40", "d40-50"))
    assert [(each.id, each.seq, each.sub_chunk_id) for each in (whole, *rest)][1:] == [
        (apart.id, 1, None),
        (elsewhere.id, 2, None),
    ]


def test_what_says_other_words_than_its_place_is_left_alone() -> None:
    """A chunk that somebody has written anew."""
    changed = found(0, 22, content="Something else")
    assert {each.id for each in joined([changed, found(20, 40)])} == {"d0-22", "d20-40"}


def test_pictures_of_both_are_noted_each_address_once() -> None:
    """What cannot be read is not joined."""
    one, two = ({"url": "a", "caption": "1"}, {"url": "b"}), ({"url": "a", "caption": "2"}, {"url": "c"})
    [whole] = joined([found(0, 9, image_info=json.dumps(one)), found(5, 12, image_info=json.dumps(two))])
    noted = json.loads(whole.image_info)
    assert {each["url"]: each.get("caption") for each in noted} == {"a": "1", "b": None, "c": None}
    for left, right, kept in (("", "[]", "[]"), ("[]", "", "[]"), ("no json", "[]", "no json")):
        [whole] = joined([found(0, 9, image_info=left), found(5, 12, image_info=right)])
        assert whole.image_info == kept


SPANS = st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, 30)).map(lambda at: (at[0], min(len(TEXT), sum(at))))


@given(st.lists(SPANS, max_size=8, unique=True))
def test_offsets_always_say_the_text_that_they_claim(spans: Sequence[tuple[int, int]]) -> None:
    """No two results touch any more, and every letter that was found is in one of them."""
    whole = joined(found(*span) for span in spans)
    assert all(each.content == TEXT[each.start_at : each.end_at] for each in whole)
    letters = [set(range(each.start_at, each.end_at)) for each in whole]
    assert sum(map(len, letters)) == len({at for span in spans for at in range(*span)})
    assert sum(1 + len(each.sub_chunk_id or ()) for each in whole) == len(spans)


async def test_a_search_gives_chunks_that_overlap_as_one(tmp_path: Path) -> None:
    """A hybrid search, as there, does not."""
    text = b"Tea is grown in Assam. It is drunk with milk. Tea of Assam is strong. It is sold by weight."
    async with standing(tmp_path) as desk:
        base = (await desk.base(chunking_config={"chunk_size": 75, "chunk_overlap": 30, "separators": [" "]}))["id"]
        await desk.document(base, text)
        body = {"query": "Tea of Assam", "knowledge_base_id": base}
        apart = (await desk.client.ask(f"POST /knowledge-bases/{base}/hybrid-search", {"query_text": "Tea of Assam"}))[
            "data"
        ]
        assert len(apart) > 1 and all(each["sub_chunk_id"] is None for each in apart)
        [whole] = (await desk.client.ask("POST /knowledge-search", body))["data"]
        assert {whole["id"], *whole["sub_chunk_id"]} == {each["id"] for each in apart}
        assert whole["content"] == text.decode()[whole["start_at"] : whole["end_at"]]
        assert len(whole["content"]) > max(len(each["content"]) for each in apart)
