"""The road from a message to a run, with everything in memory."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.admission.gate import Rate, Rates
from parlance.core.admission.operations import ClearCaches, ReadAdmission
from parlance.core.chat.operations import SendMessage
from parlance.core.models.connections import Connection
from parlance.core.models.operations import Embed
from parlance.core.runs.operations import ListRuns, ReadLine, ReadRun, StopRun
from parlance.core.runs.run import Run
from parlance.testing.road import ScriptedEngine, ask, bench, unreachable
from parlance.values.asks import ChatAsk, EmbedAsk, Sampling
from parlance.values.errors import Fault, Kind
from parlance.values.events import Choice, Delta, Ended, Event, Whole
from parlance.values.messages import Message

ZERO = Sampling(temperature=0)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def text_of_stream(run: Run) -> str:
    said: list[Event] = []
    async for _, events, _ in run.batches():
        said += events
    return "".join(e.text for e in said if isinstance(e, Delta) and e.lane == "text")


async def test_an_ask_is_answered_and_forgotten_once_its_reply_is_over() -> None:
    b = bench()
    caller = b.caller()
    run = await caller(SendMessage(ask()))
    assert (await run.answer()).text == "Hello"
    caller.release()
    assert b.road.runs.get(run.id) is None
    assert b.engine.asks[0].model == "model"


async def test_a_stream_says_the_same_as_the_whole_answer() -> None:
    b = bench()
    assert await text_of_stream(await b.caller()(SendMessage(ask()))) == "Hello"


async def test_the_caller_who_leaves_stops_the_engine_before_and_after_the_first_word() -> None:
    for script in ((), (Delta("x"),)):
        b = bench(ScriptedEngine(script))
        b.engine.gate.clear()
        caller = b.caller()
        run = await caller(SendMessage(ask()))
        await settle()
        caller.release()
        await settle()
        assert b.engine.cancelled == 1
        assert run.ended == Ended("stopped")


async def test_a_caller_who_leaves_in_the_same_moment_leaves_nothing_behind() -> None:
    b = bench()
    caller = b.caller()
    run = await caller(SendMessage(ask()))
    caller.release()
    await settle()
    assert run.ended == Ended("stopped")
    assert b.road.runs.going == []


async def test_identical_deterministic_asks_are_one_call_and_runs_of_their_own() -> None:
    b = bench()
    b.engine.gate.clear()
    callers = [b.caller() for _ in range(100)]
    runs = [await caller(SendMessage(ask(sampling=ZERO))) for caller in callers]
    await settle()
    callers[0].release()
    b.engine.gate.set()
    texts = [(await run.answer()).text for run in runs[1:]]
    assert texts == ["Hello"] * 99
    assert b.engine.calls == 1
    assert len({run.id for run in runs}) == 100


async def test_the_last_of_several_who_share_a_flight_cancels_it() -> None:
    b = bench()
    b.engine.gate.clear()
    callers = [b.caller() for _ in range(3)]
    for caller in callers:
        await caller(SendMessage(ask(sampling=ZERO)))
    await settle()
    for caller in callers[:2]:
        caller.release()
    await settle()
    assert b.engine.cancelled == 0
    callers[2].release()
    await settle()
    assert b.engine.cancelled == 1


async def test_whoever_asks_while_the_last_of_a_shared_flight_leaves_gets_a_flight_of_its_own() -> None:
    """A flight that is being stopped has not ended yet; whoever boarded it would be stopped for another's leaving."""
    b = bench()
    b.engine.gate.clear()
    left, late, later = b.caller(), b.caller(), b.caller()
    await left(SendMessage(ask(sampling=ZERO)))
    await settle()
    left.release()
    run = await late(SendMessage(ask(sampling=ZERO)))
    await settle()
    joined = await later(SendMessage(ask(sampling=ZERO)))
    b.engine.gate.set()
    assert [(await each.answer()).text for each in (run, joined)] == ["Hello", "Hello"]
    assert b.engine.calls == 2


async def test_asks_at_temperature_one_are_as_many_answers() -> None:
    b = bench()
    runs = [await b.caller()(SendMessage(ask(sampling=Sampling(temperature=1.0)))) for _ in range(20)]
    for run in runs:
        await run.answer()
    assert b.engine.calls == 20


