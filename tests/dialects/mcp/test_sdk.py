"""The official client finds, reads, asks and writes, over HTTP and pipes, in each era; nobody sees another's things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError

from parlance.core.knowledge.remarks import BY_WORDS_ONLY
from tests.dialects.mcp.served import Stage, ready, staged

TEA = "Tea is grown in Assam, where it rains for half of the year.\n\nCoffee is grown in Kerala, in the shade."
TOOLS = [
    "list_knowledge_bases",
    "search_knowledge_base",
    "ask_knowledge_base",
    "list_documents",
    "read_document",
    "read_passage",
    "add_text",
    "add_url",
    "delete_document",
]
WAYS = ("http", "http of before", "pipes", "pipes of before")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        yield made


def connected(stage: Stage, way: str, who: str) -> Any:
    """The official client, that way."""
    mode = "legacy" if "before" in way else "auto"
    return stage.client(who, mode) if way.startswith("http") else stage.piped(who, mode=mode)


async def called(client: Client, tool: str, **arguments: Any) -> Any:
    """What a tool gives, which must go well; the text says the same."""
    found = await client.call_tool(tool, arguments)
    assert not found.is_error, found.content
    return found.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """What a tool says that cannot."""
    found = await client.call_tool(tool, arguments)
    assert found.is_error and found.structured_content is None
    said: Any = found.content[0]
    return str(said.text)


@pytest.mark.parametrize("way", WAYS)
async def test_a_client_finds_and_reads(stage: Stage, way: str) -> None:
    """A passage by a search, with its citation; the document around it; and both as resources."""
    of = await stage.base("ada", f"Crops {way}", TEA)
    async with connected(stage, way, "ada") as client:
        assert client.protocol_version == ("2025-11-25" if "before" in way else "2026-07-28")
        assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
        bases = (await called(client, "list_knowledge_bases"))["bases"]
        assert {"id": of, "name": f"Crops {way}", "writable": True} in bases
        found = await called(client, "search_knowledge_base", base=of, query="where is coffee grown?")
        best = found["passages"][0]
        cited = best["citation"]
        assert "Kerala" in best["text"] and 0 < best["score"] <= 1 and cited["name"] == "0.txt"
        read = await called(
            client,
            "read_document",
            document=cited["document"],
            start=cited["start"],
            length=cited["stop"] - cited["start"],
        )
        assert read["text"] == best["text"] == TEA[cited["start"] : cited["stop"]]
        assert (await called(client, "read_passage", passage=best["passage"]))["citation"] == cited
        listed = await called(client, "list_documents", base=of)
        assert [each["id"] for each in listed["documents"]] == [cited["document"]]
        assert listed["documents"][0]["remarks"] == [BY_WORDS_ONLY.words]
        resources = (await client.list_resources()).resources
        assert f"parlance://bases/{of}" in [str(each.uri) for each in resources]
        assert len((await client.list_resource_templates()).resource_templates) == 3
        text = (await client.read_resource(f"parlance://documents/{cited['document']}")).contents[0]
        assert (text.text, text.mime_type) == (TEA, "text/plain")
        for uri in (f"parlance://bases/{of}", f"parlance://passages/{best['passage']}"):
            assert cited["document"] in (await client.read_resource(uri)).contents[0].text


async def test_a_client_asks_and_gets_citations(stage: Stage) -> None:
    """With `quote`, which answers from what was found; each mark is a place in a document."""
    of = await stage.base("ada", "Asked", TEA)
    async with stage.client("ada") as client:
        answer = await called(client, "ask_knowledge_base", bases=[of], question="Where is tea grown?", model="quote")
        assert "Assam" in answer["answer"] and answer["model"] == "quote"
        cited = answer["citations"][0]
        assert f"[{cited['number']}]" in answer["answer"] and "Assam" in TEA[cited["start"] : cited["stop"]]
        assert "no model called" in await refused(
            client, "ask_knowledge_base", bases=[of], question="Where?", model="nobody"
        )


async def test_a_base_is_named_by_its_name_too(stage: Stage) -> None:
    """In every tool that takes one; of several with one name an id says which. Only of those that the key may read:
    a name that somebody else's base has is none."""
    of, other = await stage.base("ada", "Named", TEA), await stage.base("ada", "Named too", "Milk is white.")
    twice = [await stage.base("ada", "Twin", access="tenant"), await stage.base("ada", "Twin")]
    async with stage.client("ada") as client:
        assert (await called(client, "search_knowledge_base", base="Named", query="tea"))["passages"]
        both = await called(
            client, "ask_knowledge_base", bases=["Named", other], question="Where is tea grown?", model="quote"
        )
        assert "Assam" in both["answer"]
        added = await called(client, "add_text", base="Named", name="note", text="The key is under the mat.")
        assert added["base"] == of and len((await called(client, "list_documents", base="Named"))["documents"]) == 2
        heard = await refused(client, "search_knowledge_base", base="Twin", query="tea")
        assert all(each in heard for each in (*twice, "Say which by an id"))
        assert (await called(client, "list_documents", base=twice[0])) == {"documents": []}
        assert "list_knowledge_bases tells" in await refused(client, "list_documents", base="Nobody's")
    async with stage.client("eve") as client:
        for asked in ("Named", of):
            assert "There is no such base" in await refused(client, "search_knowledge_base", base=asked, query="tea")
        assert await called(client, "list_documents", base="Twin") == {"documents": []}, (
            "the one that is not Ada's alone"
        )


