"""Tokens of other servers: believed where one of their public keys has signed them, and nowhere else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from parlance.vault.id_tokens import MOST_CHARACTERS, MOST_KEYS, JoseTokenReader

READER = JoseTokenReader()
CLAIMS = {"sub": "grace"}
EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})


def published(*keys: Any, **more: Any) -> bytes:
    """A JWKS document."""
    return json.dumps({"keys": [{**key.as_dict(private=False), **more} for key in keys]}).encode()


def token(key: Any, algorithm: str, payload: bytes = json.dumps(CLAIMS).encode(), **head: Any) -> str:
    return jws.serialize_compact({"alg": algorithm, **head}, payload, key, algorithms=[algorithm])


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        *((RSA, name) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        *((ECKey.generate_key(curve), name) for curve, name in (("P-256", "ES256"), ("P-384", "ES384"))),
        (ECKey.generate_key("P-521"), "ES512"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_public_key_has_signed_is_read(key: Any, algorithm: str) -> None:
    keys = READER.keys_in(published(EC, key))
    assert READER.claims(token(key, algorithm), keys) == CLAIMS
    assert READER.claims(token(key, algorithm)[:-8] + "AAAAAAA_", keys) is None


def test_a_named_key_is_the_only_one_that_counts() -> None:
    """Of several without names each is tried; of those with names the one that is named."""
    other = ECKey.generate_key("P-256", {"kid": "other"})
    keys = READER.keys_in(published(other, EC, RSA))
    assert READER.claims(token(EC, "ES256", kid="ec"), keys) == CLAIMS
    assert READER.claims(token(EC, "ES256"), keys) == CLAIMS
    assert READER.claims(token(EC, "ES256", kid="other"), keys) is None
    assert READER.claims(token(EC, "ES256", kid="none"), keys) is None


def test_a_key_for_one_algorithm_is_used_for_no_other() -> None:
    keys = READER.keys_in(published(RSA, alg="RS512"))
    assert READER.claims(token(RSA, "RS256"), keys) is None
    assert READER.claims(token(RSA, "RS512"), keys) == CLAIMS


def unsigned(**head: Any) -> str:
    said = (json.dumps(part).encode() for part in (head, CLAIMS))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in said) + "."


@pytest.mark.parametrize(
    "forged",
    [
        unsigned(alg="none"),
        unsigned(alg="NONE"),
        unsigned(alg=["ES256"]),
        unsigned(alg={"x": 1}),
        unsigned(),
        unsigned(alg="ES256"),
        token(OctKey.import_key("the public key's text, as long as need be"), "HS256"),
        token(EC, "ES256", payload=b"no json"),
        token(EC, "ES256", payload=b"[1]"),
        token(EC, "ES256", payload=b"[" * 20_000),
        "",
        "a.b",
        "a.b.c.d.e",
        "ey.ey.ey",
        "é.é.é",
        "x" * (MOST_CHARACTERS + 1),
    ],
    ids=lambda value: value[:20],
)
def test_every_other_token_is_none(forged: str) -> None:
    assert READER.claims(forged, READER.keys_in(published(EC, RSA))) is None


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 20_000,
        b'{"keys": 7}',
        b'{"keys": []}',
        b'{"keys": [7, {}, {"kty": ["EC"]}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "RSA", "n": "!!", "e": "AQAB"}]}',
        b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "EC", "crv": "P-256"}]}',
        published(EC, use="enc"),
        published(RSAKey.import_key(RSA.as_dict(private=False)), kty="other"),
    ],
    ids=["nothing", "list", "empty", "deep", "number", "no-keys", "unusable", "half", "not-to-sign", "other-kind"],
)
def test_a_document_without_a_usable_key_is_none(document: bytes) -> None:
    """Shared secrets, keys for something else, and what is no key at all are no keys for signatures."""
    assert READER.keys_in(document) is None


def test_a_short_key_is_not_used_and_a_long_list_not_read_to_its_end() -> None:
    """1,024 bits have been too few for years."""
    with pytest.warns(match="2048"):
        short = RSAKey.generate_key(1024)
    assert READER.keys_in(published(short)) is None
    found = READER.keys_in(published(*[EC] * (MOST_KEYS + 1)))
    assert found is not None and len(found) == MOST_KEYS
