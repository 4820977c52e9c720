"""What a fake model decides to say to one prompt, before an API gives it a shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from parlance.testing.upstreams import samples
from parlance.testing.upstreams.samples import WantedCall
from parlance.testing.upstreams.scripts import Script, spoken, tokens_of


@dataclass(frozen=True)
class Said:
    """One answer: text or tool calls, perhaps with reasoning before."""

    tokens: list[str]
    reasoning: list[str]
    calls: list[WantedCall]
    cut: bool
    """Whether the caller's bound on tokens ended it."""
    prompt_tokens: int

    @property
    def text(self) -> str:
        """The words in one piece."""
        return "".join(self.tokens)

    @property
    def completion_tokens(self) -> int:
        """What usage says was made: words, thoughts and calls."""
        return len(self.tokens) + len(self.reasoning) + len(self.calls)


@dataclass(frozen=True)
class Prompt:
    """What an API's request comes down to."""

    user: str
    """The last thing the user said."""
    everything: str
    """All text, for counting."""
    tools: list[dict[str, Any]]
    tool_result: str | None = None
    """What a tool answered, when that is the last message."""
    schema: dict[str, Any] | None = None
    """What the answer must fit; `{}` for any JSON."""
    limit: int | None = None
    """Most tokens to say."""


def said(prompt: Prompt, script: Script, number: int, choice: int = 0) -> Said:
    """Decide: a tool call if the prompt asks for one, the tool's result if there is one, JSON if wanted, else words."""
    wanted = samples.wanted_calls(prompt.user, prompt.tools) if prompt.tool_result is None else []
    if wanted:
        text = ""
    elif prompt.tool_result is not None:
        text = f"The tool says: {prompt.tool_result}"
    elif prompt.schema is not None:
        text = msgspec.json.encode(samples.sample_of(prompt.schema) if prompt.schema else {"answer": "mock"}).decode()
    else:
        text = spoken(script, prompt.user, number, choice)
    tokens = tokens_of(text)
    cut = prompt.limit is not None and len(tokens) > prompt.limit
    return Said(
        tokens=tokens[: prompt.limit] if cut else tokens,
        reasoning=tokens_of(script.reasoning),
        calls=wanted,
        cut=cut,
        prompt_tokens=samples.counted(prompt.everything),
    )


def chat_prompt(messages: list[dict[str, Any]], payload: dict[str, Any], **known: Any) -> Prompt:
    """The prompt of a request with `messages` and `tools`, as OpenAI's chat and Ollama's have them."""
    last = messages[-1] if messages else {}
    return Prompt(
        user=samples.last_message(messages, "user"),
        everything=" ".join(samples.text_of(message.get("content")) for message in messages),
        tools=payload.get("tools") or [],
        tool_result=samples.text_of(last.get("content")) if last.get("role") == "tool" else None,
        **known,
    )
