"""A chat as Markdown, under a name that every file system takes."""

from __future__ import annotations

import json

import msgspec
import pytest

from parlance.core.library.markdown import MOST_BYTES, MOST_NAME, branch, document, file_name, moment
from parlance.values.chats import Chat
from parlance.values.events import Citation, Cited, Evidence, Exhibit
from parlance.values.messages import Audio, File, Image, Message, Reasoning, Text, ToolCall
from tests.unit.core.library.shelves import NOW, turn

CHAT = Chat("01-chat-id!", "default", "ada", NOW, NOW + 1_000_000, "Tea", head="t2")


def front(text: str) -> dict[str, object]:
    """What stands before the text: each value is JSON."""
    head = text.split("\n---\n", 1)[0].removeprefix("---\n")
    return {name: json.loads(value) for name, value in (line.split(": ", 1) for line in head.splitlines())}


def test_what_stands_in_front_says_what_there_is_to_say_and_no_more() -> None:
    bare = front(document(CHAT, ()))
    assert bare == {
        "id": "01-chat-id!",
        "title": "Tea",
        "created": "2023-11-14T22:13:20Z",
        "updated": "2023-11-14T22:13:21Z",
        "turns": [],
    }
    kept = Chat("c", "default", "ada", NOW, NOW, pinned=True, archived=True)
    whole = front(document(kept, (turn("t1", "c", "Hi"),), ("Work", "Tea"), ("green", "茶")))
    assert (whole["folder"], whole["tags"], whole["turns"]) == ("Work/Tea", ["green", "茶"], ["t1"])
    assert whole["pinned"] is whole["archived"] is True and whole["title"] == ""


def test_no_title_breaks_out_of_it() -> None:
    """Neither its lines nor its marks: it is one JSON text in one line."""
    title = '"\n---\n# Other\nid: "x'
    text = document(Chat("c", "default", "ada", NOW, NOW, title), ())
    assert front(text)["title"] == title and text.count("\n---\n") == 2, "the second one is in the heading's own words"
    assert document(Chat("c", "default", "ada", NOW, NOW), ()).rstrip().endswith("# Untitled")


def test_what_people_and_models_said_is_in_it_and_what_they_thought_is_not() -> None:
    parts = (Text("see"), Image(b"x", "image/png"), File(name="a\nb.pdf"), Audio(b"x", "wav"))
    said = (
        turn("t1", "c", Message("user", parts)),
        turn("t2", "c", Reasoning("hm"), ToolCall("c", "f", "{}"), role="assistant", model="gpt\n4"),
        turn("t3", "c", Message("assistant", "Half"), role="assistant", state="stopped"),
        turn("t4", "c", Message("assistant", "Growing"), role="assistant", state="running"),
        turn("t5", "c", Message("system", "Be brief."), role="system"),
    )
    text = document(CHAT, said)
    assert "## You\n\nsee\n\n*[picture: image/png]*\n\n*[file: a b.pdf]*\n\n*[sound" in text
    assert "## Assistant (gpt 4)\n\n*(nothing)*" in text and "hm" not in text
    assert "Half\n\n*(stopped)*" in text and "(running)" not in text
    assert "## System\n\nBe brief." in text and text.endswith("Be brief.\n")


def test_an_answer_from_documents_is_followed_by_those_that_it_cites() -> None:
    first = Exhibit(1, "b", "d", "k", "Tea grows.", 0, 10, "tea\nguide.pdf", page=2)
    second = Exhibit(2, "b", "d", "l", "Milk.", 20, 25, "milk.txt")
    third = Exhibit(3, "b", "e", "m", "Rice.", 30, 35, "rice.txt", page=2, page_starts=(32, 33))
    cited = Cited(0, 14, (Citation(1, "d", "k", 0, 10, sure=True), Citation(3, "e", "m", 30, 35)))
    answer = turn("t1", "c", Message("assistant", "Tea grows [1]."), role="assistant")
    known = msgspec.structs.replace(answer, evidence=Evidence((first, second, third), cited=(cited, cited)))
    assert document(CHAT, (known,)).endswith(
        "Tea grows [1].\n\nSources:\n\n- [1] tea guide.pdf, page 2\n- [3] rice.txt, pages 2-4\n"
    )
    unused = msgspec.structs.replace(answer, evidence=Evidence((first, second)))
    assert "Sources" not in document(CHAT, (unused,))


def test_only_the_branch_that_is_shown_is_in_it() -> None:
    turns = (turn("t1", "c", "One"), turn("t2", "c", "Two", parent="t1"), turn("t3", "c", "Three", parent="t1"))
    assert [each.id for each in branch(CHAT, turns)] == ["t1", "t2"]
    lost = Chat("c", "default", "ada", NOW, NOW, head="gone")
    assert branch(lost, turns) == () and branch(Chat("c", "default", "ada", NOW, NOW), turns) == ()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Tea", "2023-11-14 Tea 01chatid.md"),
        ("", "2023-11-14 Untitled 01chatid.md"),
        (" . ..", "2023-11-14 Untitled 01chatid.md"),
        ("../../etc/passwd", "2023-11-14 etc passwd 01chatid.md"),
        ('a<b>:"c"|d?*\\e', "2023-11-14 a b c d e 01chatid.md"),
        ("CON", "2023-11-14 CON 01chatid.md"),
        ("\u202egnp.exe", "2023-11-14 gnp.exe 01chatid.md"),
        ("cafe\u0301", "2023-11-14 caf\u00e9 01chatid.md"),
        ("half \ud800 pair", "2023-11-14 half pair 01chatid.md"),
        ("tab\tline\nnul\x00", "2023-11-14 tab line nul 01chatid.md"),
    ],
    ids=lambda given: ascii(given)[:20],
)
def test_every_title_becomes_a_name_that_every_file_system_takes(title: str, name: str) -> None:
    named = file_name(Chat("01-chat-id!", "default", "ada", NOW, NOW, title))
    assert named == name
    named.encode("utf-8")


def test_long_titles_are_cut_and_names_still_differ() -> None:
    names = {file_name(Chat(f"chat-{n}", "default", "ada", NOW, NOW, "𠮷" * 500)) for n in range(3)}
    assert len(names) == 3 and all("𠮷" * (MOST_BYTES // 4) in name for name in names)
    assert all(len(name.encode()) <= 230 for name in names), "with a word of whoever writes it still below 255"
    assert f" {'x' * MOST_NAME} " in file_name(Chat("c", "default", "ada", NOW, NOW, "x" * 500))
    assert "\ufffd" not in file_name(Chat("c", "default", "ada", NOW, NOW, "x" + "é" * 500)), "no half of a character"


def test_a_time_is_told_in_utc_to_the_second() -> None:
    assert moment(0) == "1970-01-01T00:00:00Z" and moment(NOW + 999_999) == "2023-11-14T22:13:20Z"
