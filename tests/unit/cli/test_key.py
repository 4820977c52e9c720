"""Keys are read page by page, and each is a line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from parlance.cli.client import Client
from parlance.cli.key import every, row
from parlance.cli.place import Place

SECOND = 1_000_000


class Pages(Client):
    """A server with pages of keys."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        super().__init__(Place("http://127.0.0.1:9", None))
        self.pages, self.asked = list(pages), list[str]()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The next page."""
        self.asked.append(path)
        return self.pages.pop(0)


def test_pages_follow_each_other_until_there_is_none() -> None:
    server = Pages({"keys": [{"id": "1"}], "cursor": "a b"}, {"keys": [{"id": "2"}]})
    assert [key["id"] for key in every(server, "*")] == ["1", "2"]
    assert [path.partition("?")[2] for path in server.asked] == [
        "user=%2A&cursor=&limit=100",
        "user=%2A&cursor=a+b&limit=100",
    ]


def test_a_key_is_a_line() -> None:
    """What is not said is what the server takes then."""
    now = datetime(2026, 1, 3, tzinfo=UTC)
    key: dict[str, Any] = {"id": "1", "name": "n", "prefix": "pk_x", "user": "u"}
    assert row(key, now) == ("1", "n", "pk_x", "u", "chat", "*", "Never", "-")
    day = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * SECOND
    more: dict[str, Any] = {
        "scopes": ["chat", "observe"],
        "models": ["a", "b*"],
        "last_used": day,
        "expires": day + 5 * 86_400 * SECOND,
    }
    assert row(key | more, now)[4:] == ("chat,observe", "a,b*", "2 days ago", "3 days from now")
