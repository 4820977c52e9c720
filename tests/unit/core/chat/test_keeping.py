"""Conversations of stateless clients, kept as chats: what continues, what branches, what begins anew."""

from __future__ import annotations

import msgspec

from parlance.core.chat.chat_operations import ListChats, ReadChat
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.turn_operations import SendTurn
from parlance.core.dispatch import Caller
from parlance.core.runs.operations import ReadRun
from parlance.core.runs.run import Run
from parlance.testing.chats import ChatBench
from parlance.values.asks import ChatAsk
from parlance.values.chats import Chat, OpenChat
from parlance.values.events import Delta, Event, ToolCalled
from parlance.values.messages import Item, Message, Reasoning, ToolCall, ToolResult, text_of

SYSTEM = Message("system", "Be brief.")
CALL: list[Event] = [ToolCalled(0, "call-1", "find"), Delta('{"q": 1}', "arguments")]


def keeper(b: ChatBench, user: str = "ada", key: str = "laptop") -> Caller:
    return b.caller(user, key=key, keep_chats=True)


async def told(do: Caller, *items: Item) -> Run:
    run = await do(SendMessage(ChatAsk("model", items)))
    await run.answer()
    return run


async def chats(b: ChatBench, user: str = "ada") -> tuple[Chat, ...]:
    return (await b.caller(user)(ListChats())).chats


async def only(b: ChatBench) -> OpenChat:
    await b.room.saver.flush()
    [chat] = await chats(b)
    return await b.stored(chat.id)


def lines(chat: OpenChat) -> list[tuple[str, list[str]]]:
    return [
        (turn.role, [text_of(getattr(item, "content", item.__class__.__name__)) for item in turn.said])
        for turn in chat.turns
    ]


def hello() -> tuple[Item, ...]:
    return Message("user", "Hi"), Message("assistant", "Hello")


async def test_a_conversation_sent_whole_each_time_is_one_chat(b: ChatBench) -> None:
    do = keeper(b)
    await told(do, SYSTEM, Message("user", "Hi"))
    await told(do, SYSTEM, *hello(), Message("user", "Again"))
    chat = await only(b)
    assert lines(chat) == [
        ("system", ["Be brief."]),
        ("user", ["Hi"]),
        ("assistant", ["Hello"]),
        ("user", ["Again"]),
        ("assistant", ["Hello"]),
    ]
    assert [t.parent for t in chat.turns] == [None, *(t.id for t in chat.turns[:-1])]
    assert (chat.chat.title, chat.chat.kept_by, chat.chat.head) == ("Hi", "laptop", chat.turns[-1].id)
    assert {t.state for t in chat.turns} == {"complete"}


async def test_it_is_stored_before_the_engine_is_called_and_its_owner_reads_it_as_it_comes(b: ChatBench) -> None:
    b.engine.hold(1)
    run = await keeper(b)(SendMessage(ChatAsk("model", (Message("user", "Hi"),))))
    while run.length < 2:
        await run.wait()
    [chat] = await chats(b)
    opened = await b.caller()(ReadChat(chat.id))
    assert lines(opened) == [("user", ["Hi"]), ("assistant", ["Hel"])] and opened.turns[1].run == run.id
    assert await b.caller()(ReadRun(run.id)) is run
    run.let_go()
    stopped = await only(b)
    assert (stopped.turns[1].state, lines(stopped)[1][1]) == ("stopped", ["Hel"])


async def test_a_changed_message_is_a_branch_and_the_same_one_again_a_second_answer(b: ChatBench) -> None:
    do = keeper(b)
    await told(do, *hello()[:1])
    await told(do, *hello(), Message("user", "One"))
    await told(do, *hello(), Message("user", "Two"))
    await told(do, *hello()[:1])
    chat = await only(b)
    first = chat.turns[0]
    assert len([t for t in chat.turns if t.parent == first.id]) == 2
    answer = chat.turns[1]
    assert sorted(lines(OpenChat(chat.chat, (t,)))[0][1][0] for t in chat.turns if t.parent == answer.id) == [
        "One",
        "Two",
    ]


