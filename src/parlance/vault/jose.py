"""JSON Web Tokens signed with HS256 and nothing else: a token that names another algorithm is none of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from parlance.vault.aes_gcm import derived

ALGORITHM = "HS256"
MOST_CHARACTERS = 4096
"""A session's token has some 300: a longer one is not worth the reading."""


class JoseSigner:
    """`Signer` by joserfc, with a key made from the server's secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = derived(secret, "parlance tokens")
        self._key: Any = None

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The token."""
        from joserfc import jws

        return jws.serialize_compact(
            {"alg": ALGORITHM, "typ": "JWT"}, json.dumps(claims).encode(), self._loaded(), algorithms=[ALGORITHM]
        )

    def read(self, token: str) -> Mapping[str, Any] | None:
        """Its claims, if the signature is ours and they are an object. The header is believed in nothing."""
        from joserfc import jws
        from joserfc.errors import JoseError

        if len(token) > MOST_CHARACTERS:
            return None
        try:
            found = json.loads(jws.deserialize_compact(token, self._loaded(), algorithms=[ALGORITHM]).payload)
        except (JoseError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    def _loaded(self) -> Any:
        if self._key is None:
            from joserfc.jwk import OctKey

            self._key = OctKey.import_key(self._secret)
        return self._key