async def test_the_second_ask_is_answered_from_the_cache_with_its_text_exact() -> None:
    said = "  two\n\n   spaces\tand a tab \u2003 "
    b = bench(ScriptedEngine([Delta(said[:5]), Delta(said[5:])]))
    first = await b.caller()(SendMessage(ask(sampling=ZERO)))
    await first.answer()
    await settle()
    again = await b.caller()(SendMessage(ask(sampling=ZERO, stream=False)))
    assert again.cached
    assert await text_of_stream(again) == said
    assert b.engine.calls == 1
    state = await b.caller()(ReadAdmission())
    assert (state.responses.hits, state.responses.misses, state.responses.entries) == (1, 1, 1)
    assert (state.requests, state.cached) == (2, 1)


async def test_a_whole_answer_that_is_shared_streams_to_whoever_joins() -> None:
    b = bench(ScriptedEngine([Whole((Choice((Message("assistant", "all at once"),)),))]))
    run = await b.caller()(SendMessage(ask(sampling=ZERO, stream=False)))
    other = await b.caller()(SendMessage(ask(sampling=ZERO)))
    assert (await text_of_stream(run), await text_of_stream(other)) == ("all at once", "all at once")
    assert other.joined


async def test_errors_and_cut_answers_are_never_kept() -> None:
    b = bench()
    b.engine.fault = unreachable()
    run = await b.caller()(SendMessage(ask(sampling=ZERO)))
    with pytest.raises(Fault):
        await run.answer()
    await settle()
    b.engine.fault = None
    run = await b.caller()(SendMessage(ask(sampling=ZERO)))
    assert not run.cached
    assert (await run.answer()).text == "Hello"
    assert b.engine.calls == 2


async def test_to_skip_the_cache_reads_writes_and_counts_nothing() -> None:
    b = bench()
    for _ in range(2):
        run = await b.caller()(SendMessage(ask(sampling=ZERO), share=True, cache="skip"))
        await run.answer()
    state = await b.caller()(ReadAdmission())
    assert b.engine.calls == 2
    assert (state.responses.hits, state.responses.misses, state.responses.entries) == (0, 0, 0)


async def test_kept_answers_grow_old_and_can_be_cleared_with_their_counts() -> None:
    b = bench()
    for seconds in (0, 61):
        b.clock.move(seconds)
        await (await b.caller()(SendMessage(ask(sampling=ZERO)))).answer()
        await settle()
    assert b.engine.calls == 2
    await b.caller()(ClearCaches())
    state = await b.caller()(ReadAdmission())
    assert (state.responses.entries, state.responses.hits, state.responses.misses) == (0, 0, 0)
    await (await b.caller()(SendMessage(ask(sampling=ZERO)))).answer()
    assert b.engine.calls == 3


async def test_clearing_one_callers_caches_leaves_another_callers_alone() -> None:
    b = bench()
    for user in ("ada", "bob"):
        await (await b.caller(user)(SendMessage(ask(sampling=ZERO)))).answer()
        await settle()
    await b.caller("ada")(ClearCaches("responses"))
    assert (await b.caller("bob")(SendMessage(ask(sampling=ZERO)))).cached
    assert not (await b.caller("ada")(SendMessage(ask(sampling=ZERO)))).cached


WHO = st.tuples(st.sampled_from(["ada", "bob"]), st.sampled_from(["red", "blue"]), st.sampled_from([None, "k1", "k2"]))


@given(st.lists(st.tuples(WHO, st.sampled_from(["x", "y"])), max_size=40))
def test_no_answer_crosses_users_keys_or_tenants(
    asks: list[tuple[tuple[str, str, str | None], str]],
) -> None:
    class Naming(ScriptedEngine):
        async def chat(self, ask: ChatAsk, sink: object) -> None:
            self.script = [Delta(f"answer {self.calls}")]
            await super().chat(ask, sink)  # type: ignore[arg-type]

    async def scene() -> None:
        b = bench(Naming(), share="all")
        first_for: dict[str, object] = {}
        for who, text in asks:
            user, tenant, key = who
            run = await b.caller(user, tenant, key=key)(SendMessage(ask(text)))
            said = (await run.answer()).text
            await settle()
            owner = first_for.setdefault(said, (who if key is None else (tenant, key), text))
            assert owner == (who if key is None else (tenant, key), text)

    asyncio.run(scene())