async def test_a_client_writes_where_its_key_may(stage: Stage) -> None:
    """A text comes in and goes; one who may only read the base does neither, and `read_only` has no such tools."""
    of = await stage.base("ada", "Written", access="tenant")
    async with stage.client("ada") as client:
        added = await called(client, "add_text", base=of, name="note", text="The key is under the mat.")
        await ready(stage.caller("ada"), added["id"])
        page = await called(client, "add_url", base=of, url="http://127.0.0.1:9/tea")
        assert page["url"] == "http://127.0.0.1:9/tea"
        async with stage.client("eve") as other:
            assert (await called(other, "search_knowledge_base", base=of, query="key"))["passages"]
            assert "not change it" in await refused(other, "add_text", base=of, name="x", text="x")
            assert "not change it" in await refused(other, "delete_document", document=added["id"])
        assert await called(client, "delete_document", document=added["id"]) == {"deleted": added["id"]}
        assert "no such document" in await refused(client, "read_document", document=added["id"])
    reading = stage.client("ada", path="/mcp?read_only=true"), stage.piped("ada", "--read-only")
    for way in reading:
        async with way as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS[:6]
            with pytest.raises(MCPError):
                await client.call_tool("delete_document", {"document": page["id"]})


@pytest.mark.parametrize("way", WAYS)
async def test_two_tenants_see_nothing_of_each_other(stage: Stage, way: str) -> None:
    """Whatever id they come to know: it is as if it were not there. Nor does a colleague see what is Ada's alone."""
    of = await stage.base("ada", "Secret", f"The code is 4711 {way}.")
    caller = stage.caller("ada")
    document = (await caller.ask(f"GET /parlance/v1/documents.list?base={of}")).json["documents"][0]["id"]
    passage = (await caller.ask(f"GET /parlance/v1/chunks.list?document={document}")).json["chunks"][0]["id"]
    for who in ("bob", "eve"):
        theirs = await stage.base(who, "Mine", "Milk is white.")
        async with connected(stage, way, who) as client:
            assert of not in [each["id"] for each in (await called(client, "list_knowledge_bases"))["bases"]]
            assert f"parlance://bases/{of}" not in [str(each.uri) for each in (await client.list_resources()).resources]
            heard = [
                await refused(client, "search_knowledge_base", base=of, query="code"),
                await refused(client, "list_documents", base=of),
                await refused(client, "ask_knowledge_base", bases=[theirs, of], question="code?", model="quote"),
                await refused(client, "add_text", base=of, name="x", text="x"),
                await refused(client, "add_url", base=of, url="http://127.0.0.1:9/"),
                await refused(client, "read_document", document=document),
                await refused(client, "delete_document", document=document),
                await refused(client, "read_passage", passage=passage),
            ]
            assert all("There is no such" in each and "4711" not in each for each in heard), heard
            for uri in (f"bases/{of}", f"documents/{document}", f"passages/{passage}"):
                with pytest.raises(MCPError) as caught:
                    await client.read_resource(f"parlance://{uri}")
                assert "There is no such" in str(caught.value)
            narrowed = {"base": theirs, "query": "code milk", "documents": [document]}
            assert not (await called(client, "search_knowledge_base", **narrowed))["passages"]


async def test_arguments_that_do_not_fit_are_an_answer(stage: Stage) -> None:
    """That a model can read; a tool that is not there is an error of the protocol."""
    async with stage.client("ada") as client:
        for arguments, told in (
            ({"query": "x"}, "The field arguments.base is required."),
            ({"base": 1, "query": "x"}, "The field arguments.base does not fit: expected `str`."),
            (
                {"base": "b", "query": "x", "limit": 900},
                "The field arguments.limit does not fit: expected `int` <= 50.",
            ),
            (
                {"base": "b", "query": "x", "most": 3},
                "The field arguments does not fit: there is no field most in it. "
                "There are these: base, query, limit, documents.",
            ),
        ):
            assert await refused(client, "search_knowledge_base", **arguments) == told
        for tool in ("open_the_door", ""):
            with pytest.raises(MCPError):
                await client.call_tool(tool, {})
        with pytest.raises(MCPError):
            await client.read_resource("file:///etc/hostname")
