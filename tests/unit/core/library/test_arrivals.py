"""A file of chats from anywhere: which kind it is, and that one chat in it spoils no other."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from parlance.core.library import arrivals
from parlance.core.library.arrivals import Parcel, opened
from parlance.values.errors import Fault, Kind
from tests.flows.foreign_chats import GPT, WEB

OWN: dict[str, Any] = {"format": "parlance.chats", "version": 1, "chats": [{"id": "c", "title": "Own"}]}
DEEP = b"[" * 100_000


def packed(file: Any) -> bytes:
    return file if isinstance(file, bytes) else json.dumps(file).encode()


@pytest.mark.parametrize(
    ("file", "kind", "titles"),
    [
        (OWN, "parlance", ["Own"]),
        ({**OWN, "chats": []}, "parlance", []),
        ([GPT], "chatgpt", ["Tea 茶"]),
        (GPT, "chatgpt", ["Tea 茶"]),
        ([{}, None, 7, GPT, WEB], "chatgpt", None),
        ([WEB, WEB], "openwebui", ["Coffee", "Coffee"]),
        (b" \n\t" + packed([WEB]), "openwebui", ["Coffee"]),
        (b"[" + packed(GPT).replace(b"Is tea", rb"\ud83c\u0000 tea") + b"]", "chatgpt", ["Tea 茶"]),
    ],
)
def test_a_file_says_itself_what_it_is(file: Any, kind: str, titles: list[str] | None) -> None:
    parcel = opened(packed(file), "auto")
    assert parcel.kind == kind
    if titles is not None:
        assert [parcel.read(at).title for at in range(len(parcel.chats))] == titles


@pytest.mark.parametrize(
    ("file", "wanted", "kind"),
    [
        (b"", "auto", Kind.invalid),
        (b"PK\x03\x04", "auto", Kind.invalid),
        (b"\xff\xfe[", "auto", Kind.invalid),
        (b"[", "auto", Kind.invalid),
        (b"{}", "auto", Kind.invalid),
        (b"[]", "auto", Kind.invalid),
        (b"[1, 2]", "chatgpt", Kind.invalid),
        (DEEP, "auto", Kind.invalid),
        (b'{"a": ' + DEEP, "auto", Kind.invalid),
        (b'[{"mapping": \xff}]', "auto", Kind.invalid),
        ([GPT], "openwebui", Kind.invalid),
        (OWN, "chatgpt", Kind.invalid),
        ({**OWN, "version": 2}, "auto", Kind.unsupported),
        ({**OWN, "folders": [{"path": 7}]}, "auto", Kind.invalid),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_such_file_is_refused(file: Any, wanted: Any, kind: Kind) -> None:
    with pytest.raises(Fault) as refused:
        opened(packed(file), wanted)
    assert refused.value.kind is kind


def test_an_empty_list_is_what_its_sender_says_it_is() -> None:
    assert opened(b"[]", "chatgpt") == Parcel([], "chatgpt")


def test_too_many_chats_and_too_large_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "MOST_CHATS", 2)
    monkeypatch.setattr(arrivals, "MOST_CHAT", 100)
    for file in ([WEB] * 3, {**OWN, "chats": [{}] * 3}):
        with pytest.raises(Fault) as many:
            opened(packed(file), "auto")
        assert (many.value.kind, many.value.code) == (Kind.too_large, "too_many_chats")
    with pytest.raises(Fault) as large:
        opened(packed([WEB]), "auto").read(0)
    assert (large.value.kind, large.value.code) == (Kind.too_large, "chat_too_large")


@pytest.mark.parametrize(
    ("chat", "title"),
    [
        ({"title": "Tea", "mapping": 7}, "Tea"),
        ({"chat": {"title": "Coffee", "history": 7}}, "Coffee"),
        ({"title": None, "chat": {"title": "Coffee"}}, "Coffee"),
        ({"title": "Tea", "chat": "?"}, "Tea"),
        ({"title": 7, "chat": 7}, ""),
        (b'{"title": "a\\u0000b\\ud83c"}', "a\ufffdb\ufffd"),
        ({}, ""),
        (None, ""),
        (DEEP, ""),
    ],
    ids=lambda value: str(value)[:24],
)
def test_one_that_cannot_be_read_is_told_by_its_title_where_it_has_one(chat: Any, title: str) -> None:
    """Else nobody would find it again in the export."""
    assert Parcel([msgspec.Raw(packed(chat))], "chatgpt").title(0) == title
