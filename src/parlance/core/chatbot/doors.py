"""Coming and going: pages, signing in, up and out."""

from __future__ import annotations

import hashlib

from parlance.core.accounts.guesses import site_of
from parlance.core.chatbot.names import is_user_name
from parlance.core.chatbot.operations import EnterVisit, JoinChatbot, LeaveVisit, OpenVisit, ProveVisit, Visited
from parlance.core.chatbot.refusals import refused
from parlance.core.chatbot.room import ChatbotRoom
from parlance.core.chatbot.visits import Visit
from parlance.core.operation import Context, Result, step
from parlance.values.chatbot import DEFAULT_SET, ChatbotUser, Contents
from parlance.values.errors import Fault, Kind

SALT_BYTES = 16
MOST_NEWCOMERS, NEWCOMERS_SECONDS = 1000, 60.0
"""Sessions that are begun from one address in a while: it takes ten minutes to push out somebody's."""
MOST_ENTERED, ENTERED_SECONDS = 100, 3600.0
"""Sign-ins of one user in a while, for the same reason."""
LEAST_SECONDS, MOST_SECONDS = 60, 31_536_000
"""Of a cookie's age."""


async def open_visit(room: ChatbotRoom, context: Context, op: OpenVisit) -> Result[Visited]:
    """Handle `OpenVisit`."""
    visit = await room.visits.find(op.visit) or await _newcomer(room, context)
    user = None if visit.user is None else await room.store.user(visit.user)
    return Result(_visited(room, visit, user))


async def enter_visit(room: ChatbotRoom, context: Context, op: EnterVisit) -> Result[Visited]:
    """Handle `EnterVisit`. Somebody who is not there takes the same steps, and so the same time."""
    name = op.name.strip()
    if not name or not op.password:
        raise refused("credentials_wrong")
    before = await room.visits.proved(op.visit, op.csrf)
    user = await room.store.user(name) if is_user_name(name) else None

    async def known() -> bool:
        return False

    guess = await room.guesses.begin(f"chatbot/{name}", context.came.address, known)
    checked = await room.passwords.check(None if user is None else user.password_hash, op.password)
    if user is None or not checked.right:
        raise refused("credentials_wrong")
    await guess.right()
    who = hashlib.sha256(user.name.encode()).hexdigest()[:32]  # counters may lie in Redis
    await _bounded(room, f"chatbot/entered/{who}", MOST_ENTERED, ENTERED_SECONDS)
    fresh = None if user.salt else room.draw(SALT_BYTES)
    key = await room.cipher.key(op.password, user.salt or fresh or b"")

    async def entered() -> Result[Visited]:
        return Result(_visited(room, await room.visits.signed_in(before, user.name, key), user))

    # A key that is made with a salt which is not kept would open nothing later.
    return await entered() if fresh is None else step(room.store.salt(user, fresh), entered)


async def join_chatbot(room: ChatbotRoom, context: Context, op: JoinChatbot) -> Result[None]:
    """Handle `JoinChatbot`."""
    name = op.name.strip()
    if not name or not op.password:
        raise refused("credentials_missing")
    await room.visits.proved(op.visit, op.csrf)
    if not is_user_name(name):
        raise refused("name_odd")
    if await room.store.user(name) is not None:
        raise refused("name_taken")
    await room.guesses.arrive(context.came.address)
    hashed = await room.passwords.hash(op.password)
    user = ChatbotUser(name, hashed, room.clock.now(), salt=room.draw(SALT_BYTES))
    return Result(None, room.store.insert_user(user))


async def leave_visit(room: ChatbotRoom, context: Context, op: LeaveVisit) -> Result[Visited]:
    """Handle `LeaveVisit`."""
    if await room.visits.find(op.visit) is None:
        return Result(_visited(room, await _newcomer(room, context), None))
    await room.visits.close(op.visit)
    return Result(_visited(room, await room.visits.open(), None))


async def prove_visit(room: ChatbotRoom, context: Context, op: ProveVisit) -> Result[None]:
    """Handle `ProveVisit`."""
    await room.visits.proved(op.visit, op.csrf)
    return Result(None)


async def _newcomer(room: ChatbotRoom, context: Context) -> Visit:
    """A new guest's session. Who keeps no cookie makes one with each look at a page: so many from one address would
    push out all other guests. Raises `Fault(over_budget)`."""
    await _bounded(room, f"chatbot/newcomers/{site_of(context.came.address)}", MOST_NEWCOMERS, NEWCOMERS_SECONDS)
    return await room.visits.open()


async def _bounded(room: ChatbotRoom, name: str, most: int, seconds: float) -> None:
    count = await room.newcomers.add(name, 1, seconds)
    if count.total > most:
        raise Fault(Kind.over_budget, "Too many sessions were begun.", retry_after=max(1.0, count.resets))


def _visited(room: ChatbotRoom, visit: Visit, user: ChatbotUser | None) -> Visited:
    premium = user is not None and user.premium
    return Visited(
        visit.token,
        visit.csrf,
        min(max(room.seconds, LEAST_SECONDS), MOST_SECONDS),
        visit.user,
        "free" if user is None else user.tier,
        tuple((each.name, each.tier) for each in room.providers.shown(premium)),
        room.prompt,
        None if visit.user is not None else visit.sets.get(DEFAULT_SET, Contents(encrypted=False)),
    )
