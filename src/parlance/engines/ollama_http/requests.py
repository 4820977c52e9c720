"""A `ChatAsk` or `EmbedAsk` into the body of a request. Nothing is forwarded verbatim: every field is written anew."""

from __future__ import annotations

from typing import Any

from parlance.engines.ollama_http.faults import unsupported
from parlance.engines.ollama_http.messages import WIRE, images_of, messages_of
from parlance.values.asks import ChatAsk, EmbedAsk, Format, Sampling, Tool
from parlance.values.messages import Foreign, Message, text_of

Body = dict[str, Any]

GENERATED = frozenset({"template", "context"})
"""Fields that only `/api/generate` has: an ask of our own wire that carries one is asked there."""
_EFFORTS = {"minimal": "low", "xhigh": "high", "max": "high"}
"""How hard to think in other wires' words, as the three that an Ollama knows."""
_RENAMED = {"max_tokens": "num_predict"}


def generates(ask: ChatAsk) -> bool:
    """Whether the ask is one for `/api/generate`: a prompt, or a chat with fields that only it has."""
    return ask.prompt is not None or (ask.wire == WIRE and not GENERATED.isdisjoint(ask.foreign or ()))


def body_of(ask: ChatAsk) -> Body:
    """The body for `/api/chat` or `/api/generate`. Raises `Fault(unsupported)` for what an Ollama does not have.

    It always asks for a stream, also when nobody reads along: a model on a slow machine may think for minutes, and
    only a stream tells that from one that hangs.
    """
    _check(ask)
    body: Body = dict(ask.foreign) if ask.foreign and ask.wire == WIRE else {}
    body |= _prompt(ask, body) if generates(ask) else _chat(ask)
    body["model"] = ask.model
    body["stream"] = True
    options = _options(ask.sampling, body.get("options"))
    if options:
        body["options"] = options
    if ask.format is not None:
        body["format"] = _format(ask.format)
    if ask.think is not None:
        body["think"] = _EFFORTS.get(ask.think, ask.think) if isinstance(ask.think, str) else ask.think
    if ask.logprobs:
        body["logprobs"] = True
        if ask.top_logprobs:
            body["top_logprobs"] = ask.top_logprobs
    if ask.keep_alive is not None:
        body["keep_alive"] = ask.keep_alive
    return body


def embed_body(ask: EmbedAsk) -> Body:
    """The body for `/api/embed`."""
    body: Body = dict(ask.foreign) if ask.foreign and ask.wire == WIRE else {}
    body |= {"model": ask.model, "input": list(ask.texts)}
    for name in ("dimensions", "truncate", "keep_alive"):
        value = getattr(ask, name)
        if value is not None:
            body[name] = value
    return body


def _check(ask: ChatAsk) -> None:
    if ask.n > 1:
        raise unsupported("This engine gives one answer at a time.", "n", "Ask several times instead.")
    if ask.tool_choice not in (None, "auto", "none"):
        raise unsupported("This engine cannot be made to call a tool.", "tool_choice", "Use 'auto' or 'none'.")


def _chat(ask: ChatAsk) -> Body:
    body: Body = {"messages": messages_of(ask.items, ask.wire)}
    if ask.tools and ask.tool_choice != "none":
        body["tools"] = [_tool(tool, ask.wire) for tool in ask.tools]
    return body


def _prompt(ask: ChatAsk, foreign: Foreign) -> Body:
    """A prompt with its system text and pictures, from the ask or from the chat of one question that stands for it."""
    body: Body = {}
    images: list[str] = []
    prompt = ask.prompt
    for item in ask.items:
        if not isinstance(item, Message):
            continue
        if item.role in ("system", "developer"):
            body["system"] = text_of(item.content)
        elif prompt is None or item.role == "user":
            prompt = text_of(item.content) if prompt is None else prompt
            images += images_of(item.content) if not isinstance(item.content, str) else []
    body["prompt"] = prompt or ""
    if ask.suffix is not None:
        body["suffix"] = ask.suffix
    if images:
        body["images"] = images
    for name in GENERATED:
        if not foreign.get(name):  # an empty one only says where the ask came from
            foreign.pop(name, None)
    return body


def _tool(tool: Tool, wire: str) -> Body:
    foreign = dict(tool.foreign) if tool.foreign and wire == WIRE else {}
    function: Body = foreign.pop("function", {}) | {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    function["parameters"] = tool.parameters or {"type": "object", "properties": {}}
    return {**foreign, "type": "function", "function": function}


def _format(format: Format) -> Any:
    return "json" if format.kind == "json" or format.schema is None else format.schema


def _options(sampling: Sampling, foreign: Any) -> Body:
    """Tuning knobs under Ollama's names, over those of its own that came with the ask; `logit_bias` has none."""
    options: Body = dict(foreign) if isinstance(foreign, dict) else {}
    for name in sampling.__struct_fields__:
        value = getattr(sampling, name)
        if value is not None and name != "logit_bias":
            options[_RENAMED.get(name, name)] = list(value) if isinstance(value, tuple) else value
    return options
