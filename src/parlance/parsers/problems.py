"""What can be wrong with a file: for each code of `ports.parsing` its kind, a sentence, and what to do."""

from __future__ import annotations

from parlance.values.errors import Fault, Kind
from parlance.values.extras import advice

_PROBLEMS: dict[str, tuple[Kind, str, str]] = {
    "empty_file": (Kind.invalid, "This file is empty.", "Upload it again; check that it opens where it came from."),
    "unknown_format": (
        Kind.unsupported,
        "This is no format that is read here.",
        "Save it as PDF, DOCX, HTML, Markdown or plain text, and upload that.",
    ),
    "wrong_content": (
        Kind.invalid,
        "What is in this file is not what its name says.",
        "Upload it under the name that fits what it is, or save it again from the program that made it.",
    ),
    "damaged_file": (
        Kind.invalid,
        "This file is cut off or damaged.",
        "Upload it again; if it opens in its own program, save it there as a new file.",
    ),
    "encrypted_file": (
        Kind.unsupported,
        "This file asks for a password.",
        "Save a copy without a password, and upload that.",
    ),
    "unpacks_too_large": (
        Kind.too_large,
        "This file unpacks to far more than its size.",
        "Split it, or save what you need of it as PDF or text.",
    ),
    "picture_too_large": (
        Kind.too_large,
        "This picture has too many pixels to be read.",
        "Scale it down: 2,000 pixels a page are enough.",
    ),
    "text_too_long": (
        Kind.too_large,
        "This document has more text than one may have.",
        "Split it into several files.",
    ),
    "too_many_pages": (
        Kind.too_large,
        "This document has more pages than one may have.",
        "Split it into several files.",
    ),
    "parser_too_slow": (
        Kind.timed_out,
        "Reading this file took too long and was stopped.",
        "Split it, or print it to a new PDF, and upload that.",
    ),
    "parser_too_large": (
        Kind.too_large,
        "Reading this file took too much memory and was stopped.",
        "Split it, or print it to a new PDF, and upload that.",
    ),
    "parser_crashed": (
        Kind.invalid,
        "Reading this file failed: something in it is broken.",
        "Save it again from its own program, or print it to a new PDF, and upload that.",
    ),
}
CODES = frozenset({*_PROBLEMS, "extra_missing"})


def problem(code: str, message: str | None = None) -> Fault:
    """The fault of a code; `message` says more than the sentence that always fits."""
    kind, words, hint = _PROBLEMS[code]
    return Fault(kind, message or words, hint=hint, code=code)


def no_such_page() -> Fault:
    """Of a page that is to be looked at: the document has fewer."""
    return Fault(Kind.missing, "The document has no such page.", field="page", code="no_such_page")


def lacking(extra: str, what: str) -> Fault:
    """A part of the installation that is not there."""
    return Fault(
        Kind.unsupported,
        f"{what} are not read by this installation.",
        hint=f"For whoever runs it: {advice(extra)}",
        code="extra_missing",
    )
