"""One place of a settings file is changed, and nothing else in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from parlance.cli import connect_text
from parlance.cli.connect_text import BEGIN, END, Strange

COMMENTED = """// mine
{
  "theme": "One // Dark", // not a comment inside
  /* "models": {} */
  "language_models": {
    "openai": { "api_url": "https://h.test/v1" },
  },
  "list": [1, 2,],
}
"""


def test_a_member_is_added_and_every_comment_stays() -> None:
    changed = connect_text.with_member(COMMENTED, ("language_models", "compatible", "Parlance"), {"api_url": "x"})
    assert connect_text.read(changed)["language_models"] == {
        "openai": {"api_url": "https://h.test/v1"},
        "compatible": {"Parlance": {"api_url": "x"}},
    }
    left = [line for line in COMMENTED.splitlines() if line not in changed.splitlines()]
    assert left == [], "every line is there as it was"
    again = connect_text.with_member(changed, ("language_models", "compatible", "Parlance"), {"api_url": "y"})
    assert again == changed.replace('"x"', '"y"')


@pytest.mark.parametrize(
    "text", ["", "  \n", "{}", "{\n}\n", '{"a": 1}', '{ // c\n "a": 1 }', '{"a": {}, "p": {"q": 0}}']
)
def test_what_stands_there_is_kept(text: str) -> None:
    before = connect_text.read(text) if text.strip() else {}
    changed = connect_text.with_member(text, ("p", "q"), [1, {"r": None}])
    assert connect_text.read(changed) == {**before, "p": {"q": [1, {"r": None}]}}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1]", "not a JSON object"),
        ("{,}", "not JSON"),
        ('{"a": "', "not JSON"),
        ("{'a': 1}", "not JSON"),
        ("{} {}", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"p": 5}', "something at p that is not an object"),
        ('{"p": {"q": 1}, "p": {}}', "twice"),
    ],
)
def test_what_cannot_be_changed_is_said(text: str, reason: str) -> None:
    with pytest.raises(Strange, match=reason):
        connect_text.with_member(text, ("p", "q"), 1)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(), v, max_size=3),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.dictionaries(st.text(), values), st.lists(st.text(), min_size=1, max_size=3), values, st.sampled_from([None, 2])
)
def test_any_object_keeps_its_other_members(before: dict[str, Any], path: list[str], value: Any, indent: int) -> None:
    """Or says that something else than an object stands in the way."""
    text = json.dumps(before, indent=indent)
    wanted, inner = json.loads(text), None
    inner = wanted
    for name in path[:-1]:
        inner = inner.setdefault(name, {})
        if not isinstance(inner, dict):
            with pytest.raises(Strange):
                connect_text.with_member(text, path, value)
            return
    inner[path[-1]] = value
    assert connect_text.read(connect_text.with_member(text, path, value)) == wanted


def test_a_block_is_found_again() -> None:
    """Whatever stands before it."""
    for text in ("", "a = 1\n", "a = 1"):
        changed = connect_text.at_end(text, ["b = 2"])
        assert changed.count(BEGIN) == changed.count(END) == 1 and "b = 2\n" in changed
        assert connect_text.without_block(changed).strip() == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name: mine\n",
        "models:\n",
        "models:",
        "models: # mine\n  # first\n\n  - name: a\n    model: b\nrules: []\n",
        "name: mine\nmodels:\n- name: a\n  model: b\n",
    ],
)
def test_an_item_goes_into_a_list(text: str) -> None:
    before = yaml.safe_load(text) or {}
    changed = connect_text.in_list(text, "models", ["- name: new", "  model: c"])
    after = yaml.safe_load(changed)
    assert after == {**before, "models": [{"name": "new", "model": "c"}, *(before.get("models") or [])]}
    assert yaml.safe_load(connect_text.without_block(changed)) == (
        before if "models" in before else {**before, "models": None}
    )


def test_a_list_on_one_line_is_left_alone() -> None:
    with pytest.raises(Strange, match="line of its own"):
        connect_text.in_list("models: [a]\n", "models", ["- b"])
