"""Ollama's `/api/chat`, `/api/generate`, `/api/embed` and `/api/embeddings` as a fake model answers them."""

from __future__ import annotations

from typing import Any

from parlance.testing.upstreams import answers, samples
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.said import Prompt, Said, chat_prompt, said
from parlance.testing.upstreams.scripts import Script, tokens_of

CREATED_AT = "2023-11-14T22:13:20.000000000Z"
"""Every fake answer was made at this instant."""

REASONING = "The user greets me. I greet back."
"""What a model thinks when asked to (`think`), unless its script says otherwise."""


def chat(call: Call, script: Script) -> Answer:
    """The answer to a chat: NDJSON unless `stream` is false. Tool calls come in one line, as Ollama sends them."""
    payload = call.payload
    messages = payload.get("messages") or []
    if not messages:
        return _loaded(payload, {"message": {"role": "assistant", "content": ""}})
    prompt = chat_prompt(messages, payload, schema=_schema(payload), limit=_limit(payload))
    one = _said(prompt, payload, script, call)
    calls = [{"function": {"name": wanted.name, "arguments": wanted.arguments}} for wanted in one.calls]
    deltas: list[dict[str, Any]] = [{"content": "", "thinking": token} for token in one.reasoning]
    deltas += [{"content": token} for token in one.tokens]
    deltas += [{"content": "", "tool_calls": calls}] if calls else []
    whole: dict[str, Any] = {"role": "assistant", "content": one.text}
    whole |= {"thinking": "".join(one.reasoning)} if one.reasoning else {}
    whole |= {"tool_calls": calls} if calls else {}
    return _answer(
        payload,
        [{"message": {"role": "assistant"} | delta} for delta in deltas],
        last={"message": {"role": "assistant", "content": ""}},
        whole={"message": whole},
        one=one,
    )


def generate(call: Call, script: Script) -> Answer:
    """The answer to a prompt: NDJSON unless `stream` is false."""
    payload = call.payload
    text = payload.get("prompt") or ""
    if not text:
        return _loaded(payload, {"response": ""})
    everything = f"{payload.get('system') or ''} {text}"
    prompt = Prompt(user=text, everything=everything, tools=[], schema=_schema(payload), limit=_limit(payload))
    one = _said(prompt, payload, script, call)
    deltas: list[dict[str, Any]] = [{"response": "", "thinking": token} for token in one.reasoning]
    deltas += [{"response": token} for token in one.tokens]
    whole = {"response": one.text} | ({"thinking": "".join(one.reasoning)} if one.reasoning else {})
    context = {"context": list(range(one.prompt_tokens + one.completion_tokens))}
    return _answer(payload, deltas, last={"response": ""} | context, whole=whole | context, one=one)


def embed(call: Call, script: Script) -> Answer:
    """One vector for each input, of `dimensions` length."""
    payload = call.payload
    given = payload.get("input")
    texts = given if isinstance(given, list) else [given] if given else []
    vectors = [samples.vector_of(str(text), payload.get("dimensions") or samples.DIMENSIONS) for text in texts]
    return answers.block(
        {
            "model": call.model,
            "embeddings": vectors,
            "total_duration": 14_143_917,
            "load_duration": 1_019_500,
            "prompt_eval_count": sum(samples.counted(str(text)) for text in texts),
        }
    )


def embeddings(call: Call, script: Script) -> Answer:
    """The older form: one `prompt`, one vector."""
    prompt = call.payload.get("prompt") or ""
    return answers.block({"embedding": samples.vector_of(prompt) if prompt else []})


def _said(prompt: Prompt, payload: dict[str, Any], script: Script, call: Call) -> Said:
    one = said(prompt, script, call.number)
    reasoning = (one.reasoning or tokens_of(REASONING)) if payload.get("think") else []
    return Said(one.tokens, reasoning, one.calls, one.cut, one.prompt_tokens)


def _answer(
    payload: dict[str, Any], deltas: list[dict[str, Any]], last: dict[str, Any], whole: dict[str, Any], one: Said
) -> Answer:
    """Lines and their last one, or the whole in one block. Streamed is the default, as with Ollama."""
    head = {"model": payload["model"], "created_at": CREATED_AT}
    done = {"done": True, "done_reason": "length" if one.cut else "stop"} | _durations(one)
    if payload.get("stream") is False:
        return answers.block(head | whole | done)
    lines = [answers.line(head | delta | {"done": False}) for delta in deltas]
    return answers.stream(lines, answers.line(head | last | done), answers.NDJSON)


def _loaded(payload: dict[str, Any], nothing: dict[str, Any]) -> Answer:
    """What an empty request gets: the model was loaded, or with `keep_alive: 0` unloaded."""
    reason = "unload" if unloads(payload) else "load"
    head = {"model": payload["model"], "created_at": CREATED_AT}
    return answers.block(head | nothing | {"done": True, "done_reason": reason})


def unloads(payload: dict[str, Any]) -> bool:
    """Whether `keep_alive` asks to unload: 0 as a number or as a duration."""
    return payload.get("keep_alive") in (0, "0", "0s", "0m", "0h")


def _durations(one: Said) -> dict[str, int]:
    """Nanoseconds and counts, as the last line has them."""
    return {
        "total_duration": 100_000_000 + 10_000_000 * one.completion_tokens,
        "load_duration": 1_000_000,
        "prompt_eval_count": one.prompt_tokens,
        "prompt_eval_duration": 99_000_000,
        "eval_count": one.completion_tokens,
        "eval_duration": 10_000_000 * one.completion_tokens,
    }


def _schema(payload: dict[str, Any]) -> dict[str, Any] | None:
    wanted = payload.get("format")
    if isinstance(wanted, dict):
        return wanted
    return {} if wanted == "json" else None


def _limit(payload: dict[str, Any]) -> int | None:
    limit = (payload.get("options") or {}).get("num_predict")
    return limit if isinstance(limit, int) and limit > 0 else None
