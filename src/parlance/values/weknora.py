"""What WeKnora's clients have that has no place elsewhere: what is said of a tenant besides, and a tenant's models.

Times are in microseconds since 1970.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from parlance.values.accounts import Tenant, User

ModelType = Literal["Embedding", "Rerank", "KnowledgeQA", "VLLM"]
ModelSource = Literal["local", "remote", "aliyun"]
ModelStatus = Literal["active", "downloading", "download_failed"]
Dimension = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class Engine(msgspec.Struct, frozen=True):
    """One way in which a tenant's documents are searched, as that system names it."""

    retriever_engine_type: str
    retriever_type: str


USUAL_ENGINES = (Engine("postgres", "keywords"), Engine("postgres", "vector"))


class TenantNote(msgspec.Struct, frozen=True):
    """What is noted of a tenant besides its name. `key` is the id of its key, as long as nobody took that away."""

    tenant: str
    description: str = ""
    business: str = ""
    engines: tuple[Engine, ...] = USUAL_ENGINES
    key: str | None = None
    version: int = 0


class Workspace(msgspec.Struct, frozen=True):
    """A tenant with what is noted of it. `key` is shown to those alone who may have it; `quota` (0: no bound) and
    `used` are bytes of its documents."""

    tenant: Tenant
    note: TenantNote
    key: str = ""
    quota: int = 0
    used: int = 0


class Entered(msgspec.Struct, frozen=True):
    """A login: who it is, where they are, and the two tokens that are shown only now."""

    user: User
    workspace: Workspace
    token: str
    refresh_token: str


class ModelPlan(msgspec.Struct, frozen=True):
    """What a tenant's model is to be. `name` is what its engine calls it; `foreign` are parameters that we do not
    know."""

    name: str
    type: ModelType
    source: ModelSource
    description: str = ""
    base_url: str = ""
    dimension: Dimension = 0
    truncate: int = 0
    is_default: bool = False
    foreign: dict[str, Any] = {}


class PlanChange(msgspec.Struct, frozen=True):
    """What is to be different about a plan; what is `None` stays."""

    name: str | None = None
    type: ModelType | None = None
    source: ModelSource | None = None
    description: str | None = None
    base_url: str | None = None
    dimension: Dimension | None = None
    truncate: int | None = None
    is_default: bool | None = None

    def of(self, plan: ModelPlan) -> ModelPlan:
        """The other plan."""
        said = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        return msgspec.structs.replace(plan, **said)


class TenantModel(msgspec.Struct, frozen=True):
    """A model of a tenant, or one that all tenants share (`tenant` is empty). Its key is in none of these values."""

    id: str
    tenant: str
    plan: ModelPlan
    status: ModelStatus
    created: int
    updated: int
    version: int = 1
    has_key: bool = False
    problem: str = ""
