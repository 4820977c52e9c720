"""Each format keeps its facts, and tells what it knows of structure, pages and places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parlance.parsers.delimited import Delimited
from parlance.parsers.doc import Doc
from parlance.parsers.docx import Docx
from parlance.parsers.eml import Eml
from parlance.parsers.epub import Epub
from parlance.parsers.html import Html
from parlance.parsers.json_text import JsonText
from parlance.parsers.markdown import Markdown
from parlance.parsers.pdf import Pdf
from parlance.parsers.plain import Plain
from parlance.parsers.pptx import Pptx
from parlance.parsers.xls import Xls
from parlance.parsers.xlsx import Xlsx
from parlance.ports.parsing import ParseHints, Parser
from parlance.testing.documents import office, old_office, pdf
from parlance.testing.documents.facts import FACTS, PARAGRAPHS, ROWS, TITLE, lacking
from parlance.values.errors import Fault
from parlance.values.knowledge import Parsed

TABLE = "\n".join(["| Region | Q1 | Q2 |", "| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in ROWS[1:])])


def read(parser: Parser, path: Path) -> Parsed:
    return parser.parse(path, hints=ParseHints(path.name), progress=lambda done, pages: None)


def made(parser: Parser, tmp_path: Path, content: str | bytes, name: str = "file") -> Parsed:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read(parser, path)


def blocks(parsed: Parsed, *kinds: str) -> list[str]:
    """The texts of all blocks, or of those of some kinds."""
    return [parsed.text[b.span.start : b.span.stop] for b in parsed.blocks if not kinds or b.kind in kinds]


@pytest.mark.parametrize(
    ("parser", "make", "name"),
    [
        (Pdf(), pdf.handbook, "a.pdf"),
        (Docx(), office.docx, "a.docx"),
        (Doc(), old_office.doc, "a.doc"),
        (Pptx(), office.pptx, "a.pptx"),
        (Xlsx(), office.xlsx, "a.xlsx"),
        (Xls(), old_office.xls, "a.xls"),
        (Epub(), office.epub, "a.epub"),
        (Eml(), office.eml, "a.eml"),
        (Eml(), lambda path: office.eml(path, html=True), "b.eml"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_no_fact_is_lost(parser: Parser, make: Callable[[Path], Path], name: str, tmp_path: Path) -> None:
    """Ids, decimals, signs, accents, Chinese and cells, as they were written."""
    assert lacking(read(parser, make(tmp_path / name)).text) == []


def test_a_pdf_has_pages_headings_boxes_and_a_ruled_table_and_no_running_header(tmp_path: Path) -> None:
    """Two columns are read one after the other."""
    parsed = read(Pdf(), pdf.handbook(tmp_path / "a.pdf"))
    assert (parsed.title, len(parsed.pages)) == (TITLE, 3)
    assert blocks(parsed, "heading") == [TITLE, "Table of results"] and blocks(parsed, "table") == [TABLE]
    assert blocks(parsed, "paragraph")[:4] == list(PARAGRAPHS)
    assert "page 2" not in parsed.text and parsed.text.index("left column line 5") < parsed.text.index(
        "right column line 0"
    )
    first, last = parsed.blocks[1], parsed.blocks[-1]
    assert (first.span.page, last.span.page) == (1, 3) and parsed.pages[2] == last.span.start
    assert first.span.box is not None and all(0.05 < share < 0.6 for share in first.span.box)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("report.html", ""),
        ("Microsoft Word - The report.DOCX", ""),
        ("about:blank", ""),
        ("http://a.test/report", ""),
        ("Untitled", ""),
        ("A history of Node.js", "A history of Node.js"),
        ("Version 2.1", "Version 2.1"),
    ],
)
def test_what_a_program_wrote_for_a_title_is_none(title: str, told: str, tmp_path: Path) -> None:
    """Such as the name of the file that was printed."""
    page = ([pdf.Words(72, 700, "Words.")], ())
    assert read(Pdf(), pdf.written(tmp_path / "a.pdf", [page], title)).title == told


def test_a_word_document_has_levels_lists_notes_and_the_pages_of_its_last_layout(tmp_path: Path) -> None:
    """What was deleted is gone."""
    parsed = read(Docx(), office.docx(tmp_path / "a.docx"))
    assert [(b.level, b.span.page) for b in parsed.blocks if b.kind == "heading"] == [(1, 1), (2, 2)]
    assert blocks(parsed, "item") == ["- a point", "1. first step", "2. second step"]
    assert blocks(parsed, "table") == [TABLE] and "gone" not in parsed.text
    assert parsed.text.endswith("Noted[^2]\n\n[^2] As the appendix says.")
    assert (parsed.title, parsed.metadata) == (TITLE, {"author": "Ada"})


def test_an_old_word_document_has_paragraphs_pages_a_table_and_the_results_of_its_fields(tmp_path: Path) -> None:
    """In either encoding of its pieces."""
    parsed = read(Doc(), old_office.doc(tmp_path / "a.doc"))
    assert blocks(parsed)[:2] == [TITLE, "See page 2."] and blocks(parsed, "table") == [TABLE]
    assert blocks(parsed)[-2:] == ["Behind the table.", "Next page."] and parsed.blocks[-1].span.page == 2


def test_a_slide_is_a_page_with_its_title_and_its_notes(tmp_path: Path) -> None:
    """Its number is left out."""
    parsed = read(Pptx(), office.pptx(tmp_path / "a.pptx"))
    assert blocks(parsed, "heading") == [f"{TITLE} {number}" for number in range(1, 6)]
    assert [b.span.page for b in parsed.blocks if b.kind == "heading"] == [1, 2, 3, 4, 5]
    assert blocks(parsed)[2] == "Notes: say 1" and blocks(parsed, "table") == [TABLE]


def test_a_sheet_is_a_page_with_its_name_and_its_rows(tmp_path: Path) -> None:
    """Dates are dates, and numbers have no more digits than people gave them."""
    parsed = read(Xlsx(), office.xlsx(tmp_path / "a.xlsx", rows=2))
    assert blocks(parsed, "heading") == ["Sales", "Notes"] and len(parsed.pages) == 2
    lines = blocks(parsed, "table")[0].split("\n")
    assert lines[0] == "| Region | Q1 | Q2 | Day |" and lines[2] == "| North | 120 | 135.5 | 2026-01-01 12:00 |"
    assert lines[-1] == "| North | 1.25 | 0.3 |  |" and "TRUE" in blocks(parsed, "table")[1]
    old = read(Xls(), old_office.xls(tmp_path / "a.xls"))
    assert blocks(old, "heading") == ["Sales", "Notes"] and blocks(old, "table")[0] == TABLE


def test_a_book_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    """A chapter is a page."""
    parsed = read(Epub(), office.epub(tmp_path / "a.epub"))
    assert blocks(parsed, "heading") == ["Chapter a", "Chapter b"] and (parsed.title, parsed.language) == (TITLE, "en")
    assert [b.span.page for b in parsed.blocks if b.kind == "heading"] == [1, 2]


def test_a_mail_says_who_and_what_and_names_its_attachments(tmp_path: Path) -> None:
    """They are not read, and that is said."""
    parsed = read(Eml(), office.eml(tmp_path / "a.eml"))
    assert parsed.title == f"{TITLE} für 知识" and "From: Ada <ada@example.com>" in parsed.text
    assert parsed.text.endswith("Attachment: sums.csv") and len(parsed.remarks) == 1


def test_markdown_stays_as_it_was_written_and_its_blocks_are_found(tmp_path: Path) -> None:
    """Fences that hold headings, tables, items, formulas, both kinds of headings; the front matter is no text."""
    text = (
        "# One #\n\nA line\nand more\n- item\n  goes on\n2. two\n\n"
        "| a | b |\n|:--|--|\n| 1 | 2 |\n\n"
        "```sh\n# no heading\n\n```\n$$\nx^2\n$$\nTwo\n---\n\n~~~\nnever closed\n"
    )
    parsed = made(Markdown(), tmp_path, f"---\ntitle: The guide\n---\n{text}".replace("\n", "\r\n"))
    assert parsed.text == text and parsed.title == "The guide" and parsed.metadata == {"title": "The guide"}
    kinds = ["heading", "paragraph", "item", "item", "table", "code", "formula", "heading", "code"]
    assert [b.kind for b in parsed.blocks] == kinds
    assert [(b.level, parsed.text[b.span.start : b.span.stop]) for b in parsed.blocks if b.kind == "heading"] == [
        (1, "# One #"),
        (2, "Two\n---"),
    ]
    assert (
        blocks(parsed, "item") == ["- item\n  goes on", "2. two"]
        and blocks(parsed, "code")[0] == "```sh\n# no heading\n\n```"
    )


def test_json_is_laid_out_with_its_numbers_as_they_were_and_its_letters_as_letters(tmp_path: Path) -> None:
    """An escape that was escaped stays; so does one that would end the string."""
    parsed = made(
        JsonText(),
        tmp_path,
        '{"a":"\\u77e5\\u8bc6 \\ud83d\\ude00","b":1.10,"c":"\\\\u77e5 \\u0022","d":12345678901234567890}',
    )
    assert '"a": "知识 😀"' in parsed.text and '"b": 1.10' in parsed.text and "12345678901234567890" in parsed.text
    assert '"c": "\\\\u77e5 \\u0022"' in parsed.text and len(parsed.blocks) == 1
    lines = made(JsonText(), tmp_path, '{"a": 1}\n\n{"a": 2}\n')
    assert blocks(lines) == ['{\n "a": 1\n}', '{\n "a": 2\n}']
    assert made(JsonText(), tmp_path, "[" * 100_000 + "]" * 100_000).text.startswith("[")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_table_as_text_is_parted_by_what_its_lines_share(mark: str, tmp_path: Path) -> None:
    """Quoted cells keep their marks and lose their line ends."""
    parsed = made(
        Delimited(), tmp_path, "\n".join(mark.join(row) for row in ROWS) + f'\n"a{mark}b\nc"{mark}1{mark}2\n\n'
    )
    cell = {"|": "a\\|b c", "\t": "a b c"}.get(mark, f"a{mark}b c")
    assert blocks(parsed, "table")[0] == f"{TABLE}\n| {cell} | 1 | 2 |"
    assert made(Delimited(), tmp_path, "one\ntwo\n").text == "one\ntwo"
    with pytest.raises(Fault):
        made(Delimited(), tmp_path, '"' + "x" * 200_000)


def test_a_page_is_read_without_what_is_around_it(tmp_path: Path) -> None:
    """Menus, banners, scripts and what is hidden are left out; lists, code, tables and captions stay."""
    page = (
        "<!doctype html><html lang=de><head><title>The  page</title><style>p{}</style></head><body>"
        "<nav><a href=/>Home</a></nav><div class='cookie-bar'>We use cookies</div><div hidden>unseen</div>"
        "<header><h1>Set up</h1></header><p>First<br>line &amp; <b>bold</b><img alt='a diagram'></p>"
        "<ol start=3><li>three<ul><li>inner</ul><li>four</ol><pre><code class='language-py'>if x:\n    y\n</code></pre>"
        "<table><caption>Sums</caption><tr><th>a<th>b<tr><td>1<td><p>2</p>|</table>"
        "<script>var secret = '<p>'</script><aside>buy</aside><footer>Imprint</footer></body></html>"
    )
    parsed = made(Html(), tmp_path, page)
    assert blocks(parsed) == [
        *("Set up", "First\nline & bold a diagram", "3. three", "- inner", "4. four", "```py\nif x:\n    y\n```"),
        *("Sums", "| a | b |\n| --- | --- |\n| 1 | 2 \\| |"),
    ]
    assert (parsed.title, parsed.language) == ("The page", "de")


def test_a_section_about_what_other_pages_have_around_them_is_read(tmp_path: Path) -> None:
    """Documentation has chapters on cookies, consent and social policy."""
    page = "".join(
        f"<section id='{name}' class='part'><p>On {name}.</p></section>" for name in ("cookies", "consent", "social")
    )
    bar = (
        "<div id='cookie-banner'>Accept</div><p class='breadcrumbs'>Home</p><div class='site social-links'>Share</div>"
    )
    assert blocks(made(Html(), tmp_path, bar + page)) == ["On cookies.", "On consent.", "On social."]


def test_of_a_page_with_a_main_part_that_is_read_and_of_a_page_of_menus_all(tmp_path: Path) -> None:
    """Nothing is worse than a page without a word."""
    long = "<p>" + "words of the article " * 20 + "</p>"
    parsed = made(Html(), tmp_path, f"<body><div>teaser</div><main>{long}</main><div>more teasers</div>")
    assert "teaser" not in parsed.text and parsed.text.startswith("words of the article")
    assert made(Html(), tmp_path, "<main></main><div>outside</div>").text == "outside"
    assert made(Html(), tmp_path, "<nav>only a menu").text == "only a menu"
    open_ended = f"{long}<aside>An aside that never ends.<p>The rest of the page.</p>"
    assert "The rest of the page." in made(Html(), tmp_path, open_ended).text
    with pytest.raises(Fault) as caught:
        made(Html(), tmp_path, "<html><body><script>x</script></body></html>")
    assert caught.value.code == "empty_file"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "naïve café 知识库"),
        ("utf-8-sig", "naïve café 知识库"),
        ("utf-16", "naïve café 知识库"),
        ("utf-16-le", "A line in English.\nAnd one in 中文.\n"),
        ("utf-16-be", "A line in English.\nAnd one in 中文.\n"),
        ("utf-32", "naïve café 知识库"),
        ("gb18030", PARAGRAPHS[3] + "这是一个用于测试的中文文档，里面有很多常用的字。"),
        ("big5", "這是一個用於測試的中文文件，裡面有很多常用的字，我們可以看到它的內容。"),
        ("latin-1", "Ein süßer Café-Besuch für naïve Übermütige, à la carte."),
        ("cp1252", "“Quoted” – with dashes … and €"),
    ],
)
def test_a_text_is_read_in_its_encoding(encoding: str, text: str, tmp_path: Path) -> None:
    """Without a word on which it is."""
    parsed = made(Plain(), tmp_path, text.encode(encoding))
    assert parsed.text == text
    assert [b.kind for b in parsed.blocks] == ["paragraph"]


def test_a_page_is_read_in_the_encoding_that_it_names_and_one_bad_byte_makes_no_other_language(tmp_path: Path) -> None:
    """The rest of a text is worth more than its one wrong letter."""
    assert made(Html(), tmp_path, '<meta charset="big5"><p>中文'.encode("big5")).text == "中文"
    assert made(Html(), tmp_path, b'<meta charset="no-such"><p>caf\xc3\xa9').text == "café"
    long = ("知识库支持混合检索。\n" * 30).encode() + b"\xff caf\xc3\xa9"
    assert made(Plain(), tmp_path, long).text.endswith("\ufffd café")


def test_control_characters_and_halves_of_characters_do_not_get_into_a_text(tmp_path: Path) -> None:
    """A database would refuse them."""
    assert made(Plain(), tmp_path, b"a\x01b\x0cc\rd\x7f").text == "ab\n\nc\nd"
    assert made(JsonText(), tmp_path, '{"a": "\\ud800 \\u0000"}').text == '{"a": "\\ud800 \\u0000"}'


def test_the_facts_themselves_are_told_apart() -> None:
    """What looks for losses finds them."""
    assert lacking("") == list(FACTS) and lacking("\n".join(FACTS)) == []
