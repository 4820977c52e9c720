"""The contract of `Projection` in `ports/graph.py`, of a Neo4j over a socket."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest

from parlance.assembly.neo4j import projection
from parlance.outbound.client import Client
from parlance.ports.graph import Projected, Projecting, Projection
from parlance.settings.neo4j import Neo4j
from parlance.settings.secret import Secret
from parlance.stores.neo4j import projection as module
from parlance.stores.neo4j import statements as cypher
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.mock_neo4j import MockNeo4j, wrong
from parlance.values.errors import Fault, Kind
from parlance.values.graph import Drawing, Entity, Relation

LAMP = Drawing(
    (Entity("Lantern X2", "product", "A lamp."), Entity("Acme", "company")),
    (Relation("lantern x2", "acme", "made by", "Acme makes it.", 9),),
)
MAKER = Drawing((Entity("ACME", "firm"), Entity("Lyon", "place")), (Relation("acme", "lyon", "comes from"),))
LONE = Drawing((Entity("Lyon", "town"),))
WORD = "word-of-a-test"


@pytest.fixture
async def there() -> AsyncIterator[MockNeo4j]:
    async with MockNeo4j("ada", WORD, database="graphs") as made:
        yield made


@pytest.fixture
async def copy(there: MockNeo4j) -> AsyncIterator[Projection]:
    client = Client()
    made = projection(Neo4j(f"{there.origin}/", "ada", Secret(WORD), database="graphs"), client)
    assert made is not None
    await made.prepare()
    yield made
    await client.close()


def of(document: str, claim: str, base: str = "b1", tenant: str = "t1") -> Projecting:
    return Projecting(tenant, base, document, claim)


async def put(copy: Projection, place: Projecting, *drawings: Drawing) -> None:
    """A document as a job projects it, with these passages."""
    await copy.claim(place)
    chunks = [Projected(f"{place.document}-{n}", n, drawing) for n, drawing in enumerate(drawings)]
    if chunks:
        await copy.write(place, f"{place.document}.txt", chunks)
    await copy.settle(place, gone=not chunks)


async def test_what_is_written_is_there(copy: Projection, there: MockNeo4j) -> None:
    """Documents, passages, entities by their keys, and relations with what they say; each with tenant and base."""
    await put(copy, of("d1", "c1"), LAMP, MAKER)
    graph = there.graph
    assert list(graph.schema) == list(cypher.SCHEMA)
    assert graph.documents[("t1", "d1")]["name"] == "d1.txt" and graph.passages[("t1", "d1", "d1-1")]["place"] == 1
    mentions = {("d1-0", "lantern x2"), ("d1-0", "acme"), ("d1-1", "acme"), ("d1-1", "lyon")}
    relations = {("lantern x2", "made by", "acme"), ("acme", "comes from", "lyon")}
    assert graph.said("t1", "b1") == (mentions, relations)
    [made] = [each for each in graph.related.values() if each["kind"] == "made by"]
    assert (made["strength"], made["description"], made["base"]) == (9, "Acme makes it.", "b1")


async def test_written_twice_it_is_there_once(copy: Projection, there: MockNeo4j) -> None:
    """Also where what was done is not heard of, and is asked for again."""
    await put(copy, of("d1", "c1"), LAMP)
    once = there.graph.said("t1", "b1")
    for claim, statement in enumerate((cypher.PASSAGES, cypher.MENTIONS, cypher.RELATIONS, cypher.STILL)):
        there.fail(Answer((b"<html>gone</html>",), content_type="text/html"), 1, statement, after=True)
        with pytest.raises(Fault):
            await put(copy, of("d1", f"again-{claim}"), LAMP)
        await put(copy, of("d1", f"more-{claim}"), LAMP)
        assert there.graph.said("t1", "b1") == once and len(there.graph.entities) == 2


async def test_what_is_not_written_again_goes(copy: Projection, there: MockNeo4j) -> None:
    """Passages, and entities that nothing else mentions; those that another document mentions keep one of its names."""
    await put(copy, of("d1", "c1"), LAMP, MAKER)
    await put(copy, of("d2", "c2"), LONE)
    await put(copy, of("d1", "c3"), LAMP)
    assert there.graph.said("t1", "b1") == (
        {("d1-0", "lantern x2"), ("d1-0", "acme"), ("d2-0", "lyon")},
        {("lantern x2", "made by", "acme")},
    )
    assert there.graph.entities[("t1", "b1", "lyon")] == {"name": "Lyon", "kind": "town"}
    await put(copy, of("d1", "c4"))
    assert there.graph.said("t1", "b1") == ({("d2-0", "lyon")}, set()) and await copy.size() == 1
    await put(copy, of("d2", "c5"), Drawing((Entity("LYON"),)))
    assert there.graph.entities[("t1", "b1", "lyon")]["name"] == "LYON"
    await put(copy, of("d2", "c6"))
    left = there.graph
    assert not (left.documents or left.passages or left.entities or left.mentions or left.related)


async def test_bases_and_tenants_share_nothing(copy: Projection, there: MockNeo4j) -> None:
    """An entity of the same name is another one; what one loses the other keeps."""
    await put(copy, of("d1", "c1"), LAMP)
    await put(copy, of("d1", "c2", tenant="t2"), LAMP)
    await put(copy, of("d3", "c3", base="b2"), LAMP)
    assert len(there.graph.entities) == 6
    await put(copy, of("d1", "c4", tenant="t2"))
    await put(copy, of("d3", "c5", base="b2"))
    assert there.graph.said("t1", "b1")[1] == {("lantern x2", "made by", "acme")} and len(there.graph.entities) == 2


async def test_whoever_claimed_last_is_right(copy: Projection, there: MockNeo4j) -> None:
    """Older claims write and remove nothing, nor make anew what is gone; and they hear of it."""
    old, new = of("d1", "c1"), of("d1", "c2")
    await copy.claim(old)
    await put(copy, new, MAKER)
    after = there.graph.said("t1", "b1")
    late = (copy.write(old, "old.txt", [Projected("d1-0", 0, LAMP)]), copy.settle(old, gone=True))
    for each in late:
        with pytest.raises(Fault) as lost:
            await each
        assert lost.value.kind is Kind.conflict
    assert there.graph.said("t1", "b1") == after and there.graph.documents[("t1", "d1")]["name"] == "d1.txt"
    await put(copy, of("d1", "c3"))
    with pytest.raises(Fault):
        await copy.write(new, "d1.txt", [Projected("d1-0", 0, MAKER)])
    assert not (there.graph.documents or there.graph.passages or there.graph.entities)


async def test_what_is_large_goes_in_pieces(
    copy: Projection, there: MockNeo4j, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written and removed, some rows at a time."""
    monkeypatch.setattr(module, "ROWS", 3)
    monkeypatch.setattr(module, "OLD_ROWS", 2)
    await put(copy, of("d1", "c1"), *(LAMP, MAKER) * 4)
    assert len(there.graph.passages) == 8 and len(there.graph.mentions) == 16 and len(there.graph.related) == 8
    assert max(len(call.payload["parameters"].get("rows", ())) for call in there.calls) == 3
    await put(copy, of("d1", "c2"), LAMP)
    assert len(there.graph.passages) == 1 and len(there.graph.entities) == 2 and len(there.graph.related) == 1


