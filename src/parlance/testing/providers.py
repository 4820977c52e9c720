"""An OpenID provider for tests: it signs in whom it is told to, as strictly as a real one, or lies as it is told to.

`StandIn` is a provider without a network, which answers as `ProviderCalls`; `MockOidc` of `parlance.testing.upstreams`
serves one over HTTP.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import msgspec

from parlance.ports.federation import Answered
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND, Clock

CLIENT, SECRET = "parlance", "what the provider gave: 100%"
GRACE: Mapping[str, Any] = {
    "sub": "grace-1",
    "name": "Grace Hopper",
    "email": "grace@example.org",
    "email_verified": True,
    "groups": ["people"],
}
"""Somebody as the provider knows them."""
LASTS = 300
"""Seconds that its tokens hold."""


class StandIn:
    """The provider. `issuer` is what it calls itself. What may be changed while it runs: `twist` changes the claims of
    its tokens, `sign` makes tokens of claims, `metadata` changes what it says about itself, `cached` is the
    `Cache-Control` of its documents, `strict` keeps names out of tokens and `down` makes it fail."""

    def __init__(self, issuer: str, clock: Clock, *, secret: str | None = SECRET) -> None:
        self.issuer = issuer
        self.secret = secret
        self.twist: Callable[[dict[str, Any]], dict[str, Any]] = dict
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.metadata: dict[str, Any] = {}
        self.cached = "max-age=3600"
        self.strict = False
        self.down = False
        self.asked: list[str] = []
        """The path of every request, in order."""
        self.refused = 0
        """Requests that came while it was down."""
        self._clock = clock
        self._codes: dict[str, tuple[dict[str, str], Mapping[str, Any]]] = {}
        self._people: dict[str, Mapping[str, Any]] = {}
        self._rotations = 0
        self.rotate()

    # -- what a person does there -------------------------------------------------------------------------------------

    def consent(self, url: str, who: Mapping[str, Any] = GRACE) -> str:
        """Somebody whom a server sent to `url` signs in: the query that their browser goes back with. Raises
        `ValueError` where the provider would not even ask them."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        wanted = {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256"}
        if any(query.get(name) != value for name, value in wanted.items()) or "openid" not in query["scope"].split():
            raise ValueError(f"no provider would take {query}")
        code = f"code-{len(self._codes) + 1}"
        self._codes[code] = query, who
        return urlencode({"code": code, "state": query["state"], "iss": self.issuer})

    def decline(self, url: str) -> str:
        """Somebody does not want to: likewise."""
        [state] = parse_qs(urlsplit(url).query)["state"]
        return urlencode({"error": "access_denied", "state": state})

    # -- what a server asks it (`ProviderCalls`) ----------------------------------------------------------------------

    async def get(self, url: str, token: str | None = None) -> Answered:
        """One of its documents, or what it says about somebody."""
        path = self._heard(url)
        if path == "/userinfo":
            about = self._people.get(token or "")
            return _said({"error": "invalid_token"}, 401) if about is None else _said(about)
        documents = {"/.well-known/openid-configuration": self._about(), "/keys": self._published}
        found = documents.get(path)
        return _said(found or {}, 200 if found is not None else 404, {"cache-control": self.cached})

    async def post(self, url: str, form: Mapping[str, str], basic: tuple[str, str] | None = None) -> Answered:
        """What its token endpoint gives for a code, once."""
        assert self._heard(url) == "/token"
        shown = basic or (form.get("client_id"), form.get("client_secret"))
        if shown != (CLIENT, self.secret):
            return _said({"error": "invalid_client"}, 401)
        query, who = self._codes.pop(form.get("code", ""), ({}, {}))
        if not query or not _proves(form, query):
            return _said({"error": "invalid_grant"}, 400)
        now = self._clock.now() // SECOND
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + LASTS, "nonce": query["nonce"]}
        claims |= {"sub": who["sub"]} if self.strict else who
        access = f"access-{form['code']}"
        self._people[access] = who
        return _said({"access_token": access, "token_type": "Bearer", "id_token": self.sign(self.twist(claims))})

    def _heard(self, url: str) -> str:
        if self.down:
            self.refused += 1
            raise Fault(Kind.upstream, "The sign-in provider cannot be reached.", code="provider_unreachable")
        path = url.removeprefix(self.issuer)
        self.asked.append(path)
        return path

    def _about(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            **self.metadata,
        }

    # -- its keys -----------------------------------------------------------------------------------------------------

    def rotate(self) -> None:
        """Sign with another key from now on, and publish only that one."""
        from joserfc.jwk import ECKey

        self._rotations += 1
        self.key = ECKey.generate_key("P-256", {"kid": f"key-{self._rotations}"})
        self._published: dict[str, Any] = {"keys": [self.key.as_dict(private=False)]}

    def signed(self, claims: Mapping[str, Any], **head: Any) -> str:
        """A token of these claims, with its own key."""
        from joserfc import jws

        head = {"alg": "ES256", "kid": self.key.kid, "typ": "JWT", **head}
        return jws.serialize_compact(head, msgspec.json.encode(claims), self.key)

    def unsigned(self, claims: Mapping[str, Any]) -> str:
        """A token that says it needs no signature."""
        head = msgspec.json.encode({"alg": "none", "kid": self.key.kid})
        return f"{_base64(head)}.{_base64(msgspec.json.encode(claims))}."

    def confused(self, claims: Mapping[str, Any]) -> str:
        """A token signed with the text of the public key as if that were a shared secret."""
        head = _base64(msgspec.json.encode({"alg": "HS256", "kid": self.key.kid}))
        said = f"{head}.{_base64(msgspec.json.encode(claims))}"
        return f"{said}.{_base64(hmac.digest(self.key.as_pem(private=False), said.encode(), 'sha256'))}"

    def foreign(self, claims: Mapping[str, Any]) -> str:
        """A token that names its key and is signed with another."""
        from joserfc import jws
        from joserfc.jwk import ECKey

        head = {"alg": "ES256", "kid": self.key.kid}
        return jws.serialize_compact(head, msgspec.json.encode(claims), ECKey.generate_key("P-256"))


def credentials(header: str) -> tuple[str, str] | None:
    """Name and password of an `Authorization: Basic` header, as a form encodes them."""
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    name, _, password = base64.b64decode(coded).decode().partition(":")
    return unquote(name), unquote(password)


def _proves(form: Mapping[str, str], query: Mapping[str, str]) -> bool:
    """Whether it is the same client that asks for the tokens, for the same address."""
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    same = form.get("redirect_uri") == query["redirect_uri"] and form.get("grant_type") == "authorization_code"
    return same and _base64(digest) == query["code_challenge"]


def _said(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answered:
    return Answered(status, headers or {}, msgspec.json.encode(value))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
