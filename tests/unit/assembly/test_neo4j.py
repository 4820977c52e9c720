"""A Neo4j over its Query API, and what it may do wrong: each is a fault that waits, and none tells a secret."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest

from parlance.assembly.neo4j import PATIENCE, QueryApi, projection
from parlance.cli.doctor_neo4j import neo4j
from parlance.outbound.client import Client
from parlance.ports.fetching import Deadlines
from parlance.settings.knowledge import Knowledge
from parlance.settings.neo4j import Neo4j
from parlance.settings.schema import Settings
from parlance.settings.secret import Secret
from parlance.stores.neo4j import statements as cypher
from parlance.testing.upstreams import in_thread
from parlance.testing.upstreams.answers import Answer, Pace, block
from parlance.testing.upstreams.behaviours import SECRETS, Behaviour
from parlance.testing.upstreams.mock_neo4j import MockNeo4j, wrong
from parlance.values.errors import Fault, Kind

WORD = "word-of-a-test"
SHORT = Deadlines(connect=0.5, first_byte=0.5, between=0.5, total=1.0)
QUOTED = f"password {WORD} at gpu-7.internal.example"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    made = Client()
    yield made
    await made.close()


def chosen(there: MockNeo4j, word: str = WORD) -> Neo4j:
    """Settings that name it."""
    return Neo4j(there.origin, "ada", Secret(word))


async def said(client: Client, there: MockNeo4j, word: str = WORD, patience: Deadlines = PATIENCE) -> Fault:
    """How a statement fails."""
    with pytest.raises(Fault) as fault:
        await QueryApi(client, chosen(there, word), patience)(cypher.ASKED, {})
    assert fault.value.kind is Kind.busy
    shown = fault.value.sentence()
    assert not [secret for secret in (*SECRETS, WORD, "gpu-7", there.origin) if secret in shown]
    return fault.value


async def test_a_statement_goes_with_its_parameters(client: Client) -> None:
    """As one POST, with who we are; behind a path where the address has one."""
    async with MockNeo4j("ada", WORD) as there:
        assert await QueryApi(client, chosen(there))(cypher.ASKED, {"most": 1}) == [0]
        [call] = there.calls
    assert (call.method, call.path) == ("POST", "/db/neo4j/query/v2")
    assert call.payload == {"statement": cypher.ASKED, "parameters": {"most": 1}}
    assert base64.b64decode(call.headers["authorization"].removeprefix("Basic ")).decode() == f"ada:{WORD}"
    async with MockNeo4j() as open_one:
        told = Neo4j(f"{open_one.origin}/proxied/", token=Secret(WORD), database="graphs")
        with pytest.raises(Fault):
            await QueryApi(client, told)(cypher.ASKED, {})
        assert open_one.calls[0].path == "/proxied/db/graphs/query/v2"
        assert open_one.calls[0].headers["authorization"] == f"Bearer {WORD}"
        await QueryApi(client, Neo4j(open_one.origin))(cypher.ASKED, {})
        assert "authorization" not in open_one.calls[1].headers
    assert projection(Neo4j(), client) is None


@pytest.mark.parametrize("values", [[[7]], [7]])
async def test_rows_are_read_as_old_and_new_servers_write_them(client: Client, values: object) -> None:
    """Each in a list of its own, or one after the other."""
    async with MockNeo4j("ada", WORD) as there:
        there.fail(block({"data": {"fields": ["done"], "values": values}, "notifications": [{"code": "x"}]}))
        assert await QueryApi(client, chosen(there))(cypher.ASKED, {}) == [7]


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("Neo.ClientError.Security.Unauthorized", 401, "neo4j_denied"),
        ("Neo.ClientError.Security.CredentialsExpired", 403, "neo4j_denied"),
        ("Neo.ClientError.Security.Forbidden", 202, "neo4j_denied"),
        ("Neo.ClientError.Database.DatabaseNotFound", 404, "neo4j_no_database"),
        ("Neo.ClientError.Schema.ConstraintValidationFailed", 202, "neo4j_failed"),
        ("Neo.TransientError.Transaction.DeadlockDetected", 200, "neo4j_failed"),
        ("Neo.ClientError.Statement.SyntaxError", 400, "neo4j_failed"),
        ("Neo.DatabaseError.General.UnknownError", 500, "neo4j_failed"),
    ],
)
async def test_errors_are_known_with_any_status(client: Client, code: str, status: int, expected: str) -> None:
    """By their codes, which are all that is repeated."""
    async with MockNeo4j("ada", WORD) as there:
        there.fail(wrong(code, status, QUOTED))
        fault = await said(client, there)
    assert fault.code == expected and code in fault.message


async def test_what_is_no_answer_is_a_fault(client: Client) -> None:
    """A page with 200, JSON of another shape, codes that are none, statuses without a body."""
    answers = {
        Answer((b"<html>Sign in</html>",), content_type="text/html"): "an answer that is none",
        block([1, 2]): "an answer that is none",
        block({"bookmarks": []}): "an answer that is none",
        wrong(QUOTED, 202): "status 202",
        Answer((b"",), status=502): "status 502",
        Answer((QUOTED.encode(),), status=500): "status 500",
        Answer((b"",), status=307, headers=(("location", "http://h.test/"),)): "status 307",
    }
    async with MockNeo4j("ada", WORD) as there:
        for answer, word in answers.items():
            there.fail(answer)
            assert word in (await said(client, there)).message
        there.fail(Answer((b"",), status=404))
        assert (await said(client, there)).code == "neo4j_no_database"
        assert (await said(client, there, word="another")).code == "neo4j_denied"
        assert len(there.canary_calls) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour.REFUSED,
        Behaviour.HEADER_HANG,
        Behaviour.SILENCE,
        Behaviour.RESET_BEFORE,
        Behaviour.SHORT_BODY,
        Behaviour.NOT_HTTP,
        Behaviour.GZIP_BOMB,
    ],
)
async def test_a_neo4j_that_is_not_there_is_a_fault(client: Client, behaviour: Behaviour) -> None:
    """Within the deadlines, however it is not there."""
    async with MockNeo4j("ada", WORD, behaviour=behaviour) as there:
        assert (await said(client, there, patience=SHORT)).code == "neo4j_unreachable"


@pytest.mark.parametrize("behaviour", [Behaviour.INTERNAL_ERROR, Behaviour.UNAUTHORIZED, Behaviour.HTML])
async def test_what_it_says_of_its_inside_is_not_repeated(client: Client, behaviour: Behaviour) -> None:
    """Neither a key nor a host nor a path."""
    async with MockNeo4j("ada", WORD, behaviour=behaviour) as there:
        await said(client, there)


async def test_one_that_is_slow_is_waited_for(client: Client) -> None:
    """Up to the deadline, and no longer."""
    slow = block({"data": {"fields": ["done"], "values": [[3]]}}).paced(Pace(before_head=0.1))
    async with MockNeo4j("ada", WORD) as there:
        there.fail(slow)
        assert await QueryApi(client, chosen(there))(cypher.ASKED, {}) == [3]


def test_the_doctor_says_what_to_do() -> None:
    """Nothing where there is none; how many documents are there, or which setting to look at."""
    assert list(neo4j(Settings())) == []
    with in_thread(MockNeo4j("ada", WORD)) as there:
        there.graph.documents[("t", "d")] = {"base": "b", "claim": "c"}
        [fine] = neo4j(Settings(knowledge=Knowledge(graph=True, neo4j=chosen(there))))
        assert fine.state == "ok" and fine.detail.endswith(": 1")
        [denied] = neo4j(Settings(knowledge=Knowledge(graph=True, neo4j=chosen(there, "another"))))
        assert denied.state == "fail" and "knowledge.neo4j.user" in denied.advice
        there.fail(Answer((b"",), status=500))
        [strange] = neo4j(Settings(knowledge=Knowledge(graph=True, neo4j=chosen(there))))
        assert "log" in strange.advice
    [away] = neo4j(Settings(knowledge=Knowledge(graph=True, neo4j=chosen(there))))
    assert "knowledge.neo4j.url" in away.advice and WORD not in f"{fine}{denied}{strange}{away}"
