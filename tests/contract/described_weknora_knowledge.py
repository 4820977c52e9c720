"""Calls of the WeKnora dialect's rows of knowledge that must go well: bases, documents and chunks made for each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.described_accounts import Calls
from tests.contract.described_knowledge import base, document, evaluation

_numbers = itertools.count()
FORM = {"content-type": "multipart/form-data; boundary=xyz"}
SEARCHED = {"query_text": "tea", "vector_threshold": 0.5, "match_count": 3}


def _form() -> bytes:
    head = b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="tea.txt"\r\n\r\n'
    return head + f"Tea no. {next(_numbers)} is good.".encode() + b"\r\n--xyz--\r\n"


def _at_chunk(caller: Calls) -> str:
    """A document and a chunk of it, as they stand in a path."""
    of = document(caller)
    found = caller.call("GET", "/parlance/v1/chunks.list", params={"document": of}).json()["chunks"]
    return f"{of}/{found[0]['id']}"


def _dataset(caller: Calls) -> dict[str, Any]:
    of = base(caller)
    return {"body": {"dataset_id": evaluation(caller, of), "knowledge_base_id": of}}


def _address() -> dict[str, str]:
    """No address of this machine is ever fetched, so the document fails, and nothing leaves."""
    return {"url": f"http://127.0.0.1:9/tea-{next(_numbers)}"}


KNOWLEDGE: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "weknora.bases.create": lambda caller: {"body": {"name": "Another"}},
    "weknora.bases.copy": lambda caller: {"body": {"source_id": base(caller), "target_id": base(caller)}},
    "weknora.bases.read": lambda caller: {"piece": base(caller)},
    "weknora.bases.change": lambda caller: {"piece": base(caller), "body": {"name": "Other", "config": {}}},
    "weknora.bases.delete": lambda caller: {"piece": base(caller)},
    "weknora.bases.hybrid_search": lambda caller: {"piece": f"{base(caller)}/hybrid-search", "body": SEARCHED},
    "weknora.bases.hybrid_search.post": lambda caller: {"piece": f"{base(caller)}/hybrid-search", "body": SEARCHED},
    "weknora.search": lambda caller: {"body": {"query": "tea", "knowledge_base_id": base(caller)}},
    "weknora.knowledge.upload": lambda caller: {
        "piece": f"{base(caller)}/knowledge/file",
        "body": _form(),
        "headers": FORM,
    },
    "weknora.knowledge.add_address": lambda caller: {"piece": f"{base(caller)}/knowledge/url", "body": _address()},
    "weknora.knowledge.list": lambda caller: {"piece": f"{base(caller)}/knowledge"},
    "weknora.knowledge.several": lambda caller: {"query": {"ids": document(caller)}},
    "weknora.knowledge.read": lambda caller: {"piece": document(caller)},
    "weknora.knowledge.change": lambda caller: _titled(document(caller)),
    "weknora.knowledge.delete": lambda caller: {"piece": document(caller)},
    "weknora.knowledge.download": lambda caller: {"piece": f"{document(caller)}/download"},
    "weknora.knowledge.picture": lambda caller: {"piece": _at_chunk(caller), "body": {"image_info": "[{}]"}},
    "weknora.chunks.list": lambda caller: {"piece": document(caller)},
    "weknora.chunks.change": lambda caller: {"piece": _at_chunk(caller), "body": {"is_enabled": False}},
    "weknora.chunks.delete": lambda caller: {"piece": _at_chunk(caller)},
    "weknora.chunks.delete_all": lambda caller: {"piece": document(caller)},
    "weknora.evaluation.start": _dataset,
    "weknora.evaluation.start.slash": _dataset,
    "weknora.evaluation.read": lambda caller: {"query": {"task_id": evaluation(caller)}},
    "weknora.evaluation.read.slash": lambda caller: {"query": {"task_id": evaluation(caller)}},
}
"""How to call what needs more than its address, by operation id."""


def _titled(id: str) -> dict[str, Any]:
    return {"piece": id, "body": {"id": id, "title": "About tea"}}
