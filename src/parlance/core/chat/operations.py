"""What can be wanted of a chat."""

from __future__ import annotations

from typing import ClassVar, Literal

from parlance.core.chat.tokens import prompt_tokens
from parlance.core.operation import Named, Operation, Weight
from parlance.core.runs.run import Run
from parlance.values.asks import ChatAsk
from parlance.values.grounds import USUAL_GROUNDS, Grounds


class SendMessage(Operation[Run], frozen=True):
    """Ask a model. Gives the `Run` at once; the answer is read from it.

    `ask.model` is the id the client says (empty: the default model); the core resolves it. `detached` runs go on when
    the caller leaves. `share` is the row's default for the answer cache and joining (the principal's word wins, and a
    deterministic ask is shared anyway). `cache` `skip` neither reads, writes nor counts. `line` names a line of its own
    (the queue dialect's) to wait in before the engine's. `previous` is the id of the run whose conversation this one
    continues: its items go before `ask.items`. `keep` holds the conversation so that a later `previous` finds it.
    `pool` names the caches to use (a dialect with bounds of its own has its own). `trim` leaves out the oldest of a
    conversation that is longer than the model's context; else the engine says what it thinks of it. `bases` are those
    of documents that the answer is to rest on, `grounds` how; such an answer is never shared or kept for another ask.
    """

    wire_name: ClassVar[str] = "messages.send"
    gated: ClassVar[bool] = True
    starts: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("bases", "base"),)

    ask: ChatAsk
    detached: bool = False
    priority: int = 0
    share: bool = False
    cache: Literal["use", "skip"] = "use"
    line: str | None = None
    previous: str | None = None
    keep: bool = False
    pool: str = "default"
    trim: bool = False
    bases: tuple[str, ...] = ()
    grounds: Grounds = USUAL_GROUNDS

    def weight(self) -> Weight:
        """The prompt's estimate and what may be answered: `max_tokens`, else an ordinary answer."""
        answer = (self.ask.sampling.max_tokens or USUAL_ANSWER) * self.ask.n
        passages = PASSAGE_TOKENS * max(0, self.grounds.most) if self.bases else 0
        return Weight(prompt_tokens(self.ask) + passages, answer, self.ask.model)


USUAL_ANSWER = 512
"""Tokens reserved for an answer whose length nobody bounded: a page of text."""
PASSAGE_TOKENS = 150
"""Tokens reserved for a passage that is still to be found: 512 code points are about as many."""
