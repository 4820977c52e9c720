"""Search in SQL: the one thing that each database does in its own words. What each is asked is made of letters and
digits that we chose ourselves (`words.py`), so nothing that a caller types can be an operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.library import HitPlace, Narrowed, Piece
from parlance.ports.stores import Database, DatabaseKind, Row, Value
from parlance.stores.sql.chats import HERE
from parlance.stores.sql.contents import unpacked
from parlance.stores.sql.excerpts import excerpt
from parlance.stores.sql.rows import listed
from parlance.stores.sql.words import Term, chat_word, owner_word, term_of
from parlance.values.chats import Hit
from parlance.values.messages import Message, text_of

MOST_CHATS = 200
"""Chats of a narrowed search that the index is asked for by name; more are looked up hit by hit."""
_IN_CHATS = (
    " FROM {words} {join} chats ON chats.tenant = turn_texts.tenant AND chats.id = turn_texts.chat"
    " WHERE {match} AND turn_texts.tenant = :tenant AND turn_texts.user_id = :user"
    f" AND {HERE}"
)
_BY_TIME = (
    " AND (turn_texts.created < :at OR (turn_texts.created = :at AND (turn_texts.chat < :chat"
    " OR (turn_texts.chat = :chat AND turn_texts.turn < :turn))))"
)


class _Tongue(msgspec.Struct, frozen=True):
    """How one database is asked: the tables, the condition, a term, how terms are joined, and the order."""

    words: str
    match: str
    term: Callable[[Term], str]
    all: str
    any: tuple[str, str, str]
    place: str
    further: str
    sorted: str
    join: str = "JOIN"


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.prefix else "")


def _tsquery(term: Term) -> str:
    return f"({' <-> '.join(term.words)}{':*' if term.prefix else ''})"


def _boolean(term: Term) -> str:
    """A phrase cannot end in a prefix here: then its words are looked for in any order."""
    if not term.prefix:
        return f'+"{" ".join(term.words)}"' if len(term.words) > 1 else f"+{term.words[0]}"
    return " ".join(f"+{word}" for word in term.words) + "*"


_NEWEST = " ORDER BY turn_texts.created DESC, turn_texts.chat DESC, turn_texts.turn DESC"
_TONGUES: Mapping[DatabaseKind, _Tongue] = {
    # Row numbers grow with time, and the index walks along them: the first page is found without seeing the rest.
    # CROSS JOIN is how SQLite is told the order of a join.
    "sqlite": _Tongue(
        "turn_words CROSS JOIN turn_texts ON turn_texts.number = turn_words.rowid",
        "turn_words MATCH :sought",
        _fts5,
        " AND ",
        ("(", " OR ", ")"),
        "turn_texts.number",
        " AND turn_words.rowid < :at",
        " ORDER BY turn_words.rowid DESC",
        "CROSS JOIN",
    ),
    "postgres": _Tongue(
        "turn_texts",
        "to_tsvector('simple', turn_texts.words) @@ CAST(:sought AS tsquery)",
        _tsquery,
        " & ",
        ("(", " | ", ")"),
        "turn_texts.created",
        _BY_TIME,
        _NEWEST,
    ),
    "mysql": _Tongue(
        "turn_texts",
        "MATCH (turn_texts.words) AGAINST (:sought IN BOOLEAN MODE)",
        _boolean,
        " ",
        ("+(", " ", ")"),
        "turn_texts.created",
        _BY_TIME,
        _NEWEST,
    ),
}


class SqlSearch:
    """`Search` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant
        self._tongue = _TONGUES[database.kind]

    def searchable(self, pieces: Sequence[Piece]) -> bool:
        """Whether there is anything to look for."""
        return bool(_terms(pieces))

    async def hits(
        self, user: str, pieces: Sequence[Piece], which: Narrowed, after: HitPlace | None, limit: int
    ) -> Sequence[tuple[HitPlace, Hit]]:
        """Titles and turns of a user in which all pieces stand, newest first."""
        tongue, terms = self._tongue, _terms(pieces)
        if not terms:
            return []
        where, parameters = _narrowed(which)
        sought = [tongue.term(term) for term in (Term((owner_word(self._tenant, user),)), *terms)]
        if (where and after is None) or which.folders is not None or which.tag is not None or which.pinned:
            few = await self._few_chats(user, where, parameters)
            if few is not None:
                if not few:
                    return []
                sought.append(self._any(few))
        sql = (
            f"SELECT {tongue.place}, turn_texts.chat, turn_texts.turn, turn_texts.created, chats.title"
            + _IN_CHATS.format(words=tongue.words, join=tongue.join, match=tongue.match)
            + where
            + (tongue.further if after is not None else "")
            + f"{tongue.sorted} LIMIT :limit"
        )
        at: dict[str, Value] = dict(zip(("at", "chat", "turn"), after, strict=True)) if after is not None else {}
        base: dict[str, Value] = {
            "sought": tongue.all.join(sought),
            "tenant": self._tenant,
            "user": user,
            "limit": limit,
        }
        rows = await self._database.read(sql, {**base, **parameters, **at}, most=_APART)
        return await self._shown(rows, pieces)

    def _any(self, chats: Sequence[str]) -> str:
        before, between, behind = self._tongue.any
        words = [Term((chat_word(chat),)) for chat in chats]
        if self._database.kind == "mysql":
            return before + between.join(term.words[0] for term in words) + behind
        return before + between.join(map(self._tongue.term, words)) + behind

    async def _few_chats(self, user: str, where: str, parameters: dict[str, Value]) -> list[str] | None:
        """The chats that a narrowed search may look in, where they are few."""
        rows = await self._database.read(
            f"SELECT chats.id FROM chats WHERE chats.tenant = :tenant AND chats.user_id = :user AND {HERE}{where}"
            " LIMIT :most",
            {"tenant": self._tenant, "user": user, "most": MOST_CHATS + 1, **parameters},
            most=_APART,
        )
        return [cast(str, row[0]) for row in rows] if len(rows) <= MOST_CHATS else None

    async def _shown(self, rows: Sequence[Row], pieces: Sequence[Piece]) -> list[tuple[HitPlace, Hit]]:
        """The hits with the text around what was found."""
        texts = await self._texts([cast(str, row[2]) for row in rows if row[2]])
        found = []
        for place, chat, turn, created, title in cast(Sequence[Any], rows):
            text = texts.get(turn, "") if turn else title
            hit = Hit(chat, title, turn or None, excerpt(text, pieces), created)
            found.append(((place, chat, turn), hit))
        return found

    async def _texts(self, turns: Sequence[str]) -> dict[str, str]:
        if not turns:
            return {}
        marks, parameters = listed("turn", turns)
        rows = await self._database.read(
            f"SELECT id, content_codec, content FROM turns WHERE tenant = :tenant AND id IN {marks}",
            {"tenant": self._tenant, **parameters},
            most=len(turns),
        )
        return {id: _said(codec, content) for id, codec, content in cast(Sequence[Any], rows)}


