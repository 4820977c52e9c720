"""Threads are put in order: folders, tags, pins, the archive, names, and the way out; nothing needs a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI
from tests.browser.conftest import Windows
from tests.browser.dragging import held_over
from tests.browser.people import Person
from tests.browser.samples import file_of, thread
from tests.browser.talking import until
from tests.browser.views import ask, entry

pytestmark = pytest.mark.slow


def rail(page: Page) -> Locator:
    """The list of threads."""
    return page.get_by_role("navigation", name="Chats")


def opened(windows: Windows, at: Server, *titles: str, **look: object) -> Page:
    """A window where these threads are."""
    Person(at).bring(file_of(*(thread(title, "Why?", f"Because of {title}.") for title in titles)))
    page = entry(windows(at=at, prefs={"model": "mock-echo"}, **look))
    expect(rail(page).get_by_role("link", name=titles[-1])).to_be_visible()
    return page


def act(page: Page, title: str, what: str) -> None:
    """Choose from a thread's menu."""
    rail(page).get_by_role("link", name=title, exact=True).hover()
    page.get_by_role("button", name=f"Actions for {title}", exact=True).click()
    page.get_by_role("menuitem", name=what, exact=True).click()


def test_a_folder_gives_its_instructions_and_files_to_its_threads(
    shelf: Server, windows: Windows, upstream: MockOpenAI
) -> None:
    """They reach the model with every question, and the folder tells of them afterwards."""
    page = opened(windows, shelf, "Wine")
    rail(page).get_by_role("button", name="New folder").click()
    dialog = page.get_by_role("dialog", name="New folder")
    dialog.get_by_label("Name").fill("Cellar")
    dialog.get_by_label("Instructions").fill("Answer like a cellar master.")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Add files").click()
    chooser.value.set_files(FilePayload(name="years.txt", mimeType="text/plain", buffer=b"1996 was a good year."))
    expect(dialog.get_by_text("years.txt")).to_be_visible()
    dialog.get_by_role("button", name="Save").click()
    act(page, "Wine", "Move to a folder…")
    moving = page.get_by_role("dialog", name="Move “Wine”")
    moving.get_by_label("Within").select_option("Cellar")
    moving.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Moved to Cellar")).to_be_visible()
    rail(page).get_by_role("button", name="Cellar", exact=True).click()
    rail(page).get_by_role("link", name="Wine", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Wine")).to_be_visible()
    ask(page, "Which year?")
    expect(page.get_by_role("article")).to_have_count(4)
    expect(page.get_by_role("article").last).to_contain_text("Which year?")
    body = upstream.calls_to("/chat/completions")[-1].body
    assert b"Answer like a cellar master." in body and b"1996 was a good year." in body
    rail(page).get_by_role("button", name="Back to all chats").click()
    page.get_by_role("button", name="Actions for Cellar").click()
    page.get_by_role("menuitem", name="Folder settings…").click()
    again = page.get_by_role("dialog", name="Cellar")
    expect(again.get_by_label("Instructions")).to_have_value("Answer like a cellar master.")
    again.get_by_role("button", name="Remove years.txt").click()
    again.get_by_role("button", name="Save").click()
    expect(again).to_have_count(0)


def test_a_folder_is_deleted_after_a_question_and_its_threads_stay(shelf: Server, windows: Windows) -> None:
    """They move up."""
    person = Person(shelf)
    folder = person.do("folders.create", name="Attic")["id"]
    page = opened(windows, shelf, "Trunk")
    person.do("chats.move", chat=page.evaluate(_ID, "Trunk"), folder=folder)
    page.get_by_role("button", name="Actions for Attic").click()
    page.get_by_role("menuitem", name="Delete folder…").click()
    question = page.get_by_role("dialog", name="Delete this folder?")
    expect(question).to_contain_text("Nothing of them is lost.")
    question.get_by_role("button", name="Delete").click()
    expect(rail(page).get_by_role("button", name="Attic", exact=True)).to_have_count(0)
    expect(rail(page).get_by_role("link", name="Trunk", exact=True)).to_be_visible()


def folder(page: Page, name: str) -> Locator:
    """A folder's line in the rail."""
    return rail(page).get_by_role("listitem").filter(has=page.get_by_role("button", name=name, exact=True))


def takes(line: Locator) -> None:
    """Wait until a folder shows that what is held over it may be let go."""
    expect(line).to_have_css("outline-style", "solid")


def test_a_thread_is_dragged_into_a_folder_and_brought_back(shelf: Server, windows: Windows) -> None:
    """The folder shows where it will go, over all of its line; the way back is in the note about it."""
    Person(shelf).do("folders.create", name="Shed")
    page = opened(windows, shelf, "Spade")
    shed = folder(page, "Shed")
    with held_over(rail(page).get_by_role("link", name="Spade"), shed):
        takes(shed)
        for part in (shed.locator("svg").first, shed.get_by_text("Shed", exact=True)):
            part.hover()
            takes(shed)
    expect(page.get_by_text("Moved to Shed")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    rail(page).get_by_role("button", name="Shed", exact=True).click()
    expect(rail(page).get_by_text("No chats here.")).to_be_visible()


def test_a_thread_that_leaves_the_list_while_it_is_dragged_is_still_moved(shelf: Server, windows: Windows) -> None:
    """Somebody put it away in another window, say: what is let go over a folder is not lost without a word."""
    me = Person(shelf)
    me.do("folders.create", name="Shed")
    page = opened(windows, shelf, "Rake", "Hoe")
    chat = page.evaluate(_ID, "Rake")
    shed = folder(page, "Shed")
    with held_over(rail(page).get_by_role("link", name="Rake"), shed):
        takes(shed)
        me.do("chats.update", chat=chat, archived=True)
        expect(rail(page).get_by_role("link", name="Rake")).to_have_count(0)
    expect(page.get_by_text("Moved to Shed")).to_be_visible()
    assert me.do("chats.read", chat=chat)["chat"]["folder"]
    page.get_by_role("button", name="Undo").click()
    until(page, lambda: not me.do("chats.read", chat=chat)["chat"].get("folder"))


def test_a_thread_is_pinned_tagged_and_found_by_its_tag(shelf: Server, windows: Windows) -> None:
    """And loses both again."""
    page = opened(windows, shelf, "Rose", "Tulip")
    act(page, "Rose", "Pin")
    pinned = rail(page).get_by_role("list", name="Pinned")
    expect(pinned.get_by_role("link", name="Rose")).to_be_visible()
    act(page, "Tulip", "Tags…")
    dialog = page.get_by_role("dialog", name="Tags: Tulip")
    dialog.get_by_label("New tag").fill("bulb")
    dialog.get_by_label("New tag").press("Enter")
    expect(dialog.get_by_role("button", name="Remove the tag bulb")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="More for all chats").click()
    page.get_by_role("menuitem", name=re.compile("bulb")).click()
    expect(rail(page).get_by_text("#bulb", exact=True)).to_be_visible()
    expect(rail(page).get_by_role("listitem")).to_have_count(1)
    rail(page).get_by_role("button", name="Back to all chats").click()
    act(page, "Rose", "Unpin")
    expect(pinned).to_have_count(0)


def test_a_thread_is_archived_and_taken_out_again(shelf: Server, windows: Windows) -> None:
    """By the note at once, or from the archive later."""
    page = opened(windows, shelf, "Letters")
    here = rail(page).get_by_role("link", name="Letters", exact=True)
    act(page, "Letters", "Archive")
    expect(here).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(here).to_be_visible()
    act(page, "Letters", "Archive")
    expect(here).to_have_count(0)
    page.get_by_role("button", name="More for all chats").click()
    page.get_by_role("menuitem", name="Archive").click()
    act(page, "Letters", "Take out of the archive")
    expect(rail(page).get_by_text("No chats here.")).to_be_visible()
    rail(page).get_by_role("button", name="Back to all chats").click()
    expect(here).to_be_visible()


def test_a_thread_is_renamed_by_keyboard_and_the_name_stays(shelf: Server, windows: Windows) -> None:
    """F2, a name, Enter; Escape leaves it as it was. The focus comes back to it."""
    page = opened(windows, shelf, "Draft")
    rail(page).get_by_role("link", name="Draft", exact=True).press("F2")
    title = rail(page).get_by_role("textbox", name="Title")
    expect(title).to_be_focused()
    title.fill("Never")
    title.press("Escape")
    rail(page).get_by_role("link", name="Draft", exact=True).press("F2")
    title.fill("Chapter one")
    title.press("Enter")
    expect(rail(page).get_by_role("link", name="Chapter one")).to_be_focused()
    page.reload()
    expect(rail(page).get_by_role("link", name="Chapter one")).to_be_visible()


def test_a_thread_is_deleted_only_after_a_question(shelf: Server, windows: Windows) -> None:
    """By keyboard too; whoever reads it is led to a new one."""
    page = opened(windows, shelf, "Secret")
    rail(page).get_by_role("link", name="Secret", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Secret")).to_be_visible()
    rail(page).get_by_role("link", name="Secret", exact=True).press("Delete")
    question = page.get_by_role("dialog", name="Delete this chat?")
    question.get_by_role("button", name="Cancel").click()
    expect(rail(page).get_by_role("link", name="Secret", exact=True)).to_be_visible()
    act(page, "Secret", "Delete…")
    question.get_by_role("button", name="Delete").click()
    expect(question).to_have_count(0)
    expect(page.get_by_role("heading", level=1, name="New chat")).to_be_visible()
    expect(rail(page).get_by_role("link", name="Secret", exact=True)).to_have_count(0)


def test_all_of_it_can_be_done_by_touch_on_a_phone(shelf: Server, windows: Windows) -> None:
    """In the drawer, whose menus are there without hovering."""
    page = opened_narrow(windows, shelf, "Pocket")
    page.get_by_role("button", name="Actions for Pocket").tap()
    page.get_by_role("menuitem", name="Move to a folder…").tap()
    expect(page.get_by_role("dialog", name="Move “Pocket”")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Actions for Pocket").tap()
    page.get_by_role("menuitem", name="Rename").tap()
    rail(page).get_by_role("textbox", name="Title").fill("Purse")
    rail(page).get_by_role("textbox", name="Title").press("Enter")
    rail(page).get_by_role("link", name="Purse", exact=True).tap()
    expect(page.get_by_role("heading", level=1, name="Purse")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def opened_narrow(windows: Windows, at: Server, title: str) -> Page:
    """The drawer of a phone, with one thread of that name in it."""
    Person(at).bring(file_of(thread(title, "Why?", "Because.")))
    page = entry(windows(at=at, width=320))
    page.get_by_role("button", name="Show chats").tap()
    expect(rail(page).get_by_role("link", name=title, exact=True)).to_be_visible()
    return page


_ID = """(title) => [...document.querySelectorAll("a[data-chat]")]
  .find((link) => link.title === title).dataset.chat"""
