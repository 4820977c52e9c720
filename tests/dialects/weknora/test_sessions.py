"""Sessions as the Vue front-end, the Go SDK and the MCP server have them."""

from __future__ import annotations

from pathlib import Path

from parlance.testing.upstreams.scripts import Script
from tests.dialects.weknora.served import unknown_id
from tests.dialects.weknora.talks import ASSAM, talking, text

FIELDS = {
    *("id", "title", "description", "tenant_id", "knowledge_base_id", "max_rounds", "enable_rewrite"),
    *("fallback_strategy", "fallback_response", "embedding_top_k", "keyword_threshold", "vector_threshold"),
    *("rerank_model_id", "rerank_top_k", "rerank_threshold", "summary_model_id", "summary_parameters"),
    *("created_at", "updated_at", "deleted_at"),
}
SUMMARY = {
    *("max_tokens", "repeat_penalty", "top_k", "top_p", "frequency_penalty", "presence_penalty", "prompt"),
    *("context_template", "no_match_prefix", "temperature", "seed", "max_completion_tokens"),
}


async def test_a_session_without_a_strategy_has_the_servers_own(tmp_path: Path) -> None:
    """Those of `conversation`, all of them; a session has the fields of that system and no others."""
    async with talking(tmp_path, embedding_top_k=7, summary__temperature=0.9) as talks:
        made = (await talks.client.ask("POST /sessions", {"knowledge_base_id": talks.base}, 201))["data"]
        assert set(made) == FIELDS and set(made["summary_parameters"]) == SUMMARY
        assert (made["knowledge_base_id"], made["tenant_id"], made["deleted_at"]) == (talks.base, 10000, None)
        usual = (made["max_rounds"], made["enable_rewrite"], made["vector_threshold"], made["rerank_top_k"])
        assert usual == (5, True, 0.5, 5)
        assert (made["embedding_top_k"], made["summary_parameters"]["temperature"]) == (7, 0.9)
        assert made["fallback_response"] == "抱歉，我无法回答这个问题。" and made["fallback_strategy"] == "fixed"
        assert made["summary_parameters"]["no_match_prefix"] == "<think>\n</think>\nNO_MATCH"
        assert (await talks.client.ask(f"GET /sessions/{made['id']}"))["data"] == made


async def test_a_strategy_is_taken_literally(tmp_path: Path) -> None:
    """What it leaves out is nothing, but for prompt, template and prefix; the prefix beside the summary means nothing.
    The Go SDK's name of a threshold is known, and so is a fallback that the MCP server names in its own way."""
    async with talking(tmp_path, summary__prompt="Usual.") as talks:
        body = {
            "knowledge_base_id": talks.base,
            "session_strategy": {
                "max_rounds": 3,
                "fallback_strategy": "FIXED_RESPONSE",
                "fallback_response": "No.",
                "reranking_threshold": 0.25,
                "no_match_prefix": "ignored",
                "summary_parameters": {"temperature": 0.7},
                "unknown": [1],
            },
        }
        made = (await talks.client.ask("POST /sessions", body, 201))["data"]
        assert (made["max_rounds"], made["embedding_top_k"], made["vector_threshold"]) == (3, 0, 0)
        assert (made["fallback_strategy"], made["rerank_threshold"]) == ("FIXED_RESPONSE", 0.25)
        summary = made["summary_parameters"]
        assert (summary["prompt"], summary["temperature"], summary["max_completion_tokens"]) == ("Usual.", 0.7, 0)
        assert summary["no_match_prefix"] == "<think>\n</think>\nNO_MATCH"
        assert text(await talks.say(made["id"])) == "No."


async def test_what_a_session_cannot_be_is_refused(tmp_path: Path) -> None:
    """Without a base, of a base that nobody has, with numbers that are none, with a template that cannot be used."""
    async with talking(tmp_path) as talks:
        assert (await talks.client.ask("POST /sessions", {}, 400))["error"]["code"] == 1000
        gone = await talks.client.ask("POST /sessions", {"knowledge_base_id": unknown_id()}, 404)
        assert gone["error"] == {"code": 1003, "message": "knowledge base not found", "details": None}
        odd = {"knowledge_base_id": talks.base, "session_strategy": {"embedding_top_k": "many"}}
        assert (await talks.client.ask("POST /sessions", odd, 400))["success"] is False
        for template in ("{{range .Contexts}}", "{{.Secret}}", "{{" * 9000):
            bad = {"summary_parameters": {"context_template": template}}
            refused = await talks.client.ask(
                "POST /sessions", {"knowledge_base_id": talks.base, "session_strategy": bad}, 400
            )
            assert "template" in refused["error"]["message"] and len(refused["error"]["message"]) < 300


async def test_a_change_writes_the_whole_session(tmp_path: Path) -> None:
    """What it leaves out is nothing from then on; the base alone stays."""
    async with talking(tmp_path) as talks:
        session = await talks.session(embedding_top_k=5, max_rounds=3)
        body = {"id": "another", "title": "Gardens", "description": "Of tea", "embedding_top_k": 9, "tenant_id": 1}
        changed = (await talks.client.ask(f"PUT /sessions/{session}", body))["data"]
        assert (changed["id"], changed["title"], changed["description"]) == (session, "Gardens", "Of tea")
        assert (changed["embedding_top_k"], changed["max_rounds"]) == (9, 0)
        assert changed["knowledge_base_id"] == talks.base and changed["tenant_id"] == 10000
        read = (await talks.client.ask(f"GET /sessions/{session}"))["data"]
        assert {**read, "updated_at": ""} == {**changed, "updated_at": ""}
        assert (await talks.say(session))[0]["response_type"] == "references"


