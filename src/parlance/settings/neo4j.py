"""Settings of the Neo4j that graphs are projected to, and WeKnora's variables that name one."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from parlance.settings.layers import Given, Variable
from parlance.settings.secret import Secret

BOLT = re.compile(r"(?i:bolt|neo4j)(?i:\+s|\+ssc)?://.*", re.DOTALL)
"""What drivers speak, and nothing here does."""
HTTP = re.compile(r"(?i:https?)://[^\s/?#@]+(?:/[^\s?#]*)?")
INSTEAD = "its HTTP address with the port, such as `http://neo4j.example:7474` (`https://` where it has TLS)"
NEEDLESS = (
    "graphs are kept in the database, and drawn where ENABLE_GRAPH_RAG (knowledge.graph) says so; "
    f"knowledge.neo4j.url has them projected to a Neo4j as well: {INSTEAD}"
)
_KEYS = {"NEO4J_USERNAME": "knowledge.neo4j.user", "NEO4J_PASSWORD": "knowledge.neo4j.password"}
NEO4J = ("NEO4J_ENABLE", "NEO4J_URI", *_KEYS)
"""Names of WeKnora's."""


class Neo4j(Struct, frozen=True, forbid_unknown_fields=True):
    """A Neo4j (5.19 or newer) that graphs are projected to, for tools that look at graphs. Searches do not ask it."""

    url: Annotated[str, Meta(description=f"Where it is: {INSTEAD}. None projects nothing.")] | None = None
    user: Annotated[str, Meta(pattern=r"^[^:\x00-\x1f]*$", description="Who Parlance is there.")] = ""
    password: Annotated[Secret, Meta(description="The password of `user`.")] | None = None
    token: Annotated[Secret, Meta(description="A bearer token in place of `user` and `password`.")] | None = None
    database: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z][A-Za-z0-9.-]{2,62}$",
            extra={"shape": "3 to 63 letters, digits, `.` and `-`"},
            description="Its name there.",
        ),
    ] = "neo4j"


def broken_neo4j(chosen: Neo4j, graph: bool) -> Iterator[str]:
    """A sentence for each rule that they break. None repeats an address: it may hold a password."""
    if chosen.url is None:
        return
    if BOLT.fullmatch(chosen.url):
        yield f"knowledge.neo4j.url is a Bolt address, which is not spoken here: set it to {INSTEAD}."
    elif not HTTP.fullmatch(chosen.url):
        yield f"knowledge.neo4j.url is not {INSTEAD}, without a name or password in it."
    if not graph:
        yield "knowledge.neo4j.url is set, so knowledge.graph (ENABLE_GRAPH_RAG) must be true: nothing else goes there."
    if bool(chosen.user) != bool(chosen.password):
        yield "knowledge.neo4j.user and knowledge.neo4j.password go together; only one of them is set."
    if chosen.token and chosen.user:
        yield "knowledge.neo4j.token stands in place of knowledge.neo4j.user and its password; both are set."


def neo4j_given(variables: Mapping[str, Variable], folder: Path, warnings: list[str]) -> Iterator[Given]:
    """What WeKnora's variables give. Its address is Bolt's, so that mostly only the name and the password count."""
    said = {name: each.value.strip() for name, each in variables.items() if name in NEO4J and each.value.strip()}
    for name, key in _KEYS.items():
        if name in said:
            yield Given(key, said[name], variables[name].origin, folder, text=True, alias=name)
    if said.get("NEO4J_ENABLE", "").lower() != "true":
        if "NEO4J_URI" in said:
            warnings.append("NEO4J_URI is WeKnora's and has no effect here: NEO4J_ENABLE is not true.")
    elif HTTP.fullmatch(said.get("NEO4J_URI", "")):
        uri = variables["NEO4J_URI"]
        yield Given("knowledge.neo4j.url", said["NEO4J_URI"], uri.origin, folder, text=True, alias="NEO4J_URI")
    elif "NEO4J_URI" in said:
        warnings.append(f"NEO4J_URI is an address for Bolt, which is not spoken here, and has no effect: {NEEDLESS}.")
    else:
        warnings.append(f"NEO4J_ENABLE is WeKnora's and has no effect here without an address: {NEEDLESS}.")
