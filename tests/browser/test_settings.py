"""Settings and administration: who is offered which, and that each does what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from parlance.testing.servers import Server
from tests.browser.conftest import Serving, Windows
from tests.browser.people import PASSWORD, Person, another, enter, first, signed_in
from tests.browser.views import ask, entry
from tests.naming import fresh

pytestmark = pytest.mark.slow

BUDGETED = """[models]
default = "quote"
[queue]
max_queue_size = 77
[[budgets]]
subject = "user"
name = "*"
unit = "requests"
period = "day"
limit = 5000
"""
OWN = ["Look and language", "Shortcuts", "Account", "Password and sessions", "Keys", "Usage and budgets"]
OTHERS = ["Users", "Groups", "Sign-up", "Budgets", "Audit log", "Configuration", "Tenants", "Backups"]
_HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def house(serving: Serving) -> Server:
    """A server with an administrator, Ada, and a user, Bob."""
    server = serving(toml=BUDGETED)
    another(first(server), "Bob")
    return server


@pytest.fixture
def ada(windows: Windows, house: Server) -> Iterator[Page]:
    """The administrator's settings."""
    page = enter(windows(at=house)).tab("/settings")
    expect(page.get_by_role("heading", level=1, name="Look and language")).to_be_visible()
    yield page


def to(page: Page, name: str) -> Locator:
    """Go to a page of the settings; gives what is on it."""
    page.get_by_role("navigation", name="Settings").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    main = page.get_by_role("main")
    expect(main.locator("[aria-busy=true]")).to_have_count(0)
    return main


def test_every_page_opens_for_an_administrator(ada: Page) -> None:
    """Without an error, and with nothing that is a key of the catalogue instead of a word."""
    names = ada.get_by_role("navigation", name="Settings").get_by_role("listitem").all_inner_texts()
    assert set(OWN + OTHERS) <= set(names), names
    for name in names:
        main = to(ada, name)
        expect(main.get_by_role("alert")).to_have_count(0)
        assert not re.search(r"\bsettings\.\w+", main.inner_text())


def test_a_user_is_offered_only_what_is_theirs(windows: Windows, house: Server) -> None:
    """Nor by the palette, nor by an address."""
    page = enter(windows(at=house), "Bob").tab("/settings/users")
    expect(page.get_by_role("heading", level=1, name="There is no such page")).to_be_visible()
    names = page.get_by_role("navigation", name="Settings").get_by_role("listitem").all_inner_texts()
    assert set(OWN) <= set(names) and not set(OTHERS) & set(names)
    for name in names:
        expect(to(page, name).get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("settings: users")
    expect(page.get_by_role("option").filter(has_text=re.compile("Settings: Users"))).to_have_count(0)


def test_the_look_changes_at_once_and_stays(windows: Windows) -> None:
    """Theme, size and letters, also in another tab."""
    window = windows(theme="light")
    page = window.tab("/settings")
    other = window.tab("/")
    paper = "getComputedStyle(document.body).backgroundColor"
    light, size = page.evaluate(paper), "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    page.get_by_role("group", name="Theme").get_by_label("Dark").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(paper) != light
    normal = page.evaluate(size)
    page.get_by_role("group", name="Size").get_by_label("Larger").check()
    assert page.evaluate(size) > normal
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.get_by_role("group", name="Theme").get_by_label("Dark")).to_be_checked()
    assert page.evaluate(paper) != light


