"""Pages that show each dialect: its OpenAPI document and an interactive page, without anything from other hosts."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from parlance.dialects.table import HTML_TYPE, Answer, Dialect, Do, Headers, Reply, Request, Row
from parlance.transports.http.openapi import document
from parlance.values.errors import Fault, Kind
from parlance.values.json_door import encode

PAGE_POLICY: Headers = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
)
_FILES = {"explorer.js": b"text/javascript; charset=utf-8", "explorer.css": b"text/css; charset=utf-8"}
_INDEX = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parlance: the interfaces</title><link rel="stylesheet" href="docs/explorer.css"></head>
<body><main><h1>The interfaces of this server</h1><ul>
{items}
</ul></main></body></html>
"""
_ITEM = '<li><a href="as/{0}/docs">{1}</a><br>{2}</li>'


def guide(
    dialects: Sequence[Dialect], version: str, base: str = "", is_locked: Callable[[], bool] = lambda: False
) -> Dialect:
    """A dialect of pages about other dialects: `/docs`, and `docs` and `openapi.json` under `/as/<name>/` of each.

    `base` is the sub-path of the door; while `is_locked`, none of it is there. Nothing is made before it is asked for.
    Errors below `/docs` look as they do in the first of the dialects.
    """
    rows = [*_listed("/docs", "guide.index", "List the interfaces", _index(dialects))]
    for dialect in dialects:
        under = f"/as/{dialect.name}"
        page = _file("explorer.html")
        rows.extend(_listed(f"{under}/docs", f"guide.{dialect.name}.page", f"Try out {dialect.title}", page))
        rows.append(
            Row(
                "GET",
                f"{under}/openapi.json",
                f"guide.{dialect.name}.document",
                _document(dialect, version, base + under),
                (),
                f"Describe {dialect.title}",
                open=True,
            )
        )
    rows.extend(_page(f"/docs/{name}", f"guide.{name}", "A part of the pages", _file(name)) for name in _FILES)
    shown = tuple(msgspec.structs.replace(row, answer=_unlocked(row.answer, is_locked)) for row in rows)
    return Dialect("guide", "Guide", shown, dialects[0].fault, ("/docs",))


def _unlocked(shown: Answer, is_locked: Callable[[], bool]) -> Answer:
    async def answer(request: Request, do: Do) -> Reply:
        if is_locked():
            raise Fault(Kind.missing, "There is no such route here.", code="not_found")
        return await shown(request, do)

    return answer


def _listed(path: str, name: str, summary: str, answer: Answer) -> tuple[Row, Row]:
    """A page, and the way to it for whoever types a slash behind: its links are relative."""
    return _page(path, name, summary, answer), _page(f"{path}/", f"{name}.slash", "Lead to the page", _to_the_page)


async def _to_the_page(request: Request, do: Do) -> Reply:
    return Reply(status=308, type=b"", headers=((b"location", b"../docs"),))


def _page(path: str, name: str, summary: str, answer: Answer) -> Row:
    return Row("GET", path, name, answer, (), summary, media="text/html", open=True)


def _index(dialects: Sequence[Dialect]) -> Answer:
    async def answer(request: Request, do: Do) -> Reply:
        items = "\n".join(_ITEM.format(*map(html.escape, (each.name, each.title, each.about))) for each in dialects)
        return Reply(_INDEX.format(items=items).encode(), type=HTML_TYPE, headers=PAGE_POLICY)

    return answer


def _document(dialect: Dialect, version: str, server: str) -> Answer:
    made: list[bytes] = []

    async def answer(request: Request, do: Do) -> Reply:
        if not made:
            made.append(encode(document(dialect, version=version, server=server)))
        return Reply(made[0])

    return answer


def _file(name: str) -> Answer:
    async def answer(request: Request, do: Do) -> Reply:
        content = Path(__file__).with_name(name).read_bytes()
        return Reply(content, type=_FILES.get(name, HTML_TYPE), headers=PAGE_POLICY)

    return answer
