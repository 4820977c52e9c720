"""The page at a door: where it is found, what a browser may do there, and how its files are handed out and kept."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from parlance.dialects.table import Do, Reply, Request
from parlance.testing.gateways import served
from parlance.transports.http.door import Door
from parlance.transports.http.site import FILES, FRAME_POLICY, LINKS, PATHS, PIECE, POLICY, sited
from tests.unit.transports.small import Raw, dialect, row

ROOT = Path(__file__).parents[3]
INDEX = '<!doctype html><head><base href="/" /><script src="./theme.js"></script></head>'
SCRIPT = b"export const a = 1;\n" * 200
LARGE = b"0123456789abcdef" * (PIECE // 4)


async def face(request: Request, do: Do) -> Reply:
    return Reply(b"the face", type=b"text/html")


async def words(request: Request, do: Do) -> Reply:
    return Reply(b"Somebody is running", type=b"text/plain")


def built(folder: Path) -> Path:
    """A page as the build leaves it."""
    for name, content in {
        "index.html": INDEX.encode(),
        ".built-from": b"digest",
        "theme.js": b"1",
        "sw.js": b"2",
        "icon.svg": b"<svg/>",
        "assets/app-Ab_1.js": SCRIPT,
        "assets/app-Ab_1.js.br": b"packed better",
        "assets/app-Ab_1.js.gz": gzip.compress(SCRIPT, mtime=0),
        "assets/large-1.js": LARGE,
        "assets/notes.txt": b"no type",
        "frames/draw.html": b"<p>",
        "secret.js": b"not of the page",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@contextlib.asynccontextmanager
async def client(folder: Path, *, base: str = "", locked: bool = False) -> AsyncIterator[Raw]:
    """A client of a door with the page before a dialect's face, and another dialect beside it."""
    talk = dialect(row("GET", "/", face, name="face", browser=True, open=True), name="talk")
    other = dialect(row("GET", "/", words, name="words", open=True), name="other")
    spoken = sited((talk, other), lambda: locked, folder)
    async with served(Door("d", "127.0.0.1", spoken, base_path=base)) as here:
        yield await Raw.to(here.port)


async def test_a_browser_gets_the_page_at_each_of_its_addresses_and_a_program_does_not(tmp_path: Path) -> None:
    """The one document that finds out by itself where it is; `/` goes on saying what programs expect there."""
    async with client(built(tmp_path)) as raw:
        for path in ("/", *(path.replace("{", "x").replace("}", "") for path in (*PATHS, *LINKS))):
            status, headers, body = await raw.ask(f"GET {path}", accept="text/html,*/*")
            assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8"), path
            assert b'<base href="/" />' in body and b"theme.js" in body
        assert (await raw.ask("GET /", accept="*/*"))[2] == b"Somebody is running"
        assert (await raw.ask("GET /c/x", accept="application/json"))[0] == 404
        assert (await raw.ask("GET /anything", accept="text/html"))[0] == 404
        assert (await raw.ask("POST /c/x", accept="text/html"))[0] == 405


async def test_the_page_of_a_link_tells_nobody_of_its_address(tmp_path: Path) -> None:
    """Whoever has the address may read what is shared: no search engine, and no site that it links to."""
    async with client(built(tmp_path)) as raw:
        _, headers, _ = await raw.ask("GET /parlance/share/sh_secret", accept="text/html")
    assert (headers["referrer-policy"], headers["x-robots-tag"]) == ("no-referrer", "noindex")
    assert headers["content-security-policy"] == POLICY.decode() and headers["cache-control"] == "no-store"


async def test_the_document_is_never_kept_and_may_do_little(tmp_path: Path) -> None:
    """Scripts, styles and connections of this origin alone, and nobody frames it."""
    async with client(built(tmp_path)) as raw:
        _, headers, _ = await raw.ask("GET /", accept="text/html")
    assert headers["content-security-policy"] == POLICY.decode() and "unsafe" not in POLICY.decode()
    assert {"script-src 'self'", "object-src 'none'", "frame-ancestors 'none'"} <= set(POLICY.decode().split("; "))
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert headers["referrer-policy"] == "same-origin" and "camera=()" in headers["permissions-policy"]


async def test_the_document_knows_the_path_it_stands_below(tmp_path: Path) -> None:
    """With and without the slash behind it."""
    async with client(built(tmp_path), base="/ai") as raw:
        for path in ("/ai", "/ai/", "/ai/c/x"):
            assert b'<base href="/ai/" />' in (await raw.ask(f"GET {path}", accept="text/html"))[2]
        assert (await raw.ask("GET /ai/assets/app-Ab_1.js"))[2] == SCRIPT
        assert (await raw.ask("GET /ai/sw.js"))[1]["service-worker-allowed"] == "/ai/"


