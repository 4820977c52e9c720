"""Talking in turns: messages keep their context, and commands change what the next one asks for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from parlance.cli.client import Client
from parlance.cli.conversation import Conversation
from parlance.cli.exits import Exit, Failure
from parlance.cli.turns import Turns, valued
from parlance.testing.upstreams import Behaviour, MockOllama, Script

Captured = pytest.CaptureFixture[str]


class Talk:
    """A conversation whose lines are typed by the test."""

    def __init__(self, client: Client, ollama: MockOllama, captured: Captured) -> None:
        self.conversation = Conversation(client, "mock")
        self.ollama = ollama
        self._captured = captured

    def __call__(self, *lines: str | BaseException) -> str:
        """What is printed while the lines are typed; then the input ends."""
        typed: Iterator[str | BaseException] = iter([*lines, EOFError()])

        def read(prompt: str) -> str:
            line = next(typed)
            if isinstance(line, BaseException):
                raise line
            return line

        Turns(self.conversation, read).talk()
        return self._captured.readouterr().out

    @property
    def asked(self) -> dict[str, object]:
        """The body of the last request."""
        body: dict[str, object] = self.ollama.calls[-1].payload
        return body


@pytest.fixture
def talk(client: Client, ollama: MockOllama, capsys: Captured) -> Talk:
    """A model that says `well`."""
    ollama.script = Script(text="well")
    return Talk(client, ollama, capsys)


def test_each_turn_knows_those_before(talk: Talk) -> None:
    """Until the context is cleared."""
    assert talk("one", "two") == "well\n\nwell\n\n\n"
    assert talk.asked["messages"] == [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "well"},
        {"role": "user", "content": "two"},
    ]
    assert talk("/clear", "three").startswith("Cleared session context\n")
    assert talk.asked["messages"] == [{"role": "user", "content": "three"}]


@pytest.mark.parametrize("word", ["/bye", "/exit", " /bye now"])
def test_bye_ends_the_talk(talk: Talk, word: str) -> None:
    """Nothing after it is read."""
    assert talk(word, "one") == ""
    assert talk.ollama.calls == []


def test_three_quotes_hold_several_lines(talk: Talk) -> None:
    """Also in one line; a quote in the middle of a line means nothing."""
    talk('"""one', "two", 'three"""')
    assert talk.asked["messages"][-1] == {"role": "user", "content": "one\ntwo\nthree"}  # type: ignore[index]
    talk('"""alone"""')
    assert talk.asked["messages"][-1]["content"] == "alone"  # type: ignore[index]
    talk('say """ please')
    assert talk.asked["messages"][-1]["content"] == 'say """ please'  # type: ignore[index]


def test_empty_lines_ask_nothing(talk: Talk) -> None:
    """Nor does a half-typed message that was given up."""
    assert talk("", "  ", KeyboardInterrupt()) == "\nUse Ctrl + d or /bye to exit.\n\n"
    assert talk.ollama.calls == []


def test_set_changes_the_requests(talk: Talk) -> None:
    """System message, options, format and thinking, as Ollama's own prompt has them."""
    said = talk(
        "/set system Be brief",
        "/set parameter temperature 0.5",
        "/set parameter seed 7",
        "/set parameter stop a b",
        "/set format json",
        "/set think high",
        "hello",
    )
    assert said.splitlines()[:6] == [
        "Set system message.",
        "Set parameter 'temperature' to '0.5'",
        "Set parameter 'seed' to '7'",
        "Set parameter 'stop' to 'a, b'",
        "Set format to 'json' mode.",
        "Set 'think' mode to 'high'.",
    ]
    assert talk.asked["messages"][0] == {"role": "system", "content": "Be brief"}  # type: ignore[index]
    assert talk.asked["options"] == {"temperature": 0.5, "seed": 7, "stop": ["a", "b"]}
    assert (talk.asked["format"], talk.asked["think"]) == ("json", "high")
    talk("/set noformat", "/set nothink", "/set think", '/set system """Be', 'long"""', "hello")
    assert "format" not in talk.asked
    assert talk.asked["think"] is True
    assert talk.asked["messages"][0]["content"] == "Be\nlong"  # type: ignore[index]


