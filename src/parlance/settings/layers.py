"""What a layer gives: raw values with the place each was written at."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

LayerName = Literal["default", "config.toml", "file", ".env", "environment", "flag"]

MAX_FILE = 1 << 20
"""A settings file is a page or two; a mebibyte is a mistake, such as a path to something else."""


class SettingsError(Exception):
    """The settings cannot be used. `sentences` say each what is wrong, where, and never a secret's value."""

    exit_code = 78
    """EX_CONFIG of sysexits: service managers tell it from a crash."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Origin(msgspec.Struct, frozen=True):
    """Where a value came from: the layer, and in it the file and line, the variable or the flag."""

    layer: LayerName
    place: str = ""

    def __str__(self) -> str:
        return f"{self.layer}: {self.place}" if self.place else self.layer


DEFAULT = Origin("default")


class Given(msgspec.Struct, frozen=True):
    """One raw value for one setting. `folder` is what a relative path in it is relative to.

    `text` says that it comes from a place that knows only text, such as a variable. `alias` is another
    system's name for the setting. `lines` are those of the keys inside a list, in a file that has lines.
    """

    key: str
    raw: object
    origin: Origin
    folder: Path
    text: bool = False
    alias: str | None = None
    lines: dict[str, Origin] = {}

    def where(self, key: str) -> str:
        """The place of the key, or of the nearest one around it, for the beginning of a sentence."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return (self.lines[key] if key else self.origin).place


class Variable(msgspec.Struct, frozen=True):
    """A variable's value and where it stands."""

    value: str
    origin: Origin


def is_file(path: Path) -> bool:
    """Whether there is a file; what the system does not even look at, such as a name too long, is none."""
    return os.path.isfile(path)


def read_text(path: Path, problems: list[str]) -> str | None:
    """The text of a settings file; None with a sentence where it cannot be read as one."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        problems.append(f"{path} cannot be read: {error.strerror or 'no reason given'}.")
        return None
    if len(data) > MAX_FILE:
        problems.append(f"{path} is larger than 1 MiB, which no settings file is.")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(f"{path} is not UTF-8 text.")
        return None


def read_toml(path: Path, problems: list[str]) -> tuple[dict[str, object], str] | None:
    """A TOML file's table and text; None with a sentence that names the line where it is not TOML."""
    import tomllib

    text = read_text(path, problems)
    if text is None:
        return None
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        # The parser's message can quote a key or a character of the file, never a value.
        problems.append(f"{path} is not valid TOML: {error}.")
    except RecursionError:
        problems.append(f"{path} is nested too deep.")
    return None


def read_env_file(path: Path, problems: list[str], warnings: list[str]) -> dict[str, Variable]:
    """The variables of a `.env` file, taken literally: `${NAME}` is not expanded."""
    if not is_file(path):
        return {}
    text = read_text(path, problems)
    if text is None:
        return {}
    import io

    from dotenv.parser import parse_stream

    found: dict[str, Variable] = {}
    for binding in parse_stream(io.StringIO(text)):
        place = f"{path}:{binding.original.line}"
        if binding.error:
            warnings.append(f"{path}, line {binding.original.line}: not of the form NAME=value; the line is ignored.")
        elif binding.key is not None and binding.value is not None:
            found[binding.key] = Variable(binding.value, Origin(".env", f"{place} {binding.key}"))
    return found


def from_environment(environment: Mapping[str, str]) -> dict[str, Variable]:
    """The process's variables."""
    return {name: Variable(value, Origin("environment", name)) for name, value in environment.items()}
