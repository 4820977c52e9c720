"""The conversation cache: each conversation's assembled prompt with its token count, keyed by its head turn.

A caller who names its previous run gets that run's conversation put before what it says now. A stateless caller, who
sends all of it every time, is recognised by a chained hash over its items: only what is new since the head turn is
counted again. Both stay within the caller's scope.
"""

from __future__ import annotations

import hashlib

import msgspec

from parlance.core.admission.counted_cache import CountedCache
from parlance.core.chat.tokens import estimate, estimate_all
from parlance.values.errors import Fault, Kind
from parlance.values.messages import Item

_encoder = msgspec.json.Encoder(order="sorted")


class Conversation(msgspec.Struct, frozen=True):
    """An assembled prompt: its items, their tokens as estimated by us, and the chained hash of the whole."""

    items: tuple[Item, ...]
    tokens: int
    head: str = ""


_decoder = msgspec.json.Decoder(Conversation)


def chain(head: str, item: Item) -> str:
    """The hash of a conversation that is one item longer."""
    return hashlib.sha256(head.encode() + _encoder.encode(item)).hexdigest()


class Conversations(CountedCache):
    """One pool of conversations: by the run that answered last, and by the hash of all that was said."""

    name = "conversations"

    async def resume(self, scope: str, run: str) -> Conversation:
        """The conversation up to the answer of this run. Raises `Fault(missing)` when it is not (or no longer) held."""
        kept = await self._get(scope, f"run/{run}")
        if kept is None:
            raise Fault(
                Kind.missing,
                "The conversation of that earlier answer is not held any more.",
                hint="Send the whole conversation.",
                code="previous_not_found",
            )
        return _decoder.decode(kept)

    async def assemble(self, scope: str, items: tuple[Item, ...]) -> Conversation:
        """Count a conversation that was sent whole, starting from the longest part of it that is known."""
        heads = [""]
        for item in items:
            heads.append(chain(heads[-1], item))
        start, tokens = await self._known(scope, items, heads)
        tokens += estimate_all(items[start:])
        return Conversation(items, tokens, heads[-1])

    async def _known(self, scope: str, items: tuple[Item, ...], heads: list[str]) -> tuple[int, int]:
        """How many items are counted already, and their tokens: looks only at the end of the newest answer."""
        turns = [n for n in range(1, len(items)) if getattr(items[n - 1], "role", "assistant") == "assistant"]
        if not self.enabled or not turns:
            return 0, 0
        kept = await self._get(scope, f"head/{heads[turns[-1]]}")
        return (turns[-1], int(kept)) if kept is not None else (0, 0)

    async def keep(self, scope: str, run: str, before: Conversation, said: tuple[Item, ...], *, whole: bool) -> None:
        """Keep a conversation with what was answered to it; `whole` keeps the items too, for `resume`."""
        if not self.enabled:
            return
        head, tokens = before.head, before.tokens
        for item in said:
            head, tokens = chain(head, item), tokens + estimate(item)
        await self._put(scope, f"head/{head}", str(tokens).encode())
        if whole:
            conversation = Conversation(before.items + said, tokens, head)
            await self._put(scope, f"run/{run}", _encoder.encode(conversation))
