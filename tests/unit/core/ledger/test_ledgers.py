"""The ledgers of runs: there while an answer is under way and ten minutes after, right about how it ended."""

from __future__ import annotations

import asyncio

import pytest

from parlance.core.chat.operations import SendMessage
from parlance.core.chat.tokens import prompt_tokens
from parlance.core.ledger.ledgers import MOST, Ledgers, Told
from parlance.core.runs.run import Run
from parlance.testing.clocks import HandClock
from parlance.testing.road import Bench, ScriptedEngine, ask, bench
from parlance.values.accounts import Principal
from parlance.values.asks import Sampling
from parlance.values.errors import Fault, Kind
from parlance.values.events import Ended
from parlance.values.ledger import Drawn, Kept, Ledger, LedgerCut, LedgerPart
from parlance.values.models import ModelCard, ModelRef

CARD = ModelCard("m", ModelRef("home", "m"), "openai", prompt_price=1_000_000, currency="USD")


def ledger_of(b: Bench, run: Run) -> Ledger:
    kept = b.road.ledgers.find(run.id)
    assert kept is not None
    return kept.ledger


async def test_a_stateless_ask_has_a_ledger_that_adds_up_to_what_its_engine_was_given() -> None:
    """With the engine's own counts beside ours."""
    b = bench()
    run = await b.caller()(SendMessage(ask("Hello there")))
    await run.answer()
    ledger = ledger_of(b, run)
    assert ledger.prompt_tokens == sum(part.tokens for part in ledger.parts) == prompt_tokens(b.engine.asks[0])
    assert (ledger.engine_prompt, ledger.engine_completion, ledger.outcome) == (10, 2, "complete")
    assert (ledger.model, ledger.connection, ledger.shared) == ("model", "scripted", False)


async def test_a_ledger_is_there_while_the_answer_is_under_way() -> None:
    """Without an outcome and without the engine's counts."""
    b = bench()
    b.engine.gate.clear()
    run = await b.caller()(SendMessage(ask()))
    await asyncio.sleep(0)
    ledger = ledger_of(b, run)
    assert (ledger.outcome, ledger.engine_prompt, len(ledger.parts)) == (None, None, 1)
    b.engine.gate.set()
    await run.answer()
    assert ledger_of(b, run).outcome == "complete"


async def test_an_answer_that_was_kept_or_joined_has_a_ledger_that_says_so() -> None:
    """It cost nothing: neither tokens nor money."""
    b = bench(share="all")
    b.engine.gate.clear()
    one = await b.caller()(SendMessage(ask()))
    joined = await b.caller()(SendMessage(ask()))
    b.engine.gate.set()
    await asyncio.gather(one.answer(), joined.answer())
    while b.road.settling:
        await asyncio.sleep(0)
    kept = await b.caller()(SendMessage(ask()))
    await kept.answer()
    assert kept.cached and joined.joined
    assert [ledger_of(b, run).shared for run in (one, joined, kept)] == [False, True, True]
    assert [ledger_of(b, run).outcome for run in (one, joined, kept)] == ["complete"] * 3


async def test_a_failure_and_a_stop_are_told_by_the_ledger() -> None:
    b = bench()
    b.engine.fault, b.engine.mute = Fault(Kind.upstream, "No."), True
    failed = await b.caller()(SendMessage(ask()))
    with pytest.raises(Fault):
        await failed.answer()
    assert ledger_of(b, failed).outcome == "failed"
    b.engine.fault = None
    b.engine.gate.clear()
    stopped = await b.caller()(SendMessage(ask()))
    await asyncio.sleep(0)
    stopped.end(Ended("stopped"))
    assert ledger_of(b, stopped).outcome == "stopped"


async def test_a_ledger_is_forgotten_after_ten_minutes_and_the_oldest_when_there_are_too_many() -> None:
    clock = HandClock()
    ledgers = Ledgers(clock)
    runs = [Run(f"r{n}", Principal("default", "ada"), "m", n) for n in range(MOST + 5)]
    for run in runs:
        ledgers.open(run, CARD, ask())
    assert ledgers.find("r4") is None and ledgers.find("r5") is not None
    clock.move(500)
    runs[10].end(Ended("complete"))
    ledgers.close(runs[10])
    clock.move(200)
    assert ledgers.find("r5") is None
    assert ledgers.find("r10") is not None, "it counts from the end of the answer"


async def test_a_packed_ledger_reads_as_before_and_is_forgotten_as_before() -> None:
    """Those of answers under way stay as they are, and can still be closed."""
    clock = HandClock()
    ledgers = Ledgers(clock)
    over, going = (Run(id, Principal("default", "ada"), "m", 3) for id in ("over", "going"))
    for run in (over, going):
        ledgers.open(run, CARD, ask("three little words"))
    over.end(Ended("complete"))
    ledgers.close(over)
    found, counted = ledgers.find("over"), ledgers.prompt_tokens("over")
    ledgers.pack()
    ledgers.pack()
    ledgers.close(over)
    assert ledgers.find("over") == found is not None and ledgers.prompt_tokens("over") == counted > 0
    going.end(Ended("stopped"))
    ledgers.close(going)
    kept = ledgers.find("going")
    assert kept is not None and kept.ledger.outcome == "stopped"
    ledgers.pack()
    assert ledgers.find("going") == kept and ledgers.find("over") == found
    clock.move(601)
    assert ledgers.find("over") is None
    ledgers.pack()
    assert ledgers.prompt_tokens("over") == 0


async def test_a_ledger_that_is_still_to_be_stored_is_not_packed() -> None:
    """Until it is written, it is the only one there is; then it goes."""
    ledgers = Ledgers(HandClock())
    run = Run("r1", Principal("default", "ada"), "m", 3)
    ledgers.open(run, CARD, ask("x"), Told(chat="chat-1"))
    run.end(Ended("complete"))
    ledgers.close(run)
    ledgers.pack()
    assert ledgers.find("r1") is not None
    ledgers.stored("r1")
    assert ledgers.find("r1") is None


async def test_only_the_ledger_of_a_chat_is_handed_on_to_be_stored_and_once() -> None:
    handed: list[Kept] = []
    ledgers = Ledgers(HandClock(), handed.append)
    owner = Principal("default", "ada", "key-1")
    drawn = Drawn((LedgerPart("message", 9, "t1", "user"),), (LedgerCut("message", 5, "Too long.", "t0"),))
    for id, told in (("r1", Told(drawn, "chat-1")), ("r2", Told(drawn))):
        run = Run(id, owner, "m", 3)
        ledgers.open(run, CARD, ask("x"), told)
        ledgers.close(run)
        assert handed == [] or id == "r2", "it goes on"
        run.end(Ended("cut"))
        ledgers.close(run)
        ledgers.close(run)
    [kept] = handed
    assert (kept.chat, kept.user, kept.scope) == ("chat-1", "ada", owner.scope_key)
    assert (kept.ledger.parts, kept.ledger.cuts, kept.ledger.outcome) == (drawn.parts, drawn.cuts, "cut")


async def test_what_an_answer_cost_stands_in_its_ledger() -> None:
    """By the engine's count and the prices on the card."""
    b = bench(ScriptedEngine())
    run = await b.caller()(SendMessage(ask(sampling=Sampling(max_tokens=3))))
    await run.answer()
    assert (ledger_of(b, run).cost, ledger_of(b, run).currency) == (None, None)
    ledgers = Ledgers(HandClock())
    ledgers.open(run, CARD, ask())
    ledgers.close(run)
    kept = ledgers.find(run.id)
    assert kept is not None and (kept.ledger.cost, kept.ledger.currency) == (10, "USD")
