"""Bytes to text: by a mark or a declaration where there is one, else by what fits best."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from parlance.parsers.draft import clean
from parlance.parsers.problems import problem
from parlance.ports.parsing import MOST_TEXT
from parlance.values.remarks import DocumentRemark, RemarkCode, remark

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset\s*=\s*|encoding\s*=\s*)["']?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
SAMPLE = 64 * 1024
"""Bytes that are looked at to tell encodings apart."""
RARE = 0.02
"""The share of bytes no text has that a text may have."""
COMMON = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事"
    "只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情"
    "部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处"
    "總與學國對後說時這們來個為會過還發開關經點無現長進實體問題數據資訊檢索文檔系統服務"
)
"""Characters that most Chinese texts are full of, in both scripts. They tell GB18030 from Big5, whose bytes overlap."""
_POINTS = frozenset("，。、；：？！“”（）《》")
_EVERYDAY = re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]")
"""Signs of GB2312 and its 3,755 frequent characters, which are two high bytes each."""
_EASTERN = re.compile("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\n\r -~]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_SPOKEN = {"gb18030": "GB18030", "big5": "Big5"}
DAMAGED, WESTERN = remark(RemarkCode.BYTES_DAMAGED), remark(RemarkCode.WESTERN_GUESSED)


class Words(NamedTuple):
    """A text and, where its encoding was guessed or not all of it could be read, what is to be said of that."""

    text: str
    remark: DocumentRemark | None = None


def decoded(raw: bytes, *, declared: str = "") -> str:
    """The text of these bytes, cleaned. `declared` is an encoding that somebody named. Raises `Fault`."""
    return words_of(raw, declared=declared).text


def words_of(raw: bytes, *, declared: str = "") -> Words:
    """Like `decoded`, with what is to be said of it."""
    if len(raw) > MOST_TEXT * 4:
        raise problem("text_too_long")
    found = _decoded(raw, declared)
    return found._replace(text=clean(found.text))


def _decoded(raw: bytes, declared: str) -> Words:
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return Words(raw.decode(name, "replace"))
    for name in (declared, wide(raw[:SAMPLE]) or "", "utf-8"):
        text = _tried(raw, name) if name else None
        if text is not None:
            return Words(text)
    if _mostly_utf8(raw):
        return Words(raw.decode("utf-8", "replace"), DAMAGED)
    guess = eastern(raw[:SAMPLE])
    if guess is None:
        return Words(raw.decode("cp1252", "replace"), WESTERN)
    return Words(raw.decode(guess, "replace"), remark(RemarkCode.ENCODING_GUESSED, encoding=_SPOKEN[guess]))


def _mostly_utf8(raw: bytes) -> bool:
    """A few bad bytes make no other language of a text: letters of several bytes are there, and most of them fit."""
    text = raw.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return 2 * bad < sum(c > "\x7f" for c in text) - bad


def declared_in(head: bytes) -> str:
    """The encoding that a page or an XML file names for itself near its beginning."""
    found = _DECLARED.search(head[:2048])
    return found.group(1).decode("ascii") if found else ""


def wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is zero, and never both; Chinese has its own look."""
    if len(head) < 4:
        return None
    even, odd = head[0::2], head[1::2]
    if head.count(0) > len(head) // 4 or _looks_wide(head):
        return "utf-16-le" if odd.count(0) >= even.count(0) else "utf-16-be"
    if _tried(head, "utf-8") is not None:
        return None
    return next((name for name in ("utf-16-le", "utf-16-be") if _is_chinese(head, name)), None)


def _looks_wide(head: bytes) -> bool:
    """Chinese in UTF-16 has few zeros, but its line ends and blanks are two bytes, too."""
    return any(head.count(pair) > 1 for pair in (b"\n\x00", b"\x00\n")) and head.count(0) * 50 > len(head)


def _is_chinese(head: bytes, name: str) -> bool:
    """Whether these bytes are Chinese characters when they are read so, and many of the frequent ones."""
    text = _tried(head[: len(head) // 2 * 2], name) or ""
    frequent = sum(c in COMMON or c in _POINTS for c in text)
    return frequent > 0.12 * len(text) and len(_EASTERN.findall(text)) >= 0.95 * len(text)


def is_text(head: bytes) -> bool:
    """Whether these first bytes may be a text in some encoding."""
    if any(head.startswith(mark) for mark, _ in _MARKS) or wide(head) is not None:
        text = _decoded(head[: len(head) // 4 * 4], "").text
        return sum(not (c.isprintable() or c.isspace()) for c in text) <= len(text) * RARE
    return len(_BINARY.findall(head)) <= len(head) * RARE and b"\x00" not in head


def eastern(raw: bytes) -> str | None:
    """GB18030 or Big5, whichever makes more of common characters of the bytes; neither where they make few."""
    if _is_everyday(raw):
        return "gb18030"
    best, most = None, 0.0
    for name in ("gb18030", "big5"):
        text = raw.decode(name, "replace")
        high = [c for c in text if c >= "\x80"]
        if not high or text.count("\ufffd") > 1 + len(high) // 50:
            continue
        share = sum(c in COMMON or c in _POINTS for c in high) / len(high)
        if share > most:
            best, most = name, share
    return best if most > 0.12 else None


def _is_everyday(raw: bytes) -> bool:
    """Whether high bytes stand in pairs only, and nearly all are frequent characters: a few Chinese words in English.

    Western letters with accents stand alone or are none of these; Korean fits too, so that a text that is full of them
    is judged by which they are.
    """
    runs = _HIGH.findall(raw[:-1] if raw[-1:] > b"\x7f" else raw)  # a sample may end within a character
    high = sum(map(len, runs))
    if not 4 <= high <= len(raw) // 4:
        return False
    frequent = sum(len(_EVERYDAY.findall(run)) for run in runs)
    return all(len(run) % 2 == 0 for run in runs) and 2 * frequent >= 0.9 * high


def _tried(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None
