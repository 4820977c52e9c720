"""What every sample document says, and what must survive its parsing."""

from __future__ import annotations

from collections.abc import Sequence

TITLE = "Knowledge Server Handbook"
PARAGRAPHS: Sequence[str] = (
    "The server answers questions from your own documents. It splits every document into passages.",
    'The keyword side finds exact names such as ERR-4711 or config_file.toml, and <T> & "quotes" stay.',
    "Revenue was 1,234.56 EUR in 2025, up 7.8 % from 1,145.23 EUR; -40 °C and naïve café façade.",
    "知识库支持混合检索、重排序和引用来源。",
)
ROWS: Sequence[Sequence[str]] = (
    ("Region", "Q1", "Q2"),
    ("North", "120", "135.5"),
    ("South", "98", "101.25"),
    ("Île-de-France", "77", "88"),
)
FACTS: Sequence[str] = (
    *("splits every document into passages", "ERR-4711", "config_file.toml", '<T> & "quotes" stay'),
    *("1,145.23", "7.8 %", "-40 °C", "naïve café façade", "知识库支持混合检索", "Île-de-France", "101.25"),
)
"""Ids, decimals, signs, accents, Chinese and cells: none may be lost or changed."""


def lacking(text: str) -> list[str]:
    """The facts that a text does not hold, however its lines are broken."""
    flat = " ".join(text.split())
    return [fact for fact in FACTS if fact not in flat]
