"""Subtitles: what was said, in the two formats that players know."""

from __future__ import annotations

from collections.abc import Iterable

from parlance.values.asks import Segment


def srt(segments: Iterable[Segment]) -> str:
    """SubRip: numbered, with a comma before the milliseconds."""
    said = enumerate(segments, 1)
    return "".join(f"{number}\n{_span(one, ',')}\n{_words(one)}\n\n" for number, one in said)


def vtt(segments: Iterable[Segment]) -> str:
    """WebVTT."""
    return "WEBVTT\n\n" + "".join(f"{_span(one, '.')}\n{_words(one).replace('-->', '->')}\n\n" for one in segments)


def _words(segment: Segment) -> str:
    """What was said, without empty lines: one would end the subtitle."""
    return "\n".join(filter(None, (line.strip() for line in segment.text.splitlines())))


def _span(segment: Segment, mark: str) -> str:
    return f"{_clock(segment.start, mark)} --> {_clock(segment.end, mark)}"


def _clock(seconds: float, mark: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, rest = divmod(whole, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}{mark}{thousandths:03}"
