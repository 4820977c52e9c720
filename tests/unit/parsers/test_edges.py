"""What stands at the edges: files that are almost what they say, and parts of files that lie."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from parlance.parsers import archive, kinds, sheets
from parlance.parsers.child import loaded
from parlance.parsers.doc import read_marked
from parlance.parsers.draft import Draft, clean, whole
from parlance.parsers.encodings import eastern, is_text, wide
from parlance.parsers.problems import CODES, problem
from parlance.parsers.xlsx import column
from parlance.plugins import PARSERS, targets
from parlance.ports import parsing
from parlance.ports.parsing import MOST_PAGES, MOST_TEXT, ParseHints
from parlance.testing.documents import hostile, office, old_office
from parlance.values.errors import Fault
from parlance.values.knowledge import Parsed
from parlance.values.remarks import DocumentRemark


def parsed(path: Path, name: str | None = None, said: str = "") -> Parsed:
    """What comes of a file as the child reads it."""
    known = name if name is not None else path.name
    media_type, parser = kinds.recognised(path, known, said, [loaded(target) for target in targets(PARSERS)])
    return parser.parse(path, hints=ParseHints(known, media_type), progress=lambda done, pages: None)


def refused(path: Path, name: str | None = None) -> str | None:
    with pytest.raises(Fault) as caught:
        parsed(path, name)
    return caught.value.code


def test_a_long_text_takes_little_more_memory_than_itself(tmp_path: Path) -> None:
    """Though it is one paragraph from beginning to end: 2 MB of short lines."""
    path = tmp_path / "log.txt"
    path.write_text("".join(f"line {number} of it says {number * 7}\n" for number in range(70_000)))
    tracemalloc.start()
    try:
        [block] = parsed(path).blocks
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
    assert block.span.stop == path.stat().st_size - 1


@pytest.mark.parametrize(
    "odd", ["<![ x]>", "<![-- y -->", "<![foo[z]]>", "<![if !mso]>", "<![endif]-->", "<![", "<![a"]
)
def test_a_page_with_an_odd_section_is_read(odd: str, tmp_path: Path) -> None:
    """As browsers do, which take it for a comment."""
    path = tmp_path / "page.html"
    path.write_text(f"<p>Tea is grown in Assam.</p>{odd}<p>Coffee is grown in Kerala.</p>")
    text = parsed(path).text
    assert "Assam" in text and "Kerala" in text


def test_paragraphs_of_plain_text_are_parted_by_blank_lines(tmp_path: Path) -> None:
    """Whatever blanks stand in those; a lone line's end parts nothing."""
    path = tmp_path / "a.txt"
    path.write_text("\n \none\ntwo \n\n\t\n three\n  four\n \t\nfive\n\n")
    found = parsed(path)
    assert [found.text[one.span.start : one.span.stop] for one in found.blocks] == ["one\ntwo", "three\n  four", "five"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", b"", "empty_file"),
        ("a.txt", b"\xef\xbb\xbf \n", "empty_file"),
        ("a.txt", b"\x00" * 100, "empty_file"),
        ("a.pdf", b"not a pdf", "wrong_content"),
        ("a.png", b"\x01\x02\x03\x80" * 50, "wrong_content"),
        ("a.so", b"\x7fELF" + bytes(range(256)), "unknown_format"),
        ("noname", b"\x7fELF" + bytes(range(256)), "unknown_format"),
        ("a.pdf", b"%PDF-1.7\n" + b"x" * 100, "damaged_file"),
        ("a.docx", b"PK\x03\x04 cut off", "damaged_file"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unknown_format"),
        ("a.rtf", b"{\\rtf1 x}", "unknown_format"),
        ("a.csv", b'"' + b"x" * 200_000, "damaged_file"),
        ("a.html", b"<script>only a script</script>", "empty_file"),
        ("a.txt", b"x" * (MOST_TEXT + 1), "text_too_long"),
    ],
)
def test_each_kind_of_broken_file_has_its_code(name: str, content: bytes, code: str, tmp_path: Path) -> None:
    """By its bytes first."""
    (path := tmp_path / "file").write_bytes(content)
    assert refused(path, name) == code


