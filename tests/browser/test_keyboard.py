"""Everything by keys: nobody here touches a mouse, and the focus is always somewhere and can be seen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from parlance.testing.upstreams import MockOpenAI
from tests.browser.conftest import Serving, Windows
from tests.browser.talking import CHAT, answers, asked, field, questions, rested, words

FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nowhere";
  const style = getComputedStyle(at);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1 ? "ring" : "";
  const frame = at.id === "composer" ? getComputedStyle(at.form).borderTopColor : "";
  const bare = at.id === "composer" ? getComputedStyle(at.form.querySelector("[title]")).color : "";
  return ring || (frame && frame !== bare ? "frame" : "unseen: " + at.outerHTML.slice(0, 120));
}"""
MOST_STEPS = 60


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other; whatever they do, the focus is somewhere where it is seen."""
    for key in keys:
        page.keyboard.press(key)
        seen(page)


def seen(page: Page) -> None:
    """Raises AssertionError where the focus is nowhere, or nothing shows it."""
    page.wait_for_function(f"() => ['ring', 'frame'].includes(({FOCUS})())")


def walk(page: Page, name: str, key: str = "Tab") -> None:
    """Go on until a control of this name has the focus."""
    for _ in range(MOST_STEPS):
        press(page, key)
        at = page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent.trim()")
        if at == name:
            return
    raise AssertionError(f"{name} cannot be reached by {key}")


def palette(page: Page, wanted: str) -> None:
    """Have something done by its name."""
    press(page, "Control+k")
    expect(page.get_by_role("combobox", name="Type what you want")).to_be_focused()
    page.keyboard.type(wanted)
    expect(page.get_by_role("option").first).to_contain_text(wanted)
    press(page, "Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def write(page: Page, text: str) -> None:
    """Type into the message field, which has the focus already, and send."""
    expect(field(page)).to_be_focused()
    page.keyboard.type(text)
    press(page, "Enter")


@pytest.mark.slow
def test_a_chat_by_keys_alone(windows: Windows) -> None:
    """New, typed, sent, stopped, edited, answered again; through its branches by a shortcut and by the arrows."""
    page = windows(prefs={"model": "mock-idle"}).tab("/")
    write(page, "By hand")
    expect(answers(page)).to_contain_text("tok0")
    press(page, "Escape")
    expect(answers(page)).to_contain_text("Stopped.")
    rested(page)
    press(page, "Alt+Shift+e")
    expect(page.get_by_role("textbox", name="Edit question")).to_be_focused()
    press(page, "Control+a")
    page.keyboard.type("By keys")
    press(page, "Enter")
    expect(questions(page)).to_contain_text("By keys")
    expect(field(page)).to_be_focused()
    expect(answers(page)).to_contain_text("tok0")
    walk(page, "Stop")
    press(page, "Enter")
    expect(answers(page)).to_contain_text("Stopped.")
    expect(field(page)).to_be_focused()
    press(page, "Alt+Shift+ArrowLeft")
    expect(questions(page)).to_contain_text("By hand")
    walk(page, "Next branch", "Shift+Tab")
    press(page, "Enter")
    expect(questions(page)).to_contain_text("By keys")
    expect(page.get_by_role("button", name="Branch before")).to_be_focused()
    press(page, "Enter")
    expect(questions(page)).to_contain_text("By hand")
    expect(page.get_by_role("button", name="Next branch")).to_be_focused()
    walk(page, "Answer again")
    press(page, "Enter")
    expect(answers(page)).to_have_attribute("aria-busy", "true")
    press(page, "Control+.")
    expect(answers(page)).to_contain_text("Stopped.")
    seen(page)
    walk(page, "Delete", "Shift+Tab")
    press(page, "Enter")
    expect(page.get_by_role("dialog", name="Delete")).to_be_visible()
    walk(page, "Delete")
    press(page, "Enter")
    expect(questions(page)).to_contain_text("By keys")
    expect(page.get_by_role("dialog")).to_have_count(0)
    seen(page)


@pytest.mark.slow
def test_from_everywhere_to_everywhere_by_keys_alone(windows: Windows) -> None:
    """Palette, list of shortcuts, rail, model, settings and back."""
    page = windows(prefs={"model": "mock"}).tab("/")
    write(page, "Found by its name")
    expect(page).to_have_url(CHAT)
    rested(page)
    address = page.url
    press(page, "Control+Shift+o")
    expect(page).not_to_have_url(CHAT)
    palette(page, "Found by its name")
    expect(page).to_have_url(address)
    expect(field(page)).to_be_focused()
    press(page, "Control+/")
    listed = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(listed).to_contain_text("Ctrl+K")
    expect(listed).to_contain_text("Alt+Shift+R")
    press(page, "Escape")
    expect(field(page)).to_be_focused()
    press(page, "Control+Shift+f")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("its name")
    found = page.get_by_role("navigation", name="Chats").get_by_role("link", name="Found by its name")
    expect(found.first).to_be_visible()
    press(page, "ArrowDown", "Enter")
    expect(page).to_have_url(re.compile(re.escape(address)))
    seen(page)
    walk(page, "Model: mock")
    press(page, "Enter")
    expect(page.get_by_role("group", name="Choose a model").get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("echo")
    press(page, "ArrowDown", "ArrowDown", "Enter")
    expect(page.get_by_role("button", name="Model: mock-echo")).to_be_visible()
    expect(field(page)).to_be_focused()
    press(page, "Control+,")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    seen(page)
    walk(page, "To the conversation")
    press(page, "Enter")
    expect(field(page)).to_be_focused()
    walk(page, "Hide chats", "Shift+Tab")
    press(page, "Enter")
    expect(page.get_by_role("navigation", name="Chats")).to_have_count(0)
    press(page, "Enter")
    expect(page.get_by_role("navigation", name="Chats")).to_be_visible()


@pytest.mark.slow
def test_an_account_by_keys_alone(windows: Windows, serving: Serving) -> None:
    """Made, signed out of by the palette, and signed in to again."""
    window = windows(at=serving())
    window.tolerate("ERR_INCOMPLETE_CHUNKED")  # the server ends the feed of whoever signed out
    page = window.tab("/sign-up")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    page.keyboard.type("Ada")
    walk(page, "", "Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("tea in the mountains")
    press(page, "Enter")
    expect(field(page)).to_be_focused()
    palette(page, "Sign out")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("textbox", name="E-mail address or name")).to_be_focused()
    page.keyboard.type("Ada")
    page.keyboard.press("Tab")
    page.keyboard.type("tea in the mountains")
    press(page, "Enter")
    expect(field(page)).to_be_focused()


def test_enter_in_a_composition_chooses_a_word_and_sends_nothing(windows: Windows, upstream: MockOpenAI) -> None:
    """Neither in the message field nor where a question is changed; behind the composition it sends."""
    page = windows(prefs={"model": "mock"}).tab("/")
    hands = page.context.new_cdp_session(page)

    def compose(text: str, chosen: str) -> None:
        """As Chromium does it, and behind the end of it as Safari does."""
        hands.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
        enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter"}
        hands.send("Input.dispatchKeyEvent", {**enter, "windowsVirtualKeyCode": 13})
        hands.send("Input.insertText", {"text": chosen})
        hands.send("Input.dispatchKeyEvent", {**enter, "windowsVirtualKeyCode": 229})
        hands.send("Input.dispatchKeyEvent", {**enter, "type": "keyUp", "windowsVirtualKeyCode": 229})

    expect(field(page)).to_be_focused()
    compose("ni hao", "你好")
    expect(field(page)).to_have_value("你好")
    expect(questions(page)).to_have_count(0)
    assert not asked(upstream, "ni hao") and not asked(upstream, "你好")
    page.keyboard.press("Enter")
    expect(answers(page)).to_contain_text(words(8))
    expect(questions(page)).to_contain_text("你好")
    page.keyboard.press("Alt+Shift+e")
    edited = page.get_by_role("textbox", name="Edit question")
    expect(edited).to_be_focused()
    compose("zai jian", "再见")
    expect(edited).to_have_value("你好再见")
    page.keyboard.press("Enter")
    expect(questions(page)).to_contain_text("你好再见")
    rested(page)
    assert len(asked(upstream, "你好")) == 2
