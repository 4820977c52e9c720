"""Manual pages of this machine as plain text: enough of roff to read what they say, without running a formatter."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOTS = {"en": Path("/usr/share/man"), "zh": Path("/usr/share/man/zh_CN")}
SECTIONS = "1235678"
LEFT_OUT = ("gcloud", "bq", "gsutil")
"""Commands whose thousands of pages are made by one template: nobody could tell which one is sought."""
NAMES = ("NAME", "名称", "名字", "名稱", "命名")
SKIPPED = re.compile(
    r"(?i)synopsis|see also|author|copyright|history|bugs|version|colophon|license|attributes|standards|conforming|"
    r"总览|總覽|概述|摘要|语法|語法|参见|参看|另见|又见|相关|作者|版权|历史|译者|维护|跋|中文版|翻译|人\]"
)
_MACROS = re.compile(r"^[.'](?:SM|SB|IP|TP|Nm|Nd|Ar|Fl|Xr|Pa|Em|Sy|Li|Dq|Cm|Ic|Op|It|B|I)\b ?(.*)")
_TURNS = re.compile(r"^[.'](?:BR|RB|BI|IB|IR|RI)\b ?(.*)")
"""Fonts by turns: what stands behind them is written without spaces between."""
_ARGUMENT = re.compile(r'"([^"]*)"|(\S+)')
_HEAD = re.compile(r"^[.']\s*(?:SH|Sh)\s+(.*)")
_BREAK = re.compile(r"^[.'](?:PP|P|LP|Pp|TP|IP|SS|Ss|sp|HP|RS|RE)\b")
_FONT = re.compile(r"\\f(?:\[[^\]]*\]|\(..|.)|\\s[+-]?\d|\\[&|^/,%:)]|\\[kvhwZ]'[^']*'|\\\*\([^\s]{2}|\\\*\[[^\]]*\]")
_ESCAPES = {"\\-": "-", "\\e": "\\", "\\ ": " ", "\\~": " ", "\\0": " ", "\\(aq": "'", "\\(dq": '"', "\\(co": "©"}
_NAMED = re.compile(r"\\\((..)|\\\[([^\]]*)\]|\\(.)")
_GLYPHS = {"lq": '"', "rq": '"', "oq": "'", "cq": "'", "aq": "'", "dq": '"', "bu": "•", "em": "-", "en": "-", "hy": "-"}


@dataclass(frozen=True)
class Page:
    """A page: `name` with its section (`ls.1`), what its NAME line says of it, and its paragraphs."""

    name: str
    about: str
    paragraphs: tuple[str, ...]


def pages(language: str) -> Iterator[Page]:
    """The pages of a language, by name; of those with one text only the first."""
    seen: set[tuple[str, ...]] = set()
    for section in SECTIONS:
        for path in sorted((ROOTS[language] / f"man{section}").glob("*.gz")):
            if path.name.startswith(LEFT_OUT):
                continue
            page = read(path)
            if page is not None and page.paragraphs not in seen:
                seen.add(page.paragraphs)
                yield page


def read(path: Path) -> Page | None:
    """One page; none for a reference to another, and for one without a NAME line."""
    try:
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    sections = _sections(text)
    about = next((_about(body) for head, body in sections if any(name in head.upper() for name in NAMES)), "")
    kept = [body for head, body in sections if not SKIPPED.search(head) and not _is_name(head)]
    paragraphs = tuple(piece for body in kept for piece in _paragraphs(body))
    return Page(path.name.removesuffix(".gz"), about, paragraphs) if about and paragraphs else None


def _is_name(head: str) -> bool:
    return any(name in head.upper() for name in NAMES)


def _sections(text: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        head = _HEAD.match(line)
        if head is not None:
            found.append((plain(head[1].replace('"', "")), []))
        elif found:
            found[-1][1].append(line)
    return found


def _about(lines: list[str]) -> str:
    """What stands behind the dash of a NAME line."""
    words = " ".join(filter(None, map(_said, lines)))
    if any(line.startswith(".Nd") for line in lines):
        return next(plain(line[4:]) for line in lines if line.startswith(".Nd")).strip()
    _, dash, about = words.replace("—", " - ").replace("–", " - ").replace("--", "-").partition(" - ")
    return " ".join(about.split())[:200] if dash else ""


def _paragraphs(lines: list[str]) -> Iterator[str]:
    words: list[str] = []
    for line in [*lines, ".PP"]:
        if _BREAK.match(line) or not line.strip():
            text = " ".join(" ".join(words).split())
            if len(text) > 20:
                yield text
            words = []
        words.append(_said(line))


def _said(line: str) -> str:
    """The words of a line: text as it is, the arguments of macros that only choose a font."""
    if not line.startswith((".", "'")):
        return plain(line)
    turns = _TURNS.match(line)
    if turns is not None:
        return plain("".join(quoted or bare for quoted, bare in _ARGUMENT.findall(turns[1].replace("\\ ", "\\~"))))
    macro = _MACROS.match(line)
    return plain(macro[1].replace('"', "")) if macro is not None else ""


def plain(text: str) -> str:
    """Text without the escapes of roff."""
    text = _FONT.sub("", text)
    for escape, letter in _ESCAPES.items():
        text = text.replace(escape, letter)
    return _NAMED.sub(lambda found: _GLYPHS.get(found[1] or found[2] or "", " " if found[3] is None else ""), text)
