"""OpenAI's `/v1/audio/transcriptions` and `/v1/audio/translations` as a fake model answers them.

A model whose name has `plain` in it knows no times: it refuses `verbose_json`, as OpenAI's newer ones do.
"""

from __future__ import annotations

from parlance.testing.upstreams import answers
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.scripts import Script, spoken, tokens_of

EACH_SECONDS = 1.5
"""How long a fake speaker takes for each of the halves of what they say."""
NO_TIMES = "response_format 'verbose_json' is not compatible with this model. Use 'json' instead."


def transcript(call: Call, script: Script) -> Answer:
    """What the script says, in two halves where times are asked for."""
    form = call.form
    text = spoken(script, "", call.number)
    usage = {"type": "tokens", "input_tokens": 7, "output_tokens": len(tokens_of(text)), "total_tokens": 0}
    if form.get("response_format") != b"verbose_json":
        return answers.block({"text": text, "usage": usage})
    if "plain" in call.model:
        body = {"error": {"message": NO_TIMES, "type": "invalid_request_error", "param": "response_format"}}
        return answers.block(body, status=400)
    middle = text.rfind(" ", 0, len(text) // 2 + 1) + 1
    halves = [half for half in (text[:middle], text[middle:]) if half]
    segments = [
        {"id": at, "start": at * EACH_SECONDS, "end": (at + 1) * EACH_SECONDS, "text": half, "no_speech_prob": 0.01}
        for at, half in enumerate(halves)
    ]
    told = {"task": "transcribe", "language": "english", "duration": len(halves) * EACH_SECONDS}
    return answers.block({**told, "text": text, "segments": segments, "usage": usage})
