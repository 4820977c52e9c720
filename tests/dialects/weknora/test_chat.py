"""Asking in a session: the bytes of the stream, what a model is asked, and what is said where nothing is found."""

from __future__ import annotations

from pathlib import Path

from parlance.testing.upstreams.behaviours import Behaviour
from parlance.testing.upstreams.scripts import Script
from tests.dialects.weknora.talks import ASSAM, filled, talking, text


async def test_references_come_first_then_the_answer_then_an_empty_end(tmp_path: Path) -> None:
    """Every event has all fields under the id of the request, the content of each is a text."""
    async with talking(tmp_path, Script(tokens=5)) as talks:
        events = await talks.say(await talks.session(), x_request_id="abcdef123456")
        first, *answer, last = events
        assert (first["response_type"], first["content"], first["done"]) == ("references", "", False)
        assert "Assam" in first["knowledge_references"][0]["content"]
        assert {(each["response_type"], each["done"]) for each in answer} == {("answer", False)}
        assert {each["knowledge_references"] for each in (*answer, last)} == {None}
        assert text(answer) == "tok0 tok1 tok2 tok3 tok4" and len(answer) == 5
        assert (last["response_type"], last["content"], last["done"]) == ("answer", "", True)
        assert {each["id"] for each in events} == {"abcdef123456"}


async def test_a_fallback_is_one_event_and_no_model_is_asked(tmp_path: Path) -> None:
    """The words are the session's; they are kept like any answer."""
    async with talking(tmp_path) as talks:
        session = await talks.session(embedding_top_k=5, fallback_response="Nothing here.")
        [event] = await talks.say(session, "zebra quux")
        assert (event["response_type"], event["content"], event["done"]) == ("answer", "Nothing here.", True)
        assert talks.prompts() == [] and [m["content"] for m in await talks.load(session)][1] == "Nothing here."
        [event] = await talks.say(await talks.session(), "zebra quux")
        assert event["content"] == "抱歉，我无法回答这个问题。"


async def test_a_session_that_wants_no_passages_finds_none(tmp_path: Path) -> None:
    """`embedding_top_k` 0 is taken literally, as every number is."""
    async with talking(tmp_path) as talks:
        session = await talks.session(max_rounds=5, fallback_response="None.")
        assert [each["content"] for each in await talks.say(session)] == ["None."]


async def test_where_nothing_is_found_the_model_answers_if_the_session_says_so(tmp_path: Path) -> None:
    """`fallback_strategy` has an effect: without references, piece by piece."""
    async with talking(tmp_path, Script(tokens=3)) as talks:
        session = await talks.session(fallback_strategy="model", embedding_top_k=5, fallback_response="None.")
        events = await talks.say(session, "zebra quux")
        assert text(events) == "tok0 tok1 tok2" and len(events) == 4
        assert {each["response_type"] for each in events} == {"answer"}


async def test_what_begins_with_the_marker_is_replaced_before_anybody_sees_it(tmp_path: Path) -> None:
    """The marker comes token by token; what only resembles it is given out whole."""
    marker = "<think>\n</think>\nNO_MATCH"
    async with talking(tmp_path, Script(text=f"{marker} at all")) as talks:
        session = await talks.session()
        events = await talks.say(session)
        assert text(events) == "抱歉，我无法回答这个问题。" and events[0]["response_type"] == "references"
        assert (await talks.load(session))[1]["content"] == "抱歉，我无法回答这个问题。"
        talks.upstream.script = Script(text="<think>\n</think>\nNOT so")
        assert text(await talks.say(await talks.session())) == "<think>\n</think>\nNOT so"


async def test_thoughts_in_the_text_pass_through(tmp_path: Path) -> None:
    """The front-end shows them in its own way; what a model thinks beside its text is no part of it."""
    async with talking(tmp_path, Script(text="<think>Well.</think> In Assam.", reasoning="Hidden.")) as talks:
        session = await talks.session()
        assert text(await talks.say(session)) == "<think>Well.</think> In Assam."
        assert (await talks.load(session))[1]["content"] == "<think>Well.</think> In Assam."


