"""Takes secrets out of text: those that are configured, in every spelling, and what looks like one."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

MARK = "[redacted]"
LEAST = 4
"""Characters a configured secret must have: a shorter one stands in every second line by chance, and a log in which
every `a` is replaced helps nobody."""
REACH = 512
"""Characters that a token of unknown length may have behind the place where a text is cut."""
LEAST_ENCODED = 8
"""Characters of Base64 that count as a secret's own: fewer would hit ordinary words."""

_NAMED = (
    r"(?:api[_-]?key|access[_-]?key|secret[_-]?key|client[_-]?secret|private[_-]?key|secret|token|password|passwd|pwd"
    r"|passphrase|credentials?)"
)
_PATTERNS = (
    # A header that carries a credential loses its whole value.
    r"""((?:authorization|cookie|x-api-key|api-key)\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\\r\n][^"'\\\r\n]*""",
    r"""(\bbearer\s+)[^\s"'\\,;]{4,}""",
    r"(\bbasic\s+)(?:[a-z0-9+/]{16,}={0,2}|[a-z0-9+/]{4,}={1,2})",
    rf"""({_NAMED}\\?["']?\s*[:=]\s*")(?:[^"\\\r\n]|\\.)+""",
    rf"""({_NAMED}\\?["']?\s*[:=]\s*\\?["'])[^"'\\\r\n]+""",
    rf"""({_NAMED}\\?["']?\s*[:=]\s*)(?!\[redacted\])[^\s"'\\&,;)}}\]]+""",
    # The scheme is left out on purpose: looking for it would cost quadratic time in a long word.
    r"""(://)[^\s/?#"'<>\\]*@""",
    r"(?<![a-z0-9])(?:sk|pk|rk)-[a-z0-9_-]{6,}",
    r"(?<![a-z0-9_])(?:hf_[a-z0-9]{16,}|gh[opsu]_[a-z0-9]{20,}|github_pat_[a-z0-9_]{20,}|aiza[a-z0-9_-]{30,})",
    r"(?<![a-z0-9_-])eyj[a-z0-9_-]{8,}\.[a-z0-9_-]{4,}(?:\.[a-z0-9_-]*)?",
)


_PREFIXES = ("k-", "hf_", "gh", "aiza", "eyj")
_WORDS = (
    *_PREFIXES,
    *("://", "bearer", "basic", "authorization", "cookie"),
    *("key", "token", "secret", "passw", "pwd", "passphrase", "credential"),
)
"""What a text must contain, in lower case, for a pattern to have a chance; words only where there is a separator."""


is_hex = re.compile(r"[0-9a-f-]{1,64}").fullmatch
"""Whether a text is an id or a number: none of `_WORDS` is of these letters alone."""


