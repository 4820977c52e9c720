"""Sending a message: find the model, answer from the cache, join an identical flight, or start one."""

from __future__ import annotations

import asyncio

import msgspec

from parlance.core.admission.key import answer_key, deterministic
from parlance.core.admission.slots import Line
from parlance.core.chat.assemble import room
from parlance.core.chat.bounds import judged_grounds
from parlance.core.chat.grounding import Grounded
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.road import Road
from parlance.core.chat.trim import shortened
from parlance.core.chat.trip import Trip
from parlance.core.ledger.ledgers import Told
from parlance.core.operation import Context, Result
from parlance.core.runs.flight import Flight, failure
from parlance.core.runs.log import Log
from parlance.core.runs.run import Run
from parlance.values.errors import Fault
from parlance.values.events import Ended, Event, Failure
from parlance.values.grounds import Footing, NamedBase
from parlance.values.ledger import NOTHING, Spent

BROKEN = Ended("failed", Failure("internal", "The run broke before it could begin.", code="internal"))
"""How a run ends whose way to the engine broke: without an end its followers would wait for ever."""


async def send_message(road: Road, context: Context, op: SendMessage) -> Result[Run]:
    """Handle `SendMessage`: gives the run at once."""
    trip, run = await prepare(road, context, op)
    await set_off(trip, run)
    return Result(run)


async def prepare(road: Road, context: Context, op: SendMessage) -> tuple[Trip, Run]:
    """Find the model and put the question together: all that may be refused."""
    principal = context.principal
    if op.line is not None:
        road.line(op.line)
    judged_grounds(op.bases, op.grounds)
    connection, card = await road.models.find(principal, op.ask.model)
    run_id = road.ids.new()
    items = await road.references.resolved(principal, op.ask.items)
    ask = msgspec.structs.replace(op.ask, model=card.ref.name, items=items)
    trip = Trip(road, op, context, connection, card, ask, run_id)
    if op.bases:
        bases = tuple(NamedBase(base.id, base.name) for base in context.named["bases"])
        space = room(card.context, ask.sampling.max_tokens)
        trip.grounded = Grounded(Footing(bases, op.grounds), space=space)
    await _assemble(trip)
    run = Run(run_id, principal, op.ask.model or card.id, road.clock.now(), detached=op.detached)
    run.allowances = context.allowances
    run.trimmed = trip.told.trimmed
    return trip, run


async def set_off(trip: Trip, run: Run) -> None:
    """Take the run into the register, and let it depart, or wait in a line of its own."""
    road, op = trip.road, trip.op
    road.runs.add(run)
    trip.pool.totals.add(trip.principal.scope_key, "requests")
    if op.line is None:
        try:
            await depart(trip, run)
        except BaseException:
            run.let_go()  # whoever asked never hears of it
            raise
    else:
        waiting = _wait_in_line(trip, run, road.line(op.line))
        run.on_leave.append(asyncio.get_running_loop().create_task(waiting))


async def _assemble(trip: Trip) -> None:
    """Put the earlier conversation before what is said now; count it where it is kept."""
    op, scope = trip.op, trip.principal.scope_key
    conversations = trip.pool.conversations
    if op.previous is not None:
        earlier = await conversations.resume(scope, op.previous)
        trip.ask = msgspec.structs.replace(trip.ask, items=earlier.items + trip.ask.items)
    if op.keep:
        trip.before = await conversations.assemble(scope, trip.ask.items)
    short = shortened(trip.ask, trip.card, passages=trip.grounded is not None) if op.trim else None
    if short is not None:
        trip.said = trip.ask.items
        trip.ask, trip.told = short.ask, Told(short.drawn, trimmed=short.trimmed)
        trip.log = Log(trip.road.clock)
        trip.log.append(short.trimmed)


async def _wait_in_line(trip: Trip, run: Run, line: Line) -> None:
    """A run with a line of its own: wait there, then fly, and keep the place until the answer is whole."""
    try:
        entered = await line.enter(trip.principal.flow_key, trip.op.priority, run.show)
    except Fault as fault:
        _unreserve(trip)
        run.end(Ended("failed", failure(fault)))
        return
    except asyncio.CancelledError:
        _unreserve(trip)
        run.end(Ended("stopped"))
        raise
    try:
        await depart(trip, run)
        while run.ended is None:
            await run.wait()
    except BaseException:
        if run.ended is None:  # nobody awaits this task: without an end its followers would wait for ever
            run.end(BROKEN)
        raise
    finally:
        line.leave(entered, learn=not run.cached)


async def depart(trip: Trip, run: Run) -> None:
    """Answer from the cache, join an identical flight, or start one."""
    road, op = trip.road, trip.op
    run.quiet()
    if not _shares(trip):
        return _start(trip, run)
    pool, scope = trip.pool, trip.principal.scope_key
    key = trip.key = answer_key(scope, trip.connection.mark, trip.ask)
    if pool.answers.enabled:
        events = await pool.answers.find(scope, key)
        if events is not None:
            pool.totals.add(scope, "cached")
            _shared(trip, run)
            return _replay(trip, run, events)
    flight = road.joins.get((op.pool, key))
    if flight is not None and flight.joinable:
        pool.totals.add(scope, "joined")
        road.meters.joined()
        run.joined = True
        _shared(trip, run)
        run.board(flight)
        return None
    return _start(trip, run)


def _unreserve(trip: Trip) -> None:
    """An ask that never came to anything gives back what was reserved for it."""
    trip.road.gate.settle(trip.principal, NOTHING, trip.reserved)


def _shared(trip: Trip, run: Run) -> None:
    """An answer that costs no tokens: it is a request all the same."""
    trip.road.ledgers.open(run, trip.card, trip.ask, trip.told, shared=True)
    trip.road.gate.settle(trip.principal, Spent(), trip.reserved, trip.card)


def _shares(trip: Trip) -> bool:
    """Whether this ask may share an answer within its scope: the key's word, else the row's, else the pool's policy.
    What rests on documents never does: they change, and so does who may read them."""
    if trip.op.cache == "skip" or trip.grounded is not None:
        return False
    said = trip.principal.share_answers
    if said is not None:
        return said
    policy = trip.pool.share
    return policy != "none" and (trip.op.share or policy == "all" or deterministic(trip.ask))


def _start(trip: Trip, run: Run) -> None:
    road = trip.road
    shared = trip.key is not None
    unfolds = shared or run.detached
    road.ledgers.open(run, trip.card, trip.ask, trip.told)
    flight = road.launch(
        run,
        trip.fly,
        trip.landed,
        unfolds=unfolds,
        on_first=trip.heard,
        log=trip.log,
        later=not (unfolds or trip.ask.stream),
    )
    if trip.key is not None and trip.pool.joins:
        road.joins[(trip.op.pool, trip.key)] = flight


def _replay(trip: Trip, run: Run, events: list[Event]) -> None:
    """A kept answer: a finished log with its text exact."""
    log = trip.log or Log(trip.road.clock)
    for event in events:
        log.append(event)
    log.append(Ended("complete"))
    flight = Flight.landed(trip.road.clock, log)
    run.cached = True
    run.board(flight, hold=False)
