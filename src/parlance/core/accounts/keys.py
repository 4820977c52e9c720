"""API keys: made, shown once, listed by how they begin, and taken out of service."""

from __future__ import annotations

from parlance.core.accounts.audit import told
from parlance.core.accounts.names import checked_name
from parlance.core.accounts.operations import CreateKey, KeyMade, KeyPage, ListKeys, RevokeKey
from parlance.core.accounts.rights import must_act_for, must_not_exceed
from parlance.core.accounts.room import AccountRoom
from parlance.core.accounts.tokens import KEY_PREFIX, digest_of, shown
from parlance.core.authorize import administers, visible
from parlance.core.cursors import page, place, within
from parlance.core.operation import Context, Result
from parlance.values.accounts import ApiKey, User
from parlance.values.errors import Fault, Kind, out_of_range

EVERYBODY = "*"
MOST_PATTERNS = 100
"""Patterns of models in one key."""


async def create_key(room: AccountRoom, context: Context, op: CreateKey) -> Result[KeyMade]:
    """Handle `CreateKey`."""
    who, user = context.principal, context.named["user"]
    whose = user.id if isinstance(user, User) else who.user
    must_act_for(who, whose)
    must_not_exceed(who, op.scopes, op.models)
    _sound(room, op)
    key = room.tokens.opaque(KEY_PREFIX)
    about = ApiKey(
        id=room.ids.new(),
        tenant=who.tenant,
        user=whose,
        name=checked_name(op.name),
        prefix=shown(key),
        created=room.clock.now(),
        scopes=op.scopes,
        models=op.models,
        expires=op.expires,
        share_answers=op.share_answers,
        keep_chats=op.keep_chats,
        requests_per_minute=op.requests_per_minute,
        tokens_per_minute=op.tokens_per_minute,
    )
    made = room.of(who.tenant).keys.insert(about, digest_of(key))
    noted = told(room, context, "key_made", ("key", about.id), whose=whose, scopes=" ".join(op.scopes))
    # The first key ends local mode: everybody must hear of it.
    return Result(KeyMade(key, about), (*made, noted, room.moved()), (room.access.changed,))


def _sound(room: AccountRoom, op: CreateKey) -> None:
    """Raise `Fault(invalid)` where the key would be of no use."""
    if not op.scopes or not op.models or len(op.models) > MOST_PATTERNS:
        field = "models" if op.scopes else "scopes"
        raise Fault(
            Kind.invalid, f"The field {field} does not fit: expected 1 to {MOST_PATTERNS}.", field=field, code="empty"
        )
    if op.expires is not None and op.expires <= room.clock.now():
        raise Fault(Kind.invalid, "The key would be over already.", field="expires", code="out_of_range")
    for field in ("requests_per_minute", "tokens_per_minute"):
        rate = getattr(op, field)
        if rate is not None and rate < 1:
            raise out_of_range(field, "a number from 1 on")


async def list_keys(room: AccountRoom, context: Context, op: ListKeys) -> Result[KeyPage]:
    """Handle `ListKeys`."""
    who, asked = context.principal, op.user or context.principal.user
    user = None if asked == EVERYBODY and administers(who) else asked
    after, limit = place(("keys", asked), op.cursor, str), within(op.limit)
    await room.noted()
    found = await room.of(who.tenant).keys.list(user, after[0] if after else None, limit + 1)
    mine = visible(who, "key")
    some, more = page(("keys", asked), found, limit, lambda one: (one.id,))
    own = tuple(one for one in some if mine(one))
    return Result(KeyPage(own, more if own else None))


async def revoke_key(room: AccountRoom, context: Context, op: RevokeKey) -> Result[None]:
    """Handle `RevokeKey`."""
    key: ApiKey = context.subject
    revoked = room.of(key.tenant).keys.revoke(key.id)
    noted = told(room, context, "key_revoked", ("key", key.id), whose=key.user, name=key.name)
    return Result(None, (*revoked, noted, room.moved()), (room.access.changed,))
