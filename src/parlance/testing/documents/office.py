"""Office documents of today, books and mails, written part by part."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from html import escape as escaped
from pathlib import Path

from parlance.testing.documents.facts import PARAGRAPHS, ROWS, TITLE

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_RELS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CORE = (
    '<cp:coreProperties xmlns:cp="c" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    f"<dc:title>{TITLE}</dc:title><dc:creator>Ada</dc:creator></cp:coreProperties>"
)


def escape(text: str) -> str:
    """A text as XML holds it between tags."""
    return escaped(text, quote=False)


def zipped(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    """A zip file of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return path


def relations(*targets: tuple[str, str]) -> str:
    """The relations of a part: `rId1`, `rId2` and so on to (kind, target)."""
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{_KIND}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f"<Relationships {_RELS}>{each}</Relationships>"


def paragraph(text: str, properties: str = "", lead: str = "") -> str:
    """A paragraph of a DOCX."""
    run = f'<w:r>{lead}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{run}</w:p>"


def body(inner: str) -> dict[str, str]:
    """The parts of a DOCX with this body."""
    return {
        "[Content_Types].xml": "<Types/>",
        "docProps/core.xml": CORE,
        "word/document.xml": f"<w:document {_W}><w:body>{inner}</w:body></w:document>",
        "word/styles.xml": f'<w:styles {_W}><w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:styleId="Own"><w:name w:val="Own"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
        '<w:style w:styleId="Bullets"><w:name w:val="List Bullet"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>'
        "</w:pPr></w:style></w:styles>",
        "word/numbering.xml": f'<w:numbering {_W}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
        '<w:numFmt w:val="bullet"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0">'
        '<w:numFmt w:val="decimal"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>',
        "word/footnotes.xml": f'<w:footnotes {_W}><w:footnote w:id="0" w:type="separator"><w:p/></w:footnote>'
        f'<w:footnote w:id="2">{paragraph("As the appendix says.")}</w:footnote></w:footnotes>',
    }


def docx(path: Path) -> Path:
    """Two pages with headings, a bulleted and a numbered list, a table, a footnote and deleted words."""
    cells = ["".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in ROWS]
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr>'
    inner = [
        paragraph(TITLE, '<w:pStyle w:val="H1"/>'),
        *(paragraph(one) for one in PARAGRAPHS),
        paragraph("Results", '<w:pStyle w:val="Own"/>', "<w:lastRenderedPageBreak/>"),
        f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>",
        paragraph("a point", '<w:pStyle w:val="Bullets"/>'),
        paragraph("first step", numbered),
        paragraph("second step", numbered),
        '<w:p><w:r><w:t>Noted</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p><w:sectPr/>",
    ]
    return zipped(path, body("".join(inner)))


def pptx(path: Path) -> Path:
    """A slide for each paragraph, one with the table; each has notes."""
    parts = {"[Content_Types].xml": "<Types/>", "docProps/core.xml": CORE}
    count = len(PARAGRAPHS) + 1
    for number in range(1, count + 1):
        words = PARAGRAPHS[number - 1] if number < count else ""
        inner = _shape("body", words) if words else _frame()
        tree = _shape("title", f"{TITLE} {number}") + inner + _shape("sldNum", str(number))
        parts[f"ppt/slides/slide{number}.xml"] = (
            f"<p:sld {_P} {_A}><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>"
        )
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(("notesSlide", f"../notesSlides/n{number}.xml"))
        notes = f"<p:notes {_P} {_A}>{_shape('body', f'say {number}')}{_shape('sldNum', '9')}</p:notes>"
        parts[f"ppt/notesSlides/n{number}.xml"] = notes
    listed = "".join(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in range(1, count + 1))
    parts["ppt/presentation.xml"] = f"<p:presentation {_P} {_R}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>"
    slides = [("slide", f"slides/slide{number}.xml") for number in range(1, count + 1)]
    parts["ppt/_rels/presentation.xml.rels"] = relations(*slides)
    return zipped(path, parts)


def _shape(kind: str, text: str) -> str:
    words = f"<p:txBody><a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p></p:txBody>"
    return f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>{words}</p:sp>'


