"""Links to chats: what they show and what they never do, when they are over, and how many are opened."""

from __future__ import annotations

from typing import Any

import pytest

from parlance.core.library import shares
from parlance.core.library.share_operations import (
    CreateShare,
    ListShares,
    OpenShare,
    RevokeShare,
    SharedChat,
    ShareMade,
    SharePage,
)
from parlance.core.library.shares import PATH, VIEWS, WINDOW, create_share, list_shares, open_share, revoke_share
from parlance.ports.stores import Conflict
from parlance.values.chats import Chat, PlacedTurn
from parlance.values.errors import Fault, Kind
from parlance.values.events import Citation, Cited, Evidence, Exhibit
from parlance.values.messages import Image, Message, Reasoning, Text, ToolCall
from parlance.values.time import SECOND
from tests.unit.core.library.shelves import ADA, GUEST, Shelf, turn

HOUR = 3600 * SECOND


async def made(shelf: Shelf, chat: Chat, chosen: Any = None, **more: Any) -> ShareMade:
    found: ShareMade = await shelf.do(create_share, CreateShare(chat.id, **more), subject=chat, turn=chosen)
    return found


async def opened(shelf: Shelf, token: str, address: str = "192.0.2.1") -> SharedChat:
    found: SharedChat = await shelf.do(open_share, OpenShare(token), address=address)
    return found


async def refused(doing: Any) -> Fault:
    with pytest.raises(Fault) as fault:
        await doing
    return fault.value


async def test_a_link_shows_what_was_asked_and_answered_and_nothing_else(shelf: Shelf) -> None:
    """Not what the system was told, nor what a model thought or called; of pictures and files their number."""
    parts = (Text("look"), Image(b"x", "image/png"))
    answer = (Reasoning("hm"), ToolCall("c", "find", "{}"), Message("assistant", "A leaf."))
    chat = await shelf.chat(
        "c1",
        turn("t1", "c1", Message("system", "Be brief."), role="system"),
        turn("t2", "c1", Message("user", parts), parent="t1", files=("f1",)),
        turn("t3", "c1", *answer, parent="t2", role="assistant", model="m"),
        turn("t4", "c1", Reasoning("only thought"), parent="t3", role="assistant"),
        turn("t5", "c1", "Thanks", Message("system", "Stop."), parent="t4"),
        title="Tea",
    )
    link = await made(shelf, chat)
    assert link.path == PATH + link.token == f"{PATH}sh_token-1"
    shown = await opened(shelf, link.token)
    assert shown.title == "Tea"
    assert [(each.role, each.text, each.model, each.attachments) for each in shown.turns] == [
        ("user", "look", None, 2),
        ("assistant", "A leaf.", "m", 0),
        ("user", "Thanks", None, 0),
    ]


async def test_a_link_tells_how_many_passages_an_answer_rests_on_and_nothing_of_them(shelf: Shelf) -> None:
    """Nor the numbers, which would lead nowhere; what is no citation stays."""
    said = "Tea is grown in Assam. [1][2] The list is `a[1]`, see note [7].\n\n```\nb[1]\n```\n"
    exhibits = tuple(Exhibit(n, "b1", f"d{n}", f"k{n}", "Secret words.", 0, 13, name="secret.txt") for n in (1, 2, 3))
    first = Cited(0, 29, tuple(Citation(n, f"d{n}", f"k{n}", 0, 13, sure=True) for n in (1, 2)))
    rests = Evidence(exhibits, cited=(first, Cited(30, 64, (), (7,))))
    for copies in (1, 2):
        answer = (Message("assistant", said),) * copies
        made_of = turn(f"t{copies}", f"c{copies}", *answer, role="assistant", model="m", evidence=rests)
        link = await made(shelf, await shelf.chat(f"c{copies}", made_of))
        [shown] = (await opened(shelf, link.token)).turns
        assert shown.text.startswith("Tea is grown in Assam. The list is `a[1]`, see note [7].")
        assert shown.sources == 2 and "ecret" not in repr(shown)
        assert copies > 1 or shown.text.endswith("\nb[1]\n```\n")


async def test_a_link_is_to_the_branch_that_is_chosen_as_it_was_then(shelf: Shelf) -> None:
    said = [turn("t1", "c1", "One"), turn("t2", "c1", "Two", parent="t1"), turn("t3", "c1", "Three", parent="t1")]
    chat = await shelf.chat("c1", *said)
    chosen = PlacedTurn(chat, said[1])
    other, usual = await made(shelf, chat, chosen, turn="t2"), await made(shelf, chat)
    await shelf.database.apply(shelf.room.chats.turns("default").insert(turn("t4", "c1", "Four", parent="t3"), "ada"))
    assert [each.text for each in (await opened(shelf, other.token)).turns] == ["One", "Two"]
    assert [each.text for each in (await opened(shelf, usual.token)).turns] == ["One", "Three"]


