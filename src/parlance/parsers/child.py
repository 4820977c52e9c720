"""The parsers' child process: reads one file after the other, tells each page, and ends with the server.

    python -P -m parlance.parsers.child

The first call names the parsers; each `parse` after that is answered in turn.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from parlance.parsers.kinds import misnamed, recognised
from parlance.parsers.problems import problem
from parlance.ports.parsing import ParseHints, Parser
from parlance.processes import inside, pipe
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Parsed
from parlance.values.remarks import DocumentRemark
from parlance.values.time import SystemClock

ADDRESSES = 6 * 1024 * 1024 * 1024
"""Bytes of addresses the process may take: far above what its memory limit allows, for the server may look too late."""
FILES = 128
BURST = 0.05
"""Seconds between two words on the progress: a file of 10,000 short pages is no reason for 10,000 of them."""


class Worker:
    """Turns calls into answers; holds the parsers once they are named."""

    def __init__(self, sink: BinaryIO, clock: Callable[[], float]) -> None:
        self._sink, self._clock = sink, clock
        self._parsers: list[Parser] = []
        self._id = 0
        self._is_wide = False

    def __call__(self, call: pipe.Call) -> tuple[dict[str, Any], bytes]:
        """The fields and the body of the answer. Raises `Fault`."""
        match call.verb:
            case "load":
                self._parsers = [loaded(target) for target in call.fields["parsers"]]
                return {"parsers": len(self._parsers)}, b""
            case "parse" if self._parsers:
                return {}, msgspec.msgpack.encode(self._parse(call.id, **call.fields))
        raise Fault(Kind.internal, "The parsing process was asked for something it does not know.")

    def _parse(self, id: int, content: str, name: str, media_type: str, pictures: bool = False) -> Parsed:
        path, self._id = Path(content), id
        try:
            found, parser = recognised(path, name, media_type, self._parsers)
            hints = ParseHints(name, found, pictures=pictures, announce=self._widen)
            parsed = parser.parse(path, hints=hints, progress=self._teller(id))
        except MemoryError:
            raise problem("parser_too_large") from None
        except RecursionError:
            raise problem("parser_crashed") from None
        except FileNotFoundError:
            raise Fault(Kind.missing, "The file is no longer there.", code="content_lost") from None
        except OSError:
            # Parsers blame a file for what they cannot read in it: this is the disk, and another attempt may succeed.
            raise Fault(Kind.upstream, "The file could not be read from the disk.", code="content_unreadable") from None
        remarks = tuple(DocumentRemark(each) if isinstance(each, str) else each for each in parsed.remarks)
        wrongly = misnamed(name, parser)
        return msgspec.structs.replace(parsed, remarks=(wrongly, *remarks) if wrongly else remarks)

    def _widen(self) -> None:
        """Tell the server, once, that this process takes the memory of OCR from now on."""
        if not self._is_wide:
            self._is_wide = True
            inside.tell(self._sink, self._id, {"wide": True})

    def _teller(self, id: int) -> Callable[[int, int], None]:
        last = self._clock() - BURST

        def tell(done: int, pages: int) -> None:
            nonlocal last
            now = self._clock()
            if now - last >= BURST or done == pages:
                last = now
                inside.tell(self._sink, id, {"done": done, "pages": pages})

        return tell


def loaded(target: str) -> Parser:
    """The parser that an entry point names: `module:name` of a class or a function that makes one."""
    module, _, name = target.partition(":")
    made: Parser = getattr(import_module(module), name)()
    return made


def bound() -> None:
    """Limits of the system's own, where it has some: the server's watch looks four times a second."""
    try:
        import resource
    except ImportError:
        return  # not on Windows
    for what, most in ((resource.RLIMIT_AS, ADDRESSES), (resource.RLIMIT_NOFILE, FILES), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main(arguments: list[str]) -> int:
    """Settle the process, then serve. `arguments` holds the server's process id."""
    sink = inside.settle(int(arguments[0]))
    bound()
    worker = Worker(sink, SystemClock().monotonic)
    return inside.serve(sys.stdin.buffer, sink, worker, "parsing process")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
