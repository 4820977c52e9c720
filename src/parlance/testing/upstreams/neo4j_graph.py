"""A property graph in memory that understands the statements of `stores/neo4j`, and no others.

It does what their Cypher says, each as one transaction: what is merged is found by the same properties, a guard that
does not hold changes nothing, and a node that still has relations is not deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from parlance.stores.neo4j import statements as cypher

Props = dict[str, Any]
Given = Mapping[str, Any]


class PropertyGraph:
    """Nodes by what is unique of them, relations by their ends (and, where there are several, their own key)."""

    def __init__(self) -> None:
        self.schema: list[str] = []
        self.documents: dict[tuple[str, str], Props] = {}
        self.passages: dict[tuple[str, str, str], Props] = {}
        self.entities: dict[tuple[str, str, str], Props] = {}
        self.mentions: dict[tuple[tuple[str, str, str], tuple[str, str, str]], Props] = {}
        self.related: dict[tuple[str, str, str, int, str, str], Props] = {}
        """By tenant, document, passage, place and the keys of both ends."""
        self._known: dict[str, Callable[[Given], list[Any]]] = {
            **dict.fromkeys(cypher.SCHEMA, lambda given: []),
            cypher.CLAIM: self._claim,
            cypher.PASSAGES: self._guarded(self._passages),
            cypher.MENTIONS: self._guarded(self._mentions),
            cypher.RELATIONS: self._guarded(self._relations),
            cypher.OLD_RELATIONS: self._guarded(self._old_relations),
            cypher.OLD_MENTIONS: self._guarded(self._old_mentions),
            cypher.OLD_PASSAGES: self._guarded(self._old_passages),
            cypher.DROP: self._guarded(self._drop),
            cypher.STILL: self._guarded(lambda given: 1),
            cypher.DOCUMENTS: self._documents_of,
            cypher.BASES: self._bases_of,
            cypher.ASKED: lambda given: [len(self.documents)],
        }

    def run(self, statement: str, given: Given) -> list[Any]:
        """The values of its one column. Raises `LookupError` for a statement that is none of ours."""
        if statement in cypher.SCHEMA:
            self.schema = list(dict.fromkeys([*self.schema, statement]))
        return self._known[statement](given)

    def said(self, tenant: str, base: str) -> tuple[set[tuple[str, str]], set[tuple[str, str, str]]]:
        """What a base's part says: which passage mentions which entity, and which relations there are."""
        mentions = {(p[2], e[2]) for p, e in self.mentions if e[:2] == (tenant, base)}
        relations = {
            (key[4], str(each["kind"]), key[5])
            for key, each in self.related.items()
            if key[0] == tenant and each["base"] == base
        }
        return mentions, relations

    # -- what the statements do -------------------------------------------------------------------------------------

    def _guarded(self, what: Callable[[Given], int]) -> Callable[[Given], list[Any]]:
        def run(given: Given) -> list[Any]:
            found = self.documents.get(_document(given))
            if found is None:
                return [0]
            found["held"] = given["claim"]
            return [what(given) if found["claim"] == given["claim"] else 0]

        return run

    def _claim(self, given: Given) -> list[Any]:
        found = self.documents.setdefault(_document(given), {})
        found.update(base=given["base"], claim=given["claim"])
        return []

    def _passages(self, given: Given) -> int:
        self.documents[_document(given)]["name"] = given["name"]
        for row in given["rows"]:
            found = self.passages.setdefault((*_document(given), row["passage"]), {})
            found.update(base=given["base"], place=row["place"], claim=given["claim"])
        return len(given["rows"])

    def _mentions(self, given: Given) -> int:
        done = 0
        for row in given["rows"]:
            passage = (*_document(given), row["passage"])
            if passage not in self.passages:
                continue
            entity = (given["tenant"], given["base"], row["key"])
            self.entities.setdefault(entity, {}).update(name=row["name"], kind=row["kind"])
            said = {name: row[name] for name in ("name", "kind", "description")}
            self.mentions.setdefault((passage, entity), {}).update(said, claim=given["claim"])
            done += 1
        return done

    def _relations(self, given: Given) -> int:
        done = 0
        for row in given["rows"]:
            ends = (row["source"], row["target"])
            if not all((given["tenant"], given["base"], key) in self.entities for key in ends):
                continue
            said = {name: row[name] for name in ("kind", "description", "strength")}
            found = self.related.setdefault((*_document(given), row["passage"], row["place"], *ends), {})
            found.update(said, base=given["base"], claim=given["claim"])
            done += 1
        return done

    def _old_relations(self, given: Given) -> int:
        mine = _document(given)
        old = [key for key, each in self.related.items() if key[:2] == mine and each["claim"] != given["claim"]]
        for key in old[: given["most"]]:
            del self.related[key]
        return len(old[: given["most"]])

    def _old_mentions(self, given: Given) -> int:
        mine = _document(given)
        old = [key for key, each in self.mentions.items() if key[0][:2] == mine and each["claim"] != given["claim"]]
        for key in old[: given["most"]]:
            del self.mentions[key]
        for entity in {key[1] for key in old[: given["most"]]}:
            others = [each for key, each in self.mentions.items() if key[1] == entity]
            if others:
                self.entities[entity].update(name=others[0]["name"], kind=others[0]["kind"])
            elif not self._tied(entity):
                del self.entities[entity]
        return len(old[: given["most"]])

    def _tied(self, entity: tuple[str, str, str]) -> bool:
        tenant, base, key = entity
        ends = ((each[4], each[5]) for each, said in self.related.items() if (each[0], said["base"]) == (tenant, base))
        return any(key in pair for pair in ends)

    def _old_passages(self, given: Given) -> int:
        mine = _document(given)
        old = [key for key, each in self.passages.items() if key[:2] == mine and each["claim"] != given["claim"]]
        for key in old[: given["most"]]:
            self.mentions = {ends: said for ends, said in self.mentions.items() if ends[0] != key}
            del self.passages[key]
        return len(old[: given["most"]])

    def _drop(self, given: Given) -> int:
        del self.documents[_document(given)]
        return 1

    # -- what is there ----------------------------------------------------------------------------------------------

    def _documents_of(self, given: Given) -> list[Any]:
        mine = (given["tenant"], given["base"])
        found = sorted(id for (tenant, id), each in self.documents.items() if (tenant, each["base"]) == mine)
        return [id for id in found if id > given["after"]][: given["most"]]

    def _bases_of(self, given: Given) -> list[Any]:
        found = {each["base"] for (tenant, _), each in self.documents.items() if tenant == given["tenant"]}
        return [id for id in sorted(found) if id > given["after"]][: given["most"]]


def _document(given: Given) -> tuple[str, str]:
    return given["tenant"], given["document"]
