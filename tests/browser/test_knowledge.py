"""Documents come into a base, are found there, and open where they were found: as somebody does it in the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from parlance.testing.servers import Server
from tests.browser.browsing import barriers
from tests.browser.conftest import Windows
from tests.browser.people import Person
from tests.browser.talking import CHAT, answers, button, choose, dialog, field, rested, say, until

TEA = (
    "Tea 😀 is grown in Assam. 茶叶产于阿萨姆邦。\n\n"
    + "Coffee is grown in Kerala. " * 40
    + "\n\nSilver needles are white tea."
)


def choose_files(page: Page, *files: tuple[str, bytes]) -> None:
    """Choose files to be added."""
    with page.expect_file_chooser() as chooser:
        button(page, "Choose files").click()
    payloads: list[FilePayload] = [
        {"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files
    ]
    chooser.value.set_files(payloads)


def test_documents_come_into_a_base_and_open_where_they_are_found(windows: Windows, shelf: Server) -> None:
    """From the empty list to the passage that answers, and back to nothing."""
    page = windows(at=shelf).tab("/")
    expect(field(page)).to_be_visible()
    page.keyboard.press("Alt+Shift+B")
    expect(page.get_by_text("There are no bases yet.")).to_be_visible()
    assert barriers(page, strict=True) == []
    _make(page)
    choose_files(page, ("tea.txt", TEA.encode()), ("broken.pdf", b"%PDF-1.7 nothing"))
    documents = page.get_by_role("list", name="Documents")
    expect(documents.get_by_role("listitem").filter(has_text="tea.txt")).to_contain_text("passages")
    broken = documents.get_by_role("listitem").filter(has_text="broken.pdf")
    expect(broken.get_by_role("button", name=re.compile("^Try again"))).to_be_visible()
    choose_files(page, ("again.txt", TEA.encode()), ("nothing.txt", b""))
    expect(page.get_by_role("region", name="On their way")).to_contain_text("Its content is here already, as tea.txt")
    expect(documents.get_by_role("listitem").filter(has_text="nothing.txt")).to_contain_text("empty")
    assert barriers(page, strict=True) == []
    _select_and_delete(page)
    _search(page)
    _read(page)


def _make(page: Page) -> None:
    button(page, "New base").click()
    form = dialog(page, "New base")
    form.get_by_label("Name").fill("Leaves")
    form.get_by_role("button", name="Make the base").click()
    expect(page.get_by_role("heading", level=1, name="Leaves")).to_be_visible()
    expect(page.get_by_text("No documents yet.", exact=False)).to_be_visible()


def _select_and_delete(page: Page) -> None:
    page.get_by_role("checkbox", name="Select broken.pdf").check()
    group = page.get_by_role("group", name="What to do with those selected")
    button(group, "Delete").click()
    button(page.get_by_role("dialog"), "Delete").click()
    expect(page.get_by_role("link", name="broken.pdf")).to_have_count(0)


def _search(page: Page) -> None:
    page.get_by_role("link", name="Search test").click()
    page.get_by_role("searchbox", name="Question").fill("silver needles")
    hits = page.get_by_role("region", name="What was found")

    def found() -> bool:
        with page.expect_response("**/bases.retrieve") as answer:
            button(page, "Search").click()
        return bool(answer.value.json()["passages"])

    until(page, found)  # what was deleted a moment ago may have the index made anew, under a machine with much to do
    expect(hits).to_contain_text("Silver needles are white tea.")
    expect(hits.get_by_role("definition").first).to_have_text(re.compile(r"^\d\.\d{3}$"))
    assert barriers(page, strict=True) == []
    hits.get_by_role("link", name="tea.txt").first.click()


def _read(page: Page) -> None:
    marked = page.locator("mark")
    expect(marked.first).to_be_in_viewport()
    expect(marked.last).to_contain_text("Silver needles are white tea.")
    expect(page.get_by_role("link", name=re.compile("^Original"))).to_be_visible()
    page.get_by_role("button", name=re.compile(r"^Passage 1\b")).click()
    passage = dialog(page, "Passage 1")
    expect(passage).to_contain_text("茶叶产于阿萨姆邦。")
    assert barriers(page, strict=True) == []
    button(passage, "Do not find it").click()
    expect(button(passage, "Let it be found")).to_be_visible()
    button(passage, "Close").click()
    expect(page.get_by_role("button", name=re.compile("^Passage 1,.*not found"))).to_be_visible()


def test_an_address_is_typed_at_once_and_sent_by_the_enter_key(windows: Windows, shelf: Server) -> None:
    """The dialog begins in its field: at its cross, Enter would close it and what was typed would be lost."""
    base = Person(shelf).do("bases.create", name="Pages", embedder="")["id"]
    window = windows(at=shelf)
    window.tolerate("400")
    page = window.tab(f"/bases/{base}")
    button(page, "Add an address").click()
    form = dialog(page, "Add an address")
    expect(form.get_by_label("Address")).to_be_focused()
    page.keyboard.type("ftp://h.test/tea")
    with page.expect_response("**/documents.add_address"):
        page.keyboard.press("Enter")
    expect(form.get_by_label("Address")).to_have_value("ftp://h.test/tea")


def test_an_address_that_failed_is_shown_whole_and_told_in_chinese(windows: Windows, shelf: Server) -> None:
    """Its document is named by the last part of it, which alone says little."""
    me = Person(shelf)
    base = me.do("bases.create", name="Far", embedder="")["id"]
    me.do("documents.add_address", base=base, address="http://127.0.0.1:9/deep/x")
    page = windows(at=shelf, language="zh-CN").tab(f"/bases/{base}")
    listed = page.get_by_role("listitem").filter(has_text="http://127.0.0.1:9/deep/x")
    expect(listed).to_contain_text("无法从这个地址取得内容：")
    expect(listed).not_to_contain_text("提交的内容有误")


def test_an_answer_opens_what_each_of_its_sentences_rests_on(windows: Windows, shelf: Server) -> None:
    """The base is chosen beside the message; a number shows its passage, opens it beside the answer, and leads on to
    the document, also after the page was loaded again."""
    me = Person(shelf)
    base = me.do("bases.create", name="Garden", embedder="")["id"]
    me.add(base, "pots.txt", "😀 盆 The blue pot holds the rosemary. The red pot holds the basil.".encode())
    window = windows(at=shelf)
    page = window.tab("/")
    choose(page, "Ask documents", "Garden")
    expect(page.get_by_role("list", name="Bases that are asked")).to_contain_text("Garden")
    say(page, "Which pot holds the rosemary?")
    expect(page).to_have_url(CHAT)
    for visit in (page, None):
        if visit is None:
            page.reload()
            expect(page.get_by_role("list", name="Bases that are asked")).to_contain_text("Garden")
        number = answers(page).last.get_by_role("link", name="Passage 1: pots.txt").first
        expect(number).to_have_text("1")
        number.focus()
        expect(page.locator(".peek mark")).to_contain_text("The blue pot holds the rosemary.")
        number.press("Enter")
        sources = page.get_by_role("complementary", name="Sources")
        expect(sources.get_by_role("list", name="Cited passages").locator("mark")).to_contain_text("blue pot")
        assert barriers(page, strict=True) == []
    sources.get_by_role("link", name="pots.txt").first.click()
    expect(page.locator("article mark")).to_contain_text("The blue pot holds the rosemary.")
    expect(page.get_by_role("heading", level=1, name="pots.txt")).to_be_visible()
    expect(sources).to_be_visible()
    page.go_back()
    expect(answers(page)).to_have_count(1)
    expect(sources).to_be_visible()
    page.get_by_role("link", name="New chat").click()
    expect(answers(page)).to_have_count(0)
    expect(sources).to_have_count(0)


def test_on_a_phone_nothing_lies_over_the_passage_that_was_opened(windows: Windows, shelf: Server) -> None:
    """The sheet with the sources goes when one of them is opened; what is written like a tag stays to be read."""
    me = Person(shelf)
    base = me.do("bases.create", name="Sheds", embedder="")["id"]
    me.add(base, "sheds.txt", b"The rake stands in the <T> shed. The spade stands in the old shed.")
    chat = me.said("Where does the rake stand?", models=["quote"], bases=[base])
    page = windows(at=shelf, width=320).tab(f"/c/{chat}")
    expect(answers(page)).to_contain_text("The rake stands in the <T> shed.")
    answers(page).get_by_role("link", name="Passage 1: sheds.txt").first.click()
    sources = dialog(page, "Sources")
    expect(sources.locator("mark")).to_contain_text("The rake stands")
    sources.get_by_role("link", name="sheds.txt").first.click()
    expect(page.locator("article mark")).to_be_in_viewport()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert barriers(page, strict=True) == []


def test_an_answer_that_is_asked_for_again_has_sources_of_its_own(windows: Windows, shelf: Server) -> None:
    """On each branch the numbers lead to what that answer rests on, also where another question stands there."""
    me = Person(shelf)
    base = me.do("bases.create", name="Herbs", embedder="")["id"]
    for herb, pot in (("sage", "grey"), ("mint", "white")):
        me.add(base, f"{herb}.txt", f"The {pot} pot holds the {herb}.".encode())
    page = windows(at=shelf).tab("/")
    choose(page, "Ask documents", "Herbs")
    say(page, "Which pot holds the sage?")
    rested(page)
    button(answers(page), "Answer again").click()
    expect(page.get_by_role("img", name="Branch 2 of 2")).to_be_visible()
    rested(page)
    _rests_on(page, "sage")
    button(page, "Branch before").click()
    expect(page.get_by_role("img", name="Branch 1 of 2")).to_be_visible()
    _rests_on(page, "sage")
    button(page, "Edit question").click()
    page.get_by_role("textbox", name="Edit question").fill("Which pot holds the mint?")
    button(page, "Send as a new branch").click()
    expect(answers(page)).to_contain_text("The white pot holds the mint.")
    rested(page)
    _rests_on(page, "mint")
    page.reload()
    _rests_on(page, "mint")
    button(page, "Branch before").click()
    _rests_on(page, "sage")


def _rests_on(page: Page, herb: str) -> None:
    """The first number of the answer that is shown leads to this document, and to its words."""
    number = answers(page).get_by_role("link", name=re.compile(rf"^Passage \d: {herb}\.txt$")).first
    number.click()
    sources = page.get_by_role("complementary", name="Sources")
    expect(sources.locator("mark")).to_contain_text([f"pot holds the {herb}."])
    button(sources, "Close the side panel").click()
    expect(sources).to_have_count(0)


@pytest.mark.slow
def test_a_document_of_five_megabytes_opens_at_its_passage(windows: Windows, shelf: Server) -> None:
    """What is near is drawn and the rest is text alone, so that a stretch in its midst is there at once."""
    me = Person(shelf)
    base = me.do("bases.create", name="Long", embedder="", options={"size": 4000})["id"]
    lines = [f"Line {number} of a long book, with 😀 and 茶. {'It goes on and on. ' * 40}" for number in range(7_000)]
    text = "\n\n".join(lines)
    at = len("\n\n".join(lines[:4_000])) + 2
    document = me.add(base, "book.txt", text.encode())
    page = windows(at=shelf).tab(f"/documents/{document}?at={at}-{at + len(lines[4_000])}")
    expect(page.locator("mark")).to_contain_text(lines[4_000][:40])
    expect(page.locator("mark")).to_be_in_viewport()
    assert page.get_by_role("button", name=re.compile("^Passage ")).count() < 200
