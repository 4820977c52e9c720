"""The embedder's child process: loads a model, answers calls on its standard input, ends with it.

    python -P -m parlance.engines.onnx.child

The first call says what to do: `prepare` converts the weights, `load` loads them; each `embed` after that is answered
in turn. Only frames ever go to standard output: the descriptor is taken away from everybody else at the start, so that
a library that prints cannot break the pipe. The process opens no connection; Python code that tries is refused.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec

from parlance.engines import pipe
from parlance.engines.onnx import weights
from parlance.engines.onnx.encoder import Encoder, TooLong
from parlance.values.errors import Fault, Kind

PR_SET_PDEATHSIG = 1
NICENESS = 5
"""Below the server's own priority: a batch of documents must not make a chat stutter."""

Handler = Callable[[pipe.Call], tuple[dict[str, Any], bytes]]


class Order(msgspec.Struct, frozen=True):
    """What the first call carries: which model, where its files may be, and how many threads to use."""

    model: weights.Model
    places: weights.Places
    threads: int | None = None


def serve(source: BinaryIO, sink: BinaryIO, handle: Handler) -> int:
    """Answer calls until the source ends; the exit status. One failed call harms no other."""
    while True:
        try:
            call = pipe.read_call(source)
        except pipe.Garbled:
            return 2
        if call is None:
            return 0
        sink.write(_answered(call, handle))
        sink.flush()


def _answered(call: pipe.Call, handle: Handler) -> bytes:
    try:
        fields, body = handle(call)
        return pipe.pack(pipe.Answer(call.id, fields | {"resident": peak()}), body)
    except Fault as fault:
        return pipe.pack(_refused(call, fault))
    except Exception:  # a worker's loop: whatever a library raises becomes an answer
        traceback.print_exc()
        return pipe.pack(_refused(call, Fault(Kind.upstream, "The embedding process failed on this request.")))


def _refused(call: pipe.Call, fault: Fault) -> pipe.Answer:
    fields = {"field": fault.field, "code": fault.code}
    return pipe.Answer(call.id, fields, kind=fault.kind.value, message=fault.message, hint=fault.hint)


class Worker:
    """Turns calls into answers; holds the model once it is loaded."""

    def __init__(self) -> None:
        self._encoder: Encoder | None = None

    def __call__(self, call: pipe.Call) -> tuple[dict[str, Any], bytes]:
        """The fields and the body of the answer. Raises `Fault`."""
        match call.verb:
            case "prepare":
                order = msgspec.convert(call.fields, Order)
                weights.prepare(order.model, order.places)
                return {}, b""
            case "load":
                self._encoder = load(msgspec.convert(call.fields, Order))
                return {"dimensions": self._encoder.dimensions}, b""
            case "embed" if self._encoder is not None:
                return _embed(self._encoder, **call.fields)
        raise Fault(Kind.internal, "The embedding process was asked for something it does not know.")


def load(order: Order) -> Encoder:
    """The model from the cache; one that is damaged is made anew. Raises `Fault(unsupported)` where that cannot be."""
    folder = weights.cached(order.model, order.places)
    if folder is not None and not weights.verify(folder):
        weights.discard(folder)
    return Encoder(weights.prepare(order.model, order.places), order.model.context, order.threads)


def _embed(encoder: Encoder, texts: list[str], truncate: bool) -> tuple[dict[str, Any], bytes]:
    try:
        encoded = encoder.encode(texts, truncate)
    except TooLong as error:
        return {"too_long": error.index}, b""
    return {"tokens": encoded.tokens}, encoded.vectors


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
        raise PermissionError("The embedding process has no network.")


def take_output() -> BinaryIO:
    """Standard output for frames only; everything else that is printed goes to standard error from now on."""
    frames = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(frames, "wb")


def main(arguments: list[str]) -> int:
    """Settle the process, then serve. `arguments` holds the server's process id."""
    sink = take_output()
    tie_to_parent(int(arguments[0]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the server's to handle
    sys.addaudithook(refuse_network)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    return serve(sys.stdin.buffer, sink, Worker())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