def _frame() -> str:
    cells = [
        "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{escape(c)}</a:t></a:r></a:p></a:txBody></a:tc>" for c in row)
        for row in ROWS
    ]
    return f"<p:graphicFrame><a:tbl>{''.join(f'<a:tr>{row}</a:tr>' for row in cells)}</a:tbl></p:graphicFrame>"


def xlsx(path: Path, rows: int = 0) -> Path:
    """A sheet of numbers with a date, and a sheet of sentences; `rows` more lines make it long."""
    strings = [*(row[0] for row in ROWS), *ROWS[0][1:], *PARAGRAPHS]
    table = [_row(1, *(_shared(strings.index(cell)) for cell in ROWS[0]), '<c t="inlineStr"><is><t>Day</t></is></c>')]
    for number, row in enumerate(ROWS[1:], 2):
        cells = [_shared(strings.index(row[0])), *(f"<c><v>{cell}</v></c>" for cell in row[1:])]
        table.append(_row(number, *cells, '<c s="1"><v>46023.5</v></c>'))
    table += [
        _row(5 + more, _shared(1), f"<c><v>{more}.25</v></c>", "<c><v>0.30000000000000004</v></c>")
        for more in range(rows)
    ]
    words = [
        _row(number, _shared(strings.index(one)), '<c t="b"><v>1</v></c>') for number, one in enumerate(PARAGRAPHS, 1)
    ]
    return zipped(
        path,
        {
            "[Content_Types].xml": "<Types/>",
            "docProps/core.xml": CORE,
            "xl/workbook.xml": f'<workbook {_S} {_R}><sheets><sheet name="Sales" sheetId="1" r:id="rId1"/>'
            '<sheet name="Notes" sheetId="2" r:id="rId2"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                ("worksheet", "worksheets/s1.xml"), ("worksheet", "/xl/worksheets/s2.xml")
            ),
            "xl/worksheets/s1.xml": f"<worksheet {_S}><sheetData>{''.join(table)}</sheetData></worksheet>",
            "xl/worksheets/s2.xml": f"<worksheet {_S}><sheetData>{''.join(words)}</sheetData></worksheet>",
            "xl/sharedStrings.xml": f"<sst {_S}>{''.join(f'<si><t>{escape(one)}</t></si>' for one in strings)}</sst>",
            "xl/styles.xml": f'<styleSheet {_S}><numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>',
        },
    )


def _row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def _shared(number: int) -> str:
    return f'<c t="s"><v>{number}</v></c>'


def page(title: str, inner: str) -> str:
    """An XHTML page."""
    head = f'<head><meta charset="utf-8"/><title>{title}</title></head>'
    html = f'<html xmlns="http://www.w3.org/1999/xhtml" lang="en">{head}<body>{inner}</body></html>'
    return f'<?xml version="1.0" encoding="utf-8"?>{html}'


def words() -> str:
    """All paragraphs and the table, in HTML."""
    table = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in ROWS)
    return "".join(f"<p>{escape(one)}</p>" for one in PARAGRAPHS) + f"<table>{table}</table>"


def epub(path: Path) -> Path:
    """Two chapters, listed against their order in the file."""
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{TITLE}</dc:title><dc:language>en</dc:language></metadata><manifest>"
        '<item id="b" href="b%20two.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    container = '<container><rootfiles><rootfile full-path="OEBPS/c.opf"/></rootfiles></container>'
    return zipped(
        path,
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OEBPS/c.opf": opf,
            "OEBPS/b two.xhtml": page("b", "<h1>Chapter b</h1>" + words()),
            "OEBPS/a.xhtml": page("a", "<h1>Chapter a</h1><p>It begins.</p>"),
        },
    )


def eml(path: Path, html: bool = False) -> Path:
    """A mail with an attachment; its words plain, or only as a page."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ada <ada@example.com>", "bob@example.com", f"{TITLE} für 知识"
    if html:
        mail.set_content(page("", words()), subtype="html")
    else:
        rows = "\n".join("  ".join(row) for row in ROWS)
        mail.set_content("\n\n".join([*PARAGRAPHS, rows]))
    mail.add_attachment(b"1,2", maintype="text", subtype="csv", filename="sums.csv")
    path.write_bytes(mail.as_bytes())
    return path
