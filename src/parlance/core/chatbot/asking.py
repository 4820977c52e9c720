"""Asking a model: what is checked and in which order, what is sent, and what is kept of the answer."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable

import msgspec

from parlance.core.accounts.guesses import site_of
from parlance.core.chat.operations import SendMessage
from parlance.core.chatbot.names import set_name
from parlance.core.chatbot.operations import AskChatbot
from parlance.core.chatbot.providers import Provider
from parlance.core.chatbot.refusals import refused
from parlance.core.chatbot.room import ChatbotRoom
from parlance.core.chatbot.talk import Keep, Release, Talk, nobody, of_chunks, of_fault, of_run, spoken
from parlance.core.chatbot.visits import Visit
from parlance.core.operation import Context, Result
from parlance.core.runs.run import Run
from parlance.ports.visits import Locks
from parlance.values.accounts import DEFAULT_TENANT, Principal
from parlance.values.chatbot import Contents, Pair
from parlance.values.errors import Fault, Kind
from parlance.values.texts import without_thoughts

GUESTS = "chatbot"
"""Who all guests of the app are together, for rates, budgets and the line."""
LONGEST_ID = 64
MOST_AT_ONCE = 16
"""Answers that all guests of one address have made for them at once: whoever keeps no cookie is a new guest each time,
and would take every place of an engine."""
AGAIN_SECONDS = 5.0
"""When such an address may ask again: answers end at any moment."""
SETTLED_SECONDS = 0.1
"""How long a status is withheld so that a full line is told by it: an engine's line refuses at once or never."""
_TOLD = frozenset({Kind.upstream, Kind.timed_out, Kind.missing, Kind.context_full})
"""Faults of an engine before it said anything: the stream tells them."""


async def ask_chatbot(room: ChatbotRoom, context: Context, op: AskChatbot) -> Result[Talk]:
    """Handle `AskChatbot`: from here on one owner generates one thing at a time, until the talk is over or left."""
    visit = await room.visits.proved(op.visit, op.csrf)
    provider = room.providers.named(op.model)
    if not provider.label:
        raise refused("provider_unsupported")
    if not op.message.strip():
        raise refused("message_blank")
    name = set_name(op.set_name)
    site = site_of(context.came.address)
    release = await _locked(room.locks, visit, site)
    try:
        talk = await _begun(room, visit, op, name, provider, release, site)
    except BaseException:
        await release()
        raise
    return Result(talk)


async def _locked(locks: Locks, visit: Visit, site: str) -> Release:
    """Take the owner's lock, and for a guest a place of the address's; gives what lets both go, once. Raises
    `Fault(code="generating")`, and `Fault(over_budget)` where the address has none left."""
    held: list[str] = []

    async def release() -> None:
        while held:
            await locks.give(held.pop())

    if not await locks.take(f"chatbot/{visit.owner}"):
        raise refused("generating")
    held.append(f"chatbot/{visit.owner}")
    try:
        if visit.user is None:
            held.append(await _place(locks, site))
    except BaseException:
        await release()
        raise
    return release


async def _place(locks: Locks, site: str) -> str:
    """Take one of an address's places; gives its name."""
    own = hashlib.sha256(site.encode()).hexdigest()[:32]  # locks may lie in Redis
    for at in range(MOST_AT_ONCE):
        if await locks.take(f"chatbot/at/{own}/{at}"):
            return f"chatbot/at/{own}/{at}"
    raise Fault(Kind.over_budget, "Too many answers are being made for this address.", retry_after=AGAIN_SECONDS)


async def _begun(
    room: ChatbotRoom, visit: Visit, op: AskChatbot, name: str, provider: Provider, release: Release, site: str
) -> Talk:
    contents = await room.shelf.read(visit, name)
    if op.prompt is not None:
        prompt = op.prompt
        contents = await room.shelf.change(visit, name, lambda found: msgspec.structs.replace(found, prompt=prompt))
    if provider.premium and not await _is_premium(room, visit):
        raise refused("premium")
    at = replaced(contents.history, op) if op.again else None
    before = None if at is None else contents.history[at]
    history = contents.history if at is None else (*contents.history[:at], *contents.history[at + 1 :])
    source, left = await _source(room, principal_of(visit, site), op, provider, contents, history)
    return Talk(spoken(source, _keeping(room, visit, name, op.message, (at, before)), release), release, left)


