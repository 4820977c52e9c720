"""What every chat and embed engine must hold, for ours and for those of other distributions.

Subclass `ChatEngineContract` (or `EmbedEngineContract`) in a test module as `Test…` and give it a fixture `engine`:

    class TestMine(ChatEngineContract):
        @pytest.fixture
        async def engine(self): return MyEngine()

`model` is a name that the engine knows; the other attributes say what it can do.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

import msgspec
import pytest

from parlance.ports.engines import ChatEngine, EmbedEngine, RerankEngine
from parlance.testing.sinks import RecordingSink
from parlance.values.asks import ChatAsk, EmbedAsk, Format, RerankAsk, Sampling, Tool
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Ended, Event, Finished, Started, ToolCalled, Usage, Whole
from parlance.values.messages import Message, Reasoning, ToolCall, ToolResult

__all__ = ["ChatEngineContract", "EmbedEngineContract", "RecordingSink", "RerankEngineContract", "heard"]

PATIENCE = 10.0
"""Seconds any single answer of the suite may take."""
_EVENTS = msgspec.json.Decoder(list[Event])


async def heard(engine: ChatEngine, ask: ChatAsk) -> RecordingSink:
    """Everything that the engine says to an ask."""
    sink = RecordingSink()
    async with asyncio.timeout(PATIENCE):
        await engine.chat(ask, sink)
    return sink


class ChatEngineContract:
    """What everybody who chats may rely on."""

    model = "mock"
    question = "What is the capital of France? Paris is the capital of France."

    def ask(self, stream: bool = True) -> ChatAsk:
        """A plain question."""
        return ChatAsk(self.model, (Message("user", self.question),), stream=stream)

    @pytest.mark.parametrize("stream", [True, False])
    async def test_a_question_is_answered_in_words(self, engine: ChatEngine, stream: bool) -> None:
        """Streamed or not, there is text."""
        assert (await heard(engine, self.ask(stream))).answer.text.strip()

    async def test_the_beginning_is_told_once_and_first_and_names_a_model(self, engine: ChatEngine) -> None:
        """`Started` opens every log."""
        events = (await heard(engine, self.ask())).events
        assert isinstance(events[0], Started) and events[0].model
        assert sum(isinstance(event, Started) for event in events) == 1

    @pytest.mark.parametrize("stream", [True, False])
    async def test_the_end_is_left_to_the_flight(self, engine: ChatEngine, stream: bool) -> None:
        """`Ended` is never pushed: returning or raising says it."""
        assert not (await heard(engine, self.ask(stream))).of(Ended)

    @pytest.mark.parametrize("stream", [True, False])
    async def test_an_answer_comes_whole_or_in_pieces_but_not_both(self, engine: ChatEngine, stream: bool) -> None:
        """One `Whole`, or deltas."""
        sink = await heard(engine, self.ask(stream))
        assert len(sink.of(Whole)) <= 1
        assert bool(sink.of(Whole)) != bool(sink.of(Delta, ToolCalled, Finished))

    async def test_a_choice_finishes_once_for_a_reason_and_says_no_more(self, engine: ChatEngine) -> None:
        """Nothing follows the `Finished` of a choice."""
        finished: set[int] = set()
        for event in (await heard(engine, self.ask())).events:
            if isinstance(event, Delta | ToolCalled | Finished):
                assert event.choice not in finished
            if isinstance(event, Finished):
                assert event.reason
                finished.add(event.choice)

    @pytest.mark.parametrize("stream", [True, False])
    async def test_tokens_are_counted_at_most_once_and_never_below_zero(self, engine: ChatEngine, stream: bool) -> None:
        """Bills and budgets are made of these counts."""
        sink = await heard(engine, self.ask(stream))
        usages = [event for event in sink.events if isinstance(event, Usage)]
        assert len(usages) <= 1
        if sink.answer.usage is not None:
            assert sink.answer.usage.prompt >= 0 and sink.answer.usage.completion >= 0

    @pytest.mark.parametrize("stream", [True, False])
    async def test_what_is_told_can_be_stored_and_read_back(self, engine: ChatEngine, stream: bool) -> None:
        """No lone surrogate, no number that JSON does not have."""
        events = (await heard(engine, self.ask(stream))).events
        assert _EVENTS.decode(msgspec.json.encode(events)) == events

    async def test_the_tap_is_taken_back_when_the_answer_is_over(self, engine: ChatEngine) -> None:
        """A tap that was handed over is taken back by `tap(None)`."""
        taps = (await heard(engine, self.ask())).taps
        assert not taps or taps[-1] is None

    async def test_an_engine_that_nobody_wants_any_more_stops_and_is_silent(self, engine: ChatEngine) -> None:
        """Cancelling ends the call, and the next one works."""
        sink = RecordingSink()
        task = asyncio.ensure_future(engine.chat(self.ask(), sink))
        await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(asyncio.CancelledError):
                await task
        said = len(sink.events)
        await asyncio.sleep(0.02)
        assert len(sink.events) == said
        assert not sink.taps or sink.taps[-1] is None
        assert (await heard(engine, self.ask())).answer.text

    async def test_a_sink_that_is_full_ends_the_call_with_its_own_fault(self, engine: ChatEngine) -> None:
        """What the sink raises comes out as it is."""
        sink = RecordingSink(room=1)
        with pytest.raises(Fault) as caught:
            async with asyncio.timeout(PATIENCE):
                await engine.chat(self.ask(), sink)
        assert caught.value.code == "cut"
        assert (await heard(engine, self.ask())).answer.text

    async def test_answers_given_at_once_do_not_mix(self, engine: ChatEngine) -> None:
        """Five calls at once are five answers."""
        alone = (await heard(engine, self.ask())).answer
        for sink in await asyncio.gather(*(heard(engine, self.ask()) for _ in range(5))):
            assert len(sink.of(Started)) == 1
            assert sink.answer.choices[0].reason == alone.choices[0].reason

    @pytest.mark.parametrize("text", ["", "漢字 😀 é", "a\n\tb\\\"'", "{}", "x" * 10_000])
    async def test_whatever_text_is_said_is_answered_or_refused(self, engine: ChatEngine, text: str) -> None:
        """No text makes an engine fall over."""
        await self._answered_or_refused(engine, ChatAsk(self.model, (Message("user", text),)))

    async def test_a_conversation_with_thoughts_and_tools_is_answered_or_refused(self, engine: ChatEngine) -> None:
        """Every kind of item may come."""
        items = (
            Message("system", "Be brief."),
            Message("user", "How is the weather?"),
            Reasoning("I should look."),
            Message("assistant", "Let me look."),
            ToolCall("call_1", "weather", '{"city":"Paris"}'),
            ToolResult("call_1", "Sunny."),
            Message("user", self.question),
        )
        await self._answered_or_refused(engine, ChatAsk(self.model, items))

    @pytest.mark.parametrize("wanted", ["tools", "json", "n", "logprobs", "prompt", "think", "sampling"])
    async def test_what_it_can_it_does_and_the_rest_it_refuses(self, engine: ChatEngine, wanted: str) -> None:
        """A feature it lacks is a `Fault`, never a silent lie."""
        changes: dict[str, object] = {
            "tools": {"tools": (Tool("clock", "Tells the time.", {"type": "object"}),)},
            "json": {"format": Format("json")},
            "n": {"n": 2},
            "logprobs": {"logprobs": True, "top_logprobs": 1},
            "prompt": {"items": (), "prompt": self.question},
            "think": {"think": "low"},
            "sampling": {"sampling": Sampling(temperature=0.0, top_p=0.9, top_k=5, seed=1, max_tokens=64)},
        }
        await self._answered_or_refused(engine, msgspec.structs.replace(self.ask(), **changes[wanted]))  # type: ignore[arg-type]

    async def test_a_bound_on_the_answer_makes_it_no_longer(self, engine: ChatEngine) -> None:
        """`max_tokens` bounds."""
        free = (await heard(engine, self.ask())).answer.text
        bounded = msgspec.structs.replace(self.ask(), sampling=Sampling(max_tokens=1))
        assert len((await heard(engine, bounded)).answer.text) <= len(free)

    async def _answered_or_refused(self, engine: ChatEngine, ask: ChatAsk) -> None:
        """An answer with at least one choice, or a fault with a sentence and nothing said."""
        sink = RecordingSink()
        try:
            async with asyncio.timeout(PATIENCE):
                await engine.chat(ask, sink)
        except Fault as fault:
            assert fault.message and fault.kind is not Kind.internal
            assert not sink.of(Delta, Whole)
        else:
            assert sink.answer.choices


class EmbedEngineContract:
    """What everybody who embeds may rely on. `close_to`: how far equal texts may be apart in one number."""

    model = "mock-embed"
    close_to = 1e-4
    texts = ("A man is eating food.", "Someone eats a meal.", "The stock market fell today.")

    async def embedded(self, engine: EmbedEngine, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """The vectors of these texts."""
        async with asyncio.timeout(PATIENCE):
            return (await engine.embed(EmbedAsk(self.model, tuple(texts)))).vectors

    async def test_every_text_has_a_vector(self, engine: EmbedEngine) -> None:
        """As many vectors as texts."""
        assert len(await self.embedded(engine, self.texts)) == len(self.texts)

    async def test_one_text_has_one_vector(self, engine: EmbedEngine) -> None:
        """The commonest call of all."""
        assert len(await self.embedded(engine, self.texts[:1])) == 1

    async def test_no_text_has_no_vector(self, engine: EmbedEngine) -> None:
        """Nothing asked, nothing given."""
        assert await self.embedded(engine, ()) == ()

    async def test_all_vectors_have_the_same_length(self, engine: EmbedEngine) -> None:
        """Even of an empty text."""
        lengths = {len(vector) for vector in await self.embedded(engine, (*self.texts, "", "漢字 😀"))}
        assert len(lengths) == 1 and 0 not in lengths

    async def test_every_number_is_finite(self, engine: EmbedEngine) -> None:
        """Nobody can compute with NaN."""
        vectors = await self.embedded(engine, self.texts)
        assert all(type(part) is float and math.isfinite(part) for vector in vectors for part in vector)

    async def test_the_same_text_has_the_same_vector(self, engine: EmbedEngine) -> None:
        """Within one call."""
        first, second = await self.embedded(engine, (self.texts[0], self.texts[0]))
        assert first == pytest.approx(second, abs=self.close_to)

    async def test_the_same_text_has_the_same_vector_in_another_call(self, engine: EmbedEngine) -> None:
        """And from call to call."""
        (first,) = await self.embedded(engine, self.texts[:1])
        (second,) = await self.embedded(engine, self.texts[:1])
        assert first == pytest.approx(second, abs=self.close_to)

    async def test_vectors_come_in_the_order_of_the_texts(self, engine: EmbedEngine) -> None:
        """Whatever order they were made in."""
        forth = await self.embedded(engine, self.texts)
        back = await self.embedded(engine, self.texts[::-1])
        for one, other in zip(forth, back[::-1], strict=True):
            assert one == pytest.approx(other, abs=self.close_to)

    async def test_texts_that_differ_have_vectors_that_differ(self, engine: EmbedEngine) -> None:
        """Or nothing could be found."""
        first, second, third = await self.embedded(engine, self.texts)
        assert len({first, second, third}) == 3

    async def test_many_texts_are_taken_at_once(self, engine: EmbedEngine) -> None:
        """A document is many chunks."""
        assert len(await self.embedded(engine, [f"text {number}" for number in range(64)])) == 64

    async def test_tokens_are_counted_and_never_below_zero(self, engine: EmbedEngine) -> None:
        """0 where the engine does not count."""
        assert (await engine.embed(EmbedAsk(self.model, self.texts))).prompt_tokens >= 0

    async def test_calls_made_at_once_do_not_mix(self, engine: EmbedEngine) -> None:
        """Each gets its own vector."""
        alone = [await self.embedded(engine, (text,)) for text in self.texts]
        together = await asyncio.gather(*(self.embedded(engine, (text,)) for text in self.texts))
        for one, other in zip(alone, together, strict=True):
            assert one[0] == pytest.approx(other[0], abs=self.close_to)

    async def test_shorter_vectors_are_as_short_as_asked_or_refused_or_whole(self, engine: EmbedEngine) -> None:
        """`dimensions` is for models that can."""
        (full,) = await self.embedded(engine, self.texts[:1])
        try:
            shorter = await engine.embed(EmbedAsk(self.model, self.texts[:1], dimensions=4))
        except Fault as fault:
            assert fault.message
        else:
            assert len(shorter.vectors[0]) in (4, len(full))

    async def test_an_engine_that_nobody_wants_any_more_stops_and_works_again(self, engine: EmbedEngine) -> None:
        """Cancelling harms no later call."""
        task = asyncio.ensure_future(engine.embed(EmbedAsk(self.model, self.texts)))
        await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(asyncio.CancelledError):
                await task
        assert len(await self.embedded(engine, self.texts)) == len(self.texts)


class RerankEngineContract:
    """What every reranker does. The fixture `engine` judges by the words that query and text share."""

    model: str

    async def test_every_text_gets_its_score_in_the_order_of_the_texts(self, engine: RerankEngine) -> None:
        """Whatever order the upstream answers in."""
        texts = ("milk", "green tea leaves", "tea")
        scores = (await engine.rerank(RerankAsk(self.model, "green tea", texts))).scores
        assert len(scores) == 3 and scores[1] > scores[2] > scores[0]

    async def test_no_texts_need_no_model(self, engine: RerankEngine) -> None:
        """And give no scores."""
        assert (await engine.rerank(RerankAsk(self.model, "tea", ()))).scores == ()
