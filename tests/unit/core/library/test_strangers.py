"""Chats as other servers export them: whatever they say, what comes out is a tree of turns, parents first."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.library.portable import PortableChat
from parlance.core.library.strangers import ChatGptChat, OpenWebUiChat, chatgpt, micros, openwebui
from parlance.values.messages import Image, Message, Opaque, Reasoning, Text
from tests.flows.foreign_chats import GPT, WEB

PIXEL = base64.b64encode(b"\x89PNG").decode()


def gpt(mapping: dict[str, Any], **more: Any) -> PortableChat:
    return chatgpt(msgspec.convert({"mapping": mapping, "id": "c", **more}, ChatGptChat))


def web(messages: dict[str, Any], **more: Any) -> PortableChat:
    entry = {"id": "c", **more, "chat": {"history": {"messages": messages, "currentId": "b"}, **more.get("chat", {})}}
    return openwebui(msgspec.convert(entry, OpenWebUiChat))


def node(parent: str | None, *children: str, role: str = "user", text: Any = "x", **more: Any) -> dict[str, Any]:
    message = {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}, **more}
    return {"parent": parent, "children": list(children), "message": message}


def tree(chat: PortableChat) -> dict[str, str | None]:
    return {turn.id: turn.parent for turn in chat.turns}


# -- ChatGPT ----------------------------------------------------------------------------------------------------------


def test_a_chat_of_chatgpt_is_the_same_tree_with_calls_in_the_answers_turn() -> None:
    chat = chatgpt(msgspec.convert(GPT, ChatGptChat))
    assert (chat.id, chat.title, chat.titled_by, chat.head) == ("chatgpt:6740-gpt", "Tea 茶", "model", "a2")
    assert (chat.created, chat.updated) == (1_700_000_000_500_000, 1_700_000_100_000_000)
    assert tree(chat) == {"q1": None, "a1": "q1", "a2": "q1"}
    answer = chat.turns[2]
    assert [type(each.item) for each in answer.items] == [Message, Opaque, Opaque, Message]
    assert (answer.model, chat.turns[1].model, chat.turns[0].model) == ("o3", "gpt-4o", None)


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({}, {}),
        ({"a": {"message": None}}, {}),
        ({"a": node(None, "b"), "b": node("a", role="assistant")}, {"a": None, "b": "a"}),
        ({"a": node("lost", "b"), "b": node("a", role="assistant")}, {"a": None, "b": "a"}),
        ({"a": node("b", "b"), "b": node("a", "a")}, {}),
        ({"a": node("a", "a")}, {}),
        ({"a": node(None, "b", "b", "lost"), "b": node("a")}, {"a": None, "b": "a"}),
        ({"a": node(None, "b"), "b": node("other")}, {"a": None, "b": None}),
        ({"a": node(None, "b", text=""), "b": node("a", role="assistant")}, {"b": None}),
    ],
    ids=[
        "empty",
        "no message",
        "a pair",
        "no root",
        "a ring",
        "its own parent",
        "twice a child",
        "not its child",
        "mute",
    ],
)
def test_whatever_a_mapping_says_parents_come_first_and_rings_not_at_all(
    mapping: dict[str, Any], expected: dict[str, str | None]
) -> None:
    chat = gpt(mapping)
    assert tree(chat) == expected and chat.head is None and list(tree(chat)) == list(expected)


@pytest.mark.parametrize(
    ("message", "item"),
    [
        ({"content": {"content_type": "text", "parts": ["a", {"text": "b"}, "", 7]}}, Message("user", "a\nb")),
        (
            {"content": {"content_type": "multimodal_text", "parts": [{"asset_pointer": "x"}, "a"]}},
            Message("user", "[A part that was not exported]\na"),
        ),
        ({"content": {"content_type": "text", "parts": "a"}}, None),
        ({"content": {"content_type": "text"}, "metadata": {"is_visually_hidden_from_conversation": True}}, None),
        ({"content": {"content_type": "user_editable_context", "text": "about me"}}, None),
        (
            {"content": {"content_type": "thoughts", "thoughts": [{"content": "one"}, 7, {"summary": "two"}]}},
            Reasoning("one\n\ntwo"),
        ),
        ({"content": {"content_type": "thoughts", "thoughts": None}}, None),
        (
            {"content": {"content_type": "code", "text": "1"}, "recipient": "python"},
            Opaque(
                "chatgpt",
                {"role": "user", "recipient": "python", "content": {"content_type": "code", "text": "1"}},
            ),
        ),
        ({"content": {}}, None),
    ],
)
def test_what_a_message_says_is_kept_as_what_it_is(message: dict[str, Any], item: object) -> None:
    said = {"author": {"role": "user"}, **message}
    turns = gpt({"a": {"message": said}}).turns
    assert [each.item for turn in turns for each in turn.items] == ([] if item is None else [item])


# -- Open WebUI -------------------------------------------------------------------------------------------------------


def test_a_chat_of_open_webui_is_the_same_tree() -> None:
    chat = openwebui(msgspec.convert(WEB, OpenWebUiChat))
    assert (chat.id, chat.title, chat.tags) == ("openwebui:b1c2-web", "Coffee", ("drinks",))
    assert chat.pinned and chat.archived and chat.created == 1_700_000_000_000_000
    seen = set[str]()
    for turn in chat.turns:
        assert turn.parent is None or turn.parent in seen
        seen.add(turn.id)
    assert chat.head is None or chat.head in seen


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"role": "user", "content": "a"}, ("user", "complete", "a", None)),
        ({"role": "assistant", "content": "a", "done": False}, ("assistant", "interrupted", "a", None)),
        ({"role": "user", "content": "a", "done": False}, ("user", "complete", "a", None)),
        ({"role": "assistant", "error": {"content": "No."}}, ("assistant", "failed", None, "No.")),
        ({"role": "assistant", "error": "No."}, ("assistant", "failed", None, "No.")),
        ({"role": "assistant", "error": True}, ("assistant", "failed", None, "It failed.")),
        ({"role": "tool", "content": ["no", "text"]}, ("assistant", "complete", None, None)),
    ],
)
def test_a_message_is_a_turn_in_the_state_it_was_left_in(said: dict[str, Any], told: tuple[object, ...]) -> None:
    [turn] = web({"b": {"id": "b", **said}}).turns
    content = next((each.item.content for each in turn.items if isinstance(each.item, Message)), None)
    assert (turn.role, turn.state, content, turn.error and turn.error.message) == told


@pytest.mark.parametrize(
    ("annotation", "kept"),
    [
        ({"rating": 1, "comment": "Good"}, (1, "Good")),
        ({"rating": -1}, (-1, None)),
        ({"rating": 9, "comment": ""}, (0, None)),
        ({"rating": "1", "comment": 7}, (0, None)),
        ([], (0, None)),
        (None, (0, None)),
    ],
)
def test_a_rating_is_kept_where_it_is_one(annotation: object, kept: tuple[int, str | None]) -> None:
    [turn] = web({"b": {"role": "assistant", "content": "a", "annotation": annotation}}).turns
    assert (turn.rating, turn.note) == kept


@pytest.mark.parametrize(
    ("files", "pictures"),
    [
        ([{"type": "image", "url": f"data:image/png;base64,{PIXEL}"}], [Image(b"\x89PNG", "image/png")]),
        ([{"type": "image", "url": "https://h.test/x.png"}, {"type": "file"}, 7, None], []),
        ([{"type": "image", "url": "data:image/png;base64,%%%"}, {"type": "image", "url": 7}], []),
        ({"type": "image"}, []),
    ],
)
def test_pictures_come_along_only_where_the_file_holds_them(files: object, pictures: list[Image]) -> None:
    """No address in a file is ever fetched."""
    [turn] = web({"b": {"role": "user", "content": "a", "files": files}}).turns
    said = turn.items[0].item
    assert isinstance(said, Message)
    assert said.content == ((Text("a"), *pictures) if pictures else "a")


# -- of both ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [
        (None, 0),
        (0, 0),
        (-1, 0),
        (float("nan"), 0),
        (float("inf"), 0),
        (1.5, 1_500_000),
        (1_700_000_000_000, 1_700_000_000_000_000),
    ],
)
def test_a_time_is_told_in_microseconds_and_no_time_as_none(seconds: float | None, kept: int) -> None:
    assert micros(seconds) == kept


NAMES = st.sampled_from("abcd")
LINKS = st.dictionaries(NAMES, st.tuples(st.none() | NAMES, st.lists(NAMES, max_size=4)), max_size=4)


@given(LINKS)
def test_no_links_between_messages_make_a_child_before_its_parent(links: dict[str, Any]) -> None:
    mapping = {id: node(parent, *children) for id, (parent, children) in links.items()}
    messages = {
        id: {"role": "user", "content": "x", "parentId": parent, "childrenIds": children}
        for id, (parent, children) in links.items()
    }
    for chat in (gpt(mapping), web(messages)):
        seen = set[str]()
        for turn in chat.turns:
            assert turn.id not in seen and (turn.parent is None or turn.parent in seen)
            seen.add(turn.id)
