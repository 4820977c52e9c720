"""Files on their way to a model: dropped, pasted or chosen; on the way, refused, taken back, and seen by the model."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from parlance.testing.upstreams import Call, MockOpenAI
from tests.browser.conftest import Serving, Windows
from tests.browser.views import ask, entry

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A whole PNG of one red point."""
BRING = """([what, name, media, coded]) => {
  const bytes = Uint8Array.from(atob(coded), (sign) => sign.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { type: media }));
  const more = { bubbles: true, cancelable: true };
  const field = document.activeElement ?? document.body;
  if (what === "paste") return field.dispatchEvent(new ClipboardEvent(what, { ...more, clipboardData: data }));
  const main = document.querySelector("main");
  main.dispatchEvent(new DragEvent("dragover", { ...more, dataTransfer: data }));
  if (what === "drop") main.dispatchEvent(new DragEvent(what, { ...more, dataTransfer: data }));
}"""
"""The browser's own event of somebody who drags a file here (`dragover`), lets it fall (`drop`) or pastes it."""
SIGHTED = """[models]
default = "quote"
[[connections]]
name = "sighted"
base_url = "%s"
models = ["mock-sighted"]
[connections.cards."mock-sighted"]
capabilities = ["chat", "vision"]
"""


def bring(page: Page, what: str, name: str, content: bytes, media: str = "text/plain") -> None:
    """Drag a file over the page, drop it there, or paste it."""
    page.evaluate(BRING, [what, name, media, base64.b64encode(content).decode()])


def attached(page: Page) -> Locator:
    """The files that go along with the message."""
    return page.get_by_role("list", name="Attached files").get_by_role("listitem")


def last_call(upstream: MockOpenAI) -> Call:
    """What reached the engine last."""
    return upstream.calls_to("/chat/completions")[-1]


@pytest.fixture
def asking(windows: Windows) -> Iterator[Page]:
    """A new chat with a model that says the question again."""
    yield entry(windows(prefs={"model": "mock-echo"}))


def test_a_dropped_file_goes_along_and_reaches_the_model(asking: Page, upstream: MockOpenAI) -> None:
    """While it is held over the page the field says where it will go."""
    bring(asking, "dragover", "tea.txt", b"Tea is grown in Assam.")
    expect(asking.get_by_placeholder("Drop the files here")).to_be_visible()
    bring(asking, "drop", "tea.txt", b"Tea is grown in Assam.")
    expect(attached(asking)).to_contain_text(["tea.txt"])
    ask(asking, "Where is tea grown?")
    expect(asking.get_by_role("article").last).to_contain_text("Where is tea grown?")
    expect(attached(asking)).to_have_count(0)
    assert b"Tea is grown in Assam." in last_call(upstream).body
    expect(asking.get_by_role("article").first).to_contain_text("tea.txt")
    asking.reload()
    expect(asking.get_by_role("article").first).to_contain_text("tea.txt")


def test_a_chosen_file_can_be_sent_without_a_word(asking: Page, upstream: MockOpenAI) -> None:
    """By the paper-clip, and by keyboard alone."""
    with asking.expect_file_chooser() as chooser:
        asking.get_by_role("button", name="Attach files").press("Enter")
    chooser.value.set_files(FilePayload(name="notes.md", mimeType="text/markdown", buffer=b"# Coffee in Kerala"))
    expect(attached(asking)).to_contain_text(["notes.md"])
    asking.get_by_role("button", name="Send", exact=True).click()
    expect(asking.get_by_role("article")).to_have_count(2)
    expect(asking.get_by_role("article").last).to_contain_text("Coffee in Kerala")
    assert b"Coffee in Kerala" in last_call(upstream).body