async def test_a_locked_door_and_one_without_a_page_show_the_face(tmp_path: Path) -> None:
    """It says what to do; so does the dialect's own mount, where the page is not."""
    async with client(built(tmp_path), locked=True) as raw:
        assert (await raw.ask("GET /", accept="text/html"))[2] == b"the face"
        for path in ("/c/x", "/theme.js", "/assets/app-Ab_1.js"):
            assert (await raw.ask(f"GET {path}", accept="text/html"))[0] == 404
    async with client(tmp_path / "none") as raw:
        assert (await raw.ask("GET /", accept="text/html"))[2] == b"the face"
        status, _, body = await raw.ask("GET /c/x", accept="text/html")
        assert (status, b"page_not_built" in body, b"make setup" in body) == (404, True, True)
        asked: Any = {"accept": "text/html", "accept-language": "zh"}
        status, headers, body = await raw.ask("GET /parlance/share/sh_x", **asked)
        assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8") and "尚未构建" in body.decode()
    async with client(built(tmp_path)) as raw:
        assert (await raw.ask("GET /as/talk/", accept="text/html"))[2] == b"the face"


async def test_a_file_whose_name_changes_with_its_content_is_kept_for_good(tmp_path: Path) -> None:
    """By its type, packed as the browser likes best, and told only by its head where that is all it wants."""
    async with client(built(tmp_path)) as raw:
        status, headers, body = await raw.ask("GET /assets/app-Ab_1.js")
        assert (status, body, headers["content-type"]) == (200, SCRIPT, "text/javascript; charset=utf-8")
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "content-encoding" not in headers and headers["vary"] == "accept-encoding"
        for asked, encoding, content in (
            ("gzip, deflate, br", "br", b"packed better"),
            ("gzip;q=0.5, br;q=0", "gzip", gzip.compress(SCRIPT, mtime=0)),
        ):
            _, headers, body = await raw.ask("GET /assets/app-Ab_1.js", accept_encoding=asked)
            assert (headers["content-encoding"], body) == (encoding, content)
            again = await raw.ask(
                "GET /assets/app-Ab_1.js", accept_encoding=asked, if_none_match=f'W/{headers["etag"]}, "x"'
            )
            assert (again[0], again[2], again[1]["etag"]) == (304, b"", headers["etag"])
        status, headers, body = await raw.ask("HEAD /assets/app-Ab_1.js")
        assert (status, headers["content-length"], body) == (200, str(len(SCRIPT)), b"")


async def test_a_large_file_comes_whole_though_it_is_read_by_pieces(tmp_path: Path) -> None:
    """With its length, and for HEAD with that alone."""
    async with client(built(tmp_path)) as raw:
        status, headers, body = await raw.ask("GET /assets/large-1.js")
        assert (status, headers["content-length"], body == LARGE) == (200, str(len(LARGE)), True)
        status, headers, body = await raw.ask("HEAD /assets/large-1.js")
        assert (status, headers["content-length"], body) == (200, str(len(LARGE)), b"")


async def test_a_file_whose_name_stays_is_asked_for_again(tmp_path: Path) -> None:
    """Another content has another tag."""
    async with client(built(tmp_path)) as raw:
        _, headers, _ = await raw.ask("GET /theme.js")
        assert headers["cache-control"] == "no-cache"
        assert (await raw.ask("GET /theme.js", if_none_match=headers["etag"]))[0] == 304
        (tmp_path / "theme.js").write_text("another")
        assert (await raw.ask("GET /theme.js", if_none_match=headers["etag"]))[0] == 200


async def test_what_is_drawn_apart_has_a_policy_of_its_own(tmp_path: Path) -> None:
    """No origin and no network; the page's own scripts come to it although it has no origin."""
    async with client(built(tmp_path)) as raw:
        status, headers, _ = await raw.ask("GET /frames/draw.html", accept="text/html")
        assert (status, headers["content-security-policy"]) == (200, FRAME_POLICY.decode())
        assert "connect-src" not in FRAME_POLICY.decode() and FRAME_POLICY.startswith(b"sandbox allow-scripts;")
        _, headers, _ = await raw.ask("GET /assets/app-Ab_1.js", origin="null")
        assert headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-origin" not in (await raw.ask("GET /assets/app-Ab_1.js"))[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/assets/" + quote("../index.html", safe=""),
        "/assets/%2e%2e/index.html",
        "/assets/..%5cindex.html",
        "/assets/a%00.js",
        "/assets/.hidden",
        "/assets/notes.txt",
        "/assets/app-Ab_1.js.br",
        "/assets/nothing.js",
        "/assets/",
        "/frames/../theme.js",
        "/.built-from",
        "/secret.js",
        "/index.html",
        "/icon-maskable.svg",
    ],
)
async def test_nothing_else_is_handed_out(tmp_path: Path, path: str) -> None:
    """Neither what lies beside the page, nor what it does not name, nor what has no type."""
    async with client(built(tmp_path)) as raw:
        assert (await raw.ask(f"GET {path}", accept="text/html"))[0] in (400, 404)


def test_every_file_of_the_sources_has_its_place() -> None:
    """What `web/public` holds is either named here or lies in the folder for frames."""
    public = ROOT / "web" / "public"
    named = {path.relative_to(public).parts[0] for path in public.rglob("*") if path.is_file()}
    assert named <= {*FILES, "frames"}
