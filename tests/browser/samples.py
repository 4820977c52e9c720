"""Threads that are there before a test begins, brought in as a file of another program."""

from __future__ import annotations

import time
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.flows.foreign_chats import chatgpt_file

DAY = 86_400.0


def thread(title: str, *texts: str, age: float = 0.0) -> dict[str, Any]:
    """A thread of ChatGPT's file: questions and answers in turn, the last said `age` days ago."""
    at = time.time() - age * DAY - len(texts)
    mapping: dict[str, Any] = {"root": {"id": "root", "parent": None, "children": ["0"], "message": None}}
    for number, text in enumerate(texts):
        message = {
            "id": str(number),
            "author": {"role": "assistant" if number % 2 else "user", "name": None, "metadata": {}},
            "create_time": at + number,
            "content": {"content_type": "text", "parts": [text]},
            "metadata": {"model_slug": "gpt-4o"} if number % 2 else {},
            "recipient": "all",
            "status": "finished_successfully",
        }
        before = str(number - 1) if number else "root"
        after = [str(number + 1)] if number + 1 < len(texts) else []
        mapping[str(number)] = {"id": str(number), "parent": before, "children": after, "message": message}
    return {
        "title": title,
        "create_time": at,
        "update_time": at + len(texts),
        "conversation_id": uuid5(NAMESPACE_URL, title).hex,
        "current_node": str(len(texts) - 1),
        "mapping": mapping,
    }


def file_of(*threads: dict[str, Any]) -> bytes:
    """`conversations.json`."""
    return chatgpt_file(*threads)


ANSWERS = {
    "Markdown": """# A heading\n\nSome **strong** and *soft* words, `code`, a [link](https://example.com/) and ~~old~~.

1. First
2. Second
   - inner
   - [x] done

> Somebody said so.

![A picture](https://example.com/remote.png)

A footnote of a long word: Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft.
""",
    "Maths": "Inline $e^{i\\pi} + 1 = 0$, and displayed:\n\n"
    "$$\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}$$\n",
    "Diagram": "```mermaid\nflowchart LR\n"
    "  A[Question] --> B{Cache?}\n  B -- yes --> C[Answer]\n  B -- no --> D[Model]\n```\n",
    "Code": "```python\ndef tea(grams: float, *, place: str = 'Assam') -> str:\n"
    '    """A line that is much longer than a phone is wide, so that it has to scroll by itself."""\n'
    "    return f'{grams} g from {place}'\n```\n",
    "Table": "| Leaf | Grown in | Harvest | Price for a kilogram | Remarks |\n|---|---|---|---:|---|\n"
    + "| Assam | India | March to December | 24.00 | strong, malty |\n" * 6,
    "Artifact": "```html\n<h1>Tea</h1><p>Drawn apart.</p>\n```\n\n"
    '```svg\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>\n```\n',
}
"""Answers with all that is drawn otherwise than as plain prose, by the titles of their threads."""
