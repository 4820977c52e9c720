"""What is said of a document beside what was read in it: a code with its values, and the English sentence they make."""

from __future__ import annotations

import enum
import string
from collections.abc import Mapping
from typing import Any

import msgspec

Value = str | int


class RemarkCode(enum.StrEnum):
    """All that Parlance itself remarks on documents. A code that was given once keeps its meaning and its values: rows
    and pages know it by them."""

    WORDS_ONLY = "words_only"
    RECUTTING = "recutting"
    UNCUT = "uncut"
    UNDRAWN = "undrawn"
    PASSAGES_UNDRAWN = "passages_undrawn"
    ENCODING_GUESSED = "encoding_guessed"
    WESTERN_GUESSED = "western_guessed"
    BYTES_DAMAGED = "bytes_damaged"
    MISNAMED = "misnamed"
    PAGES_DAMAGED = "pages_damaged"
    PAGES_UNREAD = "pages_unread"
    PICTURES_UNSEEN = "pictures_unseen"
    PICTURES_DAMAGED = "pictures_damaged"
    PICTURE_WORDLESS = "picture_wordless"
    PICTURES_UNKNOWN = "pictures_unknown"
    UNCAPTIONED = "uncaptioned"
    CAPTIONS_EMPTY = "captions_empty"
    ATTACHMENTS_UNREAD = "attachments_unread"
    MARKUP_ENDLESS = "markup_endless"
    COLUMNS_UNREAD = "columns_unread"
    SILENT = "silent"
    UNTIMED = "untimed"


SENTENCES: Mapping[RemarkCode, str] = {
    RemarkCode.WORDS_ONLY: "It is found by its words only: the base has no embedder.",
    RemarkCode.RECUTTING: "It is being cut anew, and found as it was until then.",
    RemarkCode.UNCUT: "It was not cut anew: {why}",
    RemarkCode.UNDRAWN: "Its graph is not whole: {why}",
    RemarkCode.PASSAGES_UNDRAWN: "Its graph is not whole: {count} of its passages gave no graph that could be read.",
    RemarkCode.ENCODING_GUESSED: (
        "The file does not say how its letters are encoded; it was read as {encoding}. "
        "If that is wrong, save it as UTF-8."
    ),
    RemarkCode.WESTERN_GUESSED: (
        "The file does not say how its letters are encoded; it was read as Windows-1252 (Western European). "
        "If that is wrong, save it as UTF-8."
    ),
    RemarkCode.BYTES_DAMAGED: "Some bytes of this text are no UTF-8; they were read as \ufffd.",
    RemarkCode.MISNAMED: "Its name ends in {suffix}, which it is not: it was read as what it is.",
    RemarkCode.PAGES_DAMAGED: "Damaged and left out: {count:page|pages} {pages}.",
    RemarkCode.PAGES_UNREAD: (
        "Pictures without text, left out: {count:page|pages} {pages}. "
        "`{command}`{checkout: in the checkout|} brings the extra `{extra}`; then start Parlance again."
    ),
    RemarkCode.PICTURES_UNSEEN: "It has very many pictures: only the first {count} were looked at.",
    RemarkCode.PICTURES_DAMAGED: "{count} of its pictures could not be read.",
    RemarkCode.PICTURE_WORDLESS: "There are no words in this picture.",
    RemarkCode.PICTURES_UNKNOWN: "There are no words in it, and nothing is known of its pictures.",
    RemarkCode.UNCAPTIONED: "No caption for {count} of its pictures: {why}",
    RemarkCode.CAPTIONS_EMPTY: "No caption for {count} of its pictures: the model said nothing.",
    RemarkCode.ATTACHMENTS_UNREAD: "Attachments are named and not read: upload them by themselves.",
    RemarkCode.MARKUP_ENDLESS: "Something on this page that is hidden never ends; what follows was not read.",
    RemarkCode.COLUMNS_UNREAD: (
        "A sheet is wider than {columns} columns; what stands further to the right was not read."
    ),
    RemarkCode.SILENT: "No words were heard in it.",
    RemarkCode.UNTIMED: "The model that wrote it down told no times.",
}
"""`{count:page|pages}` is the word that goes with a number, here as in `web/src/words`: the page's English is this."""


class DocumentRemark(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sentence for people in `words`; where Parlance itself made it, the `code` of what it says with its `values`
    (`why` is a sentence, `problem` its code and `kind` of which kind it is), so that it can be said in another
    language. A parser that somebody added may say sentences alone, and so do rows of before."""

    words: str
    code: str = ""
    values: dict[str, Value] = {}


class _Filling(string.Formatter):
    """Puts values into a sentence. None of them is looked at as a sentence itself."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, is_choice, many = format_spec.partition("|")
        return (one if value == 1 else many) if is_choice else str(value)


def remark(code: RemarkCode, /, **values: Value) -> DocumentRemark:
    """A remark with its sentence, which takes all that it names from the values. Raises `KeyError` for one that
    lacks."""
    return DocumentRemark(_Filling().format(SENTENCES[code], **values), code.value, values)


_ONCE = {
    "It is found by its words only: ": RemarkCode.WORDS_ONLY,
    "It is being cut anew, ": RemarkCode.RECUTTING,
    "It was not cut anew: ": RemarkCode.UNCUT,
    "Its graph is not whole: ": RemarkCode.UNDRAWN,
}
"""How they began as long as remarks were kept as sentences alone. Nothing is added here: rows have codes since."""


def kept_remark(kept: Any) -> DocumentRemark:
    """A remark as a row has it, by whichever version it was written."""
    if isinstance(kept, str):
        return DocumentRemark(kept, next((code.value for begun, code in _ONCE.items() if kept.startswith(begun)), ""))
    return msgspec.convert(kept, DocumentRemark)
