"""The openai dialect as a whole: its table, its document and its page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.dialects.openai.chat_wire import ChatRequest
from parlance.dialects.openai.completions_wire import CompletionRequest
from parlance.dialects.openai.dialect import OPENAI
from parlance.dialects.openai.embeddings import EmbeddingRequest
from parlance.dialects.openai.responses_wire import ResponsesRequest
from parlance.values.errors import Kind

PAGE = (Path(__file__).parents[4] / "docs" / "dialects" / "openai.md").read_text(encoding="utf-8")
REQUESTS = (ChatRequest, CompletionRequest, EmbeddingRequest, ResponsesRequest)


def test_every_route_is_there_once() -> None:
    """The table has the six routes, each with its operations declared."""
    assert sorted(f"{row.method} {row.path}" for row in OPENAI.rows) == [
        "GET /v1/models",
        "GET /v1/models/{model:path}",
        "POST /v1/audio/transcriptions",
        "POST /v1/audio/translations",
        "POST /v1/chat/completions",
        "POST /v1/completions",
        "POST /v1/embeddings",
        "POST /v1/responses",
    ]
    assert all(row.operations for row in OPENAI.rows)


def test_every_wire_type_has_a_schema() -> None:
    """Bodies, answers, frames and errors can all be described."""
    types = [kind for row in OPENAI.rows for kind in (row.takes, row.gives, row.streams) if kind is not None]
    schemas, components = msgspec.json.schema_components([*types, OPENAI.error])
    assert len(schemas) == len(types) + 1 and components


@pytest.mark.parametrize("request_type", REQUESTS)
def test_every_parameter_is_documented(request_type: Any) -> None:
    """The page says of each parameter whether it is served, passed on, ignored or refused."""
    named = set(re.findall(r"`([a-z_]+)(?:\.[a-z_]+)?`", PAGE))
    named |= {"model", "stream", "stream_options"} if request_type is not ChatRequest else set()
    assert not {field.encode_name for field in msgspec.structs.fields(request_type)} - named


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_error_is_documented(kind: Kind) -> None:
    """The page says what each kind of error looks like."""
    assert re.search(rf"^\|.*\b{kind.value}\b.*\| \d|^\| {kind.value}", PAGE, re.MULTILINE)
