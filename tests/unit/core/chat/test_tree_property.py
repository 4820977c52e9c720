"""Whatever is sent, edited, made again, continued and deleted: the tree is what a simple model says."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlance.core.chat.chat_operations import ReadChat, UpdateChat
from parlance.core.chat.turn_operations import ContinueTurn, DeleteTurn, EditTurn, Regenerate, SendTurn, Sent, StopChat
from parlance.core.dispatch import Caller
from parlance.testing.chats import ChatBench, chat_bench
from parlance.testing.databases import fresh
from parlance.values.chats import Turn
from parlance.values.messages import Message

STEPS = ("send", "branch", "edit", "regenerate", "both", "stop", "continue", "delete", "select")


class Model:
    """The tree as simple as it can be said: parent, role and text of each turn, and the head."""

    def __init__(self) -> None:
        self.turns: dict[str, tuple[str | None, str, str]] = {}
        self.head: str | None = None

    def made(self, sent: Sent, parent: str | None, question: str | None, said: str) -> None:
        if question is not None:
            self.turns[sent.turn] = (parent, "user", question)
        for answer in sent.answers:
            self.turns[answer.turn] = (sent.turn, "assistant", said)
        self.head = sent.answer

    def children(self, id: str | None) -> list[str]:
        return sorted(each for each, turn in self.turns.items() if turn[0] == id)

    def leaf(self, id: str | None) -> str | None:
        while below := self.children(id):
            id = below[-1]
        return id

    def delete(self, id: str) -> None:
        parent = self.turns[id][0]
        todo = [id]
        while todo:
            at = todo.pop()
            todo += self.children(at)
            del self.turns[at]
        if self.head not in self.turns:
            self.head = self.leaf(parent)

    def pick(self, chance: random.Random, role: str | None = None) -> str | None:
        fitting = sorted(id for id, turn in self.turns.items() if role in (None, turn[1]))
        return chance.choice(fitting) if fitting else None


def text(turn: Turn) -> str:
    return "".join(str(item.content) for item in turn.said if isinstance(item, Message))


class Walk:
    """One chat, one user, and the model beside it."""

    def __init__(self, b: ChatBench, chance: random.Random) -> None:
        self.b = b
        self.do: Caller = b.caller()
        self.chance = chance
        self.model = Model()
        self.chat = ""

    async def begin(self) -> None:
        sent = await self.do(SendTurn("begin"))
        await self.b.ended(sent)
        self.chat = sent.chat
        self.model.made(sent, None, "begin", "Hello")

    async def step(self, kind: str, n: int) -> None:
        await getattr(self, kind)(f"text {n}")

    async def _said(self, sent: Sent, parent: str | None, question: str | None) -> None:
        await self.b.ended(sent)
        self.model.made(sent, parent, question, "Hello")

    async def send(self, words: str) -> None:
        parent = self.model.head
        await self._said(await self.do(SendTurn(words, chat=self.chat)), parent, words)

    async def branch(self, words: str) -> None:
        parent = self.model.pick(self.chance)
        if parent is not None:
            await self._said(await self.do(SendTurn(words, parent=parent)), parent, words)

    async def edit(self, words: str) -> None:
        target = self.model.pick(self.chance, "user")
        if target is not None:
            await self._said(await self.do(EditTurn(target, words)), self.model.turns[target][0], words)

    async def regenerate(self, words: str) -> None:
        target = self.model.pick(self.chance)
        if target is not None:
            await self._said(await self.do(Regenerate(target)), None, None)

    async def both(self, words: str) -> None:
        parent = self.model.head
        sent = await self.do(SendTurn(words, chat=self.chat, models=("model", "other")))
        await self._said(sent, parent, words)

    async def stop(self, words: str) -> None:
        self.b.engine.hold(1)
        parent = self.model.head
        sent = await self.do(SendTurn(words, chat=self.chat))
        await self.b.heard(sent, 2)
        await self.do(StopChat(self.chat))
        self.b.engine.pause = None
        self.model.made(sent, parent, words, "Hel")

    async def _continue(self) -> None:
        stopped = sorted(id for id, turn in self.model.turns.items() if turn[2] == "Hel" and turn[1] == "assistant")
        if stopped:
            going = await self.do(ContinueTurn(stopped[0]))
            await self.b.ended(going)
            parent = self.model.turns[stopped[0]][0]
            self.model.turns[stopped[0]] = (parent, "assistant", "HelHello")
            self.model.head = stopped[0]

    async def delete(self, words: str) -> None:
        target = self.model.pick(self.chance)
        if target is not None:
            await self.do(DeleteTurn(target))
            self.model.delete(target)

    async def select(self, words: str) -> None:
        target = self.model.pick(self.chance)
        if target is not None:
            await self.do(UpdateChat(self.chat, head=target))
            self.model.head = self.model.leaf(target)

    async def check(self) -> None:
        opened = await self.do(ReadChat(self.chat))
        assert {t.id: (t.parent, t.role, text(t)) for t in opened.turns} == self.model.turns
        assert opened.chat.head == self.model.head
        seen: set[str | None] = {None}
        for turn in opened.turns:
            assert turn.parent in seen, "parents come before their children"
            seen.add(turn.id)


setattr(Walk, "continue", lambda self, words: self._continue())


async def walked(b: ChatBench, seed: int, steps: list[str]) -> None:
    walk = Walk(b, random.Random(seed))
    await walk.begin()
    for n, kind in enumerate(steps):
        await walk.step(kind, n)
        await walk.check()


@pytest.mark.slow
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=14))
def test_any_walk_through_a_chat_leaves_the_tree_of_the_model(
    seed: int, steps: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def walk(folder: Path) -> None:
        async with fresh("memory", folder) as database:
            await walked(await chat_bench(database), seed, steps)

    asyncio.run(walk(tmp_path_factory.getbasetemp()))


async def test_a_long_walk_leaves_the_tree_of_the_model_on_every_database(b: ChatBench) -> None:
    chance = random.Random(11)
    await walked(b, 12, [chance.choice(STEPS) for _ in range(40)])
