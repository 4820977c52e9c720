"""Where the data folder is when nobody says: each system has its own place for a program's data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

NAME = "parlance"


def data_folder(env: Mapping[str, str], platform: str) -> Path | None:
    """The default data folder; None where the environment does not tell whose home it is.

    `platform` is `sys.platform`. Windows: `%LOCALAPPDATA%`; macOS: `~/Library/Application Support`; elsewhere
    `$XDG_DATA_HOME`, which must be absolute to count (XDG Base Directory 0.8), or `~/.local/share`.
    """
    if platform == "win32":
        local = env.get("LOCALAPPDATA") or _under(env.get("USERPROFILE"), "AppData", "Local")
        return Path(local) / NAME if local else None
    if platform == "darwin":
        library = _under(env.get("HOME"), "Library", "Application Support")
        return Path(library) / NAME if library else None
    chosen = env.get("XDG_DATA_HOME", "")
    home = chosen if chosen.startswith("/") else _under(env.get("HOME"), ".local", "share")
    return Path(home) / NAME if home else None


def expanded(text: str, folder: Path, env: Mapping[str, str]) -> Path:
    """An absolute path: `~` is the home that the environment names, a relative path starts at `folder`."""
    home = env.get("HOME") or env.get("USERPROFILE")
    if home and (text == "~" or text.startswith(("~/", "~\\"))):
        return Path(home) / text[2:]
    return folder / text


def _under(home: str | None, *parts: str) -> str | None:
    return str(Path(home, *parts)) if home else None
