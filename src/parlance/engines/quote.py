"""`quote`: the built-in default that is not a language model and says so.

It finds the sentences in what it was given that best answer the question (`quote_ranking`), and quotes them with their
source. The same words always give the same answer. Its first line tells how to add a real model; that notice is a
delta of its own; what this engine said in earlier turns is never searched again. A question that comes with passages
of documents is answered from them alone, each sentence with its passage's number behind it: `[1]`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence

from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.engines.quote_passages import NumberedText, asked_about, without_passages
from parlance.engines.quote_ranking import QUOTES, Question, question, rank
from parlance.engines.quote_sentences import Sentence, sentences
from parlance.engines.quote_tables import head_lines
from parlance.engines.quote_words import phrases
from parlance.ports.engines import Sink
from parlance.values.asks import ChatAsk
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Finished, Started, Usage
from parlance.values.messages import Item, Message, ToolResult, text_of
from parlance.values.models import LoadedModel, ModelCard, ModelRef

NAME = "quote"
LONG = 20_000
"""Code points from which on what was given is read in a thread: it takes some hundredths of a second."""
_LETTER = re.compile(r"[^\W_]")
_SAYS_SOMETHING = 6
"""Letters, or Chinese characters, in a sentence of a passage that is worth quoting."""


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


def reply(items: Sequence[Item]) -> str:
    """The answer to the last message, without the notice."""
    asked = [i for i, item in enumerate(items) if isinstance(item, Message) and item.role == "user"]
    if not asked:
        return phrases("").nothing
    last = items[asked[-1]]
    text = without_passages(last.content) if isinstance(last, Message) else ""
    if found := asked_about(items):
        return reply_from(found, text)
    questions = _questions(text)
    given = gather(items, asked[-1])
    if not questions:
        # A message without a question mark asks as a whole: it must not be its own answer.
        given = [s for s in given if s.source != f"your message {len(asked)}"]
    best = rank(question(questions or text), [s for s in given if not s.leads] or given)
    if not best:
        return phrases(text).nothing
    return "\n\n".join(f"{quoted(group)}\n— {phrases(text).source(group[0].source)}" for group in _grouped(best))


def _questions(text: str) -> str:
    """What of a message asks."""
    return " ".join(each.text for each in sentences(text, "") if each.text.endswith(("?", "？")))


def _notice(items: Sequence[Item]) -> str:
    """That no model answers, in the language of the last question."""
    asked = [item for item in items if isinstance(item, Message) and item.role == "user"]
    return phrases(without_passages(asked[-1].content) if asked else "").told(bool(asked_about(items)))


def reply_from(found: Sequence[NumberedText], text: str) -> str:
    """The answer to a question from passages: what it asks for in their words, with their numbers."""
    told = [each for passage in found for each in _told(passage)]
    said = [each for each in told if each.kind == "row" or len(_LETTER.findall(each.text)) >= _SAYS_SOMETHING]
    given = [each for each in said if not each.leads] or said
    wanted = question(_questions(text) or text)
    if best := rank(wanted, given) or _below(wanted, said, told):
        return "\n\n".join(quoted(group, marked=True) for group in _grouped(best))
    return "\n\n".join([phrases(text).no_word, *(quoted([each], marked=True) for each in (given or told)[:1])])


def _below(wanted: Question, said: Sequence[Sentence], told: Sequence[Sentence]) -> list[Sentence]:
    """What stands right below headings that ask in the question's words, however short it is: where the words stand in
    a heading alone, that is what they lead to, and of a table its first rows. A heading with nothing below it stands
    for itself."""
    found: list[Sentence] = []
    for heading in rank(wanted, [each for each in said if each.leads]):
        at = next(index for index, each in enumerate(told) if each is heading) + 1
        while at < len(told) and told[at].kind == "head" and told[at].source == heading.source:
            at += 1
        below = [each for each in told[at : at + QUOTES] if each.source == heading.source and not each.leads]
        rows = [each for each in below if each.kind == "row" and below[0].columns == each.columns]
        found += rows or below[:1] or [heading]
    return list({id(each): each for each in found}.values())[:QUOTES]


def _grouped(best: Sequence[Sentence]) -> list[list[Sentence]]:
    """What is quoted together: rows of one table, in the order in which they fit."""
    groups: dict[tuple[str, str, int], list[Sentence]] = {}
    for n, each in enumerate(best):
        together = (each.source, each.columns, -1) if each.kind == "row" and each.columns else ("", "", n)
        groups.setdefault(together, []).append(each)
    return list(groups.values())


def quoted(group: Sequence[Sentence], marked: bool = False) -> str:
    """Sentences as lines of a quotation, `marked` with the numbers of their passages: rows below the names of their
    columns, and code as code, so that no page takes its signs for marks."""
    lines = list(head_lines(group[0].columns))
    for each in group:
        code = each.kind == "code" and "`" not in each.text
        text = f"`{each.text}`" if code else each.text
        lines.append(f"{text} {each.source}" if marked else text)
    return "\n".join(f"> {line}" for line in lines)


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
        answer = await _answer(items)
        limit = ask.sampling.max_tokens
        said = 0
        for piece in re.findall(r"\s*\S+", answer):
            if limit is not None and said >= limit:
                break
            sink.push(Delta(piece))
            said += 1
            await asyncio.sleep(0)  # lets a reader see the words one by one, and a stop take effect
        sink.push(Finished("stop" if limit is None or said < limit else "length"))
        sink.push(Usage(sum(map(tokens, _texts(items))), said))

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


async def _answer(items: Sequence[Item]) -> str:
    """What it says; of a long text in a thread, since nobody else is answered meanwhile."""
    if sum(map(len, _texts(items))) < LONG:
        return _said(items)
    return await asyncio.to_thread(_said, items)


def _said(items: Sequence[Item]) -> str:
    return f"{_notice(items)}\n\n{reply(items)}"


def _texts(items: Sequence[Item]) -> Iterator[str]:
    return (text_of(item.content) for item in items if isinstance(item, Message | ToolResult))


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
