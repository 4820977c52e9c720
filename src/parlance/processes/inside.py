"""What runs inside a child process: its loop, how it settles itself, and what it may not do.

Only frames ever go to standard output: the descriptor is taken away from everybody else at the start, so that a
library that prints cannot break the pipe. The process opens no connection; Python code that tries is refused.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

from parlance.processes import pipe
from parlance.values.errors import Fault, Kind

PR_SET_PDEATHSIG = 1
NICENESS = 5
"""Below the server's own priority: a batch of documents must not make a chat stutter."""

Handler = Callable[[pipe.Call], tuple[dict[str, Any], bytes]]


def serve(source: BinaryIO, sink: BinaryIO, handle: Handler, name: str = "child process") -> int:
    """Answer calls until the source ends; the exit status. One failed call harms no other.

    `name` is what people read when a call failed in a way that nobody foresaw.
    """
    while True:
        try:
            call = pipe.read_call(source)
        except pipe.Garbled:
            return 2
        if call is None:
            return 0
        sink.write(_answered(call, handle, name))
        sink.flush()


def tell(sink: BinaryIO, call: int, fields: dict[str, Any]) -> None:
    """Say how far a call has come; its answer is still to follow."""
    sink.write(pipe.pack(pipe.Answer(call, fields, more=True)))
    sink.flush()


def _answered(call: pipe.Call, handle: Handler, name: str) -> bytes:
    try:
        fields, body = handle(call)
        return pipe.pack(pipe.Answer(call.id, fields | {"resident": peak()}), body)
    except Fault as fault:
        return pipe.pack(_refused(call, fault))
    except Exception:  # a worker's loop: whatever a library raises becomes an answer
        traceback.print_exc()
        failed = Fault(Kind.upstream, f"The {name} failed on this request.", code=pipe.FAILED)
        return pipe.pack(_refused(call, failed))


def _refused(call: pipe.Call, fault: Fault) -> pipe.Answer:
    fields = {"field": fault.field, "code": fault.code}
    return pipe.Answer(call.id, fields, kind=fault.kind.value, message=fault.message, hint=fault.hint)


def peak() -> int:
    """The most memory this process has had resident, in bytes, where only the process itself can tell; else 0.

    On Linux the server reads it from /proc. (There `ru_maxrss` would start at the server's own size.)
    """
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 0


def tie_to_parent(parent: int) -> None:
    """End with the server even when it is killed: at once where Linux allows it, else at the end of the pipe."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(0)


def refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook that lets no Python code in this process reach out."""
    if event in {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}:
        raise PermissionError("This process has no network.")


def take_output() -> BinaryIO:
    """Standard output for frames only; everything else that is printed goes to standard error from now on."""
    frames = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(frames, "wb")


def settle(parent: int) -> BinaryIO:
    """Become a child of the server with this process id, without network; gives where the frames go."""
    sink = take_output()
    tie_to_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the server's to handle
    sys.addaudithook(refuse_network)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    return sink