async def test_somebody_elses_run_looks_like_an_unknown_one() -> None:
    b = bench()
    b.engine.gate.clear()
    run = await b.caller("ada")(SendMessage(ask(), detached=True))
    for stranger in (b.caller("bob"), b.caller("ada", "other"), b.caller("ada", key="k")):
        for operation in (ReadRun(run.id), StopRun(run.id), ReadRun("unknown"), StopRun("unknown")):
            with pytest.raises(Fault) as missing:
                await stranger(operation)
            assert (missing.value.kind, missing.value.message) == (Kind.missing, "There is no such run.")
        assert await stranger(ListRuns()) == ()
    assert await b.caller("ada")(ListRuns()) == (run,)
    assert (await b.caller("ada")(ReadRun(run.id))) is run
    run.end(Ended("stopped"))


async def test_a_detached_run_goes_on_without_its_caller_and_stays_readable_for_ten_minutes() -> None:
    b = bench()
    b.engine.gate.clear()
    caller = b.caller()
    run = await caller(SendMessage(ask(), detached=True))
    await settle()
    caller.release()
    b.engine.gate.set()
    await settle()
    assert run.ended == Ended("complete")
    b.clock.move(599)
    assert (await caller(ReadRun(run.id))) is run
    b.clock.move(2)
    with pytest.raises(Fault):
        await caller(ReadRun(run.id))


async def test_stopping_one_run_of_a_shared_flight_leaves_the_other_going() -> None:
    b = bench()
    b.engine.gate.clear()
    runs = [await b.caller()(SendMessage(ask(sampling=ZERO), detached=True)) for _ in range(2)]
    await settle()
    assert await b.caller()(StopRun(runs[0].id))
    assert not await b.caller()(StopRun(runs[0].id))
    b.engine.gate.set()
    assert (await runs[1].answer()).text == "Hello"
    with pytest.raises(Fault) as stopped:
        await runs[0].answer()
    assert stopped.value.kind is Kind.cancelled


async def test_a_run_in_a_line_of_its_own_has_a_place_and_can_only_be_called_off_while_it_waits() -> None:
    b = bench()
    b.engine.gate.clear()
    runs = [await b.caller()(SendMessage(ask(str(n)), detached=True, line="chatqueue")) for n in range(3)]
    await settle()
    assert [run.place.position if run.place else 0 for run in runs] == [0, 1, 2]
    assert not await b.caller()(StopRun(runs[0].id, waiting_only=True))
    assert await b.caller()(StopRun(runs[1].id, waiting_only=True))
    await settle()
    assert runs[2].place is not None and runs[2].place.position == 1
    state = await b.caller()(ReadLine("chatqueue"))
    assert (state.waiting, state.serving) == (1, 1)
    b.engine.gate.set()
    assert (await runs[2].answer()).text == "Hello"
    assert b.engine.most_active == 1


async def test_two_identical_runs_in_line_keep_ids_and_places_of_their_own() -> None:
    b = bench()
    b.engine.gate.clear()
    runs = [
        await b.caller()(SendMessage(ask(), detached=True, share=True, line="chatqueue", pool="chatqueue"))
        for _ in range(3)
    ]
    await settle()
    b.engine.gate.set()
    for run in runs:
        assert (await run.answer()).text == "Hello"
    assert b.engine.calls == 1
    assert len({run.id for run in runs}) == 3


async def test_a_full_line_ends_a_waiting_run_with_the_reason() -> None:
    b = bench(max_waiting=1)
    b.engine.gate.clear()
    runs = [await b.caller()(SendMessage(ask(str(n)), detached=True, line="chatqueue")) for n in range(3)]
    await settle()
    ended = runs[2].ended
    assert ended is not None and ended.error is not None and ended.error.code == "queue_full"
    b.engine.gate.set()


