"""What is remarked on a document, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from parlance.testing.servers import as_process
from parlance.values.remarks import RemarkCode, remark
from tests.flows.test_cli import printed

TEA = "茶叶生长在阿萨姆邦，这是一个很长的句子，其中有许多常用的字。\n" * 9


def test_the_command_line_says_what_is_remarked_in_a_sentence(tmp_path: Path) -> None:
    """As it always did; beside it stands the code, for whoever says it in another language."""
    (folder := tmp_path / "letters").mkdir()
    (folder / "tea.txt").write_bytes(TEA.encode("gb18030"))
    with as_process(tmp_path / "server") as server:
        base = json.loads(printed(server, "do", "bases.create", "name=Letters", "embedder="))["id"]
        assert printed(server, "index", str(folder), "--base", "Letters").startswith("1 added")
        [document] = json.loads(printed(server, "do", "documents.list", f"base={base}"))["documents"]
    told = remark(RemarkCode.ENCODING_GUESSED, encoding="GB18030").words
    assert document["remarks"][0] == told and "it was read as GB18030" in told
    assert document["remarked"][0] == {"words": told, "code": "encoding_guessed", "values": {"encoding": "GB18030"}}
    assert [each["words"] for each in document["remarked"]] == document["remarks"]
