"""Names that people choose: of themselves and of their sets. Nothing else ever becomes a part of a path."""

from __future__ import annotations

import re

from parlance.core.chatbot.refusals import refused
from parlance.values.chatbot import DEFAULT_SET

_USER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SET = re.compile(r"[A-Za-z0-9 _-]{1,64}")


def is_user_name(name: str) -> bool:
    """Whether somebody may be called so."""
    return _USER.fullmatch(name) is not None


def set_name(given: str | None) -> str:
    """The name of a set, trimmed; the default one where none is given. Raises `Fault(code="set_name_odd")`."""
    name = (given or "").strip() or DEFAULT_SET
    if not is_set_name(name):
        raise refused("set_name_odd")
    return name


def is_set_name(name: str) -> bool:
    """Whether a set may be called so: dots and slashes are in no name, so that none leads anywhere."""
    return name == name.strip() and _SET.fullmatch(name) is not None
