"""Threads that are there before a test begins, brought in as a file of another program."""

from __future__ import annotations

import time
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.flows.foreign_chats import chatgpt_file

DAY = 86_400.0


def thread(title: str, *texts: str, age: float = 0.0) -> dict[str, Any]:
    """A thread of ChatGPT's file: questions and answers in turn, the last said `age` days ago."""
    at = time.time() - age * DAY - len(texts)
    mapping: dict[str, Any] = {"root": {"id": "root", "parent": None, "children": ["0"], "message": None}}
    for number, text in enumerate(texts):
        message = {
            "id": str(number),
            "author": {"role": "assistant" if number % 2 else "user", "name": None, "metadata": {}},
            "create_time": at + number,
            "content": {"content_type": "text", "parts": [text]},
            "metadata": {"model_slug": "gpt-4o"} if number % 2 else {},
            "recipient": "all",
            "status": "finished_successfully",
        }
        before = str(number - 1) if number else "root"
        after = [str(number + 1)] if number + 1 < len(texts) else []
        mapping[str(number)] = {"id": str(number), "parent": before, "children": after, "message": message}
    return {
        "title": title,
        "create_time": at,
        "update_time": at + len(texts),
        "conversation_id": uuid5(NAMESPACE_URL, title).hex,
        "current_node": str(len(texts) - 1),
        "mapping": mapping,
    }


def file_of(*threads: dict[str, Any]) -> bytes:
    """`conversations.json`."""
    return chatgpt_file(*threads)
