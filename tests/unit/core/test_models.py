"""Finding and listing models over several connections."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from parlance.core.admission.circuit import FAILURES, OPEN_SECONDS, Circuit
from parlance.core.admission.slots import Line
from parlance.core.models.connections import Connection, Models, no_store
from parlance.core.models.operations import (
    ChangeModel,
    CopyModel,
    DeleteModel,
    Embed,
    FindBlob,
    ListLoaded,
    ListModels,
    LoadModel,
    Rerank,
    ShowModel,
)
from parlance.engines.plug import Engine
from parlance.ports.observing import NullMeters
from parlance.testing.clocks import HandClock
from parlance.testing.road import Bench, ScriptedEngine, bench, unreachable
from parlance.values.accounts import Principal
from parlance.values.asks import EmbedAsk, RerankAsk, Reranked
from parlance.values.errors import Fault, Kind
from parlance.values.models import Capability, ModelCard, ModelRef

ADA = Principal("default", "ada")
ALL = frozenset({"chat", "models:write"})


class Shelf(ScriptedEngine):
    """A catalogue with these models."""

    def __init__(self, connection: str, *names: str, able: frozenset[Capability] = frozenset({"chat"})) -> None:
        super().__init__()
        self.connection, self.names, self.able = connection, list(names), able
        self.listings = 0
        self.down = False
        self.open = asyncio.Event()
        self.open.set()

    async def cards(self) -> Sequence[ModelCard]:
        self.listings += 1
        await self.open.wait()
        if self.down:
            raise Fault(Kind.upstream, "down")
        return [ModelCard(n, ModelRef(self.connection, n), "shelf", capabilities=self.able) for n in self.names]


def models(clock: HandClock, *shelves: Shelf, prefix: str = "", **more: str) -> Models:
    connections = [
        Connection(
            shelf.connection,
            Engine(shelf, chat=shelf),
            line=Line("line", None, 1, 1.0, clock, NullMeters()),
            circuit=Circuit("circuit", clock, NullMeters()),
            prefix=prefix if number == 0 else "",
            fallback=shelf.connection == "quote",
        )
        for number, shelf in enumerate(shelves)
    ]
    return Models(connections, clock=clock, aliases={"short": "llama3:latest"}, **more)


async def test_the_first_connection_wins_a_name_and_the_other_is_found_by_its_own() -> None:
    register = models(HandClock(), Shelf("a", "x"), Shelf("b", "x"))
    assert (await register.find(ADA, "x"))[0].name == "a"
    assert (await register.find(ADA, "b/x"))[0].name == "b"
    assert [card.id for card in await register.listing(ADA)] == ["x", "b/x"]


async def test_a_name_without_a_tag_is_the_latest_and_an_alias_leads_on() -> None:
    register = models(HandClock(), Shelf("a", "llama3:latest"))
    for name in ("llama3", "llama3:latest", "short"):
        assert (await register.find(ADA, name))[1].ref.name == "llama3:latest"


async def test_a_prefix_is_part_of_the_name_but_not_for_the_engine() -> None:
    connection, card = await models(HandClock(), Shelf("a", "x"), prefix="work/").find(ADA, "work/x")
    assert (connection.name, card.id, card.ref.name) == ("a", "work/x", "x")


async def test_the_default_is_the_configured_one_else_the_first_that_chats_and_quote_only_at_last() -> None:
    embedder = Shelf("e", "minilm", able=frozenset({"embed"}))
    shelves = Shelf("quote", "quote"), embedder, Shelf("b", "llama")
    assert (await models(HandClock(), *shelves).find(ADA, ""))[1].id == "llama"
    assert (await models(HandClock(), *shelves, default="quote").find(ADA, ""))[1].id == "quote"
    assert (await models(HandClock(), *shelves).find(ADA, "", embed=True))[1].id == "minilm"
    assert (await models(HandClock(), shelves[0]).find(ADA, ""))[1].id == "quote"
    assert [c.id for c in await models(HandClock(), *shelves).listing(ADA)] == ["llama", "quote", "minilm"]


async def test_a_list_tells_what_is_known_while_an_engine_hangs() -> None:
    """Within a second; the engine that hangs is asked on, and shows with the next list once it has answered."""
    hanging, healthy = Shelf("a", "slow"), Shelf("b", "quick")
    hanging.open.clear()
    clock = HandClock()
    register = models(clock, hanging, healthy)
    async with asyncio.timeout(4.0):
        assert [card.id for card in await register.listing(ADA)] == ["quick"]
    hanging.open.set()
    async with asyncio.timeout(4.0):
        assert [card.id for card in await register.listing(ADA)] == ["slow", "quick"]
    assert hanging.listings == 1


async def test_a_list_is_believed_for_a_while_and_a_new_name_makes_us_look_again() -> None:
    clock, shelf = HandClock(), Shelf("a", "x")
    register = models(clock, shelf)
    await register.find(ADA, "x")
    await register.find(ADA, "x")
    assert shelf.listings == 1
    shelf.names.append("new")
    with pytest.raises(Fault):
        await register.find(ADA, "new")
    clock.move(2)
    assert (await register.find(ADA, "new"))[1].id == "new"
    assert shelf.listings == 2


async def test_an_old_list_answers_at_once_and_is_fetched_again_beside_it() -> None:
    clock, shelf = HandClock(), Shelf("a", "x")
    register = models(clock, shelf)
    await register.find(ADA, "x")
    clock.move(31)
    await register.find(ADA, "x")
    assert shelf.listings == 1
    await register.refresh()
    assert shelf.listings >= 2


async def test_a_connection_that_fails_later_keeps_its_models_and_one_that_never_answered_speaks_for_itself() -> None:
    clock, shelf = HandClock(), Shelf("a", "x")
    register = models(clock, shelf)
    await register.refresh()
    shelf.down = True
    await register.refresh()
    assert register.connections[0].trouble is not None
    assert (await register.find(ADA, "x"))[1].id == "x"
    dead = Shelf("dead")
    dead.down = True
    connection, card = await models(clock, dead, prefix="w/").find(ADA, "w/anything")
    assert (connection.name, card.ref.name) == ("dead", "anything")
    with pytest.raises(Fault):
        await models(clock, dead, prefix="w/").find(ADA, "other/anything")


async def test_what_a_caller_may_not_use_is_neither_found_nor_listed() -> None:
    register = models(HandClock(), Shelf("a", "x", "y"))
    narrow = Principal("default", "ada", models=("y",))
    assert [card.id for card in await register.listing(narrow)] == ["y"]
    with pytest.raises(Fault):
        await register.find(narrow, "x")


async def test_the_verbs_on_models_say_so_where_no_engine_has_them() -> None:
    b = bench()
    caller = b.caller(scopes=ALL)
    verbs = ChangeModel("pull", "x"), CopyModel("model", "y"), DeleteModel("model"), FindBlob("sha256:00")
    for verb in verbs:
        with pytest.raises(Fault) as refused:
            await caller(verb)
        assert (refused.value.kind, refused.value.code) == (Kind.unsupported, no_store().code)
    with pytest.raises(Fault) as forbidden:
        await b.caller()(DeleteModel("model"))
    assert forbidden.value.kind is Kind.forbidden


async def test_showing_listing_and_loading_speak_the_names_that_clients_know() -> None:
    b = bench()
    caller = b.caller()
    assert (await caller(ShowModel("alias"))).id == "model"
    assert [card.id for card in await caller(ListModels())] == ["model"]
    assert [loaded.card.id for loaded in await caller(ListLoaded())] == ["model"]
    assert (await caller(LoadModel("model", 0))).id == "model"


async def test_several_texts_in_one_ask_are_one_call() -> None:
    b = bench()
    whole = await b.caller()(Embed(EmbedAsk("model", ("a", "bb"))))
    assert [vector[0] for vector in whole.vectors] == [1.0, 2.0]
    assert b.engine.embedded == [("a", "bb")]


@pytest.mark.parametrize(
    ("texts", "dimensions", "kind"),
    [(1, 0, Kind.invalid), (1, -1, Kind.invalid), (1, 8193, Kind.invalid), (600, 8192, Kind.too_large)],
)
async def test_vectors_of_gigabytes_are_refused_before_the_engine_makes_them(
    texts: int, dimensions: int, kind: Kind
) -> None:
    b = bench()
    with pytest.raises(Fault) as refused:
        await b.caller()(Embed(EmbedAsk("model", ("a",) * texts, dimensions)))
    assert (refused.value.kind, refused.value.field, b.engine.embedded) == (kind, "dimensions", [])
    assert (await b.caller()(Embed(EmbedAsk("model", ("a", "bb"), 8192)))).vectors


async def test_who_leaves_the_line_before_embedding_leaves_the_circuit_to_the_next() -> None:
    """A try that never reached the engine must not keep everybody else from trying."""
    b = bench(places=1, batch=1)
    embedding = Embed(EmbedAsk("model", ("a",)))
    b.engine.fault = unreachable()
    for _ in range(FAILURES):
        with pytest.raises(Fault):
            await b.caller()(embedding)
    b.clock.move(OPEN_SECONDS + 1)
    b.engine.fault = None
    line = b.road.models.connections[0].line
    entered = await line.enter("another", 0, lambda _: None)
    left = asyncio.create_task(b.caller()(embedding))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.wait([left])
    line.leave(entered)
    assert (await b.caller()(embedding)).vectors


async def test_those_who_ask_while_the_first_list_is_fetched_wait_for_it() -> None:
    """Else they would be told that nothing is there, or be sent to the first engine that may have the model."""
    slow, other = Shelf("a", "x"), Shelf("b", "y")
    slow.open.clear()
    register = models(HandClock(), slow, other)
    asked = [asyncio.create_task(register.find(ADA, name)) for name in ("y", "", "y", "x")]
    listed = asyncio.create_task(register.listing(ADA))
    await asyncio.sleep(0)
    asked[0].cancel()  # whoever began it may leave
    await asyncio.sleep(0)
    slow.open.set()
    found = await asyncio.gather(*asked[1:])
    assert [(connection.name, card.id) for connection, card in found] == [("a", "x"), ("b", "y"), ("a", "x")]
    assert [card.id for card in await listed] == ["x", "y"]
    assert (slow.listings, other.listings) == (1, 1)


async def test_a_list_that_is_wanted_anew_is_not_one_that_was_begun_before() -> None:
    """After a change the engines are asked again, even if they are just being asked."""
    shelf = Shelf("a", "x")
    shelf.open.clear()
    register = models(HandClock(), shelf)
    first = asyncio.create_task(register.find(ADA, "x"))
    await asyncio.sleep(0)
    again = [asyncio.create_task(register.refresh()) for _ in range(2)]
    await asyncio.sleep(0)
    shelf.names.append("y")
    shelf.open.set()
    await asyncio.gather(first, *again)
    assert (await register.find(ADA, "y"))[1].id == "y"
    assert shelf.listings == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nope", "There is no model called 'nope'."),
        ("a\r\n\x1b[31m\u202eb", "There is no model called 'a\\r\\n\\x1b[31m\\u202eb'."),
        ("x" * 101, f"There is no model called '{'x' * 99}…'."),
        ("", "There is no model that could be the default."),
    ],
)
async def test_a_model_that_is_not_there_is_named_safely(name: str, said: str) -> None:
    """It is the caller's own word: clipped, and without what could forge a line or turn a terminal."""
    with pytest.raises(Fault) as missing:
        await models(HandClock(), Shelf("a")).find(ADA, name)
    assert (missing.value.message, missing.value.code) == (said, "model_not_found")


