"""The models that people choose by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from parlance.core.chatbot.prompt import fitting, history_budget, messages, written_out
from parlance.core.chatbot.refusals import refused
from parlance.values.asks import ChatAsk, Sampling
from parlance.values.chatbot import Contents, Pair

LABELS: Mapping[str, str] = {"openai": "OpenAI", "ollama": "Ollama"}
"""Kinds that are asked, and what they are called in an error."""
TEMPERATURE = 0.7


class Provider(msgspec.Struct, frozen=True):
    """One of them. `model` is its id among the models of this server; `chunks` are said instead of asking anybody;
    `trouble` is the code of what keeps it from being asked at all."""

    name: str
    kind: str
    model: str
    tier: str = "free"
    context: int = 8192
    template: str | None = None
    allowed: tuple[str, ...] = ()
    chunks: tuple[str, ...] | None = None
    trouble: str = ""

    @property
    def premium(self) -> bool:
        """Whether it is for people of that tier alone."""
        return self.tier.lower() == "premium"

    @property
    def label(self) -> str:
        """What its kind is called in an error; empty where it is of none that is known."""
        return LABELS.get(self.kind.lower(), "")

    def ask(self, system: str, contents: Contents, history: Sequence[Pair], message: str) -> ChatAsk:
        """What its engine is asked."""
        memory = contents.memory
        kept = fitting(history, history_budget(self.context, system, memory))
        if self.kind.lower() == "openai":
            order = {"provider": {"order": list(self.allowed), "allow_fallbacks": False}} if self.allowed else None
            items = messages(system, memory, kept, message)
            return ChatAsk(self.model, items, sampling=Sampling(temperature=TEMPERATURE), wire="openai", foreign=order)
        extra = {"system": system, "options": {"num_ctx": self.context}}
        if self.template:
            extra["template"] = self.template
        prompt = written_out(system, memory, kept, message)
        return ChatAsk(self.model, prompt=prompt, wire="ollama", foreign=extra)


class Providers(msgspec.Struct, frozen=True):
    """All of them in their order; never empty. `default` is a name that need not be there."""

    all: tuple[Provider, ...]
    default: str = ""

    def named(self, name: str | None) -> Provider:
        """The one of a name, or the default one. Raises `Fault(code="model_unknown")`."""
        found = {each.name: each for each in self.all}
        if not name:
            return found.get(self.default, self.all[0])
        if name not in found:
            raise refused("model_unknown")
        return found[name]

    def shown(self, premium: bool) -> tuple[Provider, ...]:
        """Those that somebody may choose."""
        return tuple(each for each in self.all if premium or not each.premium)