async def test_prompt_and_template_are_what_the_model_is_asked_with(tmp_path: Path) -> None:
    """Nothing is escaped; the numbers of the summary go along, those that never had an effect do not."""
    template = "{{- range .Contexts}}<p>{{.}}</p>{{end}}\n{{if .CurrentTime}}Now {{.CurrentTime}}{{end}}\nQ: {{.Query}}"
    summary = {
        "prompt": "You are brief.",
        "context_template": template,
        "temperature": 0.7,
        "top_p": 0.9,
        "seed": 7,
        "max_completion_tokens": 99,
        "top_k": 3,
        "repeat_penalty": 1.3,
    }
    async with talking(tmp_path, toml="") as talks:
        session = await talks.session(embedding_top_k=3, summary_parameters=summary)
        query = 'Where is tea "grown" & <drunk>?'
        await talks.say(session, query)
        [[system, user]] = talks.prompts()
        assert system == {"role": "system", "content": "You are brief."}
        said = user["content"]  # one text, since not every model's server takes parts
        assert said.startswith("<p>") and "Assam" in said and said.endswith(f"Q: {query}") and "Now 20" in said
        payload = talks.upstream.calls_to("/chat/completions")[0].payload
        assert (payload["temperature"], payload["top_p"], payload["seed"]) == (0.7, 0.9, 7)
        assert 99 in (payload.get("max_tokens"), payload.get("max_completion_tokens"))
        assert "top_k" not in payload and "repeat_penalty" not in payload


async def test_a_follow_up_is_completed_by_what_was_said_before(tmp_path: Path) -> None:
    """With `enable_rewrite`, by so many rounds; what cannot be asked for is looked for as it was put."""
    async with talking(tmp_path, Script(text="Where is coffee grown?")) as talks:
        session = await talks.session(enable_rewrite=True, max_rounds=1, embedding_top_k=5)
        await talks.say(session, ASSAM)
        assert len(talks.prompts()) == 1  # nothing was said before, so there is nothing to complete
        events = await talks.say(session, "And that?")
        assert "coffee" in events[0]["knowledge_references"][0]["content"].lower()
        _, rewording, answering = talks.prompts()
        told = rewording[-1]["content"]
        assert ASSAM in told and "And that?" in told
        assert "And that?" in str(answering[-1]["content"])
        off = await talks.session(enable_rewrite=False, max_rounds=5, embedding_top_k=5)
        await talks.say(off, ASSAM)
        await talks.say(off, ASSAM)
        assert len(talks.prompts()) == 5


async def test_what_fails_before_the_stream_is_json(tmp_path: Path) -> None:
    """A model that is not there, one that breaks, a query that says nothing, a session that nobody has."""
    async with talking(tmp_path) as talks:
        for body in ({"query": ""}, {"query": "  "}, {}, None, [1]):
            refused = await talks.client.ask(f"POST /knowledge-chat/{await talks.session()}", body, 400)
            assert (refused["success"], refused["error"]["code"]) == (False, 1000)
        unknown = await talks.session(summary_model_id="no-such-model", embedding_top_k=5)
        refused = await talks.client.ask(f"POST /knowledge-chat/{unknown}", {"query": ASSAM}, 404)
        assert refused["error"]["code"] == 1003
        talks.upstream.behaviour = Behaviour.INTERNAL_ERROR
        session = await talks.session()
        refused = await talks.client.ask(f"POST /knowledge-chat/{session}", {"query": ASSAM}, 500)
        assert (refused["success"], refused["error"]["code"]) == (False, 1007)


async def test_a_stream_that_breaks_midway_ends_as_a_whole_one_does(tmp_path: Path) -> None:
    """There is no event for errors on this wire; what was said is kept, and is complete in its way."""
    async with talking(tmp_path) as talks:
        session = await talks.session()
        talks.upstream.behaviour = Behaviour.RESET_MIDWAY
        events = await talks.say(session)
        assert events[-1]["done"] and events[-1]["content"] == "" and text(events)
        [_, answer] = await talks.load(session)
        assert answer["content"] == text(events) and answer["is_completed"]


async def test_references_never_make_a_line_that_the_go_sdk_cannot_read(tmp_path: Path) -> None:
    """It reads lines below 64 KiB: what does not fit is cut there, and whole with the stored message."""
    words = "\n\n".join(f"# Part {n}\n\n" + "茶树生长在阿萨姆。" * 300 for n in range(20))
    async with talking(tmp_path) as talks:
        talks.base = await filled(talks.client, words)
        session = await talks.session(embedding_top_k=100)
        answer = await talks.client.call(f"POST /knowledge-chat/{session}", {"query": "茶树生长在哪里？"})
        assert max(map(len, answer.body.split(b"\n"))) < 64 * 1024
        assert answer.body.startswith(b'event:message\ndata:{"id":')
