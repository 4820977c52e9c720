"""Entry points: how engines, dialects and other parts of other distributions come in, and ours with them.

The built-in parts stand in `pyproject.toml` in the same groups; an editable or vendored copy without metadata still
finds them in `BUILT_IN`. A part is imported when it is first wanted, never at start.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

from parlance.values.errors import Fault, Kind

ENGINES = "parlance.engines"
PARSERS = "parlance.parsers"
DIALECTS = "parlance.dialects"
BUILT_IN: Mapping[str, Mapping[str, str]] = {
    ENGINES: {
        "openai": "parlance.engines.openai_http:engine",
        "ollama": "parlance.engines.ollama_http:engine",
        "quote": "parlance.engines.quote:engine",
        "onnx": "parlance.engines.onnx.plug:engine",
    },
    PARSERS: {
        "pdf": "parlance.parsers.pdf:Pdf",
        "docx": "parlance.parsers.docx:Docx",
        "doc": "parlance.parsers.doc:Doc",
        "pptx": "parlance.parsers.pptx:Pptx",
        "xlsx": "parlance.parsers.xlsx:Xlsx",
        "xls": "parlance.parsers.xls:Xls",
        "csv": "parlance.parsers.delimited:Delimited",
        "html": "parlance.parsers.html:Html",
        "markdown": "parlance.parsers.markdown:Markdown",
        "plain": "parlance.parsers.plain:Plain",
        "epub": "parlance.parsers.epub:Epub",
        "eml": "parlance.parsers.eml:Eml",
        "json": "parlance.parsers.json_text:JsonText",
        "pictures": "parlance.parsers.pictures:Pictures",
    },
    DIALECTS: {
        "native": "parlance.dialect_list:native",
        "openai": "parlance.dialect_list:openai",
        "ollama": "parlance.dialect_list:ollama",
        "chatqueue": "parlance.dialect_list:chatqueue",
        "weknora": "parlance.dialect_list:weknora",
        "mcp": "parlance.dialect_list:mcp",
        "chatbot": "parlance.dialect_list:chatbot",
    },
}


def named(group: str) -> dict[str, EntryPoint | str]:
    """Every part of a group by name; a plugin cannot take a built-in's name."""
    found: dict[str, EntryPoint | str] = {point.name: point for point in _brought(group)}
    return {**found, **BUILT_IN.get(group, {})}


def others(group: str) -> list[str]:
    """The names of a group's parts that other distributions brought."""
    return sorted(point.name for point in _brought(group) if point.name not in BUILT_IN.get(group, {}))


def targets(group: str) -> list[str]:
    """Where every part of a group is (`module:name`), ours first: what a child process is told to import."""
    ours = BUILT_IN.get(group, {})
    brought = sorted((point.name, point.value) for point in _brought(group) if point.name not in ours)
    return [*ours.values(), *(value for _, value in brought)]


def part(group: str, name: str) -> Any:
    """Import one part. Raises `Fault(missing)` naming those there are."""
    target = BUILT_IN.get(group, {}).get(name)
    if target is None:
        found = {point.name: point for point in _brought(group)}
        if name not in found:
            kind = group.rpartition(".")[2].removesuffix("s")
            raise Fault(
                Kind.missing,
                f"There is no {kind} called '{name}'.",
                hint=f"There are: {', '.join(sorted(named(group)))}.",
                code="unknown_plugin",
            )
        return found[name].load()
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


def _brought(group: str) -> EntryPoints:
    """What other distributions have for a group."""
    return _announced(group, tuple(sys.path))


@functools.cache
def _announced(group: str, path: tuple[str, ...]) -> EntryPoints:
    """What the distributions on this path announce for a group. Finding out reads a file of each: it was a tenth of a
    start when it was done whenever somebody asked."""
    return entry_points(group=group)
