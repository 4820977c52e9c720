"""Everything that upstreams were seen to do wrong, each as a few bytes in the wrong place.

Set `upstream.behaviour`, or ask for the model `bad-<behaviour>` (`bad-cut-chunk`), and the healthy answer that the
upstream would have given is played wrongly. That way every behaviour works on every endpoint, streamed or not.
`refused` and `connect-hang` concern the socket itself, so they must be set before the upstream starts.
"""

from __future__ import annotations

import asyncio
import functools
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec

from parlance.testing.upstreams import answers
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.behaviours import (
    BROKEN_PLACE,
    INNER_HOST,
    INNER_KEY,
    INNER_PATH,
    RETRY_AFTER,
    SECRETS,
    Behaviour,
    Scene,
)
from parlance.testing.upstreams.wire import Exchange

SETTLE = 0.02
"""Seconds between the last good byte and the fault, so that the client has read what it is to keep."""

Play = Callable[[Exchange, Answer, Scene], Awaitable[None]]


async def play(behaviour: Behaviour, exchange: Exchange, answer: Answer, scene: Scene) -> None:
    """Answer with this behaviour. Raises `KeyError` for behaviours of the socket: no request arrives there."""
    if behaviour is Behaviour.HEALTHY:
        await answers.send(exchange, answer)
        return
    await asyncio.sleep(answer.pace.before_head)
    await _PLAYS[behaviour](exchange, answer, scene)


