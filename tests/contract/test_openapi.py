"""Every answer of the composed server is what its OpenAPI documents say, whatever is asked of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from parlance.testing.upstreams import MockOllama, MockOpenAI
from parlance.testing.upstreams.server import Upstream
from tests.contract.described import DOCUMENTS, OPERATIONS, PATIENCE, TOML, Caller, bent, good
from tests.contract.described_chatbot import FORM, app
from tests.contract.described_connections import CONNECTIONS, disconnect, harmless
from tests.dialects.judges.parties import served
from tests.flows.callers import measured

CASES, SOAK_CASES = 30, 250
"""For each operation: enough in every run to find what is plainly wrong, and the number that is promised."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OWN_WORDS = {"chatbot.tts": b'{"error":"TTS generation failed"}'}
"""Answers of 500 that are the original's word for a bad request, here a text with nothing to say, and no defect."""
Operation = APIOperation[Any, Any, Any, Any]
Operations = Mapping[tuple[str, str], Operation]


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    upstreams: tuple[tuple[Upstream, Mapping[str, object]], ...] = (
        (MockOpenAI(models=("mock", "mock-embed", "mock-rerank", "mock-whisper")), {}),
        (MockOllama(models=("shelved", "shelved-embed")), {"name": "shelf", "kind": "ollama"}),
    )
    with app() as toml, served(tmp_path_factory.mktemp("described"), *upstreams, toml=TOML + toml) as server:
        caller = Caller(server)
        yield caller
        caller.session.close()


@pytest.fixture(scope="module")
def documents(caller: Caller) -> dict[str, Any]:
    """The documents as they are served."""
    return {name: caller.call("GET", f"/as/{name}/openapi.json").json() for name in DOCUMENTS}


@pytest.fixture(scope="module")
def operations(documents: dict[str, Any]) -> Operations:
    """What the documents describe."""
    found: dict[tuple[str, str], Operation] = {}
    for name, document in documents.items():
        for result in schemathesis.openapi.from_dict(document).get_all_operations():
            assert isinstance(result, Ok), result
            operation = result.ok()
            found[name, operation.definition.raw["operationId"]] = operation
    return found


@pytest.mark.parametrize("dialect", DOCUMENTS)
def test_a_document_is_valid(documents: dict[str, Any], dialect: str) -> None:
    """OpenAPI 3.1, by the standard's own schema."""
    assert documents[dialect]["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(documents[dialect]).validate()


def test_every_route_is_described(operations: Operations) -> None:
    """Nothing is served at a dialect's routes that its document leaves out, and nothing described is not there."""
    assert set(operations) == set(OPERATIONS)


@pytest.mark.parametrize(("dialect", "name"), OPERATIONS, ids=[name for _, name in OPERATIONS])
def test_an_operation_goes_well(caller: Caller, operations: Operations, dialect: str, name: str) -> None:
    """Called as it wants to be called every operation succeeds, and its answer is what the document says."""
    operation, call = operations[dialect, name], good(name, caller)
    plain = isinstance(call.body, bytes) or call.headers.get("content-type") == FORM
    body: Any = {} if call.body is None else {"data" if plain else "json": call.body}
    body["headers"] = {**call.headers, **({"authorization": f"Bearer {call.token}"} if call.token else {})}
    path = f"/as/{dialect}{operation.path.partition('{')[0]}{call.piece}"
    answer = caller.call(operation.method, path, params=dict(call.query), **body)
    assert answer.status_code in call.statuses, answer.text
    operation.validate_response(answer)


@pytest.mark.parametrize(("dialect", "name"), OPERATIONS, ids=[name for _, name in OPERATIONS])
def test_an_operation_keeps_its_word(caller: Caller, operations: Operations, dialect: str, name: str) -> None:
    """Whatever fits the document, and whatever does not: no defect, and no answer that the document does not have."""
    fuzz(caller, operations, dialect, name, CASES)


@pytest.mark.soak
@pytest.mark.parametrize(("dialect", "name"), OPERATIONS, ids=[name for _, name in OPERATIONS])
def test_an_operation_keeps_its_word_for_long(caller: Caller, operations: Operations, dialect: str, name: str) -> None:
    """The same with as many cases as are promised."""
    fuzz(caller, operations, dialect, name, SOAK_CASES)


def fuzz(caller: Caller, operations: Operations, dialect: str, name: str, cases: int) -> None:
    """Send made-up requests, sound ones with one made-up field, and such as do not fit; hold every answer to the
    document."""
    operation, sound = operations[dialect, name], good(name, caller)
    fitting = operation.as_strategy(GenerationMode.POSITIVE)
    seen: Counter[int] = Counter()

    def bend(case: Case[Any], pick: int) -> Case[Any]:
        case.body = bent(sound.body, case.body, pick)
        given: Any = {**dict(case.headers or {}), **sound.headers}
        case.headers = given
        return case

    ways = [fitting]
    if operation.body or operation.query or operation.path_parameters:
        ways.append(operation.as_strategy(GenerationMode.NEGATIVE))
    if isinstance(sound.body, dict):
        ways += 2 * [st.builds(bend, fitting, st.integers(0, 999))]

    @settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=st.one_of(ways), noise=st.text(max_size=20))
    def holds(case: Case[Any], noise: str) -> None:
        if name in CONNECTIONS:
            case.body = harmless(case.body)
        answer = case.call(
            base_url=f"{caller.server.url}/as/{dialect}",
            session=caller.session,
            params={"noise": noise} if len(ways) == 1 else None,
            timeout=PATIENCE,
            allow_redirects=False,
        )
        seen[answer.status_code] += 1
        told = answer.status_code == 500 and answer.content == OWN_WORDS.get(name)
        case.validate_response(answer, checks=CHECKS[1:] if told else CHECKS)

    holds()
    caller.unbound()
    if name in CONNECTIONS:
        disconnect(caller)
    measured(f"openapi {name}", cases=sum(seen.values()), statuses=dict(sorted(seen.items())))
