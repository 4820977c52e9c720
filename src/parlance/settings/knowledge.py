"""Settings of knowledge bases."""

from typing import Annotated

from msgspec import Meta, Struct

from parlance.settings.neo4j import Neo4j


class Knowledge(Struct, frozen=True, forbid_unknown_fields=True):
    """Documents that can be asked about, and who reads them."""

    workers: Annotated[
        int,
        Meta(
            ge=0,
            description="Documents that one server process reads at a time. Beside these at most 24 small ones of a "
            "tenant wait for the same embedder, which is asked for several together, and 2 large ones for a slow one. "
            "0 leaves all to `parlance worker`.",
        ),
    ] = 2
    model_workers: Annotated[
        int,
        Meta(
            ge=1,
            description="Jobs beside these that wait for what models say, at a time: captions, transcripts, graphs, "
            "summaries, evaluations. However long a model takes, other documents are read meanwhile.",
        ),
    ] = 2
    max_size_mb: Annotated[float, Meta(gt=0, description="Largest document that is taken.")] = 512.0
    tenant_quota_mb: (
        Annotated[float, Meta(ge=0, description="Room for all documents of one tenant; none is no bound.")] | None
    ) = 10_240.0
    hnsw_above: Annotated[
        int,
        Meta(
            ge=0,
            description="Vectors of a base above which it is searched by HNSW, where the extra `hnsw` is installed "
            "(`docs/howto/large-bases.md`); 0 searches every base exactly.",
        ),
    ] = 200_000
    graph: Annotated[
        bool,
        Meta(
            description="Bases may have a graph: a model reads each passage of those that have it switched on, and "
            "searches follow what it found. It costs an answer of that model for every passage."
        ),
    ] = False
    neo4j: Neo4j = Neo4j()
    vision: Annotated[
        str,
        Meta(
            description="Model that says what is to be seen in the pictures of documents, so that these are found by "
            "it; bases may name another one, or none. It costs an answer of that model for every picture. Empty: only "
            "bases that name one have it."
        ),
    ] = ""
    transcriber: Annotated[
        str,
        Meta(
            description="Model that writes down what is said in files of sound; bases may name another one, or none. "
            "Empty: the first that can `transcribe`."
        ),
    ] = ""
    private_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Origins such as `http://wiki.lan:8090` of which documents may be fetched by their address; "
            "others must have public addresses."
        ),
    ] = ()
