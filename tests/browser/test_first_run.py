"""The first minutes at a server of one's own, and how people come in, stay in and are let out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from parlance.testing.servers import as_process
from parlance.testing.upstreams import MockOpenAI
from tests.browser.conftest import Serving, Windows
from tests.browser.people import PASSWORD, enter, first
from tests.browser.talking import CHAT, answers, button, dialog, field, say
from tests.browser.test_tabs import free_port
from tests.flows.callers import table

STEPS = ("Add a model or an endpoint", "Send a first message, or drop a document", "Make an account or a key")
BROKEN = "ERR_|Failed to load"
OTHER = "another chair under a cloud"


def steps(page: Page) -> list[str]:
    """The headings of the steps that are left."""
    return [
        text.partition(". ")[2] for text in page.get_by_role("main").get_by_role("heading", level=2).all_inner_texts()
    ]


def sign_in(page: Page, name: str, password: str) -> None:
    """Fill the form, and send it."""
    page.get_by_role("textbox", name="E-mail address or name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    button(page, "Sign in").click()


@pytest.mark.slow
def test_the_first_run_is_three_real_steps(windows: Windows, upstream: MockOpenAI, tmp_path: Path) -> None:
    """Each is done in its place, and goes when it is: a model, a document, an account."""
    toml = f"[server]\nport = {free_port()}\n"
    with as_process(tmp_path, toml=toml) as server:
        window = windows(at=server)
        window.tolerate(BROKEN)
        page = window.tab("/")
        page.get_by_role("navigation", name="To begin").get_by_role("link", name=STEPS[0]).click()
        expect(page.get_by_role("heading", name="First steps", level=1)).to_be_visible()
        expect(page.get_by_role("heading", level=2)).to_have_count(3)
        assert steps(page) == list(STEPS)
        expect(page.get_by_text("parlance.toml").first).to_be_visible()
    with as_process(tmp_path, toml=toml + connection(upstream)):
        button(page, "Look again").click()
        expect(page.get_by_role("heading", name=STEPS[0])).to_have_count(0)
        add_a_document(page, tmp_path)
        expect(page).to_have_url(CHAT)
        expect(answers(page)).to_contain_text("tok7")
        page.goto("/welcome")
        expect(page.get_by_role("heading", name=STEPS[2])).to_be_visible()
        assert steps(page) == [STEPS[2]]
        page.get_by_role("textbox", name="Name").fill("Ada")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        button(page, "Make an account").click()
        expect(page.get_by_role("heading", name="All is set")).to_be_visible()
        page.get_by_role("link", name="To the conversation").click()
        expect(field(page)).to_be_visible()
        expect(page.get_by_role("navigation", name="To begin")).to_have_count(0)
        expect(page.get_by_role("navigation", name="Chats").get_by_role("link")).to_have_count(2)


@pytest.mark.slow
def test_who_runs_the_server_adds_a_model_in_its_place(windows: Windows, upstream: MockOpenAI, tmp_path: Path) -> None:
    """The first account does: without a file, and without another start."""
    with as_process(tmp_path) as server:
        first(server)
        page = enter(windows(at=server)).tab("/welcome")
        expect(page.get_by_role("heading", name=STEPS[0])).to_be_visible()
        expect(button(page, "Look again")).to_be_hidden()
        button(page, "Add a connection").click()
        form = dialog(page, "Add a connection")
        form.get_by_role("textbox", name="Name").fill("lab")
        form.get_by_role("textbox", name="Address").fill(upstream.base_url)
        button(form, "Add").click()
        expect(page.get_by_role("heading", name=STEPS[0])).to_have_count(0)
        expect(page.get_by_role("main")).to_be_focused()
        page.get_by_role("link", name="To the conversation").click()
        expect(page.get_by_role("button", name="Model:")).not_to_contain_text("quote")
        say(page, "Is anybody there")
        expect(answers(page)).to_contain_text("tok7")
        page.close()


def connection(upstream: MockOpenAI) -> str:
    """What somebody writes into the settings to have a model."""
    return table("connections", {"name": "mine", "kind": "openai", "base_url": upstream.base_url})


def add_a_document(page: Page, folder: Path) -> None:
    """The second step: a file, and what one wants to know of it."""
    notes = folder / "notes.txt"
    notes.write_text("Tea is grown in Assam.")
    with page.expect_file_chooser() as chooser:
        button(page, "Add a document").click()
    chooser.value.set_files(notes)
    expect(button(page, "notes.txt")).to_be_visible()
    page.get_by_role("textbox", name="Message").fill("Where does tea grow")
    button(page, "Send").click()


def test_a_step_can_be_waved_away(windows: Windows, serving: Serving) -> None:
    """And does not come back. The page looks once what is left, and leaves the server in peace."""
    window = windows(at=serving())
    looks: list[str] = []
    window.context.on("request", lambda request: looks.append(request.url) if "chats.list" in request.url else None)
    page = window.tab("/welcome")
    expect(page.get_by_role("heading", level=2)).to_have_count(2)
    for step in STEPS[1:]:
        page.get_by_role("button", name=re.compile(f"^Not now ?: {step}$")).click()
    expect(page.get_by_role("heading", name="All is set")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="All is set")).to_be_visible()
    expect(page.get_by_role("heading", level=2)).to_have_count(0)
    assert 0 < len(looks) < 10


@pytest.mark.slow
def test_the_first_account_is_made_signed_out_of_and_in_to(windows: Windows, serving: Serving) -> None:
    """A wrong password says what to do; behind the right one are the chats of before, and the page one wanted."""
    server = serving()
    window = windows(at=server, prefs={"model": "mock"})
    window.tolerate("401|ERR_INCOMPLETE_CHUNKED")  # the machine's owner has an account now: their feed ends
    page = window.tab("/sign-up")
    page.get_by_role("textbox", name="Name").fill("Ada")
    page.get_by_label("Password", exact=True).fill("short")
    button(page, "Make an account").click()
    expect(page.get_by_label("Password", exact=True)).to_have_js_property("validity.valid", False)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    button(page, "Make an account").click()
    say(page, "Kept behind the door")
    expect(page).to_have_url(CHAT)
    chat = page.url
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("Sign out")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{window.origin}/sign-in")
    expect(page.get_by_text("Kept behind the door")).to_have_count(0)
    sign_in(page, "Ada", "not the password")
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("The account or the password is wrong.")
    expect(refused).to_contain_text("Look at both again")
    expect(page.get_by_text("Forgot the password? An administrator can make a link")).to_be_visible()
    expect(page.get_by_role("textbox", name="E-mail address or name")).to_have_value("Ada")
    sign_in(page, "Ada", PASSWORD)
    expect(page.get_by_role("link", name="Kept behind the door").first).to_be_visible()
    expect(page).to_have_url(f"{window.origin}/")
    elsewhere = windows(at=server)
    elsewhere.tolerate("401")
    other = elsewhere.tab(chat)
    sign_in(other, "Ada", PASSWORD)
    expect(answers(other)).to_contain_text("tok7")
    expect(other).to_have_url(chat)


@pytest.mark.slow
def test_whoever_signs_up_later_waits_to_be_let_in(windows: Windows, serving: Serving) -> None:
    """The page says so, and what one can do; behind the yes of an administrator one look again is enough."""
    server = serving()
    admin = first(server)
    version = admin.do("preferences.read").get("version", 0)
    stranger = windows(at=server)
    stranger.tolerate("401|403")
    page = stranger.tab("/")
    expect(page.get_by_text("No account yet? An administrator can make one for you.")).to_be_visible()
    expect(page.get_by_role("link", name="Make an account")).to_have_count(0)
    page.goto("/sign-up")
    expect(page.get_by_text("Ask an administrator for an account.")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    version = admin.do("preferences.change", sign_up="pending", version=version)["version"]
    page.goto("/")
    page.get_by_role("link", name="Make an account").click()
    page.get_by_role("textbox", name="Name").fill("Bob")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    admin.do("preferences.change", sign_up="closed", version=version)
    button(page, "Make an account").click()
    expect(page.get_by_role("alert")).to_contain_text("Ask an administrator for an account.")
    admin.do("preferences.change", sign_up="pending", version=version + 1)
    button(page, "Make an account").click()
    expect(page.get_by_role("heading", name="Your account waits")).to_be_visible()
    expect(page.get_by_text("Bob, an administrator has to let you in first.")).to_be_visible()
    expect(field(page)).to_have_count(0)
    button(page, "Look again").click()
    expect(page.get_by_role("heading", name="Your account waits")).to_be_visible()
    bob = next(user for user in admin.do("users.list")["users"] if user["name"] == "Bob")
    admin.do("users.change", user=bob["id"], role="user")
    button(page, "Look again").click()
    expect(field(page)).to_be_visible()


@pytest.mark.slow
def test_a_session_is_ended_from_another_and_by_another_password(windows: Windows, serving: Serving) -> None:
    """The window whose session it was finds itself outside, without a reload."""
    server = serving()
    first(server)
    here, there = enter(windows(at=server, user_agent="Desk")), enter(windows(at=server, user_agent="Phone"))
    here.tolerate("400")
    there.tolerate("401|ERR_INCOMPLETE_CHUNKED")
    page, phone = here.tab("/settings/security"), there.tab("/")
    expect(field(phone)).to_be_visible()
    listed = page.get_by_role("list", name="Sessions").get_by_role("listitem")
    expect(listed.filter(has_text="this one")).to_contain_text("Desk")
    button(listed.filter(has_text="Phone"), "End").click()
    expect(listed.filter(has_text="Phone")).to_have_count(0)
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(phone, "Ada", PASSWORD)
    expect(field(phone)).to_be_visible()
    page.get_by_label("Password now").fill("not the password")
    page.get_by_label("New password").fill(OTHER)
    button(page, "Change password").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    page.get_by_label("Password now").fill(PASSWORD)
    button(page, "Change password").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("The password is changed")
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(phone, "Ada", PASSWORD)
    expect(phone.get_by_role("alert")).to_be_visible()
    sign_in(phone, "Ada", OTHER)
    expect(field(phone)).to_be_visible()
