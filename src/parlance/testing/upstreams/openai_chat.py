"""OpenAI's `/v1/chat/completions` and `/v1/completions` as a fake model answers them."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.testing.upstreams import answers, samples
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.said import Prompt, Said, chat_prompt, said
from parlance.testing.upstreams.scripts import Script

CREATED = 1_700_000_000
"""Every fake answer was made at this second."""

DONE = b"data: [DONE]\n\n"


def chat(call: Call, script: Script) -> Answer:
    """The answer to a chat. Raises `ValueError` for a body that is no JSON object."""
    payload = call.payload
    prompt = chat_prompt(payload["messages"], payload, schema=_schema(payload), limit=_limit(payload))
    choices = [said(prompt, script, call.number, index) for index in range(payload.get("n") or 1)]
    envelope = _envelope(call, "chat.completion")
    if not payload.get("stream"):
        found = [_chat_choice(index, one, payload) for index, one in enumerate(choices)]
        return answers.block(envelope | {"choices": found, "usage": usage(choices)})
    envelope["object"] = "chat.completion.chunk"
    frames = [
        answers.sse(envelope | {"choices": [_choice(index, "delta", delta, finish, logprobs)]})
        for index, one in enumerate(choices)
        for delta, finish, logprobs in _deltas(one, payload)
    ]
    return answers.stream(frames + _usage_frames(envelope, payload, choices), DONE, answers.SSE)


def completion(call: Call, script: Script) -> Answer:
    """The answer to a text completion; a list of prompts gets one choice (times `n`) each."""
    payload = call.payload
    prompts = payload["prompt"] if isinstance(payload["prompt"], list) else [payload["prompt"]]
    count = payload.get("n") or 1
    choices = [
        said(Prompt(user=str(text), everything=str(text), tools=[], limit=_limit(payload)), script, call.number, index)
        for text in prompts
        for index in range(count)
    ]
    envelope = _envelope(call, "text_completion")
    if not payload.get("stream"):
        found = [_text_choice(index, one.tokens, _finish(one), payload) for index, one in enumerate(choices)]
        return answers.block(envelope | {"choices": found, "usage": usage(choices)})
    frames = [
        answers.sse(envelope | {"choices": [_text_choice(index, tokens, finish, payload)]})
        for index, one in enumerate(choices)
        for tokens, finish in [*(([token], None) for token in one.tokens), ([], _finish(one))]
    ]
    return answers.stream(frames + _usage_frames(envelope, payload, choices), DONE, answers.SSE)


def usage(choices: list[Said]) -> dict[str, Any]:
    """Token counts over all choices; the prompt counts once."""
    prompt, completed = choices[0].prompt_tokens, sum(one.completion_tokens for one in choices)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completed,
        "total_tokens": prompt + completed,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": sum(len(one.reasoning) for one in choices)},
    }


def _envelope(call: Call, kind: str) -> dict[str, Any]:
    return {
        "id": f"{'cmpl' if kind == 'text_completion' else 'chatcmpl'}-mock-{call.number}",
        "object": kind,
        "created": CREATED,
        "model": call.model,
        "system_fingerprint": "fp_mock",
    }


def _usage_frames(envelope: dict[str, Any], payload: dict[str, Any], choices: list[Said]) -> list[bytes]:
    wanted = (payload.get("stream_options") or {}).get("include_usage")
    return [answers.sse(envelope | {"choices": [], "usage": usage(choices)})] if wanted else []


def _limit(payload: dict[str, Any]) -> int | None:
    return payload.get("max_completion_tokens") or payload.get("max_tokens")


def _schema(payload: dict[str, Any]) -> dict[str, Any] | None:
    wanted = payload.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        schema: dict[str, Any] = wanted["json_schema"]["schema"]
        return schema
    return {} if wanted.get("type") == "json_object" else None


def _finish(one: Said) -> str:
    if one.calls:
        return "tool_calls"
    return "length" if one.cut else "stop"


def _choice(index: int, field: str, content: dict[str, Any], finish: str | None, logprobs: Any) -> dict[str, Any]:
    return {"index": index, field: content, "logprobs": logprobs, "finish_reason": finish}


def _chat_choice(index: int, one: Said, payload: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": one.text or None, "refusal": None}
    if one.reasoning:
        message["reasoning_content"] = "".join(one.reasoning)
    if one.calls:
        message["tool_calls"] = [_tool_call(place, wanted.name, _json(wanted.arguments)) for place, wanted in
                                 enumerate(one.calls)]  # fmt: skip
    return _choice(index, "message", message, _finish(one), _logprobs(one.tokens, payload))


def _deltas(one: Said, payload: dict[str, Any]) -> list[tuple[dict[str, Any], str | None, Any]]:
    """(delta, finish reason, logprobs) for every chunk of one choice."""
    found: list[tuple[dict[str, Any], str | None, Any]] = []
    found += [({"reasoning_content": token}, None, None) for token in one.reasoning]
    found += [({"content": token}, None, _logprobs([token], payload)) for token in one.tokens]
    for place, wanted in enumerate(one.calls):
        found.append(({"tool_calls": [{"index": place} | _tool_call(place, wanted.name, "")]}, None, None))
        found += [
            ({"tool_calls": [{"index": place, "function": {"arguments": piece}}]}, None, None)
            for piece in samples.fragments(_json(wanted.arguments))
        ]
    if found:
        found[0] = ({"role": "assistant"} | found[0][0], found[0][1], found[0][2])
    return [*found, ({}, _finish(one), None)]


def _tool_call(place: int, name: str, arguments: str) -> dict[str, Any]:
    return {"id": f"call_mock_{place}", "type": "function", "function": {"name": name, "arguments": arguments}}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _text_choice(index: int, tokens: list[str], finish: str | None, payload: dict[str, Any]) -> dict[str, Any]:
    logprobs = None
    if payload.get("logprobs") is not None:
        logprobs = {
            "tokens": tokens,
            "token_logprobs": [-0.25] * len(tokens),
            "top_logprobs": [{token: -0.25} for token in tokens],
            "text_offset": [len("".join(tokens[:place])) for place in range(len(tokens))],
        }
    return {"text": "".join(tokens), "index": index, "logprobs": logprobs, "finish_reason": finish}


def _logprobs(tokens: list[str], payload: dict[str, Any]) -> dict[str, Any] | None:
    if not payload.get("logprobs"):
        return None
    count = payload.get("top_logprobs") or 0
    found = []
    for token in tokens:
        top = [_logprob(token if rank == 0 else f"{token}{rank}", rank) for rank in range(count)]
        found.append(_logprob(token, 0) | {"top_logprobs": top})
    return {"content": found, "refusal": None}


def _logprob(token: str, rank: int) -> dict[str, Any]:
    return {"token": token, "logprob": -0.25 - rank, "bytes": list(token.encode("utf-8", "surrogatepass"))}