async def test_the_engines_own_line_bounds_what_is_under_way() -> None:
    b = bench(places=2)
    b.engine.gate.clear()
    runs = [await b.caller()(SendMessage(ask(str(n)))) for n in range(6)]
    await settle()
    assert b.engine.active == 2
    assert runs[5].place is not None and runs[5].place.position == 4
    b.engine.gate.set()
    for run in runs:
        await run.answer()
    assert b.engine.most_active == 2
    line = await b.caller()(ReadLine("scripted"))
    assert line.serving == 0


async def test_an_unknown_line_is_missing() -> None:
    with pytest.raises(Fault) as missing:
        await bench().caller()(ReadLine("nowhere"))
    assert missing.value.kind is Kind.missing


async def test_a_broken_connection_is_tried_again_only_before_the_first_word() -> None:
    b = bench(retries=2)
    b.engine.fault, b.engine.mute = unreachable(), True
    with pytest.raises(Fault):
        await (await b.caller()(SendMessage(ask()))).answer()
    assert b.engine.calls == 3
    b.engine.mute = False
    run = await b.caller()(SendMessage(ask()))
    with pytest.raises(Fault):
        await run.answer()
    assert b.engine.calls == 4
    assert await run.begun()


async def test_the_circuit_opens_after_failures_and_heals_by_one_try() -> None:
    b = bench()
    b.engine.fault, b.engine.mute = unreachable(), True
    for _ in range(5):
        with pytest.raises(Fault):
            await (await b.caller()(SendMessage(ask()))).answer()
    with pytest.raises(Fault) as opened:
        await (await b.caller()(SendMessage(ask()))).begun()
    assert opened.value.code == "circuit_open"
    assert opened.value.retry_after is not None
    assert b.engine.calls == 5
    b.clock.move(11)
    b.engine.fault = None
    assert (await (await b.caller()(SendMessage(ask()))).answer()).text == "Hello"


async def test_a_try_that_is_abandoned_leaves_the_circuit_to_the_next() -> None:
    b = bench()
    b.engine.fault, b.engine.mute = unreachable(), True
    for _ in range(5):
        with pytest.raises(Fault):
            await (await b.caller()(SendMessage(ask()))).answer()
    b.clock.move(11)
    b.engine.fault = None
    b.engine.gate.clear()
    caller = b.caller()
    await caller(SendMessage(ask()))
    await settle()
    caller.release()
    await settle()
    b.engine.gate.set()
    assert (await (await b.caller()(SendMessage(ask()))).answer()).text == "Hello"


async def test_a_request_that_an_engine_was_right_to_refuse_does_not_open_the_circuit() -> None:
    b = bench()
    b.engine.fault, b.engine.mute = Fault(Kind.invalid, "No."), True
    for _ in range(8):
        with pytest.raises(Fault) as refused:
            await (await b.caller()(SendMessage(ask()))).answer()
        assert refused.value.kind is Kind.invalid


async def test_a_defect_in_an_engine_ends_the_run_as_internal_and_is_reported() -> None:
    class Broken(ScriptedEngine):
        async def chat(self, ask: ChatAsk, sink: object) -> None:
            raise ZeroDivisionError

    b = bench(Broken())
    with pytest.raises(Fault) as failed:
        await (await b.caller()(SendMessage(ask()))).answer()
    assert failed.value.kind is Kind.internal
    assert [type(d) for d in b.defects] == [ZeroDivisionError]


async def test_rates_refuse_with_the_time_of_the_reset_and_let_in_again_after_it() -> None:
    b = bench(rates=Rates(60.0, user=Rate(requests=2)))
    for _ in range(2):
        run = await b.caller()(SendMessage(ask()))
        await run.answer()
    assert run.allowances[0].remaining == 0
    b.clock.move(20)
    with pytest.raises(Fault) as refused:
        await b.caller()(SendMessage(ask()))
    assert (refused.value.kind, refused.value.retry_after) == (Kind.over_budget, 40.0)
    assert "40 s" in refused.value.sentence()
    await (await b.caller("bob")(SendMessage(ask()))).answer()
    b.clock.move(41)
    await (await b.caller()(SendMessage(ask()))).answer()


