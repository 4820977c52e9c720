"""Chats as ChatGPT and Open WebUI export them, read into our own shape. Nothing in them is taken for granted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from parlance.core.library.portable import PortableChat, PortableTurn
from parlance.values.chats import TurnItem, TurnRole
from parlance.values.events import Failure
from parlance.values.messages import Image, Item, Message, Opaque, Part, Reasoning, Text
from parlance.values.time import SECOND

_LATEST = 253_402_300_799
"""The last second of the year 9999."""


class _Author(msgspec.Struct, frozen=True):
    role: str = ""


class _Said(msgspec.Struct, frozen=True):
    author: _Author = _Author()
    create_time: float | None = None
    content: dict[str, Any] = {}
    metadata: dict[str, Any] | None = None
    recipient: str | None = None


class _Node(msgspec.Struct, frozen=True):
    message: _Said | None = None
    parent: str | None = None
    children: tuple[str, ...] = ()


class ChatGptChat(msgspec.Struct, frozen=True):
    """One entry of `conversations.json`: a tree of messages by `mapping`. Times in seconds."""

    mapping: dict[str, _Node]
    title: str | None = None
    create_time: float | None = None
    update_time: float | None = None
    current_node: str | None = None
    conversation_id: str | None = None
    id: str | None = None
    is_archived: bool | None = None
    is_starred: bool | None = None


class _Shown(msgspec.Struct, frozen=True):
    """A node that is kept: the turn it is in, and whether the turn may take what follows it."""

    turn: str
    role: str


def chatgpt(chat: ChatGptChat) -> PortableChat:
    """A chat of ChatGPT. What was called and looked up stands in the answer's turn, kept but not understood."""
    turns: dict[str, PortableTurn] = {}
    shown: dict[str, _Shown | None] = {}
    for id, node in _walk(chat.mapping):
        above = shown.get(node.parent or "")
        shown[id] = _kept(id, node, above, turns, _siblings(chat.mapping, node))
    head = shown.get(chat.current_node or "")
    return PortableChat(
        id=f"chatgpt:{chat.conversation_id or chat.id or ''}",
        title=chat.title or "",
        titled_by="model" if chat.title else "nobody",
        created=micros(chat.create_time),
        updated=micros(chat.update_time or chat.create_time),
        pinned=bool(chat.is_starred),
        archived=bool(chat.is_archived),
        head=None if head is None else head.turn,
        turns=tuple(turns.values()),
    )


def _walk(mapping: Mapping[str, _Node]) -> Iterator[tuple[str, _Node]]:
    """Every node that can be reached from a root, parents first, siblings in their order; rings are never entered."""
    todo = [id for id, node in reversed(list(mapping.items())) if node.parent is None or node.parent not in mapping]
    seen: set[str] = set()
    while todo:
        id = todo.pop()
        if id in seen or id not in mapping:
            continue
        seen.add(id)
        yield id, mapping[id]
        todo += [child for child in reversed(mapping[id].children) if _parent_of(mapping, child) == id]


def _parent_of(mapping: Mapping[str, _Node], id: str) -> str | None:
    return mapping[id].parent if id in mapping else None


def _siblings(mapping: Mapping[str, _Node], node: _Node) -> int:
    above = mapping.get(node.parent or "")
    return 0 if above is None else len(above.children)


def _kept(id: str, node: _Node, above: _Shown | None, turns: dict[str, PortableTurn], siblings: int) -> _Shown | None:
    """Put a node into a turn: of its own, or of the answer that it goes on with. A hidden one is passed over."""
    said = node.message
    item = None if said is None else _item(said)
    if said is None or item is None:
        return above
    role: TurnRole = "assistant"
    if said.author.role in ("user", "system"):
        role = "user" if said.author.role == "user" else "system"
    created, model = micros(said.create_time), (said.metadata or {}).get("model_slug")
    model = model if isinstance(model, str) and role == "assistant" else None
    if above is not None and above.role == role == "assistant" and siblings == 1:
        turn = turns[above.turn]
        more = TurnItem(f"item-{len(turn.items) + 1}", item)
        turns[above.turn] = msgspec.structs.replace(turn, items=(*turn.items, more), model=turn.model or model)
        return above
    parent = None if above is None else above.turn
    turns[id] = PortableTurn(id, role, "complete", created, parent, (TurnItem("item-1", item),), model)
    return _Shown(id, role)


def _item(said: _Said) -> Item | None:
    """What a message says; nothing for one that is hidden or empty."""
    content, role = said.content, said.author.role
    kind = content.get("content_type")
    hidden = (said.metadata or {}).get("is_visually_hidden_from_conversation")
    if hidden or kind in ("user_editable_context", "model_editable_context"):
        return None
    if kind == "thoughts":
        thoughts = [each for each in content.get("thoughts") or () if isinstance(each, dict)]
        text = "\n\n".join(str(each.get("content") or each.get("summary") or "") for each in thoughts)
        return Reasoning(text) if text.strip() else None
    spoken = kind in ("text", "multimodal_text") and said.recipient in (None, "all")
    if spoken and role in ("user", "assistant", "system"):
        text = _text(content.get("parts"))
        return Message(role, text) if text else None  # type: ignore[arg-type]
    if not any(content.get(name) for name in ("parts", "text", "result")):
        return None
    return Opaque("chatgpt", {"role": role, "recipient": said.recipient, "content": content})