def replaced(history: tuple[Pair, ...], op: AskChatbot) -> int | None:
    """The place of the pair that a regenerated one takes; `None` where it comes at the end (contract §6). Raises
    `Fault(code="pair_missing")` where the pair that is meant is gone: another must not be lost for it."""
    if op.earlier is not None:
        if op.earlier not in history:
            raise refused("pair_missing")
        at = op.pair if op.pair is not None and 0 <= op.pair < len(history) else 0
        return at if history[at] == op.earlier else history.index(op.earlier)
    if op.pair is not None:
        return op.pair if 0 <= op.pair < len(history) else None
    return len(history) - 1 if history and history[-1][0] == op.message else None


async def _is_premium(room: ChatbotRoom, visit: Visit) -> bool:
    if visit.user is None:
        return False
    try:
        user = await room.store.user(visit.user)
    except Fault:
        raise refused("user_store") from None
    return user is not None and user.premium


async def _source(
    room: ChatbotRoom, who: Principal, op: AskChatbot, provider: Provider, contents: Contents, history: tuple[Pair, ...]
) -> tuple[AsyncGenerator[str, None], Callable[[], None]]:
    """Who speaks: a test's chunks, an engine, or the reason why it cannot; and what lets go of it."""
    if provider.chunks is not None:
        return of_chunks(provider.chunks), nobody
    if provider.trouble:
        raise refused(provider.trouble)
    system = room.prompt if contents.prompt is None else contents.prompt
    ask = provider.ask(system, contents, history, op.message)
    try:
        run = await room.ask(who, SendMessage(ask, cache="skip"))
        await _let_in(run)
    except Fault as fault:
        if fault.kind not in _TOLD:
            raise
        return of_fault(provider, fault), nobody
    return of_run(provider, run), run.let_go


async def _let_in(run: Run) -> None:
    """See that it was not refused a place in the engine's line. Raises `Fault(busy)`: nothing was sent then."""
    try:
        await run.begun(SETTLED_SECONDS)
    except Fault as fault:
        if fault.kind is Kind.busy and fault.status is None:
            run.let_go()
            raise  # whatever else went wrong is told in the text, as all that an engine does is
    except BaseException:
        run.let_go()
        raise


def principal_of(visit: Visit, site: str) -> Principal:
    """Who asks, for the rest of the house: a guest, with a scope of their own where they are signed in, and in line
    with those of the same address where they are not."""
    name = GUESTS if visit.user is None else f"{GUESTS}:{visit.user}"
    if len(name) > LONGEST_ID:
        name = f"{name[:40]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return Principal(DEFAULT_TENANT, name, guest=True, share_answers=False, flow=site if visit.user is None else "")


def _keeping(room: ChatbotRoom, visit: Visit, name: str, message: str, earlier: tuple[int | None, Pair | None]) -> Keep:
    """How the answer is kept: in the place of an earlier pair, if that is still there, else at the end. The key of a
    session that has ended meanwhile keeps nothing any more."""

    async def keep(said: str) -> None:
        if visit.user is not None and await room.visits.find(visit.token) is None:
            raise refused("key_gone")
        pair = (message, without_thoughts(said, only_closed=True).encode("utf-8", "replace").decode())
        await room.shelf.change(visit, name, lambda contents: with_pair(contents, pair, *earlier))

    return keep


def with_pair(contents: Contents, pair: Pair, at: int | None, before: Pair | None) -> Contents:
    """With a pair in the place of the one that was `before` at `at`, wherever that is by now; else at the end."""
    history = contents.history
    if before is not None and before in history:
        here = at if at is not None and at < len(history) and history[at] == before else history.index(before)
        return msgspec.structs.replace(contents, history=(*history[:here], pair, *history[here + 1 :]))
    return msgspec.structs.replace(contents, history=(*history, pair))
