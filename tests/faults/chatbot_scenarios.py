"""The chatbot app: people who sign up and in, what they and guests ask and keep, and what is moved in and out."""

from __future__ import annotations

from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import bcrypt

from parlance.core.chatbot.moving import (
    ImportChatbotPerson,
    ListChatbotPeople,
    MovedPerson,
    MovedSet,
    ReadChatbotPerson,
)
from parlance.core.chatbot.operations import (
    AskChatbot,
    ChatbotOperation,
    CreateSet,
    DeleteSet,
    DropPair,
    EnterVisit,
    JoinChatbot,
    KeepMemory,
    KeepPrompt,
    LeaveVisit,
    ListSets,
    LoadSet,
    OpenVisit,
    ResetSet,
    Visited,
)
from parlance.values.errors import Fault
from tests.faults.chat_scenarios import nothing
from tests.faults.invariants import CHATBOT_PASSWORD
from tests.faults.runner import Claim, Scenario
from tests.faults.stage import OVERSEER, Stage

CONFIG = """
llms:
  - {provider_name: asked, type: openai, model_name: model, api_key: sk-1, base_url: "http://upstream.test/v1"}
  - {provider_name: gold, type: openai, model_name: model, tier: premium, test_chunks: [rich]}
"""
WORLD = "chatbot"
NAME, PASSWORD = "ada", CHATBOT_PASSWORD
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
PAIRS = b'[["one", "1"], ["two", "2"]]'


async def guest(stage: Stage) -> Visited:
    """A browser that comes for the first time."""
    return await stage.arrive(OpenVisit())


async def signed_in(stage: Stage, name: str = NAME) -> Visited:
    """A browser of somebody."""
    visit = await guest(stage)
    return await stage.arrive(EnterVisit(visit.token, visit.csrf, name, PASSWORD))


async def sign_up(stage: Stage, given: Any) -> Any:
    """Somebody new, who can sign in then."""
    visit = await guest(stage)
    await stage.arrive(JoinChatbot(visit.token, visit.csrf, NAME, PASSWORD))
    return Claim(lambda: _enters(stage))


async def _enters(stage: Stage) -> None:
    assert (await signed_in(stage)).user == NAME


async def person(stage: Stage) -> Any:
    """Somebody with a salt and two pairs, which lie in the open as they were brought."""
    visit = await guest(stage)
    await stage.arrive(JoinChatbot(visit.token, visit.csrf, NAME, PASSWORD))
    sets = (MovedSet("old", 5.0, False, b"memory", b"prompt", PAIRS),)
    brought = MovedPerson("bob", HASH, "premium", None, sets)
    await stage.do(ImportChatbotPerson(brought), OVERSEER)
    return SimpleNamespace(brought=brought)


async def talked(stage: Stage) -> Any:
    """Somebody who has said something."""
    given = await person(stage)
    await heard(stage, await signed_in(stage), "earlier")
    return given


async def two_sets(stage: Stage) -> Any:
    """Somebody with a set that may go."""
    given = await talked(stage)
    visit = await signed_in(stage)
    await stage.arrive(CreateSet(visit.token, visit.csrf, "second"))
    return given


async def heard(stage: Stage, visit: Visited, message: str, **more: Any) -> str:
    """What a browser hears: whoever reads a talk closes it."""
    talk = await stage.arrive(AskChatbot(visit.token, visit.csrf, message, **more))
    async with aclosing(talk):
        return "".join([piece async for piece in talk])


def asks(message: str = "question", name: str = NAME, **more: Any) -> Any:
    """Sign in, and ask: what was said and is not called lost is in the history."""

    async def act(stage: Stage, given: Any) -> Any:
        visit = await signed_in(stage, name)
        said = await heard(stage, visit, message, **more)

        async def kept() -> None:
            if "Failed to save" in said:
                return
            try:
                found = await stage.arrive(LoadSet(visit.token, visit.csrf, more.get("set_name")))
            except Fault:  # the clock that was an hour off has ended the session
                visit_again = await signed_in(stage, name)
                found = await stage.arrive(LoadSet(visit_again.token, visit_again.csrf, more.get("set_name")))
            # Who left while it was being kept, and asks again, has asked twice.
            assert found.history.count((message, said)) in (1, 2), f"{said!r} is not in {found.history}"

        return Claim(kept)

    return act


