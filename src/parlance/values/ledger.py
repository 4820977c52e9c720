"""What a run put into its prompt, what was left out and why, and what was spent.

Token counts are ours (`core/chat/tokens.py`) unless a field says that the engine counted them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from parlance.values.events import CutReason, Outcome

PartKind = Literal[
    "instructions", "message", "reasoning", "tool", "tool_call", "tool_result", "file", "passage", "memory", "opaque"
]
"""`instructions` are system messages, `tool` is the description of one that the model may call."""
Unit = Literal["requests", "tokens", "money"]
Period = Literal["day", "week", "month"]
"""Of the calendar, in UTC; a week begins on Monday."""
Subject = Literal["user", "group", "key", "tenant"]


class LedgerPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """One piece of a prompt, in its order. `id` is that of a turn, file, passage or memory, where it has one;
    `name` is a role, a file's or a tool's name."""

    kind: PartKind
    tokens: int
    id: str | None = None
    name: str | None = None


class LedgerCut(msgspec.Struct, frozen=True, omit_defaults=True):
    """One piece that was left out, and `why`: a sentence for people. `reason` says it in a word, where there is one."""

    kind: PartKind
    tokens: int
    why: str
    id: str | None = None
    name: str | None = None
    reason: CutReason | None = None


class Drawn(msgspec.Struct, frozen=True):
    """What was made of a conversation before it went to an engine: the parts of the prompt in order, and what was cut.

    Whoever assembles a prompt hands this over beside it; a prompt that is sent as the caller gave it needs none.
    """

    parts: tuple[LedgerPart, ...] = ()
    cuts: tuple[LedgerCut, ...] = ()


class Ledger(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one run put into its prompt.

    `prompt_tokens` is our count and the sum of the parts' tokens; `engine_prompt` and `engine_completion` are the
    engine's own counts, `None` where it gave none. `ignored` are fields of the request that nobody understood.
    `shared` says that the answer came from the cache or from a flight that was under way. `cost` is in micro-units of
    `currency`, from the prices on the model's card. `created` is in microseconds.
    """

    run: str
    model: str
    connection: str
    created: int
    prompt_tokens: int
    parts: tuple[LedgerPart, ...] = ()
    cuts: tuple[LedgerCut, ...] = ()
    ignored: tuple[str, ...] = ()
    outcome: Outcome | None = None
    engine_prompt: int | None = None
    engine_completion: int | None = None
    shared: bool = False
    cost: int | None = None
    currency: str | None = None


class Kept(msgspec.Struct, frozen=True):
    """A ledger and whose it is: `scope` is the `Principal.scope_key` of the run's owner; one of a `chat` belongs to the
    chat's user, whichever key or session asked."""

    tenant: str
    user: str
    scope: str
    ledger: Ledger
    chat: str | None = None


class Budget(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody may use in a period of the calendar.

    `subject` and `name` say who: a user, group or key by its id, or every one of the kind with `*`; one that names
    somebody takes the place of the `*` of the same subject, unit, period and currency. A tenant's has the tenant's
    own id. `limit` is in requests, tokens, or micro-units of `currency`. `fixed` marks one that the settings own.
    """

    id: str
    tenant: str
    subject: Subject
    name: str
    unit: Unit
    period: Period
    limit: int
    currency: str | None = None
    created: int = 0
    fixed: bool = False


class Allotment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A budget as it stands for one caller: `used` and `held` (by runs under way) in its unit, and when it `resets`
    (microseconds)."""

    budget: Budget
    used: int
    held: int
    resets: int


class Spent(msgspec.Struct, frozen=True):
    """What one operation used: how many requests it was (none, when it broke before it began), tokens by the engine's
    count where there is one, and what they cost in micro-units."""

    requests: int = 1
    prompt: int = 0
    completion: int = 0
    cost: int = 0
    currency: str | None = None

    @property
    def tokens(self) -> int:
        """Both kinds."""
        return self.prompt + self.completion


NOTHING = Spent(requests=0)


class Spender(msgspec.Struct, frozen=True):
    """Who used something, and of what: one line of the usage records. `credential` is a key's id, or empty."""

    tenant: str
    user: str
    credential: str
    connection: str
    model: str
    currency: str = ""


class UsageSum(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one user used of one model on one `day` (as `2026-05-01`, UTC); `cost` is in micro-units of `currency`."""

    day: str
    user: str
    model: str
    requests: int
    prompt: int
    completion: int
    cost: int = 0
    currency: str | None = None


class Counted(msgspec.Struct, frozen=True):
    """What somebody used over some days."""

    requests: int = 0
    tokens: int = 0
    cost: int = 0


class Counts(msgspec.Struct, frozen=True):
    """Whose count it is: a user, key, group or tenant, on one day, in one currency (empty: without a price)."""

    tenant: str
    subject: Subject
    name: str
    day: str
    currency: str = ""