class Redactor:
    """Replaces secrets by `[redacted]`. Does not change; built once from the settings, and anew when a secret is added.

    `secrets` are exact values; `hosts` are names of upstream servers, which only `safe_upstream_message` removes. Time
    is linear in the text: one expression for everything, without nested repetition.
    """

    __slots__ = ("_expression", "_needles", "_pattern", "_reach", "_secrets", "_shortest", "digits", "hosts")

    def __init__(self, secrets: Iterable[str] = (), hosts: Iterable[str] = ()) -> None:
        self._secrets = tuple(secrets)
        found = sorted(
            {form for secret in map(credential, self._secrets) for form in forms(secret)},
            key=lambda form: (-len(form), form),
        )
        self._needles = tuple(found)
        self._shortest = min(map(len, found), default=sys.maxsize)
        self._reach = max(REACH, max(map(len, found), default=0))
        self.digits = any(not form.strip("-+.0123456789eE") for form in found)
        """Whether a number may be a secret."""
        # The longest first, so that a secret which contains another one goes as a whole.
        exact = [rf"(?:{'|'.join(map(re.escape, found))})(?:[A-Za-z0-9+/_-]*={{1,2}})?"] if found else []
        self._pattern = "|".join([*exact, *(f"(?i:{pattern})" for pattern in _PATTERNS)])
        self._expression: re.Pattern[str] | None = None
        """Compiled when there is something to suspect: that takes 7 ms, and the start has nothing of the kind."""
        self.hosts = frozenset(host.lower() for host in hosts if host)

    def knowing(self, secrets: Iterable[str]) -> Redactor:
        """One that knows these secrets too."""
        return Redactor((*self._secrets, *secrets), self.hosts)

    def suspects(self, text: str) -> bool:
        """Whether there may be a secret in the text; `False` is certain.

        Every value of every line is asked about. Each test is a search for one rare character or pair, in C; an id
        passes them in half a microsecond, where the expression would need ten.
        """
        if self.spelled_out(text):
            return True
        if is_hex(text):
            return False
        if ":" in text or "=" in text or " " in text or not text.isprintable():
            return any(map(text.lower().__contains__, _WORDS))
        if "-" in text or "_" in text or "." in text or len(text) > 30:
            return any(map(text.lower().__contains__, _PREFIXES))
        return False

    def spelled_out(self, text: str) -> bool:
        """Whether a configured secret stands in the text."""
        if len(text) >= self._shortest:
            for needle in self._needles:
                if needle in text:
                    return True
        return False

    def redact(self, text: str) -> str:
        """The text without secrets."""
        if not self.suspects(text):
            return text
        if self._expression is None:
            self._expression = re.compile(self._pattern)
        return self._expression.sub(_mark, text)

    __call__ = redact

    def head(self, text: str, limit: int) -> str:
        """About the first `limit` characters without secrets, and without half of one that the cut went through."""
        if len(text) <= limit:
            return self.redact(text)
        # Whatever the cut left of a secret lies in the last `_reach` characters, and these go.
        return self.redact(text[: limit + self._reach])[: -self._reach][:limit]

    def redact_value(self, value: Any) -> Any:
        """The same for a tree of dicts, lists and plain values, as it is written into a log or shown as configuration.

        A number is judged by its digits. What is not plain is turned into text first.
        """
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, int | float):
            return MARK if self.digits and self.redact(str(value)) != str(value) else value
        if isinstance(value, dict):
            return {self.redact(str(key)): self._redact_named(str(key), inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.redact_value(inner) for inner in value]
        return self.redact(str(value))

    def _redact_named(self, name: str, value: Any) -> Any:
        """A text whose field's name says that it is a secret goes, whatever it looks like."""
        if isinstance(value, str) and value and SECRET_NAME.search(name):
            return MARK
        return self.redact_value(value)


SECRET_NAME = re.compile(rf"(?i)(?:^|[._-]){_NAMED}$|^(?:proxy-)?authorization$|^(?:set-)?cookie$")


def _mark(match: re.Match[str]) -> str:
    """What stands before a value (`Bearer `, `api_key=`) stays; of user information its `@` too."""
    lead = next((group for group in match.groups() if group), "")
    return f"{lead}{MARK}@" if lead == "://" else lead + MARK


def credential(secret: str) -> str:
    """A secret without the scheme of a header's value: of `Bearer abc` it is `abc` that must not be seen."""
    scheme, _, rest = secret.strip().partition(" ")
    return rest.strip() if rest and scheme.lower() in ("bearer", "basic", "token") else secret


def forms(secret: str) -> Iterator[str]:
    """The spellings in which a secret may turn up: as it is, in a URL, in JSON, and in Base64 at any offset."""
    if len(secret) < LEAST:
        return
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    data = secret.encode("utf-8", "surrogatepass")
    for escaped in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield escaped
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), escaped)
    yield from _base64_forms(data)


def _base64_forms(data: bytes) -> Iterator[str]:
    """The characters that are the secret's alone when it stands behind 0, 1 or 2 other bytes of a triple.

    So `Basic` credentials are found too, where a user's name stands before the password.
    """
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        start = (offset * 8 + 5) // 6
        whole = (offset + len(data)) * 8 // 6
        core = text[start:whole]
        if len(core) >= LEAST_ENCODED:
            yield core
            yield core.replace("+", "-").replace("/", "_")
