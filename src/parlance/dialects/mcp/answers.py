"""Asking: a model of the server answers out of bases, and every mark in its answer is a place in a document."""

from __future__ import annotations

from collections.abc import Iterator

from parlance.core.chat.operations import SendMessage
from parlance.dialects.mcp.shapes import AskArguments, CitedAnswer, CitedPlace
from parlance.dialects.table import Do
from parlance.values.asks import ChatAsk
from parlance.values.events import Evidence
from parlance.values.messages import Message


async def ask(asked: AskArguments, do: Do) -> CitedAnswer:
    """The whole answer; whoever leaves before ends it."""
    question = Message("user", asked.question)
    run = await do(SendMessage(ChatAsk(asked.model, (question,), stream=False), bases=asked.bases))
    answer = await run.answer()
    evidence = answer.evidence or Evidence()
    return CitedAnswer(answer.text, run.model, tuple(_places(evidence)), evidence.remarks)


def _places(evidence: Evidence) -> Iterator[CitedPlace]:
    """Each place once, in the order in which the answer cites them."""
    titles = {passage.chunk: passage.context for passage in evidence.passages}
    seen = set()
    for cited in evidence.cited:
        for each in cited.citations:
            place = (each.number, each.document, each.start, each.stop)
            if place not in seen:
                seen.add(place)
                yield CitedPlace(
                    document=each.document,
                    name=each.name,
                    start=each.start,
                    stop=each.stop,
                    page=each.page,
                    last_page=each.last_page,
                    context=titles.get(each.chunk, ""),
                    number=each.number,
                    sure=each.sure,
                )
