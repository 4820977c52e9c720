"""The chatbot app: its pages, its sets and its streamed answers, as the front-end and scripts made for it know them."""

from __future__ import annotations

from parlance.dialects.chatbot.dialect import dialect

__all__ = ["dialect"]
