"""Mails as they are sent: who, when, what about, and the words; attachments are named."""

from __future__ import annotations

import email
import email.policy
import re
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from functools import partial
from pathlib import Path

from parlance.parsers.draft import Draft
from parlance.parsers.encodings import decoded
from parlance.parsers.gallery import Gallery
from parlance.parsers.inline import in_place
from parlance.parsers.mail_headers import Headers
from parlance.parsers.markup import read_markup
from parlance.parsers.problems import problem
from parlance.ports.parsing import MOST_TEXT, ParseHints, Progress
from parlance.values.knowledge import Parsed
from parlance.values.remarks import RemarkCode, remark

_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
MOST_PARTS = 1000


class Eml:
    """Reads single mails."""

    media_types = frozenset({"message/rfc822"})
    suffixes = frozenset({".eml"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The words of a mail; of an HTML mail without a plain part, those of its page."""
        if content.stat().st_size > MOST_TEXT * 8:
            raise problem("text_too_long")
        try:
            policy = email.policy.default.clone(header_factory=Headers())
            message = email.message_from_bytes(content.read_bytes(), policy=policy)
            gallery = Gallery(hints, lambda: progress(0, 1))
            draft = _read(message, gallery)
        except (MessageError, LookupError, ValueError, AttributeError, KeyError, TypeError, RecursionError):
            raise problem("damaged_file") from None  # what the standard library raises for headers that lie
        progress(1, 1)
        return draft.finish()


def _read(message: EmailMessage, gallery: Gallery) -> Draft:
    draft = Draft()
    said = _headers(message)
    draft.title = said.get("Subject", "")
    draft.metadata = {name.lower(): value for name, value in said.items() if name != "Subject"}
    _mail(message, draft, gallery, 1)
    parts = list(message.walk())[:MOST_PARTS]
    for part in parts:  # walk() goes into mails that were attached, and into those that were attached to them
        held = part.get_payload(0) if part.get_content_type() == "message/rfc822" and part.is_multipart() else None
        if isinstance(held, EmailMessage):
            _mail(held, draft, gallery, 2)
    names = [part.get_filename() or "" for part in parts if part.is_attachment()]
    draft.add("paragraph", "".join(f"Attachment: {name}\n" for name in names if name))
    unread = [part for part in parts if not _shown(part, gallery, draft) and _is_left_out(part)]
    if unread:
        draft.remark(remark(RemarkCode.ATTACHMENTS_UNREAD))
    draft.remark(*gallery.remarks())
    return draft


def _headers(message: EmailMessage) -> dict[str, str]:
    return {name: str(message[name]) for name in _HEADERS if message[name] is not None}


def _mail(message: EmailMessage, draft: Draft, gallery: Gallery, level: int) -> None:
    """Who wrote one mail to whom about what, and its words."""
    said = _headers(message)
    if subject := said.pop("Subject", ""):
        draft.add("heading", subject, level=level)
    draft.add("paragraph", "\n".join(f"{name}: {value}" for name, value in said.items()))
    body = message.get_body(("plain", "html"))
    if body is None:
        return
    text = _text(body)
    if body.get_content_subtype() == "html":
        read_markup(text, draft, partial(in_place, gallery))
        return
    for paragraph in _PARAGRAPH.split(text):
        draft.add("paragraph", paragraph)


def _is_left_out(part: MIMEPart) -> bool:
    """Whether a part was sent along and not read; a mail that was is read like the one around it."""
    return part.is_attachment() and part.get_content_type() != "message/rfc822"


def _shown(part: MIMEPart, gallery: Gallery, draft: Draft) -> bool:
    """Whether a part is a picture that was kept, in the words of the mail or attached to it."""
    if part.get_content_maintype() != "image" or not gallery.wants():
        return False
    raw = part.get_payload(decode=True)
    seen = gallery.look(raw) if isinstance(raw, bytes) else None
    draft.picture(seen)
    return seen is not None


def _text(part: MIMEPart) -> str:
    raw = part.get_payload(decode=True)
    return decoded(raw, declared=part.get_content_charset("")) if isinstance(raw, bytes) else ""
