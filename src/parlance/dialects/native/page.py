"""The page a browser sees at `/`: one file, nothing from elsewhere, no script."""

from __future__ import annotations

import base64
import hashlib
import html

from parlance.core.server.facts import DoorFace, Face, Spoken
from parlance.dialects.table import Headers

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { margin: 0; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.15rem; }
dt { margin-top: 0.75rem; font-weight: 600; }
dd { margin: 0; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.notice { border: 2px solid currentColor; border-radius: 0.4rem; padding: 0.25rem 1rem; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def _headers(forms: str, referrer: bytes) -> Headers:
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self'; base-uri 'none'; form-action {forms}; "
        "frame-ancestors 'none'"
    )
    return (
        (b"content-security-policy", policy.encode()),
        (b"referrer-policy", referrer),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept"),
    )


PAGE_HEADERS = _headers("'none'", b"no-referrer")
FORM_HEADERS = _headers("'self'", b"same-origin")
"""Of a page with a form: with no referrer at all a browser would not say where the form comes from either."""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parlance</title><style>{style}</style></head>
<body><main>
<h1>Parlance</h1>
<p>One self-hosted AI chat server that every client already knows how to talk to.</p>
{content}
</main></body></html>
"""
_LOCKED = """<section class="notice" aria-label="{title}"><h2>A key is missing</h2>
<p>This server listens beyond its own machine, but no key exists yet, so it answers nobody.</p>
<p>Make the first account with <code>accounts.sign_up</code>, showing the console token (the file
<code>console-token</code> in the data folder) as the key. It is open at once.</p>
<p>Or run <code>{command} config new-key --user NAME</code> on the server, add what it prints to
<code>parlance.toml</code>, and restart.</p></section>"""
_OPEN = """<p>The server is running. Its page for chatting is at <a href="{page}">{page}</a>; when this is what you see
there, it is not built: <code>make setup</code> in the folder of the sources builds it, or says what keeps it from being
built. Any client can be pointed at one of these addresses; <code>{command} chat</code> talks in a terminal where the
server runs.</p>"""
_WATCHING = """<h2>Watching</h2>
<p><code>/health</code> says whether the server lives, <code>/ready</code> whether it takes work, and
<code>/metrics</code> what it has measured.</p>"""
_DOOR = '<h2>{title}</h2>\n<dl>\n{spoken}\n</dl>\n<p><a href="{docs}">Try them out in this browser</a></p>'
_SPOKEN = "<dt>{title}</dt>\n<dd><code>{url}</code><br>{about}</dd>"
_WILDCARDS = frozenset({"", "0.0.0.0", "[::]"})


def render(face: Face, host: str, prefix: str, *, secure: bool) -> bytes:
    """The page. `host` is what the browser calls us (the `Host` header), `prefix` the sub-path it finds us under.

    A door that nobody can use yet is not described: what the page says of it is how to mend that.
    """
    # `/as/native` is where this dialect is mounted as a whole: the others are not below it.
    base = prefix.removesuffix("/as/native")
    scheme = "https" if secure or face.tls else "http"
    command = html.escape(face.command)
    doors = [_door(door, f"{scheme}://{_address(door, host)}{base}", command) for door in face.doors]
    opened = _OPEN.format(command=command, page=html.escape(f"{scheme}://{host}{base}/"))
    parts = doors if all(door.locked for door in face.doors) else [opened, *doors, _WATCHING]
    return framed("\n".join(parts))


def framed(content: str) -> bytes:
    """A page with this content, which is markup already."""
    return _PAGE.format(style=_STYLE, content=content).encode()


def _door(door: DoorFace, url: str, command: str) -> str:
    title = "Interfaces" if door.name == "default" else f"Door {door.name}"
    if door.locked:
        return _LOCKED.format(title=html.escape(title), command=command)
    spoken = "\n".join(_spoken(each, url) for each in door.dialects)
    return _DOOR.format(title=html.escape(title), spoken=spoken, docs=html.escape(url + "/docs"))


def _spoken(spoken: Spoken, url: str) -> str:
    values = {"title": spoken.title, "about": spoken.about, "url": url + spoken.path}
    return _SPOKEN.format(**{name: html.escape(value) for name, value in values.items()})


def _address(door: DoorFace, host: str) -> str:
    """Where the browser finds a door: the default one where it is looking now, another one by its own port."""
    name, _, port = door.address.rpartition(":")
    if door.name == "default" or port == "0":
        return host or door.address
    return f"{_name_of(host) or name}:{port}" if name in _WILDCARDS else door.address


def _name_of(host: str) -> str:
    return host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
