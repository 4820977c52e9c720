"""Messages of this wire into items: one message that thinks, says and calls becomes several in a row."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from parlance.dialects.ollama.bodies import Kept, invalid
from parlance.dialects.ollama.images import images_of
from parlance.dialects.ollama.wire import CallPart, WireMessage
from parlance.values.asks import Tool
from parlance.values.messages import Foreign, Item, Message, Part, Reasoning, Role, Text, ToolCall, ToolResult

PLAIN = frozenset({"user", "system", "developer"})
MAX_TOOLS = 256


def items_of(messages: list[WireMessage], kept: Kept) -> tuple[Item, ...]:
    """The conversation, oldest first. Raises `Fault` naming the message at fault."""
    talk = _Talk()
    for index, message in enumerate(messages):
        talk.add(message, index, kept.messages.get(index))
    return tuple(talk.items)


class _Talk:
    """Items as they are put together. This wire's calls have ids only sometimes, and results name the tool."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._open: list[ToolCall] = []
        """Calls that no result has answered yet."""
        self._calls = 0

    def add(self, message: WireMessage, index: int, foreign: Foreign | None) -> None:
        """One more message."""
        role = message.role
        if role in PLAIN:
            self.items.append(Message(cast(Role, role), _content(message, index), message.name, foreign))
        elif role == "assistant":
            self._assistant(message, index, foreign)
        elif role == "tool":
            self.items.append(self._result(message, index, foreign))
        else:
            raise invalid(f"messages[{index}].role", "A role must be system, user, assistant or tool.")

    def _assistant(self, message: WireMessage, index: int, foreign: Foreign | None) -> None:
        if message.thinking:
            self.items.append(Reasoning(message.thinking))
        content = _content(message, index)
        if content or foreign or not message.tool_calls:
            self.items.append(Message("assistant", content, message.name, foreign))
        for part in message.tool_calls or ():
            self._call(part)

    def _call(self, part: CallPart) -> None:
        id = part.id or f"call_{self._calls}"
        self._calls += 1
        call = ToolCall(id, part.function.name, msgspec.json.encode(part.function.arguments).decode())
        self._open.append(call)
        self.items.append(call)

    def _result(self, message: WireMessage, index: int, foreign: Foreign | None) -> ToolResult:
        """A result belongs to the call with its id, else to the oldest open one of its tool, else to the oldest."""
        name = message.tool_name or message.name
        found = next((call for call in self._open if call.id == message.tool_call_id), None)
        found = found or next((call for call in self._open if name and call.name == name), None)
        found = found or (self._open[0] if self._open and not name else None)
        if found is not None:
            self._open.remove(found)
        id = message.tool_call_id or (found.id if found else f"call_{name or index}")
        return ToolResult(id, _content(message, index), name or (found.name if found else None), foreign)


def _content(message: WireMessage, index: int) -> str | tuple[Part, ...]:
    text = message.content or ""
    if not message.images:
        return text
    images = images_of(message.images, f"messages[{index}].images")
    return (Text(text), *images) if text else images


def tools_of(tools: list[dict[str, Any]] | None) -> tuple[Tool, ...]:
    """The tools of a chat. Raises `Fault(invalid)` for what is no function."""
    if tools and len(tools) > MAX_TOOLS:
        raise invalid("tools", f"A chat may have at most {MAX_TOOLS} tools.")
    return tuple(_tool(tool, f"tools[{index}]") for index, tool in enumerate(tools or ()))


def _tool(tool: dict[str, Any], field: str) -> Tool:
    function = tool.get("function")
    if tool.get("type", "function") != "function" or not isinstance(function, dict):
        raise invalid(field, "A tool must be of the type function and hold its function.")
    name, description, parameters = (function.get(key) for key in ("name", "description", "parameters"))
    if not isinstance(name, str) or not name:
        raise invalid(f"{field}.function.name", "A tool needs a name.")
    if not isinstance(description, str | None) or not isinstance(parameters, dict | None):
        raise invalid(f"{field}.function", "A tool's description is text and its parameters are a JSON schema.")
    foreign: Foreign = {key: value for key, value in tool.items() if key not in ("type", "function")}
    odd = {key: value for key, value in function.items() if key not in ("name", "description", "parameters")}
    if odd:
        foreign["function"] = odd
    return Tool(name, description, parameters, foreign=foreign or None)
