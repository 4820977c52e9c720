"""The prompt of a saved chat: what goes in, what stays out when the model's context is full, and what is told of it."""

from __future__ import annotations

import msgspec
import pytest

from parlance.core.chat.asking import with_files
from parlance.core.chat.assemble import MOST_ANSWER, WHY, Assembled, Step, assemble, choose, history, room
from parlance.core.chat.room import ChatRoom
from parlance.core.chat.tokens import estimate_all
from parlance.core.chat.turn_operations import Regenerate, SendTurn
from parlance.core.dispatch import Dispatch
from parlance.core.handlers import Rooms, handlers
from parlance.core.runs.run import Run
from parlance.testing.chats import ChatBench
from parlance.values.chats import Turn, TurnItem
from parlance.values.events import Trimmed
from parlance.values.messages import Image, Item, Message, Part, Reasoning, Text, ToolCall, ToolResult


def steps(*sizes: tuple[str, int]) -> list[Step]:
    return [Step(str(n), role, tokens) for n, (role, tokens) in enumerate(sizes)]


CHAT = steps(("system", 5), ("user", 10), ("assistant", 20), ("user", 10), ("assistant", 20), ("user", 10))


@pytest.mark.parametrize(
    ("space", "kept"),
    [
        (None, "012345"),
        (75, "012345"),
        (74, "0345"),
        (45, "0345"),
        (44, "05"),
        (15, "05"),
        (1, "05"),
    ],
)
def test_the_oldest_go_first_and_what_is_left_begins_with_a_question(space: int | None, kept: str) -> None:
    """The system's turn and the newest one stay whatever they take."""
    assert "".join(step.id for step in choose(CHAT, space)) == kept


def test_an_answer_that_goes_on_is_the_newest_turn_and_stays() -> None:
    assert [step.id for step in choose(CHAT[:5], 1)] == ["0", "4"]
    assert choose([], 5) == ()


@pytest.mark.parametrize(
    ("context", "most", "space"),
    [
        (None, 100, None),
        (8000, None, 8000 - MOST_ANSWER),
        (8000, 100, 7900),
        (1000, None, 500),
        (1000, 5000, 500),
        (1, 1, 1),
    ],
)
def test_room_is_kept_for_the_answer(context: int | None, most: int | None, space: int | None) -> None:
    assert room(context, most) == space


def test_what_was_thought_and_what_is_empty_is_no_history() -> None:
    call, result = ToolCall("c", "find", "{}"), ToolResult("c", "")
    said = (Reasoning("hm"), Message("assistant", ""), Message("assistant", "Hi"), call, result)
    assert history(said) == (Message("assistant", "Hi"), call, result)


async def drawn(space: int | None) -> Assembled:
    turns = {
        step.id: Turn(step.id, "c", "user", "complete", 0, items=(TurnItem("message-1", Message("user", "x" * 40)),))
        for step in CHAT
    }

    async def read(ids: object) -> dict[str, Turn]:
        return {id: turns[id] for id in ids}  # type: ignore[attr-defined]

    return await assemble((Message("system", "Folder."),), CHAT, space, read)


async def test_the_ledger_tells_of_every_item_and_of_every_turn_that_was_left_out() -> None:
    whole = await drawn(None)
    assert sum(part.tokens for part in whole.drawn.parts) == estimate_all(whole.items)
    assert whole.drawn.cuts == () and whole.trimmed is None and len(whole.items) == 7
    cut = await drawn(60)
    assert sum(part.tokens for part in cut.drawn.parts) == estimate_all(cut.items)
    assert [(each.id, each.tokens, each.why) for each in cut.drawn.cuts] == [("1", 10, WHY), ("2", 20, WHY)]
    assert cut.trimmed == Trimmed("the 2 oldest turns", WHY, 30, "context", 2)
    assert {each.reason for each in cut.drawn.cuts} == {"context"}


async def test_a_full_context_leaves_out_the_oldest_and_the_answer_says_so(b: ChatBench) -> None:
    b.engine.models["model"] = 80
    do = b.caller()
    sent = await do(SendTurn("first " * 10))
    await b.ended(sent)
    sent = await do(SendTurn("second " * 10, chat=sent.chat))
    await b.ended(sent)
    assert b.engine.asks[-1].items == (Message("user", "second " * 10),)
    run = b.room.road.runs.get(sent.run)
    assert isinstance(run, Run)
    first = run.events()[0]
    assert isinstance(first, Trimmed) and first.what == "the 2 oldest turns"
    await b.ended(await do(Regenerate(sent.answer, ("other",))))
    assert len(b.engine.asks[-1].items) == 3, "a model with a larger context is told all"


class Library:
    """Files and folders of a test."""

    async def attach(self, tenant: str, user: str, files: tuple[str, ...]) -> tuple[Part, ...]:
        assert (tenant, user) == ("default", "ada")
        return tuple(Image(id.encode(), "image/png") for id in files)

    async def instructions(self, tenant: str, folder: str) -> tuple[Item, ...]:
        return (Message("system", f"Of {folder}."),)


async def test_files_are_parts_of_what_is_said_now_and_later_and_are_not_stored(b: ChatBench) -> None:
    library = Library()
    where: ChatRoom = msgspec.structs.replace(b.room, attach=library.attach, instructions=library.instructions)
    loaders = {"chat": where.find_chat, "turn": where.find_turn, "file": lambda principal, id: Owned(id)}
    b.dispatch = Dispatch(handlers(Rooms(where.road, where)), loaders, where.road.gate, b.database)
    sent = await b.caller()(SendTurn("See", files=("f1", "f2")))
    await b.ended(sent)
    shown = Message("user", (Text("See"), Image(b"f1", "image/png"), Image(b"f2", "image/png")))
    assert b.engine.asks[-1].items == (shown,)
    await b.ended(await b.caller()(SendTurn("And?", chat=sent.chat)))
    assert b.engine.asks[-1].items[0] == shown
    stored = await b.turn(sent.turn)
    assert stored.said == (Message("user", "See"),) and stored.files == ("f1", "f2")
    assert stored.tokens == estimate_all((shown,))
    alone = await b.caller()(SendTurn(files=("f1",)))
    await b.ended(alone)
    assert b.engine.asks[-1].items == (Message("user", (Image(b"f1", "image/png"),)),)
    assert await with_files(where, (await b.stored(sent.chat)).chat, await b.turn(sent.answer)) == await b.turn(
        sent.answer
    )


class Owned(msgspec.Struct):
    """A file of ada's."""

    id: str
    tenant: str = "default"
    user: str = "ada"
