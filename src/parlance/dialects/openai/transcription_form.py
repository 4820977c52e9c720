"""The form of a transcription, read and judged: fields as the OpenAI API has them, and the file."""

from __future__ import annotations

from typing import Annotated, Literal, cast, get_args

import msgspec

from parlance.dialects.multipart import Form
from parlance.dialects.openai.chat_ask import WIRE
from parlance.dialects.openai.chat_wire import told
from parlance.dialects.openai.limits import invalid, refuse, within
from parlance.dialects.table import Request
from parlance.values.asks import TranscribeAsk
from parlance.values.errors import Fault, Kind
from parlance.values.sounds import MOST_SOUND

Shape = Literal["json", "text", "srt", "vtt", "verbose_json"]
TIMED: frozenset[str] = frozenset({"srt", "vtt", "verbose_json"})
"""Shapes of an answer that say when something was said."""
MOST_FORM = MOST_SOUND + 1024 * 1024
"""Bytes of a form: the file, and what stands around it."""
MOST_FIELDS = 256 * 1024
"""Bytes of all fields together, so that many small ones are no large one."""
_FALSE = frozenset({"", "false", "False", "0"})
_SINGLE = frozenset({"model", "language", "prompt", "response_format", "temperature", "stream", "chunking_strategy"})


class TranscriptionForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of `POST /v1/audio/transcriptions` and `/v1/audio/translations`, for the OpenAPI document."""

    file: Annotated[bytes, told(contentMediaType="audio/*")]
    model: str | None = None
    language: str | None = None
    prompt: str | None = None
    response_format: Shape | None = None
    temperature: Annotated[float | None, told(minimum=0, maximum=1)] = None


class Asked(msgspec.Struct, frozen=True):
    """What a form asks for, and the shape that the answer is to have."""

    ask: TranscribeAsk
    shape: Shape


async def read(request: Request, *, english: bool) -> Asked:
    """The form, whole. Raises `Fault` for what is none, and for what no answer can be."""
    if request.content is None:
        raise invalid("file", "The form has no file.")
    form = Form(request.headers.get("content-type", ""), request.content)
    content: bytes | None = None
    fields: list[tuple[str, str]] = []
    room = MOST_FIELDS
    while (part := await form.part()) is not None:
        if part.name == "file":
            content = await _content(form)
        elif part.filename is None:
            fields.append((part.name, await form.text()))
            room -= len(part.name) + len(fields[-1][1])
            if room < 0:
                raise Fault(Kind.too_large, "The fields of the form are too long.", code="too_large")
    if content is None:
        raise invalid("file", "The form has no file.")
    return _judged(content, fields, english)


async def _content(form: Form) -> bytes:
    """The bytes of the file: a little more than may be are enough to say that they are too many."""
    found = bytearray()
    async for piece in form.content():
        found += piece
        if len(found) > MOST_SOUND:
            break
    return bytes(found)


def _judged(content: bytes, fields: list[tuple[str, str]], english: bool) -> Asked:
    known = {name: text for name, text in fields if name in _SINGLE}
    _refuse(known, fields)
    shape = known.get("response_format") or "json"
    if shape not in get_args(Shape):
        raise invalid("response_format", f"`response_format` must be one of {', '.join(get_args(Shape))}.")
    foreign = tuple((name, text) for name, text in fields if name not in _SINGLE and name != _GRANULARITIES)
    ask = TranscribeAsk(
        known.get("model", ""),
        content,
        None if english else known.get("language") or None,
        known.get("prompt") or None,
        _temperature(known.get("temperature")),
        times=shape in TIMED,
        english=english,
        wire=WIRE,
        foreign=foreign,
    )
    return Asked(ask, cast(Shape, shape))


_GRANULARITIES = "timestamp_granularities[]"


def _refuse(known: dict[str, str], fields: list[tuple[str, str]]) -> None:
    if known.get("stream", "") not in _FALSE:
        refuse("stream", "Transcripts are not streamed here.", "Leave `stream` out.")
    if known.get("chunking_strategy", "") not in ("", "auto"):
        refuse("chunking_strategy", "Only `auto` is supported.")
    if any(name == _GRANULARITIES and text not in ("", "segment") for name, text in fields):
        refuse("timestamp_granularities", "Times are told for segments, not for words.")
    if any(name == "include[]" for name, _ in fields):
        refuse("include", "Log probabilities are not told of transcripts.")


def _temperature(said: str | None) -> float | None:
    if not said:
        return None
    try:
        number = float(said)
    except ValueError:
        raise invalid("temperature", "`temperature` must be a number.") from None
    within("temperature", number, 0, 1)
    return number
