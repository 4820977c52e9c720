"""`docs/benchmarks-knowledge.md`: each script writes its own part, between two marks."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.machine import described

PAGE = Path("docs/benchmarks-knowledge.md")
HEAD = """\
# What search in knowledge costs, and what it finds

This page is written by `python -m benchmarks.retrieval`, `benchmarks.knowledge_search`, `benchmarks.folders`,
`benchmarks.ingestion` and `benchmarks.parsing`, each with `--write`; the load average says how busy the machine was.

"""
TITLES = {
    "quality": "What is found",
    "speed": "What it costs",
    "vectors": "Large bases, by vectors alone",
    "folders": "Whole folders",
    "ingestion": "Embedding, and many small files",
    "parsing": "Documents by format",
}


def write(part: str, text: str) -> None:
    """Replace one part of the page."""
    found = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    section = f"## {TITLES[part]}\n\nMachine: {described()}.\n\n{text}\n"
    whole = re.compile(rf"## {re.escape(TITLES[part])}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    page = whole.sub(lambda _: section + "\n", found) if whole.search(found) else f"{found.rstrip()}\n\n{section}"
    PAGE.write_text(page.rstrip() + "\n", encoding="utf-8")
    print(f"wrote {PAGE}")
