"""`parlance index` on a server that gets the extra `ocr` while it has documents that wait for it."""

from __future__ import annotations

import re
import sys
import sysconfig
import time
import venv
from pathlib import Path

import pypdfium2
import pytest

from parlance.testing.documents import pdf, pictures
from parlance.testing.servers import as_process
from tests.flows.test_cli import PATIENCE, printed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

LACKING = "import sys; sys.modules['rapidocr'] = None\nimport site; site.addsitedir({packages!r})\n"
"""Has an environment find what this one has, but for the extra."""


def without_ocr(at: Path) -> Path:
    """An interpreter that has what is installed here, but for the extra `ocr`."""
    venv.create(at, symlinks=True, with_pip=False)
    (packages,) = at.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(LACKING.format(packages=sysconfig.get_path("purelib")))
    return at / "bin" / "python"


def half_scanned(path: Path) -> Path:
    """Pages of words, and one that is a picture."""
    whole = pypdfium2.PdfDocument.new()
    for part in (pdf.handbook(path.with_name("words.pdf")), pictures.scan(path.with_name("picture.pdf"))):
        whole.import_pages(pypdfium2.PdfDocument(part))
        part.unlink()
    whole.save(path)
    return path


def test_a_scan_is_read_by_the_next_run_once_the_extra_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then it is told what to install; of what was read in part, how the rest is read."""
    folder = tmp_path / "papers"
    folder.mkdir()
    pictures.scan(folder / "scan.pdf")
    half_scanned(folder / "half.pdf")
    words = ("index", str(folder), "--base", "Papers")
    with monkeypatch.context() as lacking:
        lacking.setattr(sys, "executable", str(without_ocr(tmp_path / "environment")))
        with as_process(tmp_path / "server") as server:
            for outcome in (("added", "--create"), ("unchanged",)):
                told = printed(server, *words, *outcome[1:])
                assert told.startswith(f"{2 if outcome[1:] else 0} added"), told
                assert f"{outcome[0]:<10}scan.pdf: it is there, but no word in it was read." in told
                assert "brings the extra `ocr`" in told and "`parlance index`, run again then, reads it" in told
    with as_process(tmp_path / "server") as server:
        told = printed(server, *words)
        assert "brings the extra" not in told and told.startswith("1 added, 0 changed"), told
        (command,) = re.findall(r"there by now, `parlance (do documents.recut document=\S+ anew:=true)`", told)
        assert "half.pdf: it is there, but not all in it was read." in told
        assert "scan.pdf" in printed(server, "search", "Papers", "ERR-4711")
        printed(server, *command.split())
        begun = time.monotonic()
        while "brings the extra" in (shown := printed(server, "do", "documents.read", command.split()[2])):
            assert time.monotonic() - begun < PATIENCE, shown
        assert "half.pdf" not in printed(server, *words)
