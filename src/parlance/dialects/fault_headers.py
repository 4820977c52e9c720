"""The headers that HTTP itself lays down for a refused request, whatever the dialect."""

from __future__ import annotations

import math

from parlance.dialects.table import Headers
from parlance.values.errors import Fault, Kind


def fault_headers(fault: Fault) -> Headers:
    """`Retry-After` in whole seconds, rounded up and at least one, and `WWW-Authenticate`, where they belong."""
    headers: Headers = ()
    if fault.retry_after is not None:
        headers = ((b"retry-after", b"%d" % max(1, math.ceil(fault.retry_after))),)
    if fault.kind is Kind.unauthenticated:
        headers = (*headers, (b"www-authenticate", b"Bearer"))
    return headers