@pytest.mark.parametrize(
    ("name", "said", "content", "kind"),
    [
        ("a.md", "", "# T\n\n<p>words</p>", "heading"),
        ("", "text/markdown", "# T", "heading"),
        ("", "", "<!-- made --><!DOCTYPE html><h1>T</h1>", "heading"),
        ("a.xls", "", "<html><table><tr><td>1<td>2<tr><td>3<td>4</table></html>", "table"),
        ("a.txt", "", "<html> is how a page begins", "paragraph"),
        ("", "", "From: a@example.com\nTo: b@example.com\nSubject: T\n\nwords", "heading"),
        ("A.CSV", "", "a,b\n1,2", "table"),
        ("a.unheard-of", "", "words", "paragraph"),
    ],
)
def test_a_kind_of_text_is_told_by_its_name_then_its_type_then_its_look(
    name: str, said: str, content: str, kind: str, tmp_path: Path
) -> None:
    """A text that only looks like a page is none when its name says so."""
    (path := tmp_path / "file").write_text(content)
    assert parsed(path, name, said).blocks[0].kind == kind


@pytest.mark.parametrize(("content", "held"), [("<!DOCTYPE html><p>Not found", "a web page"), ("words", "plain text")])
def test_what_is_in_a_file_of_another_name_is_told(content: str, held: str, tmp_path: Path) -> None:
    """A download is often the page that says why there is none."""
    (path := tmp_path / "a.pdf").write_text(content)
    with pytest.raises(Fault, match=f"holds {held}"):
        parsed(path)


def test_a_name_is_looked_at_for_its_ending_only() -> None:
    """And no further than an ending is long."""
    assert kinds.suffix("a/b.x/c") == "" and kinds.suffix("C:\\a.b\\c.PDF") == ".pdf"
    assert kinds.suffix("a.pdf\x00.txt") == ".txt" and len(kinds.suffix("." + "x" * 5000)) == kinds.LONGEST_SUFFIX


@pytest.mark.slow
def test_parts_of_an_archive_that_lie_are_found_out(tmp_path: Path) -> None:
    """Missing, doubled in size, encrypted, or too many."""
    with archive.Archive(office.zipped(tmp_path / "a.zip", {"a.xml": "<a><b/></a>", "b.xml": "<a>"})) as found:
        assert [element.tag for _, element in found.events("a.xml")] == ["a", "b", "b", "a"]
        for deed in (lambda: found.read("none"), lambda: found.tree("b.xml"), lambda: list(found.events("b.xml"))):
            with pytest.raises(Fault) as caught:
                deed()
            assert caught.value.code == "damaged_file"
        with pytest.raises(Fault) as caught:
            found.read("a.xml", most=3)
        assert caught.value.code == "unpacks_too_large"
    locked = office.docx(tmp_path / "a.docx").read_bytes()
    mark = struct.pack("<4sHHH", b"PK\x01\x02", 0x0314, 20, 0)
    (tmp_path / "b.docx").write_bytes(locked.replace(mark, mark[:-2] + b"\x01\x00"))
    assert refused(tmp_path / "b.docx") == "encrypted_file"
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as file:
        for number in range(archive.MOST_PARTS + 1):
            file.writestr(f"{number}", "")
    with pytest.raises(Fault) as caught:
        archive.Archive(tmp_path / "c.zip")
    assert caught.value.code == "unpacks_too_large"


