"""Text as search sees it: words in letters and digits of ASCII, which all three databases cut and keep alike.

No setting of a server is asked for. Every word begins with `qz`: none is then shorter than MariaDB indexes, none is in
its list of words to leave out, and none is a number. Letters beyond ASCII are written as the digits of their code
points. Latin letters lose their accents, on both sides. Scripts without spaces between words are cut into overlapping
pairs, and the last letter of a run stands by itself once more: any letters in a row are found, and one letter as well.

Each text also has a word for its owner and one for its chat, so that a search in one user's few texts costs the same
however many others use the same words.
"""

from __future__ import annotations

import hashlib
import re

import msgspec

from parlance.values.letters import MARKS, UNSPACED, searched

MARK = "qz"
"""How every word of a text begins; `owner_word` and `chat_word` begin in other ways."""
MOST_LETTERS = 60
"""Of one word: MariaDB indexes none of more than 84."""
MOST_BYTES = 512 * 1024
"""Of one turn's words: PostgreSQL refuses an index entry over a mebibyte."""
MOST_TOGETHER = 100
"""Words next to each other that are looked for: MariaDB refuses more than 128."""
_WORD = re.compile(rf"[{UNSPACED}]+|(?:[^\W_{UNSPACED}]|[{MARKS}])+")
_RUN = re.compile(rf"[{UNSPACED}]")
_BEYOND = re.compile("[^a-z0-9]")


class Term(msgspec.Struct, frozen=True):
    """Words that must stand next to each other; with `prefix` the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False


def owner_word(tenant: str, user: str) -> str:
    """The word that all texts of a user have."""
    return "qo" + _digest(f"{tenant}/{user}")


def chat_word(chat: str) -> str:
    """The word that all texts of a chat have."""
    return "qc" + _digest(chat)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def words_of(text: str) -> str:
    """The words of a text with spaces between them."""
    words = " ".join(spelled(piece) for word in _WORD.findall(searched(text)) for piece in _pieces(word))
    return words[:MOST_BYTES]


def indexed(tenant: str, user: str, chat: str, text: str) -> str:
    """What the index holds of a text; nothing for one without words."""
    words = words_of(text)
    return f"{owner_word(tenant, user)} {chat_word(chat)} {words}" if words else ""


def spelled(piece: str) -> str:
    """One word in letters and digits of ASCII; a word that another begins with is spelled as that one begins."""
    if not piece.isascii():
        piece = _BEYOND.sub(_code, piece)
    return (MARK + piece)[:MOST_LETTERS]


def _code(letter: re.Match[str]) -> str:
    number = ord(letter[0])
    return f"{number:04x}" if number < 0x10000 else f"z{number:05x}"


def _pieces(run: str) -> list[str]:
    if len(run) < 2 or not _RUN.match(run):
        return [run]
    return [run[at : at + 2] for at in range(len(run))]


def term_of(text: str, *, more: bool) -> Term | None:
    """What is looked for with a text that stands together; `more` says that its last word may go on. None without any
    word."""
    runs = _WORD.findall(searched(text))
    if not runs:
        return None
    *others, last = runs
    words = [piece for run in others for piece in _pieces(run)]
    if not _RUN.match(last):
        # A single letter begins a large part of all words there are: it is only looked for as a word.
        return _bounded((*words, last), prefix=more and len(last) > 1)
    ends = _pieces(last)
    words += ends[:-1] if len(ends) > 1 else ends
    return _bounded(tuple(words), prefix=len(ends) == 1)


def _bounded(words: tuple[str, ...], *, prefix: bool) -> Term:
    few = words[:MOST_TOGETHER]
    return Term(tuple(map(spelled, few)), prefix and len(few) == len(words))


def first_place(text: str, sought: str, *, more: bool) -> int | None:
    """Where in a text something that is looked for stands first."""
    runs = _WORD.findall(searched(sought))
    if not runs:
        return None
    for found in _WORD.finditer(text):
        at = _within(searched(found[0]), runs[0], more=more and len(runs) == 1)
        if at is not None:
            return found.start() + min(at, len(found[0]))
    return None


def _within(word: str, sought: str, *, more: bool) -> int | None:
    if _RUN.match(sought):
        at = word.find(sought)
        return None if at < 0 else at
    return 0 if word == sought or (more and word.startswith(sought)) else None