async def guest_asks(stage: Stage, given: Any) -> Any:
    """A guest asks twice, keeps a memory, asks again, and leaves."""
    visit = await guest(stage)
    for again in (False, False, True):
        assert await heard(stage, visit, "question", again=again)
    assert not await stage.arrive(KeepMemory(visit.token, visit.csrf, "m"))
    assert (await stage.arrive(LeaveVisit(visit.token))).token != visit.token


def does(make: type[ChatbotOperation[Any]], **fields: Any) -> Any:
    """Sign in, and do one thing."""

    async def act(stage: Stage, given: Any) -> Any:
        visit = await signed_in(stage)
        await stage.arrive(make(visit=visit.token, csrf=visit.csrf, **fields))

    return act


async def lists(stage: Stage, given: Any) -> None:
    visit = await signed_in(stage)
    assert [each.name for each in await stage.arrive(ListSets(visit.token))] == ["default"]


async def first_sign_in(stage: Stage, given: Any) -> Any:
    """Whoever was brought without a salt gets one, and reads with it later what was kept with it first."""
    visit = await signed_in(stage, "bob")
    await stage.arrive(KeepMemory(visit.token, visit.csrf, "Bob's"))

    async def opens() -> None:
        again = await signed_in(stage, "bob")
        assert (await stage.arrive(LoadSet(again.token, again.csrf))).memory == "Bob's"

    return Claim(opens)


async def bring(stage: Stage, given: Any) -> Any:
    brought = MovedPerson("eve", HASH, "free", bytes(16), (MovedSet("old", 5.0, False, b"m", None, PAIRS),))
    await stage.do(ImportChatbotPerson(brought), OVERSEER)

    async def whole() -> None:
        assert await stage.do(ReadChatbotPerson("eve"), OVERSEER) == brought

    return Claim(whole)


async def take_out(stage: Stage, given: Any) -> None:
    names = (await stage.do(ListChatbotPeople(), OVERSEER)).names
    assert set(names) == {NAME, "bob"}
    assert await stage.do(ReadChatbotPerson("bob"), OVERSEER) == given.brought


def _app(name: str, arrange: Any, act: Any, **more: Any) -> Scenario:
    return Scenario(name, arrange, act, world=WORLD, **more)


TOLD: Any = {"asks": True, "atomic": False}
"""What fails once an answer has begun is told in its text, and the answer is not asked for again."""
SCENARIOS = (
    _app("somebody signs up to the app", nothing, sign_up),
    _app("somebody signs in to the app", person, lambda s, g: signed_in(s)),
    _app("somebody without a salt signs in", person, first_sign_in, atomic=False),
    _app("somebody asks the app", person, asks(), **TOLD),
    _app("somebody asks the app with another prompt", person, asks(prompt="Rhyme."), **TOLD),
    _app("somebody asks a premium model", person, asks(name="bob", model="gold", set_name="old"), **TOLD),
    _app("somebody asks the app again", talked, asks("earlier", again=True), **TOLD),
    _app("a guest asks the app", nothing, guest_asks, **TOLD),
    _app("a memory is kept", person, does(KeepMemory, memory="m")),
    _app("a prompt is kept", talked, does(KeepPrompt, prompt="p")),
    _app("a history is forgotten", talked, does(ResetSet)),
    _app("a pair is deleted", talked, does(DropPair, said="earlier"), once=False),
    _app("a set is made", person, does(CreateSet, set_name="new")),
    _app("a set is deleted", two_sets, does(DeleteSet, set_name="second"), once=False),
    _app("sets are listed", talked, lists),
    _app("a set is loaded", talked, does(LoadSet)),
    _app("somebody is brought to the app", person, bring),
    _app("people of the app are taken out", person, take_out),
)
