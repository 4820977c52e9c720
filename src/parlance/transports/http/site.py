"""The page at a door: its entry at `/` and at the addresses it gives things, its files, and what they may do.

It is built into a folder (decision 0012) and read from there when it is asked for; nothing of it is kept in memory, as
browsers keep the files themselves. A door that is locked, or has no built page, shows the dialect's own face instead.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path

import msgspec

from parlance.dialects.plain_page import Language, language_of, small_page
from parlance.dialects.table import Answer, Dialect, Do, Headers, Reply, Request, Row
from parlance.values.errors import Fault, Kind

FOLDER = Path(__file__).resolve().parents[2] / "page"
PATHS = (
    *("/c/{chat}", "/bases", "/bases/{base}", "/bases/{base}/search", "/bases/{base}/graph", "/documents/{document}"),
    *("/settings", "/settings/{page}", "/sign-in", "/sign-up", "/welcome"),
)
"""Addresses of the page below its own: the same entry answers them all, and finds out by itself where it is."""
LINKS = ("/parlance/share/{token}",)
"""Those that are a secret of whoever has them: no other site and no search engine is told."""
FILES = ("icon.svg", "icon-maskable.svg", "manifest.webmanifest", "sw.js", "theme.js")
"""Files whose names do not change with their content: whoever has one asks whether it is still so."""
TYPES: Mapping[str, bytes] = {
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".json": b"application/json",
    ".png": b"image/png",
    ".svg": b"image/svg+xml",
    ".ttf": b"font/ttf",
    ".wasm": b"application/wasm",
    ".webmanifest": b"application/manifest+json",
    ".woff": b"font/woff",
    ".woff2": b"font/woff2",
}
"""What may be handed out, and as what; a file of any other kind is not there."""
POLICY = (
    b"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    b"media-src 'self' blob:; connect-src 'self'; worker-src 'self'; frame-src 'self' blob:; object-src 'none'; "
    b"base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
FRAME_POLICY = (
    b"sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src data: blob:; media-src data: blob:; font-src 'self' data:; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'self'"
)
"""Of what is drawn in a frame of its own: it may be written by anybody, so it has no origin, no network, and no way out
but the messages of the page around it."""
PIECE = 64 * 1024
"""Bytes that are read at once: a file is in memory by pieces of this size."""
_COMMON: Headers = (
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(self), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_ENTRY: Headers = (
    (b"content-security-policy", POLICY),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept"),
    *_COMMON,
)
_LINKED: Headers = (
    *(header for header in _ENTRY if header[0] != b"referrer-policy"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
)
_NOT_BUILT: Mapping[Language, tuple[str, str]] = {
    "en": (
        "The page is not built",
        "<p>The server runs and answers programs; what shows chats in a browser is not there yet.</p>\n"
        "<p>Whoever runs it builds it with <code>make setup</code> in the folder of the sources. Then load this "
        "address again.</p>",
    ),
    "zh": (
        "页面尚未构建",
        "<p>服务器正在运行，程序可以使用；但在浏览器中显示对话的页面还不存在。</p>\n"
        "<p>服务器的管理者可在源码文件夹中运行 <code>make setup</code> 来构建，之后请重新打开此地址。</p>",
    ),
}
_FOR_GOOD = b"public, max-age=31536000, immutable"
_ASK_AGAIN = b"no-cache"
_BASE = re.compile(r'<base href="[^"]*" ?/?>')
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*", re.ASCII).fullmatch
_REFUSING = re.compile(r";\s*q=0(\.0*)?\s*$")
_PACKED = ("br", ".br"), ("gzip", ".gz")
"""Encodings in the order in which they are preferred, and the ends of the files that are packed so."""


def sited(dialects: tuple[Dialect, ...], locked: Callable[[], bool], folder: Path = FOLDER) -> tuple[Dialect, ...]:
    """The dialects of a door, with the page before the face of the one that has a face: a row at `/` for browsers."""
    return tuple(_sited(dialect, _Site(folder, locked)) for dialect in dialects)


def _sited(dialect: Dialect, site: _Site) -> Dialect:
    face = next((row for row in dialect.rows if row.browser and row.path == "/" and row.method == "GET"), None)
    if face is None:
        return dialect
    rows = [row for row in dialect.rows if row is not face]
    first = msgspec.structs.replace(face, answer=site.first(face.answer, f"/as/{dialect.name}"))
    return msgspec.structs.replace(dialect, rows=(*rows, first, *site.rows()))


class _Site:
    """The page of one door, in a folder."""

    def __init__(self, folder: Path, locked: Callable[[], bool]) -> None:
        self._folder = folder
        self._locked = locked

    def rows(self) -> tuple[Row, ...]:
        """All but the first: further addresses of the page, and its files."""
        entries = (_row(path, f"page{path}", "The page", self._entry, browser=True) for path in PATHS)
        links = (_row(path, f"page{path}", "The page", self._linked, browser=True) for path in LINKS)
        files = (_row(f"/{name}", f"page/{name}", "A file of the page", self._file("", _ASK_AGAIN)) for name in FILES)
        hashed = _row("/assets/{name}", "page/assets", "A file of the page", self._file("assets", _FOR_GOOD))
        framed = _row("/frames/{name}", "page/frames", "What the page draws apart", self._file("frames", _ASK_AGAIN))
        return (*entries, *links, *files, hashed, framed)

    def first(self, face: Answer, aside: str) -> Answer:
        """What `/` answers: the page where there is one; the face where the door is locked, and below `aside`."""

        async def answer(request: Request, do: Do) -> Reply:
            if request.prefix.endswith(aside) or self._locked() or not (self._folder / "index.html").is_file():
                return await face(request, do)
            return await self._entry(request, do)

        return answer

    async def _entry(self, request: Request, do: Do) -> Reply:
        """The page's one document, told below which path it stands."""
        if self._locked():
            raise _missing()
        try:
            text = (self._folder / "index.html").read_text("utf-8")
        except FileNotFoundError:
            return _not_built(request)
        base = f'<base href="{html.escape(request.prefix, quote=True)}/" />'
        return Reply(_BASE.sub(lambda _: base, text, count=1).encode(), type=TYPES[".html"], headers=_ENTRY)

    async def _linked(self, request: Request, do: Do) -> Reply:
        """The same at an address that is a secret."""
        reply = await self._entry(request, do)
        reply.headers = _LINKED
        return reply

    def _file(self, below: str, cached: bytes) -> Answer:
        """What hands out the files of one folder."""

        async def answer(request: Request, do: Do) -> Reply:
            name = request.params.get("name") or request.path.rpartition("/")[2]
            path = self._folder / below / name
            if self._locked() or not _NAME(name) or path.suffix not in TYPES or not path.is_file():
                raise _missing()
            return _handed(path, request, cached)

        return answer


