"""Looking for what a question is to be answered from: in several bases together, in somebody's name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from parlance.core.authorize import may
from parlance.core.knowledge.asking.recalling import recalled
from parlance.core.knowledge.asking.refusing import Searched
from parlance.core.knowledge.bounds import MOST_QUERY
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.search.options import Retrieved, options_of
from parlance.core.knowledge.search.queries import Said
from parlance.core.knowledge.searching import queries_for, retriever_for
from parlance.core.steps import Steps, timed
from parlance.values.accounts import Principal
from parlance.values.events import Exhibit
from parlance.values.grounds import Footing, Grounds, NamedBase
from parlance.values.knowledge import Base, Filter, Hit

GONE = "base_gone"
"""The remark that a base is not there any more, or nobody's business of whoever asks."""


class Findings(msgspec.Struct, frozen=True):
    """What was found in the bases that are there: the hits of all, the best first, each followed by its neighbours.
    `gone` are the names of those that are not; `searched` tells what was looked at to somebody who asks why nothing
    was found."""

    hits: tuple[Hit, ...]
    bases: tuple[NamedBase, ...]
    gone: tuple[str, ...]
    threshold: float
    remarks: tuple[str, ...]
    searched: Searched


class Shelf:
    """The bases of this installation, as answers are looked for in them."""

    def __init__(self, room: KnowledgeRoom) -> None:
        self._room = room

    async def there(self, principal: Principal, footing: Footing) -> tuple[Base, ...]:
        """Those of the bases that are there, and that somebody may read."""
        found = [await self._room.find_base(principal, each.id) for each in footing.bases]
        return tuple(base for base in found if base is not None and may(principal, "read", "base", base))

    async def look(
        self,
        principal: Principal,
        footing: Footing,
        question: str,
        before: Sequence[Said] = (),
        model: str = "",
        earlier: Sequence[Exhibit] = (),
        steps: Steps | None = None,
    ) -> Findings:
        """Search in all of them; by the question as `model` puts it after what was said `before`. What an `earlier`
        answer rested on is chosen among, too. `steps` is told how long each took. Raises `Fault`."""
        bases, grounds = await self.there(principal, footing), footing.grounds
        query = (grounds.query or question).strip()[:MOST_QUERY]
        retriever, options = retriever_for(self._room, principal), options_of(grounds, rewrite=bool(before))
        with timed(steps if before else None, "rewrite"):
            queries = await queries_for(self._room, principal, query, options, before, model)

        async def find(base: Base) -> Retrieved:
            also = await recalled(base, earlier, self._room.stores)
            return await retriever.find(base, queries, options, also, steps)

        found = await asyncio.gather(*map(find, bases)) if query else ()
        ids = {base.id for base in bases}
        gone = tuple(each.name for each in footing.bases if each.id not in ids)
        remarks = [remark for each in found for remark in each.remarks] + [GONE] * bool(gone)
        hits, threshold = _together(found, grounds)
        hits = tuple(await self._room.page_starts.found(self._room.blobs, hits))
        named = tuple(NamedBase(base.id, base.name) for base in bases)
        told = tuple(dict.fromkeys(remarks))
        return Findings(hits, named, gone, threshold, told, await self._searched(bases, grounds, found))

    async def _searched(self, bases: Sequence[Base], grounds: Grounds, found: Sequence[Retrieved]) -> Searched:
        ready = unread = 0
        for base in bases:
            states = await self._room.stores.bases(base.tenant).states(base.id)
            ready += states.get("ready", 0)
            unread += sum(states.get(state, 0) for state in ("waiting", "parsing", "embedding"))
        remarks = tuple(dict.fromkeys(remark for each in found for remark in each.remarks))
        problem = next((each.problem for each in found if each.problem), "")
        names = tuple(base.name for base in bases)
        return Searched(names, ready + unread, _words(grounds.filter), unread, remarks, problem)


def _together(found: Sequence[Retrieved], grounds: Grounds) -> tuple[tuple[Hit, ...], float]:
    """The best of all bases: a score means the same in each. Where one base has hits above the threshold, what only
    a lower one let through in another stays away."""
    if not found:
        return (), grounds.threshold
    threshold = max((each.threshold for each in found if each.hits), default=grounds.threshold)
    groups = [group for each in found for group in _groups(each.hits) if group[0].score >= threshold]
    best = sorted(groups, key=lambda group: -group[0].score) if len(found) > 1 else groups
    return tuple(hit for group in best[: grounds.most] for hit in group), threshold


def _groups(hits: Iterable[Hit]) -> list[list[Hit]]:
    """Each hit with its neighbours."""
    groups: list[list[Hit]] = []
    for hit in hits:
        if hit.neighbour and groups:
            groups[-1].append(hit)
        else:
            groups.append([hit])
    return groups


def _words(wanted: Filter) -> str:
    """A filter in words, where there is one."""
    told = [f"{name} = {value}" for name, value in wanted.metadata.items()]
    told += [", ".join(wanted.sources)] if wanted.sources is not None else []
    return "; ".join(told)
