"""The views around a chat: the rail and its dialogs, the palette, and what somebody sees who is not in."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.browsing import Window
from tests.browser.people import PASSWORD, Person, enter
from tests.browser.ways import View, entry, of_thread, rail


def in_dialog(page: Page) -> Page:
    """The page, when a dialog has come up over it."""
    expect(page.get_by_role("dialog").last.get_by_role("heading").first).to_be_attached()
    return page


def found(window: Window, words: str) -> Page:
    """Hits of a search."""
    page = rail(window)
    page.get_by_role("searchbox").fill(words)
    expect(page.get_by_role("status").filter(has_text=re.compile("result|Nothing"))).to_be_visible()
    return page


def thread_menu(window: Window) -> Page:
    """What can be done with a thread."""
    page = rail(window)
    page.get_by_role("navigation", name="Chats").get_by_role("link", name="Gardening").hover()
    page.get_by_role("button", name="Actions for Gardening").click()
    expect(page.get_by_role("menu", name="Actions for Gardening")).to_be_visible()
    return page


def in_folder(window: Window) -> Page:
    """A folder without threads."""
    page = rail(window)
    page.get_by_role("button", name="House", exact=True).click()
    expect(page.get_by_text("No chats here.")).to_be_visible()
    return page


def folder(window: Window, item: str) -> Page:
    """What a folder's menu opens."""
    page = rail(window)
    page.get_by_role("button", name="Actions for House").click()
    page.get_by_role("menuitem", name=item).click()
    return in_dialog(page)


def new_folder(window: Window) -> Page:
    """A folder that is being made."""
    page = rail(window)
    page.get_by_role("button", name="New folder").click()
    return in_dialog(page)


def share(window: Window) -> Page:
    """A link that was just made."""
    page = of_thread(window, "Share…")
    page.get_by_role("button", name="Create link").click()
    expect(page.get_by_role("region", name="Link", exact=True)).to_be_visible()
    return page


def transfer(window: Window) -> Page:
    """The way out and in."""
    page = rail(window)
    page.get_by_role("button", name="More for all chats").click()
    page.get_by_role("menuitem", name="Export and import").click()
    return in_dialog(page)


def moved(window: Window) -> Page:
    """A note with the way back."""
    page = of_thread(window, "Archive", "Trains")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    chats = Person.at(window.origin).do("chats.list", archived=True)["chats"]
    [chat] = [each["id"] for each in chats if each["title"] == "Trains"]
    Person.at(window.origin).do("chats.update", chat=chat, archived=False)
    return page


def palette(window: Window, words: str = "") -> Page:
    """Everything that can be done, in a list."""
    page = entry(window)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill(words)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("option").first.or_(page.get_by_text("Nothing fits."))).to_be_visible()
    return page


def shortcuts(window: Window) -> Page:
    """The keys of everything."""
    page = entry(window)
    page.keyboard.press("Control+/")
    return in_dialog(page)


def outside(window: Window, path: str, title: str) -> Page:
    """What somebody sees who is not in."""
    window.tolerate("401")
    page = window.tab(path)
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    return page


