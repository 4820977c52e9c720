"""A form with one file, as it is sent: fields before it, and its bytes as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256


class Form:
    """Fields by their names, and a file behind them. What stands between them is made from `mark`, the file's id: a
    file that holds it by design breaks off its own upload, and no other."""

    def __init__(self, fields: Mapping[str, object], mark: str) -> None:
        boundary = sha256(mark.encode("utf-8", "replace")).hexdigest()
        self.media_type = f"multipart/form-data; boundary={boundary}"
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n'
        self._before = (head + file).encode("utf-8", "replace")
        self._after = f"\r\n--{boundary}--\r\n".encode()

    def size(self, file: int) -> int:
        """Bytes of the form around a file of so many."""
        return len(self._before) + file + len(self._after)

    def around(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The form, piece by piece."""
        yield self._before
        yield from pieces
        yield self._after