async def test_sessions_are_listed_newest_first_by_pages(tmp_path: Path) -> None:
    """With how many there are; a page that cannot be is refused."""
    async with talking(tmp_path) as talks:
        made = [await talks.session() for _ in range(3)]
        first = await talks.client.ask("GET /sessions?page=1&page_size=2")
        second = await talks.client.ask("GET /sessions?page=2&page_size=2")
        assert (first["total"], first["page"], first["page_size"]) == (3, 1, 2)
        assert [each["id"] for each in first["data"] + second["data"]] == made[::-1]
        assert (await talks.client.ask("GET /sessions?page_size=101", status=400))["success"] is False
        assert (await talks.client.ask("GET /sessions"))["page_size"] == 20


async def test_a_deleted_session_is_gone(tmp_path: Path) -> None:
    """With its messages."""
    async with talking(tmp_path) as talks:
        session = await talks.session()
        await talks.say(session)
        told = await talks.client.ask(f"DELETE /sessions/{session}")
        assert told == {"success": True, "message": "Session deleted successfully"}
        missing = await talks.client.ask(f"GET /sessions/{session}", status=404)
        assert missing["error"] == {"code": 1003, "message": "session not found", "details": None}
        await talks.client.ask(f"GET /messages/{session}/load", status=404)


async def test_a_session_of_another_tenant_is_none(tmp_path: Path) -> None:
    """Whatever is asked of it, the answer is that of one that there is not."""
    async with talking(tmp_path) as talks:
        session = await talks.session()
        await talks.say(session)
        answer = (await talks.load(session))[1]["id"]
        heads = (
            ("GET /sessions/{}", None),
            ("PUT /sessions/{}", {"title": "Mine"}),
            ("DELETE /sessions/{}", None),
            ("POST /sessions/{}/generate_title", {"messages": [{"role": "user", "content": "x"}]}),
            ("POST /knowledge-chat/{}", {"query": "x"}),
            ("GET /messages/{}/load", None),
            (f"DELETE /messages/{{}}/{answer}", None),
            (f"GET /sessions/continue-stream/{{}}?message_id={answer}", None),
        )
        for head, body in heads:
            for id in (session, unknown_id(), "nothing"):
                refused = await talks.other.ask(head.format(id), body, 404)
                assert refused["error"]["code"] == 1003, head
        stolen = await talks.other.ask("POST /sessions", {"knowledge_base_id": talks.base}, 404)
        assert stolen["error"]["code"] == 1003
        assert (await talks.other.ask("GET /sessions"))["total"] == 0
        assert len(await talks.load(session)) == 2


async def test_a_title_is_made_once_by_the_model(tmp_path: Path) -> None:
    """It is asked not to think, and what it thinks all the same is left out; afterwards the title stands."""
    async with talking(tmp_path, Script(text="<think>\n\n</think>\n\nTea in Assam")) as talks:
        session = await talks.session()
        body = {"messages": [{"role": "user", "content": ASSAM}]}
        assert await talks.client.ask(f"POST /sessions/{session}/generate_title", body) == {
            "success": True,
            "data": "Tea in Assam",
        }
        [[asked]] = talks.prompts()
        assert asked["content"].endswith(" /no_think") and ASSAM in asked["content"]
        assert talks.upstream.calls_to("/chat/completions")[0].payload["temperature"] == 0.3
        again = await talks.client.ask(f"POST /sessions/{session}/generate_title", body)
        assert again["data"] == "Tea in Assam" and len(talks.prompts()) == 1
        assert (await talks.client.ask(f"GET /sessions/{session}"))["data"]["title"] == "Tea in Assam"
        empty = await talks.session()
        await talks.client.ask(f"POST /sessions/{empty}/generate_title", {"messages": []}, 400)


async def test_without_a_model_a_session_is_named_by_its_first_words(tmp_path: Path) -> None:
    """And answered by quoting, with the references first."""
    async with talking(tmp_path, model="quote") as talks:
        session = await talks.session()
        events = await talks.say(session)
        assert events[0]["response_type"] == "references" and "Assam" in text(events)
        body = {"messages": [{"role": "user", "content": ASSAM}]}
        titled = await talks.client.ask(f"POST /sessions/{session}/generate_title", body)
        assert titled["data"] == ASSAM


async def test_a_session_is_a_chat_of_the_page_and_the_reverse(tmp_path: Path) -> None:
    """What was said in one is read in the other, and asked on."""
    async with talking(tmp_path) as talks:
        session = await talks.session()
        await talks.say(session)
        chat = await talks.client.ask(f"GET //parlance/v1/chats.read?chat={session}")
        assert [turn["role"] for turn in chat["turns"]] == ["user", "assistant"]
        assert chat["turns"][1]["evidence"]["passages"] and chat["chat"]["title"] == ASSAM
        sent = await talks.client.ask(
            "POST //parlance/v1/chats.send", {"text": ASSAM, "models": ["mock"], "bases": [talks.base]}
        )
        run = f"GET //parlance/v1/runs.read?run={sent['run']}"
        assert (await talks.client.call(run, accept="text/event-stream")).status == 200
        listed = (await talks.client.ask("GET /sessions"))["data"]
        assert [each["id"] for each in listed] == [sent["chat"], session]
        events = await talks.say(sent["chat"], ASSAM)
        assert events[0]["response_type"] == "references"
        assert [each["role"] for each in await talks.load(sent["chat"])] == ["user", "assistant"] * 2
