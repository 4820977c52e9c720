"""From method and raw path to a row: one dictionary for literal paths, one trie for the rest.

Every dialect of a door is mounted at the door's root, in order, and whole under `/as/<name>`. Percent-decoding happens
per piece, so an encoded slash stays inside its piece. The cost of a look-up does not depend on the number of rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote_to_bytes

from parlance.dialects.table import Dialect, Row
from parlance.values.errors import Fault, Kind

Clashes = Mapping[tuple[str, str], str]
"""(method, path) to the dialect that answers it, for every path that two dialects of a door claim."""

_REFUSED = re.compile(r"[\x00-\x1f\x7f\\]|(?:^|/)\.{1,2}(?:/|$)")


class Clash(ValueError):
    """Two rows claim the same method and path, and nobody said which one wins."""


class Target:
    """A row as it is mounted: with its dialect, the prefix before its own path, and the names of its parameters."""

    __slots__ = ("dialect", "names", "path", "prefix", "row")

    def __init__(self, row: Row, dialect: Dialect, prefix: str, names: tuple[str, ...]) -> None:
        self.row = row
        self.dialect = dialect
        self.prefix = prefix
        self.path = row.path
        self.names = names


class Spot:
    """Everything mounted at one path: targets by method, those for browsers apart."""

    __slots__ = ("browser", "methods")

    def __init__(self) -> None:
        self.methods: dict[str, Target] = {}
        self.browser: dict[str, Target] = {}

    def pick(self, method: str, html: bool) -> Target | None:
        """The target for a method; HEAD falls back to GET, and a page wins where the client prefers pages."""
        if html and self.browser:
            found = self.browser.get(method) or (self.browser.get("GET") if method == "HEAD" else None)
            if found is not None:
                return found
        return self.methods.get(method) or (self.methods.get("GET") if method == "HEAD" else None)

    def allowed(self, html: bool) -> set[str]:
        """The methods answered here."""
        methods = {*self.methods, *self.browser} if html else set(self.methods)
        return methods | {"HEAD"} if "GET" in methods else methods


class _Node:
    """A step of the trie: literal children, one child for `{name}`, and what `{name:path}` ends in."""

    __slots__ = ("children", "parameter", "rest", "spot")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.rest: Spot | None = None
        self.spot: Spot | None = None


class Found:
    """What a look-up gives: the target, its parameters, and the decoded path without the prefix."""

    __slots__ = ("params", "path", "target")

    def __init__(self, target: Target, params: dict[str, str], path: str) -> None:
        self.target = target
        self.params = params
        self.path = path


class Router:
    """The rows of one door. `base` is the sub-path under which the door appears (`/ai`, or empty).

    `clashes` must name the winner of every exact clash; `None` lets the earlier dialect win without saying so, for
    doors that a user put together. Raises `Clash` otherwise. `aside` are mounted under `/as/<name>` alone.
    """

    def __init__(
        self,
        dialects: Sequence[Dialect],
        *,
        base: str = "",
        clashes: Clashes | None = None,
        aside: Sequence[Dialect] = (),
    ) -> None:
        self._literals: dict[str, Spot] = {}
        self._root = _Node()
        self._base = base.rstrip("/")
        self._dialects = tuple(dialects)
        self._clashes = clashes
        self._tolerant = any(dialect.tolerant for dialect in dialects)
        for dialect in dialects:
            self._mount_all(dialect, (self._base, f"{self._base}/as/{dialect.name}"))
        for dialect in aside:
            self._mount_all(dialect, (f"{self._base}/as/{dialect.name}",))
        self._subtrees = self._owners(aside)

    @property
    def literal_paths(self) -> Iterable[str]:
        """The paths of all rows without parameters, as they are mounted."""
        return self._literals.keys()

    def find(self, method: str, raw_path: bytes, path: str, html: bool) -> Found:
        """The row for a request: `raw_path` as sent, `path` the same decoded as a whole.

        Raises `Fault`: invalid with code `bad_path`, missing with `not_found` or `method_not_allowed` (`allowed` then
        lists the methods).
        """
        spot = self._literals.get(path)
        if spot is not None and b"%" not in raw_path:
            target = spot.pick(method, html)
            if target is not None:
                return Found(target, {}, target.path)
        return self._search(method, raw_path, html)

    def owner(self, path: str) -> tuple[Dialect, str]:
        """The dialect that owns the errors at a path, and its prefix: the longest declared subtree, else the first."""
        for subtree, dialect, prefix in self._subtrees:
            if path == subtree or path.startswith(subtree + "/"):
                return dialect, prefix
        return self._dialects[0], self._base

    def _search(self, method: str, raw_path: bytes, html: bool) -> Found:
        pieces = split(raw_path)
        allowed: set[str] = set()
        for spot, values in self._walk(self._root, pieces, 0, ()):
            target = spot.pick(method, html)
            if target is not None:
                return self._found(target, values, pieces)
            allowed |= spot.allowed(html)
        if allowed:
            raise NotAllowed(tuple(sorted(allowed)))
        if self._tolerant and (found := self._forgive(method, pieces, html)) is not None:
            return found
        raise Fault(Kind.missing, "There is no such route here.", code="not_found")

    def _forgive(self, method: str, pieces: list[str], html: bool) -> Found | None:
        """The row that a client meant who joined paths carelessly: `//v1`, `/v1/v1`, a trailing slash."""
        cleaned = [piece for piece in pieces if piece]
        neat = [piece for at, piece in enumerate(cleaned) if at == 0 or piece != cleaned[at - 1] or at > _CARELESS]
        if neat == pieces:
            return None
        for spot, values in self._walk(self._root, neat, 0, ()):
            target = spot.pick(method, html)
            if target is not None and target.dialect.tolerant:
                return self._found(target, values, neat)
        return None

    def _found(self, target: Target, values: tuple[str, ...], pieces: list[str]) -> Found:
        path = "/" + "/".join(pieces)
        return Found(target, dict(zip(target.names, values, strict=True)), path[len(target.prefix) :] or "/")

    def _walk(
        self, node: _Node, pieces: list[str], at: int, values: tuple[str, ...]
    ) -> Iterator[tuple[Spot, tuple[str, ...]]]:
        """Every spot that fits, the most literal first."""
        if at == len(pieces):
            if node.spot is not None:
                yield node.spot, values
            return
        piece = pieces[at]
        child = node.children.get(piece)
        if child is not None:
            yield from self._walk(child, pieces, at + 1, values)
        if node.parameter is not None and piece:
            yield from self._walk(node.parameter, pieces, at + 1, (*values, piece))
        if node.rest is not None and (piece or at + 1 < len(pieces)):
            yield node.rest, (*values, "/".join(pieces[at:]))

    def _mount_all(self, dialect: Dialect, prefixes: Sequence[str]) -> None:
        for row in dialect.rows:
            for prefix in prefixes:
                self._mount(row, dialect, prefix, prefix + row.path)
                if prefix and row.path == "/":  # people type the sub-path without the slash
                    self._mount(row, dialect, prefix, prefix)

    def _mount(self, row: Row, dialect: Dialect, prefix: str, path: str) -> None:
        names: list[str] = []
        node = self._root
        pieces = path.removeprefix("/").split("/")
        spot: Spot | None = None
        for at, piece in enumerate(pieces):
            if not piece.startswith("{"):
                node = node.children.setdefault(piece, _Node())
                continue
            name, _, kind = piece[1:-1].partition(":")
            names.append(name)
            if kind == "path":
                if at != len(pieces) - 1:
                    raise ValueError(f"{row.path}: the rest of a path can only stand at its end.")
                spot = node.rest = node.rest or Spot()
            else:
                node.parameter = node.parameter or _Node()
                node = node.parameter
        if spot is None:
            spot = node.spot = node.spot or Spot()
        self._place(spot, Target(row, dialect, prefix, tuple(names)))
        if not names:
            self._literals[path] = spot

    def _place(self, spot: Spot, target: Target) -> None:
        places = spot.browser if target.row.browser else spot.methods
        row = target.row
        there = places.setdefault(row.method, target)
        if there is target:
            return
        if there.dialect is target.dialect:
            raise Clash(f"{target.dialect.name}: {row.method} {row.path} is there twice.")
        if self._clashes is None:
            return
        winner = self._clashes.get((row.method, there.path)) or self._clashes.get((row.method, row.path))
        if winner is None:
            raise Clash(f"{there.dialect.name} and {target.dialect.name} both claim {row.method} {row.path}.")
        if winner != there.dialect.name:
            raise Clash(f"{row.method} {row.path} is declared for {winner}, but {there.dialect.name} comes first.")

    def _owners(self, aside: Sequence[Dialect]) -> list[tuple[str, Dialect, str]]:
        owners: list[tuple[str, Dialect, str]] = []
        for dialect in aside:
            owners.append((f"{self._base}/as/{dialect.name}", dialect, f"{self._base}/as/{dialect.name}"))
        for dialect in self._dialects:
            under = f"{self._base}/as/{dialect.name}"
            owners.append((under, dialect, under))
            owners.extend((self._base + tree.rstrip("/"), dialect, self._base) for tree in dialect.subtrees)
        return sorted(owners, key=lambda owner: -len(owner[0]))


_CARELESS = 3
"""Up to which piece a doubled one is forgiven: `/as/openai/v1/v1` is, a model named `a/a` further right is not."""


class NotAllowed(Fault):
    """The path is there, the method is not; `allowed` lists those that are."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(Kind.missing, "This route does not answer that method.", code="method_not_allowed")
        self.allowed = allowed


def split(raw_path: bytes) -> list[str]:
    """The decoded pieces of a raw path. Raises `Fault(invalid)` for dot segments, control characters, backslashes and
    what is not UTF-8, also inside an encoded piece."""
    try:
        pieces = [
            unquote_to_bytes(piece).decode() if b"%" in piece else piece.decode("ascii")
            for piece in raw_path.removeprefix(b"/").split(b"/")
        ]
    except UnicodeDecodeError:
        raise Fault(Kind.invalid, "The path is not valid UTF-8.", code="bad_path") from None
    if any(_REFUSED.search(piece) for piece in pieces):
        raise Fault(Kind.invalid, "The path holds dot segments or control characters.", code="bad_path")
    return pieces