async def test_connections_are_replaced_without_anybody_waiting_for_those_that_stay() -> None:
    """What is gone is gone at once; what is new is asked by itself, and whoever names its model waits for that."""
    clock, old, new = HandClock(), Shelf("a", "x"), Shelf("b", "y")
    register, other = models(clock, old), models(clock, new)
    assert (await register.find(ADA, "x"))[0].name == "a"
    new.open.clear()
    register.replace((*register.connections, *other.connections))
    waiting = asyncio.create_task(register.find(ADA, "y"))
    assert (await register.find(ADA, "x"))[0].name == "a" and old.listings == 1
    new.open.set()
    assert (await waiting)[0].name == "b" and old.listings == 1
    register.replace(other.connections)
    assert [card.id for card in await register.listing(ADA)] == ["y"]
    clock.move(2)
    with pytest.raises(Fault):
        await register.find(ADA, "x")


async def test_connections_that_come_one_after_the_other_are_all_waited_for() -> None:
    """A list that is asked for meanwhile tells of both."""
    register = models(HandClock(), Shelf("a", "x"))
    await register.find(ADA, "x")
    for name in ("b", "c"):
        register.replace((*register.connections, *models(HandClock(), Shelf(name, f"of-{name}")).connections))
    assert [card.id for card in await register.listing(ADA)] == ["x", "of-b", "of-c"]


