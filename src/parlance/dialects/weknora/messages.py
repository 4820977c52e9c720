"""Messages: the turns of the branch that a chat shows, in their order."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from parlance.core.chat.chat_operations import ReadChat
from parlance.core.chat.tree import path_to
from parlance.core.chat.turn_operations import LiftTurn
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.dialects.weknora.bases_shown import noted
from parlance.dialects.weknora.envelope import Done, Success, done, given
from parlance.dialects.weknora.errors import BAD_REQUEST, refused
from parlance.dialects.weknora.results import SearchResult
from parlance.dialects.weknora.streams import references
from parlance.dialects.weknora.wire import BASE, moment, stamp
from parlance.values.chats import OpenChat, Turn
from parlance.values.messages import Message, text_of

PATH = f"{BASE}/messages/{{chat}}"
USUAL_COUNT = 20
BAD_TIME = "Invalid time format, please use RFC3339Nano format"
REQUEST = "request"
"""The name under which a turn's request id is noted."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")


class MessageShown(msgspec.Struct, frozen=True):
    """A message."""

    id: str
    session_id: str
    request_id: str
    content: str
    role: str
    knowledge_references: tuple[SearchResult, ...] | None
    is_completed: bool
    created_at: str
    updated_at: str
    deleted_at: str | None = None


def request_of(turn: Turn) -> str:
    """The id of the request that made a turn; where a turn came in another way, what both turns have in common."""
    known = noted(turn.foreign).get(REQUEST)
    return known if isinstance(known, str) else turn.sent


def content_of(turn: Turn) -> str:
    """What was said, and nothing of what was thought beside it."""
    return "".join(text_of(item.content) for item in turn.said if isinstance(item, Message))


def message_shown(turn: Turn) -> MessageShown:
    """A turn as a message."""
    found = () if turn.evidence is None else references(turn.evidence.passages)
    return MessageShown(
        id=turn.id,
        session_id=turn.chat,
        request_id=request_of(turn),
        content=content_of(turn),
        role=turn.role,
        knowledge_references=found,
        is_completed=turn.state != "running",
        created_at=stamp(turn.created),
        updated_at=stamp(turn.ended or turn.created),
    )


async def load(request: Request, do: Do) -> Reply:
    """`GET /messages/:session_id/load`."""
    before, count = request.query.get("before_time", ""), _count(request.query.get("limit", ""))
    until = moment(before.replace(" ", "+")) if before else None  # a plus that nobody escaped
    if before and until is None:
        return refused(400, BAD_REQUEST, BAD_TIME)
    opened = await do(ReadChat(request.params["chat"]))
    turns = [turn for turn in shown(opened) if until is None or turn.created < until]
    return given([message_shown(turn) for turn in turns[len(turns) - min(count, len(turns)) :]])


def shown(opened: OpenChat) -> Sequence[Turn]:
    """The turns of the branch that is shown."""
    return path_to(opened.turns, opened.chat.head)


def _count(text: str) -> int:
    """How many are wanted; what is no number, or less than one that there can be, is the usual one."""
    wanted = int(text) if _INTEGER.fullmatch(text) is not None else USUAL_COUNT
    return wanted if wanted >= 0 else USUAL_COUNT


async def delete(request: Request, do: Do) -> Reply:
    """`DELETE /messages/:session_id/:id`: this message alone."""
    await do(LiftTurn(request.params["turn"], request.params["chat"]))
    return done("Message deleted successfully")


ROWS = (
    Row(
        "GET",
        f"{PATH}/load",
        "weknora.messages.load",
        load,
        (ReadChat,),
        "The newest messages of a session, oldest first",
        queries=(
            ("limit", f"How many, {USUAL_COUNT} unless said."),
            ("before_time", "Only what was said before, in RFC 3339."),
        ),
        gives=Success[tuple[MessageShown, ...]],
    ),
    Row(
        "DELETE",
        f"{PATH}/{{turn}}",
        "weknora.messages.delete",
        delete,
        (LiftTurn,),
        "Delete a message",
        gives=Done,
    ),
)
