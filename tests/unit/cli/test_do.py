"""What is typed behind `parlance do`, and what is made of the answer."""

from __future__ import annotations

from typing import Any

import click
import pytest

from parlance.cli import do
from parlance.cli.exits import Exit, Failure


def test_fields_are_texts_or_json() -> None:
    """An equals sign within a text is part of it, and a later field of the same name counts."""
    fields = ("title=a=b", "pinned:=true", 'models:=["quote"]', "query=:=", "title=c")
    assert do.given(fields) == {"title": "c", "pinned": True, "models": ["quote"], "query": ":="}


@pytest.mark.parametrize("text", ["title", "=x", ":=1", "limit:=many"])
def test_what_is_no_field_is_said(text: str) -> None:
    with pytest.raises(click.UsageError):
        do.given([text])


def test_runs_are_found_in_what_was_begun() -> None:
    """Of a chat each answer's, of a plain ask its own, and of all else none."""
    assert do.begun({"run": "1", "answers": [{"run": "1"}, {"run": "2"}]}) == ["1", "2"]
    assert do.begun({"run": "1"}) == ["1"]
    assert do.begun({"id": "x"}) == do.begun([{"run": "1"}]) == do.begun(None) == []


def test_a_text_is_what_was_said_and_not_what_was_thought() -> None:
    items = [
        {"type": "reasoning", "content": "Hm"},
        {"type": "message", "content": [{"type": "text", "text": "It "}, {"type": "image", "url": "x"}]},
        {"type": "message", "content": "is."},
    ]
    assert do.said({"choices": [{"items": items}]}) == "It is."
    assert do.said({}) == ""


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ({"state": "failed", "error": {"message": "It broke."}}, "It broke."),
        ({"state": "interrupted"}, "The answer was interrupted."),
    ],
)
def test_an_answer_that_failed_is_a_failure(run: dict[str, Any], words: str) -> None:
    do.judge([{"state": "complete"}, {"state": "stopped"}])
    with pytest.raises(Failure, match=words):
        do.judge([{"state": "complete"}, run])


def test_json_that_was_typed_as_a_text_is_told_how_to_type_it() -> None:
    """Only where the server found that something does not fit, and something was JSON."""
    refused = Failure("The field options does not fit.", Exit.ERROR, 400)
    told = do.advised(refused, {"base": "b", "options": '{"vision": "eye"}'})
    assert told.message.endswith("""JSON stands behind := as in options:='{"vision": "eye"}'.""")
    assert (told.status, told.exit_code) == (400, Exit.ERROR)
    assert do.advised(refused, {"base": "b", "name": "Tea"}) is refused
    gone = Failure("No such base.", Exit.MISSING, 404)
    assert do.advised(gone, {"base": "7"}) is gone
