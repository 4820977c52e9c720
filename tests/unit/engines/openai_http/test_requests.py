"""What is sent: every field of an ask in its place, and nothing that came from another wire."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from parlance.engines.openai_http.completions import completion_body
from parlance.engines.openai_http.requests import Habits, chat_body
from parlance.engines.openai_http.responses_request import response_body
from parlance.values.asks import ChatAsk, Format, Sampling, Tool
from parlance.values.errors import Fault, Kind
from parlance.values.messages import (
    Audio,
    File,
    Image,
    Item,
    Message,
    Opaque,
    Reasoning,
    Source,
    Text,
    ToolCall,
    ToolResult,
)

HABITS = Habits()
HELLO = (Message("user", "Hello"),)
SAMPLING = Sampling(0.5, 0.9, 40, 0.1, 7, ("END",), 3, 0.1, 0.2, 1.1, {"5": 1.0})
TOOL = Tool("f", "Does.", {"type": "object"}, True, {"x_tool": 1})


def chat(habits: Habits = HABITS, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(chat_body(ChatAsk("m", **{"items": HELLO, **fields}), habits))
    return body


def messages(*items: Item, wire: str = "openai", habits: Habits = HABITS) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = chat(habits, items=items, wire=wire)["messages"]
    return found


def completion(**fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(completion_body(ChatAsk("m", prompt="p", **fields), HABITS))
    return body


def response(**fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(response_body(ChatAsk("m", **{"items": HELLO, **fields})))
    return body


def test_a_plain_ask_is_a_plain_request() -> None:
    assert chat(stream=False) == {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
    streamed = chat()
    assert streamed["stream"] is True and streamed["stream_options"] == {"include_usage": True}


def test_counts_in_a_stream_are_asked_for_only_where_wanted_and_possible() -> None:
    assert "stream_options" not in chat(usage=False)
    assert "stream_options" not in chat(Habits(stream_usage=False))
    assert "stream_options" not in chat(stream=False, wire="openai", foreign={"stream_options": {}})


def test_every_knob_is_sent_under_the_name_the_upstream_has_for_it() -> None:
    body = chat(sampling=SAMPLING)
    assert {name: body[name] for name in body if name not in ("model", "messages", "stream", "stream_options")} == {
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "min_p": 0.1,
        "max_tokens": 7,
        "stop": ["END"],
        "seed": 3,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "repetition_penalty": 1.1,
        "logit_bias": {"5": 1.0},
    }
    strict = chat(Habits("max_completion_tokens", extended=False), sampling=SAMPLING)
    assert strict["max_completion_tokens"] == 7
    assert not {"max_tokens", "top_k", "min_p", "repetition_penalty"} & strict.keys()


def test_tools_their_choice_and_formats_are_sent() -> None:
    choice = {"type": "function", "function": {"name": "f"}}
    body = chat(tools=(TOOL,), tool_choice=choice, parallel_tool_calls=False, format=Format("json"), wire="openai")
    function = {"name": "f", "description": "Does.", "parameters": {"type": "object"}, "strict": True}
    assert body["tools"] == [{"x_tool": 1, "type": "function", "function": function}]
    assert (body["tool_choice"], body["parallel_tool_calls"]) == (choice, False)
    assert body["response_format"] == {"type": "json_object"}
    assert "x_tool" not in chat(tools=(TOOL,))["tools"][0]
    schema = chat(format=Format("schema", {"type": "object"}, strict=True))["response_format"]
    assert schema["type"] == "json_schema"
    assert schema["json_schema"] == {"name": "answer", "schema": {"type": "object"}, "strict": True}
    assert "tool_choice" not in chat(tool_choice="auto")


def test_n_log_probabilities_and_effort_are_sent() -> None:
    body = chat(n=3, logprobs=True, top_logprobs=2, think="low")
    assert (body["n"], body["logprobs"], body["top_logprobs"], body["reasoning_effort"]) == (3, True, 2, "low")
    assert "top_logprobs" not in chat(logprobs=True)
    assert chat(think=False, wire="openai")["reasoning_effort"] == "none"
    for think in (True, False, None):
        assert "reasoning_effort" not in chat(think=think, wire="ollama")


def test_unknown_fields_go_along_only_on_their_own_wire_and_never_win() -> None:
    foreign = {"user": "u", "model": "other", "stream": 7, "x": {"y": 1}}
    body = chat(foreign=foreign, wire="openai")
    assert (body["user"], body["model"], body["stream"], body["x"]) == ("u", "m", True, {"y": 1})
    assert not {"user", "x"} & chat(foreign=foreign, wire="ollama").keys()


def test_neighbours_of_the_assistant_become_one_message_again() -> None:
    items = (
        Reasoning("hm"),
        Message("assistant", "Looking.", "bot"),
        ToolCall("1", "f", "{}", {"x": 1}),
        ToolCall("2", "g", "[]"),
        ToolResult("1", "one", "f", {"y": 2}),
        ToolResult("2", (Text("two"),)),
        ToolCall("3", "h", "{}"),
    )
    calls = [
        {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}, "x": 1},
        {"id": "2", "type": "function", "function": {"name": "g", "arguments": "[]"}},
    ]
    assert messages(*items) == [
        {
            "role": "assistant",
            "content": "Looking.",
            "name": "bot",
            "reasoning_content": "hm",
            "tool_calls": calls,
        },
        {"role": "tool", "tool_call_id": "1", "content": "one", "name": "f", "y": 2},
        {"role": "tool", "tool_call_id": "2", "content": [{"type": "text", "text": "two"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "3", "type": "function", "function": {"name": "h", "arguments": "{}"}}],
        },
    ]
    plain = messages(*items, wire="ollama")
    assert "x" not in plain[0]["tool_calls"][0] and "name" not in plain[1]


def test_messages_of_the_assistant_that_were_two_stay_two() -> None:
    two = messages(Message("assistant", "a"), Message("assistant", "b"), Reasoning("hm"), Message("assistant", "c"))
    assert [message["content"] for message in two] == ["a", "b", "c"]
    assert two[2]["reasoning_content"] == "hm"


def test_thoughts_go_under_the_name_the_upstream_has_or_not_at_all() -> None:
    items = (Reasoning("hm"), Message("assistant", "a"), Reasoning("alone"))
    assert messages(*items, habits=Habits(thoughts="reasoning")) == [
        {"role": "assistant", "content": "a", "reasoning": "hm"}
    ]
    assert messages(*items, habits=Habits(thoughts="")) == [{"role": "assistant", "content": "a"}]


def test_a_call_after_an_empty_text_has_no_text() -> None:
    (message,) = messages(Message("assistant", ""), ToolCall("1", "f", "{}"))
    assert message["content"] is None and len(message["tool_calls"]) == 1


def test_every_kind_of_part_is_written_in_full() -> None:
    parts = (
        Text("t", {"x": 1}),
        Image(b"\x89", "image/jpeg", detail="low", foreign={"y": 2}),
        Image(b"\x89"),
        Image(url="https://example.org/a.png"),
        Image(),
        Audio(b"\x01", "wav"),
        File(b"%PDF", "a.pdf", "application/pdf"),
        File(b"x"),
        File(id="file-1"),
    )
    (message,) = messages(Message("user", parts, foreign={"z": 3}))
    assert message["z"] == 3
    assert message["content"] == [
        {"type": "text", "text": "t", "x": 1},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,iQ==", "detail": "low"}, "y": 2},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iQ=="}},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "image_url", "image_url": {"url": ""}},
        {"type": "input_audio", "input_audio": {"data": "AQ==", "format": "wav"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERg==", "filename": "a.pdf"}},
        {"type": "file", "file": {"file_data": "data:application/octet-stream;base64,eA=="}},
        {"type": "file", "file": {"file_id": "file-1"}},
    ]


def test_opaque_items_of_this_wire_go_as_they_are_and_others_stay_behind() -> None:
    custom = {"role": "critic", "content": "x"}
    assert messages(Opaque("openai", custom), Opaque("openai", {"type": "t"}), Opaque("ollama", custom)) == [custom]


def test_a_text_completion_has_its_own_fields() -> None:
    body = completion(suffix="s", sampling=Sampling(max_tokens=5), foreign={"echo": True, "best_of": 1}, wire="openai")
    assert (body["prompt"], body["suffix"], body["max_tokens"]) == ("p", "s", 5)
    assert (body["echo"], body["best_of"]) == (True, 1)
    assert "echo" not in completion(foreign={"echo": True})
    assert completion(logprobs=True)["logprobs"] == 1
    assert completion(logprobs=True, top_logprobs=0)["logprobs"] == 0
    assert completion(format=Format("json"))["response_format"] == {"type": "json_object"}


def test_a_response_request_has_items_and_its_own_names() -> None:
    body = response(
        items=(
            Message("system", "Be brief."),
            Message("user", (Text("t"), Image(b"\x89"), Audio(b"\x01", "wav"), File(id="f"))),
            Message("assistant", (Text("said"),)),
            ToolCall("1", "f", "{}"),
            ToolResult("1", "one"),
            Reasoning("hm"),
            Reasoning("sealed", {"encrypted_content": "e"}),
            Reasoning("", {"encrypted_content": "e"}),
            Opaque("openai", {"type": "item_reference", "id": "i"}),
            Opaque("openai", {"role": "r"}),
        ),
        wire="openai",
        sampling=SAMPLING,
        tools=(TOOL,),
        tool_choice={"type": "function", "function": {"name": "f"}},
        parallel_tool_calls=True,
        logprobs=True,
        top_logprobs=2,
        think="low",
        format=Format("schema", {"type": "object"}, "n"),
        foreign={"metadata": {"a": "b"}, "include": ["x"]},
    )
    assert body["input"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "t"},
                {"type": "input_image", "image_url": "data:image/png;base64,iQ==", "detail": "auto"},
                {"type": "input_audio", "input_audio": {"data": "AQ==", "format": "wav"}},
                {"type": "input_file", "file_id": "f"},
            ],
        },
        {"role": "assistant", "content": [{"type": "output_text", "text": "said"}]},
        {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": "one"},
        {"type": "reasoning", "encrypted_content": "e", "summary": [{"type": "summary_text", "text": "sealed"}]},
        {"type": "reasoning", "encrypted_content": "e", "summary": []},
        {"type": "item_reference", "id": "i"},
    ]
    assert body["tools"][0]["name"] == "f" and body["tool_choice"] == {"type": "function", "name": "f"}
    assert body["text"] == {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}}
    assert body["reasoning"] == {"effort": "low", "summary": "auto"}
    assert body["include"] == ["x", "message.output_text.logprobs"]
    assert (body["max_output_tokens"], body["top_logprobs"], body["metadata"]) == (7, 2, {"a": "b"})
    assert (body["store"], body["stream"], body["parallel_tool_calls"]) == (False, True, True)
    assert not {"seed", "stop", "n", "top_k"} & body.keys()


def test_a_plain_response_request_is_plain() -> None:
    plain = {"store": False, "model": "m", "input": [{"role": "user", "content": "Hello"}]}
    assert response(stream=False) == plain
    assert response(stream=False, think=False) == plain
    assert response(think=False, wire="openai")["reasoning"] == {"effort": "none"}
    assert response(tools=(TOOL,))["tools"] and "tool_choice" not in response(tools=(TOOL,))
    assert response(tools=(TOOL,), tool_choice="auto")["tool_choice"] == "auto"
    assert response(format=Format("json"))["text"] == {"format": {"type": "json_object"}}


def test_several_answers_of_a_response_are_refused() -> None:
    with pytest.raises(Fault) as caught:
        response(n=2)
    assert (caught.value.kind, caught.value.field) == (Kind.unsupported, "n")


def test_what_was_cut_here_to_say_whence_it_is_goes_out_as_one_text() -> None:
    """A client's own parts stay parts, and so does what stands beside a picture or has fields of its own."""
    passage, question = Text("Tea is grown in Assam.\n\n", source=Source("passage", "c1", "tea.md")), Text("Where?")
    picture, cached = Image(url="https://h.test/a.png"), Text("Look.", {"cache_control": {"type": "ephemeral"}})
    [whole] = messages(Message("user", (passage, passage, question)))
    assert whole == {"role": "user", "content": passage.text * 2 + "Where?"}
    [mixed] = messages(Message("user", (passage, question, picture, cached, question)))
    assert [part.get("text", part["type"]) for part in mixed["content"]] == [
        passage.text + "Where?",
        "image_url",
        "Look.",
        "Where?",
    ]
    assert mixed["content"][2]["cache_control"] == {"type": "ephemeral"}
    [theirs] = messages(Message("user", (question, question)))
    assert theirs["content"] == [{"type": "text", "text": "Where?"}] * 2
    [result] = messages(ToolResult("1", (passage, question)))
    assert result["content"] == passage.text + "Where?"