async def test_what_is_there_is_listed(copy: Projection) -> None:
    """Page by page, of one tenant."""
    for n in range(5):
        await put(copy, of(f"d{n}", f"c{n}", base=f"b{n % 2}"), LAMP)
    await put(copy, of("d9", "c9", base="b9", tenant="t2"), LAMP)
    assert await copy.documents("t1", "b0", "", 2) == ["d0", "d2"]
    assert await copy.documents("t1", "b0", "d2", 2) == ["d4"] and await copy.documents("t1", "b9", "", 9) == []
    assert await copy.bases("t1", "", 9) == ["b0", "b1"] and await copy.bases("t1", "b0", 9) == ["b1"]
    assert await copy.size() == 6


async def test_nothing_is_put_into_a_statement(copy: Projection, there: MockNeo4j) -> None:
    """Whatever stands in a document goes as a parameter, and arrives as it was."""
    nasty = "x'}) DETACH DELETE (n) // \" \\u0027 `é漢😀"
    await put(copy, of(nasty, "c1"), Drawing((Entity(nasty, nasty, nasty),)))
    texts = {call.payload["statement"] for call in there.calls}
    assert texts <= {value for value in vars(cypher).values() if isinstance(value, str)} | set(cypher.SCHEMA)
    [entity] = there.graph.entities.values()
    assert entity == {"name": nasty, "kind": nasty}


class Breaking:
    """Has a Neo4j fail at the statement after so many, before or `after` that was done."""

    def __init__(self, there: MockNeo4j, left: int, *, after: bool) -> None:
        self._there, self._left, self._after = there, left, after

    def __call__(self, statement: str, given: object) -> None:
        """One more."""
        if self._left == 0:
            self._there.fail(wrong("Neo.TransientError.General.DatabaseUnavailable"), after=self._after)
        self._left -= 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
async def test_broken_off_anywhere_it_goes_on(copy: Projection, there: MockNeo4j, seed: int) -> None:
    """After any number of attempts that ended at any statement, done or not, the last one leaves what it says."""
    chance = random.Random(seed)
    states = [(LAMP, MAKER), (MAKER,), (), (LONE, LAMP)]
    for attempt in range(12):
        there.seen = Breaking(there, chance.randrange(8), after=chance.random() < 0.5)
        try:
            await put(copy, of("d1", f"c{attempt}"), *chance.choice(states))
        except Fault as fault:
            assert fault.kind is Kind.busy
    there.seen = lambda statement, given: None
    there.failures.clear()
    await put(copy, of("d1", "whole"), LAMP)
    assert there.graph.said("t1", "b1") == (
        {("d1-0", "lantern x2"), ("d1-0", "acme")},
        {("lantern x2", "made by", "acme")},
    )
    assert len(there.graph.passages) == 1 and len(there.graph.entities) == 2 and len(there.graph.related) == 1
