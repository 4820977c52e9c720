"""Asking a model: what is checked and in which order, what is sent, and what is kept of the answer."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable

import msgspec

from parlance.core.chat.operations import SendMessage
from parlance.core.chatbot.names import set_name
from parlance.core.chatbot.operations import AskChatbot
from parlance.core.chatbot.prompt import without_thoughts
from parlance.core.chatbot.providers import Provider
from parlance.core.chatbot.refusals import refused
from parlance.core.chatbot.room import ChatbotRoom
from parlance.core.chatbot.talk import Keep, Talk, of_chunks, of_fault, of_run, spoken
from parlance.core.chatbot.visits import Visit
from parlance.core.operation import Context, Result
from parlance.values.accounts import DEFAULT_TENANT, Principal
from parlance.values.chatbot import Contents, Pair
from parlance.values.errors import Fault, Kind

GUESTS = "chatbot"
"""Who all guests of the app are together, for rates, budgets and the line."""
LONGEST_ID = 64
_TOLD = frozenset({Kind.upstream, Kind.timed_out, Kind.missing, Kind.context_full})
"""Faults of an engine before it said anything: the stream tells them."""


async def ask_chatbot(room: ChatbotRoom, context: Context, op: AskChatbot) -> Result[Talk]:
    """Handle `AskChatbot`: from here on one owner generates one thing at a time, until the talk is over or left."""
    visit = room.visits.proved(op.visit, op.csrf)
    provider = room.providers.named(op.model)
    if not provider.label:
        raise refused("provider_unsupported")
    if not op.message.strip():
        raise refused("message_blank")
    name = set_name(op.set_name)
    if visit.owner in room.going:
        raise refused("generating")
    release = _locked(room.going, visit.owner)
    try:
        talk = await _begun(room, visit, op, name, provider, release)
    except BaseException:
        release()
        raise
    return Result(talk)


def _locked(going: set[str], owner: str) -> Callable[[], None]:
    """Take the owner's lock; gives what lets it go, once."""
    going.add(owner)
    held = [owner]

    def release() -> None:
        if held:
            going.discard(held.pop())

    return release


async def _begun(
    room: ChatbotRoom, visit: Visit, op: AskChatbot, name: str, provider: Provider, release: Callable[[], None]
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
    source = await _source(room, visit, op, provider, contents, history)
    return Talk(spoken(source, _keeping(room, visit, name, op.message, (at, before)), release), release)


def replaced(history: tuple[Pair, ...], op: AskChatbot) -> int | None:
    """The place of the pair that a regenerated one takes; `None` where it comes at the end (contract §6)."""
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
    room: ChatbotRoom, visit: Visit, op: AskChatbot, provider: Provider, contents: Contents, history: tuple[Pair, ...]
) -> AsyncGenerator[str, None]:
    """Who speaks: a test's chunks, an engine, or the reason why it cannot."""
    if provider.chunks is not None:
        return of_chunks(provider.chunks)
    if provider.trouble:
        raise refused(provider.trouble)
    system = room.prompt if contents.prompt is None else contents.prompt
    ask = provider.ask(system, contents, history, op.message)
    try:
        run = await room.ask(principal_of(visit), SendMessage(ask, cache="skip"))
    except Fault as fault:
        if fault.kind not in _TOLD:
            raise
        return of_fault(provider, fault)
    return of_run(provider, run)


def principal_of(visit: Visit) -> Principal:
    """Who asks, for the rest of the house: a guest, with a scope of their own where they are signed in."""
    name = GUESTS if visit.user is None else f"{GUESTS}:{visit.user}"
    if len(name) > LONGEST_ID:
        name = f"{name[:40]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return Principal(DEFAULT_TENANT, name, guest=True, share_answers=False)


def _keeping(room: ChatbotRoom, visit: Visit, name: str, message: str, earlier: tuple[int | None, Pair | None]) -> Keep:
    """How the answer is kept: in the place of an earlier pair, if that is still there, else at the end."""

    async def keep(said: str) -> None:
        pair = (message, without_thoughts(said).encode("utf-8", "replace").decode())
        await room.shelf.change(visit, name, lambda contents: with_pair(contents, pair, *earlier))

    return keep


def with_pair(contents: Contents, pair: Pair, at: int | None, before: Pair | None) -> Contents:
    """With a pair in the place of the one that was `before` at `at`, wherever that is by now; else at the end."""
    history = contents.history
    if before is not None and before in history:
        here = at if at is not None and at < len(history) and history[at] == before else history.index(before)
        return msgspec.structs.replace(contents, history=(*history[:here], pair, *history[here + 1 :]))
    return msgspec.structs.replace(contents, history=(*history, pair))
