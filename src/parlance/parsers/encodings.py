"""Bytes to text: by a mark or a declaration where there is one, else by what fits best."""

from __future__ import annotations

import codecs
import re

from parlance.parsers.draft import clean
from parlance.parsers.problems import problem
from parlance.ports.parsing import MOST_TEXT

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


def decoded(raw: bytes, *, declared: str = "") -> str:
    """The text of these bytes, cleaned. `declared` is an encoding that somebody named. Raises `Fault`."""
    if len(raw) > MOST_TEXT * 4:
        raise problem("text_too_long")
    return clean(_decoded(raw, declared))


def _decoded(raw: bytes, declared: str) -> str:
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return raw.decode(name, "replace")
    for name in (declared, wide(raw[:SAMPLE]) or "", "utf-8"):
        text = _tried(raw, name) if name else None
        if text is not None:
            return text
    if (cut := raw.rfind(b"\n", 0, SAMPLE)) > 0 and _tried(raw[:cut], "utf-8") is not None and not _is_ascii(raw[:cut]):
        return raw.decode("utf-8", "replace")  # one bad byte in a long text does not make another language of it
    return raw.decode(eastern(raw[:SAMPLE]) or "cp1252", "replace")


def declared_in(head: bytes) -> str:
    """The encoding that a page or an XML file names for itself near its beginning."""
    found = _DECLARED.search(head[:2048])
    return found.group(1).decode("ascii") if found else ""


def wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is zero, and never both."""
    even, odd = head[0::2], head[1::2]
    if len(head) < 4 or not (head.count(0) > len(head) // 4 or _looks_wide(head)):
        return None
    return "utf-16-le" if odd.count(0) >= even.count(0) else "utf-16-be"


def _looks_wide(head: bytes) -> bool:
    """Chinese in UTF-16 has few zeros, but its line ends and blanks are two bytes, too."""
    return any(head.count(pair) > 1 for pair in (b"\n\x00", b"\x00\n")) and head.count(0) * 50 > len(head)


def is_text(head: bytes) -> bool:
    """Whether these first bytes may be a text in some encoding."""
    if any(head.startswith(mark) for mark, _ in _MARKS) or wide(head) is not None:
        text = _decoded(head[: len(head) // 4 * 4], "")
        return sum(not (c.isprintable() or c.isspace()) for c in text) <= len(text) * RARE
    return len(_BINARY.findall(head)) <= len(head) * RARE and b"\x00" not in head


def eastern(raw: bytes) -> str | None:
    """GB18030 or Big5, whichever makes more of common characters of the bytes; neither where they make few."""
    best, most = None, 0.0
    for name in ("gb18030", "big5"):
        text = raw.decode(name, "replace")
        high = [c for c in text if c >= "\x80"]
        if not high or text.count("\ufffd") > 1 + len(high) // 50:
            continue
        share = sum(c in COMMON or c in "，。、；：？！“”（）《》" for c in high) / len(high)
        if share > most:
            best, most = name, share
    return best if most > 0.12 else None


def _tried(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None


def _is_ascii(raw: bytes) -> bool:
    return raw.isascii()
