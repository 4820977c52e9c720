"""The views of a chat: every state of an answer, and what stands over it."""

from __future__ import annotations

import re

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.browsing import Window
from tests.browser.houses import COLD, LATE, LINE, SLOW, WARM
from tests.browser.people import Person
from tests.browser.ways import QUESTION, View, answered, asking, entry, thread


def in_line(window: Window, before: int) -> Page:
    """A question that waits behind others."""
    me = Person.at(window.origin)
    for chat in me.do("chats.list", limit=100)["chats"]:
        if chat["title"].startswith(("Wait", QUESTION[:20])):
            me.do("chats.delete", chat=chat["id"])
    for _ in range(before):
        me.do("chats.send", text="Wait", models=[LINE])
    return asking(window, LINE, "in line")


def stopped(window: Window) -> Page:
    """An answer that somebody ended."""
    page = asking(window, "mock-idle", "tok0")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped. What was written is kept.").first).to_be_visible()
    return page


def failed(window: Window, model: str) -> Page:
    """An answer that went wrong."""
    page = asking(window, model, ".")
    expect(page.get_by_role("group", name="What went wrong")).to_be_visible()
    return page


def waits(window: Window) -> Page:
    """A message that waits for the answer before."""
    page = asking(window, "mock-idle", "tok0")
    page.get_by_role("textbox", name="Message").fill("And what about coffee, in a sentence that is a little longer?")
    page.get_by_role("button", name="Send when this answer is done").click()
    expect(page.get_by_text("when the answer before is done")).to_be_visible()
    return page


def thoughts(window: Window) -> Page:
    """What a model thought, opened."""
    page = asking(window, "mock-think", "tok7")
    page.get_by_text("Thoughts").click()
    return page


def ledger(window: Window) -> Page:
    """What a model saw."""
    page = answered(window)
    page.get_by_role("button", name=re.compile("saw")).click()
    expect(page.get_by_role("heading", name="What went in")).to_be_visible()
    return page


def branch_map(window: Window) -> Page:
    """All branches of a chat."""
    page = thread(window, "Branches")
    page.get_by_role("button", name="Branch map").click()
    expect(page.get_by_role("tree")).to_be_visible()
    return page


def difference(window: Window) -> Page:
    """Two of them compared."""
    page = branch_map(window)
    page.get_by_role("button", name="Compare two branches").click()
    expect(page.get_by_label("One branch")).to_be_visible()
    return page


def attached(window: Window) -> Page:
    """Files that go along, and one that cannot."""
    page = entry(window)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(
        [
            FilePayload(name="tea.txt", mimeType="text/plain", buffer=b"Tea is grown in Assam."),
            FilePayload(
                name="a-file-with-a-very-long-name-that-nobody-reads.bin", mimeType="", buffer=bytes(range(256))
            ),
        ]
    )
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("22 B")).to_be_visible()
    return page


def options(window: Window, item: str) -> Page:
    """What an item of the message field's menu opens."""
    page = answered(window)
    page.get_by_role("button", name="More options").click()
    page.get_by_role("menuitem", name=item).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    return page


def of_answer(window: Window, item: str) -> Page:
    """What an item of an answer's menu opens."""
    page = answered(window)
    page.get_by_role("article").last.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name=item).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    return page


def choosing(window: Window) -> Page:
    """Which models there are."""
    page = entry(window)
    page.get_by_title("Choose a model").click()
    expect(page.get_by_role("group", name="Choose a model")).to_be_visible()
    return page


def editing(window: Window) -> Page:
    """A question that is being changed."""
    page = answered(window)
    page.get_by_role("button", name="Edit question").click()
    expect(page.get_by_role("button", name="Send as a new branch")).to_be_visible()
    return page


def temporary(window: Window) -> Page:
    """A chat that is not kept."""
    page = entry(window)
    page.get_by_role("button", name="Temporary chat").click()
    expect(page.get_by_text("A temporary chat.")).to_be_visible()
    return page


def offline(window: Window) -> Page:
    """A device without a connection."""
    page = answered(window)
    window.tolerate("ERR_INTERNET_DISCONNECTED|ERR_NETWORK|ERR_FAILED")
    window.context.set_offline(True)
    expect(page.get_by_text("It is tried again by itself")).to_be_visible()
    return page


def gone(window: Window) -> Page:
    """A chat that is not there."""
    window.tolerate("404")
    page = window.tab("/c/nothing-of-the-kind")
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def drawn(window: Window, title: str, what: str) -> Page:
    """An answer with something that is drawn, once it is."""
    page = thread(window, title)
    expect(page.get_by_role("article").last.locator(what).first).to_be_visible()
    return page


def previewed(window: Window) -> Page:
    """HTML that is drawn apart."""
    page = thread(window, "Artifact")
    page.get_by_role("button", name="Preview").first.click()
    expect(page.frame_locator("iframe").get_by_role("heading", name="Tea")).to_be_visible()
    return page


def empty_line(window: Window) -> Page:
    """A question to an engine that says nothing yet."""
    return asking(window, LATE, "Waiting for")


def chinese(window: Window, model: str = "") -> Page:
    """A chat in the other language, with an answer or what became of it."""
    page = window.tab("/")
    expect(page.get_by_role("button", name=re.compile("^模型.*quote"))).to_be_visible()
    if model:
        page.get_by_role("button", name=re.compile("^模型")).click()
        page.get_by_role("group", name="选择模型").get_by_role("button", name=re.compile(model)).click()
    page.get_by_role("textbox", name="消息").fill(QUESTION)
    page.get_by_role("button", name="发送", exact=True).click()
    expect(page.get_by_role("article").last.get_by_role("button", name="复制回答")).to_be_visible()
    return page


CHATS: dict[str, View] = {
    "answered": View(answered),
    "streaming": View(lambda window: asking(window, SLOW, "tok2")),
    "waiting": View(empty_line),
    "waiting-next": View(lambda window: in_line(window, 1)),
    "waiting-line": View(lambda window: in_line(window, 3)),
    "waiting-loading": View(lambda window: asking(window, COLD, "Loading")),
    "waiting-reading": View(lambda window: asking(window, WARM, "Reading")),
    "stopped": View(stopped),
    "failed-midway": View(lambda window: failed(window, "bad-reset-midway")),
    "failed": View(lambda window: failed(window, "bad-internal-error")),
    "next-message": View(waits),
    "thoughts": View(thoughts),
    "ledger": View(ledger),
    "branch-map": View(branch_map),
    "branch-difference": View(difference),
    "side-by-side": View(lambda window: thread(window, "Side by side")),
    "files": View(attached),
    "parameters": View(lambda window: options(window, "Parameters and instructions")),
    "prompts": View(lambda window: options(window, "Prompt library")),
    "rating": View(lambda window: of_answer(window, "Rate with a note")),
    "delete-answer": View(lambda window: of_answer(window, "Delete")),
    "models": View(choosing),
    "editing": View(editing),
    "temporary": View(temporary),
    "offline": View(offline),
    "gone": View(gone),
    "markdown": View(lambda window: thread(window, "Markdown")),
    "maths": View(lambda window: drawn(window, "Maths", ".katex, math")),
    "diagram": View(lambda window: drawn(window, "Diagram", "[data-drawn] img, [data-drawn] svg, [data-drawn] iframe")),
    "code": View(lambda window: drawn(window, "Code", "pre")),
    "table": View(lambda window: drawn(window, "Table", "table")),
    "artifact": View(previewed),
    "chinese-answered": View(chinese, "lived", "zh-CN"),
    "chinese-failed": View(lambda window: chinese(window, "bad-internal-error"), "lived", "zh-CN"),
}
