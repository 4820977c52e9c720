"""An answer as a link shows it: without the numbers of passages, which nobody who has only the link may open.

The passages are other people's documents perhaps, and always more than was said in the chat: a link shows that there
are some, how many, and nothing of them.
"""

from __future__ import annotations

import re

from parlance.core.knowledge.asking.marks import RUN, numbers_in
from parlance.values.events import Evidence

_CODE = re.compile(r"`[^`\n]+`")


def sources(evidence: Evidence | None) -> int:
    """How many passages an answer cites."""
    return len(_numbers(evidence)) if evidence else 0


def unsourced(text: str, evidence: Evidence | None, whole: bool = True) -> str:
    """A text without the marks that cite passages; other brackets, and all that is code, stay as they are. Of an answer
    in several pieces (not `whole`) the places are not known: there every mark with the number of a passage goes."""
    if evidence is None or not evidence.cited:
        return text
    stretches = [(each.start, each.stop) for each in evidence.cited] if whole else [(0, len(text))]
    numbers = _numbers(evidence)
    for start, stop in sorted(stretches, reverse=True):
        text = text[:start] + _without(text[start:stop], numbers) + text[stop:]
    return text


def _without(sentence: str, numbers: set[int]) -> str:
    plain = _CODE.sub(lambda code: "`" * len(code.group()), sentence)
    for run in reversed(list(RUN.finditer(plain))):
        if numbers.intersection(numbers_in(run.group())):
            sentence = sentence[: run.start()] + sentence[run.end() :]
    return sentence


def _numbers(evidence: Evidence) -> set[int]:
    return {one.number for each in evidence.cited for one in each.citations}