async def test_tokens_are_reserved_at_the_gate_and_settled_when_the_answer_has_landed() -> None:
    b = bench(rates=Rates(60.0, user=Rate(tokens=1000)))
    b.engine.gate.clear()
    first = await b.caller()(SendMessage(ask(sampling=Sampling(max_tokens=600))))
    with pytest.raises(Fault) as refused:
        await b.caller()(SendMessage(ask(sampling=Sampling(max_tokens=600))))
    assert refused.value.code == "tokens_rate"
    b.engine.gate.set()
    await first.answer()
    await settle()
    second = await b.caller()(SendMessage(ask(sampling=Sampling(max_tokens=600))))
    assert second.allowances[0].remaining == 1000 - 12 - (600 + 4 + 2)


async def test_an_ask_that_was_refused_broken_or_called_off_gives_back_its_tokens() -> None:
    """Else one user could spend a whole tenant's tokens on asks that nothing answers."""
    b = bench(rates=Rates(60.0, tenant=Rate(tokens=1000)), max_waiting=1)
    heavy = Sampling(max_tokens=900)
    with pytest.raises(Fault):
        await b.caller("eve")(SendMessage(ask(model="unknown", sampling=heavy)))
    b.engine.fault = unreachable()
    with pytest.raises(Fault):
        await b.caller("eve")(Embed(EmbedAsk("model", ("x" * 3000, "y"))))
    b.engine.fault = None
    b.engine.gate.clear()
    line: dict[str, Any] = {"detached": True, "line": "chatqueue"}
    few = Sampling(max_tokens=20)
    await b.caller("eve")(SendMessage(ask("served", sampling=few), **line))
    waits = await b.caller("eve")(SendMessage(ask("waits", sampling=few), **line))
    await settle()
    full = await b.caller("eve")(SendMessage(ask("full", sampling=heavy), **line))
    await settle()
    assert full.ended is not None
    assert await b.caller("eve")(StopRun(waits.id))
    waits = await b.caller("eve")(SendMessage(ask("waits", sampling=heavy), **line))
    await settle()
    assert await b.caller("eve")(StopRun(waits.id))
    await settle()
    run = await b.caller("ada")(SendMessage(ask(sampling=heavy)))
    assert run.allowances[0].remaining == 1000 - (900 + 4 + 2) - (20 + 4 + 2)


async def test_an_answer_from_the_cache_costs_no_tokens() -> None:
    b = bench(rates=Rates(60.0, user=Rate(tokens=1000)))
    sampling = Sampling(temperature=0, max_tokens=400)
    for _ in range(5):
        await (await b.caller()(SendMessage(ask(sampling=sampling)))).answer()
        await settle()
    assert b.engine.calls == 1


async def test_a_window_of_a_month_is_written_in_full() -> None:
    b = bench(rates=Rates(2_592_000.0, user=Rate(requests=1)))
    caller = b.caller()
    await (await caller(SendMessage(ask()))).answer()
    with pytest.raises(Fault, match=r"its 1 requests of the last 2592000 seconds\."):
        await caller(SendMessage(ask()))


async def test_a_key_has_rates_of_its_own_beside_its_users() -> None:
    b = bench(rates=Rates(60.0, key=Rate(requests=5), tenant=Rate(requests=100), guest=Rate(requests=1)))
    key: dict[str, Any] = {"key": "k", "requests_per_minute": 1}
    await b.caller("ada", **key)(SendMessage(ask()))
    with pytest.raises(Fault):
        await b.caller("ada", **key)(SendMessage(ask()))
    await b.caller("web", guest=True)(SendMessage(ask()))
    with pytest.raises(Fault) as refused:
        await b.caller("web", guest=True)(SendMessage(ask()))
    assert "guest" in refused.value.message


async def test_a_conversation_goes_on_from_its_last_run_within_its_scope() -> None:
    b = bench()
    first = await b.caller()(SendMessage(ask("One"), keep=True))
    await first.answer()
    await settle()
    second = await b.caller()(SendMessage(ask("Two"), previous=first.id, keep=True))
    await second.answer()
    await settle()
    said = [item.content for item in b.engine.asks[1].items if isinstance(item, Message)]
    assert said == ["One", "Hello", "Two"]
    with pytest.raises(Fault) as missing:
        await b.caller("bob")(SendMessage(ask("Three"), previous=first.id))
    assert missing.value.code == "previous_not_found"
    third = await b.caller()(SendMessage(ask("Three"), previous=second.id))
    await third.answer()
    assert len(b.engine.asks[2].items) == 5


