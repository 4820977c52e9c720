"""Coming and going: pages, signing in, up and out."""

from __future__ import annotations

from parlance.core.chatbot.names import is_user_name
from parlance.core.chatbot.operations import EnterVisit, JoinChatbot, LeaveVisit, OpenVisit, ProveVisit, Visited
from parlance.core.chatbot.refusals import refused
from parlance.core.chatbot.room import ChatbotRoom
from parlance.core.chatbot.visits import Visit
from parlance.core.operation import Context, Result
from parlance.values.chatbot import ChatbotUser

SALT_BYTES = 16
LEAST_SECONDS, MOST_SECONDS = 60, 31_536_000
"""Of a cookie's age."""


async def open_visit(room: ChatbotRoom, context: Context, op: OpenVisit) -> Result[Visited]:
    """Handle `OpenVisit`."""
    visit = room.visits.find(op.visit) or room.visits.open()
    user = None if visit.user is None else await room.store.user(visit.user)
    return Result(_visited(room, visit, user))


async def enter_visit(room: ChatbotRoom, context: Context, op: EnterVisit) -> Result[Visited]:
    """Handle `EnterVisit`. Somebody who is not there takes the same steps, and so the same time."""
    name = op.name.strip()
    if not name or not op.password:
        raise refused("credentials_wrong")
    before = room.visits.proved(op.visit, op.csrf)
    user = await room.store.user(name) if is_user_name(name) else None

    async def known() -> bool:
        return False

    guess = await room.guesses.begin(f"chatbot/{name}", context.came.address, known)
    checked = await room.passwords.check(None if user is None else user.password_hash, op.password)
    if user is None or not checked.right:
        raise refused("credentials_wrong")
    await guess.right()
    fresh = None if user.salt else room.draw(SALT_BYTES)
    key = await room.cipher.key(op.password, user.salt or fresh or b"")
    visit = room.visits.signed_in(before, user.name, key)
    return Result(
        _visited(room, visit, user),
        () if fresh is None else room.store.salt(user, fresh),
        otherwise=lambda: room.visits.close(visit.token),
    )


async def join_chatbot(room: ChatbotRoom, context: Context, op: JoinChatbot) -> Result[None]:
    """Handle `JoinChatbot`."""
    name = op.name.strip()
    if not name or not op.password:
        raise refused("credentials_missing")
    room.visits.proved(op.visit, op.csrf)
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
    room.visits.close(op.visit)
    return Result(_visited(room, room.visits.open(), None))


async def prove_visit(room: ChatbotRoom, context: Context, op: ProveVisit) -> Result[None]:
    """Handle `ProveVisit`."""
    room.visits.proved(op.visit, op.csrf)
    return Result(None)


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
    )
