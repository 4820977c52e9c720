"""`quote`: the built-in default that is not a language model and says so.

It finds the sentences in what it was given that best answer the question, and quotes them with their source. Scoring is
BM25 over the sentences (k1 = 1.2, b = 0.75; Robertson and Zaragoza 2009), words folded in case, Han text by pairs of
characters. The same words always give the same answer. Its first line tells how to add a real model; that notice is a
delta of its own; what this engine said in earlier turns is never searched again. A question that comes with passages
of documents is answered from them alone, each sentence with its passage's number behind it: `[1]`.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.engines.quote_passages import NumberedText, asked_about, without_passages
from parlance.engines.quote_sentences import Sentence, sentences, words
from parlance.engines.quote_words import phrases
from parlance.ports.engines import Sink
from parlance.values.asks import ChatAsk
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Finished, Started, Usage
from parlance.values.messages import Item, Message, ToolResult, text_of
from parlance.values.models import LoadedModel, ModelCard, ModelRef

NAME = "quote"
_QUOTES = 3
"""Sentences quoted at most: more is not an answer."""
_NEAR = 0.5
"""Share of the best score below which a sentence is not quoted: one common word shared is no answer."""
_LETTER = re.compile(r"[^\W_]")
_SAYS_SOMETHING = 6
"""Letters, or Chinese characters, in a sentence of a passage that is worth quoting."""
_HEADING = re.compile(r"#{1,6}\s")
_K1, _B = 1.2, 0.75


def gather(items: Sequence[Item], question: int) -> list[Sentence]:
    """Every sentence that was given: other messages whole, and of the one with the question all that does not ask."""
    found: list[Sentence] = []
    heard = 0
    for index, item in enumerate(items):
        if not isinstance(item, Message | ToolResult):
            continue
        role = item.role if isinstance(item, Message) else "tool"
        if role == "assistant":
            continue  # quoting one's own quotes proves nothing
        heard += role == "user"
        source = {"system": "the instructions", "developer": "the instructions", "tool": "a tool's result"}.get(
            role, f"your message {heard}"
        )
        told = sentences(text_of(item.content), source)
        found.extend(s for s in told if index != question or not s.text.endswith(("?", "？")))
    return found


def rank(question: tuple[str, ...], given: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that answer the question about as well as the best one, best first; ties keep their order."""
    wanted = set(question)
    if not wanted or not given:
        return []
    lengths = [len(s.words) or 1 for s in given]
    mean = sum(lengths) / len(lengths)
    spread = Counter(word for s in given for word in set(s.words) & wanted)
    scored: list[tuple[float, int]] = []
    for index, sentence in enumerate(given):
        counts = Counter(word for word in sentence.words if word in wanted)
        score = 0.0
        for word, count in counts.items():
            rarity = math.log(1 + (len(given) - spread[word] + 0.5) / (spread[word] + 0.5))
            score += rarity * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * lengths[index] / mean))
        if score > 0:
            scored.append((-score, index))
    scored.sort()
    return [given[index] for score, index in scored[:_QUOTES] if score <= scored[0][0] * _NEAR]


def reply(items: Sequence[Item]) -> str:
    """The answer to the last message, without the notice."""
    asked = [i for i, item in enumerate(items) if isinstance(item, Message) and item.role == "user"]
    if not asked:
        return phrases("").nothing
    last = items[asked[-1]]
    text = without_passages(last.content) if isinstance(last, Message) else ""
    if found := asked_about(items):
        return reply_from(found, text)
    questions = [s for s in sentences(text, "") if s.text.endswith(("?", "？"))]
    question = words(" ".join(s.text for s in questions) or text)
    given = gather(items, asked[-1])
    if not questions:
        # A message without a question mark asks as a whole: it must not be its own answer.
        given = [s for s in given if s.source != f"your message {len(asked)}"]
    best = rank(question, given)
    if not best:
        return phrases(text).nothing
    return "\n\n".join(f"> {sentence.text}\n— {phrases(text).source(sentence.source)}" for sentence in best)


def _notice(items: Sequence[Item]) -> str:
    """That no model answers, in the language of the last question."""
    asked = [item for item in items if isinstance(item, Message) and item.role == "user"]
    return phrases(without_passages(asked[-1].content) if asked else "").told(bool(asked_about(items)))


