"""Sessions: a session is a chat of one's own, with the base that it is answered from and how noted beside it."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.core.chat.chat_operations import CountChats, CreateChat, DeleteChat, ShowChat, UpdateChat
from parlance.core.knowledge.bases_operations import BaseView, ReadBase
from parlance.core.weknora.operations import ReadPlace
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.dialects.weknora.bases_shown import summary_model
from parlance.dialects.weknora.bodies import number_of, taking
from parlance.dialects.weknora.envelope import Done, Listed, Success, done, given, listed
from parlance.dialects.weknora.errors import BAD_REQUEST, refused
from parlance.dialects.weknora.options import Options
from parlance.dialects.weknora.rows import rows_of
from parlance.dialects.weknora.strategy import (
    Notes,
    Strategy,
    StrategyBody,
    Summary,
    foreign_of,
    grounds_of,
    literal,
    notes_of,
)
from parlance.dialects.weknora.wire import BASE, PAGING, paging, stamp
from parlance.values.chats import Chat

PATH = f"{BASE}/sessions"
NO_BASE = "Knowledge base ID cannot be empty"
MOST_DESCRIPTION = 2000


class Creation(msgspec.Struct, frozen=True):
    """The body of `POST /sessions`. Without a strategy the server's own is taken."""

    knowledge_base_id: str | None = None
    session_strategy: StrategyBody | None = None


class SessionBody(StrategyBody, frozen=True):
    """The body of `PUT /sessions/:id`: the whole session. What a client cannot change is passed over."""

    title: str | None = None
    description: str | None = None
    knowledge_base_id: str | None = None


class SessionShown(msgspec.Struct, frozen=True):
    """A session."""

    id: str
    title: str
    description: str
    tenant_id: int
    knowledge_base_id: str
    max_rounds: int
    enable_rewrite: bool
    fallback_strategy: str
    fallback_response: str
    embedding_top_k: int
    keyword_threshold: float
    vector_threshold: float
    rerank_model_id: str
    rerank_top_k: int
    rerank_threshold: float
    summary_model_id: str
    summary_parameters: Summary
    created_at: str
    updated_at: str
    deleted_at: str | None = None


def session_shown(chat: Chat, number: int, usual: Strategy) -> SessionShown:
    """A chat as a session of the tenant with this number. One that began elsewhere is as the server's own are."""
    known = notes_of(chat) or Notes(strategy=usual)
    fields = {name: getattr(known.strategy, name) for name in Strategy.__struct_fields__}
    return SessionShown(
        id=chat.id,
        title=chat.title,
        description=known.description,
        tenant_id=number,
        knowledge_base_id=known.base,
        created_at=stamp(chat.created),
        updated_at=stamp(chat.updated),
        **fields,
    )


class Sessions:
    """The rows on sessions, as configured."""

    def __init__(self, options: Options) -> None:
        self._usual = options.conversation
        self._rerank = options.rerank
        self._clock = options.clock

    async def create(self, request: Request, do: Do, body: Creation) -> Reply:
        """`POST /sessions`."""
        if not body.knowledge_base_id:
            return refused(400, BAD_REQUEST, NO_BASE)
        base = await do(ReadBase(body.knowledge_base_id))
        wanted = body.session_strategy
        strategy = self._usual if wanted is None else literal(wanted, self._usual)
        strategy = self._with_models(strategy, base)
        grounds_of(strategy, self._clock.now())  # a template that cannot be used is refused before anybody asks
        made = await do(CreateChat(foreign=foreign_of(Notes(base.id, "", strategy))))
        return given(session_shown(made, await number_of(do), self._usual), 201)

    def _with_models(self, strategy: Strategy, base: BaseView) -> Strategy:
        """The base's models where a strategy names none."""
        reranker = base.reranker if self._rerank else ""
        return msgspec.structs.replace(
            strategy,
            summary_model_id=strategy.summary_model_id or summary_model(base),
            rerank_model_id=strategy.rerank_model_id or reranker,
        )

    async def listing(self, request: Request, do: Do) -> Reply:
        """`GET /sessions`."""
        page = paging(request)
        found = await do(CountChats(page.offset, page.page_size))
        number = await number_of(do)
        return listed([session_shown(chat, number, self._usual) for chat in found.chats], found.total, page)

    async def read(self, request: Request, do: Do) -> Reply:
        """`GET /sessions/:id`."""
        chat = await do(ShowChat(request.params["chat"]))
        return given(session_shown(chat, await number_of(do), self._usual))

    async def change(self, request: Request, do: Do, body: SessionBody) -> Reply:
        """`PUT /sessions/:id`: what the body does not say is nothing from now on, but the base stays."""
        before = await do(ShowChat(request.params["chat"]))
        base = (notes_of(before) or Notes()).base
        if body.knowledge_base_id and body.knowledge_base_id != base:
            base = (await do(ReadBase(body.knowledge_base_id))).id
        strategy = literal(body)
        grounds_of(strategy, self._clock.now())
        notes = Notes(base, (body.description or "")[:MOST_DESCRIPTION], strategy)
        after = await do(UpdateChat(before.id, title=body.title or "", foreign=foreign_of(notes)))
        return given(session_shown(after, await number_of(do), self._usual))

    async def delete(self, request: Request, do: Do) -> Reply:
        """`DELETE /sessions/:id`: its messages go with it."""
        await do(DeleteChat(request.params["chat"]))
        return done("Session deleted successfully")

    def rows(self) -> tuple[Row, ...]:
        """The five of them."""
        shown = Success[SessionShown]
        make, write = taking(Creation, self.create), taking(SessionBody, self.change)
        made: dict[str, Any] = {"takes": Creation, "gives": shown, "statuses": (201,)}
        listed: dict[str, Any] = {"queries": PAGING, "gives": Listed[SessionShown]}
        writing = (ShowChat, ReadBase, UpdateChat, ReadPlace)
        return (
            _row("POST", "", "create", make, (ReadBase, CreateChat, ReadPlace), "Begin a session", **made),
            _row(
                "GET", "", "list", self.listing, (CountChats, ReadPlace), "One's sessions, the newest first", **listed
            ),
            _row("GET", "/{chat}", "read", self.read, (ShowChat, ReadPlace), "A session", gives=shown),
            _row("PUT", "/{chat}", "change", write, writing, "Write a session anew", takes=SessionBody, gives=shown),
            _row("DELETE", "/{chat}", "delete", self.delete, (DeleteChat,), "Delete a session", gives=Done),
        )


_row = rows_of("sessions", PATH)