def test_the_language_changes_everywhere_and_back(windows: Windows, house: Server) -> None:
    """No sentence stays behind in the other language, on any page of the settings."""
    page = enter(windows(at=house)).tab("/settings")
    page.get_by_role("group", name="Language").get_by_label("中文").check()
    expect(page.get_by_role("heading", level=1, name="外观与语言")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
    for link in page.get_by_role("navigation", name="设置").get_by_role("listitem").get_by_role("link").all():
        assert _HAN.search(link.inner_text()), link.inner_text()
        link.click()
        title = page.get_by_role("heading", level=1)
        expect(title).to_have_text(link.inner_text())
        for label in page.get_by_role("main").locator("label, legend, h2").all_inner_texts():
            assert _HAN.search(label) or label in (*_NAMES, label.lower()), label  # connections are small
    page.goto("/settings")
    page.get_by_role("group", name="语言").get_by_label("English").check()
    expect(page.get_by_role("heading", level=1, name="Look and language")).to_be_visible()


_NAMES = ("English", "Ollama", "OpenAI")
"""What is called the same in both languages."""


def test_a_key_is_shown_once(ada: Page, house: Server) -> None:
    """It works; then it is revoked, and works no more."""
    name, me = fresh("laptop"), signed_in(house)
    for left in me.do("keys.list")["keys"]:
        me.do("keys.revoke", key=left["id"])
    main = to(ada, "Keys")
    main.get_by_label("Name of the key").fill(name)
    main.get_by_role("button", name="Make the key").click()
    shown = main.get_by_role("region", name="Key", exact=True)
    key = shown.inner_text().strip()
    assert Person(house, key).do("models.list")
    main.get_by_role("button", name="It is copied").click()
    expect(shown).to_have_count(0)
    ada.reload()
    expect(main.get_by_role("list", name="Keys")).to_contain_text(name)
    assert key not in ada.content()
    main.get_by_role("button", name=re.compile(f"^Revoke ?: {name}$")).click()
    ada.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(main.get_by_text("None yet.")).to_be_visible()


def test_a_user_is_made_gets_a_link_and_is_shut_out(ada: Page, windows: Windows, house: Server) -> None:
    """With the link they set a password and are in; shut out, they are not."""
    name = fresh("Carol")
    main = to(ada, "Users")
    main.get_by_role("button", name="New user").click()
    main.get_by_label("Name", exact=True).fill(name)
    main.get_by_role("button", name="Make the account").click()
    link = main.get_by_role("region", name="Link", exact=True).inner_text().strip()
    main.get_by_role("button", name="It is copied").click()
    carol = windows(at=house)
    page = carol.tab(link)
    for label in ("New password", "Once more"):
        page.get_by_label(label).fill(PASSWORD)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()
    enter(carol, name)
    entry(carol)
    ada.get_by_role("button", name=f"More: {name}").click()
    ada.get_by_role("menuitem", name="Shut out").click()
    row = main.get_by_role("listitem").filter(has_text=name)
    expect(row).to_contain_text("shut out")
    carol.tolerate("401|403|CHUNKED")
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_group_gets_members_and_a_budget(ada: Page) -> None:
    """Both go again."""
    name = fresh("gardeners")
    main = to(ada, "Groups")
    main.get_by_label("Name of a new group").fill(name)
    main.get_by_role("button", name="Make the group").click()
    main.get_by_role("button", name=re.compile(f"^Members ?: {name}$")).click()
    dialog = ada.get_by_role("dialog", name=name)
    dialog.get_by_label("Add somebody by name").fill("bob")
    dialog.get_by_role("button", name=re.compile("^Add ?: Bob$")).click()
    expect(dialog.get_by_role("list", name="Members")).to_contain_text("Bob")
    dialog.get_by_role("button", name="Close").click()
    groups = main.get_by_role("list", name="Groups").get_by_role("listitem")
    expect(groups.filter(has_text=name)).to_contain_text("1 member")
    main = to(ada, "Budgets")
    main.get_by_label("For", exact=True).select_option(f"Group {name}")
    main.get_by_label("At most").fill("120")
    main.get_by_label("Unit").select_option("requests")
    main.get_by_role("button", name="Set", exact=True).click()
    expect(main.get_by_role("list", name="Budgets")).to_contain_text(f"Group {name}: 120 requests")
    main.get_by_role("button", name=re.compile(f"^Delete ?: Group {name}$")).click()
    expect(main.get_by_role("list", name="Budgets")).not_to_contain_text(name)


def test_what_a_file_owns_is_only_shown_with_its_place(ada: Page) -> None:
    """A budget of the file has no button; a setting says which line gave it."""
    main = to(ada, "Budgets")
    owned = main.get_by_role("list", name="Budgets").get_by_role("listitem").filter(has_text="5,000 requests")
    expect(owned).to_contain_text("owned by the settings file")
    expect(owned.get_by_role("button")).to_have_count(0)
    main = to(ada, "Configuration")
    row = main.locator("dl > div").filter(has_text="queue.max_queue_size")
    expect(row).to_contain_text("77")
    expect(row).to_contain_text(re.compile(r"parlance\.toml:\d+"))
    expect(row.get_by_role("textbox")).to_have_count(0)


def test_the_queue_is_live(ada: Page, house: Server, windows: Windows) -> None:
    """Somebody asks meanwhile, and the figures follow."""
    signed_in(house, "Bob").do("chats.clear")  # the answer never ends: it goes on where this test broke off before
    main = to(ada, "Queue and cache")
    line = main.get_by_role("list", name="Lines").get_by_role("listitem").filter(has_text=re.compile("^mock"))
    expect(line).to_contain_text("0 answered now")
    bob = entry(enter(windows(at=house, prefs={"model": "mock-idle"}), "Bob"))
    ask(bob, "Wait")
    expect(line).to_contain_text("1 answered now")
    bob.get_by_role("button", name="Stop", exact=True).click()
    expect(line).to_contain_text("0 answered now")
    main.get_by_role("button", name="Clear").first.click()
    expect(ada.get_by_text("Cleared")).to_be_visible()


def test_a_backup_is_made_now_and_the_audit_log_tells_who_did_what(ada: Page) -> None:
    """It is in the list, with its size."""
    main = to(ada, "Backups")
    listed = main.get_by_role("list", name="Backups").get_by_role("listitem")
    before = listed.count()
    main.get_by_role("button", name="Back up now").click()
    expect(ada.get_by_text("The backup is made")).to_be_visible()
    expect(listed).to_have_count(before + 1)
    main = to(ada, "Audit log")
    expect(main.get_by_role("list", name="Audit log")).to_contain_text("Ada")


def test_a_shortcut_is_given_other_keys_and_keeps_them(windows: Windows) -> None:
    """Whoever had them loses them; what types text is refused; all can be as it was."""
    window = windows()
    page = window.tab("/settings/shortcuts")
    row = page.get_by_role("button", name=re.compile("^New chat: "))
    row.click()
    page.keyboard.press("a")
    expect(page.get_by_text("A cannot be used")).to_be_visible()
    page.keyboard.press("Control+Alt+j")
    expect(row).to_have_text("Ctrl+Alt+J")
    page.reload()
    expect(row).to_have_text("Ctrl+Alt+J")
    page.keyboard.press("Control+Alt+j")
    expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Ctrl+Alt+J")
    page.goto("/settings/shortcuts")
    page.get_by_role("button", name="All as they were").click()
    expect(row).to_have_text("Ctrl+Shift+O")
