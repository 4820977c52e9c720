"""Reading the answers of every dialect: what was said, and how it ended."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.flows.callers import Answer, Json, events


class Heard(NamedTuple):
    """What a client makes of an answer. `end` is `clean`, `error` (typed, and `error` says it) or `torn`."""

    text: str
    end: str
    error: Any = None


def heard(endpoint: str, stream: bool, answer: Answer) -> Heard:
    """Read an answer of this endpoint as its clients do."""
    if answer.status != 200:
        return Heard("", "error", _typed(answer)) if _typed(answer) else Heard("", "torn")
    read = _STREAMS if stream else _WHOLES
    return read[endpoint](answer.body)


def _typed(answer: Answer) -> Any:
    """The sentence of an error body in the dialect's own shape; empty when it has none."""
    body = answer.json
    found = body.get("error", body.get("detail"))
    if isinstance(found, dict):
        assert {"message", "type", "code", "param"} <= set(found)
        found = found["message"]
    assert isinstance(found, str)
    return found


# -- streams --------------------------------------------------------------------------------------------------------


def _chat_stream(body: bytes) -> Heard:
    return _openai_stream(body, lambda choice: choice["delta"].get("content"))


def _text_stream(body: bytes) -> Heard:
    return _openai_stream(body, lambda choice: choice["text"])


def _openai_stream(body: bytes, said: Any) -> Heard:
    found = events(body)
    text = "".join(said(choice) or "" for event in found for choice in event.get("choices", ()))
    if not body.endswith(b"data: [DONE]\n\n") or body.count(b"[DONE]") != 1:
        return Heard(text, "torn")
    last = found[-1]
    if "error" in last:
        return Heard(text, "error", last["error"]["message"])
    whole = any(choice["finish_reason"] for event in found for choice in event.get("choices", ()))
    return Heard(text, "clean" if whole else "torn")


def _responses_stream(body: bytes) -> Heard:
    found = events(body)
    text = "".join(event["delta"] for event in found if event["type"] == "response.output_text.delta")
    last = found[-1]
    if last["type"] == "response.completed":
        return Heard(text, "clean")
    error = (
        last["response"]["error"] if last["type"] == "response.failed" else last if last["type"] == "error" else None
    )
    return Heard(text, "error", error["message"]) if error else Heard(text, "torn")


def _native_stream(body: bytes) -> Heard:
    found = events(body)
    text = "".join(event["text"] for event in found if event.get("t") == "delta")
    last = found[-1]
    if last.get("t") != "ended":
        return Heard(text, "torn")
    return Heard(text, "clean") if last["outcome"] == "complete" else Heard(text, "error", last["error"]["message"])


def _chatqueue_stream(body: bytes) -> Heard:
    found = events(body)
    text = "".join(event.get("content", "") for event in found)
    if [event["done"] for event in found].count(True) != 1 or not found[-1]["done"]:
        return Heard(text, "torn")
    return Heard(text, "error", found[-1]["error"]) if "error" in found[-1] else Heard(text, "clean")


def _ollama_stream(body: bytes) -> Heard:
    lines = [json.loads(line) for line in body.splitlines()]
    text = "".join(_ollama_text(line) for line in lines)
    if "error" in lines[-1]:
        return Heard(text, "error", lines[-1]["error"])
    return Heard(text, "clean" if lines[-1]["done"] else "torn")


def _ollama_text(line: Json) -> str:
    said: str = line["response"] if "response" in line else line.get("message", {}).get("content", "")
    return said


# -- whole answers --------------------------------------------------------------------------------------------------


def _responses_whole(body: bytes) -> Heard:
    found = json.loads(body)
    text = "".join(part["text"] for item in found["output"] for part in item.get("content", ()))
    return Heard(text, "clean" if found["status"] == "completed" else "torn")


def _vectors(body: bytes) -> Heard:
    found = json.loads(body)
    vectors = found["embeddings"] if "embeddings" in found else [entry["embedding"] for entry in found["data"]]
    return Heard(json.dumps(vectors), "clean")


_STREAMS = {
    "chat": _chat_stream,
    "completions": _text_stream,
    "responses": _responses_stream,
    "native": _native_stream,
    "chatqueue": _chatqueue_stream,
    "ollama-chat": _ollama_stream,
    "ollama-generate": _ollama_stream,
}
_WHOLES = {
    "chat": lambda body: Heard(json.loads(body)["choices"][0]["message"]["content"], "clean"),
    "completions": lambda body: Heard(json.loads(body)["choices"][0]["text"], "clean"),
    "responses": _responses_whole,
    "embeddings": _vectors,
    "chatqueue": lambda body: Heard(json.loads(body)["message"]["content"], "clean"),
    "ollama-chat": lambda body: Heard(_ollama_text(json.loads(body)), "clean"),
    "ollama-generate": lambda body: Heard(_ollama_text(json.loads(body)), "clean"),
    "ollama-embed": _vectors,
}
