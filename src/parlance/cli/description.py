"""The sections of `show`: each a heading, a table below it, and an empty line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from parlance.cli import figures
from parlance.cli.tables import table, width

LARGE = 6
"""Digits before the point from which Go writes an exponent."""
Rows = Sequence[Sequence[str]]
HEAD_LINES = 2
"""Lines shown of a system message and a license."""
LIST_WIDTH = 10
"""Columns for a list of metadata; the rest of it is counted."""


def described(answer: dict[str, Any], verbose: bool = False) -> Iterator[str]:
    """The lines about a model, from the answer of `/api/show`."""
    sections: list[tuple[str, Rows]] = [
        ("Model", list(_model(answer))),
        ("Capabilities", [[name] for name in answer.get("capabilities") or ()]),
        ("Projector", list(_projector(answer.get("projector_info") or {}))),
        ("Parameters", [line.split() for line in (answer.get("parameters") or "").splitlines() if line.strip()]),
    ]
    if verbose:
        info = answer.get("model_info") or {}
        sections += [
            ("Metadata", [[name, _value(info[name])] for name in sorted(info)]),
            ("Tensors", [[t["name"], t["type"], _written(t["shape"])] for t in answer.get("tensors") or ()]),
        ]
    sections += [("System", _head(answer.get("system"))), ("License", _head(answer.get("license")))]
    for heading, rows in sections:
        if rows:
            yield f"  {heading}"
            yield from table(rows, indent="    ")
            yield ""


def _model(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    info, details = answer.get("model_info"), answer.get("details") or {}
    if answer.get("remote_host"):
        yield "Remote model", answer.get("remote_model") or ""
        yield "Remote URL", answer["remote_host"]
    if info:
        yield from _architecture(info, details)
    else:
        yield from _known(("architecture", details.get("family")), ("parameters", details.get("parameter_size")))
    yield from _known(("quantization", details.get("quantization_level")))
    if answer.get("requires"):
        yield "requires", answer["requires"]


def _known(*rows: tuple[str, str | None]) -> Iterator[tuple[str, str]]:
    """The rows that say something: Ollama prints an empty one, which only looks like a fault."""
    yield from ((name, value) for name, value in rows if value)


def _architecture(info: dict[str, Any], details: dict[str, Any]) -> Iterator[tuple[str, str]]:
    name = info.get("general.architecture") or ""
    if name:
        yield "architecture", name
    parameters = info.get("general.parameter_count")
    if details.get("parameter_size"):
        yield "parameters", details["parameter_size"]
    elif parameters is not None:
        yield "parameters", figures.count(int(parameters))
    for field in ("context length", "embedding length"):
        value = info.get(f"{name}.{field.replace(' ', '_')}")
        if isinstance(value, int | float):
            yield field, f"{value:.15g}"


def _projector(info: dict[str, Any]) -> Iterator[tuple[str, str]]:
    name = info.get("general.architecture") or ""
    if name:
        yield "architecture", name
    if (parameters := info.get("general.parameter_count")) is not None:
        yield "parameters", figures.count(int(parameters))
    for label, field in (("embedding length", "embedding_length"), ("dimensions", "projection_dim")):
        found = [info[key] for kind in ("vision", "audio") if (key := f"{name}.{kind}.{field}") in info]
        if found:
            yield label, f"{found[0]:.15g}"


def _head(text: object) -> Rows:
    """The first lines of a long text, and `...` where there are more."""
    lines = [line.strip() for line in str(text or "").splitlines() if line.strip()]
    return [[line] for line in lines[:HEAD_LINES]] + ([["..."]] if len(lines) > HEAD_LINES else [])


def _value(value: object) -> str:
    """A piece of metadata, as Go writes such a value."""
    if isinstance(value, list):
        return _shortened(value)
    if isinstance(value, dict):
        return "map[string]interface {}"
    return _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    return _number(value) if isinstance(value, int | float) else str(value)


def _number(value: float) -> str:
    """The shortest digits that mean this number; with an exponent from a million on, as Go's `%g` has it."""
    digits = Decimal(repr(float(value))).normalize()
    exponent = digits.adjusted()
    if digits and not -4 <= exponent < LARGE:
        return f"{digits.scaleb(-exponent).normalize():f}e{exponent:+03d}"
    return f"{digits:f}"


def _shortened(values: Sequence[object]) -> str:
    """As many items as fit the column, and how many more there are."""
    shown, used = 0, 1
    for place, item in enumerate(values):
        need = width(_plain(item)) + (2 if place else 0)
        if place and used + need > LIST_WIDTH:
            break
        shown, used = shown + 1, used + need
    text = _written(values[:shown])
    return text if shown == len(values) else f"{text[:-1]} ...+{len(values) - shown} more]"


def _written(values: Sequence[object]) -> str:
    return "[" + " ".join(map(_plain, values)) + "]"
