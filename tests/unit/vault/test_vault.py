"""What keeps secrets: hashes that take their time elsewhere, seals that open for one purpose, one secret per house."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import pytest

from parlance.ports.secrets import Checked, Sealed
from parlance.testing.accounts import CHEAP
from parlance.values.errors import Fault, Kind
from parlance.vault import argon2, foreign_hashes, key_file
from parlance.vault.aes_gcm import AesGcmSealer, derived
from parlance.vault.argon2 import Argon2Passwords
from parlance.vault.jose import JoseSigner

PASSWORD = "blue chair under a cloud"


@pytest.fixture
def passwords() -> Argon2Passwords:
    return Argon2Passwords(**CHEAP)


# -- passwords --------------------------------------------------------------------------------------------------------


async def test_a_hash_is_argon2id_with_the_costs_that_are_promised() -> None:
    passwords = Argon2Passwords()
    hashed = await passwords.hash(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.check(hashed, PASSWORD) == Checked(True)
    assert await passwords.check(hashed, "wrong") == Checked(False)
    assert await passwords.hash(PASSWORD) != hashed
    passwords.close()
    passwords.close()


async def test_a_hash_with_other_costs_is_right_and_outdated(passwords: Argon2Passwords) -> None:
    dearer = Argon2Passwords(time_cost=2, memory_kib=128)
    hashed = await passwords.hash(PASSWORD)
    assert await dearer.check(hashed, PASSWORD) == Checked(True, True)
    assert await dearer.check(hashed, "wrong") == Checked(False)
    for each in (passwords, dearer):
        each.close()


async def test_a_password_is_the_same_however_a_keyboard_composes_it(passwords: Argon2Passwords) -> None:
    """And one that another system hashed as it was typed is right as well."""
    hashed = await passwords.hash("caf\u00e9 ﬁne")
    assert (await passwords.check(hashed, "cafe\u0301 fine")).right
    from argon2 import PasswordHasher

    raw = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("cafe\u0301")
    assert (await passwords.check(raw, "cafe\u0301")).right
    passwords.close()


async def test_nobodys_password_is_never_right(passwords: Argon2Passwords) -> None:
    for password in ("", PASSWORD, "A" * 32):
        assert await passwords.check(None, password) == Checked(False)
    for broken in ("", "$argon2id$", "$argon2id$v=19$m=64,t=1,p=1$AAAA", "plain", "$9$x"):
        assert await passwords.check(broken, PASSWORD) == Checked(False)
    passwords.close()


@pytest.mark.slow
async def test_hashing_never_holds_up_the_event_loop() -> None:
    """While a dear hash is made, the loop turns: it is made in another thread."""
    passwords = Argon2Passwords(time_cost=8, memory_kib=19456)
    turns, hashing = 0, asyncio.ensure_future(passwords.hash(PASSWORD))
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 20
    passwords.close()


async def test_at_most_two_threads_hash_and_a_bounded_number_waits(
    passwords: Argon2Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(argon2, "MOST_WAITING", 3)
    gate, at_work = threading.Event(), []

    def work() -> bool:
        at_work.append(threading.current_thread().name)
        assert gate.wait(20)
        return True

    going = [asyncio.ensure_future(passwords._away(work)) for _ in range(5)]
    while len(at_work) < 2:
        await asyncio.sleep(0.001)
    with pytest.raises(Fault) as busy:
        await passwords.hash(PASSWORD)
    assert (busy.value.kind, busy.value.code) == (Kind.busy, "sign_in_busy") and busy.value.retry_after
    assert len(at_work) == 2 and all(name.startswith("passwords") for name in at_work)
    going[4].cancel()  # whoever leaves is still counted: their work is not over
    await asyncio.sleep(0)
    with pytest.raises(Fault):
        await passwords.hash(PASSWORD)
    gate.set()
    assert await asyncio.gather(*going[:4]) == [True] * 4
    while passwords._going:
        await asyncio.sleep(0.001)
    await passwords.hash(PASSWORD)
    passwords.close()


# -- hashes of other systems ------------------------------------------------------------------------------------------


def tagged(rounds: int = 1000, salt: bytes = b"salty") -> bytes:
    return hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, rounds)


def passlib64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=").replace("+", ".")


FOREIGN = {
    "django": f"pbkdf2_sha256$1000$salty${base64.b64encode(tagged()).decode()}",
    "werkzeug": f"pbkdf2:sha256:1000$salty${tagged().hex()}",
    "werkzeug of old": f"pbkdf2:sha256$salty${tagged(150_000).hex()}",
    "passlib": f"$pbkdf2-sha256$1000${passlib64(b'salty')}${passlib64(tagged())}",
    "bcrypt": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "bcrypt of php": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FOREIGN)
async def test_imported_hashes_are_verified_and_always_outdated(passwords: Argon2Passwords, kind: str) -> None:
    assert await passwords.check(FOREIGN[kind], PASSWORD) == Checked(True, True)
    for wrong in ("", "wrong", PASSWORD + " ", PASSWORD.upper()):
        assert await passwords.check(FOREIGN[kind], wrong) == Checked(False)
    passwords.close()


@pytest.mark.parametrize(
    "broken",
    [
        "pbkdf2_sha256$1000$salty",
        "pbkdf2_sha256$x$salty$AAAA",
        "pbkdf2_sha256$1000$salty$not base64",
        "pbkdf2_sha256$0$salty$AAAA",
        "pbkdf2_sha256$1000$salty$",
        f"pbkdf2_sha256${foreign_hashes.MOST_ROUNDS + 1}$salty$AAAA",
        "pbkdf2:sha256:1000$salty$zz",
        "pbkdf2:sha256:1000",
        "$pbkdf2-sha256$1000$a$b$c",
        "$2b$04$short",
        "$2b$31$" + "a" * 53,
        "$2q$04$" + "a" * 53,
        "sha1$abc$def",
    ],
)
def test_a_hash_that_cannot_be_read_or_costs_too_much_is_never_right(broken: str) -> None:
    assert foreign_hashes.verify(broken, PASSWORD) is False


def test_bcrypt_looks_at_72_bytes_as_it_always_did() -> None:
    hashed = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert foreign_hashes.verify(hashed, "x" * 100)
    assert not foreign_hashes.verify(hashed, "x" * 71)


def test_an_installation_without_bcrypt_says_what_is_missing() -> None:
    """It is an extra: nothing else may need it, and it is imported only when such a hash is met."""
    script = (
        "import sys; sys.modules['bcrypt'] = None\n"
        "from parlance.vault.foreign_hashes import verify\n"
        "from parlance.values.errors import Fault\n"
        "try: verify(sys.argv[1], 'x')\n"
        "except Fault as fault: print(fault.kind.value, fault.code)\n"
    )
    call = [sys.executable, "-c", script, FOREIGN["bcrypt"]]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["unsupported", "bcrypt_missing"]


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    """A server that only answers `/health` has neither Argon2 nor cryptography in memory."""
    script = (
        "import sys, os\n"
        "from parlance.vault.aes_gcm import AesGcmSealer\n"
        "from parlance.vault.argon2 import Argon2Passwords\n"
        "from parlance.vault.jose import JoseSigner\n"
        "AesGcmSealer([b'x' * 32], os.urandom), Argon2Passwords(), JoseSigner(b'x' * 32)\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert not {"argon2", "cryptography", "joserfc", "bcrypt"} & {name.split(".")[0] for name in done.stdout.split()}


# -- seals and tokens -------------------------------------------------------------------------------------------------


def test_a_seal_opens_with_its_key_and_for_its_purpose_only() -> None:
    sealer = AesGcmSealer([b"first secret"], os.urandom)
    sealed = sealer.seal(b"\x00 secret \xff", "totp/default/ada")
    assert sealer.open(sealed, "totp/default/ada") == b"\x00 secret \xff"
    assert b"secret" not in sealed.content and sealed.codec == "aes256gcm"
    assert sealer.seal(b"x", "a").content != sealer.seal(b"x", "a").content
    other = AesGcmSealer([b"second secret"], os.urandom)
    flipped = bytes([sealed.content[0] ^ 1, *sealed.content[1:]])
    cases = [
        (other, sealed, "totp/default/ada"),
        (sealer, sealed, "totp/default/bob"),
        (sealer, Sealed(sealed.codec, sealed.key_id, flipped), "totp/default/ada"),
        (sealer, Sealed(sealed.codec, sealed.key_id, sealed.content[:-1]), "totp/default/ada"),
        (sealer, Sealed(sealed.codec, sealed.key_id, b""), "totp/default/ada"),
        (sealer, Sealed("plain", sealed.key_id, sealed.content), "totp/default/ada"),
    ]
    for opener, each, about in cases:
        with pytest.raises(Fault) as closed:
            opener.open(each, about)
        assert (closed.value.kind, closed.value.code) == (Kind.internal, "cannot_unseal")
        assert "first secret" not in closed.value.sentence()


def test_a_new_secret_seals_and_the_old_one_still_opens() -> None:
    before = AesGcmSealer([b"old secret"], os.urandom)
    sealed = before.seal(b"kept", "x")
    after = AesGcmSealer([b"new secret", b"old secret"], os.urandom)
    assert after.open(sealed, "x") == b"kept"
    assert after.knows(before.key_id) and not before.knows(after.key_id)
    assert after.seal(b"kept", "x").key_id == after.key_id != before.key_id


def test_no_two_purposes_share_a_key() -> None:
    keys = {derived(secret, purpose) for secret in (b"a", b"b") for purpose in ("a", "b", "")}
    assert len(keys) == 6 and all(len(key) == 32 for key in keys)


def test_a_signed_token_is_read_by_the_same_secret_only() -> None:
    signer = JoseSigner(b"a secret")
    token = signer.sign({"sub": "ada", "n": 1})
    assert signer.read(token) == {"sub": "ada", "n": 1}
    assert JoseSigner(b"another secret").read(token) is None
    assert JoseSigner(derived(b"a secret", "parlance tokens")).read(token) is None


# -- the secret of the house ------------------------------------------------------------------------------------------


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = key_file.kept(folder, os.urandom)
    assert key_file.kept(folder, os.urandom) == first and len(first) == 64
    path = folder / key_file.NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in folder.iterdir()] == [key_file.NAME]


def test_of_many_who_make_it_at_once_all_have_the_same(tmp_path: Path) -> None:
    """P20: the secret is created once, by whichever process comes first; nobody reads half of it."""
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: key_file.kept(tmp_path / "data", os.urandom), range(64)))
    assert len(found) == 1
    assert [each.name for each in (tmp_path / "data").iterdir()] == [key_file.NAME]


def test_the_one_who_comes_second_takes_the_secret_of_the_first(tmp_path: Path) -> None:
    theirs = "0123456789abcdeffedcba9876543210"

    def meanwhile(size: int) -> bytes:
        (tmp_path / key_file.NAME).write_text(theirs)
        return os.urandom(size)

    assert key_file.kept(tmp_path, meanwhile) == theirs.encode()
    assert [each.name for each in tmp_path.iterdir()] == [key_file.NAME]


@pytest.mark.parametrize("known", sorted(key_file.KNOWN))
def test_a_secret_that_everybody_knows_is_refused(known: str) -> None:
    for text in (known, known.upper(), f" {known}\n"):
        with pytest.raises(key_file.WeakSecret) as weak:
            key_file.judged(text, "accounts.secret_key")
        assert known not in str(weak.value).replace("accounts.secret_key", "").lower() or len(known) < 8


@pytest.mark.parametrize("text", ["", "short", "a" * 64, "abab" * 16, "django-insecure-0123456789abcdef"])
def test_a_secret_that_can_be_found_by_trying_is_refused(text: str) -> None:
    with pytest.raises(key_file.WeakSecret, match="long random one"):
        key_file.judged(text, "The file")


def test_a_long_random_secret_is_taken() -> None:
    assert key_file.judged(" 8f2d61c0b7aa4e53\n", "The file") == b"8f2d61c0b7aa4e53"


def test_a_known_secret_in_the_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / key_file.NAME).write_text("t0p-s3cr3t\n")
    with pytest.raises(key_file.WeakSecret, match=r"secret\.key"):
        key_file.kept(tmp_path, os.urandom)
