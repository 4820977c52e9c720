"""What the page is measured with: a chat of 2,000 turns and an answer of 100,000 characters, the same at each run."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.request import Request, urlopen

TITLE = "A long chat"
KINDS = (
    "Plain words about tea number {n}. " * 7,
    "A list of **what** there is:\n\n- leaves, number {n}\n- water at `80 °C`\n  - not boiling\n- time\n\nThat is all.",
    "First a word.\n\n```python\ndef steep(grams: float) -> float:\n    return grams * {n}\n```\n\nThen another.",
    "| leaf | grams |\n|---|---:|\n| Assam | {n} |\n| Darjeeling | 2 |\n\nSo much for *tables*.",
    "## Part {n}\n\nA paragraph with a [link](https://example.com/{n}) and `code`.\n\n> Somebody said so.\n\n"
    + "Words. " * 60,
)
"""How answers look, by turns: prose, a list, code, a table, several blocks."""


def saying(number: int) -> str:
    """What the turn of that number says; even ones are questions."""
    if number % 2 == 0:
        return f"Question {number}: how is tea number {number} made?"
    return KINDS[number // 2 % len(KINDS)].replace("{n}", str(number))


def answer(characters: int) -> str:
    """Markdown of all kinds, a little longer than so many characters."""
    parts: list[str] = []
    length = 0
    while length < characters:
        parts.append(KINDS[len(parts) % len(KINDS)].replace("{n}", str(len(parts))))
        length += len(parts[-1]) + 2
    return "\n\n".join(parts)


def export(turns: int, title: str = TITLE) -> bytes:
    """A file of another chat program with one chat of so many turns, as `chats.import` takes it."""
    at = time.time() - turns
    mapping: dict[str, Any] = {"root": {"id": "root", "parent": None, "children": ["0"], "message": None}}
    for number in range(turns):
        mapping[str(number)] = {
            "id": str(number),
            "parent": str(number - 1) if number else "root",
            "children": [str(number + 1)] if number + 1 < turns else [],
            "message": _message(number, at + number),
        }
    chat = {"title": title, "create_time": at, "update_time": at + turns, "conversation_id": f"long-{turns}"}
    return json.dumps([{**chat, "current_node": str(turns - 1), "mapping": mapping}]).encode()


def _message(number: int, at: float) -> dict[str, Any]:
    return {
        "id": str(number),
        "author": {"role": "assistant" if number % 2 else "user", "name": None, "metadata": {}},
        "create_time": at,
        "content": {"content_type": "text", "parts": [saying(number)]},
        "metadata": {"model_slug": "gpt-4o"} if number % 2 else {},
        "recipient": "all",
        "status": "finished_successfully",
    }


def settings(upstream: str) -> str:
    """A `parlance.toml` with one model, which a mock upstream speaks."""
    return f'[models]\ndefault = "mock"\n[[connections]]\nname = "mock"\nkind = "openai"\nbase_url = "{upstream}"\n'


def bring(url: str, file: bytes) -> str:
    """Have a server take in a file with one chat; gives its id. Raises HTTPError."""
    made: list[str] = _asked(url, "chats.import", file)["chats"]
    return made[0]


def last_turn(url: str, chat: str) -> str:
    """The id of a chat's last turn. Raises HTTPError."""
    head: str = _asked(url, f"chats.read?chat={chat}")["chat"]["head"]
    return head


def _asked(url: str, operation: str, body: bytes | None = None) -> Any:
    headers = {"Content-Type": "application/octet-stream"} if body else {}
    with urlopen(Request(f"{url}/parlance/v1/{operation}", data=body, headers=headers), timeout=60) as answer:
        return json.loads(answer.read())
