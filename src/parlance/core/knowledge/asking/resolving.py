"""From what a sentence says to the stretch of its passage that says it.

First the words themselves (`finding`): the whole sentence, or what it puts in quotation marks (`quoting`), which must
be there word for word. Then, of a sentence that quotes nothing, the sentence of the passage, or two in a row, that has
the same words, numbers and denials (`objections`). Where neither is sure the whole passage is the citation.
"""

from __future__ import annotations

from collections.abc import Sequence

from parlance.core.knowledge.asking.finding import Candidate, Place, claim, closed, find, long_enough, needle, place
from parlance.core.knowledge.asking.folding import words
from parlance.core.knowledge.asking.marks import MARK
from parlance.core.knowledge.asking.objections import Claimed, claimed, mixes, speaks_against
from parlance.core.knowledge.asking.quoting import as_it_stands, quoted, quotes
from parlance.values.events import Citation

__all__ = ["Place", "claim", "literal", "place", "resolved"]

LEAST_WORDS, LEAST_TELLING = 3, 2
"""Words that a sentence must have to be known again, and how many of them, numbers too, must tell something."""


def literal(said: str, there: Place) -> bool:
    """Whether a passage holds these words as they are."""
    words = needle(said)
    return long_enough(words) and words in there.folded.text


def resolved(said: Sequence[str], there: Place) -> Citation:
    """The citation of a passage by a sentence: `said` is the part before its mark, and the whole of it."""
    told = dict.fromkeys((claim(each), each.lstrip().startswith(">")) for each in said)
    for each, whole in told if there.passage.stretch.exact else ():
        found = _found(each, there, whole)
        if found is not None:
            return _citation(there, *found, sure=True)
    return _citation(there, 0, len(there.content), sure=False)


def _found(said: str, there: Place, whole: bool) -> tuple[int, int] | None:
    """Where a passage says this; `whole` is a line that is a quotation as it stands."""
    for each in dict.fromkeys((said, MARK.sub("", said))):
        if found := _exact(each, there):
            return found
    if whole:
        return as_it_stands(said, there)
    spans = [(start, stop) for start, stop in quotes(said) if needle(said[start:stop])]
    if any(long_enough(needle(said[start:stop])) for start, stop in spans):
        return quoted(said, spans, there)
    return _alike(said, [said[start:stop] for start, stop in spans], there)


def _citation(there: Place, start: int, stop: int, sure: bool) -> Citation:
    stretch, span = there.passage.stretch, there.passage.stretch.span
    chunk = stretch.pieces[0].chunk
    if sure:
        span = span.part(span.start + start, span.start + stop)
        chunk = there.passage.piece_at(span.start, span.stop).chunk
    return Citation(
        number=there.passage.number,
        document=stretch.document,
        chunk=chunk,
        start=span.start,
        stop=span.stop,
        name=stretch.name,
        page=span.page,
        last_page=span.last_page,
        sure=sure,
    )


def _exact(said: str, there: Place) -> tuple[int, int] | None:
    """Where the words stand, if they are there and more than a few, or else a whole sentence."""
    words = needle(said)
    found = find(words, there) if long_enough(words) else _short(words, there)
    return None if found is None else closed(*found, said, there)


def _short(words: str, there: Place) -> tuple[int, int] | None:
    """The one sentence of the passage that is just these few words."""
    found = [each for each in there.alone if words and each.letters == words and not each.turned]
    return (found[0].start, found[0].stop) if len(found) == 1 else None


def _alike(said: str, quotations: Sequence[str], there: Place) -> tuple[int, int] | None:
    """The one sentence that nothing speaks against, or else the one pair of them."""
    plain = MARK.sub("", said)
    told = claimed(plain)
    if len(set(words(plain))) < LEAST_WORDS or len(told.whole.words) + len(told.whole.amounts) < LEAST_TELLING:
        return None
    alone = [each for each in there.alone if not (each.turned or speaks_against(told.whole, each.said[0]))]
    found = alone or [each for each in there.pairs if _together(told, each)]
    if len(found) != 1:
        return None
    [one] = found
    held = needle(there.content[one.start : one.stop])
    return (one.start, one.stop) if all(needle(each) in held for each in quotations) else None


def _together(told: Claimed, pair: Candidate) -> bool:
    """Whether two sentences say a claim between them."""
    first, second = pair.said
    if pair.turned or not told.whole.words.keys() <= first.words.keys() | second.words.keys():
        return False
    return not mixes(told, pair.said)
