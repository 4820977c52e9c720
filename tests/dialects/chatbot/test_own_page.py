"""The app's own page shows what the server keeps, and changes no other pair than the one that somebody means."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from parlance.testing.servers import Server, as_process
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.browser.browsing import SILENT, chromium
from tests.dialects.chatbot.served import DOOR, announced
from tests.naming import fresh

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
THINKS = (
    '{provider_name: thinks, type: openai, model_name: m, test_chunks: ["<think>hm", "\\nso</think>", "An answer"]}'
)
_HISTORY = """async () => {
  const told = { method: "POST", headers: { "X-CSRF-Token": document.body.dataset.csrfToken }, body: "{}" };
  return (await (await fetch("/load_set", told)).json()).history;
}"""
_COMPOSED = """(field, code) => {
  const key = { key: "Enter", isComposing: code === 13, bubbles: true, cancelable: true };
  const press = new KeyboardEvent("keydown", key);
  Object.defineProperty(press, "keyCode", { get: () => code });
  field.dispatchEvent(press);
}"""
UNKEPT = "Lost\n[Error] Failed to save chat history"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with a model that repeats, one that speaks slowly, and one that thinks."""
    with in_thread(MockOpenAI(models=("mock-echo", "mock-p100-n600"))) as upstream:
        real = f"type: openai, base_url: '{upstream.base_url}', api_key: k"
        models = [f"{{provider_name: echo, model_name: mock-echo, {real}}}"]
        models += [f"{{provider_name: slow, model_name: mock-p100-n600, {real}}}", THINKS]
        folder = tmp_path_factory.mktemp("app")
        (folder / ".config.yml").write_text(f"llms: [{', '.join(models)}]\n")
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


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    """A guest's."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.addresses['chatbot']}/")
    yield page
    context.close()


def sign_up(page: Page, name: str) -> None:
    """Sign up, and in, under this name with an end of its own."""
    name = fresh(name)
    page.get_by_role("link", name="Sign up").click()
    for button in ("Sign up", "Sign in"):
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill("pass-word")
        page.get_by_role("button", name=button).click()
    expect(page.get_by_text(name)).to_be_visible()
    expect(page.locator("#setSelect")).to_be_enabled()


def said(page: Page, text: str, model: str = "") -> None:
    """Say something, and wait for the whole answer."""
    before = page.locator("#chat li").count()
    begun(page, text, model)
    expect(page.locator("#chat li")).to_have_count(before + 1)
    ended(page)


def ended(page: Page, status: str = "The answer is whole.") -> None:
    """Wait until nothing is asked any more."""
    expect(page.locator("#stop")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text(status)


def begun(page: Page, text: str, model: str = "") -> None:
    """Say something."""
    if model:
        page.locator("#modelSelect").select_option(model)
    page.get_by_label("Message").fill(text)
    page.keyboard.press("Enter")


def stopped(page: Page) -> None:
    """Stop an answer in its middle."""
    expect(page.locator("#chat .answer", has_text="tok3")).to_have_count(1)
    page.get_by_role("button", name="Stop").click()
    ended(page, "Stopped. This answer is not kept.")


def action(page: Page, at: int, name: str) -> None:
    """A button of one item."""
    page.locator("#chat li").nth(at).get_by_role("button", name=name, exact=True).click()


def shown(page: Page) -> list[str]:
    """The questions on the page."""
    return page.locator("#chat .question").all_inner_texts()


def questions(page: Page) -> list[str]:
    """The questions that the server keeps of a user."""
    return [pair[0] for pair in page.evaluate(_HISTORY)]


def test_an_answer_that_was_stopped_has_no_place_in_the_history(page: Page) -> None:
    """Another one above it is not lost for a later one; asked again it comes at the end; deleted, it alone goes."""
    sign_up(page, "stops")
    begun(page, "A", "slow")
    stopped(page)
    said(page, "B", "echo")
    said(page, "C")
    action(page, 1, "Answer again")
    ended(page)
    assert questions(page) == ["B", "C"] and shown(page) == ["A", "B", "C"]
    action(page, 0, "Answer again")
    ended(page)
    assert questions(page) == shown(page) == ["B", "C", "A"]
    page.locator("#modelSelect").select_option("slow")
    action(page, 0, "Answer again")
    stopped(page)
    assert questions(page) == ["B", "C", "A"] and shown(page) == ["B", "B", "C", "A"], "the earlier answer stays"
    action(page, 1, "Delete")
    expect(page.locator("#chat li")).to_have_count(3)
    assert questions(page) == shown(page) == ["B", "C", "A"]


def test_the_pair_that_is_deleted_is_the_one_that_is_meant(page: Page) -> None:
    """Of three with one question the one with this answer, though its thoughts are on the page and not in the history;
    where it is gone already no other goes."""
    sign_up(page, "deletes")
    said(page, "Same", "echo")
    first = page.evaluate(_HISTORY)[0]
    said(page, "Same", "thinks")
    expect(page.locator("#chat .answer").nth(1)).to_have_text("<think>hm\nso</think>An answer")
    said(page, "Same", "echo")
    action(page, 2, "Delete")
    expect(page.locator("#chat li")).to_have_count(2)
    assert page.evaluate(_HISTORY) == [first, ["Same", "An answer"]], "of two that are the same the one at its place"
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#chat li")).to_have_count(2)
    action(page, 1, "Delete")
    expect(page.locator("#chat li")).to_have_count(1)
    assert page.evaluate(_HISTORY) == [first]
    for name in ("Delete", "Answer again"):
        other.evaluate("document.getElementById('status').textContent = ''")
        action(other, 1, name)
        expect(other.locator("#status.failed")).to_have_text("message pair not found")
        assert page.evaluate(_HISTORY) == [first] and shown(other) == ["Same", "Same"]


def test_what_could_not_be_kept_is_no_pair(page: Page) -> None:
    """The server says so behind the answer: then the page changes nothing there for it."""
    sign_up(page, "unkept")
    said(page, "One", "echo")
    page.route("**/chat", lambda route: route.fulfill(body=UNKEPT, content_type="text/plain; charset=utf-8"))
    begun(page, "Two")
    ended(page, "This answer could not be kept.")
    page.unroute("**/chat")
    said(page, "Three")
    action(page, 2, "Answer again")
    ended(page)
    action(page, 1, "Delete")
    expect(page.locator("#chat li")).to_have_count(2)
    assert questions(page) == shown(page) == ["One", "Three"]


def test_no_other_history_is_shown_while_an_answer_comes(page: Page) -> None:
    """Sets can be chosen again when it is whole or stopped."""
    sign_up(page, "waits")
    begun(page, "A", "slow")
    expect(page.locator("#chat .answer", has_text="tok3")).to_have_count(1)
    for name in ("setSelect", "newSet", "dropSet", "reset"):
        expect(page.locator(f"#{name}")).to_be_disabled()
    stopped(page)
    expect(page.locator("#setSelect")).to_be_enabled()


def test_a_guests_page_shows_what_the_session_keeps(page: Page) -> None:
    """After a reload too, markup as text, with memory and prompt; and asked again, the right one is replaced."""
    page.locator("summary").click()
    page.get_by_label("System prompt").fill("Rhyme & <b>reason</b>")
    page.get_by_role("button", name="Save system prompt").click()
    expect(page.get_by_role("status")).to_have_text("System prompt saved to session memory")
    said(page, "</template><b>A</b>")
    said(page, "B")
    page.reload()
    assert shown(page) == ["</template><b>A</b>", "B"]
    page.locator("summary").click()
    expect(page.get_by_label("System prompt")).to_have_value("Rhyme & <b>reason</b>")
    said(page, "C")
    action(page, 1, "Answer again")
    ended(page)
    action(page, 0, "Delete")
    expect(page.locator("#chat li")).to_have_count(2)
    page.reload()
    assert shown(page) == ["B", "C"]
    page.get_by_role("link", name="Sign up").click()
    assert "reason" not in page.content(), "only the page that shows it has it"


@pytest.mark.parametrize("code", [229, 13])
def test_an_enter_that_ends_a_composition_does_not_send(page: Page, code: int) -> None:
    """Told by the key code alone, as Safari does, or by the event's word."""
    field = page.get_by_label("Message")
    field.fill("你好")
    field.evaluate(_COMPOSED, code)
    expect(field).to_have_value("你好")
    assert shown(page) == []
    field.press("Enter")
    ended(page)
    assert shown(page) == ["你好"]
