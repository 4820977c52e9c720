"""What follows an answer that is written to its end: the feed hears of it, and a first one may get its chat a title."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from parlance.core.chat.operations import SendMessage
from parlance.core.chat.room import ChatRoom
from parlance.core.chat.saving import Saving
from parlance.core.chat.titles import title_by_model
from parlance.core.runs.run import Run
from parlance.ports.stores import Conflict, Database
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk, Sampling
from parlance.values.chats import Chat, Turn
from parlance.values.errors import Fault
from parlance.values.feeds import AnswerEnded, ChatChanged
from parlance.values.messages import Message, text_of

SHOWN = 2000
"""Code points of question and answer that the task model is shown: what they are about is said at the beginning."""
ANSWER_TOKENS = 512
"""A title needs a tenth of it; the rest is for models that think before they answer."""
WISH = (
    "Write a title of at most six words for this conversation, in the language that it is held in. "
    "Answer with the title alone."
)
Ask = Callable[[Principal, SendMessage], Awaitable[Run]]
"""Asks a model in somebody's name, as that one's own ask would be."""


class Naming:
    """Hears of answers. `model` is the one that makes titles; without it the title from the text stays."""

    def __init__(self, room: ChatRoom, database: Database, ask: Ask, model: str | None) -> None:
        self._room = room
        self._database = database
        self._ask = ask
        self._model = model

    def saved(self, saving: Saving, turn: Turn) -> None:
        """An answer has been written to its end."""
        chat = saving.chat
        self._room.feeds.tell(chat.tenant, chat.user, AnswerEnded(chat.id, turn.id, turn.state, chat.title))
        if self._model is not None and saving.first and turn.state == "complete":
            self._room.road.later(self._name(self._model, chat.tenant, turn))

    async def _name(self, model: str, tenant: str, answer: Turn) -> None:
        """Ask for a title. None is no harm: the one from the text stays, and the log says why."""
        try:
            placed = await self._room.stores.turns(tenant).turn(answer.id)
            if placed is not None and placed.chat.titled_by != "user":
                await self._take(placed.chat, await self._made(model, placed.chat, answer))
        except (Fault, Conflict) as error:
            self._room.road.journal.warning("no title made", chat=answer.chat, error=error)

    async def _take(self, chat: Chat, title: str) -> None:
        """Give a chat its title, unless its user has done so meanwhile."""
        if not title:
            return
        chats = self._room.stores.chats(chat.tenant)
        await self._database.apply(chats.name(chat, title, self._room.road.clock.now()))
        named = await chats.chat(chat.id)
        if named is not None and named.titled_by == "model":
            self._room.feeds.tell(chat.tenant, chat.user, ChatChanged(chat.id, "changed", named.title))

    async def _made(self, model: str, chat: Chat, answer: Turn) -> str:
        asked = "" if answer.parent is None else answer.parent
        question = (await self._room.stores.turns(chat.tenant).these(chat.id, (asked,))).get(asked)
        talk = "\n\n".join(_said(turn) for turn in (question, answer) if turn is not None)
        items = (Message("user", f"{WISH}\n\n{talk}"),)
        ask = ChatAsk(model, items, sampling=Sampling(max_tokens=ANSWER_TOKENS), stream=False)
        run = await self._ask(Principal(chat.tenant, chat.user), SendMessage(ask, cache="skip"))
        try:
            return title_by_model((await run.answer()).text)
        finally:
            run.let_go()


def _said(turn: Turn) -> str:
    text = "\n".join(text_of(item.content) for item in turn.said if isinstance(item, Message))
    return f"<{turn.role}>\n{text[:SHOWN]}\n</{turn.role}>"
