"""What providers are asked, and how their failures look in the stream (contract §5, §11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.testing.upstreams import SECRETS, MockOllama, MockOpenAI, Script
from tests.dialects.chatbot.served import Browser, serving
from tests.dialects.chatbot.test_chat import ollama


def openai(url: str, more: str = "") -> str:
    """A configuration with one OpenAI-compatible API."""
    return f"llms: [{{provider_name: real, type: OpenAI, model_name: gpt, api_key: sk-1, base_url: '{url}'{more}}}]"


async def told(browser: Browser) -> None:
    """Memory, a pair and a question."""
    await browser.done("/update_memory", {"memory": "Likes tea."})
    await browser.say("One?", system_prompt="Be brief.")


async def test_an_ollama_is_asked_as_the_app_asks_it(tmp_path: Path) -> None:
    """`/api/generate` with system, context and one text of all that was said, which ends where the answer begins."""
    async with MockOllama(models=("llama",), script=Script(text="Yes.")) as upstream:
        async with serving(tmp_path, ollama(upstream.base_url).replace("}", ', template: "{{ x }}"}')) as browser:
            await browser.sign_up()
            await told(browser)
            assert await browser.say("Two?") == "Yes."
            assert await browser.history() == [["One?", "Yes."], ["Two?", "Yes."]]
        body = upstream.calls_to("/api/generate")[-1].payload
    assert (body["model"], body["system"], body["stream"]) == ("llama:latest", "Be brief.", True)
    assert body["template"] == "{{ x }}" and body["options"] == {"num_ctx": 1000}
    assert body["prompt"] == (
        "Be brief.\n\n### Memory:\nLikes tea.\n\n### User:\nOne?\n\n### Assistant:\nYes.\n\n"
        "### User:\nTwo?\n\n### Assistant:\n"
    )


async def test_an_openai_is_asked_as_the_app_asks_it(tmp_path: Path) -> None:
    """Messages in their order, a temperature of 0.7, and a broker's choice where one was configured."""
    async with MockOpenAI(models=("gpt",), script=Script(text="Yes.")) as upstream:
        config = openai(upstream.base_url, ", allowed_providers: [azure, other]")
        async with serving(tmp_path, config) as browser:
            await browser.sign_up()
            await told(browser)
            assert await browser.say("Two?", model_name="real") == "Yes."
        call = upstream.calls_to("/v1/chat/completions")[-1]
    body = call.payload
    assert call.headers["authorization"] == "Bearer sk-1"
    assert (body["model"], body["stream"], body["temperature"]) == ("gpt", True, 0.7)
    assert body["provider"] == {"order": ["azure", "other"], "allow_fallbacks": False}
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "system", "content": "Memory:\nLikes tea."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "Two?"},
    ]


@pytest.mark.parametrize("label", ["OpenAI", "Ollama"])
async def test_a_provider_that_fails_says_so_in_the_stream(tmp_path: Path, label: str) -> None:
    """Refused connections and error statuses alike; what was said of it is kept, and the next chat goes on."""
    mock = MockOpenAI() if label == "OpenAI" else MockOllama()
    async with mock as upstream:
        async with serving(tmp_path, two(label, upstream.base_url, "bad-internal-error")) as browser:
            await browser.sign_up()
            refused = f"\n[Error] {label} returned error status\n"
            assert await browser.say("a", model_name="bad-internal-error") == refused
            upstream.script = Script(text="Fine.")
            assert await browser.say("b", model_name="mock") == "Fine."
            assert await browser.history() == [["a", refused], ["b", "Fine."]]
    async with serving(tmp_path / "dead", two(label, "http://127.0.0.1:9", "bad")) as browser:
        await browser.page()
        for _ in range(2):
            assert await browser.say("a") == f"\n[Error] failed to send {label} request\n"


@pytest.mark.parametrize(
    ("label", "behaviour", "told"),
    [
        ("OpenAI", "reset-midway", "OpenAI stream read error"),
        ("OpenAI", "early-fin", "OpenAI stream read error"),
        ("OpenAI", "not-http", "failed to decode OpenAI stream chunk"),
        ("Ollama", "reset-midway", "Ollama stream read error"),
        ("Ollama", "error-in-200", "Ollama error: "),
    ],
)
async def test_an_answer_that_breaks_off_keeps_what_was_said(
    tmp_path: Path, label: str, behaviour: str, told: str
) -> None:
    """With the reason behind it, also in what is kept; no word of it tells of what is behind us."""
    mock = MockOpenAI() if label == "OpenAI" else MockOllama()
    async with mock as upstream:
        async with serving(tmp_path, two(label, upstream.base_url, f"bad-{behaviour}")) as browser:
            await browser.sign_up()
            said = await browser.say("a", model_name=f"bad-{behaviour}")
            assert f"\n[Error] {told}" in said and said.endswith("\n")
            assert await browser.history() == [["a", said]]
            assert not [secret for secret in (*SECRETS, "127.0.0.1") if secret in said]


def two(label: str, url: str, model: str) -> str:
    """A configuration with a sound model and another one, each called as its upstream calls it."""
    rest = f"type: {label.lower()}, api_key: sk-1, base_url: '{url}'"
    return f"llms: [{', '.join(f'{{name: {name}, model_name: {name}, {rest}}}' for name in ('mock', model))}]"
