"""Documents are asked: whatever fails meanwhile, nobody is told that something is not in them which was not looked for,
and what is cited is there."""

from __future__ import annotations

from typing import Any

from parlance.core.chat.chat_operations import ReadChat
from parlance.core.chat.turn_operations import ContinueTurn, SendTurn, Sent
from parlance.core.knowledge.document_operations import ReadDocumentContent
from parlance.values.chats import Turn
from parlance.values.messages import Message, text_of
from tests.faults.knowledge_scenarios import TEXT, a_document
from tests.faults.runner import Claim, Scenario
from tests.faults.stage import Stage

NOT_THERE = "not in your documents"


async def asked(stage: Stage, given: Any) -> Claim:
    """A question whose answer is there, asked of the base and heard to its end."""
    question = SendTurn("Where is tea grown?", models=("quote",), bases=(given.base.id,), client_id="asked")
    made = await stage.do(question)
    for answer in made.answers:
        await stage.said(answer.run)
    await stage.chats._saver.flush()

    async def holds() -> None:
        await _honest(stage, given, made)

    return Claim(holds)


async def _honest(stage: Stage, given: Any, made: Sent) -> None:
    """The answer cites what is there; one that failed says so, and comes whole when it is asked for again."""
    answer = await _answer(stage, made)
    if answer.state != "complete":
        assert answer.error is not None and answer.error.message, "it is not told why"
        await stage.do(ContinueTurn(answer.id))
        await stage.calm()
        answer = await _answer(stage, made)
    assert answer.state == "complete", answer
    assert answer.evidence is not None and answer.evidence.cited, "nothing is cited"
    passages = {each.number: each for each in answer.evidence.passages}
    for cited in answer.evidence.cited:
        for each in cited.citations:
            content = await stage.do(ReadDocumentContent(each.document, "text"))
            text = b"".join([piece async for piece in content.read(0, content.file.size)]).decode()
            assert text == TEXT.decode() and each.document == given.document.id
            assert "Assam" in text[each.start : each.stop] and passages[each.number].content in text


async def _answer(stage: Stage, made: Sent) -> Turn:
    question, answer = (await stage.do(ReadChat(made.chat))).turns
    assert question.state == "complete"
    said = "".join(text_of(each.item.content) for each in answer.items if isinstance(each.item, Message))
    assert NOT_THERE not in said, f"told of what was not looked for: {said}"
    return answer


SCENARIOS = (Scenario("documents are asked", a_document, asked, atomic=False, asks=True),)
