"""What was said becomes a text with marks of time in it.

Pieces that follow each other are put together to stretches of about half a minute, each under a heading that says from
when to when it was said. Headings open passages and stand over all below them, so whoever cuts, searches or cites knows
the time of a passage without knowing of sound. Where the model told no times, there are no headings.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from parlance.values.asks import Segment, Transcript
from parlance.values.knowledge import Block, BlockKind, Parsed, Span
from parlance.values.remarks import RemarkCode, remark

WORDS, SPEECH = "words", "speech"
"""What `Parsed.metadata` says of words that a model heard."""
UNTIMED, SILENT = remark(RemarkCode.UNTIMED), remark(RemarkCode.SILENT)
ENOUGH, MOST = 30.0, 60.0
"""Seconds of a stretch, after which it ends with a sentence; and after which it ends in any case."""
ENOUGH_SAID, MOST_SAID = 400, 800
"""The same in code points."""
_GAP = "\n\n"
_ENDS = (".", "!", "?", "…", "。", "！", "？")


def laid_out(said: Transcript, model: str) -> Parsed:
    """The text of a transcript, its blocks, and what is to be noted of it. `model` is whose words they are."""
    parts: list[str] = []
    blocks: list[Block] = []
    start = 0
    for kind, words in _pieces(said):
        stop = start + len(words)
        blocks.append(Block(kind, Span(start, stop), 1 if kind == "heading" else 0))
        parts += (words, _GAP)
        start = stop + len(_GAP)
    noted = {WORDS: SPEECH, "transcriber": model}
    if said.duration is not None:
        noted["seconds"] = f"{said.duration:.15g}"
    remarks = (SILENT,) if not blocks else (UNTIMED,) if said.segments is None else ()
    text = "".join(parts[:-1])
    return Parsed(text, tuple(blocks), language=said.language, remarks=remarks, metadata=noted)


def _pieces(said: Transcript) -> Iterator[tuple[BlockKind, str]]:
    """Headings and paragraphs, none of them empty."""
    if said.segments is None:
        lines = (line.strip() for line in said.text.splitlines())
        yield from (("paragraph", line) for line in lines if line)
        return
    for stretch in _stretches([segment for segment in said.segments if segment.text.strip()]):
        end = max(segment.end for segment in stretch)
        yield "heading", f"{clock(math.floor(stretch[0].start))} \u2013 {clock(math.ceil(end))}"
        yield "paragraph", _joined(stretch)


def _stretches(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """What stands under one mark of time."""
    stretch: list[Segment] = []
    length = 0
    for segment in segments:
        stretch.append(segment)
        length += len(segment.text)
        lasts = segment.end - stretch[0].start
        enough = lasts >= ENOUGH or length >= ENOUGH_SAID
        if lasts >= MOST or length >= MOST_SAID or (enough and segment.text.rstrip().endswith(_ENDS)):
            yield stretch
            stretch, length = [], 0
    if stretch:
        yield stretch


def _joined(stretch: Sequence[Segment]) -> str:
    """The words of a stretch in one paragraph."""
    found = ""
    for segment in stretch:
        words = " ".join(segment.text.split())
        joined = not found or _is_unspaced(found[-1]) or _is_unspaced(words[0])
        found += words if joined else f" {words}"
    return found


def _is_unspaced(letter: str) -> bool:
    """Whether it is one of Chinese or Japanese, which stand without blanks between them; Korean has some."""
    return "\u2e80" <= letter < "\uac00" or letter >= "\uf900"


def clock(seconds: int) -> str:
    """A time as people read it: `1:02:05`."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
