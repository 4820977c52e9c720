"""Where a WeKnora installation's files are, and the text that chunks were cut from."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.cli.exits import Failure
from parlance.cli.weknora_files import LINKED, NO_FOLDER, Files, content, whole
from parlance.ports.weknora_original import OriginalChunk, OriginalDocument

ID = "7c000000-aaaa-4bbb-8ccc-000000000001"


def row(path: str, size: int = 0) -> OriginalDocument:
    return OriginalDocument(id=ID, tenant=10000, base="b", type="file", path=path, size=size)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "files" / "10000" / ID
    place.mkdir(parents=True)
    (place / "1.pdf").write_bytes(b"12345")
    return tmp_path / "files"


def test_a_file_is_found_wherever_that_system_ran(folder: Path) -> None:
    """Its row names a path inside a container, or an address of a store whose files somebody has copied."""
    for path in (f"/data/files/10000/{ID}/1.pdf", f"minio://bucket/10000/{ID}/1.pdf", f"C:\\f\\10000\\{ID}\\1.pdf"):
        kept = Files(folder).of(row(path, 5))
        assert (kept.path, kept.size) == (folder / "10000" / ID / "1.pdf", 5)
    assert b"".join(content(folder / "10000" / ID / "1.pdf", 5)) == b"12345"


def test_what_is_not_its_file_is_not_taken_for_it(folder: Path, tmp_path: Path) -> None:
    """Another tenant's, one of another size, what lies outside or behind a link, and none at all."""
    (tmp_path / "secret").write_bytes(b"12345")
    (folder / "10000" / ID / "link.pdf").symlink_to(tmp_path / "secret")
    (folder / "10000" / "away").symlink_to(tmp_path)
    (folder / "10000" / ID / "empty.pdf").touch()
    cases = {
        f"/data/files/10001/{ID}/1.pdf": "names no file",
        f"10000/{ID}/..": "names no file",
        "10000/../1.pdf": "names no file",
        "": "names no file",
        f"10000/{ID}/2.pdf": "gone",
        f"10000/{ID}/link.pdf": LINKED,
        "10000/away/secret": LINKED,
        f"10000/{ID}/empty.pdf": "0 bytes",
    }
    for path, reason in cases.items():
        kept = Files(folder).of(row(path))
        assert kept.path is None and reason in kept.reason, path
    assert "5 bytes in place of 7" in Files(folder).of(row(f"10000/{ID}/1.pdf", 7)).reason
    assert Files(None).of(row(f"10000/{ID}/1.pdf")).reason == NO_FOLDER


def test_a_file_that_becomes_shorter_is_said_to_be(folder: Path) -> None:
    """What was announced could not be sent."""
    with pytest.raises(Failure, match="shorter"):
        list(content(folder / "10000" / ID / "1.pdf", 6))
    with pytest.raises(Failure, match="its file"):
        list(content(folder / "none", 6))


def chunk(said: str, start: int, place: int = 0, kind: str = "text") -> OriginalChunk:
    return OriginalChunk(content=said, kind=kind, place=place, start=start, stop=start + len(said))


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Z", "Cc")), min_size=1, max_size=300), st.data())
def test_what_chunks_share_stands_in_the_text_once(text: str, data: st.DataObject) -> None:
    """However they overlap, and in whichever order they come: together they are the text."""
    chunks: list[OriginalChunk] = []
    at = 0
    while at < len(text):
        stop = data.draw(st.integers(at + 1, len(text)))
        start = data.draw(st.integers(max(0, at - 20), at))
        chunks.append(chunk(text[start:stop], start, len(chunks)))
        at = stop
    assert whole(data.draw(st.permutations(chunks))) == text


def test_a_gap_is_a_line_and_pictures_stand_behind() -> None:
    """What a model made of a document is none of its text; a chunk that was changed there is taken as it is."""
    changed = msgspec.structs.replace(chunk("A longer one now", 10, 1), stop=15)
    parts = [chunk("One.", 0), chunk("Two.", 5, 1), chunk("seen", 0, 2, "image_ocr"), chunk("short", 0, 3, "summary")]
    assert whole(parts) == "One.\nTwo.\n\nseen"
    assert whole([chunk("One.", 0), changed]) == "One.\n\nA longer one now"
    assert whole([]) == "" == whole([chunk(" \n", 0)])
