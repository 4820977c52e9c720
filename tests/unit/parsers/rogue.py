"""A parser that misbehaves in the way that its file names."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

from parlance.ports.parsing import ParseHints, Progress
from parlance.values.knowledge import Parsed


class Rogue:
    """Reads files that end in `.rogue`."""

    media_types = frozenset({"application/x-rogue"})
    suffixes = frozenset({".rogue"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """Do the deed."""
        held: list[bytearray] = []
        match content.read_bytes()[3:].decode():
            case "crash":
                os.abort()
            case "raise":
                raise ZeroDivisionError("with the document's secret in it")
            case "recurse":
                return self.parse(content, hints=hints, progress=progress)
            case "loop":
                while True:
                    pass
            case "crawl":
                for page in range(10_000):
                    time.sleep(0.1)
                    progress(page, 10_000)
            case "swell":
                while True:
                    held.append(bytearray(b"\x01" * 8_000_000))
            case "ask for all":
                return Parsed("x" * (1 << 36))
            case "walk":
                for page in range(8):
                    time.sleep(1)
                    progress(page + 1, 8)
                return Parsed("walked")
            case "say so":
                said: Any = ("Half of it is in Etruscan.",)
                return Parsed("some words", remarks=said)
        return Parsed(f"{self._refused()} {' '.join(os.environ)}")

    @staticmethod
    def _refused() -> str:
        try:
            socket.create_connection(("127.0.0.1", 9))
        except PermissionError as error:
            return str(error)
        except OSError:
            return "it went out"
        return "it came through"
