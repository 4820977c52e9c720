"""Tokens that somebody might make who knows how ours look: 180 and more that are nearly right."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from parlance.vault.jose import JoseSigner


def segment(value: Any) -> str:
    """A part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(secret: bytes, now: int, token: str, user: str, tenant: str, session: str, other: str) -> dict[str, str]:
    """Tokens that are nearly right, by what is wrong with them. `secret` is the server's, `now` in seconds, `token`
    a right one, `session` its session; `other` is another tenant."""
    right = {
        "iss": "parlance",
        "use": "session",
        "tid": tenant,
        "sub": user,
        "sid": session,
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
    }
    ours, theirs = JoseSigner(secret), JoseSigner(b"the secret of somebody else")
    head, body, mark = token.split(".")
    made: dict[str, str] = {"another key": theirs.sign(right)}

    def claims(name: str, **changes: Any) -> None:
        changed = {key: value for key, value in {**right, **changes}.items() if value is not ...}
        made[f"claims: {name}"] = ours.sign(changed)

    for use in ("refresh", "reset", "", "SESSION", "session ", "one_time", None, 1, ["session"]):
        claims(f"use {use!r}", use=use)
    for name in ("iss", "use", "tid", "sub", "sid", "iat", "exp"):
        claims(f"no {name}", **{name: ...})
        claims(f"{name} null", **{name: None})
        claims(f"{name} a list", **{name: [right[name]]})
        claims(f"{name} an object", **{name: {"a": right[name]}})
    for name in ("iss", "tid", "sub", "sid"):
        claims(f"{name} a number", **{name: 1})
        claims(f"{name} empty", **{name: ""})
        claims(f"{name} with a space", **{name: f"{right[name]} "})
        claims(f"{name} in capitals", **{name: str(right[name]).upper()})
        claims(f"{name} cut", **{name: str(right[name])[:-1]})
        claims(f"{name} with a wildcard", **{name: "%"})
    claims("another tenant", tid=other)
    claims("another user", sub="bob")
    claims("another session", sid="01932c07-209c-7a4e-9b6d-5f0e8c1d2a3b")
    for seconds in (-120, -31, -3600, -(10**6)):
        claims(f"over for {-seconds} s", exp=now + seconds)
    for seconds in (31, 120, 3600):
        claims(f"not before {seconds} s", nbf=now + seconds)
        claims(f"made in {seconds} s", iat=now + seconds)
    for name in ("exp", "iat", "nbf"):
        for value in ("soon", str(right[name]), 1e30, True, now + 0.5, 10**30, float("inf"), float("nan")):
            if (name, value) != ("exp", 10**30):  # the session's own end comes first
                claims(f"{name} {value!r}", **{name: value})
    for alg in ("none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", None, 1):
        unsigned = f"{segment({'alg': alg, 'typ': 'JWT'})}.{segment(right)}"
        made[f"alg {alg!r} unsigned"] = f"{unsigned}."
        made[f"alg {alg!r} with our mark"] = f"{unsigned}.{mark}"
        keyed = hmac.digest(secret, unsigned.encode(), hashlib.sha256)
        made[f"alg {alg!r} signed with the bare secret"] = f"{unsigned}.{segment(keyed)}"
    headers: tuple[Any, ...] = (
        {"alg": "HS256", "crit": ["exp"]},
        {"alg": "HS256", "b64": False, "crit": ["b64"]},
        {"typ": "JWT"},
        {},
        [],
        "HS256",
        None,
    )
    for header in headers:
        made[f"header {header!r}"] = f"{segment(header)}.{body}.{mark}"
    for payload in ([], "text", None, 1, [right], b"not json", b"\xff", b"{" * 5000, b""):
        made[f"payload {payload!r:.20}"] = f"{head}.{segment(payload)}.{mark}"
    for name, text in (
        ("no mark", f"{head}.{body}."),
        ("no mark and no dot", f"{head}.{body}"),
        ("no body", f"{head}..{mark}"),
        ("no head", f".{body}.{mark}"),
        ("cut by one", token[:-1]),
        ("cut in half", token[: len(token) // 2]),
        ("one more character", token + "A"),
        ("one more part", token + ".x"),
        ("a space before", " " + token),
        ("a line feed behind", token + "\n"),
        ("in capitals", token.upper()),
        ("turned around", token[::-1]),
        ("twice", token + token),
        ("padded", f"{head}=.{body}=.{mark}="),
        ("far too long", f"{head}.{'A' * 100_000}.{mark}"),
        ("another alphabet", token.replace("e", "\u0435")),
        ("a surrogate", token[:-1] + "\ud800"),
        ("the session's id", session),
        ("the user's id", user),
        ("empty parts", ".."),
        ("encrypted in form", "ey.a.b.c.d"),
    ):
        made[name] = text
    for at in range(0, len(body), max(1, len(body) // 12)):
        swapped = "A" if body[at] != "A" else "B"
        made[f"body changed at {at}"] = f"{head}.{body[:at]}{swapped}{body[at + 1 :]}.{mark}"
    for at in range(0, len(mark) - 1, 4):
        swapped = "A" if mark[at] != "A" else "B"
        made[f"mark changed at {at}"] = f"{head}.{body}.{mark[:at]}{swapped}{mark[at + 1 :]}"
    return made
