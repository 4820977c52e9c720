"""Knowledge bases: made, listed, changed, copied, deleted. What is made here everybody of the tenant may read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from parlance.core.knowledge.bases_operations import (
    BaseView,
    ChangeBase,
    CreateBase,
    DeleteBase,
    ListBases,
    ReadBase,
)
from parlance.core.knowledge.copying_operations import CopyBase
from parlance.core.weknora.model_operations import ReadTenantModel
from parlance.core.weknora.operations import ReadPlace
from parlance.dialects.table import Do, Reply, Request
from parlance.dialects.weknora.bases_shown import (
    BaseBody,
    BaseShown,
    Cutting,
    base_shown,
    cut_as,
    cutting,
    graph_of,
    looks_at_pictures,
    noted,
    notes,
    notes_of,
    vision_of,
)
from parlance.dialects.weknora.bodies import number_of, taking
from parlance.dialects.weknora.envelope import Done, Success, done, given
from parlance.dialects.weknora.rows import rows_of
from parlance.dialects.weknora.wire import BASE
from parlance.values.errors import Fault, Kind
from parlance.values.weknora_ids import id_here

PATH = f"{BASE}/knowledge-bases"
UNNAMED = "Untitled"
MOST_BASES = 199
"""Bases that are read at a time."""


class Config(msgspec.Struct, frozen=True):
    """What of a base's configuration can be changed."""

    chunking_config: Cutting | None = None
    image_processing_config: dict[str, Any] | None = None


class Change(msgspec.Struct, frozen=True):
    """The body of a change."""

    name: Annotated[str, Meta(min_length=1)]
    config: Config
    description: str | None = None


class Copy(msgspec.Struct, frozen=True):
    """The body of a copy."""

    source_id: Annotated[str, Meta(min_length=1)]
    target_id: str | None = None


async def create(request: Request, do: Do, body: BaseBody) -> Reply:
    """`POST /knowledge-bases`."""
    kept = notes_of(body)
    await _there(do, body.summary_model_id, *_looking(noted(kept)))
    wanted = CreateBase(
        name=body.name or UNNAMED,
        description=body.description or "",
        access="tenant",
        options=msgspec.structs.replace(cutting(body.chunking_config), vision=vision_of(kept)),
        embedder=body.embedding_model_id or None,
        reranker=body.rerank_model_id or "",
        id=id_here(body.id) if body.id else "",
        foreign=kept,
        graph=graph_of(body.extract_config, body.summary_model_id or ""),
        graph_if_any=True,
    )
    return given(base_shown(await _seeing(do, wanted), await number_of(do)), 201)


def _looking(known: Mapping[str, Any]) -> tuple[str, ...]:
    """The models for pictures that a base with these notes names."""
    return looks_at_pictures(known), looks_at_pictures({**known, "vlm_model_id": ""})


async def _there(do: Do, *models: str | None) -> None:
    """Raise `Fault(missing)` unless each of these that is named is one of the caller's tenant, or of the server's."""
    for id in filter(None, models):
        await do(ReadTenantModel(id))


async def _seeing(do: Do, wanted: CreateBase | ChangeBase) -> BaseView:
    """What is wanted of a base. A model for its pictures that sees nothing, or went meanwhile, is noted, and the
    server's takes its place."""
    try:
        return await do(wanted)
    except Fault as fault:
        options = wanted.options
        if options is None or not options.vision or fault.kind not in (Kind.missing, Kind.unsupported):
            raise
        usual = msgspec.structs.replace(options, vision=None)
        return await do(msgspec.structs.replace(wanted, options=usual))


async def listing(request: Request, do: Do) -> Reply:
    """`GET /knowledge-bases`: all of them, the newest first."""
    found: list[BaseView] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await do(ListBases(cursor, MOST_BASES))
        found += page.bases
        cursor = page.cursor
    number = await number_of(do)
    newest = sorted(found, key=lambda base: base.created, reverse=True)
    return given([base_shown(base, number) for base in newest])


async def read(request: Request, do: Do) -> Reply:
    """`GET /knowledge-bases/:id`."""
    return given(base_shown(await do(ReadBase(request.params["base"])), await number_of(do)))


async def change(request: Request, do: Do, body: Change) -> Reply:
    """`PUT /knowledge-bases/:id`: name, description, how documents are cut, and who reads pictures."""
    id, config = request.params["base"], body.config
    before = await do(ReadBase(id))
    multimodal = None if config.chunking_config is None else config.chunking_config.enable_multimodal
    kept = notes(before.foreign, image_processing_config=config.image_processing_config, enable_multimodal=multimodal)
    await _there(do, *set(_looking(noted(kept))) - set(_looking(noted(before.foreign))))
    options = before.options
    if config.chunking_config is not None:
        options = cut_as(before.options, cutting(config.chunking_config))
    options = msgspec.structs.replace(options, vision=vision_of(kept))
    wanted = ChangeBase(id, body.name, body.description or "", options=options, foreign=kept)
    changed = await _seeing(do, wanted)
    return given(base_shown(changed, await number_of(do)))


async def delete(request: Request, do: Do) -> Reply:
    """`DELETE /knowledge-bases/:id`: with all that is in it."""
    await do(DeleteBase(request.params["base"]))
    return done("Knowledge base deleted successfully")


async def copy(request: Request, do: Do, body: Copy) -> Reply:
    """`POST /knowledge-bases/copy`: it goes on in the background."""
    await do(CopyBase(body.source_id, body.target_id or None))
    return done("Knowledge base copy successfully")


_row = rows_of("bases", PATH)
ROWS = (
    _row(
        "POST",
        "",
        "create",
        answer=taking(BaseBody, create),
        operations=(CreateBase, ReadTenantModel, ReadPlace),
        summary="Make a knowledge base",
        takes=BaseBody,
        gives=Success[BaseShown],
        statuses=(201,),
    ),
    _row(
        "GET",
        "",
        "list",
        answer=listing,
        operations=(ListBases, ReadPlace),
        summary="All knowledge bases, the newest first",
        gives=Success[tuple[BaseShown, ...]],
    ),
    _row(
        "POST",
        "/copy",
        "copy",
        answer=taking(Copy, copy),
        operations=(CopyBase,),
        summary="Have a base hold what another one holds",
        takes=Copy,
        gives=Done,
    ),
    _row(
        "GET",
        "/{base}",
        "read",
        answer=read,
        operations=(ReadBase, ReadPlace),
        summary="A knowledge base",
        gives=Success[BaseShown],
    ),
    _row(
        "PUT",
        "/{base}",
        "change",
        answer=taking(Change, change),
        operations=(ReadBase, ReadTenantModel, ChangeBase, ReadPlace),
        summary="Change a knowledge base",
        takes=Change,
        gives=Success[BaseShown],
    ),
    _row(
        "DELETE",
        "/{base}",
        "delete",
        answer=delete,
        operations=(DeleteBase,),
        summary="Delete a knowledge base with all that is in it",
        gives=Done,
    ),
)
