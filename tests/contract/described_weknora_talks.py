"""Calls of the WeKnora dialect's rows of sessions and messages that must go well: a chat made for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.described_accounts import Calls
from tests.contract.described_chats import _answered, _chat
from tests.contract.described_knowledge import base

TALK = {"messages": [{"role": "user", "content": "Where is tea grown?"}]}


def _message(caller: Calls) -> str:
    """A chat and its answer, as they stand in a path."""
    sent = _answered(caller)
    return f"{sent['chat']}/{sent['answer']}"


def _follow(caller: Calls) -> dict[str, Any]:
    sent = _answered(caller)
    return {"piece": sent["chat"], "query": {"message_id": sent["answer"]}}


TALKS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "weknora.sessions.create": lambda caller: {"body": {"knowledge_base_id": base(caller)}},
    "weknora.sessions.read": lambda caller: {"piece": _chat(caller)},
    "weknora.sessions.change": lambda caller: {"piece": _chat(caller), "body": {"title": "Tea"}},
    "weknora.sessions.delete": lambda caller: {"piece": _chat(caller)},
    "weknora.chat.ask": lambda caller: {"piece": _answered(caller)["chat"], "body": {"query": "Hello"}},
    "weknora.chat.follow": _follow,
    "weknora.chat.name": lambda caller: {"piece": f"{_chat(caller)}/generate_title", "body": TALK},
    "weknora.messages.load": lambda caller: {"piece": f"{_answered(caller)['chat']}/load"},
    "weknora.messages.delete": lambda caller: {"piece": _message(caller)},
}
"""What each call takes, as in the other samples."""
