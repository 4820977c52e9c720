"""One chat with several ways through it: other questions, other answers, the map of them and what tells two apart."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.browser.talking import answers, button, choose, dialog, questions, reads, rested, say


def forked(windows: Windows) -> Page:
    """A chat whose second question was asked in two ways, the later of which is shown."""
    page = windows(prefs={"model": "mock-echo"}).tab("/")
    for text in ("What is tea", "Where does it grow in the north"):
        say(page, text)
        expect(answers(page).last).to_contain_text(text)
        rested(page)
    button(questions(page).last, "Edit question").click()
    edited = page.get_by_role("textbox", name="Edit question")
    expect(edited).to_be_focused()
    expect(edited).to_have_value("Where does it grow in the north")
    edited.fill("Where does it grow in the south")
    button(questions(page).last, "Send as a new branch").click()
    expect(answers(page).last).to_contain_text("in the south")
    rested(page)
    return page


def test_an_edited_question_is_a_branch_and_the_arrows_go_between(windows: Windows) -> None:
    """Nothing is overwritten; which branch is shown holds after a reload."""
    page = forked(windows)
    place = page.get_by_role("group", name="Branches")
    expect(place.get_by_role("img", name="Branch 2 of 2")).to_have_text("2/2")
    expect(button(place, "Next branch")).to_be_disabled()
    button(place, "Branch before").click()
    expect(questions(page).last).to_contain_text("in the north")
    expect(answers(page).last).to_contain_text("in the north")
    expect(questions(page)).to_have_count(2)
    expect(place.get_by_role("img", name="Branch 1 of 2")).to_be_visible()
    page.reload()
    expect(place.get_by_role("img", name="Branch 1 of 2")).to_be_visible()
    expect(answers(page).last).to_contain_text("in the north")


def test_a_question_that_is_not_edited_after_all_stays(windows: Windows) -> None:
    """Escape and Cancel leave it, and put the reader back where they were; a reload does not."""
    page = windows(prefs={"model": "mock-echo"}).tab("/")
    say(page, "As it was")
    rested(page)
    edit = button(questions(page), "Edit question")
    for leave in ("Escape", "Cancel"):
        edit.click()
        page.get_by_role("textbox", name="Edit question").fill("Something else")
        if leave == "Escape":
            page.keyboard.press("Escape")
        else:
            button(questions(page), "Cancel").click()
        expect(questions(page)).to_contain_text("As it was")
        expect(edit).to_be_focused()
    edit.click()
    page.get_by_role("textbox", name="Edit question").fill("Nearly done")
    page.reload()
    expect(page.get_by_role("textbox", name="Edit question")).to_have_value("Nearly done")


@pytest.mark.slow
def test_the_map_shows_every_branch_and_goes_to_it(windows: Windows) -> None:
    """By hand and by the keys of a tree."""
    page = forked(windows)
    button(page.get_by_role("main"), "Branch map").click()
    drawn = dialog(page, "Branch map")
    expect(drawn).to_contain_text("2 branches")
    items = drawn.get_by_role("treeitem")
    expect(items).to_have_count(6)
    expect(items.filter(has_text="parts here")).to_have_count(1)
    assert items.evaluate_all("all => all.map(one => one.ariaLevel)") == ["1", "1", "2", "2", "2", "2"]
    expect(items.last).to_be_focused()
    items.filter(has_text="north").first.click()
    expect(drawn).to_have_count(0)
    expect(answers(page).last).to_contain_text("in the north")
    button(page.get_by_role("main"), "Branch map").click()
    expect(items.filter(has_text="north").last).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(drawn).to_have_count(0)
    expect(answers(page).last).to_contain_text("in the south")


def test_two_branches_are_compared_word_by_word(windows: Windows) -> None:
    """What both say is said once."""
    page = forked(windows)
    choose(answers(page).last, "More", "Branch map")
    button(dialog(page, "Branch map"), "Compare two branches").click()
    shown = dialog(page, "Difference of two branches")
    expect(shown).to_contain_text("2 messages are the same in both.")
    expect(shown.locator("del")).to_have_text(["south", "south"])
    expect(shown.locator("ins")).to_have_text(["north", "north"])
    expect(shown.get_by_text("What is tea")).to_have_count(0)
    one = shown.get_by_role("combobox", name="One branch")
    one.select_option(value=shown.get_by_role("combobox", name="The other branch").input_value())
    expect(shown).to_contain_text("They are the same.")


def test_a_branch_can_go_on_while_the_other_stays_as_it_was(windows: Windows) -> None:
    """What is said on one is not on the other, neither here nor in what the model is asked."""
    page = forked(windows)
    button(page, "Branch before").click()
    say(page, "And how high")
    expect(answers(page).last).to_contain_text("And how high")
    rested(page)
    expect(questions(page)).to_have_count(3)
    button(questions(page).nth(1), "Next branch").click()
    expect(questions(page)).to_have_count(2)
    reads(answers(page).last, "Where does it grow in the south")