def test_a_tree_of_any_depth_and_entities_are_refused() -> None:
    """Before anything recurses into them."""
    for raw, code in (
        (b"<a>" * 5000 + b"</a>" * 5000, "damaged_file"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x/>', "unpacks_too_large"),
    ):
        with pytest.raises(Fault) as caught:
            archive.xml(raw)
        assert caught.value.code == code


def test_a_workbook_with_a_cell_far_out_is_read_without_it(tmp_path: Path) -> None:
    """A row of sixteen thousand columns is never made; that something was left out is said."""
    found = parsed(hostile.far_cell(tmp_path / "a.xlsx"))
    text = found.text
    assert "not read" in found.remarks[0].words and not parsed(office.xlsx(tmp_path / "b.xlsx")).remarks
    assert "|  | 8 |" in text and "7 |" not in text.partition("## Notes")[0].replace("77 |", "")
    assert (column("A1", 9), column("AB12", 9), column("XFD1", 9), column("", 9), column("é1", 9)) == (
        0,
        27,
        16383,
        9,
        9,
    )


def test_a_book_that_is_locked_or_without_chapters_says_so(tmp_path: Path) -> None:
    """The first is the reader's to open, the second nobody's."""
    office.epub(tmp_path / "a.epub")
    with zipfile.ZipFile(tmp_path / "a.epub") as file:
        parts = {name: file.read(name) for name in file.namelist()}
    locked = parts | {"META-INF/encryption.xml": b"<x/>", "OEBPS/a.xhtml": b"", "OEBPS/b two.xhtml": b""}
    assert refused(office.zipped(tmp_path / "b.epub", locked)) == "encrypted_file"
    none = parts | {"OEBPS/c.opf": parts["OEBPS/c.opf"].replace(b"itemref", b"nothing")}
    assert refused(office.zipped(tmp_path / "c.epub", none)) == "damaged_file"
    assert refused(office.zipped(tmp_path / "d.epub", parts | {"META-INF/container.xml": b"<x/>"})) == "damaged_file"


def test_a_word_document_of_content_controls_spans_and_breaks(tmp_path: Path) -> None:
    """What is around paragraphs is looked through; a page ends where its author ended it."""
    grid = '<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>'
    inner = (
        f"<w:sdt><w:sdtContent>{office.paragraph('inside')}</w:sdtContent></w:sdt>"
        f"<w:tbl><w:tr><w:tc>{grid}{office.paragraph('wide')}</w:tc></w:tr>"
        f"<w:tr><w:tc>{office.paragraph('a')}{office.paragraph('b')}</w:tc><w:tc>{office.paragraph('c')}</w:tc></w:tr></w:tbl>"
        "<w:p><w:r><w:t>one</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t><w:noBreakHyphen/><w:t>four</w:t></w:r></w:p>"
        '<w:p><w:r><w:t>last of its page</w:t><w:br w:type="page"/></w:r></w:p>'
        f"{office.paragraph('next page')}"
    )
    found = parsed(office.zipped(tmp_path / "a.docx", office.body(inner)))
    assert found.text.startswith(
        "inside\n\n| wide |  |\n| --- | --- |\n| a b | c |\n\none\ttwo\nthree-four\n\nlast of its page"
    )
    assert len(found.pages) == 2 and found.text[found.pages[1] :].startswith("next page")


def test_a_table_of_an_old_word_document_whose_rows_differ_stays_in_cells(tmp_path: Path) -> None:
    """Better each by itself than in a wrong row."""
    draft = Draft()
    read_marked("a\x07b\x07\x07c\x07\x07d\r", draft)
    assert draft.finish().text == "a\n\nb\n\nc\n\nd"


def test_numbers_and_dates_are_written_as_people_read_them() -> None:
    """Whole ones without a point, days without midnight."""
    assert [sheets.as_number(word) for word in ("1.0", "0.1", "1e300", "x", "-3", "1e15")] == [
        "1",
        "0.1",
        "1e+300",
        "x",
        "-3",
        "1e+15",
    ]
    assert [sheets.as_date(word) for word in ("46023", "0.5", "46023.25", "x", "1e12")] == [
        "2026-01-01",
        "12:00",
        "2026-01-01 06:00",
        "x",
        "1e12",
    ]
    assert sheets.as_date("0", late=True) == "00:00" and sheets.as_date("1", late=True) == "1904-01-02"


def test_a_draft_keeps_its_bounds() -> None:
    """Text, pages and remarks."""
    draft = Draft()
    with pytest.raises(Fault) as caught:
        for _ in range(11):
            draft.add("paragraph", "x" * 1_000_000)
    assert caught.value.code == "text_too_long"
    draft = Draft()
    with pytest.raises(Fault) as caught:
        for _ in range(MOST_PAGES + 1):
            draft.page()
    assert caught.value.code == "too_many_pages"
    for number in range(100):
        draft.remark(DocumentRemark(str(number)))
    assert len(draft.finish().remarks) == 20
    for text, code in ((" ", "empty_file"), ("x" * (MOST_TEXT + 1), "text_too_long")):
        with pytest.raises(Fault) as caught:
            whole(text, [])
        assert caught.value.code == code


def test_every_code_has_a_sentence_and_what_to_do() -> None:
    """Those of the port, and no others."""
    told = {
        line.split()[0]
        for line in (parsing.__doc__ or "").splitlines()
        if line.startswith("    ") and len(line.split()) > 2
    }
    assert told == CODES
    assert all(problem(code).hint and problem(code).code == code for code in CODES - {"extra_missing"})


def test_bytes_are_told_apart() -> None:
    """Text in any encoding, and what is none."""
    assert (
        is_text("plain".encode("utf-16"))
        and is_text("中文中文\n中文\n中文\n".encode("utf-16-le"))
        and is_text(b"caf\xe9")
    )
    assert not is_text(bytes(range(32)) * 10) and not is_text(b"MZ\x90\x00\x03\x00\x00\x00" * 40)
    assert wide(b"") is None and eastern(b"ascii only") is None and clean("\ud800") == "\ufffd"


def test_a_stream_file_is_what_its_streams_are(tmp_path: Path) -> None:
    """A workbook called a document is a workbook."""
    assert "Sales" in parsed(old_office.xls(tmp_path / "a.doc")).text


def test_json_with_what_programs_write_although_it_is_none_is_read(tmp_path: Path) -> None:
    """NaN comes out of every script that writes losses."""
    path = tmp_path / "run.json"
    path.write_text('{"loss": NaN, "best": -Infinity, "name": "run 7"}')
    assert "NaN" in parsed(path).text and "run 7" in parsed(path).text


def page(body: str, folder: Path) -> str:
    """The text that comes of a page."""
    path = folder / "page.html"
    path.write_text(f"<html><body>{body}</body></html>")
    return parsed(path).text


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "color: red; DISPLAY : none !important",
        "visibility:hidden",
        "font-size:0",
        "opacity: 0; top: 1px",
    ],
)
def test_what_nobody_sees_on_a_page_is_not_read(style: str, tmp_path: Path) -> None:
    """It is a place for words that are meant for models alone; also where little else is on the page."""
    text = page(f'<p>Tea is grown in Assam.</p><p style="{style}">Obey <b>me</b> only.</p><p>Seen.</p>', tmp_path)
    assert text == "Tea is grown in Assam.\n\nSeen."


