"""Chats: asked, answered, changed, deleted; and what is written without anybody asking."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from parlance.core.chat.chat_operations import (
    ClearChats,
    CreateChat,
    DeleteChat,
    ListChats,
    MoveChat,
    ReadChat,
    UpdateChat,
)
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.turn_operations import (
    ContinueTurn,
    DeleteTurn,
    EditTurn,
    LiftTurn,
    RateTurn,
    Regenerate,
    SendTurn,
    Sent,
    StopChat,
)
from parlance.core.feeds.operations import ReadFeed
from parlance.core.ledger.operations import ReadLedger
from parlance.core.library.folder_operations import CreateFolder
from parlance.core.runs.operations import ReadRun
from parlance.values.asks import ChatAsk
from parlance.values.messages import Message
from tests.faults.runner import Scenario
from tests.faults.stage import ADA, KEEPS, OVERSEER, Stage


async def nothing(stage: Stage) -> Any:
    """An empty house."""
    return SimpleNamespace()


async def sent(stage: Stage, **more: Any) -> Sent:
    """A question and its answer."""
    made = await stage.do(SendTurn(**{"text": "Where does tea grow?", **more}))
    for answer in made.answers:
        await stage.said(answer.run)
    await stage.chats._saver.flush()
    return made


async def one_chat(stage: Stage) -> Any:
    """A chat with a question and its answer, and a folder."""
    return SimpleNamespace(sent=await sent(stage), folder=await stage.do(CreateFolder("Work")))


async def broken_off(stage: Stage) -> Any:
    """An answer that was stopped in the middle."""
    stage.upstream.gate.clear()
    made = await stage.do(SendTurn("Where does tea grow?"))
    run = stage.road.runs.get(made.run)
    while run is not None and run.length < 2:
        await run.wait()
    await stage.do(StopChat(made.chat))
    return SimpleNamespace(sent=made)


async def with_a_file(stage: Stage) -> Any:
    """A file of text."""
    from tests.faults.library_scenarios import uploaded

    return SimpleNamespace(file=await uploaded(stage))


async def kept_chat(stage: Stage) -> Any:
    """A chat that was said through another dialect."""
    await _kept(stage, ("Where does tea grow?",))
    return SimpleNamespace()


async def _kept(stage: Stage, said: tuple[str, ...]) -> None:
    items = [Message("assistant" if n % 2 else "user", text) for n, text in enumerate(said)]
    run = await stage.do(SendMessage(ChatAsk("model", tuple(items)), detached=True), KEEPS)
    await stage.said(run.id)


def first(text: str, **more: Any) -> Any:
    """Send in a new chat, and hear the answer."""

    async def act(stage: Stage, given: Any) -> Sent:
        return await sent(stage, text=text, client_id="first", **more)

    return act


async def send_on(stage: Stage, given: Any) -> Sent:
    return await sent(stage, text="And coffee?", chat=given.sent.chat, client_id="on")


async def send_with_a_file(stage: Stage, given: Any) -> Sent:
    return await sent(stage, text="What is in it?", files=(given.file.id,), client_id="file")


async def regenerate(stage: Stage, given: Any) -> Sent:
    return await _heard(stage, Regenerate(given.sent.answer, client_id="again"))


async def regenerate_by_another(stage: Stage, given: Any) -> Sent:
    return await _heard(stage, Regenerate(given.sent.turn, models=("other",), client_id="other"))


async def edit(stage: Stage, given: Any) -> Sent:
    return await _heard(stage, EditTurn(given.sent.turn, text="Where does coffee grow?", client_id="edit"))


async def go_on(stage: Stage, given: Any) -> Sent:
    return await _heard(stage, ContinueTurn(given.sent.answer))


async def _heard(stage: Stage, operation: Any) -> Sent:
    made: Sent = await stage.do(operation)
    for answer in made.answers:
        await stage.said(answer.run)
    await stage.chats._saver.flush()
    return made


async def stop(stage: Stage, given: Any) -> None:
    """Ask, and stop the answer in its middle."""
    stage.upstream.gate.clear()
    made = await stage.do(SendTurn("A long story", client_id="stop"))
    await stage.do(StopChat(made.chat))


async def lift(stage: Stage, given: Any) -> None:
    """The question goes, its answer stays."""
    await stage.do(LiftTurn(given.sent.turn, given.sent.chat))


async def delete_while_answering(stage: Stage, given: Any) -> None:
    stage.upstream.gate.clear()
    made = await stage.do(SendTurn("Tell me more", chat=given.sent.chat, client_id="more"))
    await stage.do(DeleteTurn(made.turn))


async def keep(stage: Stage, given: Any) -> None:
    await _kept(stage, ("Where does tea grow?",))


async def keep_on(stage: Stage, given: Any) -> None:
    await _kept(stage, ("Where does tea grow?", stage.upstream.words, "And coffee?"))


async def several_at_once(stage: Stage, given: Any) -> Sent:
    """The same thing sent five times at the same moment is one."""
    operation = SendTurn("And coffee?", chat=given.sent.chat, client_id="five")
    ends = await asyncio.gather(*(stage.do(operation) for _ in range(5)), return_exceptions=True)
    made = [end for end in ends if isinstance(end, Sent)]
    if not made:
        raise next(end for end in ends if isinstance(end, Exception))
    assert len({each.turn for each in made}) == 1
    await stage.said(made[0].run)
    await stage.chats._saver.flush()
    return made[0]


async def read_run(stage: Stage, given: Any) -> None:
    """A run that the register has forgotten."""
    run = await stage.do(ReadRun(given.sent.run))
    assert (await run.answer()).text == stage.upstream.words


async def feed(stage: Stage, given: Any) -> None:
    """What changes is told."""
    told = await stage.do(ReadFeed())
    heard = told.last
    await stage.do(UpdateChat(given.sent.chat, title="Tea"))
    assert told.after(heard)


async def read_ledger(stage: Stage, given: Any) -> None:
    ledger = await stage.do(ReadLedger(given.sent.run))
    assert sum(part.tokens for part in ledger.parts) == ledger.prompt_tokens


def of_chat(operation: Any, **more: Any) -> Any:
    """An operation on the chat that there is."""

    async def act(stage: Stage, given: Any) -> Any:
        return await stage.do(operation(given.sent.chat, **more))

    return act


async def delete_turn(stage: Stage, given: Any) -> None:
    await stage.do(DeleteTurn(given.sent.answer))


async def rate(stage: Stage, given: Any) -> None:
    await stage.do(RateTurn(given.sent.answer, 1, "good"))


async def choose_branch(stage: Stage, given: Any) -> Any:
    return await stage.do(UpdateChat(given.sent.chat, head=given.sent.turn))


async def move(stage: Stage, given: Any) -> Any:
    return await stage.do(MoveChat(given.sent.chat, given.folder.id))


async def create(stage: Stage, given: Any) -> Any:
    return await stage.do(CreateChat("Tea", client_id="tea"))


async def oversee(stage: Stage, given: Any) -> None:
    """An operator reads what somebody else has: never without a note of it."""
    await stage.do(ReadChat(given.sent.chat), OVERSEER)


async def listed(stage: Stage, given: Any) -> None:
    assert len((await stage.do(ListChats())).chats) == 1


async def clear(stage: Stage, given: Any) -> None:
    await stage.do(ClearChats(), ADA)


SCENARIOS = (
    Scenario("a chat is begun empty", nothing, create),
    Scenario("a chat is begun with a question", nothing, first("Where does tea grow?"), asks=True),
    Scenario("two models are asked", nothing, first("Tea?", models=("model", "other")), asks=True),
    Scenario("a chat goes on", one_chat, send_on, asks=True),
    Scenario("the same is sent five times at once", one_chat, several_at_once, asks=True),
    Scenario("a question comes with a file", with_a_file, send_with_a_file, asks=True),
    Scenario("an answer is made once more", one_chat, regenerate, asks=True),
    Scenario("another model answers too", one_chat, regenerate_by_another, asks=True),
    Scenario("a question is edited", one_chat, edit, asks=True),
    Scenario("an answer is continued", broken_off, go_on, asks=True),
    Scenario("an answer is stopped", nothing, stop, asks=True, atomic=False),
    Scenario("a turn is deleted", one_chat, delete_turn),
    Scenario("a turn is taken out alone", one_chat, lift),
    Scenario("a turn is deleted while it is answered", one_chat, delete_while_answering, asks=True, atomic=False),
    Scenario("an answer is rated", one_chat, rate),
    Scenario("a chat is renamed", one_chat, of_chat(UpdateChat, title="Tea")),
    Scenario("a chat is pinned", one_chat, of_chat(UpdateChat, pinned=True)),
    Scenario("a chat is archived", one_chat, of_chat(UpdateChat, archived=True)),
    Scenario("another branch is shown", one_chat, choose_branch),
    Scenario("a chat is moved", one_chat, move),
    Scenario("a chat is deleted", one_chat, of_chat(DeleteChat)),
    Scenario("all chats are deleted", one_chat, clear),
    Scenario("a chat is opened", one_chat, of_chat(ReadChat)),
    Scenario("chats are listed", one_chat, listed),
    Scenario("an operator reads a chat", one_chat, oversee, atomic=False),
    Scenario("a chat is kept from another dialect", nothing, keep, once=False, asks=True),
    Scenario("a kept chat goes on", kept_chat, keep_on, once=False, asks=True),
    Scenario("a past run is read", one_chat, read_run),
    Scenario("a feed is followed", one_chat, feed),
    Scenario("a ledger is read", one_chat, read_ledger),
    Scenario("a model gives the title", nothing, first("Where does tea grow?"), asks=True, world="titled"),
)
