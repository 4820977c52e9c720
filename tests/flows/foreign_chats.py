"""Exports of other chat servers, small, in the shape that theirs have."""

from __future__ import annotations

import json
from typing import Any


def _node(id: str, parent: str | None, children: list[str], message: Any = None) -> dict[str, Any]:
    return {"id": id, "parent": parent, "children": children, "message": message}


def _message(role: str, at: float, text: str | None = None, **more: Any) -> dict[str, Any]:
    content = {"content_type": "text", "parts": [text]} if text is not None else {}
    found = {"author": {"role": role, "name": None, "metadata": {}}, "create_time": at, "content": content}
    return {"id": "m", "metadata": {}, "recipient": "all", "status": "finished_successfully", **found, **more}


GPT: dict[str, Any] = {
    "title": "Tea 茶",
    "create_time": 1700000000.5,
    "update_time": 1700000100.0,
    "conversation_id": "6740-gpt",
    "current_node": "a2",
    "is_archived": False,
    "mapping": {
        "client-created-root": _node("client-created-root", None, ["sys"]),
        "sys": _node("sys", "client-created-root", ["q1"], _message("system", 1700000000.0, "")),
        "q1": _node("q1", "sys", ["a1", "a2"], _message("user", 1700000001.0, "Is tea good?")),
        "a1": _node("a1", "q1", [], _message("assistant", 1700000002.0, "Yes.", metadata={"model_slug": "gpt-4o"})),
        "a2": _node(
            "a2", "q1", ["call"], _message("assistant", 1700000003.0, "Let me see.", metadata={"model_slug": "o3"})
        ),
        "call": _node(
            "call",
            "a2",
            ["result"],
            _message(
                "assistant", 1700000004.0, recipient="python", content={"content_type": "code", "text": "print(1)"}
            ),
        ),
        "result": _node(
            "result",
            "call",
            ["a3"],
            _message("tool", 1700000005.0, content={"content_type": "execution_output", "text": "1"}),
        ),
        "a3": _node("a3", "result", [], _message("assistant", 1700000006.0, "It is 1.")),
    },
}
WEB: dict[str, Any] = {
    "id": "b1c2-web",
    "user_id": "somebody",
    "title": "Coffee",
    "created_at": 1700000000,
    "updated_at": 1700000200,
    "archived": True,
    "pinned": True,
    "meta": {"tags": ["drinks"]},
    "chat": {
        "title": "Coffee",
        "models": ["llama3.1:8b"],
        "history": {
            "currentId": "w4",
            "messages": {
                "w1": {
                    "id": "w1",
                    "parentId": None,
                    "childrenIds": ["w2", "w4"],
                    "role": "user",
                    "content": "Coffee?",
                    "timestamp": 1700000001,
                    "files": [{"type": "image", "url": "data:image/png;base64,iVBORw0KGgo="}],
                },
                "w2": {
                    "id": "w2",
                    "parentId": "w1",
                    "childrenIds": [],
                    "role": "assistant",
                    "content": "No.",
                    "model": "llama3.1:8b",
                    "timestamp": 1700000002,
                    "done": True,
                    "annotation": {"rating": -1, "comment": "rude"},
                },
                "w4": {
                    "id": "w4",
                    "parentId": "w1",
                    "childrenIds": [],
                    "role": "assistant",
                    "content": "",
                    "model": "qwen",
                    "timestamp": 1700000003,
                    "error": {"content": "It broke."},
                },
            },
        },
    },
}


def chatgpt_file(*chats: Any) -> bytes:
    """`conversations.json`."""
    return json.dumps(chats or [GPT]).encode()


def openwebui_file(*chats: Any) -> bytes:
    """What Open WebUI's *export chats* gives."""
    return json.dumps(chats or [WEB]).encode()
