"""Nothing that is only named reaches an engine: neither an id of the upstream's nor an address of this network."""

from __future__ import annotations

from typing import Any

import pytest

from parlance.core.chat.operations import SendMessage
from parlance.core.chat.references import MOST_ADDRESSES, References
from parlance.core.chat.turn_operations import SendTurn
from parlance.testing.chats import ChatBench
from parlance.testing.road import ask, bench
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.messages import File, Image, Item, Message, Opaque, Part, Text, ToolResult

ADA = Principal("default", "ada")
INSIDE = "http://127.0.0.1/x.png"


class Desk:
    """One stored file, and the addresses that were judged."""

    def __init__(self) -> None:
        self.judged: list[str] = []
        self.references = References(self.own, self.may_point)

    async def own(self, tenant: str, user: str, id: str) -> tuple[Part, ...] | None:
        return (Text("its words"),) if (tenant, user, id) == ("default", "ada", "f-1") else None

    async def may_point(self, url: str) -> None:
        self.judged.append(url)
        if "127" in url:
            raise Fault(Kind.invalid, "No.", code="address_refused")

    async def of(self, *parts: Part, who: Principal = ADA) -> tuple[Item, ...]:
        return await self.references.resolved(who, (Message("user", parts),))

    async def refusal(self, *items: Item, who: Principal = ADA) -> tuple[Kind, str | None]:
        with pytest.raises(Fault) as caught:
            await self.references.resolved(who, items)
        return caught.value.kind, caught.value.code


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_words_alone_are_left_as_they_are(desk: Desk) -> None:
    items = (Message("user", "Hi http://127.0.0.1"), ToolResult("1", "x"))
    assert await desk.references.resolved(ADA, items) is items
    assert desk.judged == []


async def test_an_id_is_ones_own_file_or_nothing(desk: Desk) -> None:
    assert await desk.of(Text("Read"), File(id="f-1")) == (Message("user", (Text("Read"), Text("its words"))),)
    guest = Principal("default", "ada", guest=True)
    for who, id in ((ADA, "file-of-the-upstream"), (Principal("default", "bob"), "f-1"), (guest, "f-1")):
        item = Message("user", (File(id=id),))
        assert await desk.refusal(item, who=who) == (Kind.missing, "file_not_found")


async def test_an_id_beside_content_goes_and_an_empty_file_is_refused(desk: Desk) -> None:
    assert await desk.of(File(b"%PDF", "a.pdf", id="x")) == (Message("user", (File(b"%PDF", "a.pdf"),)),)
    assert await desk.refusal(Message("user", (File(foreign={"x": 1}),))) == (Kind.invalid, "empty_file")


OPAQUE: list[tuple[dict[str, Any], tuple[Kind, str]]] = [
    ({"role": "user", "content": [{"file": {"file_id": "x"}}]}, (Kind.missing, "file_not_found")),
    ({"role": "user", "content": [{"image_url": {"url": INSIDE}}]}, (Kind.invalid, "address_refused")),
    ({"type": "input_image", "image_url": INSIDE}, (Kind.invalid, "address_refused")),
]


@pytest.mark.parametrize(("value", "expected"), OPAQUE)
async def test_items_that_we_do_not_understand_name_nothing_either(desk: Desk, value: Any, expected: Any) -> None:
    assert await desk.refusal(Opaque("openai", value)) == expected


async def test_each_address_is_judged_once_and_there_are_not_too_many(desk: Desk) -> None:
    picture = Image(url="https://h.example/x.png")
    [item] = await desk.of(picture, picture, Image(b"x", "image/png"), Image(url="data:image/png;base64,eA=="))
    assert desk.judged == ["https://h.example/x.png"] and isinstance(item, Message)
    assert await desk.refusal(ToolResult("1", (Image(url=INSIDE),))) == (Kind.invalid, "address_refused")
    many = tuple(Image(url=f"https://h{n}.example/") for n in range(MOST_ADDRESSES + 1))
    assert await desk.refusal(Message("user", many)) == (Kind.invalid, "too_many_addresses")


async def test_no_engine_is_asked_about_what_is_refused(desk: Desk, b: ChatBench) -> None:
    """Neither on the road of every dialect nor in a saved chat."""
    plain = bench()
    for road in (plain.road, b.room.road):
        road.references.own, road.references.may_point = desk.own, desk.may_point
    for parts in ((File(id="x"),), (Image(url=INSIDE),)):
        with pytest.raises(Fault):
            await plain.caller()(SendMessage(ask(items=(Message("user", parts),))))
        with pytest.raises(Fault):
            await b.caller()(SendTurn("Hi", parts=parts))
    assert plain.engine.calls == b.engine.calls == 0
    run = await plain.caller()(SendMessage(ask(items=(Message("user", (File(id="f-1"),)),))))
    while run.ended is None:
        await run.wait()
    assert "its words" in repr(plain.engine.asks[-1].items)
