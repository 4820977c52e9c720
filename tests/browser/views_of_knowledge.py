"""The views of bases, of what is in them, and of an answer that rests on them."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect

from tests.browser.browsing import Window
from tests.browser.graphs import LAMPS
from tests.browser.people import Person
from tests.browser.ways import View

GARDEN = "The garden, its pots and whatever grows in them over the year"


def base_of(window: Window, name: str = GARDEN) -> str:
    """The id of a base; unless said, of the one that has documents."""
    [base] = [each["id"] for each in Person.at(window.origin).do("bases.list")["bases"] if each["name"] == name]
    return str(base)


def bases(window: Window) -> Page:
    """The list of bases."""
    page = window.tab("/bases")
    expect(page.get_by_role("link", name=GARDEN)).to_be_visible()
    return page


def no_bases(window: Window) -> Page:
    """Where there is none yet."""
    page = window.tab("/bases")
    expect(page.get_by_text("There are no bases yet.")).to_be_visible()
    return page


def new_base(window: Window) -> Page:
    """A base that is being made, with all that can be said of it."""
    page = bases(window)
    page.get_by_role("button", name="New base").click()
    page.get_by_text("How documents are cut").click()
    expect(page.get_by_label("Characters of a passage")).to_be_visible()
    return page


def documents(window: Window) -> Page:
    """The documents of a base: ready, failed, switched off, and some selected."""
    page = window.tab(f"/bases/{base_of(window)}")
    expect(page.get_by_text("pots.txt").first).to_be_visible()
    page.get_by_role("checkbox").nth(1).check()
    return page


def search(window: Window) -> Page:
    """What a question finds."""
    page = window.tab(f"/bases/{base_of(window)}/search?q=rosemary")
    field = page.get_by_role("main").get_by_role("searchbox")
    expect(field).to_have_value("rosemary")
    field.press("Enter")
    expect(page.get_by_role("listitem").filter(has_text="rosemary").first).to_be_visible()
    return page


def graph(window: Window) -> Page:
    """What the documents of a base speak of."""
    page = window.tab(f"/bases/{base_of(window, LAMPS)}/graph")
    expect(page.get_by_role("link", name="Acme Works").last).to_be_visible()
    return page


def entity(window: Window) -> Page:
    """One of these, with what it is related to."""
    page = window.tab(f"/bases/{base_of(window, LAMPS)}/graph?around=acme+works")
    expect(page.get_by_role("heading", name="Acme Works")).to_be_visible()
    return page


def chinese_graph(window: Window) -> Page:
    """The same in Chinese."""
    page = window.tab(f"/bases/{base_of(window, LAMPS)}/graph?around=acme+works")
    expect(page.get_by_role("heading", name="提到它的段落")).to_be_visible()
    return page


def document(window: Window) -> Page:
    """A document that is open at a passage."""
    base = base_of(window)
    [pots] = [
        each["id"]
        for each in Person.at(window.origin).do("documents.list", base=base)["documents"]
        if each["name"] == "pots.txt"
    ]
    page = window.tab(f"/documents/{pots}?at=4-37")
    expect(page.locator("mark")).to_be_visible()
    return page


def passage(window: Window) -> Page:
    """One passage of a document."""
    page = document(window)
    page.get_by_role("button", name=re.compile("^Passage 1")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    return page


def sourced(window: Window) -> Page:
    """An answer with its numbers."""
    chats = Person.at(window.origin).do("chats.list", limit=100)["chats"]
    [chat] = [each["id"] for each in chats if each["title"] == "Pots"]
    page = window.tab(f"/c/{chat}")
    expect(page.get_by_role("link", name=re.compile("^Passage 1: pots.txt")).first).to_be_visible()
    return page


def sources(window: Window) -> Page:
    """The passages beside it."""
    page = sourced(window)
    page.get_by_role("link", name=re.compile("^Passage 1: pots.txt")).first.click()
    expect(page.get_by_role("list", name="Cited passages").locator("mark").first).to_be_visible()
    return page


def chinese(window: Window) -> Page:
    """The documents of a base, in Chinese."""
    page = window.tab(f"/bases/{base_of(window)}")
    expect(page.get_by_role("button", name="选择文件", exact=True)).to_be_visible()
    expect(page.get_by_text("pots.txt").first).to_be_visible()
    return page


def kept_folder(window: Window) -> Page:
    """What would be done with a folder: nothing is changed yet."""
    page = documents(window)
    with TemporaryDirectory() as place:
        folder = Path(place) / "The garden in spring"
        (folder / "beds").mkdir(parents=True)
        for name in ("beds/tulips.txt", "film.mp4", ".hidden", f"{'a-name-without-an-end-' * 6}.txt"):
            (folder / name).write_text(name)
        page.locator("input[webkitdirectory]").set_input_files(folder)
        region = page.get_by_role("region", name="Folder “The garden in spring”")
        expect(region.get_by_role("group").first).to_be_visible()
    for title in ("2 to add", "2 left out"):
        region.get_by_text(title).click()
    return page


KNOWLEDGE: dict[str, View] = {
    "knowledge-bases": View(bases),
    "knowledge-bases-none": View(no_bases, "fresh"),
    "knowledge-base-new": View(new_base),
    "knowledge-documents": View(documents),
    "knowledge-folder": View(kept_folder),
    "knowledge-search": View(search),
    "knowledge-graph": View(graph),
    "knowledge-graph-entity": View(entity),
    "chinese-knowledge-graph": View(chinese_graph, language="zh-CN"),
    "knowledge-document": View(document),
    "knowledge-passage": View(passage),
    "knowledge-answer": View(sourced),
    "knowledge-sources": View(sources),
    "chinese-knowledge": View(chinese, language="zh-CN"),
}
