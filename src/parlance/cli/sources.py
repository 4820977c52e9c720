"""An answer from documents on its way to whoever asked on the command line: its text, then what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from parlance.cli.client import printable
from parlance.cli.exits import Failure

LONGEST = 240
"""Code points of a quotation that are shown: enough to find it."""


class Grounded:
    """What the events of a run have told so far. `show` gets the text of the answer as it comes."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._texts: list[str] = []
        self.passages: list[dict[str, Any]] = []
        self.remarks: list[str] = []
        self.cited: list[dict[str, Any]] = []
        self._ended: dict[str, Any] | None = None

    def hear(self, event: dict[str, Any]) -> None:
        """One more event. Others than those of an answer, and notices, are passed over."""
        told = event.get("t")
        if told == "delta" and event.get("lane", "text") == "text" and not event.get("choice"):
            self._texts.append(event["text"])
            self._show(event["text"])
        elif told == "retrieved":
            self.passages, self.remarks = event.get("passages", []), event.get("remarks", [])
        elif told == "cited" and not event.get("choice"):
            self.cited.append(event)
        elif told == "ended":
            self._ended = event

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._texts)

    def judge(self) -> None:
        """Raises Failure unless the answer is whole, or as long as it may be."""
        if self._ended is None:
            raise Failure("The answer broke off. Ask again.")
        if self._ended["outcome"] not in ("complete", "cut"):
            error = self._ended.get("error") or {}
            told = " ".join(filter(None, (error.get("message"), error.get("hint"))))
            raise Failure(printable(told) or "The answer was stopped.")

    def sources(self) -> list[dict[str, Any]]:
        """Every citation once, by the numbers of the passages and then by place: `quoted` are the document's words
        where the place is sure, else empty."""
        by_number = {passage["number"]: passage for passage in self.passages}
        found: dict[tuple[int, int, int], dict[str, Any]] = {}
        for cited in self.cited:
            for citation in cited.get("citations", ()):
                place = (citation["number"], citation["start"], citation["stop"])
                passage = by_number.get(citation["number"])
                if passage is not None and place not in found:
                    found[place] = _source(citation, passage, self.text[cited["start"] : cited["stop"]])
        return [found[place] for place in sorted(found)]


def _source(citation: dict[str, Any], passage: dict[str, Any], sentence: str) -> dict[str, Any]:
    sure, start = citation.get("sure", False), passage["start"]
    quoted = passage["content"][citation["start"] - start : citation["stop"] - start] if sure else ""
    names = ("number", "document", "chunk", "start", "stop")
    return {
        **{name: citation[name] for name in names},
        "name": citation.get("name") or passage.get("name", ""),
        "page": citation.get("page"),
        "last_page": citation.get("last_page"),
        "base": passage["base"],
        "sure": sure,
        "quoted": quoted,
        "sentence": sentence.strip(),
    }


def told(sources: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The sources as people read them: each passage under its number and its page, what is quoted of it in quotation
    marks."""
    last = None
    for source in sources:
        head = f"[{source['number']}] {printable(source['name'])}{_pages(source)}"
        if head != last:
            yield head
            last = head
        if source["sure"]:
            yield f"    “{shortened(source['quoted'])}”"


def _pages(source: dict[str, Any]) -> str:
    first, last = source["page"], source["last_page"]
    if first is None:
        return ""
    return f", page {first}" if last is None else f", pages {first}-{last}"


def shortened(text: str) -> str:
    """A quotation in one line, as much of it as is shown."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST].rstrip()}…"
