"""An embedder of somebody's choice: pulled over a line that breaks, listed, asked, and a base moved to it."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlance.testing.servers import Server, as_process
from tests.flows.test_cli import printed, verb
from tests.naming import fresh
from tests.unit.cli.test_model_files import Shelf
from tests.unit.engines.onnx.small_embedder import bpe, write_embedder

pytestmark = pytest.mark.slow
PATIENCE = 60.0
LARGE = 20 * 1024 * 1024
"""Bytes of the weights: more than one piece of a download."""
TEA = "# Gardens\n\nTea is grown in Assam by three million people.\n\nCoffee is grown in Kerala on hills.\n"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A hub with a multilingual model, and a folder with a small one for English."""
    folder = tmp_path_factory.mktemp("hub")
    write_embedder(folder / "multi", outside="model.onnx_data")
    weights = folder / "multi" / "model.onnx_data"
    # What no tensor points at is never read: the file only has to be large.
    weights.write_bytes(weights.read_bytes().ljust(LARGE, b"\0"))
    write_embedder(folder / "small", bpe(), configs=False, width=6)
    with Shelf() as made:
        for root, name in (("/org/Multi/resolve/v1", "multi"), ("/plain/small", "small")):
            for path in (each for each in (folder / name).rglob("*") if each.is_file()):
                inside = path.relative_to(folder / name).as_posix()
                made.files[f"{root}/onnx/{inside}" if inside.startswith("model.onnx") else f"{root}/{inside}"] = (
                    path.read_bytes()
                )
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def pull(folder: Path, shelf: Shelf, *words: str) -> tuple[int, str]:
    """The exit code, and all that was said."""
    done = verb(folder, "pull", *words, env={"HF_ENDPOINT": shelf.url})
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def server(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose owner has pulled both, and has a folder of papers."""
    folder = tmp_path_factory.mktemp("server")
    weights = "/org/Multi/resolve/v1/onnx/model.onnx_data"
    wrong = pull(folder, shelf, "hf:org/Multi@v1", "--sha256", f"model.onnx_data={'0' * 64}")
    assert wrong[0] != 0 and "another SHA-256" in wrong[1], wrong
    shelf.ranges.clear()
    shelf.cuts[weights] = LARGE - 1000  # the second piece breaks off
    broken = pull(folder, shelf, "hf:org/Multi@v1")
    assert broken[0] != 0 and not (folder / "data" / "models" / "embedders").exists(), broken
    digest = hashlib.sha256(shelf.files[weights]).hexdigest()
    code, said = pull(folder, shelf, "hf:org/Multi@v1", "--sha256", f"model.onnx_data={digest}")
    assert code == 0 and "pools by mean, reads 32 tokens, gives 8 dimensions" in said, said
    assert f"model.onnx_data sha256:{digest}" in said and "the model is local/multi" in said
    assert shelf.ranges.count("bytes=16777216-33554431") == 2, "the first piece was kept"
    assert shelf.ranges.count("bytes=0-16777215") == 8, "the weights and seven small files, each once"
    graph = f"{shelf.url}/plain/small/onnx/model.onnx"
    code, said = pull(folder, shelf, graph, "--private", "--as", "embedder", "--pooling", "cls", "--max-length", "64")
    assert code == 0 and "pools by cls, reads 64 tokens, gives 6 dimensions" in said and "no prefixes" in said, said
    with as_process(folder) as running:
        (folder / "papers").mkdir()
        (folder / "papers" / "tea.md").write_text(TEA)
        yield running


def test_it_is_listed_and_says_how_it_embeds(server: Server) -> None:
    """Beside the one that Parlance brings, under the digest of its graph."""
    rows = {line.split()[0]: line.split()[1] for line in printed(server, "list").splitlines()}
    graph = server.folder / "data" / "models" / "embedders" / "multi" / "model.onnx"
    assert rows["local/multi"] == hashlib.sha256(graph.read_bytes()).hexdigest()[:12] and "local/small" in rows, rows
    told = json.loads((server.folder / "data" / "models" / "embedders" / "multi" / "embedder.json").read_text())
    wanted = {"pooling": "mean", "normalize": True, "query": "query: ", "passage": "passage: ", "context": 32}
    assert told == {**wanted, "dimensions": 8}


def base(server: Server, name: str) -> dict[str, object]:
    """A base as it stands."""
    [found] = [each for each in json.loads(printed(server, "do", "bases.list"))["bases"] if each["name"] == name]
    return dict(found)


def found(server: Server, name: str) -> tuple[str, dict[str, float]]:
    """The best passage, and its scores."""
    said = printed(server, "do", "bases.retrieve", f"base={base(server, name)['id']}", "query=Where is tea grown?")
    told = json.loads(said)
    assert "no_embedder" not in told.get("remarks", ()), told
    best = told["passages"][0]
    return best["chunk"]["content"], best["scores"]


@pytest.fixture(scope="module")
def papers(server: Server) -> str:
    """The name of a base that is made with it."""
    printed(server, "do", "bases.create", "name=Papers", "embedder=local/multi")
    assert verb(server, "index", str(server.folder / "papers"), "--base", "Papers").returncode == 0
    return "Papers"


def test_a_base_is_made_with_it_and_answers(server: Server, papers: str) -> None:
    """Its vectors count, and the answer has its sources."""
    words, scores = found(server, papers)
    assert "Assam" in words and "vector" in scores, scores
    assert base(server, papers)["embedder"] == "local/multi"
    answer = printed(server, "ask", "--model", "quote", "--base", papers, "Where is tea grown?")
    assert "Tea is grown in Assam" in answer


def test_a_base_moves_to_it_while_it_is_searched(server: Server, papers: str) -> None:
    """With the one that it has, until all is embedded anew."""
    called = fresh("Old")
    printed(server, "do", "bases.create", f"name={called}", "embedder=local/small")
    assert verb(server, "index", str(server.folder / "papers"), "--base", called).returncode == 0
    before = found(server, called)[1]["vector"]
    printed(server, "do", "bases.change", f"base={base(server, called)['id']}", "embedder=local/multi")
    deadline = time.monotonic() + PATIENCE
    while (stands := base(server, called)).get("coming"):
        assert "Assam" in found(server, called)[0] and time.monotonic() < deadline, stands
    assert (stands["embedder"], stands.get("problem", "")) == ("local/multi", ""), stands
    assert before != found(server, called)[1]["vector"] == found(server, papers)[1]["vector"]


def test_other_weights_do_not_slip_in_under_its_name(server: Server, shelf: Shelf) -> None:
    """The same again changes nothing; others only when somebody says so, and what does not embed never."""
    graph = f"{shelf.url}/plain/small/onnx/model.onnx"
    said = pull(server.folder, shelf, graph, "--private", "--as", "embedder", "--name", "multi")
    assert said[0] != 0 and "makes other vectors" in said[1] and "--replace" in said[1], said
    again = ("--private", "--as", "embedder", "--pooling", "cls", "--max-length", "64")
    assert pull(server.folder, shelf, graph, *again)[0] == 0
    write_embedder(server.folder / "odd", inputs=("input_ids", "attention_mask", "pixel_values"))
    shelf.files["/odd/model.onnx"] = (server.folder / "odd" / "model.onnx").read_bytes()
    shelf.files["/odd/tokenizer.json"] = b"{}"
    for words, why in ((("--as", "embedder"), "cannot be loaded"), ((), "another kind")):
        name = "odd" if words else "multi"
        code, told = pull(server.folder, shelf, f"{shelf.url}/odd/model.onnx", "--private", "--name", name, *words)
        assert code != 0 and why in told, told
    assert sorted(path.name for path in (server.folder / "data" / "models" / "embedders").iterdir()) == [
        "multi",
        "small",
    ]
