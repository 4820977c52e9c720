"""Embedders are fetched with all their files, tried, described, and taken only when they are what was said."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from parlance.cli.exits import Failure
from parlance.cli.model_files import Told, fetched, wished
from tests.unit.cli.test_model_files import Shelf, put, shelf
from tests.unit.engines.onnx.small_embedder import unigram, write_embedder

__all__ = ["shelf"]
pytestmark = pytest.mark.slow


def files(folder: Path, **form: Any) -> dict[str, bytes]:
    """Those of a model."""
    write_embedder(folder, **form)
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def zipped(found: dict[str, bytes]) -> bytes:
    """An archive of them."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return made.getvalue()


def pulled(folder: Path, model: str, *digests: str, name: str | None = None, told: Told = Told()) -> list[str]:  # noqa: B008
    """The words of each step."""
    env = {"PARLANCE_DATA_DIR": str(folder / "data")}
    return [step["status"] for step in fetched(wished(model, digests, name, True, env, folder, told))]


def sha(content: bytes) -> str:
    """A digest."""
    return hashlib.sha256(content).hexdigest()


def test_an_archive_with_weights_beside_the_graph_is_taken_whole(tmp_path: Path, shelf: Shelf) -> None:
    """In the folder where exporters put them; each file may be pinned, and what is said goes before its own files."""
    found = files(tmp_path / "made", outside="model.onnx_data")
    inside = {f"multi/{'onnx/' if name.startswith('model') else ''}{name}": each for name, each in found.items()}
    shelf.files["/multi-1.0-py3-none-any.whl"] = archive = zipped({**inside, "multi/onnx/other_data": b"x"})
    model = f"{shelf.url}/multi-1.0-py3-none-any.whl"
    pins = (
        sha(archive),
        f"model.onnx_data={sha(found['model.onnx_data'])}",
        f"onnx/model.onnx={sha(found['model.onnx'])}",
    )
    steps = pulled(tmp_path, model, *pins, told=Told(said={"query": "q: ", "context": 16}))
    assert steps[-2:] == ["the model is local/multi-1.0", "success"]
    home = put(tmp_path, "multi-1.0", "embedders")
    assert json.loads((home / "embedder.json").read_text()) == {
        **{"pooling": "mean", "normalize": True, "query": "q: ", "passage": "passage: "},
        **{"context": 16, "dimensions": 8},
    }
    assert not (home / "other_data").exists()
    assert set(json.loads((home / "pulled.json").read_text())["sha256"]) == set(found)


def test_a_digest_is_never_passed_over(tmp_path: Path, shelf: Shelf) -> None:
    """Alone it is the graph's, where there is no archive; one for a file that does not come is refused."""
    root = "/small"
    shelf.files = {f"{root}/{name}": each for name, each in files(tmp_path / "made").items()}
    model = f"{shelf.url}{root}/model.onnx"
    with pytest.raises(Failure, match="another SHA-256"):
        pulled(tmp_path, model, "0" * 64)
    graph = sha(shelf.files[f"{root}/model.onnx"])
    with pytest.raises(Failure, match="nothing at 1_Pooling/other"):
        pulled(tmp_path, model, graph, f"1_Pooling/other={'0' * 64}")
    with pytest.raises(Failure, match="nothing at"):
        pulled(tmp_path, model, graph, f"../../data={'0' * 64}")
    assert pulled(tmp_path, model, graph)[-1] == "success"
    assert put(tmp_path, "small", "embedders").is_dir()


@pytest.mark.parametrize(
    ("form", "spoil", "why"),
    [
        ({"outside": "model.onnx_data"}, "model.onnx_data", "keeps weights in model.onnx_data, which is not beside it"),
        ({"inputs": ("input_ids", "attention_mask", "past")}, "", "wants past, which nothing here gives"),
        ({}, "tokenizer.json", "no tokenizer.json"),
        ({}, "model.onnx", "no model.onnx in it: this is no model that was exported to ONNX. `optimum-cli export"),
    ],
    ids=["outside", "inputs", "words", "graph"],
)
def test_what_cannot_embed_is_not_taken(
    tmp_path: Path, shelf: Shelf, form: dict[str, Any], spoil: str, why: str
) -> None:
    """And the reason is told with what helps."""
    found = files(tmp_path / "made", **form)
    found.pop(spoil, None)
    shelf.files["/bad.zip"] = zipped(found)
    with pytest.raises(Failure, match=why):
        pulled(tmp_path, f"{shelf.url}/bad.zip")
    assert not put(tmp_path, "bad", "embedders").exists()


def test_weights_are_looked_for_beside_the_graph_only(tmp_path: Path, shelf: Shelf) -> None:
    """A graph that names another place is refused before anything is opened there."""
    found = files(tmp_path / "made", outside="model.onnx_data")
    found["model.onnx"] = found["model.onnx"].replace(b"model.onnx_data", b"../../x/secrets")
    shelf.files["/bad.zip"] = zipped(found)
    with pytest.raises(Failure, match="no file beside it"):
        pulled(tmp_path, f"{shelf.url}/bad.zip")


def test_a_name_has_one_kind_of_model_and_one_kind_of_vectors(tmp_path: Path, shelf: Shelf) -> None:
    """Until somebody says that it shall have others."""
    shelf.files["/a/model.onnx"] = files(tmp_path / "a")["model.onnx"]
    shelf.files["/b/model.onnx"] = files(tmp_path / "b", seed=8)["model.onnx"]
    for root in ("a", "b"):
        shelf.files[f"/{root}/tokenizer.json"] = unigram().to_str().encode()
    embedder = Told("embedder")

    def pull(root: str, told: Told = embedder) -> list[str]:
        return pulled(tmp_path, f"{shelf.url}/{root}/model.onnx", name="mine", told=told)

    assert pull("a")[-1] == pull("a")[-1] == "success"
    for told in (embedder, Told("embedder", {"passage": "p: "})):
        with pytest.raises(Failure, match=r"makes other vectors.*--replace"):
            pull("b" if told is embedder else "a", told)
    with pytest.raises(Failure, match="another kind of model"):
        pull("a", Told("reranker"))
    assert pull("b", Told("embedder", replace=True))[-1] == "success"
    assert (put(tmp_path, "mine", "embedders") / "model.onnx").read_bytes() == shelf.files["/b/model.onnx"]


def test_what_somebody_says_must_be_possible(tmp_path: Path, shelf: Shelf) -> None:
    """More tokens than the model has positions are none of its."""
    shelf.files["/m.zip"] = zipped(files(tmp_path / "made"))
    with pytest.raises(Failure, match="32 tokens at most") as refused:
        pulled(tmp_path, f"{shelf.url}/m.zip", told=Told(said={"context": 40}))
    assert refused.value.exit_code
