"""The input of a response into items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from parlance.dialects.openai.bodies import Kept, Place, field_name
from parlance.dialects.openai.chat_wire import FileInput
from parlance.dialects.openai.limits import invalid, unsupported
from parlance.dialects.openai.parts import file, image
from parlance.dialects.openai.responses_wire import (
    InputFilePart,
    InputImagePart,
    InputItem,
    InputPart,
    OutputRefusalPart,
)
from parlance.values.messages import Item, Message, Part, Reasoning, Role, Text, ToolCall, ToolResult

ROLES = ("user", "system", "developer", "assistant")


def input_items(given: str | Sequence[InputItem], kept: Kept) -> tuple[Item, ...]:
    """The items, oldest first; a bare text is what the user says."""
    if not given:
        raise invalid("input", "`input` must hold a text or at least one item.")
    if isinstance(given, str):
        return (Message("user", given),)
    items = [_item(item, kept, ("input", index)) for index, item in enumerate(given)]
    return tuple(item for item in items if item is not None)


def _item(item: InputItem, kept: Kept, place: Place) -> Item | None:
    if item.type == "message":
        return _message(item, kept, place)
    if item.type == "function_call":
        if item.call_id is None or item.name is None:
            raise invalid(field_name(place), "A function call needs its `call_id` and `name`.")
        return ToolCall(item.call_id, item.name, item.arguments or "", kept.get(place))
    if item.type == "function_call_output":
        if item.call_id is None:
            raise invalid(field_name((*place, "call_id")), "A function call's output needs its `call_id`.")
        return ToolResult(item.call_id, _content(item.output, kept, (*place, "output")), None, kept.get(place))
    if item.type == "reasoning":
        return _reasoning(item)
    raise unsupported(
        field_name((*place, "type")),
        "This kind of item is not supported.",
        "Supported are message, function_call, function_call_output and reasoning.",
    )


def _message(item: InputItem, kept: Kept, place: Place) -> Message:
    if item.role not in ROLES:
        raise invalid(field_name((*place, "role")), f"The role must be one of {', '.join(ROLES)}.")
    return Message(cast(Role, item.role), _content(item.content, kept, (*place, "content")), None, kept.get(place))


def _reasoning(item: InputItem) -> Reasoning | None:
    """What a model thought. Sealed thoughts go back, by the upstream's own id, to the one who can open them."""
    content = item.content if isinstance(item.content, list) else None
    told = content or item.summary or ()
    text = "\n".join(
        part.text for part in told if not isinstance(part, OutputRefusalPart | InputImagePart | InputFilePart)
    )
    if item.encrypted_content is None:
        return Reasoning(text) if text else None
    sealed = {"encrypted_content": item.encrypted_content, **({"id": item.id} if item.id is not None else {})}
    return Reasoning(text, sealed)


def _content(content: str | list[InputPart] | None, kept: Kept, place: Place) -> str | tuple[Part, ...]:
    if content is None or isinstance(content, str):
        return content or ""
    parts = tuple(_part(part, kept, (*place, index)) for index, part in enumerate(content))
    if len(parts) == 1 and isinstance(parts[0], Text) and parts[0].foreign is None:
        return parts[0].text
    return parts


def _part(part: InputPart, kept: Kept, place: Place) -> Part:
    foreign = kept.get(place)
    if isinstance(part, OutputRefusalPart):
        return Text(part.refusal, foreign)
    if isinstance(part, InputImagePart):
        if part.image_url is None:
            raise unsupported(field_name(place), "A picture needs its `image_url`.")
        return image(part.image_url, part.detail, foreign, (*place, "image_url"))
    if isinstance(part, InputFilePart):
        if part.file_url is not None:
            raise unsupported(field_name((*place, "file_url")), "Files by URL are not supported.", "Send `file_data`.")
        return file(FileInput(part.file_data, part.file_id, part.filename), foreign, place)
    return Text(part.text, foreign)
