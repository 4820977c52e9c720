"""What somebody hostile has a model say is shown as what it is: nothing runs, nothing leaves, and the page stays quick.

The window itself fails a test when the console says anything, when a script throws, and when a request leaves the
origin.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Page, expect

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.scripts import Script
from tests.browser.browsing import sideways
from tests.browser.conftest import Serving, Windows
from tests.browser.hostile import MARKUP, SIZES, TEXT
from tests.browser.people import Person
from tests.browser.samples import file_of, thread
from tests.browser.talking import answers, button, field, rested, say
from tests.flows.callers import table

pytestmark = pytest.mark.slow
CORPUS: Mapping[str, Mapping[str, str]] = {"markup": MARKUP, "text": TEXT, "sizes": SIZES}
KEY_SECONDS = 4.0
"""A key is answered within a second, whatever stands there; the machine may have other work."""


@pytest.fixture(scope="module")
def upstream_said() -> Iterator[MockOpenAI]:
    """A model that says whatever `script` holds."""
    with in_thread(MockOpenAI(models=("said",))) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def shelf(serving: Serving, upstream_said: MockOpenAI) -> Server:
    """A server with each part of the corpus as a chat; what is hostile is also asked, and in the title."""
    connection = table("connections", {"name": "said", "kind": "openai", "base_url": upstream_said.base_url})
    server = serving(toml=f'[models]\ndefault = "said"\n{connection}')
    chats = []
    for kind, texts in CORPUS.items():
        turns = [text for name, answer in texts.items() for text in (f"{name}: {answer[:2_000]}", answer)]
        chats.append(thread(f"{kind} <img src=x onerror=window.harmed=true> \u202e", *turns))
    Person(server).bring(file_of(*chats))
    return server


@pytest.mark.parametrize("kind", CORPUS)
@pytest.mark.parametrize("width", [320, 1440])
def test_hostile_answers_are_shown_as_what_they_are(shelf: Server, windows: Windows, kind: str, width: int) -> None:
    """From the last to the first, each as it is seen."""
    [chat] = [each["id"] for each in Person(shelf).do("chats.list")["chats"] if each["title"].startswith(f"{kind} ")]
    page = windows(at=shelf, width=width).tab(f"/c/{chat}")
    expect(answers(page).last).to_be_visible()
    turns = page.locator("article[data-turn]")
    for place, name in reversed(list(enumerate(CORPUS[kind]))):
        # Far away it is plain text, which is replaced as it comes near: no element can be held meanwhile.
        turns.nth(2 * place + 1).evaluate("answer => answer.scrollIntoView()")
        expect(turns.nth(2 * place + 1)).to_be_in_viewport()
        expect(turns.nth(2 * place)).to_contain_text(f"{name}: ")
        assert answered(page, "k") < KEY_SECONDS
        assert sideways(page) == []
    unharmed(page)


@pytest.mark.parametrize("kind", CORPUS)
def test_hostile_answers_are_harmless_while_they_come(
    shelf: Server, windows: Windows, upstream_said: MockOpenAI, kind: str
) -> None:
    """All of them as one answer, in pieces."""
    text = "\n\n".join(part[:20_000] for part in CORPUS[kind].values())
    upstream_said.script = Script(text=text, per_token=0.0)
    page = windows(at=shelf).tab("/")
    say(page, "Say it")
    expect(answers(page)).to_have_count(1)
    assert answered(page, "k") < KEY_SECONDS
    rested(page)
    assert sideways(page) == []
    unharmed(page)


def test_a_preview_of_hostile_html_can_do_nothing(shelf: Server, windows: Windows, upstream_said: MockOpenAI) -> None:
    """It has no origin and no network, nor what calls other browsers, whichever way it makes frames of its own."""
    upstream_said.script = Script(text=MARKUP["preview"])
    window = windows(at=shelf)
    window.tolerate("evil.test|Content Security Policy|cross-origin|Blocked|sandbox|Trusted|XSLT")
    page = window.tab("/")
    page.evaluate("() => { window.told = []; addEventListener('message', ({data}) => told.push(data)) }")
    say(page, "Say it")
    button(answers(page), "Preview").click()
    expect(answers(page).locator("iframe")).to_be_visible()
    page.wait_for_function("() => told.some(([way]) => way === 'last')")
    told = page.evaluate("() => told")
    assert ["own", "undefined"] in told
    assert [way for way, found in told if found != "undefined"] == []
    assert answered(page, "k") < KEY_SECONDS
    unharmed(page)


def answered(page: Page, key: str) -> float:
    """Seconds until a key that is pressed in the composer stands there."""
    before = field(page).input_value()
    began = time.monotonic()
    field(page).press(key)
    expect(field(page)).to_have_value(before + key)
    return time.monotonic() - began


def unharmed(page: Page) -> None:
    """Nothing ran, nothing was let in, and the page's own parts are what they were."""
    assert page.evaluate("() => window.harmed") is None
    inside = (
        '[role="log"] :is(script, style, svg:not(button svg), form, input, iframe:not(.artifact), object, base, meta)'
    )
    assert page.locator(inside).count() == 0
    assert page.evaluate("() => document.getElementById('composer')?.tagName") == "TEXTAREA"
    assert page.locator('[role="log"] a:not([href^="https://"]):not([href^="http://"])[href]').count() == 0
