"""The views of the settings, as an administrator has them."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.browsing import Window
from tests.browser.people import enter
from tests.browser.ways import View

PAGES = (
    *("look", "shortcuts", "profile", "security", "keys", "models", "usage", "users", "groups", "sign-up", "budgets"),
    *("audit", "connections", "queue", "server", "configuration", "tenants", "backups"),
)
"""By their addresses; a test holds them to be all."""


def at(window: Window, name: str) -> Page:
    """A page of the settings, when it has been read."""
    page = enter(window).tab(f"/settings/{name}")
    main = page.get_by_role("main")
    expect(main.get_by_role("heading", level=1)).to_be_visible()
    expect(main.locator("[aria-busy=true]")).to_have_count(0)
    return page


def local(window: Window) -> Page:
    """The account of whoever works on the machine."""
    page = window.tab("/settings/profile")
    expect(page.get_by_role("link", name="Make an account")).to_be_visible()
    return page


def menu(window: Window) -> Page:
    """The pages of the settings, which are a menu on a phone."""
    page = at(window, "look")
    button = page.get_by_role("button", name="Settings")
    if button.is_visible():
        button.click()
    return page


def key_made(window: Window) -> Page:
    """A key that is shown this once."""
    page = at(window, "keys")
    page.get_by_label("Name of the key").fill("telescope")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("region", name="Key", exact=True)).to_be_visible()
    return page


def key_revoked(window: Window) -> Page:
    """The question before a key ends."""
    page = at(window, "keys")
    page.get_by_role("button", name=re.compile("^Revoke ?: laptop")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    return page


def new_user(window: Window) -> Page:
    """Where an account is made."""
    page = at(window, "users")
    page.get_by_role("button", name="New user").click()
    return page


def user_menu(window: Window, item: str = "") -> Page:
    """What can be done with a user, and what that opens."""
    page = at(window, "users")
    page.get_by_role("button", name="More: Bob").click()
    if item:
        page.get_by_role("menuitem", name=item).click()
        expect(page.get_by_role("dialog")).to_be_visible()
    return page


def members(window: Window) -> Page:
    """Who is in a group."""
    page = at(window, "groups")
    page.get_by_role("button", name=re.compile("^Members ?: gardeners")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Add somebody by name").fill("a")
    expect(dialog.get_by_role("button", name=re.compile("^Add ?: ")).first).to_be_visible()
    return page


def refused(window: Window) -> Page:
    """A name that there is already."""
    window.tolerate("409")
    page = new_user(window)
    page.get_by_label("Name", exact=True).fill("Bob")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def new_connection(window: Window) -> Page:
    """Where a connection is added, with all there is to say of one."""
    page = at(window, "connections")
    page.get_by_role("button", name="Add a connection").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Bounds and times").click()
    expect(dialog.get_by_label(re.compile("^Models to offer"))).to_be_visible()
    return page


def tested_connection(window: Window) -> Page:
    """What a test of one came to."""
    page = at(window, "connections")
    line = page.get_by_role("main").get_by_role("listitem").filter(has=page.get_by_text("mock", exact=True))
    line.get_by_role("button", name="Test").click()
    expect(line.get_by_role("status")).to_contain_text("It answers:")
    return page


def not_offered(window: Window) -> Page:
    """A page of administration, for somebody else."""
    page = enter(window, "Bob").tab("/settings/users")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    return page


def _page(name: str) -> View:
    return View(_shown(name), "several")


def _shown(name: str) -> Callable[[Window], Page]:
    return lambda window: at(window, name)


SETTINGS: dict[str, View] = {
    **{f"settings-{name}": _page(name) for name in PAGES},
    **{f"chinese-{name}": View(_shown(name), "several", "zh-CN") for name in ("look", "server", "users", "queue")},
    "settings-menu": View(menu, "several"),
    "settings-local": View(local),
    "settings-key-made": View(key_made, "several"),
    "settings-key-revoked": View(key_revoked, "several"),
    "settings-user-new": View(new_user, "several"),
    "settings-user-menu": View(user_menu, "several"),
    "settings-user-link": View(lambda window: user_menu(window, "Link to set a password"), "several"),
    "settings-user-delete": View(lambda window: user_menu(window, "Delete"), "several"),
    "settings-members": View(members, "several"),
    "settings-refused": View(refused, "several"),
    "settings-connection-new": View(new_connection, "several"),
    "settings-connection-tested": View(tested_connection, "several"),
    "settings-not-offered": View(not_offered, "several"),
}
