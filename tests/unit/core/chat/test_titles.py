"""Titles: from the text, by a model, and never over the user's own."""

from __future__ import annotations

import asyncio

import pytest

from parlance.core.chat.chat_operations import UpdateChat
from parlance.core.chat.naming import Naming
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.titles import FROM_TEXT, clean, clipped, title_by_model, title_from
from parlance.core.chat.turn_operations import SendTurn, Sent
from parlance.core.runs.run import Run
from parlance.testing.chats import ChatBench
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("What is a tree? It has leaves.", "What is a tree?"),
        ("  one line\nand another", "one line"),
        ("今天天气怎么样？我想出去。", "今天天气怎么样？"),
        ("No end", "No end"),
        ("\n\n", ""),
        ("...", "..."),
        ("a\u202eb\x07c", "a b c"),
        ("v1.2 is out", "v1.2 is out"),
    ],
)
def test_a_title_is_the_first_sentence_in_one_line(text: str, title: str) -> None:
    assert title_from(text) == title


def test_a_long_sentence_is_cut_at_a_word_and_one_without_spaces_anywhere() -> None:
    words = title_from("word " * 40)
    assert words.endswith("word…") and len(words) <= FROM_TEXT
    han = title_from("汉" * 100)
    assert han == "汉" * (FROM_TEXT - 1) + "…"
    assert clipped("x" * 30 + " " + "y" * 100, 40) == "x" * 30 + "…"


def test_what_a_user_calls_a_chat_is_one_line_of_bounded_length() -> None:
    assert clean(" a\n b\u2028c ") == "a b c"
    assert len(clean("x" * 1000)) == 200


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ('"Trees and Leaves"', "Trees and Leaves"),
        ("**Title: Trees.**", "Trees"),
        ("\n# Trees\nbecause", "Trees"),
        ("《树》", "《树》"),
        ("「木」", "木"),
        ("   ", ""),
    ],
)
def test_a_models_title_loses_its_wrapping(answer: str, title: str) -> None:
    assert title_by_model(answer) == title


def naming(b: ChatBench, model: str | None = "model") -> Naming:
    async def ask(principal: Principal, op: SendMessage) -> Run:
        return await b.dispatch(principal, "title", op)

    made = Naming(b.room, b.database, ask, model)
    b.room.saver.on_saved = made.saved
    return made


async def settled(b: ChatBench) -> None:
    await asyncio.gather(*b.room.road.settling)


async def answered(b: ChatBench, **more: object) -> Sent:
    """A first answer, after which the engine says a title."""
    sent = await b.caller()(SendTurn("What is a tree?", **more))  # type: ignore[arg-type]
    b.engine.script = [Delta('"All about '), Delta('trees"')]
    await b.ended(sent)
    await settled(b)
    return sent


async def test_the_task_model_names_a_chat_after_its_first_answer_only(b: ChatBench) -> None:
    naming(b, "other")
    sent = await answered(b)
    chat = (await b.stored(sent.chat)).chat
    assert (chat.title, chat.titled_by) == ("All about trees", "model")
    asked = b.engine.asks[-1]
    assert asked.model == "other" and "What is a tree?" in str(asked.items) and "Hello" in str(asked.items)
    calls = b.engine.calls
    await b.ended(await b.caller()(SendTurn("And a leaf?", chat=sent.chat)))
    await settled(b)
    assert b.engine.calls == calls + 1


async def test_without_a_task_model_the_text_stays_the_title(b: ChatBench) -> None:
    naming(b, None)
    sent = await answered(b)
    assert (await b.stored(sent.chat)).chat.title == "What is a tree?" and b.engine.calls == 1


async def test_a_title_of_the_users_own_stays_even_if_given_while_the_model_thinks(b: ChatBench) -> None:
    naming(b)
    sent = await b.caller()(SendTurn("What is a tree?"))
    await b.room.road.runs.get(sent.run).answer()  # type: ignore[union-attr]
    b.engine.hold(0)
    await b.room.saver.round()
    while b.engine.calls < 2:
        await asyncio.sleep(0)
    await b.caller()(UpdateChat(sent.chat, "Mine"))
    b.engine.gate.set()
    await settled(b)
    chat = (await b.stored(sent.chat)).chat
    assert (chat.title, chat.titled_by) == ("Mine", "user")


async def test_a_task_model_that_fails_harms_nobody(b: ChatBench) -> None:
    naming(b, "nobody")
    sent = await answered(b)
    assert (await b.stored(sent.chat)).chat.title == "What is a tree?"
    b.engine.fault = Fault(Kind.upstream, "It broke.")
    naming(b)
    await answered(b)
    assert not b.base.defects
