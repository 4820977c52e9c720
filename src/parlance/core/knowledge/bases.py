"""What the operations on knowledge bases do."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from parlance.core.authorize import may, must_keep
from parlance.core.cursors import page, place, within
from parlance.core.knowledge.bases_operations import (
    BasePage,
    BaseUsage,
    BaseView,
    ChangeBase,
    CreateBase,
    DeleteBase,
    ListBases,
    ReadBase,
    ReadBaseUsage,
    StopEmbedding,
)
from parlance.core.knowledge.bounds import base_name, description
from parlance.core.knowledge.foreign import merged
from parlance.core.knowledge.graph.choosing import chosen_graph, drawn_anew
from parlance.core.knowledge.graph.projecting import base_projected
from parlance.core.knowledge.misfits import FITS, left_as_it_was, misfit_code
from parlance.core.knowledge.reembed import embedded_anew
from parlance.core.knowledge.room import CLEAR_BASE, EMBED_BASE, GRAPH_BASE, RECUT_BASE, KnowledgeRoom
from parlance.core.knowledge.searching import chosen_reranker
from parlance.core.knowledge.seeing.choosing import chosen_options
from parlance.core.knowledge.vectors import MISFITS
from parlance.core.operation import Context, Effect, Result
from parlance.ports.files import WHOLE_TENANT
from parlance.ports.knowledge import PAGE
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import ListChanged
from parlance.values.files import Room
from parlance.values.knowledge import Base

_SAID = ("name", "description", "access", "options", "reranker")
_CHOSEN = re.compile(r"[a-z0-9][a-z0-9_-]{7,35}")
"""An id that somebody chose: such as may stand in a path and in a file's name, alike on all systems."""


def base_view(room: KnowledgeRoom, principal: Principal, base: Base) -> BaseView:
    """A base as its readers see it."""
    shown = {name: getattr(base, name) for name in BaseView.__struct_fields__ if name not in ("writable", "graph")}
    graph = base.graph if room.graphs else None
    return BaseView(**shown, writable=may(principal, "write", "base", base), graph=graph)


async def create_base(room: KnowledgeRoom, context: Context, op: CreateBase) -> Result[BaseView]:
    """Handle `CreateBase`."""
    principal = must_keep(context.principal, "bases")
    now, rooms = room.clock.now(), room.stores.rooms(principal.tenant)
    made = Base(
        await _chosen(room, principal, op.id) if op.id else room.ids.new(),
        principal.tenant,
        principal.user,
        base_name(op.name),
        now,
        now,
        description(op.description),
        op.access,
        await chosen_options(room, principal, op.options),
        "" if op.embedder == "" else await room.embedding.default(principal, op.embedder),
        reranker=await chosen_reranker(room, principal, op.reranker),
    )
    # What an index on another host may still have of a base that had this id is older than whatever comes now.
    foreign = None if op.foreign is None else merged(None, op.foreign)
    graph = await chosen_graph(room, principal, op.graph, if_any=op.graph_if_any)
    made = msgspec.structs.replace(made, revision=now if op.id else 0, foreign=foreign, graph=graph)
    first = () if await rooms.room(WHOLE_TENANT) is not None else rooms.make_room(WHOLE_TENANT)
    changes = (*first, *rooms.make_room(made.id), *room.stores.bases(made.tenant).insert(made))
    return Result(base_view(room, principal, made), changes, (room.tells(made, ListChanged("bases")),))


async def _chosen(room: KnowledgeRoom, principal: Principal, id: str) -> str:
    """An id of the caller's own, if it is one and free in their tenant; else one of ours. Raises `Fault`."""
    if _CHOSEN.fullmatch(id) is None:
        said = "An id has 8 to 36 small letters, digits, - and _, and begins with one of the first two."
        raise Fault(Kind.invalid, said, field="id", code="bad_id")
    there = await room.stores.bases(principal.tenant).base(id)
    if there is not None and may(principal, "read", "base", there):
        raise Fault(Kind.conflict, "There is a base with this id.", field="id", code="base_exists")
    return id if there is None else room.ids.new()  # nobody is told that somebody else has one


async def read_base(room: KnowledgeRoom, context: Context, op: ReadBase) -> Result[BaseView]:
    """Handle `ReadBase`."""
    return Result(base_view(room, context.principal, context.subject))


