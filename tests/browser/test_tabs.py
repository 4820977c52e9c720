"""An answer outlives what happens to the page: a reload, a second tab, a line that breaks, a server that falls."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI
from tests.browser.browsing import Window
from tests.browser.conftest import Serving, Windows
from tests.browser.talking import CHAT, answers, asked, button, field, questions, reads, rested, say, until, words

SLOW = "mock-p100-n40"
"""Four seconds: long enough for a machine with other work to do something in between."""
BROKEN = "ERR_|Failed to load|network error"
"""What the browser itself says of a line that breaks."""
AWAY = "The connection is gone."


def begun(window: Window, text: str) -> Page:
    """A chat whose answer has begun and goes on for a while."""
    page = window.tab("/")
    say(page, text)
    expect(page).to_have_url(CHAT)
    expect(answers(page)).to_contain_text("tok1")
    return page


@pytest.mark.slow
def test_a_reload_in_mid_answer_loses_and_doubles_nothing(windows: Windows, upstream: MockOpenAI) -> None:
    """The same answer goes on: the engine is asked once, and each of its words is there once."""
    page = begun(windows(prefs={"model": SLOW}), "Reloaded in between")
    page.reload()
    expect(button(page, "Stop")).to_be_visible()
    expect(answers(page)).to_have_attribute("aria-busy", "true")
    rested(page)
    reads(answers(page), words(40))
    assert len(asked(upstream, "Reloaded in between")) == 1
    page.reload()
    expect(answers(page)).to_contain_text("tok39")
    reads(answers(page), words(40))


@pytest.mark.slow
def test_a_second_tab_sees_the_answer_grow_and_its_end(windows: Windows) -> None:
    """Opened in the middle, it has what was said before, and then the rest, exactly as the first."""
    window = windows(prefs={"model": SLOW})
    first = begun(window, "Watched by two")
    second = window.tab(first.url)
    expect(answers(second)).to_have_attribute("aria-busy", "true")
    for page in (first, second):
        rested(page)
        reads(answers(page), words(40))


@pytest.mark.slow
def test_what_one_tab_asks_and_stops_is_seen_in_the_other(windows: Windows, upstream: MockOpenAI) -> None:
    """Without a reload: the question, the growing answer, and that it was stopped."""
    window = windows(prefs={"model": "mock-idle"})
    first = begun_and_stopped(window, "Begun here")
    second = window.tab(first.url)
    expect(answers(second)).to_contain_text("Stopped.")
    say(second, "Asked there")
    expect(questions(first).last).to_contain_text("Asked there")
    expect(answers(first).last).to_contain_text("tok0")
    button(first, "Stop").click()
    expect(answers(second).last).to_contain_text("Stopped. What was written is kept.")
    rested(second)
    [call] = asked(upstream, "Asked there")
    until(first, lambda: call.closed_early_at is not None)


def begun_and_stopped(window: Window, text: str) -> Page:
    """A chat with a question, and an answer that was stopped."""
    page = window.tab("/")
    say(page, text)
    expect(answers(page)).to_contain_text("tok0")
    button(page, "Stop").click()
    expect(answers(page)).to_contain_text("Stopped.")
    return page


@pytest.mark.slow
def test_without_a_connection_the_page_says_so_and_the_answer_comes_whole_behind_it(
    windows: Windows, upstream: MockOpenAI
) -> None:
    """What is written meanwhile is not lost, and is not sent twice."""
    window = windows(prefs={"model": SLOW})
    window.tolerate(BROKEN)
    page = begun(window, "Offline in between")
    window.context.set_offline(True)
    expect(page.get_by_role("status").filter(has_text=AWAY)).to_be_visible()
    say(page, "Written without a connection")
    for name in ("Hide chats", "Show chats"):
        button(page, name).click()  # the banner is in nobody's way
    expect(page.get_by_role("navigation", name="Chats").get_by_text("The server cannot be reached.")).to_be_visible()
    window.context.set_offline(False)
    expect(page.get_by_role("status").filter(has_text=AWAY)).to_have_count(0)
    expect(page.get_by_text("The server cannot be reached.")).to_have_count(0)
    expect(questions(page).last).to_contain_text("Written without a connection")
    expect(answers(page)).to_have_count(2)
    rested(page)
    reads(answers(page).first, words(40))
    reads(answers(page).last, words(40))
    assert len(asked(upstream, "Offline in between")) == len(asked(upstream, "Written without a connection")) == 1


def test_a_message_that_could_not_be_sent_stays_in_its_field(windows: Windows, upstream: MockOpenAI) -> None:
    """With the reason; sent again when the line is there, it is said once."""
    window = windows(prefs={"model": "mock"})
    window.tolerate(BROKEN)
    page = window.tab("/")
    expect(page.get_by_role("button", name="Model:")).to_contain_text("mock")
    window.context.set_offline(True)
    say(page, "Not lost")
    expect(page.get_by_role("alert")).to_contain_text("Nothing is lost; try again.")
    expect(field(page)).to_have_value("Not lost")
    window.context.set_offline(False)
    field(page).press("Enter")
    expect(answers(page)).to_contain_text(words(8))
    expect(page.get_by_role("alert")).to_have_count(0)
    assert len(asked(upstream, "Not lost")) == 1


@pytest.mark.slow
def test_a_server_that_falls_is_told_of_and_come_back_to(
    windows: Windows, serving: Serving, tmp_path: Path, upstream: MockOpenAI
) -> None:
    """The banner says it while the server alone is away; behind it the answer is called what it is: interrupted."""
    toml = f'[server]\nport = {free_port()}\n[models]\ndefault = "quote"\n'
    server = serving(toml=toml, folder=tmp_path)
    window = windows(at=server, prefs={"model": "mock-idle"})
    window.tolerate(BROKEN)
    page = window.tab("/")
    say(page, "Cut off by a fall")
    expect(answers(page)).to_contain_text("tok0")
    kept = page.request.get("/parlance/v1/chats.list")
    assert "Cut off by a fall" in kept.text()
    kill(server)
    expect(page.get_by_role("status").filter(has_text=AWAY)).to_be_visible()
    expect(answers(page)).to_contain_text("tok0")
    serving(toml=toml, folder=tmp_path)
    trouble = answers(page).get_by_role("group", name="What went wrong")
    expect(trouble).to_contain_text("The server stopped while it was answering.")
    expect(page.get_by_role("status").filter(has_text=AWAY)).to_have_count(0)
    expect(answers(page)).to_have_attribute("aria-busy", "false")
    button(trouble, "Continue the answer").click()
    expect(button(page, "Stop")).to_be_visible()
    until(page, lambda: any(call.active for call in asked(upstream, "tok0") + asked(upstream, "Cut off by a fall")))
    button(page, "Stop").click()
    rested(page)


@pytest.mark.slow
def test_what_waits_behind_an_answer_is_not_lost_with_the_server(
    windows: Windows, serving: Serving, tmp_path: Path, upstream: MockOpenAI
) -> None:
    """A line of messages waits for a word, a temporary chat keeps what was said and calls it interrupted, and a page
    that is opened meanwhile comes by itself."""
    toml = f'[server]\nport = {free_port()}\n[models]\ndefault = "quote"\n'
    server = serving(toml=toml, folder=tmp_path)
    window = windows(at=server, prefs={"model": "mock-idle"})
    window.tolerate(f"{BROKEN}|404")
    kept, fleeting = begun_with_one_waiting(window), window.tab("/")
    button(fleeting, "Temporary chat").click()
    say(fleeting, "Fleeting")
    expect(answers(fleeting)).to_contain_text("tok0")
    kill(server)
    late = window.context.new_page()
    expect(kept.get_by_role("status").filter(has_text=AWAY)).to_be_visible()
    late.goto("/")
    expect(late.get_by_role("heading", name="The server does not answer.")).to_be_visible()
    serving(toml=toml, folder=tmp_path)
    expect(field(late)).to_be_visible()
    line = kept.get_by_role("region", name="Messages that wait")
    expect(line).to_contain_text("This message waits for you")
    expect(line.get_by_role("textbox")).to_have_value("Waits behind it")
    assert not asked(upstream, "Waits behind it")
    expect(answers(fleeting)).to_contain_text("Interrupted: the server went down while it answered.")
    reads(answers(fleeting), "tok0")
    expect(button(fleeting, "Stop")).to_have_count(0)


def begun_with_one_waiting(window: Window) -> Page:
    """A chat whose answer never ends, with a message in the line behind it."""
    page = window.tab("/")
    say(page, "Goes on and on")
    expect(answers(page)).to_contain_text("tok0")
    expect(page).to_have_url(CHAT)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    say(page, "Waits behind it")
    expect(page.get_by_role("region", name="Messages that wait")).to_be_visible()
    return page


def free_port() -> int:
    """One that nobody listens at, for a server that comes back to the same address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def kill(server: Server) -> None:
    """End it at once, as a machine does that loses its power."""
    assert server.process is not None
    server.process.kill()
    server.process.wait()
