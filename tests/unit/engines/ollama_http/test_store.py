"""The verbs that change which models there are, with their progress."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from parlance.engines.ollama_http.store import _Progress
from parlance.testing.engines import RecordingSink
from parlance.values.errors import Fault, Kind
from parlance.values.events import Stepped
from parlance.values.notices import Progressed
from tests.unit.engines.ollama_http.stage import staged


async def test_a_pull_tells_its_steps_and_its_bytes() -> None:
    """Every step and every whole layer is an event, bytes between are notices."""
    async with staged() as stage:
        sink = RecordingSink()
        await stage.store.pull("new", {"insecure": True}, sink)
        assert stage.sent() == {"insecure": True, "model": "new", "stream": True}
        steps = [(e.label, (e.foreign or {}).get("completed")) for e in sink.events if isinstance(e, Stepped)]
        layer = steps[1][0]
        assert steps == [
            ("pulling manifest", None),
            (layer, None),
            (layer, 1 << 20),
            ("verifying sha256 digest", None),
            ("writing manifest", None),
        ]
        assert [(n.done, n.total) for n in sink.notices if isinstance(n, Progressed)] == [
            (1 << 18, 1 << 20),
            (1 << 19, 1 << 20),
            (3 << 18, 1 << 20),
        ]
        assert sink.taps[-1] is None


async def test_models_are_made_copied_published_and_removed() -> None:
    """Each verb does what its name says to the shelf there."""
    async with staged() as stage:
        shelf = stage.upstream.shelf
        await stage.store.create("mine", {"from": "mock", "system": "be brief"}, RecordingSink())
        assert shelf.stored["mine:latest"].system == "be brief"
        await stage.store.copy("mine", "yours")
        await stage.store.push("yours", {}, RecordingSink())
        await stage.store.delete("mine")
        assert sorted(shelf.stored) == ["mock-embed:latest", "mock:latest", "yours:latest"]


async def test_what_is_not_there_is_missing() -> None:
    """Before the progress begins, and in the middle of it."""
    async with staged() as stage:
        for work in (
            stage.store.copy("nope", "x"),
            stage.store.delete("nope"),
            stage.store.push("nope", {}, RecordingSink()),
            stage.store.pull("missing", {}, RecordingSink()),
        ):
            with pytest.raises(Fault) as absent:
                await work
            assert absent.value.kind is Kind.missing


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    """A body that comes bit by bit."""
    for piece in data:
        yield piece


async def test_a_blob_is_found_after_it_was_stored() -> None:
    """It goes in chunks, as it comes."""
    digest = "sha256:" + hashlib.sha256(b"one two").hexdigest()
    async with staged() as stage:
        assert not await stage.store.has_blob(digest)
        await stage.store.put_blob(digest.replace(":", "-"), pieces(b"one ", b"two"))
        assert stage.upstream.calls[-1].headers["transfer-encoding"] == "chunked"
        assert await stage.store.has_blob(digest)
        with pytest.raises(Fault) as refused:
            await stage.store.put_blob(digest, pieces(b"other"))
        assert refused.value.kind is Kind.invalid


@pytest.mark.parametrize(
    "digest", ["", "sha256:", "sha256:../../x", f"sha256:{'a' * 63}", f"sha512:{'a' * 64}", "a" * 64]
)
async def test_nothing_but_a_digest_becomes_part_of_a_path(digest: str) -> None:
    """Refused before anything is sent."""
    async with staged() as stage:
        for work in (stage.store.has_blob(digest), stage.store.put_blob(digest, pieces())):
            with pytest.raises(Fault) as refused:
                await work
            assert refused.value.code == "bad_digest"
        assert stage.upstream.calls == []


async def test_a_blob_that_cannot_be_looked_for_is_a_fault() -> None:
    """Neither there nor not there."""
    async with staged() as stage:
        stage.upstream.key = "other"
        with pytest.raises(Fault) as failed:
            await stage.store.has_blob("sha256:" + "0" * 64)
        assert failed.value.code == "upstream_auth"


def progress(*told: Any) -> RecordingSink:
    """What these lines of progress push."""
    sink = RecordingSink()
    reading = _Progress(sink, lambda text: text)
    for line in told:
        reading.line(line if isinstance(line, bytes) else msgspec.json.encode(line))
    return sink


def test_odd_progress_is_borne_or_a_fault() -> None:
    """Numbers that are none count for nothing; a line without a status is no progress."""
    sink = progress({"status": "a"}, {"status": "a", "total": 5, "completed": "x", "digest": 7}, {"status": "a"})
    assert sink.events == [Stepped("a")] and sink.notices == [Progressed("a", 0, 5, None)]
    assert progress({"status": "success"}, b"rubbish").events == []
    for line in ({"status": 5}, {}, {"error": "it broke"}, b"[]"):
        with pytest.raises(Fault):
            progress(line)
