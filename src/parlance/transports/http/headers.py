"""Request headers as text, and what is read out of them."""

from __future__ import annotations

from collections.abc import Mapping


def folded(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; one that came twice is joined by a comma, cookies by a semicolon."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1")
        if key in headers:
            headers[key] += ("; " if key == "cookie" else ", ") + value.decode("latin-1")
        else:
            headers[key] = value.decode("latin-1")
    return headers


def bearer(headers: Mapping[str, str]) -> str | None:
    """The key in `Authorization: Bearer` or `x-api-key`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        return token.strip()
    return headers.get("x-api-key")


def cookie(header: str, name: str) -> str | None:
    """The value of one cookie; of several of that name the first, as browsers send the most specific path first."""
    for pair in header.split(";"):
        key, _, value = pair.partition("=")
        if key.strip() == name:
            return value.strip().strip('"')
    return None