async def test_a_turn_of_another_chat_is_not_there(shelf: Shelf) -> None:
    """Also one's own: a link to this chat would show that one."""
    chat = await shelf.chat("c1", turn("t1", "c1", "One"))
    elsewhere = await shelf.chat("c2", turn("t2", "c2", "Two"))
    stray = PlacedTurn(elsewhere, turn("t2", "c2", "Two"))
    assert (await refused(made(shelf, chat, stray, turn="t2"))).code == "turn_not_found"


async def test_a_chat_without_a_turn_is_shown_empty(shelf: Shelf) -> None:
    link = await made(shelf, await shelf.chat("c1", title="Tea"))
    assert await opened(shelf, link.token) == SharedChat("Tea", shelf.clock.now(), ())


async def test_a_link_that_would_be_over_or_too_large_is_not_made(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is stored of it."""
    chat = await shelf.chat("c1", turn("t1", "c1", "x" * 400))
    for expires in (shelf.clock.now(), 0, -5):
        fault = await refused(made(shelf, chat, expires=expires))
        assert (fault.kind, fault.field, fault.code) == (Kind.invalid, "expires", "out_of_range")
    monkeypatch.setattr(shares, "MOST_BYTES", 300)
    fault = await refused(made(shelf, chat))
    assert (fault.kind, fault.code) == (Kind.too_large, "share_too_large") and "300 bytes" in fault.message
    assert await shelf.database.read("SELECT id FROM shares", {}) == []


async def test_a_link_to_a_chat_that_goes_meanwhile_is_a_conflict(shelf: Shelf) -> None:
    chat = await shelf.chat("c1", turn("t1", "c1", "One"))
    await shelf.database.apply(shelf.room.chats.chats("default").delete("c1"))
    with pytest.raises(Conflict):
        await made(shelf, chat)


async def test_a_link_that_is_over_is_like_one_that_never_was(shelf: Shelf) -> None:
    """From its very moment on; revoked; of a chat that is gone; without the letters that links begin with."""
    chat = await shelf.chat("c1", turn("t1", "c1", "One"))
    brief = await made(shelf, chat, expires=shelf.clock.now() + HOUR)
    ended, gone = await made(shelf, chat), await made(shelf, chat)
    shelf.clock.move(3599.0)
    assert (await opened(shelf, brief.token)).expires == brief.share.expires
    shelf.clock.move(1.0)
    await shelf.do(revoke_share, RevokeShare(ended.share.id), subject=ended.share)
    faults = [await refused(opened(shelf, token)) for token in (brief.token, ended.token, "sh_never", "token-3", "")]
    await shelf.database.apply(shelf.room.chats.chats("default").delete("c1"))
    faults.append(await refused(opened(shelf, gone.token)))
    assert {(fault.kind, fault.code, fault.message) for fault in faults} == {
        (Kind.missing, "share_not_found", "There is no such share.")
    }


async def test_from_one_address_so_many_links_are_opened_and_no_more(shelf: Shelf) -> None:
    """Right or wrong ones: else somebody could try them all. Others are not held up, and a minute later it goes on."""
    link = await made(shelf, await shelf.chat("c1"))
    for _ in range(VIEWS - 1):
        assert (await refused(opened(shelf, "sh_guess"))).kind is Kind.missing
    await opened(shelf, link.token)
    fault = await refused(opened(shelf, link.token))
    assert (fault.kind, fault.code) == (Kind.over_budget, "too_many_views")
    assert fault.retry_after is not None and 1.0 <= fault.retry_after <= WINDOW
    await opened(shelf, link.token, "198.51.100.7")
    shelf.clock.move(WINDOW)
    await opened(shelf, link.token)


async def test_ones_links_are_listed_page_by_page_and_never_their_tokens(shelf: Shelf) -> None:
    chats = [await shelf.chat(f"c{n}") for n in range(2)]
    links = [(await made(shelf, chat)).share for chat in (*chats, *chats)]
    first: SharePage = await shelf.do(list_shares, ListShares(limit=3))
    rest: SharePage = await shelf.do(list_shares, ListShares(limit=3, cursor=first.cursor or ""))
    assert [share.id for share in (*first.shares, *rest.shares)] == [share.id for share in reversed(links)]
    assert first.cursor is not None and rest.cursor is None
    of_one: SharePage = await shelf.do(list_shares, ListShares(chat="c1"))
    assert {share.chat for share in of_one.shares} == {"c1"} and len(of_one.shares) == 2
    fault = await refused(shelf.do(list_shares, ListShares(chat="c1", cursor=first.cursor)))
    assert fault.kind is Kind.invalid, "a cursor is good for its own list only"


async def test_guests_neither_make_nor_list_links(shelf: Shelf) -> None:
    chat = await shelf.chat("c1")
    for doing in (
        shelf.do(create_share, CreateShare("c1"), GUEST, chat, turn=None),
        shelf.do(list_shares, ListShares(), GUEST),
    ):
        assert (await refused(doing)).code == "guests_keep_nothing"
    assert ADA.user == GUEST.user