def refused(window: Window) -> Page:
    """A wrong password."""
    page = outside(window, "/sign-in", "Sign in")
    page.get_by_label("E-mail address or name").fill("Ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def pending(window: Window) -> Page:
    """An account that waits."""
    enter(window, "Eve")
    window.tolerate("403")
    page = window.tab("/")
    expect(page.get_by_role("heading", name="Your account waits")).to_be_visible()
    return page


def password_link(window: Window) -> Page:
    """Where a new user sets a password."""
    ada = _signed(window)
    users = {user["name"]: user["id"] for user in ada.do("users.list")["users"]}
    page = window.tab(ada.do("users.password_link", user=users["Bob"])["path"])
    expect(page.get_by_role("button")).to_be_visible()
    return page


def password_unfit(window: Window) -> Page:
    """The same with a password that will not do."""
    window.tolerate("400")
    page = password_link(window)
    for field in page.locator("input").all():
        field.fill("short")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def sign_in_failed(window: Window) -> Page:
    """Somebody comes back from a provider that is none."""
    window.tolerate("404")
    page = window.tab("/parlance/sign-in/nobody")
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def face(window: Window) -> Page:
    """What the server says of itself where it has no page."""
    page = window.tab("/as/native/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def cut(window: Window) -> Page:
    """Somebody whose session was ended from elsewhere."""
    window.tolerate("401|ERR_INCOMPLETE")
    page = enter(window, "Bob").tab("/settings/look")
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
    window.context.request.post(f"{window.origin}/parlance/v1/accounts.sign_out", data={})
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def shared(window: Window, more: str = "") -> Page:
    """What a link shows to somebody without an account."""
    ada = _signed(window)
    [chat] = ada.do("chats.list")["chats"]
    window.tolerate("404")
    page = window.tab(ada.do("shares.create", chat=chat["id"])["path"] + more)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def _signed(window: Window) -> Person:
    ada = Person.at(window.origin)
    ada.token = ada.do("accounts.sign_in", account="Ada", password=PASSWORD)["token"]
    return ada


def welcome(window: Window) -> Page:
    """The first steps."""
    page = window.tab("/welcome")
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    return page


def first_run(window: Window) -> Page:
    """The empty page where nothing was done yet."""
    page = entry(window)
    expect(page.get_by_role("navigation", name="To begin")).to_be_visible()
    return page


def unreachable(window: Window) -> Page:
    """A server that breaks down behind its page."""
    window.tolerate("500")
    window.context.route("**/accounts.read", lambda route: route.fulfill(status=500, json={"detail": "It broke."}))
    page = window.tab("/")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    return page


AROUND: dict[str, View] = {
    "entry": View(entry),
    "first-run": View(first_run, "fresh"),
    "welcome": View(welcome, "fresh"),
    "rail": View(rail),
    "search": View(lambda window: found(window, "gardens")),
    "search-nothing": View(lambda window: found(window, "aardvark")),
    "thread-menu": View(thread_menu),
    "folder": View(in_folder),
    "folder-new": View(new_folder),
    "folder-settings": View(lambda window: folder(window, "Folder settings…")),
    "folder-delete": View(lambda window: folder(window, "Delete folder…")),
    "rename": View(lambda window: of_thread(window, "Rename")),
    "move": View(lambda window: in_dialog(of_thread(window, "Move to a folder…"))),
    "tags": View(lambda window: in_dialog(of_thread(window, "Tags…", "Letters"))),
    "share": View(share),
    "export": View(lambda window: in_dialog(of_thread(window, "Export…"))),
    "transfer": View(transfer),
    "delete": View(lambda window: in_dialog(of_thread(window, "Delete…"))),
    "note": View(moved),
    "palette": View(palette),
    "palette-found": View(lambda window: palette(window, "mock")),
    "palette-nothing": View(lambda window: palette(window, "zzzqqq")),
    "shortcuts": View(shortcuts),
    "sign-in": View(lambda window: outside(window, "/sign-in", "Sign in"), "several"),
    "sign-in-refused": View(refused, "several"),
    "sign-up": View(lambda window: outside(window, "/sign-up", "Make an account"), "several"),
    "pending": View(pending, "several"),
    "password-link": View(password_link, "several"),
    "password-unfit": View(password_unfit, "several"),
    "sign-in-failed": View(sign_in_failed, "several"),
    "face": View(face),
    "signed-out": View(cut, "several"),
    "chinese-password": View(password_unfit, "several", "zh-CN"),
    "chinese-face": View(face, "lived", "zh-CN"),
    "chinese-sign-in-failed": View(sign_in_failed, "several", "zh-CN"),
    "shared": View(shared, "several"),
    "shared-over": View(lambda window: shared(window, "x"), "several"),
    "unreachable": View(unreachable, "fresh"),
}
