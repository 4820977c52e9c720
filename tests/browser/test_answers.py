"""What somebody does with an answer: stops it, asks for another, goes on with it, says what it is worth."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from parlance.testing.upstreams import MockOpenAI
from tests.browser.conftest import Windows
from tests.browser.talking import (
    CHAT,
    answers,
    asked,
    button,
    choose,
    dialog,
    field,
    questions,
    reads,
    rested,
    say,
    until,
    words,
)

READ_CLIPBOARD = "navigator.clipboard.readText()"


def chatting(windows: Windows, model: str = "mock", **more: object) -> Page:
    """A new chat with a model."""
    window = windows(prefs={"model": model}, **more)
    page = window.tab("/")
    expect(page.get_by_role("button", name="Model:")).to_contain_text(model)
    return page


def test_an_answer_streams_and_a_stop_frees_the_engine(windows: Windows, upstream: MockOpenAI) -> None:
    """What was said by then stays, here and after a reload."""
    page = chatting(windows, "mock-idle")
    say(page, "Stop this one")
    expect(answers(page)).to_contain_text("tok0")
    expect(answers(page)).to_have_attribute("aria-busy", "true")
    [call] = asked(upstream, "Stop this one")
    assert call.active
    button(page, "Stop").click()
    expect(answers(page)).to_contain_text("Stopped. What was written is kept.")
    until(page, lambda: call.closed_early_at is not None)
    rested(page)
    page.reload()
    expect(answers(page)).to_contain_text("Stopped.")
    reads(answers(page), "tok0")


def test_an_answer_is_asked_for_again_of_the_same_model_and_of_another(windows: Windows) -> None:
    """The earlier one stays, an arrow away."""
    page = chatting(windows)
    say(page, "Again and again")
    expect(answers(page)).to_contain_text(words(8))
    button(page, "Answer again").click()
    expect(page.get_by_role("img", name="Branch 2 of 2")).to_be_visible()
    rested(page)
    choose(answers(page), "Answer again with another model", r"mock-echo\s*$")
    expect(page.get_by_role("img", name="Branch 3 of 3")).to_be_visible()
    expect(answers(page)).to_contain_text("Again and again")
    rested(page)
    button(page, "Branch before").click()
    expect(answers(page)).to_contain_text(words(8))
    expect(page.get_by_role("img", name="Branch 2 of 3")).to_be_visible()


def test_a_stopped_answer_goes_on_in_its_place(windows: Windows, upstream: MockOpenAI) -> None:
    """As the same turn: no new branch, and the engine is told what there is of it."""
    page = chatting(windows, "mock-idle")
    say(page, "To be gone on with")
    expect(answers(page)).to_contain_text("tok0")
    button(page, "Stop").click()
    button(page, "Continue").click()
    expect(answers(page)).to_have_attribute("aria-busy", "true")
    until(page, lambda: any("tok0" in str(call.payload["messages"][-1]) for call in upstream.calls if call.active))
    expect(button(page, "Stop")).to_be_visible()
    button(page, "Stop").click()
    rested(page)
    expect(answers(page)).to_have_count(1)
    expect(page.get_by_role("group", name="Branches")).to_have_count(0)


def test_a_failed_answer_says_what_to_do_and_is_tried_again(windows: Windows) -> None:
    """In its own place; what had come before it broke stays."""
    page = chatting(windows, "bad-reset-midway")
    say(page, "Break")
    trouble = answers(page).get_by_role("group", name="What went wrong")
    expect(trouble).to_be_visible()
    expect(trouble.get_by_text("Try again; if it goes on, see whether the engine runs.")).to_be_visible()
    button(trouble, "Try again").click()
    expect(page.get_by_role("img", name="Branch 2 of 2")).to_be_visible()


@pytest.mark.slow
def test_a_message_and_code_are_copied_as_they_were_written(windows: Windows) -> None:
    """Not as they look."""
    window = windows(prefs={"model": "mock-echo"}, permissions=["clipboard-read", "clipboard-write"])
    page = window.tab("/")
    source = "Some **bold** words:\n\n```python\nprint(1 < 2)\n```"
    say(page, source)
    expect(answers(page).locator("pre")).to_contain_text("print(1 < 2)")
    rested(page)
    button(answers(page), "Copy answer").click()
    expect(page.get_by_role("region", name="Messages").get_by_text("Copied")).to_be_visible()
    assert page.evaluate(READ_CLIPBOARD) == source
    answers(page).get_by_role("button", name=re.compile("^Copy(?! answer)")).click()
    until(page, lambda: page.evaluate(READ_CLIPBOARD).strip() == "print(1 < 2)")
    button(questions(page), "Copy question").click()
    until(page, lambda: page.evaluate(READ_CLIPBOARD) == source)


@pytest.mark.slow
def test_the_next_message_waits_for_the_answer_that_is_given(windows: Windows, upstream: MockOpenAI) -> None:
    """It can be changed and taken back, and goes by itself."""
    page = chatting(windows, "mock-p40-n60")
    say(page, "First in line")
    expect(button(page, "Stop")).to_be_visible()
    say(page, "Second")
    say(page, "Third, taken back")
    line = page.get_by_role("region", name="Messages that wait")
    expect(line.get_by_role("textbox")).to_have_count(2)
    line.get_by_role("textbox", name="Message 1 in the line").fill("Second, changed")
    button(line, "Take message 2 out of the line").click()
    expect(line.get_by_role("textbox")).to_have_count(1)
    assert not asked(upstream, "Second")
    expect(questions(page)).to_have_count(2)
    expect(questions(page).last).to_contain_text("Second, changed")
    expect(line).to_have_count(0)
    rested(page)
    reads(answers(page).first, words(60))
    reads(answers(page).last, words(60))
    assert len(asked(upstream, "Second, changed")) == 1


def test_a_stop_holds_the_line(windows: Windows) -> None:
    """Whoever stops an answer may not want what was written under it: it waits for a word."""
    page = chatting(windows, "mock-idle")
    say(page, "Never ends")
    expect(answers(page)).to_contain_text("tok0")
    say(page, "Held")
    line = page.get_by_role("region", name="Messages that wait")
    expect(line).to_be_visible()
    button(page, "Stop").click()
    expect(line).to_contain_text("This message waits for you")
    button(line, "Send now").click()
    expect(questions(page).last).to_contain_text("Held")
    expect(line).to_have_count(0)
    button(page, "Stop").click()
    rested(page)


def test_of_a_temporary_chat_nothing_is_kept(windows: Windows) -> None:
    """Not by the server, and not in the browser: it says so, is in no list, and a reload forgets it."""
    page = chatting(windows, "mock-echo")
    field(page).fill("Begun before")
    button(page, "Temporary chat").click()
    expect(page.get_by_text("not written down")).to_be_visible()
    expect(field(page)).to_have_value("Begun before")
    say(page, "Not for the record")
    expect(answers(page)).to_contain_text("Not for the record")
    rested(page)
    expect(page.get_by_text("Temporary: nothing of this chat is written down.")).to_be_visible()
    say(page, "A second question")
    expect(answers(page).last).to_contain_text("A second question")
    assert not CHAT.search(page.url)
    expect(button(answers(page).last, "Good answer")).to_have_count(0)
    field(page).fill("Not for the browser")
    page.reload()
    expect(field(page)).to_have_value("")
    expect(answers(page)).to_have_count(0)
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    kept += page.request.get("/parlance/v1/chats.list").text()
    assert "parlance.prefs" in kept and "Not for" not in kept and "Begun before" not in kept


def test_several_models_answer_side_by_side(windows: Windows) -> None:
    """Each under its name; one of them is gone on with."""
    page = chatting(windows, "mock")
    page.get_by_role("button", name="Model:").click()
    page.get_by_role("checkbox", name="Ask mock-echo too", exact=True).check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Model:")).to_contain_text("mock and 1 more")
    say(page, "Compare yourselves")
    first, second = page.get_by_role("article", name="mock", exact=True), page.get_by_role("article", name="mock-echo")
    expect(first).to_contain_text(words(8))
    expect(second).to_contain_text("Compare yourselves")
    one, other = first.bounding_box(), second.bounding_box()
    assert one and other and one["y"] == other["y"] and one["x"] + one["width"] <= other["x"]
    choose(second, "More", "Go on with this answer")
    button(second, "More").click()
    expect(page.get_by_role("menu", name="More").get_by_text("Go on with this answer")).to_have_count(0)


def test_the_model_is_switched_in_the_chat(windows: Windows) -> None:
    """The list says how each stands, finds by a part of the name, and the next answer is by the one that was taken."""
    page = chatting(windows, "mock")
    say(page, "Who are you")
    expect(answers(page)).to_contain_text(words(8))
    rested(page)
    page.get_by_role("button", name="Model:").click()
    panel = page.get_by_role("group", name="Choose a model")
    expect(panel.get_by_role("button", name="quote")).to_contain_text("is no language model")
    expect(panel.get_by_role("button", name="mock-echo loaded").or_(panel.get_by_text("remote")).first).to_be_visible()
    panel.get_by_role("searchbox").fill("ECHO")
    expect(panel.get_by_role("listitem")).to_have_count(2)
    panel.get_by_role("button", name=re.compile(r"^mock-echo\b(?!-)")).click()
    expect(field(page)).to_be_focused()
    say(page, "And now")
    expect(page.get_by_role("article", name="Answer by mock-echo", exact=True)).to_contain_text("And now")


def test_parameters_and_instructions_hold_for_their_chat(windows: Windows, upstream: MockOpenAI) -> None:
    """Of a kept chat, also after a reload, and of no other chat."""
    page = chatting(windows, "mock")
    say(page, "Before any wish")
    expect(page).to_have_url(CHAT)
    rested(page)
    choose(page, "More options", "Parameters and instructions")
    wishes = dialog(page, "Parameters and instructions")
    wishes.get_by_role("spinbutton", name="Temperature").fill("0.3")
    wishes.get_by_role("spinbutton", name="Longest answer").fill("77")
    wishes.get_by_role("textbox", name="Instructions", exact=True).fill("Answer in rhymes.")
    button(wishes, "Save").click()
    expect(wishes).to_have_count(0)
    say(page, "With wishes")
    until(page, lambda: len(asked(upstream, "With wishes")) == 1)
    rested(page)
    page.reload()
    button(answers(page).last, "Answer again").click()
    until(page, lambda: len(asked(upstream, "With wishes")) == 2)
    for call in asked(upstream, "With wishes"):
        assert call.payload["temperature"] == 0.3
        assert 77 in (call.payload.get("max_tokens"), call.payload.get("max_completion_tokens"))
        assert call.payload["messages"][0] == {"role": "system", "content": "Answer in rhymes."}
    page.get_by_role("link", name="New chat").click()
    say(page, "Elsewhere")
    until(page, lambda: len(asked(upstream, "Elsewhere")) == 1)
    assert "temperature" not in asked(upstream, "Elsewhere")[0].payload
    assert "rhymes" not in str(asked(upstream, "Elsewhere")[0].payload)


def test_a_prompt_of_the_library_is_put_in_with_its_variables(windows: Windows) -> None:
    """Written once, then found behind a slash."""
    page = chatting(windows, "mock-echo")
    choose(page, "More options", "Prompt library")
    library = dialog(page, "Prompt library")
    button(library, "Add a prompt").click()
    library.get_by_role("textbox", name="Name").fill("translate this")
    library.get_by_role("textbox", name="Text").fill("Say {{what}} in {{language}}.")
    button(library, "Save").click()
    button(library, "Close").click()
    page.reload()
    field(page).press_sequentially("/tra")
    expect(page.get_by_role("option", name="/translate-this")).to_be_visible()
    field(page).press("Enter")
    asking = dialog(page, "translate-this")
    asking.get_by_role("textbox", name="what").fill("tea")
    asking.get_by_role("textbox", name="language").fill("Hindi")
    button(asking, "Put into the message").click()
    expect(field(page)).to_have_value("Say tea in Hindi.")
    expect(field(page)).to_be_focused()
    field(page).press("Enter")
    expect(answers(page)).to_contain_text("Say tea in Hindi.")


@pytest.mark.slow
def test_what_an_answer_is_worth_is_kept_with_its_note(windows: Windows) -> None:
    """Also after a reload, and it can be taken back."""
    page = chatting(windows)
    say(page, "Rate me")
    button(answers(page), "Bad answer").click()
    expect(button(answers(page), "Bad answer")).to_have_attribute("aria-pressed", "true")
    choose(answers(page), "More", "Rate with a note")
    rating = dialog(page, "Rate with a note")
    expect(rating.get_by_role("radio", name="Bad answer")).to_be_checked()
    rating.get_by_role("radio", name="Good answer").check()
    rating.get_by_role("textbox", name="Note").fill("On a second look")
    button(rating, "Save").click()
    expect(rating).to_have_count(0)
    page.reload()
    expect(button(answers(page), "Good answer")).to_have_attribute("aria-pressed", "true")
    choose(answers(page), "More", "Rate with a note")
    expect(rating.get_by_role("textbox", name="Note")).to_have_value("On a second look")
    button(rating, "Cancel").click()
    button(answers(page), "Good answer").click()
    expect(button(answers(page), "Good answer")).to_have_attribute("aria-pressed", "false")


@pytest.mark.slow
def test_a_turn_is_deleted_with_what_hangs_under_it(windows: Windows) -> None:
    """After a question that says how much goes."""
    page = chatting(windows)
    say(page, "To stay")
    rested(page)
    say(page, "To go")
    expect(answers(page)).to_have_count(2)
    rested(page)
    button(questions(page).last, "Delete").click()
    asking = dialog(page, "Delete")
    expect(asking).to_contain_text("1 message below it will go too.")
    button(asking, "Delete").click()
    expect(questions(page)).to_have_count(1)
    expect(asking).to_have_count(0)
    page.reload()
    expect(questions(page)).to_have_count(1)
    expect(questions(page)).to_contain_text("To stay")
