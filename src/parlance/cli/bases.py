"""Knowledge bases as verbs name them: by a name that only one has, or by an id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from parlance.cli import output
from parlance.cli.client import Client
from parlance.cli.exits import Exit, Failure
from parlance.cli.pages import every


def found(client: Client, named: str) -> dict[str, Any]:
    """The base that is meant. Raises Failure for none, and for several of one name."""
    there = list(every(client, "bases.list", "bases"))
    base = _meant(there, named)
    if base is None:
        raise Failure(f"There is no knowledge base {output.safe(named)!r}.{_near(there, named)}", Exit.MISSING)
    return base


def sought(client: Client, named: str) -> dict[str, Any] | None:
    """The base that is meant, if it is there. Raises Failure for several of one name."""
    return _meant(every(client, "bases.list", "bases"), named)


def _meant(there: Iterable[dict[str, Any]], named: str) -> dict[str, Any] | None:
    near = [base for base in there if named in (base["id"], base["name"])]
    exact = [base for base in near if base["id"] == named] or near
    if len(exact) > 1:
        ids = ", ".join(base["id"] for base in exact)
        raise Failure(f"{len(exact)} knowledge bases are called {output.safe(named)!r}. Say which by an id: {ids}.")
    return exact[0] if exact else None


def _near(there: Iterable[dict[str, Any]], named: str) -> str:
    """A sentence with the name that is most like this one, whatever its capitals; empty where none is like it."""
    import difflib

    names = {base["name"].casefold(): base["name"] for base in there}
    close = difflib.get_close_matches(named.casefold(), names, n=1, cutoff=0.7)
    return f" Did you mean {output.safe(names[close[0]])!r}?" if close else ""


def documents(client: Client, base: str) -> Iterator[dict[str, Any]]:
    """All documents of a base. Raises Failure."""
    return every(client, "documents.list", "documents", base=base)
