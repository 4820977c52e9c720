"""What can be wanted of the turns of a chat.

Each that asks a model gives the ids of what it made at once; the answer is read from its run, by `runs.read`, and from
its turn when that is over. `client_id` is an id that the client made: sent again, it gives the same answer, and nothing
is asked or stored a second time. `models` are asked side by side, each for an answer of its own; none is the default.
`instructions` go before this prompt, behind those of the chat's folder; they are not stored.

`bases` are those of documents that the answers are to rest on, and `grounds` how; both are kept with the question.
Without them a message stands on what the branch's last question stood on, an answer that is made again on what its
question stands on; an empty list of bases stands on none.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.chat.operations import PASSAGE_TOKENS, USUAL_ANSWER
from parlance.core.chat.tokens import text_tokens
from parlance.core.operation import Named, Operation, Weight
from parlance.values.asks import Sampling
from parlance.values.chats import Turn
from parlance.values.grounds import Grounds
from parlance.values.messages import Foreign, Part

MOST_MODELS = 8
"""Asked at once: as many columns as a page can show."""


class Answering(msgspec.Struct, frozen=True):
    """One answer on its way: its turn, the run it is read from, and the model as it was asked for."""

    turn: str
    run: str
    model: str


class Sent(msgspec.Struct, frozen=True):
    """What was made: the chat, the question's turn, and the answers; `answer` and `run` are the first one's.

    Without any answer (`models` of a question that was kept only) the last two are empty.
    """

    chat: str
    turn: str
    answer: str
    run: str
    answers: tuple[Answering, ...]


_BASES = Named("bases", "base")


class _Asking(Operation[Sent], frozen=True):
    """What all that ask a model have in common."""

    gated: ClassVar[bool] = True

    def weight(self) -> Weight:
        """The text's estimate and what may be answered; the history is counted when the answer is settled."""
        models: tuple[str, ...] = getattr(self, "models", ())
        sampling: Sampling = getattr(self, "sampling", Sampling())
        text: str = getattr(self, "text", "")
        instructions: str = getattr(self, "instructions", "")
        grounds: Grounds = getattr(self, "grounds", None) or Grounds()
        passages = PASSAGE_TOKENS * max(0, grounds.most) if getattr(self, "bases", None) else 0
        count, answer = max(1, len(models)), sampling.max_tokens or USUAL_ANSWER
        prompt = text_tokens(text) + text_tokens(instructions) + passages
        return Weight(prompt * count, answer * count, models[0] if models else "")


class SendTurn(_Asking, frozen=True):
    """Say something in a chat, and ask for answers to it.

    Without a chat a new one begins (in `folder`, if one is named). Without `parent` it goes on from the branch that is
    shown. `parts` are pictures and sounds, `files` ids of uploaded files. `client_id` is an id that the client made for
    this message: sent again with it, the message gives what was made before; another message is a conflict.
    `instructions` go before the prompts of these answers alone, behind those of the folder. `foreign` is what other
    programs note of the question and of its answers, each under its own name; nothing here reads it.
    """

    wire_name: ClassVar[str] = "chats.send"
    names: ClassVar[tuple[Named, ...]] = (
        Named("chat", "chat", "write"),
        Named("parent", "turn", "write"),
        Named("folder", "folder", "write"),
        Named("files", "file", "write"),
        _BASES,
    )

    text: str = ""
    chat: str | None = None
    parent: str | None = None
    folder: str | None = None
    parts: tuple[Part, ...] = ()
    files: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    client_id: str | None = None
    sampling: Sampling = Sampling()
    think: bool | str | None = None
    instructions: str = ""
    bases: tuple[str, ...] | None = None
    grounds: Grounds | None = None
    foreign: Foreign | None = None


class Regenerate(_Asking, frozen=True):
    """Answer once more, beside the answers there are, by the same model or others.

    `turn` is an answer or the question itself.
    """

    wire_name: ClassVar[str] = "chats.regenerate"
    names: ClassVar[tuple[Named, ...]] = (Named("turn", "turn", "write"), _BASES)

    turn: str
    models: tuple[str, ...] = ()
    client_id: str | None = None
    sampling: Sampling = Sampling()
    think: bool | str | None = None
    instructions: str = ""
    bases: tuple[str, ...] | None = None
    grounds: Grounds | None = None


class EditTurn(_Asking, frozen=True):
    """Say something else in place of an earlier question: a new branch, beside the one there is."""

    wire_name: ClassVar[str] = "chats.edit"
    names: ClassVar[tuple[Named, ...]] = (
        Named("turn", "turn", "write"),
        Named("files", "file", "write"),
        _BASES,
    )

    turn: str
    text: str = ""
    parts: tuple[Part, ...] = ()
    files: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    client_id: str | None = None
    sampling: Sampling = Sampling()
    think: bool | str | None = None
    instructions: str = ""
    bases: tuple[str, ...] | None = None
    grounds: Grounds | None = None


class ContinueTurn(_Asking, frozen=True):
    """Go on with an answer that was stopped, cut, interrupted or failed, from what there is of it."""

    wire_name: ClassVar[str] = "chats.continue"
    names: ClassVar[tuple[Named, ...]] = (Named("turn", "turn", "write"),)

    turn: str
    sampling: Sampling = Sampling()
    think: bool | str | None = None
    instructions: str = ""


class StopChat(Operation[bool], frozen=True):
    """Stop what is being answered in a chat, or one answer of it; what was said is kept. Gives whether any was."""

    wire_name: ClassVar[str] = "chats.stop"
    names: ClassVar[tuple[Named, ...]] = (Named("chat", "chat", "write"), Named("turn", "turn", "write"))

    chat: str
    turn: str | None = None


class DeleteTurn(Operation[None], frozen=True):
    """Delete a turn and all that hangs under it; what still runs there is stopped."""

    wire_name: ClassVar[str] = "turns.delete"
    names: ClassVar[tuple[Named, ...]] = (Named("turn", "turn", "write"),)

    turn: str


class ShowTurn(Operation[Turn], frozen=True):
    """One turn of a chat; what a running answer has said so far is in it."""

    names: ClassVar[tuple[Named, ...]] = (Named("turn", "turn"), Named("chat", "chat"))

    turn: str
    chat: str


class LiftTurn(Operation[None], frozen=True):
    """Delete one turn alone, for clients whose chats are no trees: what hangs under it hangs under what was before."""

    names: ClassVar[tuple[Named, ...]] = (Named("turn", "turn", "write"), Named("chat", "chat", "write"))

    turn: str
    chat: str


class RateTurn(Operation[None], frozen=True):
    """Say what an answer is worth: 1 is good, -1 is bad, 0 takes it back; with a note, if one likes."""

    wire_name: ClassVar[str] = "turns.rate"
    names: ClassVar[tuple[Named, ...]] = (Named("turn", "turn", "write"),)

    turn: str
    rating: int
    note: str | None = None