def _row(path: str, name: str, summary: str, answer: Answer, *, browser: bool = False) -> Row:
    return Row("GET", path, name, answer, (), summary, media="text/html", open=True, browser=browser)


def _missing() -> Fault:
    return Fault(Kind.missing, "There is no such route here.", code="not_found")


def _not_built(request: Request) -> Reply:
    """What a browser is told at an address of a page that is not there."""
    language = language_of(request)
    title, told = _NOT_BUILT[language]
    return small_page(title, f'{told}\n<p class="quiet"><code>page_not_built</code></p>', language, 404)


def _handed(path: Path, request: Request, cached: bytes) -> Reply:
    """A file as it is, or as it is packed; or the word that the browser has it already."""
    encoding, packed = _packed(path, request.headers.get("accept-encoding", ""))
    tag = f'"{path.name if cached == _FOR_GOOD else _digest(path)}{encoding and "-" + encoding}"'.encode()
    headers = [(b"etag", tag), (b"cache-control", cached), (b"vary", b"accept-encoding"), *_own(path, request)]
    if tag.decode() in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Reply(status=304, headers=tuple(headers))
    if encoding:
        headers.append((b"content-encoding", encoding.encode()))
    size, type = packed.stat().st_size, TYPES[path.suffix]
    if size <= PIECE:
        return Reply(packed.read_bytes(), type=type, headers=tuple(headers))
    return Reply(frames=_pieces(packed), length=size, type=type, headers=tuple(headers))


def _packed(path: Path, accepted: str) -> tuple[str, Path]:
    """The best encoding that the browser takes and the build has made, and its file; else none and the file itself."""
    taken = {part.partition(";")[0].strip().lower() for part in accepted.split(",") if not _REFUSING.search(part)}
    for encoding, end in _PACKED:
        if encoding in taken and (packed := path.with_name(path.name + end)).is_file():
            return encoding, packed
    return "", path


def _digest(path: Path) -> str:
    """What tells one content of a small file from another."""
    return hashlib.blake2s(path.read_bytes(), digest_size=12).hexdigest()


def _own(path: Path, request: Request) -> Headers:
    """What goes with a file by what it is for."""
    if path.parent.name == "frames":
        return ((b"content-security-policy", FRAME_POLICY), *_COMMON[:2])
    if path.name == "sw.js":
        return ((b"service-worker-allowed", f"{request.prefix}/".encode()),)
    # A frame of ours has no origin: modules and fonts of the page come to it only with this word. They are no secret.
    return ((b"access-control-allow-origin", b"*"),) if request.headers.get("origin") == "null" else ()


async def _pieces(path: Path) -> AsyncGenerator[bytes, None]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
