"""The page of connections: added with a test first, used at once, changed, and removed with a question."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI
from parlance.testing.upstreams.behaviours import Behaviour
from parlance.testing.upstreams.server import in_thread
from tests.browser.browsing import THEMES, WIDTHS, barriers, sideways
from tests.browser.conftest import Serving, Windows
from tests.naming import fresh

KEY = "what-opens-the-lab-and-nobody-may-see-wxyz"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(serving: Serving) -> Server:
    """A server of these tests' own: they count what is there."""
    return serving()


@pytest.fixture(scope="module")
def refusing() -> Iterator[MockOpenAI]:
    """An engine that takes nobody's key."""
    with in_thread(MockOpenAI(behaviour=Behaviour.UNAUTHORIZED)) as running:
        yield running


def opened(windows: Windows, server: Server, refusals: str = "", **look: object) -> Page:
    """The page, for whoever has the console token. `refusals` are the statuses that the browser may tell of."""
    window = windows(at=server, **look)
    if refusals:
        window.tolerate(f"status of {refusals} ")
    window.tab(f"/parlance/console?token={server.console_token}").close()
    page = window.tab("/settings/connections")
    expect(row(page, "quote")).to_be_visible()
    return page


def row(page: Page, name: str) -> Locator:
    """One connection's line."""
    return page.get_by_role("main").get_by_role("listitem").filter(has=page.get_by_text(name, exact=True))


def fill(dialog: Locator, **fields: str) -> None:
    """Put something into the form."""
    for name, text in fields.items():
        dialog.get_by_label(re.compile(f"^{name}", re.IGNORECASE)).first.fill(text)


def test_a_connection_is_added_used_changed_and_removed(
    windows: Windows, own: Server, upstream: MockOpenAI, refusing: MockOpenAI
) -> None:
    """What a test came to is said in words, before anything is saved and afterwards."""
    name, other = fresh("lab"), fresh("cellar")
    page = opened(windows, own, "400")
    page.get_by_role("button", name="Add a connection").click()
    dialog = page.get_by_role("dialog")
    fill(dialog, name=name, address=refusing.base_url, key=KEY)
    dialog.get_by_role("button", name="Test").click()
    expect(dialog.get_by_role("status")).to_have_text("It does not work. It refuses the key. Set a valid one.")
    fill(dialog, address=upstream.base_url)
    dialog.get_by_role("button", name="Test").click()
    expect(dialog.get_by_role("status")).to_contain_text(re.compile(r"It answers: \d+ models in \d+ ms\."))
    assert barriers(page, strict=True) == []
    dialog.get_by_text("Bounds and times").click()
    fill(dialog, before=f"{name}/")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_be_hidden()
    lab = row(page, name)
    expect(lab).to_contain_text("added here · used")
    expect(lab).to_contain_text("key ends in wxyz")
    page.goto("/settings/models")
    expect(page.get_by_text(f"{name}/mock", exact=True)).to_be_visible()
    page.goto("/settings/connections")
    row(page, name).get_by_role("button", name="Change").click()
    expect(dialog.get_by_label(re.compile("^Key"))).to_have_value("")
    expect(dialog).to_contain_text("Empty keeps the key that ends in wxyz.")
    fill(dialog, address=refusing.base_url)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text(
        "The key belongs to another server than this address leads to. Give it again."
    )
    fill(dialog, address=upstream.base_url, name=other)
    dialog.get_by_role("button", name="Save").click()
    cellar = row(page, other)
    cellar.get_by_role("button", name="Test").click()
    expect(cellar.get_by_role("status")).to_contain_text("It answers:")
    cellar.get_by_role("button", name="Remove").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text(f"Remove {other}?")
    question.get_by_role("button", name="Cancel").click()
    expect(cellar).to_be_visible()
    cellar.get_by_role("button", name="Remove").click()
    question.get_by_role("button", name="Remove").click()
    expect(cellar).to_be_hidden()
    assert KEY not in page.content()


def test_what_the_settings_own_can_be_tested_and_nothing_else(windows: Windows, own: Server) -> None:
    """It says in which file it stands, and on which line."""
    page = opened(windows, own, "409")
    mock = row(page, "mock")
    expect(mock).to_contain_text(re.compile(r"owned by the settings: \S+parlance\.toml:\d+"))
    expect(mock.get_by_role("button")).to_have_count(1)
    mock.get_by_role("button", name="Test").click()
    expect(mock.get_by_role("status")).to_contain_text("It answers:")
    page.get_by_role("button", name="Add a connection").click()
    dialog = page.get_by_role("dialog")
    fill(dialog, name="mock", address="http://127.0.0.1:9/v1")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text("There is a connection of this name already.")


def test_it_is_all_done_by_keys(windows: Windows, own: Server, upstream: MockOpenAI) -> None:
    """From the button to the saved connection, and out of the question again."""
    name = fresh("typed")
    page = opened(windows, own)
    page.get_by_role("button", name="Add a connection").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("^Name")).focus()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(upstream.base_url)
    page.keyboard.press("Enter")
    expect(row(page, name)).to_contain_text("added here")
    row(page, name).get_by_role("button", name="Remove").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_shuts_nobody_out(windows: Windows, own: Server, width: int, theme: str) -> None:
    """Wide and narrow, light and dark; the form too."""
    page = opened(windows, own, width=width, theme=theme)
    assert barriers(page, strict=True) == [] and sideways(page) == []
    page.get_by_role("button", name="Add a connection").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Bounds and times").click()
    expect(dialog.get_by_label(re.compile("^Models to offer"))).to_be_visible()
    assert barriers(page) == [] and sideways(page) == []


def test_it_speaks_chinese(windows: Windows, own: Server) -> None:
    """All of it: the line, the form and the outcome of a test."""
    page = opened(windows, own, language="zh-CN")
    expect(page.get_by_role("heading", name="连接", exact=True)).to_be_visible()
    mock = row(page, "mock")
    expect(mock).to_contain_text("由设置管理")
    mock.get_by_role("button", name="测试").click()
    expect(mock.get_by_role("status")).to_contain_text("可用：")


def test_who_operates_nothing_has_no_such_page(windows: Windows, own: Server) -> None:
    """Not in the list, and not by its address."""
    page = windows(at=own).tab("/settings/connections")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_role("link", name="Connections", exact=True)).to_have_count(0)