def test_set_changes_what_is_shown(talk: Talk, capsys: Captured) -> None:
    """Wrapping, counts and times."""
    assert "nowordwrap" in talk("/set nowordwrap")
    assert not talk.conversation.wrap
    talk("/set wordwrap", "/set verbose")
    assert talk.conversation.wrap and talk.conversation.verbose
    talk.conversation.say("hello")
    assert "eval rate:" in capsys.readouterr().err
    talk("/set quiet")
    assert not talk.conversation.verbose


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/set", "Available Commands:"),
        ("/set system", "Available Commands:"),
        ("/set parameter seed", "Available Commands:"),
        ("/set format yaml", "Invalid or missing format"),
        ("/set colour red", "Unknown command '/set colour'"),
        ("/set think very hard", "Unknown command '/set think'"),
        ("/show", "/show modelfile"),
        ("/show colour", "Unknown command '/show colour'"),
        ("/?", "/bye"),
        ("/help set", "/set nothink"),
        ("/? /show", "/show template"),
        ("/load", "Usage:"),
        ("/dance", "Unknown command '/dance'"),
    ],
)
def test_what_is_not_understood_is_explained(talk: Talk, line: str, answer: str) -> None:
    """And no model is asked."""
    assert answer in talk(line)
    assert talk.ollama.calls == []


def test_show_tells_of_the_model(talk: Talk) -> None:
    """Its parts, what is missing of them, and what was set here."""
    assert "architecture" in talk("/show info")
    assert talk("/show license") == "Apache-2.0\n\n"
    assert talk("/show system") == "No system message was specified for this model.\n\n"
    said = talk("/set system Mine", "/set parameter seed 7", "/show system", "/show parameters")
    assert said.splitlines()[2:6] == ["Mine", "temperature 0.7", "User defined parameters:", f"  {'seed':<30} 7"]


def test_load_changes_the_model(talk: Talk, capsys: Captured) -> None:
    """The talk begins anew; a model that is not there changes nothing."""
    talk("one", "/load mock-embed")
    assert (talk.conversation.model, talk.conversation.messages) == ("mock-embed", [])
    talk.conversation.messages = [{"role": "user", "content": "kept"}]
    talk("/load nowhere")
    assert talk.conversation.model == "mock-embed" and talk.conversation.messages


def test_a_fault_does_not_end_the_talk(talk: Talk) -> None:
    """It is told, and the next turn is taken."""
    talk.ollama.behaviour = Behaviour.INTERNAL_ERROR
    typed = talk("one")
    talk.ollama.behaviour = Behaviour.HEALTHY
    assert typed == "\n"
    assert talk("two") == "well\n\n\n"


def test_an_answer_that_ends_early_is_kept_and_told(talk: Talk) -> None:
    """What was read belongs to the talk."""
    talk.ollama.behaviour = Behaviour.RESET_MIDWAY
    with pytest.raises(Failure, match="broke off"):
        talk.conversation.say("one")
    talk.conversation.messages = []
    talk.ollama.behaviour = Behaviour.MISSING_END
    with pytest.raises(Failure, match="broke off"):
        talk.conversation.say("one")
    assert [message["role"] for message in talk.conversation.messages] == ["user", "assistant"]
    with pytest.raises(Failure, match="broke off"):
        talk.conversation.answer("two")


def test_ctrl_c_stops_the_answer_only(talk: Talk) -> None:
    """The model is let go, the talk goes on."""

    class Interrupted(Conversation):
        """A conversation during whose answers somebody presses Ctrl-C."""

        def say(self, text: str) -> None:
            """Be interrupted."""
            raise KeyboardInterrupt

    talk.conversation = Interrupted(talk.conversation.client, "mock")
    assert talk("one") == "\n\n\n"


def test_loading_can_keep_the_model(talk: Talk) -> None:
    """For as long as was wished; a model that is not there is missing."""
    talk.conversation.keep_alive = "5m"
    talk.conversation.load()
    assert talk.asked["keep_alive"] == "5m" and talk.asked["messages"] == []
    talk.conversation.model = "nowhere"
    with pytest.raises(Failure) as caught:
        talk.conversation.load()
    assert caught.value.exit_code == Exit.MISSING


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("0.5", 0.5), ("true", True), ("false", False), ("x y", "x y")])
def test_options_are_typed_by_their_looks(text: str, value: object) -> None:
    """An engine wants numbers as numbers."""
    assert valued("any", text.split()) == value
