"""An answer on its way into its turn: the run it is read from, and the fold that makes the stored turn of it.

The same fold makes the reply (`core/runs/fold.py`), so that a reloaded view cannot differ from the live one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from parlance.core.chat.assemble import history
from parlance.core.chat.prefix import prefix_of
from parlance.core.chat.tokens import estimate_all
from parlance.core.runs.fold import Answer, Folding
from parlance.core.runs.run import Run
from parlance.core.runs.unfold import unfold
from parlance.values.chats import Chat, Turn, TurnItem
from parlance.values.events import Choice, Ended, Event, Evidence, Finished, Retrieved, Whole
from parlance.values.messages import Item, Message, Reasoning, ToolCall, ToolResult

_NAMES = {Message: "message", Reasoning: "reasoning", ToolCall: "call", ToolResult: "result"}


def turn_items(items: Sequence[Item], *, whole: bool = True) -> tuple[TurnItem, ...]:
    """Items with ids that stay while the answer grows; the last one of an answer that is not whole is partial."""
    counts: Counter[str] = Counter()
    named = []
    for n, item in enumerate(items, 1):
        kind = _NAMES.get(type(item), "opaque")
        counts[kind] += 1
        partial = not whole and n == len(items)
        named.append(TurnItem(f"{kind}-{counts[kind]}", item, "partial" if partial else "complete"))
    return tuple(named)


def said_in(answer: Answer) -> tuple[Item, ...]:
    """What an answer says, as a turn keeps it: its first choice, a refusal as its text, and nothing that is empty."""
    choice = answer.choices[0]
    items = [item for item in choice.items if not (isinstance(item, Message) and not item.content)]
    if choice.refusal:
        items.append(Message("assistant", choice.refusal, foreign={"refusal": True}))
    return tuple(items)


def again(turn: Turn) -> list[Event]:
    """The events that tell what an unfinished answer has said so far: with them begins the log that goes on with it."""
    whole = Whole((Choice(turn.said),))
    said: list[Event] = [event for event in unfold(whole) if not isinstance(event, Finished)]
    found = turn.evidence
    if found is None:
        return said
    return [Retrieved(found.passages, found.bases, found.threshold, found.remarks), *said, *found.cited]


def evidence_of(answer: Answer) -> Evidence | None:
    """What an answer rests on, as a turn keeps it: that of its first choice."""
    found = answer.evidence
    if found is None:
        return None
    return msgspec.structs.replace(found, cited=tuple(each for each in found.cited if each.choice == 0))


class Saving:
    """One running turn. `chat` is its chat as it was when the run began, `head` the hash of all that was said before.

    `first` says that this is the chat's first answer. `lead` are items that stand in the turn before what the run says
    (earlier tool rounds, whose results the client brought). What was written last is remembered by its number of events
    (`written`), its time and its size in tokens.
    """

    def __init__(
        self,
        run: Run,
        chat: Chat,
        turn: Turn,
        head: str | None,
        *,
        first: bool = False,
        lead: tuple[Item, ...] = (),
    ) -> None:
        self.run = run
        self.chat = chat
        self.head = head
        self.first = first
        self._lead = lead
        self.written = 0
        self.written_at = 0
        self.size = 0
        self.refused = 0
        """How often a conflict kept it from being written."""
        self._turn = turn
        self._folding = Folding()
        self._seen = 0

    @property
    def id(self) -> str:
        """The turn's id."""
        return self._turn.id

    @property
    def seen(self) -> int:
        """How many events the turn as it was given last was made of."""
        return self._seen

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self.run.ended is not None

    @property
    def news(self) -> bool:
        """Whether there is more than what was written."""
        return self.run.length > self.written

    def halt(self) -> bool:
        """Stop the run; gives whether it was still going."""
        if self.over:
            return False
        self.run.end(Ended("stopped"))
        return True

    def turn(self) -> Turn:
        """The turn as it is now."""
        events = self.run.events(self._seen)
        self._seen += len(events)
        self._folding.add(events)
        answer = self._folding.answer()
        ended, short = answer.ended, answer.choices[0].reason == "length"
        said = (*self._lead, *said_in(answer))
        turn = msgspec.structs.replace(
            self._turn,
            items=turn_items(said, whole=ended is not None and ended.outcome == "complete" and not short),
            tokens=estimate_all(history(said)),
            usage=answer.usage,
            evidence=evidence_of(answer),
        )
        if ended is None:
            return turn
        return msgspec.structs.replace(
            turn,
            state="cut" if short and ended.outcome == "complete" else ended.outcome,
            error=ended.error,
            ended=self.run.at(self._seen),
            prefix_hash=prefix_of(self.head, said),
        )
