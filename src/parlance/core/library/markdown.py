"""A chat as a Markdown file: the branch that is shown, with what it is about in front."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

from parlance.core.chat.tree import path_to
from parlance.values.chats import Bone, Chat, Turn
from parlance.values.events import Evidence
from parlance.values.knowledge import Span
from parlance.values.messages import Audio, File, Image, Item, Message, Part, Text, text_of
from parlance.values.texts import TURNING
from parlance.values.time import SECOND

_UNSAFE = re.compile(rf'[\x00-\x1f\x7f-\x9f\u2028\u2029{TURNING}<>:"/\\|?*]+')
MOST_NAME, MOST_BYTES = 80, 200
"""Code points and bytes of a title in a file's name: most file systems take names of 255 bytes, and whoever writes one
may put something before or behind it."""
_WORDS = {"user": "You", "system": "System", "assistant": "Assistant"}


def branch(chat: Chat, turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns of the branch that is shown."""
    bones = [Bone(t.id, t.parent, t.role, t.state, t.created, t.tokens, t.prefix_hash) for t in turns]
    by_id = {turn.id: turn for turn in turns}
    return tuple(by_id[bone.id] for bone in path_to(bones, chat.head))


def document(chat: Chat, shown: Sequence[Turn], folder: Sequence[str] = (), tags: Sequence[str] = ()) -> str:
    """The file. What stands in front is YAML whose texts are JSON's, so that no title can break out of it."""
    front = {
        "id": chat.id,
        "title": chat.title,
        "created": moment(chat.created),
        "updated": moment(chat.updated),
        "folder": "/".join(folder) or None,
        "tags": list(tags) or None,
        "pinned": chat.pinned or None,
        "archived": chat.archived or None,
        "turns": [turn.id for turn in shown],
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front.items() if value is not None]
    parts = ["\n".join(["---", *lines, "---"]), f"# {chat.title or 'Untitled'}"]
    for turn in shown:
        heading = _WORDS[turn.role] if turn.model is None else f"{_WORDS[turn.role]} ({_line(turn.model)})"
        parts.append(f"## {heading}")
        text = "\n\n".join(said for item in turn.said if (said := _said(item)))
        parts.append(text.strip("\n") or "*(nothing)*")
        if sources := _sources(turn.evidence):
            parts.append("Sources:\n\n" + "\n".join(sources))
        if turn.state not in ("complete", "running"):
            parts.append(f"*({turn.state})*")
    return "\n\n".join(parts) + "\n"


def _sources(evidence: Evidence | None) -> list[str]:
    """The documents that an answer cites, each behind the number that its sentences have for it."""
    if evidence is None:
        return []
    cited = {citation.number for sentence in evidence.cited for citation in sentence.citations}
    told = [passage for passage in evidence.passages if passage.number in cited]
    spans = [Span(each.start, each.stop, each.page, page_starts=each.page_starts) for each in told]
    pages = [f", page{'s' if span.page_starts else ''} {span.pages}" if span.pages else "" for span in spans]
    return [f"- [{each.number}] {_line(each.name)}{page}" for each, page in zip(told, pages, strict=True)]


def _said(item: Item) -> str:
    """What people and models said, not what they thought or called."""
    if not isinstance(item, Message):
        return ""
    if isinstance(item.content, str):
        return item.content
    others = [_named(part) for part in item.content if not isinstance(part, Text)]
    return "\n\n".join([each for each in (text_of(item.content), *others) if each])


def _named(part: Part) -> str:
    kinds = {Image: "picture", Audio: "sound", File: "file"}
    name = getattr(part, "name", None) or getattr(part, "media_type", None)
    return f"*[{kinds.get(type(part), 'part')}{': ' + _line(name) if name else ''}]*"


def _line(text: str) -> str:
    return " ".join(text.split())


def moment(at: int) -> str:
    """A time in UTC, as ISO 8601 has it."""
    return datetime.fromtimestamp(at // SECOND, UTC).isoformat().replace("+00:00", "Z")


def file_name(chat: Chat) -> str:
    """A name that every file system takes, that sorts by day and differs for every chat."""
    title = _UNSAFE.sub(" ", unicodedata.normalize("NFC", chat.title)).encode("utf-8", "ignore").decode()
    title = " ".join(title.split())[:MOST_NAME].encode()[:MOST_BYTES].decode("utf-8", "ignore").strip(" .")
    mark = re.sub(r"[^A-Za-z0-9]", "", chat.id)[-8:]
    return f"{moment(chat.created)[:10]} {title or 'Untitled'} {mark}.md"
