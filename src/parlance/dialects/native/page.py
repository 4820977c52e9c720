"""The page a browser sees at `/`: one file, nothing from elsewhere, no script."""

from __future__ import annotations

import html

from parlance.core.server.facts import DoorFace, Face, Spoken
from parlance.dialects.native.page_words import WORDS, Words
from parlance.dialects.plain_page import PAGE_HEADERS as PAGE_HEADERS
from parlance.dialects.plain_page import Language, framed

_LEAD = "<h1>Parlance</h1>\n<p>{lead}</p>"
_LOCKED = '<section class="notice" aria-label="{title}">{told}</section>'
_DOOR = '<h2>{title}</h2>\n<dl>\n{spoken}\n</dl>\n<p><a href="{docs}">{try_out}</a></p>'
_SPOKEN = "<dt>{title}</dt>\n<dd><code>{url}</code><br>{about}</dd>"
_WILDCARDS = frozenset({"", "0.0.0.0", "[::]"})


def render(face: Face, host: str, prefix: str, *, secure: bool, language: Language = "en") -> bytes:
    """The page. `host` is what the browser calls us (the `Host` header), `prefix` the sub-path it finds us under.

    A door that nobody can use yet is not described: what the page says of it is how to mend that.
    """
    # `/as/native` is where this dialect is mounted as a whole: the others are not below it.
    base = prefix.removesuffix("/as/native")
    scheme = "https" if secure or face.tls else "http"
    command, words = html.escape(face.command), WORDS[language]
    doors = [_door(door, f"{scheme}://{_address(door, host)}{base}", command, words) for door in face.doors]
    opened = words.opened.format(command=command, page=html.escape(f"{scheme}://{host}{base}/"))
    parts = doors if all(door.locked for door in face.doors) else [opened, *doors, words.watching]
    return framed("\n".join((_LEAD.format(lead=words.lead), *parts)), language)


def _door(door: DoorFace, url: str, command: str, words: Words) -> str:
    title = html.escape(words.interfaces if door.name == "default" else words.door.format(name=door.name))
    if door.locked:
        return _LOCKED.format(title=title, told=words.locked.format(command=command))
    spoken = "\n".join(_spoken(each, url, words) for each in door.dialects)
    return _DOOR.format(title=title, spoken=spoken, docs=html.escape(url + "/docs"), try_out=words.docs)


def _spoken(spoken: Spoken, url: str, words: Words) -> str:
    about = words.abouts.get(spoken.name, spoken.about)
    values = {"title": spoken.title, "about": about, "url": url + spoken.path}
    return _SPOKEN.format(**{name: html.escape(value) for name, value in values.items()})


def _address(door: DoorFace, host: str) -> str:
    """Where the browser finds a door: the default one where it is looking now, another one by its own port."""
    name, _, port = door.address.rpartition(":")
    if door.name == "default" or port == "0":
        return host or door.address
    return f"{_name_of(host) or name}:{port}" if name in _WILDCARDS else door.address


def _name_of(host: str) -> str:
    return host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
