"""What a sentence of an answer puts in quotation marks, and what it says around it.

A quotation must stand in the passage word for word, but for what an ellipsis leaves out, and the clause that it is from
must not deny it. The words around it are read as well: they only say that something is said, or stand themselves in the
sentences that are quoted.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from parlance.core.knowledge.asking.finding import Place, closed, find, needle
from parlance.core.knowledge.asking.guards import guards, turns
from parlance.core.knowledge.asking.objections import without_lead
from parlance.core.knowledge.asking.wording import Kind, Word, root, words_of

GAP = 400
"""Code points that an ellipsis in a quotation leaves out at most."""
_QUOTED = re.compile(
    r"“([^”]+)”|„([^“”]+)[“”]|\"([^\"]+)\"|「([^」]+)」|『([^』]+)』|«([^»]+)»|‘([^’]{8,})’|(?<!\w)'([^']{8,})'(?!\w)"
)
_ENDED = re.compile(r"([^“”„]+)”|([^「」]+)」|([^«»]+)»")
_ODD = re.compile(r'([^"]+)"')
_ELLIPSIS = re.compile(r"[\[(（]?(?:…+|\.{3,})[\])）]?")
_SAYING_WORDS = """
accord accordingly add answer article ask author book chapter cite context describe detail doc document documentation
documentations docs exact exactly excerpt explain explicit explicitly file find follow found give given guide heading
information item line list literal literally manual mention name note page paragraph passage phrase point put question
quotation quote read report said say section see sentence show snippet source state statement stated step tell text
thing title told verbatim word write written wrote mean define
laut sagt schreibt heißt steht dokument zufolge seite satz absatz abschnitt quelle wortlaut im der die das den dem
es dass ist wie folgt hier und so er sie
le la les un une texte dit dire selon que il elle est écrit indique page passage dans phrase et voici
el los las según texto dice documento página frase se en lo y así está escrito
il lo testo dice secondo documento pagina frase che è scritto nel
o os diz segundo documento página frase está escrito no
текст тексте говорится говорит согласно в сказано что документ документе страница написано
"""
_SAYING = frozenset(_SAYING_WORDS.split()) | frozenset(map(root, _SAYING_WORDS.split()))
_SAYING_HAN = re.compile(
    "文中|原文|全文|书中|書中|文章|文[档檔]|[资資]料|[该該]文|本文|作者|[写寫][道着明]|提到|提及|指出|[说說]明|[说說]道?|表[明示]|[记記][载載]"
    "|描述|如下|其中|[内內]容|段落|所述|根[据據]|按照|[页頁]面?|明[确確]|引用|[称稱]|[标標][题題]|回答|以下"
)
_BULLET = re.compile(r"^(?:[\s>*+#•]|-\s|\d{1,3}[.)、]\s)+")
_NOTHING = Word(Kind.STOPS, "")
_COUNTING_WORDS = "page section chapter line step passage paragraph seite ligne página pagina item source"
_COUNTED = frozenset(_COUNTING_WORDS.split())


def quotes(said: str) -> Iterator[tuple[int, int]]:
    """Where in a sentence quotations stand, without their marks; also where these were opened in a sentence before."""
    ended = _ENDED.match(said) or (_ODD.match(said) if said.count('"') % 2 else None)
    if ended:
        yield ended.span(ended.lastindex or 0)
    for match in _QUOTED.finditer(said, ended.end() if ended else 0):
        yield match.span(match.lastindex or 0)


def quoted(said: str, spans: Sequence[tuple[int, int]], there: Place) -> tuple[int, int] | None:
    """The stretch that holds all quotations of a sentence; none where one of them is not there, or where the words
    around them say what the sentences quoted do not."""
    around = without_lead(_SAYING_HAN.sub("。", _around(said, spans)))
    claimed = [each for before, each in pairwise([_NOTHING, *words_of(around)]) if _says_more(before, each)]
    denied = around if claimed or guards(around) else ""
    found = [span for start, stop in spans if (span := _verbatim(said[start:stop], there, denied)) is not None]
    if len(found) < len(spans):
        return None
    text = " ".join(there.content[each.start : each.stop] for span in found for each in there.over(*span))
    held = Counter(each.root for each in words_of(f"{text}\n{there.passage.stretch.name}"))
    if not (Counter(each.root for each in claimed) <= held and guards(around) <= guards(text)):
        return None
    return min(start for start, _ in found), max(stop for _, stop in found)


def as_it_stands(line: str, there: Place) -> tuple[int, int] | None:
    """The stretch that a line has word for word that is a quotation as a whole."""
    return _verbatim(line, there, "")


def _around(said: str, spans: Sequence[tuple[int, int]]) -> str:
    """What of a sentence is in no quotation."""
    parts, last = [], 0
    for start, stop in spans:
        parts.append(said[last:start])
        last = stop
    return " ; ".join([*parts, said[last:]])


def _says_more(before: Word, word: Word) -> bool:
    """Whether a word around a quotation says more than that something is said, and where."""
    if word.kind is Kind.NUMBER:
        return before.written not in _COUNTED
    return word.kind is Kind.TELLS and not {word.written, word.root} & _SAYING


def _verbatim(quote: str, there: Place, around: str) -> tuple[int, int] | None:
    """The stretch that a quotation has word for word, but for what an ellipsis leaves out."""
    bare = _BULLET.sub("", quote)
    found = find(needle(bare), there, around=around)
    parts = [needle(each) for each in _ELLIPSIS.split(bare) if needle(each)]
    if found is None and len(parts) > 1:
        found = _in_a_row(parts, there, around)
    return None if found is None else closed(*found, quote, there)


def _in_a_row(needles: Sequence[str], there: Place, around: str) -> tuple[int, int] | None:
    """The stretch from the first to the last of several pieces that stand one after the other, not far apart, and
    between them nothing that turns what they say."""
    start = since = stop = 0
    for n, each in enumerate(needles):
        found = find(each, there, since, f"{around} {there.content[start:stop]}" if n else around)
        if found is None or (n and (found[0] - stop > GAP or turns(there.content[stop : found[0]]))):
            return None
        start = start if n else found[0]
        stop = found[1]
        since = bisect_left(there.folded.places, stop)
    return start, stop
