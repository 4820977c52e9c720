"""What is heard instead of seen: a growing answer in whole sentences, the order of headings, voices, and a note."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.browser.talking import answers, button, choose, field, rested, say, until

LISTEN = """() => {
  window.heard = [];
  const places = () => [...document.querySelectorAll("[aria-live=polite], [role=status]")];
  new MutationObserver(() => {
    for (const text of places().map((each) => each.textContent.trim()))
      if (text && !window.heard.includes(text)) window.heard.push(text);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
STORY = (
    "Tea has been drunk for a very long time. It came over the mountains.\n\n## In the north\n\n"
    "The leaves are small there, and picked by hand. Nobody knows why!\n\n```\nx = 1\n```\n\nThat is all"
)
SENTENCES = (
    *("Tea has been drunk for a very long time.", "It came over the mountains.", "In the north"),
    *("The leaves are small there, and picked by hand.", "Nobody knows why!", "Code block.", "That is all"),
)
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1]))"""
SPOKEN = """
window.spoken = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  speak: (saying) => window.spoken.push(saying.text), cancel: () => window.spoken.push("(hush)"),
} });
"""
RECOGNITION = """
window.SpeechRecognition = class extends EventTarget {
  start() { setTimeout(() => this.onresult({ results: [[{ transcript: "words that were spoken" }]] }), 10); }
  stop() { this.onend(); }
};
"""
DEAF_AND_DUMB = """
delete window.speechSynthesis; delete window.SpeechRecognition; delete window.webkitSpeechRecognition;
delete Window.prototype.speechSynthesis;
"""
NOTES = """
window.notes = [];
window.Notification = class {
  constructor(title, options) { window.notes.push([title, options.body]); }
  static permission = "granted";
  static requestPermission = async () => "granted";
};
Object.defineProperty(document, "hidden", { get: () => Boolean(window.away) });
"""


def heard(page: Page) -> list[str]:
    """What a screen reader was given to say so far, each text once."""
    told: list[str] = page.evaluate("window.heard")
    return told


@pytest.mark.slow
def test_a_streaming_answer_is_heard_in_whole_sentences(windows: Windows) -> None:
    """Never in tokens: each is said once it is finished, without its marks, code by its name; then that it is over."""
    page = windows(prefs={"model": "mock-echo-p60"}).tab("/")
    page.evaluate(LISTEN)
    say(page, STORY)
    until(page, lambda: bool(heard(page)))
    expect(answers(page)).to_have_attribute("aria-busy", "true")
    assert heard(page)[0] in [" ".join(SENTENCES[:count]) for count in range(1, len(SENTENCES))]
    rested(page)
    until(page, lambda: "The answer is complete." in heard(page))
    until(page, lambda: any("That is all" in text for text in heard(page)))
    told = [text for text in heard(page) if text != "The answer is complete."]
    assert " ".join(told) == " ".join(SENTENCES)


@pytest.mark.slow
def test_the_tree_of_a_streaming_answer_at_three_moments(windows: Windows) -> None:
    """Before the first word, in the middle, and at the end: what somebody finds who goes through it by ear."""
    page = windows(prefs={"model": "mock-d2000"}).tab("/")
    log = page.get_by_role("log", name="Conversation")
    say(page, "Slowly, please")
    expect(log).to_match_aria_snapshot(
        """
        - log "Conversation":
          - article "Question":
            - heading "Question" [level=2]
            - paragraph: Slowly, please
            - button "Edit question"
            - button "Copy question"
            - button "Delete"
          - article "Answer by mock-d2000":
            - heading "Answer by mock-d2000" [level=2]
            - paragraph: /(Waiting for mock-d2000|Reading .*|Next in line).*/
        """
    )
    expect(answers(page)).to_contain_text("tok7")
    rested(page)
    choose_model(page, "mock-idle")
    say(page, "And never ending")
    expect(answers(page).last).to_contain_text("tok0")
    expect(answers(page).last).to_match_aria_snapshot(
        """
        - article "Answer by mock-idle":
          - /children: equal
          - heading "Answer by mock-idle" [level=2]
          - paragraph: tok0
        """
    )
    expect(page.get_by_role("form", name="Write a message")).to_match_aria_snapshot(
        """
        - form "Write a message":
          - textbox "Message"
          - button "Attach files"
          - button "More options"
          - 'button "Model: mock-idle"'
          - button "Stop"
        """
    )
    button(page, "Stop").click()
    expect(answers(page).last).to_match_aria_snapshot(
        """
        - article "Answer by mock-idle":
          - heading "Answer by mock-idle" [level=2]
          - paragraph: tok0
          - paragraph: Stopped. What was written is kept.
          - button "what it saw"
          - group "What to do with this answer":
            - button "Copy answer"
            - button "Answer again"
            - button "Answer again with another model"
            - button "Continue"
            - button "Good answer"
            - button "Bad answer"
            - button "More"
        """
    )


def choose_model(page: Page, name: str) -> None:
    """Another model for the next answer."""
    page.get_by_role("button", name="Model:").click()
    panel = page.get_by_role("group", name="Choose a model")
    panel.get_by_role("searchbox").fill(name)
    panel.get_by_role("button", name=re.compile(f"^{name} ")).click()


def test_the_headings_of_a_chat_leave_no_level_out(windows: Windows) -> None:
    """Whoever jumps from heading to heading comes to every turn, and to what an answer itself is divided by."""
    page = windows(prefs={"model": "mock-echo"}).tab("/")
    say(page, "# One\n\nText\n\n## Two\n\nText\n\n### Three")
    expect(answers(page).get_by_role("heading", name="Two")).to_be_visible()
    rested(page)
    answers(page).get_by_role("button", name=re.compile("saw")).click()
    expect(page.get_by_role("heading", name="What the model saw")).to_be_visible()
    levels = page.evaluate(HEADINGS)
    assert 1 in levels and {2, 3} <= set(levels)
    top = levels[levels.index(1) :]
    assert all(after - before <= 1 for before, after in itertools.pairwise(top)), levels
    assert levels.count(1) == 1


def test_what_the_reader_does_not_want_to_hear_is_not_said(windows: Windows) -> None:
    """The voice of the page has a switch."""
    page = windows(prefs={"model": "mock-echo", "announce": False}).tab("/")
    page.evaluate(LISTEN)
    say(page, "One sentence. Another sentence.")
    expect(answers(page)).to_contain_text("Another sentence.")
    rested(page)
    say(page, "Once more. And again.")
    expect(answers(page)).to_have_count(2)
    rested(page)
    assert not [text for text in heard(page) if "sentence" in text or "complete" in text]


def test_where_the_browser_has_no_voice_none_is_offered(windows: Windows) -> None:
    """Neither to speak nor to listen."""
    window = windows(prefs={"model": "mock"})
    window.context.add_init_script(DEAF_AND_DUMB)
    page = window.tab("/")
    button(page, "More options").click()
    offered = page.get_by_role("menu", name="More options")
    expect(offered.get_by_text("Prompt library")).to_be_visible()
    expect(offered.get_by_text("Speak instead of typing")).to_have_count(0)
    expect(offered.get_by_text("Read answers aloud")).to_have_count(0)


def test_an_answer_is_read_aloud_and_a_question_is_spoken(windows: Windows) -> None:
    """Where the browser can, once it is wanted; sentences without their marks."""
    window = windows(prefs={"model": "mock-echo"})
    window.context.add_init_script(SPOKEN + RECOGNITION)
    page = window.tab("/")
    expect(button(page, "Speak")).to_have_count(0)
    choose(page, "More options", "Speak instead of typing")
    button(page, "Speak").click()
    expect(field(page)).to_have_value("words that were spoken")
    button(page, "End speaking").click()
    expect(button(page, "Speak")).to_be_visible()
    choose(page, "More options", "Read answers aloud")
    say(page, "Some **bold** words")
    until(page, lambda: "Some bold words" in page.evaluate("window.spoken"))
    button(answers(page), "Stop reading").click()
    assert page.evaluate("window.spoken.at(-1)") == "(hush)"
    button(answers(page), "Read aloud").click()
    assert page.evaluate("window.spoken.at(-1)") == "Some bold words"


def test_a_note_comes_when_an_answer_is_done_behind_ones_back(windows: Windows) -> None:
    """Only where it was asked for, and only while the tab is hidden; the tab's title says it too."""
    window = windows(prefs={"model": "mock"})
    window.context.add_init_script(NOTES)
    page = window.tab("/")
    choose(page, "More options", "Tell me when an answer is done")
    say(page, "While I look on")
    rested(page)
    assert page.evaluate("window.notes") == []
    page.evaluate("window.away = true")
    say(page, "While I am away")
    until(page, lambda: bool(page.evaluate("window.notes")))
    assert page.evaluate("window.notes") == [["While I look on", "The answer is complete."]]
    expect(page).to_have_title(re.compile("^✓ "))
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_title("While I look on · Parlance")