class Judge(Shelf):
    """An engine of one model that judges, by what a test lays out."""

    def __init__(self) -> None:
        super().__init__("judges", "judge", able=frozenset({"rerank"}))
        self.scores: Sequence[float] = (0.25, -3.0)
        self.judged: list[RerankAsk] = []

    async def rerank(self, ask: RerankAsk) -> Reranked:
        self.judged.append(ask)
        if self.fault is not None:
            raise self.fault
        return Reranked(tuple(self.scores), 7)


def judging(judge: Judge) -> Bench:
    """A road on which there is a judge beside the usual model."""
    b = bench()
    line, circuit = Line("judges", None, 1, 1.0, b.clock, NullMeters()), Circuit("judges", b.clock, NullMeters())
    made = Connection("judges", Engine(judge, rerank=judge), line=line, circuit=circuit)
    b.road.models.replace((*b.road.models.connections, made))
    return b


async def test_texts_are_judged_by_the_model_that_is_named() -> None:
    """Under its own name, with a score for each."""
    judge = Judge()
    whole = await judging(judge).caller()(Rerank(RerankAsk("judge", "tea", ("a", "b"))))
    assert whole == Reranked((0.25, -3.0), 7) and judge.judged == [RerankAsk("judge", "tea", ("a", "b"))]


