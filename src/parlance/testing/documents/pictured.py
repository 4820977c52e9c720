"""Documents with a picture in them: on the second of their pages, where the format has pages."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path

from parlance.parsers.gallery import png
from parlance.testing.documents import office, pdf

BEFORE, BEHIND = "Before the picture there are words.", "Behind the picture there are more."
SIDE = 120
_BLIP = '<a:blip xmlns:a="a" xmlns:r="{ns}" r:embed="{id}"/>'
_NS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def rows(number: int = 0, side: int = SIDE) -> list[bytes]:
    """The rows of a picture of stripes; each number makes another one."""
    colour = bytes((number * 37 % 256, number // 7 % 256, number // 1800 % 256))
    return [(colour if row // 8 % 2 else b"\xff\xff\xff") * side for row in range(side)]


def drawing(number: int = 0, side: int = SIDE) -> bytes:
    """Such a picture as PNG."""
    return png(side, side, 3, iter(rows(number, side)))


def address(raw: bytes) -> str:
    """A picture written out as an address."""
    return f"data:image/png;base64,{base64.b64encode(raw).decode()}"


def docx(path: Path, pictures: Mapping[str, bytes] | None = None) -> Path:
    """Two pages; the second one shows the pictures."""
    shown = {"p.png": drawing()} if pictures is None else pictures
    runs = [
        f"<w:p><w:r><w:drawing>{_BLIP.format(ns=_NS, id=f'rId{number}')}</w:drawing></w:r></w:p>"
        for number in range(1, len(shown) + 1)
    ]
    inner = [office.paragraph(BEFORE), office.paragraph("Page two.", "", "<w:lastRenderedPageBreak/>")]
    parts: dict[str, str | bytes] = {**office.body("".join([*inner, *runs, office.paragraph(BEHIND)]))}
    parts["word/_rels/document.xml.rels"] = office.relations(*(("image", f"media/{name}") for name in shown))
    return office.zipped(path, parts | {f"word/media/{name}": raw for name, raw in shown.items()})


def pptx(path: Path) -> Path:
    """The slides of `office.pptx`, the second with a picture."""
    import zipfile

    office.pptx(path)
    with zipfile.ZipFile(path) as file:
        parts: dict[str, str | bytes] = {name: file.read(name) for name in file.namelist()}
    slide, notes = parts["ppt/slides/slide2.xml"], ("notesSlide", "../notesSlides/n2.xml")
    assert isinstance(slide, bytes)
    blip = f"<p:pic>{_BLIP.format(ns=_NS, id='rId2')}</p:pic></p:spTree>".encode()
    parts["ppt/slides/slide2.xml"] = slide.replace(b"</p:spTree>", blip)
    parts["ppt/slides/_rels/slide2.xml.rels"] = office.relations(notes, ("image", "../media/p.png"))
    return office.zipped(path, parts | {"ppt/media/p.png": drawing()})


def epub(path: Path) -> Path:
    """The book of `office.epub` with a picture in its second chapter."""
    import zipfile

    office.epub(path)
    with zipfile.ZipFile(path) as file:
        parts: dict[str, str | bytes] = {name: file.read(name) for name in file.namelist()}
    chapter = parts["OEBPS/b two.xhtml"]
    assert isinstance(chapter, bytes)
    parts["OEBPS/b two.xhtml"] = chapter.replace(b"</h1>", b'</h1><p><img src="pics/a%20b.png" alt=""/></p>')
    return office.zipped(path, parts | {"OEBPS/pics/a b.png": drawing()})


def html(path: Path) -> Path:
    """A page with a picture written out in it, and one that lies elsewhere."""
    images = f'<img src="{address(drawing())}"><img src="https://example.com/other.png">'
    path.write_text(f"<html><body><main><p>{BEFORE}</p><p>{images}</p><p>{BEHIND}</p></main></body></html>")
    return path


def markdown(path: Path) -> Path:
    """A text with a picture written out in it."""
    path.write_text(f"# A\n\n{BEFORE}\n\n![a chart]({address(drawing())}) as drawn\n\n{BEHIND}\n")
    return path


def eml(path: Path) -> Path:
    """A mail that a picture is attached to."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.com", "bob@example.com", "A chart"
    mail.set_content(f"{BEFORE}\n\n{BEHIND}")
    mail.add_attachment(drawing(), maintype="image", subtype="png", filename="chart.png")
    path.write_bytes(mail.as_bytes())
    return path


def page_of_pdf(path: Path, count: int = 1, turned: int = 0) -> Path:
    """Two pages of words, the second with `count` pictures of its own, perhaps turned by so many degrees."""
    words = [
        f"BT /F1 12 Tf 60 {760 - 20 * line} Td ({text}) Tj ET"
        for line, text in enumerate((BEFORE, "These words are read as words."))
    ]
    places = [(60 + 44 * (number % 11), 500 - 44 * (number // 11)) for number in range(count)]
    size = 100 if count == 1 else 40
    draws = [f"q {size} 0 0 {size} {x} {y} cm /I{number} Do Q" for number, (x, y) in enumerate(places)]
    contents = ["\n".join(words).encode(), "\n".join([*words, *draws]).encode()]
    named = " ".join(f"/I{number} {7 + number} 0 R" for number in range(count))
    font = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    page = f"<< /Type /Page /Parent 2 0 R /Rotate {turned} /Resources << {font} /XObject << {named} >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count 2 /Kids [3 0 R 5 0 R] /MediaBox [0 0 {pdf.WIDTH} {pdf.HEIGHT}] >>".encode(),
    ]
    for number, content in enumerate(contents):
        objects += [f"{page} /Contents {4 + 2 * number} 0 R >>".encode(), _stream(b"", content)]
    head = f"/Type /XObject /Subtype /Image /Width {SIDE} /Height {SIDE} /ColorSpace /DeviceRGB /BitsPerComponent 8 "
    for number in range(count):
        objects.append(_stream(head.encode() + b"/Filter /FlateDecode ", zlib.compress(b"".join(rows(number)))))
    return pdf.put(path, objects, "")


def _stream(head: bytes, content: bytes) -> bytes:
    return b"<< %s/Length %d >>\nstream\n%s\nendstream" % (head, len(content), content)


MADE: Mapping[str, tuple[Callable[[Path], Path], int | None]] = {
    "a.pdf": (page_of_pdf, 2),
    "a.docx": (docx, 2),
    "a.pptx": (pptx, 2),
    "a.epub": (epub, 2),
    "a.html": (html, None),
    "a.md": (markdown, None),
    "a.eml": (eml, None),
}
"""By a name, what makes such a document, and the page that its picture is on."""
