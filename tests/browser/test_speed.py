"""Long threads and long answers stay quick, and all else goes on working in them.

The figures are those of `benchmarks/page.py`; the limits here are four times the budgets, as the machine may have other
work. Where it can be told apart, only the page's own work counts.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks import page_chat, page_measures
from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.scripts import Script
from tests.browser.conftest import Serving, Windows
from tests.browser.people import Person
from tests.browser.talking import answers, button, field, questions, rested, say, until
from tests.flows.callers import table
from tools.page import Page as Sources

pytestmark = pytest.mark.slow
TURNS = 2_000
PARTS = 600
ANSWER = "\n\n".join(
    f"## 第{part}部分\n\n{'茶叶的种类很多，**绿茶**与`红茶`各有不同。' * 6}\n\n|茶|克|\n|---|---|\n|红茶|{part}|"
    for part in range(PARTS)
)
"""More than 100,000 characters in few words: a fake model sends them word by word, with a pause between."""
SLACK = 4
SPOT = 400
"""The number of a turn that is far from both ends."""


class Long(NamedTuple):
    """A server with a long chat."""

    server: Server
    chat: str
    turns: list[str]

    @property
    def last(self) -> str:
        """The turn at its end."""
        return self.turns[-1]


@pytest.fixture(scope="module")
def long(serving: Serving) -> Iterator[Long]:
    """A chat of 2,000 turns, and a model that says 100,000 characters."""
    script = Script(text=ANSWER, per_token=0.001)
    with in_thread(MockOpenAI(models=("long",), script=script)) as upstream:
        connection = table("connections", {"name": "long", "kind": "openai", "base_url": upstream.base_url})
        server = serving(toml=f'[models]\ndefault = "quote"\n{connection}')
        chat = page_chat.bring(server.url, page_chat.export(TURNS))
        turns = Person(server).do("chats.read", chat=chat)["turns"]
        yield Long(server, chat, [turn["id"] for turn in turns])


@pytest.fixture
def inside(long: Long, windows: Windows) -> Page:
    """The long chat, all of it on the page."""
    page = windows(at=long.server).tab(f"/c/{long.chat}")
    expect(page.locator(f'[data-turn="{long.last}"]')).to_be_visible()
    page_measures.settled(page, TURNS)
    return page


def test_the_script_before_formulas_and_diagrams_is_small_and_a_long_chat_opens_at_once(
    long: Long, windows: Windows
) -> None:
    """From its link in the rail to its last turn."""
    page = windows(at=long.server).tab("/")
    expect(page.get_by_role("link", name=page_chat.TITLE).first).to_be_visible()
    assert page_measures.opening(page, long.chat, long.last) < 300 * SLACK
    assert page_measures.script_bytes(page, Sources().out) <= 180_000


def test_the_first_paint_does_not_wait_long_on_a_slow_machine(long: Long, windows: Windows) -> None:
    """One four times as slow as this one."""
    page = windows(at=long.server).context.new_page()
    page_measures.throttled(page, 4)
    assert page_measures.first_paint(page) < 1_000 * SLACK


def test_a_long_chat_scrolls_and_is_written_in_without_a_hitch(inside: Page, browser: Browser) -> None:
    """What the main thread does for a frame, and for a key."""
    for speed in ((100, 60), (900, 60)):
        task, _ = page_measures.longest_task(browser, inside, partial(page_measures.scrolling, inside, *speed))
        assert task < 50 * SLACK
    costs = page_measures.typing(inside, "how is it made")
    assert statistics.median(costs) < 16 * SLACK
    expect(field(inside)).to_have_value("how is it made")


def test_a_long_chat_is_whole_in_its_order_and_can_be_searched_and_selected(inside: Page, long: Long) -> None:
    """By the browser's own search, by who listens to it, and with a mouse."""
    shown: list[str] = inside.locator("article[data-turn]").evaluate_all("all => all.map((one) => one.dataset.turn)")
    assert shown == long.turns
    assert inside.evaluate("() => window.find('Question 400: how', false, false, true)")
    assert "Question 400: how" in inside.evaluate(
        "() => getSelection().anchorNode.parentElement.closest('[data-turn]').textContent"
    )
    selected = inside.evaluate("""() => {
      const log = document.querySelector('[role="log"]');
      getSelection().selectAllChildren(log);
      return getSelection().toString();
    }""")
    assert all(f"Question {number}: how is tea number {number} made?" in selected for number in (0, 400, 1998))


def test_a_link_to_a_message_deep_in_a_long_chat_leads_there(long: Long, windows: Windows) -> None:
    """It stands at the top, has the focus, stays where it is, and its neighbours can be acted on."""
    page = windows(at=long.server).tab(f"/c/{long.chat}?turn={long.turns[SPOT]}")
    spot = page.locator(f'[data-turn="{long.turns[SPOT]}"]')
    expect(spot).to_be_focused()
    expect(spot).to_be_in_viewport()
    expect(button(spot, "Copy question")).to_be_visible()
    following = page.locator(f'[data-turn="{long.turns[SPOT + 1]}"]')
    expect(button(following, "Copy answer")).to_be_visible()
    page_measures.settled(page, TURNS)
    expect(spot).to_be_in_viewport()
    expect(spot).to_be_focused()


def test_a_long_answer_grows_at_its_end_as_it_did_at_its_beginning(long: Long, windows: Windows) -> None:
    """While a reader who has gone up is left there, and who follows sees its end."""
    page = windows(at=long.server, prefs={"model": "long"}).tab("/")
    say(page, "All of it")
    expect(answers(page).last).to_contain_text("第9部分")
    looks = list(page_measures.growing(page, 100))
    found = page_measures.pace(looks)
    assert found.last_work < SLACK * max(found.first_work, 4)
    assert looks[-1].characters > 80_000  # without the marks
    expect(answers(page).last.locator("table").last).to_be_in_viewport()


def test_who_reads_further_up_is_not_moved_while_an_answer_grows(long: Long, windows: Windows) -> None:
    """And is told that there is more."""
    page = windows(at=long.server, prefs={"model": "long"}).tab("/")
    say(page, "All of it again")
    expect(answers(page).last).to_contain_text("第9部分")
    page.get_by_role("log").hover()
    page.mouse.wheel(0, -100_000)
    expect(page.get_by_role("button", name=re.compile("New text below"))).to_be_visible()
    until(page, lambda: _rests(page))
    place = _top(page)
    rested(page)
    assert _top(page) == place


def _rests(page: Page) -> bool:
    """Whether the wheel's way is over."""
    place = _top(page)
    page.wait_for_timeout(100)
    return _top(page) == place


def _top(page: Page) -> float:
    """Where the only question stands, from the window's upper edge."""
    place: float = questions(page).evaluate("(one) => one.getBoundingClientRect().top")
    return place