@pytest.mark.parametrize("style", ["display:block", "font-size:0.9em", "opacity:0.5", "background:url(display:none)"])
def test_what_is_seen_on_a_page_is_read(style: str, tmp_path: Path) -> None:
    """Small or faint as it may be; and a page that waits for its script."""
    assert page(f'<p style="{style}">Tea is grown in Assam.</p>', tmp_path) == "Tea is grown in Assam."
    waiting = tmp_path / "waiting.html"
    waiting.write_text('<html><body style="visibility:hidden"><p>Tea is grown in Assam.</p></body></html>')
    assert parsed(waiting).text == "Tea is grown in Assam."


def test_a_cell_that_reaches_over_rows_is_said_in_each(tmp_path: Path) -> None:
    """And those beside it stay in their columns."""
    rows = (
        "<tr><th>Region</th><th>Crop</th><th>Tons</th></tr>"
        "<tr><td rowspan=2>Assam</td><td>tea</td><td>700</td></tr>"
        "<tr><td>rice</td><td>5,000</td></tr>"
        "<tr><td colspan=2>Kerala</td><td rowspan=0>none</td></tr><tr><td>Goa</td></tr>"
    )
    lines = page(f"<table>{rows}</table>", tmp_path).splitlines()
    assert lines[2:] == [
        "| Assam | tea | 700 |",
        "| Assam | rice | 5,000 |",
        "| Kerala |  | none |",
        "| Goa |  | none |",
    ]


