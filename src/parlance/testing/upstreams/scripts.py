"""What a fake model says, and how fast: set on the upstream, or spelled in the model's name.

`mock-d300-p20-n50` waits 300 ms, then says 50 tokens, one every 20 ms. The parts:

=========== ==========================================================================
`dN`        N milliseconds before the first byte
`pN`        N milliseconds between tokens
`nN`        N tokens
`idle`      the first token, then silence until the client leaves
`echo`      says what the last user message said
`think`     reasons before it answers
`nonce`     the answer starts with a word that no other answer has (`nonce-17`)
=========== ==========================================================================

Other parts mean nothing. `bad-<behaviour>` (`bad-reset-midway`) misbehaves: see `behaviours.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from parlance.testing.upstreams.answers import Pace

_NUMBERED = re.compile(r"([dpn])(\d{1,7})")


@dataclass(frozen=True)
class Script:
    """How a fake model answers. Delays in seconds; without `text` the answer is `tokens` numbered words."""

    first_byte: float = 0.0
    per_token: float = 0.0
    tokens: int = 8
    text: str | None = None
    reasoning: str = ""
    idle: bool = False
    echo: bool = False
    nonce: bool = False

    @property
    def pace(self) -> Pace:
        """How fast the answer leaves."""
        return Pace(before_head=self.first_byte, between=self.per_token, idle=self.idle)

    def told_by(self, model: str) -> Script:
        """This script with what the model's name asks for."""
        script = self
        for part in model.split("-")[1:]:
            script = _with_part(script, part)
        return script


def _with_part(script: Script, part: str) -> Script:
    match part:
        case "idle":
            return replace(script, idle=True)
        case "echo":
            return replace(script, echo=True)
        case "nonce":
            return replace(script, nonce=True)
        case "think":
            return replace(script, reasoning=script.reasoning or "The user greets me. I greet back.")
    found = _NUMBERED.fullmatch(part)
    if found is None:
        return script
    number = int(found[2])
    match found[1]:
        case "d":
            return replace(script, first_byte=number / 1000)
        case "p":
            return replace(script, per_token=number / 1000)
        case _:
            return replace(script, tokens=number)


def spoken(script: Script, prompt: str, number: int, choice: int = 0) -> str:
    """The text of one answer.

    `number` is the call's and `choice` the index among its answers, so that answers that must differ do.
    """
    if script.echo:
        text = prompt
    elif script.text is not None:
        text = script.text
    else:
        text = " ".join(f"tok{index}" for index in range(script.tokens))
    if script.nonce:
        return f"nonce-{number}-{choice} {text}"
    return text


def tokens_of(text: str) -> list[str]:
    """The text cut before each run of white space; joined, the pieces are the text exactly."""
    return re.findall(r"\s*\S+|\s+", text)
