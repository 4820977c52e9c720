"""`POST /audio/transcriptions` and `/audio/translations`: a file of sound in a form, what is said in it back.

Times are asked for by `verbose_json`. Models that have none refuse that word (400 or 422): they are asked again for
`json`, and give the text alone.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

from parlance.engines.openai_http.decoding import NotJson, count_of, list_of, mapping_of, rest_of, text_of, value_of
from parlance.engines.openai_http.messages import WIRE
from parlance.engines.openai_http.target import Target
from parlance.engines.openai_http.upstream_errors import Errors, not_json
from parlance.outbound.client import Client
from parlance.values.asks import Segment, TranscribeAsk, Transcript
from parlance.values.errors import Fault, Kind
from parlance.values.sounds import HEAD, WAV, Sound, sound_of

MAX_ANSWER = 16 * 1024 * 1024
"""Bytes: a day of speech, each word with its time."""
_KNOWN = frozenset({"id", "start", "end", "text"})


class OpenAITranscriber:
    """A `TranscribeEngine`."""

    def __init__(self, client: Client, target: Target, errors: Errors) -> None:
        self._client = client
        self._target = target
        self._errors = errors

    async def transcribe(self, ask: TranscribeAsk) -> Transcript:
        """What is said. Raises `Fault`; `not_json` is one for an answer that holds no text."""
        if ask.times:
            try:
                return await self._asked(ask, "verbose_json")
            except Fault as fault:
                if fault.kind is not Kind.invalid or fault.status not in (400, 422):
                    raise
        return await self._asked(ask, "json")

    async def _asked(self, ask: TranscribeAsk, form: str) -> Transcript:
        fields = fields_of(ask, form)
        boundary = boundary_of(fields, ask.content)
        body = form_body(fields, ask.content, boundary)
        route = "/audio/translations" if ask.english else "/audio/transcriptions"
        response = await self._client.fetch(self._target.post_form(route, body, boundary, max_body=MAX_ANSWER))
        if not 200 <= response.status < 300:
            raise self._errors.refused(response.status, response.headers, response.body)
        return transcript_of(response.body, self._errors)


def fields_of(ask: TranscribeAsk, form: str) -> list[tuple[str, str]]:
    """The fields of the form, but for the file. What we know wins over a foreign one of the same name."""
    said = (("language", ask.language), ("prompt", ask.prompt))
    known = [("model", ask.model), ("response_format", form), *((name, text) for name, text in said if text)]
    if ask.temperature is not None:
        known.append(("temperature", f"{ask.temperature:.15g}"))
    names = {name for name, _ in known} | {"file", "stream"}
    foreign = ask.foreign if ask.wire == WIRE else ()
    return [*known, *((name, text) for name, text in foreign if name not in names)]


def boundary_of(fields: Sequence[tuple[str, str]], content: bytes) -> str:
    """What stands between the parts of a form: a hash of all of it, so that nobody can have written it into a part."""
    digest = hashlib.blake2b(repr(fields).encode("utf-8", "replace"), digest_size=16)
    digest.update(content)
    return digest.hexdigest()


def form_body(fields: Sequence[tuple[str, str]], content: bytes, boundary: str) -> bytes:
    """A form (RFC 7578). The file is named after what it is: by the suffix engines tell how to read it."""
    kind: Sound = sound_of(content[:HEAD]) or WAV
    line = f"--{boundary}\r\ncontent-disposition: form-data; name="
    head = "".join(f'{line}"{_quoted(name)}"\r\n\r\n{text}\r\n' for name, text in fields)
    head += f'{line}"file"; filename="sound{kind.suffix}"\r\ncontent-type: {kind.media_type}\r\n\r\n'
    return b"".join((head.encode("utf-8", "replace"), content, f"\r\n--{boundary}--\r\n".encode()))


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def transcript_of(body: bytes, errors: Errors) -> Transcript:
    """What an answer says. Raises `Fault(upstream)`."""
    try:
        value = value_of(body)
    except NotJson:
        raise not_json() from None
    fields = mapping_of(value)
    if fields.get("error"):
        raise errors.in_band(value)
    text = fields.get("text")
    if not isinstance(text, str):
        raise not_json()
    usage = mapping_of(fields.get("usage"))
    duration = _seconds(fields.get("duration"))
    return Transcript(
        text,
        _segments(fields, text),
        text_of(fields.get("language"))[:100],
        _seconds(usage.get("seconds")) if duration is None else duration,
        count_of(usage.get("input_tokens")),
        count_of(usage.get("output_tokens")),
    )


def _segments(fields: dict[str, Any], text: str) -> tuple[Segment, ...] | None:
    """The pieces with their times; none where one of them makes no sense, or they lack what the text says."""
    given = fields.get("segments")
    if not isinstance(given, list):
        return None
    found = tuple(_each(list_of(given)))
    said = any(segment.text.strip() for segment in found)
    return found if len(found) == len(given) and said == bool(text.strip()) else None


def _each(given: Sequence[Any]) -> Iterator[Segment]:
    for entry in map(mapping_of, given):
        start, end, text = _seconds(entry.get("start")), _seconds(entry.get("end")), entry.get("text")
        if start is not None and end is not None and isinstance(text, str):
            yield Segment(start, max(start, end), text, rest_of(entry, _KNOWN) or None)


def _seconds(value: Any) -> float | None:
    """A time from the beginning on; OpenAI writes lengths as numbers and, in places, as texts."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):  # a whole number of hundreds of digits is no float
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
