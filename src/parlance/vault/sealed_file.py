"""A file that only a passphrase opens: AES-256-GCM in pieces, the key drawn from the passphrase by scrypt.

Layout: `PLSEAL1` and a newline, 16 bytes of salt, then for each piece 4 bytes of length (big-endian) and the sealed
piece. A piece's nonce is its number; the last piece is marked in what is authenticated beside it, so that a file that
was cut short, or whose pieces were moved, does not open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"PLSEAL1\n"
SALT = 16
PIECE = 1024 * 1024
TAG = 16
COST = 2**15
"""scrypt's N: a tenth of a second and 32 MiB, for whoever tries passphrases too."""


class Sealed(ValueError):
    """The file does not open. The message is a sentence."""


class SealedWriter:
    """Takes bytes and writes them sealed; `close` writes the last piece, and leaves the file open."""

    def __init__(self, file: IO[bytes], passphrase: str, entropy: Callable[[int], bytes]) -> None:
        salt = entropy(SALT)
        self._file = file
        self._cipher = _cipher(passphrase, salt)
        self._waiting = bytearray()
        self._number = 0
        file.write(MAGIC + salt)

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def close(self) -> None:
        """The rest, marked as the last."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number), piece, _beside(last))
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


class SealedReader:
    """Gives the bytes of a sealed file. Raises `Sealed` for a wrong passphrase and for a file that was changed."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        if file.read(len(MAGIC)) != MAGIC:
            raise Sealed("This is not a sealed file.")
        self._pieces = _pieces(file, _cipher(passphrase, file.read(SALT)))
        self._waiting = b""

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end."""
        while size < 0 or len(self._waiting) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._waiting += piece
        found = self._waiting if size < 0 else self._waiting[:size]
        self._waiting = self._waiting[len(found) :]
        return found


def is_sealed(file: IO[bytes]) -> bool:
    """Whether a file begins like a sealed one; it is left at its begin."""
    found = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    return found


def _pieces(file: IO[bytes], cipher: AESGCM) -> Iterator[bytes]:
    number, last = 0, False
    while not last:
        length = int.from_bytes(file.read(4), "big")
        sealed = file.read(length) if 0 < length <= PIECE + TAG else b""
        if len(sealed) != length or not sealed:
            raise Sealed("The file is cut short or damaged.")
        piece = _opened(cipher, number, sealed, last=False)
        if piece is None:
            piece, last = _opened(cipher, number, sealed, last=True), True
        if piece is None:
            raise Sealed("The passphrase is wrong, or the file was changed.")
        yield piece
        number += 1


def _opened(cipher: AESGCM, number: int, sealed: bytes, *, last: bool) -> bytes | None:
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(_nonce(number), sealed, _beside(last))
    except InvalidTag:
        return None


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = hashlib.scrypt(passphrase.encode(), salt=salt, n=COST, r=8, p=1, maxmem=64 * 1024 * 1024, dklen=32)
    return AESGCM(key)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _beside(last: bool) -> bytes:
    return b"last" if last else b"more"
