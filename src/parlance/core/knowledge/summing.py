"""Summing documents up: a job for each that is found, in a base that has a model for it.

What comes of it is noted beside the document (`foreign`), under a name of its own. A model that fails or is not there
leaves the document as it is: without a summary.
"""

from __future__ import annotations

from parlance.core.jobs.held import Held
from parlance.core.knowledge.foreign import SUMMARY, merged
from parlance.core.knowledge.room import SUM_UP, KnowledgeRoom
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Base, Document
from parlance.values.messages import Foreign
from parlance.values.texts import without_thoughts

SHOWN = 4096
"""Code points of a document that a model is shown: its beginning."""
BRIEF = 300
"""Bytes of a text that is its own summary."""
ANSWER, COOL = 1024, 0.3
"""Tokens of a summary, and how freely its words are chosen."""
MOST_SUMMARY = 8000
"""Code points that are noted of one."""
PROMPT = (
    "Sum up the beginning of a document in three to five sentences, in the language that it is written in: what it is, "
    "what it is about, and what can be learnt from it. Take nothing from elsewhere. Write the summary alone."
)
PASSING = frozenset({Kind.busy, Kind.upstream, Kind.over_budget, Kind.timed_out})


def summary_of(foreign: Foreign | None) -> str:
    """What is noted of a document; empty where nothing is."""
    found = (foreign or {}).get(SUMMARY)
    said = found.get("text") if isinstance(found, dict) else None
    return said if isinstance(said, str) else ""


def summed_up(room: KnowledgeRoom, base: Base, document: Document) -> ChangeSet:
    """What has a document summed up, where its base has a model for that; again, if it was before."""
    if not room.summing.model(base):
        return ()
    dropped = room.jobs.drop(document.tenant, SUM_UP, document.id)
    return dropped, *room.jobs.enqueue(room.job(document.tenant, SUM_UP, document.id))


class SumUp:
    """The task `sum_up`: its subject is a document's id."""

    def __init__(self, room: KnowledgeRoom) -> None:
        self._room = room

    def lasts(self, fault: Fault) -> bool:
        """What is only busy comes back."""
        return fault.kind not in PASSING

    async def run(self, held: Held) -> None:
        """Ask the model, and note what it says."""
        base, document = await self._found(held)
        model = "" if base is None else self._room.summing.model(base)
        if base is None or document is None or not model:
            return await held.finish()
        text = await self._beginning(document)
        said = text.strip() if len(text.encode()) < BRIEF else await self._said(document, model, text)
        await self._note(held, base, document, said[:MOST_SUMMARY])

    async def give_up(self, held: Held, fault: Fault) -> None:
        """Then it has none."""
        await held.finish()

    async def _found(self, held: Held) -> tuple[Base | None, Document | None]:
        stores, tenant = self._room.stores, held.job.tenant
        document = await stores.documents(tenant).document(held.job.subject)
        if document is None or document.state != "ready" or not document.text:
            return None, None
        return await stores.bases(tenant).base(document.base), document

    async def _beginning(self, document: Document) -> str:
        """The first code points of its text, which is UTF-8 of up to four bytes for each."""
        stop = min(document.text_size, 4 * SHOWN)
        pieces = [piece async for piece in self._room.blobs.read(document.text, 0, stop)] if stop else []
        return b"".join(pieces).decode("utf-8", "ignore")[:SHOWN]

    async def _said(self, document: Document, model: str, text: str) -> str:
        speaking, who = self._room.speaking, Principal(document.tenant, document.user)
        if speaking is None:
            raise Fault(Kind.unsupported, "Nothing here chats.")
        told = self._room.summing.prompt.strip() or PROMPT
        answer = await speaking.say(who, model, told, text, ANSWER, temperature=COOL)
        return without_thoughts(answer).strip()

    async def _note(self, held: Held, base: Base, document: Document, said: str) -> None:
        documents = self._room.stores.documents(document.tenant)

        async def noted() -> ChangeSet:
            now = await documents.document(document.id)
            if now is None or not said:
                return ()
            foreign = merged(now.foreign, {SUMMARY: {"text": said}})
            return (documents.change(now.id, {"foreign": foreign}, now.changed, among=("ready",), was=now),)

        await held.finish(noted)
        self._room.tell(base, document)