async def list_bases(room: KnowledgeRoom, context: Context, op: ListBases) -> Result[BasePage]:
    """Handle `ListBases`."""
    principal, limit = must_keep(context.principal, "bases"), within(op.limit)
    whose = ("bases", principal.user)
    before: tuple[str] | None = place(whose, op.cursor, str)
    bases = room.stores.bases(principal.tenant)
    found = await bases.page(principal.user, None if before is None else before[0], limit + 1)
    shown, more = page(whose, found, limit, lambda base: (base.id,))
    return Result(BasePage(tuple(base_view(room, principal, base) for base in shown), more))


async def change_base(room: KnowledgeRoom, context: Context, op: ChangeBase) -> Result[BaseView]:
    """Handle `ChangeBase`."""
    base: Base = context.subject
    given = {name: value for name in _SAID if (value := getattr(op, name)) is not None}
    judges: dict[str, Any] = {"name": base_name, "description": description}
    fields = {name: judges[name](value) if name in judges else value for name, value in given.items()}
    if op.options is not None:
        fields["options"] = await chosen_options(room, context.principal, op.options, base.options)
    if op.foreign is not None:
        fields["foreign"] = merged(base.foreign, op.foreign)
    if op.reranker and op.reranker != base.reranker:
        fields["reranker"] = await chosen_reranker(room, context.principal, op.reranker)
    embedder = op.embedder
    if embedder:
        embedder = await room.embedding.default(context.principal, embedder)
    if op.graph is not None:
        fields["graph"] = await chosen_graph(room, context.principal, op.graph, if_any=op.graph_if_any)
    now = _later(room, base)
    moved, after, effects = await _moved(room, context.principal, base, embedder, now)
    if not fields and not moved:
        return Result(base_view(room, context.principal, base))
    after = msgspec.structs.replace(after, **fields, changed=now)
    drawn = drawn_anew(room, base) if op.graph is not None else ()
    changes = (*room.stores.bases(base.tenant).change(base, {**fields, "name": after.name}, now), *moved, *drawn)
    told, stopped = room.tells(base, ListChanged("bases")), room.drops(base.tenant, GRAPH_BASE, base.id)
    effects = (*effects, stopped, room.wake) if drawn else effects
    return Result(base_view(room, context.principal, after), changes, (told, *effects))


def _later(room: KnowledgeRoom, base: Base) -> int:
    """When a base changes: later than before, also by a clock that stands or goes back. A generation is called after
    that, and vectors of one that was broken off are never taken for those of the next."""
    return max(room.clock.now(), base.changed + 1, base.generation + 1)


Move = tuple[ChangeSet, Base, tuple[Effect, ...]]
"""What makes it, the base as it is then, and the effects."""


async def _moved(room: KnowledgeRoom, principal: Principal, base: Base, embedder: str | None, now: int) -> Move:
    """What takes a base to another embedder, or to the one that came under the name of its own."""
    wanted = base.embedder if base.coming is None else base.coming
    if embedder is None or (embedder == wanted and (not embedder or base.coming is not None)):
        return (), base, ()
    why = "" if embedder != wanted else await _another(room, principal, base)
    if embedder != wanted or why:
        return await _moving(room, base, embedder, now, why)
    if base.problem not in MISFITS:
        return (), base, ()
    return (room.stores.bases(base.tenant).note(base.id, FITS),), msgspec.structs.replace(base, **FITS), ()


async def _another(room: KnowledgeRoom, principal: Principal, base: Base) -> str:
    """How it is seen that the embedder is another model than the one that embedded the base, under the same name; empty
    where it is not: by its vectors now, or where it cannot be asked by what a search or a document met. To choose it
    anew is then no empty word."""
    if (known := await misfit_code(room, principal, base)) is not None:
        return known
    failed = await room.stores.documents(base.tenant).page(base.id, None, PAGE, ("failed",))
    # A generation is called after the moment at which it was chosen.
    told = (each.problem for each in failed if each.changed > base.generation)
    return next((code for code in (base.problem, *told) if code in MISFITS), "")