def test_a_file_on_its_way_shows_how_far_it_is_and_holds_the_message(asking: Page) -> None:
    """Until it is there or taken off."""
    held: list[Route] = []
    asking.route("**/files.upload**", lambda route: held.append(route))
    bring(asking, "drop", "long.txt", b"x" * 4096)
    expect(asking.get_by_role("progressbar", name="Upload of long.txt")).to_be_visible()
    asking.get_by_role("textbox", name="Message").fill("What is in it?")
    expect(asking.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    held.pop().continue_()
    expect(asking.get_by_role("progressbar")).to_have_count(0)
    expect(asking.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    asking.unroute("**/files.upload**")


def test_what_no_model_can_read_says_so_and_holds_the_message(asking: Page, upstream: MockOpenAI) -> None:
    """Sent without it, the question would be answered as if there had been no file: it waits until it is taken off.
    What a base can read is led there."""
    bring(asking, "drop", "archive.bin", bytes(range(256)) * 8, "application/octet-stream")
    expect(attached(asking).get_by_role("alert")).to_contain_text("Models can be given pictures")
    expect(attached(asking).get_by_role("link", name="Ask PDF, office and other files")).to_be_visible()
    asking.get_by_role("textbox", name="Message").fill("Without it")
    expect(asking.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    asking.get_by_role("textbox", name="Message").press("Enter")
    expect(asking.get_by_role("article")).to_have_count(0)
    asking.get_by_role("button", name="Remove archive.bin").click()
    asking.get_by_role("button", name="Send", exact=True).click()
    expect(asking.get_by_role("article").last).to_contain_text("Without it")
    assert b"archive.bin" not in last_call(upstream).body


def test_a_file_beyond_the_limit_says_what_the_limit_is(serving: Serving, windows: Windows) -> None:
    """In the reader's language, as far as it goes, with the server's own words behind."""
    server = serving(toml='[files]\nmax_size_mb = 1\n[models]\ndefault = "quote"\n')
    chinese = windows(at=server, language="zh-CN")
    page = chinese.tab("/")
    expect(page.get_by_role("textbox", name="消息")).to_be_visible()
    window = windows(at=server)
    for each in (chinese, window):
        each.tolerate("413")
    bring(page, "drop", "large.txt", b"x" * (1 << 20) + b"x")
    expect(page.get_by_role("alert")).to_contain_text("文件超过了允许的大小。")
    page = entry(window)
    bring(page, "drop", "large.txt", b"x" * (1 << 20) + b"x")
    told = attached(page).get_by_role("alert")
    expect(told).to_contain_text("A file may have at most 1 MiB here.")
    page.get_by_role("button", name="Remove large.txt").click()
    expect(attached(page)).to_have_count(0)


def test_a_file_is_taken_off_before_it_is_sent(asking: Page, upstream: MockOpenAI) -> None:
    """And is then not kept either."""
    bring(asking, "drop", "first.txt", b"first words")
    bring(asking, "drop", "second.txt", b"second words")
    expect(attached(asking)).to_contain_text(["11 B", "12 B"])
    with asking.expect_response("**/files.delete") as deleted:
        asking.get_by_role("button", name="Remove first.txt").click()
    assert deleted.value.ok
    ask(asking, "Which?")
    expect(asking.get_by_role("article").last).to_contain_text("Which?")
    body = last_call(upstream).body
    assert b"second words" in body and b"first words" not in body


def test_a_pasted_picture_goes_to_a_model_that_sees(serving: Serving, windows: Windows, upstream: MockOpenAI) -> None:
    """One that is blind cannot be asked about it, and the page says which one can."""
    window = windows(at=serving(toml=SIGHTED % upstream.base_url))
    page = entry(window)
    page.get_by_role("textbox", name="Message").focus()
    bring(page, "paste", "shot.png", PIXEL, "image/png")
    expect(attached(page)).to_contain_text(["shot.png"])
    page.get_by_role("textbox", name="Message").fill("What is this?")
    expect(page.get_by_role("alert")).to_contain_text("quote cannot see pictures. Choose one that can")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    page.get_by_title("Choose a model").click()
    page.get_by_role("button", name="mock-sighted", exact=False).click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("article").last).to_contain_text("tok7")
    [said] = last_call(upstream).payload["messages"]
    [picture] = [part for part in said["content"] if part["type"] == "image_url"]
    assert base64.b64decode(picture["image_url"]["url"].partition(",")[2]) == PIXEL
    expect(page.get_by_role("article").first.get_by_role("img")).to_be_visible()


def test_a_picture_pasted_from_the_clipboard_needs_no_name(windows: Windows) -> None:
    """Text on the clipboard is pasted as text, as ever."""
    page = entry(windows())
    page.get_by_role("textbox", name="Message").focus()
    bring(page, "paste", "", PIXEL, "image/png")
    expect(page.get_by_role("button", name="Remove pasted")).to_be_visible()