_APART = 1000
"""Said of reads that may take long although they give few rows: they are done away from the event loop."""


def _terms(pieces: Sequence[Piece]) -> list[Term]:
    terms = (term_of(piece.text, more=piece.more) for piece in pieces)
    return [term for term in terms if term is not None]


def _said(codec: str, content: bytes) -> str:
    items = unpacked(codec, content).items
    return "\n".join(text_of(each.item.content) for each in items if isinstance(each.item, Message))


def _narrowed(which: Narrowed) -> tuple[str, dict[str, Value]]:
    """What a search asks of the chats that it looks in, as SQL and its parameters."""
    where, parameters = "", cast(dict[str, Value], {})
    for name in ("archived", "pinned"):
        wanted = getattr(which, name)
        if wanted is not None:
            where += f" AND chats.{name} = :{name}"
            parameters[name] = int(wanted)
    if which.folders is not None:
        marks, more = listed("folder", which.folders)
        where += f" AND chats.folder IN {marks}"
        parameters.update(more)
    if which.tag is not None:
        where += (
            " AND EXISTS (SELECT 1 FROM chat_tags WHERE chat_tags.tenant = chats.tenant"
            " AND chat_tags.chat = chats.id AND tag_key = :tag)"
        )
        parameters["tag"] = which.tag
    return where, parameters
