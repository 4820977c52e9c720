"""The child process that draws pages: looks at one file after the other, and ends with the server.

python -P -m parlance.parsers.drawing_child
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from parlance.parsers import pdf_pages, picture_pages
from parlance.parsers.child import bound
from parlance.parsers.problems import problem
from parlance.ports.drawing import PDF, Wanted
from parlance.processes import inside, pipe
from parlance.values.errors import Fault, Kind


def answered(call: pipe.Call) -> tuple[dict[str, Any], bytes]:
    """The fields and the body of the answer. Raises `Fault`."""
    if call.verb == "load":
        return {}, b""
    if call.verb not in ("look", "draw"):
        raise Fault(Kind.internal, "The drawing process was asked for something it does not know.")
    path, page = Path(call.fields["content"]), call.fields["page"]
    pages = pdf_pages if call.fields["media_type"] == PDF else picture_pages
    try:
        if call.verb == "look":
            sheet = pages.look(path, page, msgspec.convert(call.fields["wanted"], list[Wanted]))
            return {}, msgspec.msgpack.encode(sheet)
        drawn = pages.draw(path, page, call.fields["width"])
    except MemoryError:
        raise problem("parser_too_large") from None
    except FileNotFoundError:
        raise Fault(Kind.missing, "The file is no longer there.", code="content_lost") from None
    return {"media_type": drawn.media_type}, drawn.content


def main(arguments: list[str]) -> int:
    """Settle the process, then serve. `arguments` holds the server's process id."""
    sink = inside.settle(int(arguments[0]))
    bound()
    return inside.serve(sys.stdin.buffer, sink, answered, "drawing process")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
