"""Threads leave as files and come in as files, through the page."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from parlance.testing.servers import Server
from tests.browser.conftest import Serving, Windows
from tests.browser.people import Person
from tests.browser.samples import file_of, thread
from tests.browser.views import entry
from tests.flows.foreign_chats import GPT, chatgpt_file, openwebui_file

pytestmark = pytest.mark.slow


@pytest.fixture
def emptied(serving: Serving) -> Server:
    """A server of one's own."""
    return serving()


def transfer(page: Page) -> Locator:
    """The dialog for all threads."""
    page.get_by_role("button", name="More for all chats").click()
    page.get_by_role("menuitem", name="Export and import").click()
    return page.get_by_role("dialog", name="Export and import")


def taken(page: Page, link: Locator) -> bytes:
    """The file behind a link."""
    with page.expect_download() as download:
        link.click()
    return Path(download.value.path()).read_bytes()


def brought(page: Page, shown: Locator, content: bytes, name: str = "chats.json") -> None:
    """Choose a file to import."""
    with page.expect_file_chooser() as chooser:
        shown.get_by_role("button", name="Import").click()
    chooser.value.set_files(FilePayload(name=name, mimeType="application/json", buffer=content))


def test_all_threads_go_along_and_come_in_elsewhere(emptied: Server, serving: Serving, windows: Windows) -> None:
    """As Parlance's own file; brought in twice they are there once."""
    Person(emptied).bring(file_of(thread("Gardening", "When?", "In **May**."), thread("茶叶", "茶？", "好。")))
    page = entry(windows(at=emptied))
    content = taken(page, transfer(page).get_by_role("link", name="Parlance file (JSON)"))

    other = entry(windows(at=serving()))
    shown = transfer(other)
    brought(other, shown, content)
    expect(shown.get_by_role("status")).to_have_text("2 chats imported, 0 already here.")
    brought(other, shown, content)
    expect(shown.get_by_role("status")).to_have_text("0 chats imported, 2 already here.")
    shown.get_by_role("button", name="Close").click()
    other.get_by_role("link", name="茶叶").first.click()
    expect(other.get_by_role("article").last).to_contain_text("好。")


def test_threads_are_taken_along_as_markdown(emptied: Server, windows: Windows) -> None:
    """All of them in an archive, or one from its menu."""
    Person(emptied).bring(file_of(thread("Gardening", "When?", "In **May**.")))
    page = entry(windows(at=emptied))
    archive = taken(page, transfer(page).get_by_role("link", name="Markdown"))
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        [name] = files.namelist()
        assert "In **May**." in files.read(name).decode()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Gardening").first.hover()
    page.get_by_role("button", name="Actions for Gardening").click()
    page.get_by_role("menuitem", name="Export…").click()
    one = page.get_by_role("dialog", name="Gardening")
    assert "In **May**." in taken(page, one.get_by_role("link", name="Markdown")).decode()
    chats = json.loads(taken(page, one.get_by_role("link", name="Parlance file (JSON)")))
    assert "Gardening" in json.dumps(chats)


@pytest.mark.parametrize(
    "content, title, said",
    [(chatgpt_file(), "Tea 茶", "It is 1."), (openwebui_file(), "Coffee", "No.")],
    ids=["chatgpt", "openwebui"],
)
def test_threads_of_other_programs_come_in(
    emptied: Server, windows: Windows, content: bytes, title: str, said: str
) -> None:
    """With their branches; what was archived there is in the archive here."""
    page = entry(windows(at=emptied))
    shown = transfer(page)
    brought(page, shown, content, "conversations.json")
    expect(shown.get_by_role("status")).to_have_text("1 chat imported, 0 already here.")
    shown.get_by_role("button", name="Close").click()
    if title == "Coffee":
        page.get_by_role("button", name="More for all chats").click()
        page.get_by_role("menuitem", name="Archive").click()
    page.get_by_role("navigation", name="Chats").get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    if title == "Coffee":
        page.get_by_role("button", name="Branch before").click()
    expect(page.get_by_role("article").last).to_contain_text(said)


def test_what_cannot_be_read_is_named_and_the_rest_comes_in(emptied: Server, windows: Windows) -> None:
    """Each with its reason; a file that is none at all says so too."""
    window = windows(at=emptied)
    window.tolerate("400|422")
    page = entry(window)
    shown = transfer(page)
    brought(page, shown, chatgpt_file(GPT, {"title": "Broken", "mapping": 3}))
    expect(shown.get_by_role("status")).to_contain_text("1 chat imported")
    expect(shown.get_by_role("listitem")).to_contain_text("Broken")
    brought(page, shown, b"not a file of chats")
    expect(shown.get_by_role("alert")).to_be_visible()


def test_why_a_chat_did_not_come_in_is_said_in_chinese_too(emptied: Server, windows: Windows) -> None:
    """By the code of the reason: none of the server's English words."""
    window = windows(at=emptied, language="zh-CN")
    page = window.tab("/")
    page.get_by_role("button", name="对话的更多操作").click()
    page.get_by_role("menuitem", name="导出与导入").click()
    shown = page.get_by_role("dialog")
    with page.expect_file_chooser() as chooser:
        shown.get_by_role("button", name="导入", exact=True).click()
    content = chatgpt_file(GPT, {"title": "Broken", "mapping": 3})
    chooser.value.set_files({"name": "chats.json", "mimeType": "application/json", "buffer": content})
    expect(shown.get_by_role("listitem")).to_have_text("2. Broken: 其中有一个字段的类型不对。")
