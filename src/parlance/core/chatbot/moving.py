"""Moving people in and out, as they lie in the app's own folder: hashes, salts and sealed texts, byte for byte.

Nothing is opened on the way: what is sealed opens again with the same password, here as there.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.chatbot.names import is_set_name, is_user_name
from parlance.core.operation import Context, Handles, Operation, Result
from parlance.ports.chatbot import ChatbotStore
from parlance.values.accounts import Scope
from parlance.values.chatbot import MOST_SETS, ChatbotUser, KeptSet
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND, Clock

MOST_LISTED = 100
SALT_BYTES = 16
LONGEST_TIER, LONGEST_HASH = 64, 255


class MovingRoom(msgspec.Struct, frozen=True):
    """What moving needs: it works whether anybody opened the app or not."""

    store: ChatbotStore
    clock: Clock


class MovedSet(msgspec.Struct, frozen=True):
    """One set: `created` in seconds since 1970, texts as they lie in the files (in JSON as base64), `null` for a file
    that is not there."""

    name: str
    created: float
    encrypted: bool
    memory: bytes | None = None
    prompt: bytes | None = None
    history: bytes | None = None


class MovedPerson(msgspec.Struct, frozen=True):
    """Somebody with all that is kept of them. `salt` is 16 bytes, or missing for somebody who never signed in."""

    name: str
    password_hash: str
    tier: str = "free"
    salt: bytes | None = None
    sets: tuple[MovedSet, ...] = ()


class People(msgspec.Struct, frozen=True):
    """Some names in their order; `next` is what the following page begins after, and empty on the last one."""

    names: tuple[str, ...]
    next: str = ""


class Arrived(msgspec.Struct, frozen=True):
    """What became of somebody: `new` is false where somebody of that name is there already."""

    name: str
    new: bool


class ListChatbotPeople(Operation[People], frozen=True):
    """List the people of the chatbot app by name."""

    wire_name: ClassVar[str] = "chatbot.people.list"
    scope: ClassVar[Scope | None] = "operate"

    after: str = ""


class ReadChatbotPerson(Operation[MovedPerson], frozen=True):
    """Show one of the chatbot app's people with everything, sealed as it is."""

    wire_name: ClassVar[str] = "chatbot.people.read"
    scope: ClassVar[Scope | None] = "operate"

    name: str


class ImportChatbotPerson(Operation[Arrived], frozen=True):
    """Take in one of the chatbot app's people with all sets, unless somebody of that name is there already."""

    wire_name: ClassVar[str] = "chatbot.people.import"
    scope: ClassVar[Scope | None] = "operate"

    person: MovedPerson


async def list_people(room: MovingRoom, context: Context, op: ListChatbotPeople) -> Result[People]:
    """Handle `ListChatbotPeople`."""
    names = tuple(user.name for user in await room.store.users(op.after, MOST_LISTED))
    return Result(People(names, names[-1] if len(names) == MOST_LISTED else ""))


async def read_person(room: MovingRoom, context: Context, op: ReadChatbotPerson) -> Result[MovedPerson]:
    """Handle `ReadChatbotPerson`."""
    user = await room.store.user(op.name)
    if user is None:
        raise Fault(Kind.missing, "There is no such person.", code="person_not_found")
    found = [await room.store.set(user.name, entry.name) for entry in await room.store.sets(user.name)]
    sets = tuple(
        MovedSet(kept.name, kept.created / SECOND, kept.encrypted, kept.memory, kept.prompt, kept.history)
        for kept in found
        if kept is not None
    )
    return Result(MovedPerson(user.name, user.password_hash, user.tier, user.salt, sets))


async def import_person(room: MovingRoom, context: Context, op: ImportChatbotPerson) -> Result[Arrived]:
    """Handle `ImportChatbotPerson`: the person and all sets in one commit."""
    person = op.person
    _judged(person)
    if await room.store.user(person.name) is not None:
        return Result(Arrived(person.name, False))
    user = ChatbotUser(person.name, person.password_hash, room.clock.now(), person.tier, person.salt)
    changes = room.store.insert_user(user)
    for one in person.sets:
        created = round(one.created * SECOND)
        kept = KeptSet(one.name, created, one.encrypted, one.memory, one.prompt, one.history)
        changes += room.store.insert_set(person.name, kept)
    return Result(Arrived(person.name, True), changes)


def _judged(person: MovedPerson) -> None:
    """Raise `Fault(invalid)` for what the app could not have written."""
    if not is_user_name(person.name):
        raise _odd("person.name")
    if person.salt is not None and len(person.salt) != SALT_BYTES:
        raise _odd("person.salt")
    if not 0 < len(person.tier) <= LONGEST_TIER:
        raise _odd("person.tier")
    if len(person.password_hash) > LONGEST_HASH:
        raise _odd("person.password_hash")
    names = [one.name for one in person.sets]
    if len(names) > MOST_SETS:
        raise _odd("person.sets")
    if len(set(names)) != len(names) or not all(is_set_name(name) for name in names):
        raise _odd("person.sets")
    if not all(0 <= one.created < 2**40 for one in person.sets):
        raise _odd("person.sets")


def _odd(field: str) -> Fault:
    return Fault(Kind.invalid, f"The field {field} is nothing that the chatbot app writes.", field=field)


AREA: Handles = {
    ListChatbotPeople: list_people,
    ReadChatbotPerson: read_person,
    ImportChatbotPerson: import_person,
}
