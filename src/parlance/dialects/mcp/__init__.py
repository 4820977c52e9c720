"""The Model Context Protocol: knowledge bases as tools and resources, over streamable HTTP; `parlance mcp` carries it
over stdio. What it is and is not: decision 0024."""

from parlance.dialects.mcp.dialect import dialect

__all__ = ["dialect"]