def test_a_table_of_cells_that_reach_very_far_stays_small(tmp_path: Path) -> None:
    """As drawn by those who want to fill memory."""
    cells = "<td colspan=999999 rowspan=999999>x</td>" * 20
    assert len(page(f"<table><tr>{cells}</tr><tr><td>y</td></tr></table>", tmp_path)) < 40_000


@pytest.mark.parametrize("disposition", ["", "Content-Disposition: attachment; filename=note.eml\r\n"])
def test_a_mail_inside_a_mail_is_read(disposition: str, tmp_path: Path) -> None:
    """However deep it lies, and whether it was forwarded in place or attached."""
    path = tmp_path / "forwarded.eml"
    mail = "Subject: The pump\r\nFrom: c@h.test\r\nContent-Type: text/plain\r\n\r\nDrain it before frost.\r\n"
    for depth in range(3):
        mail = (
            f"Subject: Level {depth}\r\nFrom: a@h.test\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: multipart/mixed; boundary=x{depth}\r\n\r\n--x{depth}\r\nContent-Type: text/plain\r\n\r\n"
            f"See below, {depth}.\r\n--x{depth}\r\nContent-Type: message/rfc822\r\n{disposition}\r\n"
            f"{mail}\r\n--x{depth}--\r\n"
        )
    path.write_bytes(mail.encode())
    found = parsed(path)
    assert found.title == "Level 2"
    for words in ("See below, 2.", "See below, 0.", "The pump", "c@h.test", "Drain it before frost."):
        assert found.text.count(words) == 1
    assert not found.remarks


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ('<p>a</p><p style="display:none">x<p>b<p>c', "a\n\nb\n\nc"),
        ("<div><p hidden>x</div><p>b</p>", "b"),
        ("<ul><li>a<li hidden>x<ul><li>y</ul><li>b</ul><p>c", "- a\n- b\n\nc"),
        ("<ul><li>a<li hidden>x</ul><p>c", "- a\n\nc"),
        ("<dl><dt>a<dd hidden>x<dt>b<dd>c</dl>", "a\n\nb\n\nc"),
        ("<table><tr><td>a<td hidden>x<td>b<tr><td>c<td>d</table>", "| a | b |\n| --- | --- |\n| c | d |"),
        ("<table><tr><td>a<td>b<tr hidden><td>x<table><tr><td>y</table><tr><td>c<td>d</table>", None),
        ("<div hidden>x<div>y</div>z</div><p>b", "b"),
    ],
)
def test_what_is_hidden_ends_where_a_browser_ends_it(body: str, seen: str | None, tmp_path: Path) -> None:
    """Many pages leave `</p>`, `</li>` and `</td>` out, and nothing behind is to go with what is hidden."""
    assert page(body, tmp_path) == (seen or "| a | b |\n| --- | --- |\n| c | d |")


def test_a_page_that_is_hidden_as_a_whole_is_read(tmp_path: Path) -> None:
    """Its script would show it."""
    assert page('<div style="opacity:0"><p>Tea is grown in Assam.</p></div>', tmp_path) == "Tea is grown in Assam."


def test_what_goes_with_something_hidden_that_never_ends_is_said(tmp_path: Path) -> None:
    """Nobody would see it in a browser either."""
    path = tmp_path / "page.html"
    path.write_text("<html><body><p>Tea is grown in Assam.</p><div hidden>x<p>Coffee.</p></body></html>")
    found = parsed(path)
    assert found.text == "Tea is grown in Assam." and "hidden" in found.remarks[0].words


def test_a_table_is_not_much_larger_than_what_it_was_drawn_from(tmp_path: Path) -> None:
    """Of cells that each reach over a thousand rows of a hundred columns: 23 kB were 900 MB."""
    path = tmp_path / "page.html"
    cells = "<td colspan=100 rowspan=1000>x</td>" * 400
    path.write_text(f"<html><body><table><tr>{cells}{'<tr><td>y' * 999}</table></body></html>")
    tracemalloc.start()
    try:
        assert "y" in parsed(path).text
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()
