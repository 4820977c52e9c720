"""The prompts of a `config.yaml`: a question is completed, and a session named, in the words of whoever runs this."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.knowledge.search.prompts import filled, rounds
from parlance.dialects.weknora.rewriting import rewriting
from parlance.testing.servers import loaded, running
from parlance.testing.upstreams.scripts import Script
from parlance.values.errors import Fault
from parlance.values.grounds import Rewriting, Rounds, Slot, Words
from parlance.values.time import SECOND
from tests.dialects.weknora.talks import ASSAM, KEY, talking
from tests.flows.callers import key_toml

NOON = 1_760_097_600 * SECOND
"""2025-10-10 12:00:00 UTC."""
BEFORE = [("Where is tea?", "In <Assam>."), ("And coffee?", "In Kerala.")]


def said(template: str, question: str = "Since when?") -> str:
    """What the second of two templates comes to."""
    return filled(rewriting("", template, NOON).asked, question, BEFORE)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (
            "{{range .Conversation}}[{{.Query}}|{{.Answer}}]{{end}}",
            "[Where is tea?|In <Assam>.][And coffee?|In Kerala.]",
        ),
        ("{{range $i, $r := .Conversation}}{{$r.Answer}};{{end}}", "In <Assam>.;In Kerala.;"),
        (
            "{{- range .Conversation -}} {{.Query}} {{- $.Query}} {{end}}",
            "Where is tea?Since when? And coffee?Since when? ",
        ),
        ("Q: {{.Query}}", "Q: Since when?"),
        ("{{.CurrentTime}} / {{.Yesterday}}", "2025-10-10 12:00:00 / 2025-10-09"),
        ("{{if .Conversation}}yes{{else}}no{{end}}{{if not .Conversation}}no{{end}}", "yes"),
        ('{{/* a note */}}{{"{{"}} {{.Query}}', "{{ Since when?"),
        ("plain", "plain"),
        ("  ", ""),
    ],
)
def test_a_template_says_rounds_question_and_time(template: str, text: str) -> None:
    """Nothing is escaped: a model reads it."""
    assert said(template) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{.Contexts}}",
        "{{.Answer}}",
        "{{range .Contexts}}{{end}}",
        "{{range .Conversation}}",
        "{{range .Conversation}}{{range .Conversation}}{{end}}{{end}}",
        "{{range .Conversation}}{{if .Query}}x{{end}}{{end}}",
        "{{range .Conversation}}{{.CurrentTime}}{{end}}",
        "{{printf .Query}}",
        "{{.Query | html}}",
        "{{if and .Query .Query}}x{{end}}",
        "{{",
        "x" * 20_001,
    ],
)
def test_a_template_that_cannot_be_used_is_told_by_its_name(template: str) -> None:
    """Both of them."""
    for field, prompts in (("rewrite_prompt_system", (template, "")), ("rewrite_prompt_user", ("", template))):
        with pytest.raises(Fault) as refused:
            rewriting(*prompts, NOON)
        assert refused.value.field == field and refused.value.code == "bad_template"
        assert field in refused.value.message and "Yesterday" in (refused.value.hint or "")


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(min_size=1)), max_size=12))
def test_rounds_hold_every_turn_once_and_in_order(turns: list[tuple[str, str]]) -> None:
    """Whoever speaks first, and however often."""
    flat = [text for each in rounds(turns) for text in each if text]
    assert flat == [text for _, text in turns]
    assert all(asked or answered for asked, answered in rounds(turns))


def test_what_has_no_place_in_a_script_is_nothing() -> None:
    """A slot for passages says nothing where there are none."""
    script = (Words("a"), Slot("passage"), Rounds((Slot("asked"), Slot("name"))))
    assert filled(script, "q", BEFORE) == "aWhere is tea?And coffee?"
    assert filled(Rewriting().told, "q", BEFORE) == ""


async def test_a_question_is_completed_in_the_words_of_the_configuration(tmp_path: Path) -> None:
    """What the model is told and asked; the answer itself is asked for as ever."""
    prompts: dict[str, Any] = {
        "rewrite_prompt_system": "Resolve pronouns. Yesterday was {{.Yesterday}}.",
        "rewrite_prompt_user": "{{range .Conversation}}<<{{.Query}}|{{.Answer}}>>{{end}} ?? {{.Query}}",
    }
    async with talking(tmp_path, Script(text="Where is coffee grown?"), **prompts) as talks:
        session = await talks.session(enable_rewrite=True, max_rounds=1, embedding_top_k=5)
        await talks.say(session, ASSAM)
        events = await talks.say(session, "And that?")
        assert "coffee" in events[0]["knowledge_references"][0]["content"].lower()
        _, rewording, answering = talks.prompts()
        assert rewording[0]["content"].startswith("Resolve pronouns. Yesterday was 20")
        assert rewording[-1]["content"] == f"<<{ASSAM}|Where is coffee grown?>> ?? And that?"
        assert "Resolve pronouns" not in str(answering)


async def test_a_session_is_named_in_the_words_of_the_configuration(tmp_path: Path) -> None:
    """They come before what is to be named."""
    async with talking(tmp_path, Script(text="Tea"), generate_session_title_prompt="Three words.") as talks:
        body = {"messages": [{"role": "user", "content": ASSAM}]}
        named = await talks.client.ask(f"POST /sessions/{await talks.session()}/generate_title", body)
        assert named["data"] == "Tea"
        [[told, asked]] = talks.prompts()
        assert (told["role"], told["content"]) == ("system", "Three words.")
        assert ASSAM in asked["content"] and asked["content"].endswith(" /no_think")


@pytest.mark.parametrize("key", ["rewrite_prompt_system", "rewrite_prompt_user", "summary.context_template"])
async def test_a_template_of_the_configuration_that_cannot_be_used_stops_the_start(tmp_path: Path, key: str) -> None:
    """Whoever wrote it hears of it, and no asker."""
    settings = loaded(tmp_path, toml=key_toml(KEY, "a", "ada"), flags={f"weknora.conversation.{key}": "{{.Nobody}}"})
    with pytest.raises(Fault) as refused:
        async with running(settings):
            raise AssertionError("It has started.")
    assert refused.value.code == "bad_template" and key.rpartition(".")[2] in refused.value.message


async def test_a_config_yaml_is_how_sessions_are_answered(tmp_path: Path) -> None:
    """Read with its variables, and shown to clients in the session."""
    (tmp_path / "config.yaml").write_text(
        "conversation:\n  max_rounds: 3\n  fallback_response: Nothing.\n  rerank_top_k: ${TOP}\n"
        "  rewrite_prompt_user: 'Put anew: {{.Query}}'\n  summary: {prompt: 'Say it in ${TONGUE}.'}\n",
        "utf-8",
    )
    (tmp_path / ".env").write_text("TOP=2\nTONGUE=verse\n", "utf-8")
    async with talking(tmp_path, Script(text="In Assam.")) as talks:
        session = await talks.session()
        shown = (await talks.client.ask(f"GET /sessions/{session}"))["data"]
        assert (shown["max_rounds"], shown["rerank_top_k"], shown["fallback_response"]) == (3, 2, "Nothing.")
        await talks.say(session, ASSAM)
        await talks.say(session, "And since when?")
        _, rewording, answering = talks.prompts()
        assert rewording[-1]["content"] == "Put anew: And since when?"
        assert "Say it in verse." in answering[0]["content"]
