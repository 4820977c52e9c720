"""The chatbot app's keys, tokens and password hashes: as that app makes them, and readable by it."""

from __future__ import annotations

import base64
import hashlib

import bcrypt
import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from parlance.values.errors import Fault
from parlance.vault.bcrypt_passwords import BcryptPasswords
from parlance.vault.fernet import INLINE_BYTES, FernetCipher


async def test_the_key_is_that_of_the_app() -> None:
    """PBKDF2-HMAC-SHA256, 100,000 rounds, standard base64 of 32 bytes as the Fernet key: what either side seals opens
    at the other."""
    salt, cipher = bytes(range(16)), FernetCipher()
    raw = hashlib.pbkdf2_hmac("sha256", "pässword".encode(), salt, 100_000, 32)
    theirs = Fernet(base64.b64encode(raw))
    key = await cipher.key("pässword", salt)
    assert key == raw
    assert theirs.decrypt(await cipher.seal(key, b"mine")) == b"mine"
    assert await cipher.open(key, theirs.encrypt(b"theirs")) == b"theirs"


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=64), st.integers(0, 255), st.binary(min_size=32, max_size=32))
async def test_a_wrong_key_or_a_changed_byte_never_gives_plaintext(text: bytes, flip: int, other: bytes) -> None:
    """Whatever is asked of a token that is not its own, the answer is a fault."""
    cipher, key = FernetCipher(), b"k" * 32
    token = await cipher.seal(key, text)
    changed = bytearray(token)
    changed[flip % len(token)] ^= 1 + flip % 7
    for wrong, given_token in ((other, token), (key, token[:-4]), (key, text), (key, bytes(changed))):
        if wrong == key and base64.urlsafe_b64decode(token) == _decoded(given_token):
            continue
        if wrong == b"k" * 32 and given_token is token:
            continue
        with pytest.raises(Fault) as refused:
            await cipher.open(wrong, given_token)
        assert refused.value.code == "cannot_unseal"


def _decoded(token: bytes) -> bytes | None:
    """What a token says; of two spellings of the same bytes both are right."""
    try:
        return base64.urlsafe_b64decode(token)
    except ValueError:
        return None


async def test_a_long_text_is_sealed_beside_the_loop() -> None:
    """And comes back whole."""
    cipher, text = FernetCipher(), b"x" * (INLINE_BYTES * 4)
    key = await cipher.key("p", b"salt")
    assert await cipher.open(key, await cipher.seal(key, text)) == text


@pytest.mark.slow
async def test_hashes_are_bcrypt_of_the_first_72_bytes() -> None:
    """What the app's own check says of them is what ours says; nobody's password is never right."""
    passwords = BcryptPasswords(cost=4)
    long = "ä" * 40
    hashed = await passwords.hash(long)
    assert hashed.startswith("$2b$04$") and bcrypt.checkpw(long.encode()[:72], hashed.encode())
    assert (await passwords.check(hashed, long)).right
    assert (await passwords.check(hashed, "ä" * 36)).right, "bcrypt never looked further"
    assert not (await passwords.check(hashed, "ä" * 35)).right
    assert not (await passwords.check(None, "x")).right
    assert not (await passwords.check("no hash", "x")).right
    passwords.close()