@pytest.mark.parametrize("scores", [(1.0,), (1.0, float("nan"))], ids=["one too few", "no number"])
async def test_scores_that_nobody_can_order_by_are_a_fault(scores: Sequence[float]) -> None:
    """Of whichever engine they are."""
    judge = Judge()
    judge.scores = scores
    with pytest.raises(Fault) as caught:
        await judging(judge).caller()(Rerank(RerankAsk("judge", "tea", ("a", "b"))))
    assert caught.value.code == "bad_scores"


async def test_what_does_not_judge_is_not_asked_to() -> None:
    """Nor is any model about more texts than it could read."""
    caller = judging(Judge()).caller()
    for model, count, code in (("model", 1, "not_a_reranker"), ("judge", 1001, "too_many_texts")):
        with pytest.raises(Fault) as caught:
            await caller(Rerank(RerankAsk(model, "tea", ("a",) * count)))
        assert caught.value.code == code
    with pytest.raises(Fault, match="no model called"):
        await caller(Rerank(RerankAsk("other", "tea", ("a",))))


async def test_a_judge_that_fails_is_told_of() -> None:
    """As every engine's fault is."""
    judge = Judge()
    judge.fault = Fault(Kind.upstream, "down")
    with pytest.raises(Fault, match="down"):
        await judging(judge).caller()(Rerank(RerankAsk("judge", "tea", ("a", "b"))))
