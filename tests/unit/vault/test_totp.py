"""Codes of an app: those of RFC 6238, for as long as they count, and never twice."""

from __future__ import annotations

import itertools
from urllib.parse import parse_qs, urlsplit

import pytest

from parlance.vault.totp import RECOVERY_BYTES, SECRET_BYTES, Totp

SEED = b"12345678901234567890"
"""That of RFC 6238, appendix B; its codes of eight digits end in these of six."""
KNOWN = (
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
)


@pytest.fixture
def totp() -> Totp:
    counter = itertools.count(1)
    return Totp(lambda size: next(counter).to_bytes(size, "big"))


@pytest.mark.parametrize(("seconds", "code"), KNOWN)
def test_the_codes_are_those_of_the_standard(totp: Totp, seconds: int, code: str) -> None:
    step = seconds // 30
    assert totp.step(SEED, code, seconds, None) == step
    found = [totp.step(SEED, code, seconds + 30 * apart, None) for apart in (-2, -1, 1, 2)]
    assert found == [None, step, step, None]
    assert totp.step(SEED, code, seconds, step) is None
    assert totp.step(SEED, code, seconds, step - 1) == step


@pytest.mark.parametrize("code", ["", "0", "28708", "2870820", "é87082", "287083"])
def test_what_is_no_code_of_now_is_none(totp: Totp, code: str) -> None:
    assert totp.step(SEED, code, 59, None) is None


def test_a_secret_is_told_to_apps_by_its_name(totp: Totp) -> None:
    secret = totp.secret()
    assert len(secret) == SECRET_BYTES and secret != totp.secret()
    uri = urlsplit(totp.uri(secret, "ada@example.org"))
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Parlance:ada%40example.org")
    assert parse_qs(uri.query) == {"secret": [totp.text(secret)], "issuer": ["Parlance"]}


def test_recovery_codes_are_long_and_easy_to_write_down(totp: Totp) -> None:
    codes = {totp.recovery() for _ in range(20)}
    assert len(codes) == 20 and RECOVERY_BYTES == 10
    assert all([len(part) for part in code.split("-")] == [4, 4, 4, 4] for code in codes)
    assert all(code == code.lower() and code.replace("-", "").isalnum() for code in codes)
