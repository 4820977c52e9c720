"""WeKnora's wire API, as its Vue front-end, its Go SDK and its MCP server speak it."""

from __future__ import annotations

from parlance.dialects.weknora.dialect import dialect
from parlance.dialects.weknora.options import Options

__all__ = ["Options", "dialect"]