def reply_from(found: Sequence[NumberedText], question: str) -> str:
    """The answer to a question from passages: what it asks for in their words, with their numbers."""
    told = [each for passage in found for each in _told(passage)]
    said = [each for each in told if len(_LETTER.findall(each.text)) >= _SAYS_SOMETHING]
    given = [each for each in said if not _HEADING.match(each.text)] or said  # a heading asks, and answers nothing
    asked = [each.text for each in sentences(question, "") if each.text.endswith(("?", "？"))]
    wanted = words(" ".join(asked) or question)
    best = rank(wanted, given) or _below(rank(wanted, said), told)
    if best:
        return "\n\n".join(f"> {each.text} {each.source}" for each in best)
    return "\n\n".join([phrases(question).no_word, *(f"> {each.text} {each.source}" for each in (given or told)[:1])])


def _below(headings: Sequence[Sentence], told: Sequence[Sentence]) -> list[Sentence]:
    """What stands right below headings that ask in the question's words, however short it is: where the words stand in
    a heading alone, that is what they lead to. A heading with nothing below it stands for itself."""
    found = []
    for heading in headings:
        at = next(index for index, each in enumerate(told) if each is heading)
        below = told[at + 1] if at + 1 < len(told) else heading
        found.append(heading if _HEADING.match(below.text) or below.source != heading.source else below)
    return found


def _told(passage: NumberedText) -> Iterator[Sentence]:
    """The sentences of a passage, without questions."""
    return (each for each in sentences(passage.text, f"[{passage.number}]") if not each.text.endswith(("?", "？")))


def tokens(text: str) -> int:
    """Tokens as this engine counts them: words and the marks between them."""
    return len(re.findall(r"\w+|[^\w\s]", text))


class QuoteEngine:
    """A `ChatEngine` and a `Catalogue` of one model. `sources` names where the quotes came from."""

    def __init__(self, connection: str) -> None:
        self._connection = connection

    async def chat(self, ask: ChatAsk, sink: Sink) -> None:
        """Quote; refuses what only a model can do."""
        _refuse(ask)
        items = ask.items if ask.prompt is None else (Message("user", ask.prompt),)
        sink.push(Started(NAME))
        answer = f"{_notice(items)}\n\n{reply(items)}"
        limit = ask.sampling.max_tokens
        said = 0
        for piece in re.findall(r"\s*\S+", answer):
            if limit is not None and said >= limit:
                break
            sink.push(Delta(piece))
            said += 1
            await asyncio.sleep(0)  # lets a reader see the words one by one, and a stop take effect
        sink.push(Finished("stop" if limit is None or said < limit else "length"))
        prompt = sum(tokens(text_of(i.content)) for i in items if isinstance(i, Message | ToolResult))
        sink.push(Usage(prompt, said))

    async def cards(self) -> Sequence[ModelCard]:
        """The one model there always is."""
        return (self._card(),)

    async def show(self, name: str, verbose: bool = False) -> ModelCard:
        """The same."""
        return self._card()

    async def loaded(self) -> Sequence[LoadedModel]:
        """It takes no memory worth naming."""
        return ()

    def _card(self) -> ModelCard:
        return ModelCard(
            NAME,
            ModelRef(self._connection, NAME),
            "quote",
            capabilities=frozenset({"chat", "completion"}),
            state="ready",
            note="Quotes what it was given; not a language model.",
        )


def _refuse(ask: ChatAsk) -> None:
    asked = {"tools": bool(ask.tools), "a JSON format": ask.format is not None, "several answers": ask.n > 1}
    asked["log probabilities"] = ask.logprobs
    for what, wanted in asked.items():
        if wanted:
            raise Fault(
                Kind.unsupported,
                f"The built-in quote engine is not a language model and does not do {what}.",
                hint="Start Ollama or set OPENAI_API_KEY, then choose one of its models.",
                code="not_a_language_model",
            )


def engine(upstream: Upstream, surroundings: Surroundings) -> Engine:
    """The built-in engine, as any plugin would make it."""
    quote = QuoteEngine(upstream.name)
    return Engine(quote, chat=quote)
