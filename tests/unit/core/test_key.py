"""The key of an answer holds everything that can change it."""

from __future__ import annotations

import msgspec
import pytest

from parlance.core.admission.key import answer_key, deterministic
from parlance.values.asks import ChatAsk, Format, Sampling, Tool
from parlance.values.messages import Image, Message, Text

BASE = ChatAsk("model", (Message("user", "Hello"),))
CHANGES = {
    "model": "other",
    "items": (Message("system", "Be brief."), Message("user", "Hello")),
    "prompt": "raw",
    "suffix": "end",
    "sampling": Sampling(temperature=0.1),
    "tools": (Tool("f"),),
    "tool_choice": "required",
    "parallel_tool_calls": False,
    "format": Format("json"),
    "n": 2,
    "logprobs": True,
    "top_logprobs": 3,
    "think": True,
    "wire": "openai",
    "foreign": {"custom": 1},
}
DELIVERY = {"stream": False, "usage": False, "keep_alive": "15m"}


def test_every_field_of_an_ask_is_either_in_the_key_or_declared_as_delivery() -> None:
    assert set(ChatAsk.__struct_fields__) == set(CHANGES) | set(DELIVERY)


@pytest.mark.parametrize("field", CHANGES)
def test_whatever_can_change_an_answer_changes_the_key(field: str) -> None:
    changed = msgspec.structs.replace(BASE, **{field: CHANGES[field]})
    assert answer_key("scope", "connection", changed) != answer_key("scope", "connection", BASE)


@pytest.mark.parametrize("field", DELIVERY)
def test_how_an_answer_is_delivered_does_not_change_the_key(field: str) -> None:
    changed = msgspec.structs.replace(BASE, **{field: DELIVERY[field]})
    assert answer_key("scope", "connection", changed) == answer_key("scope", "connection", BASE)


def test_another_scope_or_connection_is_another_key() -> None:
    keys = {answer_key(scope, connection, BASE) for scope in ("a", "b") for connection in ("c", "d")}
    assert len(keys) == 4


def test_the_order_of_foreign_fields_is_no_difference_but_pictures_are() -> None:
    one = msgspec.structs.replace(BASE, foreign={"a": 1, "b": 2})
    two = msgspec.structs.replace(BASE, foreign={"b": 2, "a": 1})
    assert answer_key("s", "c", one) == answer_key("s", "c", two)
    pictures = [
        msgspec.structs.replace(BASE, items=(Message("user", (Text("x"), Image(data=data))),)) for data in (b"1", b"2")
    ]
    assert answer_key("s", "c", pictures[0]) != answer_key("s", "c", pictures[1])


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(), False),
        (Sampling(temperature=1.0), False),
        (Sampling(temperature=0), True),
        (Sampling(temperature=1.0, seed=0), True),
    ],
)
def test_temperature_zero_or_a_seed_asks_for_the_same_answer_each_time(sampling: Sampling, expected: bool) -> None:
    assert deterministic(msgspec.structs.replace(BASE, sampling=sampling)) is expected
