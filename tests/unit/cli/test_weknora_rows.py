"""Rows of a WeKnora database in the words of the server, of every version and with whatever is odd in them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parlance.cli import weknora_bodies as bodies
from parlance.cli.weknora_turns import turns
from parlance.core.library.portable import PortableChat
from parlance.core.weknora.moving import operations as moving
from parlance.dialects.weknora.strategy import grounds_of, notes_of
from parlance.stores.sql import weknora_rows as rows
from parlance.values.chats import Chat
from parlance.values.knowledge import Scores

_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(0, 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_COLUMNS = (
    *("id", "tenant_id", "name", "title", "description", "api_key", "retriever_engines", "status", "business"),
    *("storage_quota", "username", "email", "password_hash", "is_active", "type", "source", "parameters"),
    *("is_default", "chunking_config", "image_processing_config", "cos_config", "vlm_config", "metadata"),
    *("knowledge_base_id", "summary_parameters", "role", "content", "knowledge_references", "is_completed"),
    *("created_at", "updated_at", "request_id", "file_name", "file_path"),
)
_ROW: Any = st.dictionaries(st.sampled_from(_COLUMNS), _JSON)


@pytest.mark.slow
@example({"retriever_engines": {"engines": 1.5}, "storage_quota": float("inf")}, [])
@given(_ROW, st.lists(_ROW, max_size=3))
def test_whatever_a_row_holds_it_has_the_form_of_its_operation(row: dict[str, Any], more: list[dict[str, Any]]) -> None:
    """An odd value is none; what the server then makes of it is its own judgement."""
    msgspec.convert({"moved": bodies.tenant(rows.tenant(row), map(rows.person, more))}, moving.ImportWeknoraTenant)
    if not bodies.strange_model(rows.model(row)):
        msgspec.convert(bodies.model(rows.model(row), "t"), moving.ImportWeknoraModel)
    msgspec.convert(bodies.base(rows.base(row), "t"), moving.ImportWeknoraBase)
    told = turns([rows.message({**each, "role": "user"}) for each in more], "b")
    msgspec.convert(bodies.session(rows.session(row), told, "t"), moving.ImportWeknoraSession)
    about = bodies.document(rows.document(row), "t")
    assert 1 <= len(about["name"]) <= 255 and len(about["metadata"].encode("utf-8", "replace")) < 256 * 1024


def test_what_is_too_long_to_be_noted_takes_nothing_else_with_it() -> None:
    """Of what a document says of itself; what comes after it is taken as long as there is room."""
    said = {"long": "x" * 1_000_000, "tea": "green", "": "nameless", "odd": 3, "cup": "blue"}
    about = bodies.document(rows.document({"metadata": said}), "t")
    assert json.loads(about["metadata"]) == {"tea": "green", "cup": "blue"}


def test_times_are_microseconds_however_they_are_written() -> None:
    """With a zone or without one, which is then UTC."""
    for said in ("2025-09-20T08:30:00.123456+00:00", "2025-09-20T10:30:00.123456+02:00", "2025-09-20T08:30:00.123456"):
        assert rows.moment({"at": said}, "at") == 1_758_357_000_123_456
    assert rows.moment({"at": "soon"}, "at") == 0 == rows.moment({}, "at")


def test_secrets_stay_where_they_are_but_for_a_models_key() -> None:
    """However deep they lie in what is noted."""
    deep = {"base_url": "http://a.test/v1", "api_key": "k", "extra": {"api_key": "deep", "top": 1}}
    made = bodies.model(rows.model({"id": "m-1", "type": "Rerank", "source": "remote", "parameters": deep}), "t")
    assert made["api_key"] == "k" and made["plan"]["foreign"] == {"extra": {"api_key": "***", "top": 1}}
    base = rows.base({"vlm_config": {"api_key": "v", "model_name": "eyes"}, "cos_config": '{"secret_id": "s"}'})
    assert base.notes["vlm_config"] == {"api_key": "***", "model_name": "eyes"}
    assert base.notes["cos_config"] == {"secret_id": "***"}


def test_older_ones_call_separators_otherwise() -> None:
    """And older columns stand for what is missing."""
    made = rows.base({"chunking_config": {"chunk_size": 512, "chunk_overlap": 50, "split_markers": ["\n", 3]}})
    assert (made.size, made.overlap, made.separators) == (512, 50, ("\n",))
    assert rows.tenant({"id": 10000, "retriever_engines": [], "status": "inactive"}).active is False
    odd = [rows.model(each) for each in ({"type": "ASR", "source": "remote"}, {"type": "Rerank", "source": "x"})]
    assert "ASR" in bodies.strange_model(odd[0]) and "'x'" in bodies.strange_model(odd[1])


def test_a_strategy_is_the_one_that_its_clients_see() -> None:
    """The notes are those of the dialect, numbers as it reads them."""
    summary = {"temperature": 1, "max_tokens": 10.0, "prompt": "Be brief.", "seed": None, "unknown": 3}
    row = {"id": "s-1234567", "knowledge_base_id": "b", "max_rounds": 3, "enable_rewrite": True, "rerank_threshold": 1}
    row |= {"embedding_top_k": 4, "rerank_top_k": 2, "summary_parameters": summary}
    made = bodies.session(rows.session(row), [], "t")
    notes = notes_of(Chat("s", "t", "u", 1, 1, foreign=made["session"]["foreign"]))
    assert notes is not None and (notes.base, notes.strategy.max_rounds) == ("b", 3)
    assert (notes.strategy.summary_parameters.max_tokens, notes.strategy.summary_parameters.temperature) == (10, 1.0)
    assert grounds_of(notes.strategy, 0).most == 2


def test_messages_stand_in_their_order_with_what_they_rest_on() -> None:
    """A question before its answer at the same time; roles that are not known are left out."""
    at = {"created_at": "2025-09-20T08:30:00+00:00", "request_id": "r"}
    found = {"id": "c", "content": "x", "score": 7, "match_type": 0, "start_at": 9, "end_at": 3, "knowledge_id": "d"}
    given_rows: list[Any] = [
        {"id": "a", "role": "assistant", "content": "Yes.", "knowledge_references": [found, "odd"], **at},
        {"id": "t", "role": "tool", "content": "no", **at},
        {"id": "q", "role": "user", "content": "Is it?", **at},
    ]
    asked, answered = turns(map(rows.message, given_rows), "b")
    assert (asked["id"], asked["parent"], answered["parent"], answered["sent"]) == ("q", None, "q", "q")
    chat = msgspec.convert({"id": "s-1234567", "turns": [asked, answered]}, PortableChat)
    evidence = chat.turns[1].evidence
    assert evidence is not None
    [passage] = evidence.passages
    assert (passage.base, passage.start, passage.stop, passage.score, passage.exact) == ("b", 9, 9, 1.0, False)
    assert passage.scores == Scores(vector=1.0) and chat.turns[1].foreign == {"weknora": {"request": "r"}}
