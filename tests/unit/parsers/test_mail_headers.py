"""Mails whose headers are made to hold a reader up, and such as people write."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from parlance.parsers.eml import Eml
from parlance.ports.parsing import ParseHints
from parlance.values.knowledge import Parsed

PATIENCE = 4.0
"""Seconds of a core; such a mail is to be read within one."""
SIZE = 60_000


def read(mail: str, folder: Path) -> Parsed:
    """What is read of a mail."""
    path = folder / "a.eml"
    path.write_text(mail, "utf-8")
    return Eml().parse(path, hints=ParseHints(), progress=lambda done, all: None)


@pytest.mark.slow
@pytest.mark.parametrize("sign", ['"', "> ", ";a=", ",", '"a",', "=?utf-8?q?a?= "])
@pytest.mark.parametrize("name", ["Subject", "To", "Date", "Content-Type", "Content-Disposition"])
def test_no_header_takes_more_than_its_share_of_time(tmp_path: Path, name: str, sign: str) -> None:
    """Whatever it consists of; the words of the mail are read."""
    began = time.process_time()
    found = read(f"From: a@h.test\n{name}: {sign * (SIZE // len(sign))}\n\nTea is grown in Assam.\n", tmp_path)
    assert time.process_time() - began < PATIENCE
    assert "Tea is grown in Assam." in found.text


@pytest.mark.slow
def test_no_crowd_of_headers_does_so_either(tmp_path: Path) -> None:
    """Three hundred parts, each with a bad one of its own: after its share of a mail, less of each is looked at."""
    parts = "".join(f"--b\nContent-Type: text/plain; n={n}; {';a=' * 300}\n\npart {n}\n" for n in range(300))
    began = time.process_time()
    found = read(f"Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n", tmp_path)
    assert time.process_time() - began < PATIENCE
    assert "part 0" in found.text


def test_headers_are_told_as_people_write_them(tmp_path: Path) -> None:
    """Encoded words decoded, folded lines as one, long lists of addresses whole."""
    crowd = ",\n ".join(f"person-{n}@h.test" for n in range(300))
    head = "From: =?utf-8?q?J=C3=BCrgen?= <j@h.test>\nSubject: =?utf-8?b?6Iy2?= on\n two lines\n"
    found = read(f"{head}To: {crowd}\nDate: Mon, 01 Jun 2026 10:00:00 +0200\n\nTea.\n", tmp_path)
    assert (found.title, found.metadata["from"]) == ("茶 on two lines", "Jürgen <j@h.test>")
    assert found.metadata["date"] == "Mon, 01 Jun 2026 10:00:00 +0200"
    assert "person-0@h.test, person-1@h.test" in found.text and "person-299@h.test" in found.text
