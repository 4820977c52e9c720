"""Levels of the log by module, from a setting or from a line in the style of `RUST_LOG`."""

from __future__ import annotations

from collections.abc import Mapping

DEBUG, INFO, WARNING, ERROR, CRITICAL = 10, 20, 30, 40, 50
OFF = 60
"""Above every level: nothing is written."""

NUMBERS = {
    "trace": DEBUG,
    "debug": DEBUG,
    "info": INFO,
    "warn": WARNING,
    "warning": WARNING,
    "error": ERROR,
    "critical": CRITICAL,
    "fatal": CRITICAL,
    "off": OFF,
    "none": OFF,
}
NAMES = {DEBUG: "debug", INFO: "info", WARNING: "warning", ERROR: "error", CRITICAL: "critical"}

TARGETS = (
    ("chatbot_backend.services.cache", "parlance.core.admission"),
    ("chatbot_backend.services.queue", "parlance.core.admission"),
    ("chatbot_backend.services.batch", "parlance.core.admission"),
    ("chatbot_backend.services.ollama", "parlance.engines"),
    ("chatbot_backend.services", "parlance.core"),
    ("chatbot_backend.handlers", "parlance.dialects"),
    ("chatbot_backend", "parlance"),
)
"""Modules of an older system that people still name, and ours that do their work; the first that fits wins."""


class Levels:
    """The least level that is written: `root`, and for modules and what is below them. The longest name wins."""

    __slots__ = ("_modules", "root")

    def __init__(self, root: int | str = INFO, modules: Mapping[str, int | str] | None = None) -> None:
        self.root = _number(root, INFO)
        self._modules = {name: _number(level, INFO) for name, level in (modules or {}).items()}

    @classmethod
    def parse(cls, spec: str) -> Levels:
        """Read `info,parlance.outbound=debug`.

        Lenient: a module may be written with `::`, a bare module means everything of it, and what cannot be understood
        is passed over, because a misspelt level must not keep a server from starting.
        """
        root, modules = INFO, dict[str, int | str]()
        for part in spec.split(","):
            name, equals, word = (piece.strip() for piece in part.strip().partition("="))
            if equals:
                if name and word.lower() in NUMBERS:
                    modules[module_of(name)] = NUMBERS[word.lower()]
            elif name.lower() in NUMBERS:
                root = NUMBERS[name.lower()]
            elif name.replace("::", "").replace(".", "").replace("_", "").isalnum():
                modules[module_of(name)] = DEBUG
        return cls(root, modules)

    def of(self, module: str) -> int:
        """The least level that `module` writes."""
        while module:
            if module in self._modules:
                return self._modules[module]
            module = module.rpartition(".")[0]
        return self.root

    @property
    def least(self) -> int:
        """The least level that any module writes."""
        return min(self.root, *self._modules.values()) if self._modules else self.root


def module_of(target: str) -> str:
    """A module's dotted name, from ours or from an older system's."""
    dotted = target.replace("::", ".")
    for theirs, ours in TARGETS:
        if dotted == theirs or dotted.startswith(theirs + "."):
            return ours
    return dotted


def _number(level: int | str, otherwise: int) -> int:
    return level if isinstance(level, int) else NUMBERS.get(level.strip().lower(), otherwise)
