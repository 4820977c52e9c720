"""What becomes of the files of a folder, by what the server tells of their documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from parlance.values.extras import advised_extra, without_advice
from parlance.values.remarks import RemarkCode, kept_remark

Outcome = Literal["added", "changed", "renamed", "removed", "unchanged", "kept", "failed", "skipped"]
"""`kept`: a document whose file is gone stays, for the reason that is told. `skipped`: it is nothing for a base; a
failure would be there to be mended."""
MENDED = frozenset(
    {
        *("extra_missing", "embed_extra_missing", "embed_weights_missing", "no_transcriber"),
        *("unreachable", "engine_failed", "engine_error", "upstream", "busy", "timed_out"),
    }
)
"""What documents failed for that is no fault of their files, and may be gone by now: they are tried once more."""
KEPT_FAILED = (
    "It stays in the base as a document that failed: name the file in .parlanceignore, and --prune removes it."
)


class Told(NamedTuple):
    """What became of a file, with the reason and what to do where there is something to say, and its document; `unread`
    where that is there without a word, so that nothing of it is found, `partly` where some of it was not read for want
    of an extra."""

    name: str
    outcome: Outcome
    reason: str = ""
    document: str = ""
    unread: bool = False
    partly: bool = False


class Sent(NamedTuple):
    """A document that the server has and reads; `known` when it had it before, `anew` when no word was read in it
    then."""

    name: str
    document: str
    size: int
    known: bool = False
    anew: bool = False


def may_be_mended(sent: Sent, document: Mapping[str, Any]) -> Sent | None:
    """How a document is waited for that is worth to be read once more; None for any other. What was read in part is not
    among them: it would be embedded anew each time, also where the extra is still not there."""
    if document["state"] == "failed" and document.get("problem") in MENDED:
        return sent._replace(known=False)
    if document["state"] == "ready" and not document.get("chunks") and lacking(document):
        return sent._replace(known=False, anew=True)
    return None


def outcome(sent: Sent, document: Mapping[str, Any]) -> Told | None:
    """What became of a document; None while it is being read."""
    if document["state"] == "ready":
        return _ready(sent, document)
    if document["state"] == "failed":
        reason = document.get("words") or document.get("problem") or "The server gave no reason."
        if document.get("problem") == "unknown_format":
            return Told(sent.name, "skipped", f"{reason} {KEPT_FAILED}", sent.document)
        return Told(sent.name, "failed", reason, sent.document)
    return None


def _ready(sent: Sent, document: Mapping[str, Any]) -> Told | None:
    other = document["name"] if sent.known and document["source"] != "folder" else ""
    told = Told(sent.name, "unchanged" if sent.known else "added", document=sent.document)
    cutting = any(kept_remark(each).code == RemarkCode.RECUTTING for each in document.get("remarks", ()))
    if not document.get("chunks"):
        if cutting:
            return None
        told = told._replace(outcome="unchanged") if sent.anew else told
        return told._replace(reason=unread(document), unread=True)
    if lacking(document) and not cutting:
        return told._replace(reason=partly(document, sent.known), partly=True)
    return told._replace(reason=f"as {other}" if other and other != sent.name else "")


def lacking(document: Mapping[str, Any]) -> str:
    """The extra that was not there when a document was read; empty for none."""
    return advised_extra(" ".join(document.get("remarks", ())))


def unread(document: Mapping[str, Any]) -> str:
    """Why nothing of a document is found, and how it is read when that is mended."""
    why = " ".join(document.get("remarks", ())) or "There are no words in it."
    mended = f"`parlance do documents.recut document={document['id']}` reads it once more."
    if lacking(document):
        mended = "`parlance index`, run again then, reads it once more."
    return f"it is there, but no word in it was read. {why} {mended}"


def partly(document: Mapping[str, Any], known: bool) -> str:
    """What of a document was not read for want of an extra, and how it is. Of one that was `known`, nobody can say
    whether the extra is there by now."""
    why = " ".join(each for each in document["remarks"] if advised_extra(each))
    read = f"`parlance do documents.recut document={document['id']} anew:=true` reads the rest."
    if known:
        why, read = without_advice(why), f"Where the extra `{lacking(document)}` is there by now, {read}"
    return f"it is there, but not all in it was read. {why} {read}"