async def _half(exchange: Exchange, answer: Answer, *, length: int | None = None) -> None:
    """Send headers and about half of the body: whole frames of a stream, half the bytes of a block."""
    await answers.send_head(exchange, answer, length=length)
    if answer.streamed:
        for frame in answer.frames[: max(1, len(answer.frames) // 2)]:
            await exchange.chunk(frame)
    else:
        await exchange.send(answer.body[: len(answer.body) // 2])
    await asyncio.sleep(SETTLE)


async def _header_hang(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await exchange.until_client_leaves()


async def _first_token_hang(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await answers.send_head(exchange, answer)
    await exchange.until_client_leaves()


async def _silence(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await _half(exchange, answer)
    await exchange.until_client_leaves()


async def _reset_before(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    exchange.reset()


async def _reset_midway(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await _half(exchange, answer)
    exchange.reset()


async def _fin_before(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    exchange.close()


async def _early_fin(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await _half(exchange, answer)
    exchange.close()


async def _short_body(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    """A length even for a stream: some servers know it beforehand."""
    await answers.send_head(exchange, replace(answer, streamed=False), length=len(answer.body) + 64)
    await exchange.send(b"".join(answer.frames))
    await asyncio.sleep(SETTLE)
    exchange.close()


async def _short_length(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    flat = replace(answer, streamed=False)
    await answers.send_head(exchange, flat, length=len(flat.body) * 2 // 3)
    await exchange.send(flat.body)


async def _cut_chunk(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await _half(exchange, replace(answer, streamed=True))
    frame = answer.frames[-1]
    await exchange.send(b"%x\r\n" % (len(frame) + 64) + frame[: len(frame) // 2])
    await asyncio.sleep(SETTLE)
    exchange.close()


async def _html(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    page = f"<!doctype html><html><title>Welcome</title><body>Sign in at https://{INNER_HOST}/</body></html>"
    await exchange.whole(200, "text/html; charset=utf-8", page.encode())


async def _error_in_200(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    message = f"CUDA out of memory on {INNER_HOST} while reading {INNER_PATH}"
    if not answer.streamed:
        await exchange.whole(200, answers.JSON, msgspec.json.encode(scene.error(500, message)))
        return
    await answers.send_head(exchange, answer)
    await exchange.chunk(answer.frames[0])
    await exchange.chunk(scene.error_frame(message))
    await exchange.last_chunk()


async def _unauthorized(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    shown = exchange.call.headers.get("authorization", "").removeprefix("Bearer ")
    body = scene.error(401, f"Incorrect API key provided: {shown}. Find yours at https://{INNER_HOST}/keys.")
    await exchange.whole(401, answers.JSON, msgspec.json.encode(body), [("WWW-Authenticate", "Bearer")])


async def _rate_limited(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    body = scene.error(429, f"Rate limit reached for organization org-inner on {INNER_HOST}.")
    await exchange.whole(429, answers.JSON, msgspec.json.encode(body), [("Retry-After", str(RETRY_AFTER))])


async def _internal_error(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    shown = exchange.call.headers.get("authorization", "")
    host = exchange.call.headers.get("host", "")
    message = (
        f"{SECRETS[3]}:\n  File \"/opt/llm/runner.py\", line 88, in load\n    open('{INNER_PATH}')\n"
        f"ConnectionError: {INNER_KEY} refused by https://{INNER_HOST} (proxied by {host}, {shown})"
    )
    await exchange.whole(500, answers.JSON, msgspec.json.encode(scene.error(500, message)))


async def _redirect(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await exchange.whole(307, "text/plain", b"", [("Location", scene.canary)])


async def _half_line(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    *whole, last = answer.frames[: max(1, len(answer.frames) // 2)]
    cut = replace(answer, frames=(*whole, last[: len(last) // 2]), end=b"")
    await answers.send(exchange, cut)


async def _split_utf8(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    """Cut behind the first byte of every character that has several, with a pause that keeps the writes apart."""
    noted = _noted(answer, "漢")
    await answers.send_head(exchange, noted)
    for frame in (*noted.frames, noted.end):
        start = 0
        for index, byte in enumerate(frame):
            if byte >= 0xC0:
                await answers.send_piece(exchange, noted, frame[start : index + 1])
                await asyncio.sleep(SETTLE / 10)
                start = index + 1
        await answers.send_piece(exchange, noted, frame[start:])
    if noted.streamed:
        await exchange.last_chunk()


async def _bad_utf8(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await answers.send(exchange, _broken(answer, b"\xff\xfe"))


async def _lone_surrogate(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await answers.send(exchange, _broken(answer, rb"\ud800"))


async def _endless_line(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    start = b'data: {"id":"' if answer.content_type == answers.SSE else b'{"id":"'
    endless = replace(answer, streamed=True)
    await answers.send_head(exchange, endless)
    await exchange.chunk(start)
    filling = b"a" * (64 << 10)
    for _ in range(scene.bounds.endless_line // len(filling)):
        await exchange.chunk(filling)
    exchange.close()


async def _gzip_bomb(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    zipped = replace(answer, streamed=True, headers=(("Content-Encoding", "gzip"),))
    await answers.send_head(exchange, zipped)
    member, inflated = _bomb_member()
    for _ in range(scene.bounds.gzip_bomb // inflated):
        await exchange.chunk(member)
    await exchange.last_chunk()


async def _missing_end(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await answers.send(exchange, replace(answer, end=b"") if answer.streamed else answer)


async def _double_end(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await answers.send(exchange, replace(answer, end=answer.end * 2) if answer.streamed else answer)


async def _not_http(exchange: Exchange, answer: Answer, scene: Scene) -> None:
    await exchange.send(b"SSH-2.0-OpenSSH_9.6\r\n")
    exchange.close()


def _noted(answer: Answer, note: str) -> Answer:
    """The answer with a field of its own for the odd text, where the model's words do not carry it already."""
    if not answer.frames or note.encode() in answer.body:
        return answer
    first = answer.frames[0].replace(b"{", b'{"note":"%s",' % note.encode(), 1).replace(b'",}', b'"}')
    return replace(answer, frames=(first, *answer.frames[1:]))


def _broken(answer: Answer, with_bytes: bytes) -> Answer:
    """The answer with these bytes where the broken place is."""
    place = BROKEN_PLACE.encode()
    noted = _noted(answer, BROKEN_PLACE)
    return replace(
        noted,
        frames=tuple(frame.replace(place, with_bytes) for frame in noted.frames),
        end=noted.end.replace(place, with_bytes),
    )


@functools.cache
def _bomb_member() -> tuple[bytes, int]:
    """One gzip member and its inflated size; members in a row are one valid file."""
    size = 16 << 20
    return gzip.compress(b" " * size, compresslevel=9, mtime=0), size


_PLAYS: dict[Behaviour, Play] = {
    Behaviour.HEADER_HANG: _header_hang,
    Behaviour.FIRST_TOKEN_HANG: _first_token_hang,
    Behaviour.SILENCE: _silence,
    Behaviour.RESET_BEFORE: _reset_before,
    Behaviour.RESET_MIDWAY: _reset_midway,
    Behaviour.FIN_BEFORE: _fin_before,
    Behaviour.EARLY_FIN: _early_fin,
    Behaviour.SHORT_BODY: _short_body,
    Behaviour.SHORT_LENGTH: _short_length,
    Behaviour.CUT_CHUNK: _cut_chunk,
    Behaviour.HTML: _html,
    Behaviour.ERROR_IN_200: _error_in_200,
    Behaviour.UNAUTHORIZED: _unauthorized,
    Behaviour.RATE_LIMITED: _rate_limited,
    Behaviour.INTERNAL_ERROR: _internal_error,
    Behaviour.REDIRECT: _redirect,
    Behaviour.HALF_LINE: _half_line,
    Behaviour.SPLIT_UTF8: _split_utf8,
    Behaviour.BAD_UTF8: _bad_utf8,
    Behaviour.LONE_SURROGATE: _lone_surrogate,
    Behaviour.ENDLESS_LINE: _endless_line,
    Behaviour.GZIP_BOMB: _gzip_bomb,
    Behaviour.MISSING_END: _missing_end,
    Behaviour.DOUBLE_END: _double_end,
    Behaviour.NOT_HTTP: _not_http,
}