def _text(parts: object) -> str:
    found = []
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, dict):
            text = part.get("text")
            found.append(text if isinstance(text, str) else "[A part that was not exported]")
    return "\n".join(each for each in found if each)


# -- Open WebUI -------------------------------------------------------------------------------------------------------


class _WebMessage(msgspec.Struct, frozen=True):
    id: str = ""
    parentId: str | None = None
    childrenIds: tuple[str, ...] = ()
    role: str = ""
    content: Any = ""
    timestamp: float | None = None
    model: str | None = None
    done: bool | None = None
    error: Any = None
    files: Any = None
    annotation: Any = None


class _History(msgspec.Struct, frozen=True):
    messages: dict[str, _WebMessage] = {}
    currentId: str | None = None


class _WebChat(msgspec.Struct, frozen=True):
    title: str | None = None
    history: _History = _History()
    tags: Any = None


class OpenWebUiChat(msgspec.Struct, frozen=True):
    """One entry of Open WebUI's export: a tree of messages in `chat.history`. Times in seconds."""

    chat: _WebChat
    id: str | None = None
    title: str | None = None
    created_at: float | None = None
    updated_at: float | None = None
    archived: bool | None = None
    pinned: bool | None = None
    meta: dict[str, Any] | None = None


def openwebui(entry: OpenWebUiChat) -> PortableChat:
    """A chat of Open WebUI."""
    history = entry.chat.history
    nodes = {id: _Node(None, each.parentId, each.childrenIds) for id, each in history.messages.items()}
    turns: dict[str, PortableTurn] = {}
    for id, _ in _walk(nodes):
        turns[id] = _web_turn(id, history.messages[id], turns)
    title = entry.title or entry.chat.title or ""
    tags = (entry.meta or {}).get("tags") or entry.chat.tags
    return PortableChat(
        id=f"openwebui:{entry.id or ''}",
        title=title,
        titled_by="model" if title else "nobody",
        created=micros(entry.created_at),
        updated=micros(entry.updated_at or entry.created_at),
        pinned=bool(entry.pinned),
        archived=bool(entry.archived),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        head=history.currentId if history.currentId in turns else None,
        turns=tuple(turns.values()),
    )


def _web_turn(id: str, said: _WebMessage, turns: Mapping[str, PortableTurn]) -> PortableTurn:
    role: TurnRole = "assistant"
    if said.role in ("user", "system"):
        role = "user" if said.role == "user" else "system"
    failed = None
    if said.error and role == "assistant":
        told = said.error.get("content") if isinstance(said.error, dict) else said.error
        failed = Failure("upstream", told if isinstance(told, str) else "It failed.", code="imported")
    content = _web_content(said)
    note = said.annotation if isinstance(said.annotation, dict) else {}
    rating = note.get("rating") if note.get("rating") in (-1, 1) else 0
    return PortableTurn(
        id,
        role,
        "failed" if failed else "interrupted" if said.done is False and role == "assistant" else "complete",
        micros(said.timestamp),
        said.parentId if said.parentId in turns else None,
        (TurnItem("message-1", Message(role, content)),) if content else (),
        said.model if role == "assistant" else None,
        error=failed,
        rating=int(rating or 0),
        note=note.get("comment") if isinstance(note.get("comment"), str) and note.get("comment") else None,
    )


def _web_content(said: _WebMessage) -> str | tuple[Part, ...]:
    """The text, and the pictures that came with it; other files were not exported."""
    text = said.content if isinstance(said.content, str) else ""
    files: Sequence[Any] = said.files if isinstance(said.files, list) else ()
    pictures = [found for each in files if (found := _picture(each)) is not None]
    if not pictures:
        return text
    return (*((Text(text),) if text else ()), *pictures)


def _picture(file: object) -> Image | None:
    url = file.get("url") if isinstance(file, dict) and file.get("type") == "image" else None
    if not isinstance(url, str) or not url.startswith("data:image/"):
        return None
    head, _, data = url.partition(",")
    try:
        return Image(base64.b64decode(data, validate=True), head[5:].partition(";")[0])
    except (binascii.Error, ValueError):
        return None


def micros(seconds: float | None) -> int:
    """Seconds (or milliseconds, which some versions write) as microseconds; 0 for what is no time."""
    if seconds is None or not 0 < seconds < _LATEST * 1000:
        return 0
    return int(seconds * SECOND) if seconds < _LATEST else int(seconds * 1000)
