"""Having sound written down: by the model that was named, or the first one that transcribes."""

from __future__ import annotations

import msgspec

from parlance.core.chat.road import Road
from parlance.core.ledger.prices import spent
from parlance.core.models.abilities import is_able, not_a_transcriber
from parlance.core.models.connections import Found
from parlance.core.models.handlers import passing
from parlance.core.models.operations import Transcribe
from parlance.core.operation import Context, Result
from parlance.values.accounts import Principal
from parlance.values.asks import Transcript
from parlance.values.errors import Fault, Kind
from parlance.values.sounds import HEAD, MOST_SOUND, no_transcriber, sound_of, sound_too_large


async def transcribe(road: Road, context: Context, op: Transcribe) -> Result[Transcript]:
    """Handle `Transcribe`: through the engine's line and circuit, and again where the connection broke."""
    must_be_sound(op.ask.content)
    principal = context.principal
    connection, card = await transcriber(road, principal, op.ask.model)
    engine = connection.transcribe
    assert engine is not None
    ask = msgspec.structs.replace(op.ask, model=card.ref.name)
    whole = await passing(road, connection, principal.lane_key, lambda: engine.transcribe(ask), connection.retries)
    road.meters.tokens(connection.name, whole.prompt_tokens, whole.completion_tokens)
    used = spent(card, whole.prompt_tokens, whole.completion_tokens)
    road.gate.settle(principal, used, context.reserved, card)
    return Result(whole)


def must_be_sound(content: bytes) -> None:
    """Raises `Fault` for a file that no engine is asked to write down."""
    if not content:
        raise Fault(Kind.invalid, "The file is empty.", field="file", code="empty_file")
    if len(content) > MOST_SOUND:
        raise sound_too_large("file")
    if sound_of(content[:HEAD]) is None:
        raise Fault(
            Kind.invalid,
            "This file is no sound that is written down here.",
            hint="Send MP3, WAV, M4A, OGG, FLAC or WebM; its bytes say what it is, not its name.",
            field="file",
            code="unknown_sound",
        )


async def transcriber(road: Road, principal: Principal, model: str) -> Found:
    """The model of this name, or of no name the first that transcribes and may be used. Raises `Fault`: also that of a
    connection that could not say what it has, for it may have one."""
    if model:
        connection, card = await road.models.find(principal, model)
        if not is_able(connection, card, "transcribe"):
            raise not_a_transcriber(model)
        return connection, card
    for card in await road.models.listing(principal):
        if card.can("transcribe"):
            connection, card = await road.models.find(principal, card.id)
            if is_able(connection, card, "transcribe"):
                return connection, card
    for connection in road.models.connections:
        if connection.transcribe is not None and not connection.listed and connection.trouble is not None:
            raise connection.trouble
    raise no_transcriber()
