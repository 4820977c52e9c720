"""What the dialect is told of its configuration."""

from __future__ import annotations

import msgspec

from parlance.dialects.weknora.strategy import Strategy
from parlance.values.time import Clock, SystemClock


class Prompts(msgspec.Struct, frozen=True):
    """What a model is told that completes a question, what it is asked, and what one is told that names a session."""

    rewrite_prompt_system: str = ""
    rewrite_prompt_user: str = ""
    generate_session_title_prompt: str = ""


class Options(msgspec.Struct, frozen=True):
    """`strict` answers 500 with code 1007 for missing rows, as the original does; `older_paths` serves the
    unauthenticated paths of its first versions; `version` is what `/system/info` tells; `conversation` is how a session
    is answered whose client does not say, and `rerank` whether a base's reranker is used then. `prompts` are those
    beside the sessions' own; empty ones are ours. `graphs`: bases may have one."""

    strict: bool = False
    older_paths: bool = False
    version: str = ""
    conversation: Strategy = Strategy()
    rerank: bool = True
    prompts: Prompts = Prompts()
    graphs: bool = False
    clock: Clock = msgspec.field(default_factory=SystemClock)
