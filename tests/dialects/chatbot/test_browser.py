"""The app's own pages in a real browser: they work under their policy, narrow and wide, light and dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from parlance.testing.servers import Server, as_process
from tests.browser.browsing import AXE, SILENT, chromium
from tests.dialects.chatbot.served import CONFIG, DOOR, SPOKEN, announced
from tests.naming import fresh

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_AXE_RUN = "() => axe.run().then((found) => found.violations.map((each) => each.id))"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app as people start it."""
    folder = tmp_path_factory.mktemp("app")
    (folder / ".config.yml").write_text(CONFIG)
    with as_process(folder, toml=DOOR) as running:
        yield announced(running)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """This machine's Chromium."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(SILENT))
        yield started
        started.close()


def opened(browser: Browser, url: str, said: list[str], width: int, scheme: str) -> Page:
    """A page whose console is listened to, and whose requests stay at home."""
    dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", bypass_csp=False
    )
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(url) else said.append(asked.url))
    page.goto(url)
    return page


def sound(page: Page, said: list[str]) -> None:
    """Nothing overflows sideways, nothing went wrong."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert said == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1440, "light")])
def test_a_guest_chats_and_somebody_signs_up_and_finds_it_again(
    server: Server, browser: Browser, width: int, scheme: str
) -> None:
    """By keyboard; what is said is text, and after a reload a user's conversation is there."""
    said: list[str] = []
    url = server.addresses["chatbot"]
    page = opened(browser, f"{url}/", said, width, scheme)
    page.get_by_label("Message").fill("<b>Hi</b>")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_text(SPOKEN)
    expect(page.locator(".question")).to_have_text("<b>Hi</b>")
    sound(page, said)
    name = fresh(f"ada-{width}")
    page.get_by_role("link", name="Sign up").click()
    for button in ("Sign up", "Sign in"):
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill("pass-word")
        sound(page, said)
        page.get_by_role("button", name=button).click()
    expect(page.get_by_text(name)).to_be_visible()
    page.get_by_label("Message").fill("Mine")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_have_text("The answer is whole.")
    page.get_by_role("button", name="Answer again").click()
    expect(page.get_by_role("status")).to_have_text("The answer is whole.")
    page.reload()
    expect(page.locator(".answer")).to_have_text("Hello")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".question")).to_have_count(0)
    sound(page, said)
    page.context.close()


@pytest.mark.skipif(not AXE.is_file(), reason="axe comes with the page's tools")
@pytest.mark.parametrize("path", ["/", "/login", "/signup"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(server: Server, browser: Browser, path: str, scheme: str) -> None:
    """On any page, in either theme."""
    said: list[str] = []
    page = opened(browser, server.addresses["chatbot"] + path, said, 800, scheme)
    page.evaluate(AXE.read_text("utf-8"))
    assert page.evaluate(_AXE_RUN) == []
    page.context.close()
