"""What becomes of files that break parsers: a child, a code, and the next document is read."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from parlance.parsers.quarantine import LIMITS, MIB, Quarantine
from parlance.plugins import PARSERS, targets
from parlance.processes.child import Limits, resident
from parlance.testing.documents import hostile, office, old_office, pdf
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Parsed
from parlance.values.remarks import DocumentRemark, RemarkCode, remark
from parlance.values.time import SystemClock

pytestmark = pytest.mark.slow

ROGUE = "tests.unit.parsers.rogue:Rogue"
"""A parser that does what its file says."""
SOON = 30.0
PEAK = """
import re, sys
from pathlib import Path
import numpy, PIL.Image
from parlance.parsers import ocr, pictures
from parlance.ports.parsing import ParseHints
ocr.read = lambda picture: iter(())
pictures.Pictures().parse(Path(sys.argv[1]), hints=ParseHints(sys.argv[1]), progress=lambda done, pages: None)
print(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1])
"""
"""A picture read by itself, all but its words: the most memory it took, in KiB (what `getrusage` tells of a process
counts also whoever started it)."""


@asynccontextmanager
async def quarantine(
    limits: Limits = LIMITS, width: int = 1, parsers: tuple[str, ...] = ()
) -> AsyncIterator[Quarantine]:
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    made = Quarantine([*targets(PARSERS), *parsers], SystemClock(), environment=environment, width=width, limits=limits)
    try:
        yield made
    finally:
        await made.close()


async def read(parsing: Quarantine, path: Path, name: str | None = None) -> Parsed:
    return await parsing.parse(path, path.name if name is None else name, "", progress=lambda done, pages: None)


async def refused(parsing: Quarantine, path: Path, name: str | None = None) -> Fault:
    with pytest.raises(Fault) as caught:
        await read(parsing, path, name)
    assert caught.value.hint and str(path.parent) not in caught.value.sentence()
    return caught.value


async def works(parsing: Quarantine, folder: Path) -> bool:
    """Whether the next document is read."""
    (path := folder / "next.txt").write_text("The next document.")
    return (await read(parsing, path)).text == "The next document."


BOMBS: dict[str, tuple[str, Callable[[Path], Path], set[str]]] = {
    "a zip bomb": ("a.docx", hostile.zip_bomb, {"unpacks_too_large"}),
    "one that lies": ("b.docx", hostile.lying_bomb, {"unpacks_too_large", "damaged_file"}),
    "entities": ("c.docx", hostile.entities, {"unpacks_too_large"}),
    "elements in elements": ("d.docx", hostile.deep, {"damaged_file"}),
    "too much text": ("e.docx", hostile.swollen, {"text_too_long", "unpacks_too_large"}),
    "a picture of pixels": ("f.png", hostile.pixel_bomb, {"picture_too_large", "extra_missing"}),
    "a password on a PDF": ("g.pdf", pdf.encrypted, {"encrypted_file"}),
    "a password on a DOC": ("h.doc", lambda path: old_office.doc(path, encrypted=True), {"encrypted_file"}),
    "a password on an XLS": ("i.xls", lambda path: old_office.xls(path, encrypted=True), {"encrypted_file"}),
    "a password on a DOCX": (
        "j.docx",
        lambda path: old_office.stored(path, {"EncryptedPackage": b"x"}),
        {"encrypted_file"},
    ),
    "a Word of before 97": ("k.doc", lambda path: old_office.doc(path, version=100), {"unknown_format"}),
}


async def test_bombs_locks_and_relics_are_refused_with_their_code_by_one_child(tmp_path: Path) -> None:
    """None of them ends the child, for each is found out before it goes off."""
    async with quarantine() as parsing:
        for name, make, codes in BOMBS.values():
            fault = await refused(parsing, make(tmp_path / name))
            assert fault.code in codes, name
        assert await works(parsing, tmp_path)


async def test_a_pdf_bomb_ends_its_child_or_is_read_within_its_memory(tmp_path: Path) -> None:
    """The server sees a code either way, and reads on."""
    async with quarantine() as parsing:
        path = hostile.pdf_bomb(tmp_path / "a.pdf")
        try:
            assert (await read(parsing, path)).remarks
        except Fault as fault:
            assert fault.code in ("parser_too_large", "parser_too_slow", "parser_crashed", "damaged_file", "empty_file")
        assert await works(parsing, tmp_path)


@pytest.mark.parametrize(
    ("deed", "code", "kind"),
    [
        ("crash", "parser_crashed", Kind.invalid),
        ("raise", "parser_crashed", Kind.invalid),
        ("recurse", "parser_crashed", Kind.invalid),
        ("loop", "parser_too_slow", Kind.timed_out),
        ("crawl", "parser_too_slow", Kind.timed_out),
        ("swell", "parser_too_large", Kind.too_large),
        ("ask for all", "parser_too_large", Kind.too_large),
    ],
)
async def test_a_parser_that_misbehaves_costs_its_document_and_no_other(
    deed: str, code: str, kind: Kind, tmp_path: Path
) -> None:
    """Crash, exception, endless loop, endless pages, endless memory: a code each, and the next document is read."""
    limits = msgspec.structs.replace(LIMITS, answer=3.0, whole=6.0, memory=200 * MIB, poll=0.05)
    async with quarantine(limits, parsers=(ROGUE,)) as parsing:
        (path := tmp_path / "a.rogue").write_bytes(b"\x00\x01\x02" + deed.encode())
        fault = await refused(parsing, path)
        assert (fault.code, fault.kind) == (code, kind)
        assert await works(parsing, tmp_path)


async def test_slow_pages_are_read_as_long_as_they_come(tmp_path: Path) -> None:
    """The deadline counts from the last page, and every page is told."""
    limits = msgspec.structs.replace(LIMITS, answer=6.0, whole=60.0)
    heard: list[tuple[int, int]] = []
    async with quarantine(limits, parsers=(ROGUE,)) as parsing:
        (path := tmp_path / "a.rogue").write_bytes(b"\x00\x01\x02" + b"walk")
        told = await parsing.parse(path, path.name, "", progress=lambda done, pages: heard.append((done, pages)))
        assert told.text == "walked" and heard[-1] == (8, 8) and len(heard) == 8


async def test_a_parser_that_knows_no_codes_may_remark_in_a_sentence_alone(tmp_path: Path) -> None:
    """One that somebody added, perhaps before there were codes."""
    async with quarantine(parsers=(ROGUE,)) as parsing:
        (path := tmp_path / "a.rogue").write_bytes(b"\x00\x01\x02" + b"say so")
        assert (await read(parsing, path)).remarks == (DocumentRemark("Half of it is in Etruscan."),)


async def test_neither_the_network_nor_the_servers_secrets_are_in_reach(tmp_path: Path) -> None:
    """What a hostile document could talk a parser into ends there."""
    async with quarantine(parsers=(ROGUE,)) as parsing:
        (path := tmp_path / "a.rogue").write_bytes(b"\x00\x01\x02" + b"look around")
        said = (await read(parsing, path)).text
        assert "no network" in said and "SECRET" not in said


async def test_a_cancelled_call_ends_its_child_at_once(tmp_path: Path) -> None:
    """An endless loop does not outlive the document that was deleted."""
    async with quarantine(parsers=(ROGUE,)) as parsing:
        assert await works(parsing, tmp_path)
        child = next(one.pid for one in parsing.children if one.pid is not None)
        (path := tmp_path / "a.rogue").write_bytes(b"\x00\x01\x02" + b"loop")
        call = asyncio.create_task(read(parsing, path))
        async with asyncio.timeout(SOON):
            await asyncio.sleep(0)  # it is under way now: the child is there, and takes the call at once
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            while resident(child):
                await asyncio.sleep(0.01)
        assert await works(parsing, tmp_path)


async def test_a_file_is_read_as_what_it_is_and_a_wrong_name_is_told(tmp_path: Path) -> None:
    """A PDF called a Word document is a PDF."""
    async with quarantine() as parsing:
        parsed = await read(parsing, pdf.handbook(tmp_path / "a"), "report.docx")
        assert len(parsed.pages) == 3 and parsed.remarks == (remark(RemarkCode.MISNAMED, suffix=".docx"),)
        page = tmp_path / "b"
        page.write_text(office.page("t", "<p>Words of a page.</p>"))
        assert (await read(parsing, page, "")).text == "Words of a page."
        office.eml(page)
        assert (await read(parsing, page, "mail")).metadata["to"] == "bob@example.com"
        (tmp_path / "c").write_text("a;b\n1;2\n")
        typed = await parsing.parse(tmp_path / "c", "", "text/csv; charset=utf-8", progress=lambda done, pages: None)
        assert typed.text.startswith("| a | b |")


async def test_archives_of_nothing_known_and_relics_are_unknown(tmp_path: Path) -> None:
    """Each with its sentence."""
    async with quarantine() as parsing:
        zipped = office.zipped(tmp_path / "a.zip", {"x": "y"})
        assert (await refused(parsing, zipped)).code == "unknown_format"
        (tmp_path / "a.rtf").write_text("{\\rtf1 words}")
        assert "RTF" in (await refused(parsing, tmp_path / "a.rtf")).message
        assert (await refused(parsing, old_office.stored(tmp_path / "a.ppt", {"Other": b""}))).code == "unknown_format"
        with pytest.raises(Fault) as caught:
            await read(parsing, tmp_path / "gone.txt")
        assert (caught.value.kind, caught.value.code) == (Kind.missing, "content_lost")
        with pytest.raises(Fault) as caught:
            await read(parsing, tmp_path)
        assert (caught.value.kind, caught.value.code) == (Kind.upstream, "content_unreadable")


async def test_ten_thousand_pages_are_read(tmp_path: Path) -> None:
    """And their progress is not ten thousand words long."""
    heard: list[int] = []
    async with quarantine() as parsing:
        path = pdf.written(tmp_path / "a.pdf", [([pdf.Words(60, 700, f"Page {n}.")], []) for n in range(10_000)])
        parsed = await parsing.parse(path, "a.pdf", "", progress=lambda done, pages: heard.append(done))
    assert len(parsed.pages) == 10_000 and parsed.text.endswith("Page 9999.")
    assert heard[-1] == 10_000 and len(heard) < 5_000


@pytest.mark.parametrize(("mode", "ground"), [("RGB", "white"), ("RGBA", (255, 255, 255, 0)), ("P", 0), ("L", 255)])
async def test_the_words_of_a_picture_as_large_as_allowed_are_read(tmp_path: Path, mode: str, ground: object) -> None:
    """Within the memory of a child, however its pixels are kept."""
    image = pytest.importorskip("PIL.Image")
    from PIL import ImageDraw, ImageFont

    picture = image.new(mode, (7000, 7000), ground)
    if mode == "P":
        picture.putpalette([255, 255, 255, 0, 0, 0])
    ink = {"P": 1, "L": 0}.get(mode, "black")
    ImageDraw.Draw(picture).text((900, 3000), "Rosemary", fill=ink, font=ImageFont.load_default(size=1000))
    picture.save(tmp_path / "large.png", compress_level=1)
    async with quarantine() as parsing:
        parsed = await read(parsing, tmp_path / "large.png")
    assert parsed.text == "Rosemary"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "I;16", "1"])
def test_a_picture_is_made_smaller_without_a_whole_copy_of_it(tmp_path: Path, mode: str) -> None:
    """49 million pixels as Pillow keeps them, at most four bytes each (196 MB), and little more at any time."""
    image = pytest.importorskip("PIL.Image")
    image.new(mode, (7000, 7000)).save(tmp_path / "large.png", compress_level=1)
    said = subprocess.run([sys.executable, "-c", PEAK, str(tmp_path / "large.png")], capture_output=True, check=True)
    assert int(said.stdout) < 330 * 1024, "a peak in KiB, 40 MB of which are the interpreter's"