async def _moving(room: KnowledgeRoom, base: Base, embedder: str, now: int, why: str) -> Move:
    """It moves at once where there is nothing to embed, else by a job that goes on while the base is searched with the
    vectors that it has, and knows `why`. What an earlier job had made is removed by the next."""
    bases = room.stores.bases(base.tenant)
    if embedder == base.embedder and base.coming is not None:
        after = msgspec.structs.replace(base, coming=None, problem="", words="")
        changes, effects = _embeds(room, base)
        return (bases.note(base.id, _standing(after)), *changes), after, effects
    if not embedder or not await bases.states(base.id):
        after = msgspec.structs.replace(base, embedder=embedder, generation=now, coming=None, problem="", words="")
        changes, effects = _embeds(room, base)
        return (*bases.switch(base, embedder, now, 0, now), *changes), after, effects
    after = msgspec.structs.replace(base, coming=embedder, problem="", words="")
    changes, effects = _embeds(room, base, generation=now, why=why)
    return (bases.note(base.id, _standing(after)), *changes), after, effects


def _embeds(room: KnowledgeRoom, base: Base, **payload: int | str) -> tuple[ChangeSet, tuple[Effect, ...]]:
    """A job in place of the one there is: one with a `generation` embeds anew, else it removes what is left of that."""
    jobs, job = room.jobs, room.job(base.tenant, EMBED_BASE, base.id, **payload)
    changes = jobs.drop(base.tenant, EMBED_BASE, base.id), *jobs.enqueue(job)
    return changes, (room.drops(base.tenant, EMBED_BASE, base.id), room.wake)


def _standing(base: Base) -> dict[str, Any]:
    return {"coming": base.coming, "problem": base.problem, "words": base.words}


async def stop_embedding(room: KnowledgeRoom, context: Context, op: StopEmbedding) -> Result[BaseView]:
    """Handle `StopEmbedding`. That it is as it was read keeps a base that has just gone over from being told to be as
    it was."""
    base: Base = context.subject
    if base.coming is None:
        return Result(base_view(room, context.principal, base))
    job = await room.jobs.find(base.tenant, EMBED_BASE, base.id)
    why = None if job is None else job.payload.get("why")
    fields, now = {"coming": None, **left_as_it_was(base, why)}, _later(room, base)
    after = msgspec.structs.replace(base, **fields, changed=now)
    changes, effects = _embeds(room, base)
    changed = room.stores.bases(base.tenant).change(base, fields, now)
    told = room.tells(base, ListChanged("bases"))
    return Result(base_view(room, context.principal, after), (*changed, *changes), (told, *effects))


async def delete_base(room: KnowledgeRoom, context: Context, op: DeleteBase) -> Result[None]:
    """Handle `DeleteBase`: nobody sees it any more, and a job removes it piece by piece."""
    base: Base = context.subject
    told = room.tells(base, ListChanged("bases"))
    return Result(None, leaving_base(room, base), (room.drops(base.tenant, EMBED_BASE, base.id), told, room.wake))


def leaving_base(room: KnowledgeRoom, base: Base) -> ChangeSet:
    """What has a base go."""
    left = room.stores.bases(base.tenant).leave(base.id)
    dropped = [room.jobs.drop(base.tenant, kind, base.id) for kind in (EMBED_BASE, GRAPH_BASE, RECUT_BASE)]
    cleared = room.jobs.enqueue(room.job(base.tenant, CLEAR_BASE, base.id))
    return left, *dropped, *cleared, *base_projected(room, base.tenant, base.id)


async def read_base_usage(room: KnowledgeRoom, context: Context, op: ReadBaseUsage) -> Result[BaseUsage]:
    """Handle `ReadBaseUsage`."""
    base: Base = context.subject
    rooms, bases = room.stores.rooms(base.tenant), room.stores.bases(base.tenant)
    own, whole = await rooms.room(base.id), await rooms.room(WHOLE_TENANT)
    bounds = (await room.depot(base.tenant)).bounds
    nothing = Room(0, 0, 0)
    tenant = msgspec.structs.replace(whole or nothing, limit=bounds.tenant)
    states, chunks = dict(await bases.states(base.id)), await bases.chunks(base.id)
    going = (0, 0) if base.coming is None else (min(await embedded_anew(room, base), chunks), chunks)
    return Result(BaseUsage(own or nothing, tenant, states, chunks, bounds.upload, *going))