async def test_a_conversation_sent_whole_is_recognised_by_its_head_turn() -> None:
    b = bench()
    await (await b.caller()(SendMessage(ask("One"), keep=True))).answer()
    await settle()
    items = (Message("user", "One"), Message("assistant", "Hello"), Message("user", "Two"))
    await (await b.caller()(SendMessage(ChatAsk("model", items), keep=True))).answer()
    await settle()
    state = (await b.caller()(ReadAdmission())).conversations
    assert (state.hits, state.misses) == (1, 0)
    await b.caller()(ClearCaches("conversations"))
    assert (await b.caller()(ReadAdmission())).conversations.entries == 0


async def test_single_embeddings_that_come_together_leave_as_one_and_a_lone_one_at_once() -> None:
    b = bench(batch=3)
    asks = [b.caller()(Embed(EmbedAsk("model", ("x" * n,)))) for n in range(64)]
    got = await asyncio.gather(*asks)
    assert [e.vectors[0][0] for e in got] == [float(n) for n in range(64)]
    assert len(b.engine.embedded) <= 22
    assert max(map(len, b.engine.embedded)) == 3
    await b.caller()(Embed(EmbedAsk("model", ("alone",))))
    assert b.engine.embedded[-1] == ("alone",)


async def test_texts_of_different_callers_never_share_a_batch() -> None:
    b = bench(batch=8)
    await asyncio.gather(*(b.caller(user)(Embed(EmbedAsk("model", (user,)))) for user in ("ada", "bob") * 4))
    assert all(len(set(texts)) == 1 for texts in b.engine.embedded)


async def test_a_batch_whose_callers_all_left_is_cancelled() -> None:
    b = bench()
    b.engine.gate.clear()
    task = asyncio.ensure_future(b.caller()(Embed(EmbedAsk("model", ("x",)))))
    await settle()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await settle()
    assert b.engine.cancelled == 1
    assert b.engine.active == 0