async def test_another_beginning_another_key_and_another_user_are_other_chats(b: ChatBench) -> None:
    await told(keeper(b), *hello()[:1])
    await told(keeper(b, key="phone"), *hello(), Message("user", "On"))
    await told(keeper(b), SYSTEM, *hello(), Message("user", "On"))
    await told(keeper(b, "bob"), *hello(), Message("user", "On"))
    await b.room.saver.flush()
    assert len(await chats(b)) == 3 and len(await chats(b, "bob")) == 1


async def test_tool_rounds_are_one_turn_whatever_the_wire_calls_them(b: ChatBench) -> None:
    """The second wire has no ids of calls, gives arguments as objects, and trims."""
    do = keeper(b)
    b.engine.script = CALL
    await told(do, Message("user", "Find it"))
    b.engine.script = [Delta("It is here.")]
    call, result = ToolCall("", "find", '{"q":1}'), ToolResult("", "here")
    await told(do, Message("user", "Find it "), call, result)
    await told(do, Message("user", "Find it"), call, result, Message("assistant", "It is here."), Message("user", "Ta"))
    chat = await only(b)
    assert lines(chat)[1] == ("assistant", ["ToolCall", "here", "It is here."])
    assert [t.role for t in chat.turns] == ["user", "assistant", "user", "assistant"]
    assert chat.turns[1].said[0] == ToolCall("call-1", "find", '{"q": 1}'), "as it was first said"


async def test_other_results_of_the_same_call_are_a_branch(b: ChatBench) -> None:
    do = keeper(b)
    b.engine.script = CALL
    await told(do, Message("user", "Find it"))
    b.engine.script = [Delta("Ah.")]
    call = ToolCall("c", "find", '{"q":1}')
    await told(do, Message("user", "Find it"), call, ToolResult("c", "here"))
    await told(do, Message("user", "Find it"), call, ToolResult("c", "there"))
    chat = await only(b)
    assert [line[1] for line in lines(chat)[1:]] == [["ToolCall", "here", "Ah."], ["ToolCall", "there", "Ah."]]
    assert {t.parent for t in chat.turns[1:]} == {chat.turns[0].id}


async def test_what_a_model_thought_need_not_come_back(b: ChatBench) -> None:
    b.engine.script = [Delta("hm", "reasoning"), Delta("Hello")]
    do = keeper(b)
    await told(do, *hello()[:1])
    await told(do, *hello(), Message("user", "On"))
    chat = await only(b)
    assert len(chat.turns) == 4 and chat.turns[1].said[0] == Reasoning("hm")


async def test_a_known_conversation_may_be_gone_on_with_in_the_page(b: ChatBench) -> None:
    await told(keeper(b), *hello()[:1])
    chat = await only(b)
    sent = await b.caller()(SendTurn("More", chat=chat.chat.id))
    await b.ended(sent)
    assert b.engine.asks[-1].items == (*hello(), Message("user", "More"))
    await told(keeper(b), *hello(), Message("user", "More"), Message("assistant", "Hello"), Message("user", "End"))
    assert len((await only(b)).turns) == 6


async def test_nothing_is_kept_of_callers_who_do_not_want_it_of_guests_and_of_completions(b: ChatBench) -> None:
    await told(b.caller(key="laptop"), *hello()[:1])
    await told(b.caller("ada", guest=True, keep_chats=True), *hello()[:1])
    run = await keeper(b)(SendMessage(ChatAsk("model", prompt="Once upon")))
    await run.answer()
    await b.room.saver.flush()
    assert await chats(b) == ()


async def test_the_callers_own_stream_says_what_it_says_without_keeping(b: ChatBench) -> None:
    b.engine.script = CALL
    do = keeper(b)
    await told(do, Message("user", "Find it"))
    b.engine.script = [Delta("It is here.")]
    items = (Message("user", "Find it"), ToolCall("c", "find", '{"q":1}'), ToolResult("c", "here"))
    kept, free = await told(do, *items), await told(b.caller(), *items)
    assert [msgspec.to_builtins(e) for e in kept.events()] == [msgspec.to_builtins(e) for e in free.events()]
