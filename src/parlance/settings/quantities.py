"""Durations and sizes as people write them: `1h30m`, `500ms`, `20MB`."""

from __future__ import annotations

import re

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
BYTES = {"": 1, "b": 1, "k": 2**10, "kb": 2**10, "kib": 2**10, "m": 2**20, "mb": 2**20, "mib": 2**20}
BYTES |= {"g": 2**30, "gb": 2**30, "gib": 2**30}

NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,9})?"
DURATION = re.compile(rf"(?:{NUMBER}(?:ms|s|m|h|d))+")
DURATION_PART = re.compile(rf"({NUMBER})(ms|s|m|h|d)")
SIZE = re.compile(rf"({NUMBER})\s*([A-Za-z]*)")

UNITS = {
    "_seconds": ("seconds", "duration", 1.0),
    "_ms": ("milliseconds", "duration", 0.001),
    "_mb": ("MiB", "size", 2.0**20),
    "_kb": ("KiB", "size", 2.0**10),
}
"""What the end of a setting's name says: its unit, the kind of quantity, and the unit in seconds or bytes."""


def parse_seconds(text: str) -> float | None:
    """Seconds in a duration such as `90s`, `1h30m` or `250ms`; None where it is not one (a bare number is not)."""
    text = text.strip()
    if not DURATION.fullmatch(text):
        return None
    return sum(float(number) * SECONDS[unit] for number, unit in DURATION_PART.findall(text))


def parse_bytes(text: str) -> int | None:
    """Bytes in a size such as `20MB`, `1.5 GiB` or `4096`, always by powers of 1024; None where it is not one."""
    match = SIZE.fullmatch(text.strip())
    if match is None or match[2].lower() not in BYTES:
        return None
    return int(float(match[1]) * BYTES[match[2].lower()])


def in_unit_of(name: str, text: str) -> float | None:
    """The number that `text` is in the unit that a setting's name ends in; None where it is not such a quantity."""
    for suffix, (_, kind, scale) in UNITS.items():
        if name.endswith(suffix):
            amount = parse_seconds(text) if kind == "duration" else parse_bytes(text)
            return None if amount is None else amount / scale
    return None


def unit_of(name: str) -> str | None:
    """The unit that a setting's name ends in, such as `seconds`."""
    return next((unit for suffix, (unit, _, _) in UNITS.items() if name.endswith(suffix)), None)
