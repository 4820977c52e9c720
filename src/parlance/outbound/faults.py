"""Every sentence the outbound client says about another server. None names a host, a path, a key or an errno."""

from __future__ import annotations

from parlance.values.errors import DRAINING, Fault, Kind


def unreachable() -> Fault:
    """No address of the server took a connection, or its name is not known."""
    return Fault(Kind.upstream, "The upstream server cannot be reached.", code="unreachable")


def untrusted() -> Fault:
    """The server's TLS certificate does not prove its name."""
    return Fault(Kind.upstream, "The upstream server's certificate could not be verified.", code="bad_certificate")


def ended_early() -> Fault:
    """The connection broke, or was closed, before the answer was whole."""
    return Fault(Kind.upstream, "The upstream server's answer ended early.", code="ended_early")


def damaged() -> Fault:
    """The answer does not follow its own format."""
    return Fault(Kind.upstream, "The upstream server's answer is not valid HTTP.", code="bad_answer")


def head_too_large() -> Fault:
    """Headers, trailers or chunk extensions without end."""
    return Fault(Kind.upstream, "The headers of the upstream server's answer are too large.", code="head_too_large")


def answer_too_large() -> Fault:
    """More bytes, after decompression, than the call allows."""
    return Fault(Kind.upstream, "The upstream server's answer is too large.", code="answer_too_large")


def line_too_long() -> Fault:
    """A line of a line-based answer that never ends."""
    return Fault(Kind.upstream, "A line of the upstream server's answer is too long.", code="line_too_long")


def no_connection() -> Fault:
    """The connect deadline passed."""
    return Fault(Kind.timed_out, "No connection to the upstream server could be made in time.", code="connect_timeout")


def no_answer() -> Fault:
    """The first-byte deadline passed."""
    return Fault(Kind.timed_out, "The upstream server did not begin to answer in time.", code="first_byte_timeout")


def stalled() -> Fault:
    """The deadline between two pieces passed."""
    return Fault(Kind.timed_out, "The upstream server stopped in the middle of its answer.", code="stalled")


def overtime() -> Fault:
    """The total deadline passed."""
    return Fault(Kind.timed_out, "The upstream server took too long to answer.", code="total_timeout")


def closing() -> Fault:
    """The client was closed while, or before, this call was made."""
    return Fault(Kind.cancelled, "The server is shutting down.", code=DRAINING)
