"""How to search is said in several places, by the same names."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.core.knowledge.search.options import SearchOptions, options_of
from parlance.values.evaluations import SearchSetting
from parlance.values.grounds import Grounds, Rewriting, Words
from parlance.values.knowledge import Filter

CHOSEN: dict[str, Any] = {
    "most": 3,
    "threshold": 0.7,
    "loosen": None,
    "words": None,
    "vectors": None,
    "rerank": None,
    "depth": 7,
    "diversity": 0.4,
    "neighbours": 2,
    "parents": None,
    "graph": None,
    "filter": Filter(documents=("d",)),
    "rewrite": True,
    "decompose": True,
    "hyde": True,
    "rewriting": Rewriting(told=(Words("Complete it."),)),
}
"""Another value for each field; `None` for the opposite of the usual one."""


@pytest.mark.parametrize(
    ("usual", "unsaid"),
    [
        (RetrievePassages("b", "tea?"), {"pool", "rewriting"}),
        (Grounds(), {"pool", "rewrite", "decompose", "hyde"}),
        (SearchSetting(), {"pool", "neighbours", "filter", "rewrite", "decompose", "hyde", "rewriting"}),
    ],
    ids=lambda given: type(given).__name__,
)
def test_a_search_is_made_as_it_was_wished(usual: msgspec.Struct, unsaid: set[str]) -> None:
    """Every field that a place has for it counts; the others are as usual."""
    there = CHOSEN.keys() & set(usual.__struct_fields__)
    assert set(SearchOptions.__struct_fields__) - there == unsaid
    chosen: dict[str, Any] = {
        name: not getattr(usual, name) if CHOSEN[name] is None else CHOSEN[name] for name in there
    }
    assert options_of(msgspec.structs.replace(usual, **chosen)) == SearchOptions(**chosen)


def test_whether_a_question_is_put_anew_can_be_said_besides() -> None:
    asked = RetrievePassages("b", "tea?", rewrite=True)
    assert options_of(asked, rewrite=False) == SearchOptions() and options_of(asked) == SearchOptions(rewrite=True)
    assert options_of(Grounds(), rewrite=True).rewrite
