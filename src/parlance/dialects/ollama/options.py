"""`options`, `format`, `think` and the log probabilities: knobs under Ollama's names, as values.

Options that other engines have too go into `Sampling`; the rest (`num_ctx`, `mirostat`, …) is kept for an Ollama.
"""

from __future__ import annotations

from typing import Any

from parlance.dialects.ollama.bodies import invalid
from parlance.dialects.ollama.wire import AskFields
from parlance.values.asks import Format, Sampling
from parlance.values.messages import Foreign

MAX_TOP_LOGPROBS = 20
MAX_STOPS = 64
_FLOATS = ("temperature", "top_p", "min_p", "presence_penalty", "frequency_penalty", "repeat_penalty")
_INTEGERS = ("top_k", "seed", "num_predict")
_LEVELS = ("low", "medium", "high")


def sampling_of(options: dict[str, Any] | None) -> tuple[Sampling, Foreign]:
    """The knobs everybody has, and those only an Ollama knows. Raises `Fault(invalid)` naming the option."""
    if not options:
        return Sampling(), {}
    rest = {name: value for name, value in options.items() if value is not None}
    knobs: dict[str, Any] = {name: _number(name, rest.pop(name), float) for name in _FLOATS if name in rest}
    knobs |= {name: _number(name, rest.pop(name), int) for name in _INTEGERS if name in rest}
    if "stop" in rest:
        knobs["stop"] = _stops(rest.pop("stop"))
    # Below 1 these two mean something only to an Ollama: no bound, until the context is full, any seed.
    for name, least in (("num_predict", 1), ("seed", 0)):
        if name in knobs and knobs[name] < least:
            rest[name] = knobs.pop(name)
    if "num_predict" in knobs:
        knobs["max_tokens"] = knobs.pop("num_predict")
    return Sampling(**knobs), rest


def format_of(format: str | dict[str, Any] | None) -> Format | None:
    """The shape the answer must have: `json`, or a JSON schema."""
    if format is None or format == "":
        return None
    if format == "json":
        return Format("json")
    if isinstance(format, str):
        raise invalid("format", 'The field format must be "json" or a JSON schema.')
    return Format("schema", format)


def think_of(think: bool | str | None) -> bool | str | None:
    """Whether, or how hard, to think."""
    if isinstance(think, str) and think not in _LEVELS:
        raise invalid("think", 'The field think must be true, false, "low", "medium" or "high".')
    return think


def top_logprobs_of(asked: AskFields) -> int | None:
    """How many alternatives for each token."""
    top = asked.top_logprobs
    if top is not None and not 0 <= top <= MAX_TOP_LOGPROBS:
        raise invalid("top_logprobs", f"The field top_logprobs must be between 0 and {MAX_TOP_LOGPROBS}.")
    return top or None


def _number(name: str, value: Any, kind: type[float] | type[int]) -> float | int:
    """A number; a whole one may be written with a point, as some clients do."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"options.{name}", f"The option {name} must be a number.")
    if kind is int and value != int(value):
        raise invalid(f"options.{name}", f"The option {name} must be a whole number.")
    return kind(value)


def _stops(value: Any) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else value
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops) or len(stops) > MAX_STOPS:
        raise invalid("options.stop", f"The option stop must be at most {MAX_STOPS} texts.")
    return tuple(stops)
