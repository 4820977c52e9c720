"""What runs inside a child, without the process."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import pytest

from parlance.parsers.quarantine import blamed
from parlance.processes import inside, pipe
from parlance.values.errors import Fault, Kind


def failing(call: pipe.Call) -> tuple[dict[str, Any], bytes]:
    """As a library does of which nobody knew."""
    raise ZeroDivisionError("with a secret in it")


def answered(name: str) -> pipe.Answer:
    """What a child of this name says to one call that fails."""
    sink = io.BytesIO()
    assert inside.serve(io.BytesIO(pipe.pack(pipe.Call(7, "do"))), sink, failing, name) == 0
    said = sink.getvalue()
    head, _ = pipe.lengths(said[: pipe.LENGTHS.size])
    return msgspec.json.decode(said[pipe.LENGTHS.size :][:head], type=pipe.Answer)


@pytest.mark.parametrize("name", ["parsing process", "Leseprozess"])
def test_what_nobody_foresaw_has_a_code_of_its_own(name: str) -> None:
    """By which it is known, whatever the sentence is."""
    answer = answered(name)
    assert (answer.kind, answer.fields["code"]) == ("upstream", pipe.FAILED) and "secret" not in answer.message
    assert blamed(Fault(Kind.upstream, "Something else.", code=pipe.FAILED)).code == "parser_crashed"
    plain = Fault(Kind.upstream, answer.message)
    assert blamed(plain) is plain
