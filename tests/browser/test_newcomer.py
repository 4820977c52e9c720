"""Somebody who knows another chat app finds their way: each of the first things in at most three actions.

The actions are read from the table in `docs/howto/page.md`, and done as they stand there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FileChooser, FilePayload, Locator, Page, expect

from tests.browser.browsing import ROOT
from tests.browser.conftest import Windows
from tests.browser.talking import CHAT, answers, field, questions, rested
from tests.browser.ways import ask
from tests.naming import fresh

pytestmark = pytest.mark.slow

MOST = 3
GUIDE = ROOT / "docs" / "howto" / "page.md"
ROW = re.compile(r"^\| ([a-z ]+) \| (.+) \|$", re.MULTILINE)
ACTION = re.compile(r"(write|click|choose|enter) (?:it|.*?\*\*(.+)\*\*)")
TITLE = "What is tea?"
ANOTHER = "mock-idle"
BASE = "Drinks"
NOTE = FilePayload(name="tea.txt", mimeType="text/plain", buffer=b"Tea is grown in Assam.")
TASKS = {row[1]: row[2].split(", ") for row in ROW.finditer(GUIDE.read_text("utf-8")) if row[1] != "to"}
IN_THE_DRAWER = ("begin a new chat", "return to an earlier chat", "change the settings")
"""What a phone has behind one action more, as the guide says below the table."""


class Hand:
    """Does what the guide says, an action at a time."""

    def __init__(self, page: Page, phone: bool) -> None:
        self.page = page
        self.phone = phone
        self.asked = ""
        """The address of the chat that is returned to."""
        self._chooser: FileChooser | None = None

    def does(self, task: str) -> None:
        """All actions of a task. Fails when they are too many, or when one of them cannot be done."""
        actions = ["click **Show chats**"] * (self.phone and task in IN_THE_DRAWER) + TASKS[task]
        assert len(actions) <= MOST, actions
        for action in actions:
            self._act(action)

    def _act(self, action: str) -> None:
        found = ACTION.fullmatch(action)
        assert found, action
        verb, what = found.groups()
        if verb == "write":
            field(self.page).fill(TITLE)
        elif verb == "choose":
            assert self._chooser
            self._chooser.set_files(NOTE)
            expect(self.page.get_by_text(re.compile("22 B|22 bytes")).first).to_be_visible()
        elif verb == "enter":
            expect(self.page.get_by_role("dialog").get_by_label(str(what).capitalize(), exact=True)).to_be_focused()
            self.page.keyboard.type(BASE)
            self.page.keyboard.press("Enter")
        else:
            self._click(what)

    def _click(self, what: str) -> None:
        page = self.page
        special: Mapping[str, Callable[[], None]] = {
            "name of the model": lambda: page.get_by_role("button", name=re.compile("^Model: ")).click(),
            "another one": lambda: page.get_by_role("button", name=re.compile(f"^{ANOTHER}")).click(),
            "title": lambda: self._earlier.first.click(),
            "number behind it": lambda: page.get_by_role("link", name="Passage 1: tea.txt").first.click(),
            "Attach files": lambda: self._files(what),
            "Choose files": lambda: self._files(what),
        }
        names = page.get_by_role("button", name=what, exact=True)
        names = names.or_(page.get_by_role("link", name=what, exact=True))
        names = names.or_(page.get_by_role("menuitem", name=what, exact=True))
        special.get(what, lambda: names.click())()

    @property
    def _earlier(self) -> Locator:
        """The link to the chat that was begun first: others on this server have the same title."""
        return self.page.get_by_role("link", name=TITLE).and_(
            self.page.locator(f'[href$="{urlsplit(self.asked).path}"]')
        )

    def _files(self, button: str) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name=button, exact=True).click()
        self._chooser = chooser.value


@pytest.mark.parametrize("width", [1440, 320])
def test_a_newcomer_finds_everything_in_three_actions(windows: Windows, width: int) -> None:
    """From nothing but the address: ask, new chat, other model, stop, file, earlier chat, settings."""
    page = windows(width=width).tab("/")
    expect(field(page)).to_be_visible()
    hand = Hand(page, phone=width < 600)
    hand.does("ask something")
    expect(page).to_have_url(CHAT)
    rested(page)
    hand.asked = page.url
    hand.does("begin a new chat")
    expect(answers(page)).to_have_count(0)
    hand.does("ask another model")
    ask(page, "Go on and on.")
    expect(answers(page).last).to_contain_text("tok0")
    hand.does("stop an answer")
    expect(page.get_by_text("Stopped. What was written is kept.").first).to_be_visible()
    hand.does("send a file along")
    expect(questions(page).last).to_contain_text("tea.txt")
    hand.does("return to an earlier chat")
    expect(page).to_have_url(hand.asked)
    expect(questions(page).first).to_contain_text(TITLE)
    hand.does("change the settings")
    expect(page.get_by_role("heading", level=1, name="Look and language")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 320])
def test_a_newcomer_asks_documents_in_three_actions_each(windows: Windows, width: int) -> None:
    """From no base to the words that an answer rests on."""
    page = windows(width=width).tab("/")
    expect(field(page)).to_be_visible()
    hand = Hand(page, phone=width < 600)
    hand.does("make a base for documents")
    expect(page.get_by_role("heading", level=1, name=BASE)).to_be_visible()
    hand.does("put documents into it")
    expect(page.get_by_role("list", name="Documents").get_by_role("listitem")).to_contain_text("1 passage")
    hand.does("ask them")
    expect(page).to_have_url(CHAT)
    rested(page)
    hand.does("see what a sentence rests on")
    expect(page.get_by_role("list", name="Cited passages").locator("mark")).to_contain_text("Tea is grown in Assam.")


def test_a_newcomer_needs_no_mouse(windows: Windows) -> None:
    """Asks another model, begins a new chat, goes back to the earlier one and asks in it, by the keys that everybody
    knows: Tab, Enter, the arrows and Escape."""
    said = fresh("Said by keys alone")
    page = windows(prefs={"model": "mock"}).tab("/")
    expect(field(page)).to_be_focused()
    reach(page, re.compile("^Model: "))
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Choose a model")).to_be_visible()
    while not page.locator(":focus").get_by_text("mock-echo", exact=True).count():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field(page)).to_be_focused()
    page.keyboard.type(said)
    page.keyboard.press("Enter")
    expect(answers(page)).to_contain_text(said)
    rested(page)
    asked = page.url
    reach(page, re.compile("^New chat$"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(answers(page)).to_have_count(0)
    expect(field(page)).to_be_focused()
    reach(page, re.compile(f"^{said}$"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(asked)
    expect(answers(page)).to_have_count(1)


def reach(page: Page, name: re.Pattern[str], key: str = "Tab") -> None:
    """Go on by a key until what has this name has the focus. Fails when it is not within eighty."""
    buttons = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name))
    for _ in range(80):
        page.keyboard.press(key)
        if page.locator(":focus").and_(buttons).count():
            return
    raise AssertionError(name)


def test_every_door_is_described_in_both_languages() -> None:
    """The page's catalogues have a word for each dialect that is ours: what the server says of them is English."""
    ours = {each.parent.name for each in (ROOT / "src" / "parlance" / "dialects").glob("*/dialect.py")}
    for language in ("en", "zh"):
        words = (ROOT / "web" / "src" / "words" / f"settings.{language}.ts").read_text("utf-8")
        assert {name for name in ours if f"  speaks_{name}:" not in words} == set()


def test_the_guide_has_all_of_them() -> None:
    """Neither more nor less than what is done above."""
    done = re.findall(r'does\("([a-z ]+)"\)', (ROOT / "tests" / "browser" / "test_newcomer.py").read_text("utf-8"))
    assert sorted(TASKS) == sorted(done)