async def test_a_failed_batch_fails_each_of_its_asks() -> None:
    b = bench()
    b.engine.fault = unreachable()
    results = await asyncio.gather(
        *(b.caller()(Embed(EmbedAsk("model", ("x",)))) for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(result, Fault) for result in results)


async def test_a_model_that_a_key_may_not_use_looks_unknown_and_an_alias_is_a_name() -> None:
    b = bench()
    with pytest.raises(Fault) as missing:
        await b.caller(models=("other-*",))(SendMessage(ask()))
    with pytest.raises(Fault) as unknown:
        await b.caller()(SendMessage(ChatAsk("unknown", (Message("user", "x"),))))
    assert missing.value.message == "There is no model called 'model'."
    assert unknown.value.message == "There is no model called 'unknown'."
    assert (missing.value.code, missing.value.hint) == (unknown.value.code, unknown.value.hint)
    await (await b.caller()(SendMessage(ChatAsk("alias", (Message("user", "x"),))))).answer()
    await (await b.caller()(SendMessage(ChatAsk("", (Message("user", "x"),))))).answer()


async def test_an_engine_that_cannot_be_listed_speaks_for_itself() -> None:
    b = bench()
    b.engine.fault, b.engine.mute = Fault(Kind.upstream, "down", code="unlisted"), True
    run = await b.caller()(SendMessage(ChatAsk("whatever", (Message("user", "x"),))))
    with pytest.raises(Fault) as down:
        await run.answer()
    assert down.value.kind is Kind.upstream


async def test_draining_refuses_what_is_new_and_ends_the_rest_as_interrupted() -> None:
    b = bench()
    b.engine.gate.clear()
    run = await b.caller()(SendMessage(ask()))
    waiting = await b.caller()(SendMessage(ask(), detached=True, line="chatqueue"))
    await settle()
    b.road.gate.close()
    with pytest.raises(Fault) as busy:
        await b.caller()(SendMessage(ask()))
    assert busy.value.kind is Kind.busy
    assert await b.road.runs.drain(0.0) == 2
    await settle()
    for ended in (run.ended, waiting.ended):
        assert ended is not None and ended.outcome == "interrupted"


async def test_a_chat_with_a_connection_that_only_embeds_is_unsupported() -> None:
    def embeds_only(connection: Connection) -> None:
        connection.chat = None

    b = bench(tune=embeds_only)
    with pytest.raises(Fault) as unsupported:
        await (await b.caller()(SendMessage(ask()))).answer()
    assert unsupported.value.kind is Kind.unsupported


async def test_patience_that_runs_out_says_so_without_ending_the_run() -> None:
    b = bench()
    b.engine.gate.clear()
    run = await b.caller()(SendMessage(ask()))
    assert not await run.begun(0.01)
    b.engine.gate.set()
    assert await run.begun(5)


@pytest.mark.parametrize("code", ["answer_too_large", "line_too_long"])
async def test_an_answer_without_end_is_not_asked_for_twice(code: str) -> None:
    """It would be no shorter, and each try costs what the bound allows."""
    b = bench(retries=2)
    b.engine.fault, b.engine.mute = Fault(Kind.upstream, "Too much.", code=code), True
    run = await b.caller()(SendMessage(ask()))
    with pytest.raises(Fault):
        await run.answer()
    assert b.engine.calls == 1


async def test_one_users_embeddings_do_not_hold_up_anothers() -> None:
    b = bench(places=1, batch=1)
    b.engine.gate.clear()
    flood = [asyncio.ensure_future(b.caller("ada")(Embed(EmbedAsk("model", (str(n), "x"))))) for n in range(20)]
    await settle()
    single = asyncio.ensure_future(b.caller("bob")(Embed(EmbedAsk("model", ("bob", "x")))))
    await settle()
    b.engine.gate.set()
    await asyncio.gather(*flood, single)
    assert b.engine.embedded.index(("bob", "x")) <= 2


async def test_tokens_reserved_in_one_window_are_not_given_back_to_the_next() -> None:
    b = bench(rates=Rates(60.0, tenant=Rate(tokens=1000)))
    b.engine.gate.clear()
    old = await b.caller("eve")(SendMessage(ask(sampling=Sampling(max_tokens=900))))
    b.clock.move(61)
    held = await b.caller("bob")(SendMessage(ask(sampling=Sampling(max_tokens=900))))
    old.let_go()
    await settle()
    with pytest.raises(Fault) as refused:
        await b.caller("ada")(SendMessage(ask(sampling=Sampling(max_tokens=200))))
    assert refused.value.code == "tokens_rate"
    held.let_go()


async def test_a_run_that_breaks_as_it_leaves_its_line_ends_and_gives_its_place_back() -> None:
    b = bench()
    b.road.pools["default"].answers.find = None  # type: ignore[assignment,method-assign]
    run = await b.caller()(SendMessage(ask(sampling=ZERO), detached=True, line="chatqueue"))
    await settle()
    assert run.ended is not None and run.ended.outcome == "failed"
    assert (await b.caller()(ReadLine("chatqueue"))).serving == 0


async def test_whoever_waited_looks_again_before_the_engine_is_asked() -> None:
    """Another process may have answered the same meanwhile: here joining is off, so that each waits by itself."""
    b = bench(places=1, share="all")
    b.road.pools["default"] = msgspec.structs.replace(b.road.pools["default"], joins=False)
    b.engine.gate.clear()
    do = b.caller()
    runs = [await do(SendMessage(ask())) for _ in range(8)]
    await asyncio.sleep(0)
    b.engine.gate.set()
    for run in runs:
        while run.ended is None:
            await run.wait()
    assert b.engine.calls == 1
    assert [run.cached for run in runs] == [False] + [True] * 7
    assert b.road.models.connections[0].line.state.serving == 0


async def test_whoever_waited_and_shares_nothing_asks_the_engine() -> None:
    b = bench(places=1, share="none")
    b.engine.gate.clear()
    runs = [await b.caller()(SendMessage(ask())) for _ in range(3)]
    b.engine.gate.set()
    for run in runs:
        while run.ended is None:
            await run.wait()
    assert b.engine.calls == 3 and not any(run.cached for run in runs)
