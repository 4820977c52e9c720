"""Asking in a session, following an answer that is under way, and naming a session."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.core.chat.chat_operations import ReadChat, ShowChat, UpdateChat
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.titles import title_by_model, title_from
from parlance.core.chat.turn_operations import SendTurn, Sent, ShowTurn
from parlance.core.runs.operations import ReadRun
from parlance.core.runs.run import Run
from parlance.dialects.table import Answer, Body, Do, Reply, Request, Row
from parlance.dialects.weknora.bases_shown import NOTES
from parlance.dialects.weknora.bodies import taking
from parlance.dialects.weknora.envelope import Success, given
from parlance.dialects.weknora.errors import BAD_REQUEST, refused
from parlance.dialects.weknora.messages import REQUEST, content_of, request_of, shown
from parlance.dialects.weknora.options import Options
from parlance.dialects.weknora.rewriting import rewriting
from parlance.dialects.weknora.strategy import Notes, grounds_of, notes_of, sampling_of
from parlance.dialects.weknora.streams import PATIENCE, Frames, StreamResponse, streamed
from parlance.dialects.weknora.telling import Course, note
from parlance.dialects.weknora.wire import BASE, stamp
from parlance.values import json_door
from parlance.values.asks import ChatAsk, Sampling
from parlance.values.chats import Chat, Turn
from parlance.values.errors import Fault, Kind
from parlance.values.grounds import Rewriting
from parlance.values.messages import Message
from parlance.values.texts import without_thoughts
from parlance.values.time import SECOND

NO_QUERY, NO_MESSAGE, NO_STREAM = "Query content cannot be empty", "Missing message ID", "Active stream not found"
GRACE = 30 * SECOND
"""How long a finished answer is told to those who come to follow it."""
TITLE_WISH = (
    "Write a title of at most six words for a conversation that begins as follows, in the language that it is held in. "
    "Answer with the title alone."
)
TITLE_SHOWN, TITLE_TOKENS, TITLE_TEMPERATURE = 2000, 512, 0.3
"""Code points of the talk that a model is shown, and how it is asked."""
NO_THINK = " /no_think"


class Query(msgspec.Struct, frozen=True):
    """The body of `POST /knowledge-chat/:session_id`."""

    query: str | None = None


class Said(msgspec.Struct, frozen=True):
    """A message of a conversation, for its title."""

    role: str = ""
    content: str = ""


class Talk(msgspec.Struct, frozen=True):
    """The body of `POST /sessions/:session_id/generate_title`."""

    messages: tuple[Said, ...] | None = None


class Finished(msgspec.Struct, frozen=True):
    """An answer that was whole before its follower came."""

    id: str
    role: str
    content: str
    created_at: str
    done: bool = True


class Missing(msgspec.Struct, frozen=True):
    """The one error of this wire that is a bare sentence."""

    success: bool
    error: str


class Asking:
    """The rows on answers, as configured."""

    def __init__(self, options: Options) -> None:
        """Raises `Fault(invalid)` where a template of the configuration cannot be used."""
        self._prompts = options.prompts
        self._clock = options.clock
        grounds_of(options.conversation, options.clock.now(), self._anew())

    def _anew(self) -> Rewriting:
        prompts = self._prompts
        return rewriting(prompts.rewrite_prompt_system, prompts.rewrite_prompt_user, self._clock.now())

    async def ask(self, request: Request, do: Do, body: Query) -> Reply:
        """`POST /knowledge-chat/:session_id`. The answer goes on when the client leaves."""
        if not (body.query or "").strip():
            return refused(400, BAD_REQUEST, NO_QUERY)
        chat = await do(ShowChat(request.params["chat"]))
        sent = await do(self._turn(chat, body.query or "", request.id))
        run = await do(ReadRun(sent.run))
        course = self._noted(request, chat, sent, run)
        begun = await run.begun(PATIENCE)
        return streamed(run, Frames(request.id, course=course), begun=begun)

    def _noted(self, request: Request, chat: Chat, sent: Sent, run: Run) -> Course:
        """What is told of an answer."""
        notes = notes_of(chat) or Notes()
        model = notes.strategy.summary_model_id or run.model
        named = {"session_id": chat.id, "message_id": sent.answer, "knowledge_base_id": notes.base, "model_id": model}
        course = Course(run, notes.strategy)
        note(request, named).stages = course.stages
        return course

    def _turn(self, chat: Chat, query: str, request: str) -> SendTurn:
        """What is sent in a session. A chat that began elsewhere stands on what its last question stood on."""
        notes, foreign = notes_of(chat), {NOTES: {REQUEST: request}}
        if notes is None:
            return SendTurn(query, chat=chat.id, foreign=foreign)
        strategy = notes.strategy
        return SendTurn(
            query,
            chat=chat.id,
            models=(strategy.summary_model_id,) if strategy.summary_model_id else (),
            sampling=sampling_of(strategy.summary_parameters),
            instructions="" if notes.base else strategy.summary_parameters.prompt,
            bases=(notes.base,) if notes.base else (),
            grounds=grounds_of(strategy, self._clock.now(), self._anew()),
            foreign=foreign,
        )

    async def follow(self, request: Request, do: Do) -> Reply:
        """`GET /sessions/continue-stream/:session_id`."""
        id = request.query.get("message_id", "")
        if not id:
            return refused(400, BAD_REQUEST, NO_MESSAGE)
        turn = await do(ShowTurn(id, request.params["chat"]))
        note(request, {"message_id": turn.id})
        if turn.role != "assistant" or turn.run is None:
            return _missing()
        if turn.state != "running":
            fresh = turn.ended is not None and self._clock.now() - turn.ended <= GRACE
            return _finished(turn) if fresh else _missing()
        try:
            run = await do(ReadRun(turn.run))
        except Fault as fault:
            if fault.kind is not Kind.missing:
                raise
            return _missing()
        return streamed(run, Frames(request_of(turn), replays=True), begun=False)

    async def name(self, request: Request, do: Do, body: Talk) -> Reply:
        """`POST /sessions/:session_id/generate_title`. One that somebody or a model gave is told as it is."""
        chat = await do(ShowChat(request.params["chat"]))
        if chat.title and chat.titled_by in ("user", "model"):
            return given(chat.title)
        talk = body.messages or ()
        if not any(each.content.strip() for each in talk):
            opened = await do(ReadChat(chat.id))
            talk = tuple(Said(turn.role, content_of(turn)) for turn in shown(opened)[:2])
        if not any(each.content.strip() for each in talk):
            return refused(400, BAD_REQUEST, "There is nothing to make a title of")
        title = await self._title(chat, talk, do)
        named = await do(UpdateChat(chat.id, title=title))
        return given(named.title)

    async def _title(self, chat: Chat, talk: tuple[Said, ...], do: Do) -> str:
        """A title by the session's model; where there is none, or it fails, from the first words."""
        asked = next((each.content for each in talk if each.role == "user"), talk[0].content)
        strategy = (notes_of(chat) or Notes()).strategy
        text = "\n\n".join(f"{each.role}: {each.content}" for each in talk)[:TITLE_SHOWN]
        told = self._prompts.generate_session_title_prompt.strip()
        said = (
            (Message("system", told), Message("user", f"{text}{NO_THINK}"))
            if told
            else (Message("user", f"{TITLE_WISH}\n\n{text}{NO_THINK}"),)
        )
        sampling = Sampling(temperature=TITLE_TEMPERATURE, max_tokens=TITLE_TOKENS)
        ask = ChatAsk(strategy.summary_model_id, said, sampling=sampling, stream=False)
        try:
            run = await do(SendMessage(ask, cache="skip"))
            answer = await run.answer()
        except Fault as fault:
            if fault.kind in (Kind.forbidden, Kind.over_budget):
                raise
            return title_from(asked)
        if run.model == "quote":
            return title_from(asked)  # it quotes, and has no words of its own
        return title_by_model(without_thoughts(answer.text)) or title_from(asked)

    def rows(self) -> tuple[Row, ...]:
        """The three of them."""
        ask, name = taking(Query, self.ask), taking(Talk, self.name)
        asking: dict[str, Any] = {"takes": Query, "streams": StreamResponse}
        following: dict[str, Any] = {
            "queries": (("message_id", "Which message it is."),),
            "gives": Finished,
            "streams": StreamResponse,
        }
        naming = (ShowChat, ReadChat, SendMessage, UpdateChat)
        said = "Ask in a session, and have the answer streamed"
        path, more = "/sessions/{chat}/generate_title", {"takes": Talk, "gives": Success[str]}
        follow = "/sessions/continue-stream/{chat}"
        return (
            _row("POST", "/knowledge-chat/{chat}", "chat.ask", ask, (ShowChat, SendTurn, ReadRun), said, **asking),
            _row("GET", follow, "chat.follow", self.follow, (ShowTurn, ReadRun), "Read an answer on", **following),
            _row("POST", path, "chat.name", name, naming, "Have a model name a session", **more),
        )


def _missing() -> Reply:
    return Reply(json_door.encode(Missing(False, NO_STREAM)), status=404)


def _finished(turn: Turn) -> Reply:
    return Reply(json_door.encode(Finished(turn.id, turn.role, content_of(turn), stamp(turn.created))))


def _row(
    method: str, path: str, name: str, answer: Answer, operations: tuple[Any, ...], summary: str, **more: Any
) -> Row:
    body: Body = "bytes" if "takes" in more else "none"
    return Row(method, BASE + path, f"weknora.{name}", answer, operations, summary, body=body, **more)
