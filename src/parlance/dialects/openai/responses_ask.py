"""A request to `/v1/responses` into the operation that asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from parlance.core.chat.operations import SendMessage
from parlance.dialects.openai.bodies import Kept, field_name
from parlance.dialects.openai.chat_ask import WIRE, effort
from parlance.dialects.openai.chat_wire import ResponseFormat, SamplingFields, SchemaFormat
from parlance.dialects.openai.limits import MAX_TOOLS, at_most, invalid, refuse, sampling, top_logprobs, unsupported
from parlance.dialects.openai.responses_items import input_items
from parlance.dialects.openai.responses_wire import RESPONSES_PASSED_ON, ResponsesRequest, ResponseTool, TextOptions
from parlance.dialects.openai.tools import choice_of, format_of
from parlance.values.asks import ChatAsk, Format, Tool
from parlance.values.errors import Fault, Kind
from parlance.values.messages import Foreign, Item, Message

PREFIX = "resp_"
HEX_DIGITS = 32


def response_operation(asked: ResponsesRequest, kept: Kept) -> SendMessage:
    """What to do. Raises `Fault` (invalid, unsupported, missing) naming the parameter."""
    _refuse(asked)
    return SendMessage(
        response_ask(asked, kept),
        previous=run_of(asked.previous_response_id),
        keep=asked.store is not False,
        trim=asked.truncation == "auto",
    )


def _refuse(asked: ResponsesRequest) -> None:
    if asked.background:
        refuse("background", "Background responses are not supported.", "Stream the response instead.")
    if asked.conversation is not None:
        refuse("conversation", "Conversation objects are not supported.", "Use `previous_response_id`.")
    if asked.prompt is not None:
        refuse("prompt", "Prompt templates are not supported.", "Send the prompt as `instructions` and `input`.")


def response_ask(asked: ResponsesRequest, kept: Kept) -> ChatAsk:
    """What the engine is asked for."""
    tools = response_tools(asked.tools, kept)
    wanted = bool(asked.top_logprobs) or "message.output_text.logprobs" in (asked.include or ())
    knobs = SamplingFields(temperature=asked.temperature, top_p=asked.top_p)
    said: tuple[Item, ...] = input_items(asked.input, kept)
    if asked.instructions:
        said = (Message("system", asked.instructions), *said)
    return ChatAsk(
        model=asked.model or "",
        items=said,
        sampling=sampling(knobs, asked.max_output_tokens, "max_output_tokens"),
        tools=tools,
        tool_choice=choice_of(asked.tool_choice, tools) if tools or asked.tool_choice not in ("auto", "none") else None,
        parallel_tool_calls=asked.parallel_tool_calls,
        format=text_format(asked.text),
        logprobs=wanted,
        top_logprobs=top_logprobs(asked.top_logprobs, wanted),
        think=effort(asked.reasoning.effort, "reasoning.effort") if asked.reasoning is not None else None,
        stream=bool(asked.stream),
        wire=WIRE,
        foreign=_foreign(asked),
    )


def response_tools(tools: Sequence[ResponseTool] | None, kept: Kept) -> tuple[Tool, ...]:
    """The functions the model may call."""
    at_most("tools", tools, MAX_TOOLS)
    return tuple(_tool(tool, index, kept) for index, tool in enumerate(tools or ()))


def _tool(tool: ResponseTool, index: int, kept: Kept) -> Tool:
    if tool.type != "function":
        raise unsupported(
            field_name(("tools", index, "type")),
            "Built-in tools are not supported, only those of the type `function`.",
            "Describe it as a function and run it on your side.",
        )
    if tool.name is None:
        raise invalid(field_name(("tools", index, "name")), "A function needs its `name`.")
    return Tool(tool.name, tool.description, tool.parameters, tool.strict, kept.get(("tools", index)))


def text_format(text: TextOptions | None) -> Format | None:
    """The shape the text must have."""
    if text is None or text.format is None:
        return None
    asked = text.format
    schema = SchemaFormat(asked.name, asked.schema, asked.strict, asked.description)
    try:
        return format_of(ResponseFormat(asked.type, schema))
    except Fault as fault:
        fault.field = "text.format" if fault.kind is Kind.invalid else "text.format.type"
        raise


def run_of(response: str | None) -> str | None:
    """The run inside a response's id. Raises `Fault(missing)` for what was never one of our ids."""
    if response is None:
        return None
    digits = response.removeprefix(PREFIX)
    if len(digits) != HEX_DIGITS or not all(digit in "0123456789abcdef" for digit in digits):
        raise previous_missing()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def previous_missing() -> Fault:
    """The fault of an earlier response that is not known, not held any more, or somebody else's."""
    return Fault(
        Kind.missing,
        "The previous response is not known.",
        hint="Send the whole conversation.",
        field="previous_response_id",
        code="previous_response_not_found",
    )


def _foreign(asked: ResponsesRequest) -> Foreign | None:
    """What chat completions have under the same name. Unknown fields of this route mean nothing to that one."""
    foreign: Foreign = {name: value for name in RESPONSES_PASSED_ON if (value := getattr(asked, name)) is not None}
    if asked.text is not None and asked.text.verbosity is not None:
        foreign["verbosity"] = asked.text.verbosity
    return foreign or None
