"""Tools, the choice among them, and answer formats: from the wire into values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parlance.dialects.openai.bodies import NOTHING_KEPT, Kept, field_name
from parlance.dialects.openai.chat_wire import FunctionDefinition, ResponseFormat, ToolDefinition
from parlance.dialects.openai.limits import MAX_TOOLS, at_most, invalid, unsupported
from parlance.values.asks import Format, Tool
from parlance.values.messages import Foreign

CHOICES = ("none", "auto", "required")


def tools_of(tools: Sequence[ToolDefinition] | None, kept: Kept = NOTHING_KEPT) -> tuple[Tool, ...]:
    """The tools of a chat request."""
    at_most("tools", tools, MAX_TOOLS)
    return tuple(_tool(tool, index, kept) for index, tool in enumerate(tools or ()))


def _tool(tool: ToolDefinition, index: int, kept: Kept) -> Tool:
    if tool.type != "function":
        raise unsupported(
            field_name(("tools", index, "type")),
            "Only tools of the type `function` are supported.",
            "Describe it as a function and run it on your side.",
        )
    if tool.function is None:
        raise invalid(field_name(("tools", index, "function")), "A tool needs its `function`.")
    return function_of(tool.function, kept.get(("tools", index)))


def function_of(function: FunctionDefinition, foreign: Foreign | None = None) -> Tool:
    """One function."""
    return Tool(function.name, function.description, function.parameters, function.strict, foreign)


def functions_of(functions: Sequence[FunctionDefinition]) -> tuple[Tool, ...]:
    """The tools of a request that still says `functions`."""
    at_most("functions", functions, MAX_TOOLS)
    return tuple(function_of(function) for function in functions)


def choice_of(
    choice: str | dict[str, Any] | None, tools: tuple[Tool, ...], field: str = "tool_choice"
) -> str | dict[str, Any] | None:
    """The choice among the tools: a word, or `{"type": "function", "function": {"name": …}}`."""
    if choice is None:
        return None
    if isinstance(choice, str):
        if choice not in CHOICES:
            raise invalid(field, f"`{field}` must be one of {', '.join(CHOICES)}, or name a function.")
        if choice != "none" and not tools:
            raise invalid(field, f"`{field}` needs tools to choose from.")
        return choice
    if choice.get("type", "function") == "allowed_tools":
        return choice
    return named(choice, tools, field)


def named(choice: dict[str, Any], tools: tuple[Tool, ...], field: str) -> dict[str, Any]:
    """The choice of one function, said in any of the three ways that clients have for it."""
    inner = choice.get("function", choice)
    name = inner.get("name") if isinstance(inner, dict) else None
    if choice.get("type", "function") != "function":
        raise unsupported(f"{field}.type", "Only a choice of the type `function` is supported.")
    if not isinstance(name, str):
        raise invalid(field, f"`{field}` must name a function.")
    if all(tool.name != name for tool in tools):
        raise invalid(field, f"`{field}` names a function that is not among the tools.")
    return {"type": "function", "function": {"name": name}}


def format_of(format: ResponseFormat | None) -> Format | None:
    """The shape the answer must have."""
    if format is None or format.type == "text":
        return None
    if format.type == "json_object":
        return Format("json")
    if format.type != "json_schema":
        raise unsupported("response_format.type", "Supported formats are text, json_object and json_schema.")
    wanted = format.json_schema
    if wanted is None or wanted.schema is None:
        raise invalid("response_format.json_schema", "The format `json_schema` needs a `schema`.")
    return Format("schema", wanted.schema, wanted.name, wanted.strict, wanted.description)
