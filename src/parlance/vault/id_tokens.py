"""ID tokens of other servers: whether one of their public keys has signed them, and what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

_KINDS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    "Ed25519": "OKP",
}
"""The algorithms that are believed, and the kind of key that each needs. None of them has a shared secret: with one, a
public key could be taken for it."""
LEAST_RSA_BITS = 2048
MOST_CHARACTERS = 64 * 1024
"""A token that lists a hundred groups has some 8 KiB."""
MOST_KEYS = 100
"""Keys of one document that are looked at."""


class JoseTokenReader:
    """`TokenReader` by joserfc."""

    def keys_in(self, document: bytes) -> Sequence[Any] | None:
        """The public keys for signatures in a JWKS document; what cannot be read of it is left out."""
        try:
            listed = json.loads(document)["keys"]
            found = [_key(each) for each in listed[:MOST_KEYS]]
        except (ValueError, RecursionError, TypeError, KeyError):
            return None
        return [key for key in found if key is not None] or None

    def claims(self, token: str, keys: Any) -> Mapping[str, Any] | None:
        """The claims of a token that one of the keys has signed."""
        if len(token) > MOST_CHARACTERS:
            return None
        head = _head(token)
        if head is None:
            return None
        fitting = (key for key in keys if _fits(key, head))
        payload = next((read for key in fitting if (read := _payload(token, key, head["alg"])) is not None), b"")
        try:
            claims = json.loads(payload)
        except (ValueError, RecursionError):
            return None
        return claims if isinstance(claims, dict) else None


def _key(found: Any) -> Any | None:
    """One key of a document, if it may check signatures: public, of a kind that is believed, and long enough."""
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry

    if not isinstance(found, dict) or found.get("kty") not in _KINDS.values() or found.get("use", "sig") != "sig":
        return None
    try:
        if found["kty"] == "RSA" and len(found["n"]) * 6 < LEAST_RSA_BITS:  # six bits to a letter
            return None
        return JWKRegistry.import_key(found)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _head(token: str) -> dict[str, Any] | None:
    """What a token says of its signature, where that is an algorithm that is believed."""
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        head = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, RecursionError):
        return None
    return head if isinstance(head.get("alg"), str) and head["alg"] in _KINDS else None


def _fits(key: Any, head: Mapping[str, Any]) -> bool:
    """Whether a key may have made this signature: of the algorithm's kind, and the one that is named, if one is."""
    named, meant = head.get("kid"), key.get("alg")
    if key.key_type != _KINDS[head["alg"]] or meant not in (None, head["alg"]):
        return False
    return named is None or key.kid == named


def _payload(token: str, key: Any, algorithm: str) -> bytes | None:
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        return jws.deserialize_compact(token, key, algorithms=[algorithm]).payload
    except (JoseError, ValueError):
        return None
