"""Files are sent a few at a time, and each comes to an end that is told."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from parlance.cli.client import Client
from parlance.cli.delivery import AT_ONCE, Delivery
from parlance.cli.exits import Exit, Failure
from parlance.cli.folder import Found
from parlance.cli.folder_outcome import Sent, Told
from parlance.cli.folder_plan import Gone, Plan
from parlance.cli.index_told import interrupted, summary
from parlance.cli.place import Place


class Library(Client):
    """A server that keeps what it is sent. `answers` are failures that it gives first."""

    def __init__(self, *answers: Failure) -> None:
        super().__init__(Place("http://127.0.0.1:9", None))
        self.answers = list(answers)
        self.kept: dict[str, bytes] = {}
        self.gone: set[str] = set()
        self.asked = 0
        self._lock = Lock()
        self._now = self.most_at_once = 0

    def send(self, path: str, pieces: Iterable[bytes], size: int, media_type: str = "") -> Any:
        """Keep a file."""
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            answer = self.answers.pop(0) if self.answers else None
        try:
            data = b"".join(pieces)
            if answer is not None:
                raise answer
            self.kept[path.partition("path=")[2]] = data
            return {"id": path.partition("path=")[2]}
        finally:
            with self._lock:
                self._now -= 1

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """A document: parsed when it is asked after for the first time, and ready when for the second."""
        self.asked += 1
        name = path.partition("document=")[2]
        if name in self.gone:
            raise Failure("There is no such document.", Exit.MISSING, 404)
        return {"name": name, "chunks": 1, "state": "ready" if self.asked > 1 else "parsing"}


class Watcher:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.moves: list[tuple[str, int, int]] = []
        self.settlements: list[Told] = []

    def moved(self, doing: str, done: int, total: int, counted: bool = False) -> None:
        """Bytes, or documents."""
        self.moves.append((doing, done, total))

    def settled(self, told: Told) -> None:
        """A file."""
        self.settlements.append(told)


def files(folder: Path, count: int, text: str = "some words") -> list[Found]:
    """So many files, each with the text."""
    paths = [folder / f"{number}.txt" for number in range(count)]
    for path in paths:
        path.write_text(text)
    return [Found(path, path.name, len(text)) for path in paths]


def test_all_are_sent_and_waited_for(tmp_path: Path) -> None:
    """A few at a time, and the bytes that have gone are shown up to the last."""
    library, watcher = Library(), Watcher()
    delivery = Delivery(library, "b", "papers", watcher)
    delivery.send(files(tmp_path, 20))
    assert len(library.kept) == 20 and set(library.kept.values()) == {b"some words"}
    assert library.most_at_once <= AT_ONCE and watcher.moves[-1] == ("sending files (20)", 200, 200)
    delivery.follow(deque(delivery.sent))
    assert {each.outcome for each in delivery.told} == {"added"} and len(delivery.told) == 20
    assert watcher.settlements == delivery.told and watcher.moves[-1] == ("reading documents (20)", 20, 20)


def test_a_server_that_says_when_to_come_again_is_asked_again(tmp_path: Path) -> None:
    """With all bytes from the first on."""
    library = Library(Failure("Too many requests.", status=429, retry_after=0.01))
    delivery = Delivery(library, "b", "papers", Watcher())
    delivery.send(files(tmp_path, 1))
    assert library.kept == {"0.txt": b"some words"} and delivery.told == []


def test_what_is_read_once_more_is_waited_for_and_the_rest_told() -> None:
    """A document that somebody has deleted meanwhile is a failure of its own."""

    class Retrying(Library):
        def ask(self, method: str, path: str, body: object = None) -> Any:
            if body == {"document": "d2"}:
                raise Failure("There is no such document.", Exit.MISSING, 404)
            return super().ask(method, path, body)

    delivery = Delivery(Retrying(), "b", "papers", Watcher())
    assert delivery.retry([Sent("1.txt", "d1", 1), Sent("2.txt", "d2", 1)]) == [Sent("1.txt", "d1", 1)]
    assert delivery.told == [Told("2.txt", "failed", "There is no such document.", "d2")]


def test_a_refusal_is_of_one_file_alone(tmp_path: Path) -> None:
    """What is too large is skipped, other refusals are failures."""
    library = Library(Failure("At most 1 MB.", status=413), Failure("There is no room.", status=429))
    delivery = Delivery(library, "b", "papers", Watcher())
    delivery.send(files(tmp_path, 3))
    assert sorted((each.outcome, each.reason) for each in delivery.told) == [
        ("failed", "There is no room."),
        ("skipped", "At most 1 MB."),
    ]
    assert len(library.kept) == 1


class Proxied(Library):
    """A server behind a proxy that does not let some files through, so many times each."""

    def __init__(self, refused: dict[str, int], ready: bool = True) -> None:
        super().__init__()
        self.refused, self.ready = refused, ready

    def send(self, path: str, pieces: Iterable[bytes], size: int, media_type: str = "") -> Any:
        """Keep a file that is let through."""
        name, data = path.partition("path=")[2], b"".join(pieces)
        with self._lock:
            left = self.refused.get(name, 0)
            self.refused[name] = left - 1
        if left > 0:
            raise Failure("Bad gateway.", status=502)
        return super().send(path, [data], size)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Whether it takes work, or a document."""
        if path == "/ready":
            if not self.ready:
                raise Failure("It gave no reason.", status=503)
            return {"status": "ready"}
        return super().ask(method, path, body)


def test_a_file_that_a_proxy_does_not_let_through_holds_up_no_other(tmp_path: Path) -> None:
    """It is sent once more at the end, and then has failed with the reason, as the server itself is there."""
    library, watcher = Proxied({"0.txt": 99, "1.txt": 1}), Watcher()
    delivery = Delivery(library, "b", "papers", watcher)
    delivery.send(files(tmp_path, 30))
    assert delivery.told == [Told("0.txt", "failed", "Bad gateway.")]
    assert len(library.kept) == 29 and library.refused["0.txt"] == 97
    assert {each.name for each in delivery.sent} == {f"{number}.txt" for number in range(1, 30)}
    # Two are sent again, behind 28: all of them are one way.
    assert {(doing, total) for doing, _, total in watcher.moves} == {("sending files (30)", 300)}
    assert watcher.moves[-2][1] >= 280 and watcher.moves[-1][1] == 300
    with pytest.raises(Failure, match="Bad gateway"):
        Delivery(Proxied({"0.txt": 1}, ready=False), "b", "papers", Watcher()).send(files(tmp_path, 30))


def test_slow_documents_hide_none_behind_them() -> None:
    """However many are first, each is asked after in its turn."""

    class Slow(Library):
        def ask(self, method: str, path: str, body: object = None) -> Any:
            name = path.partition("document=")[2]
            return {"name": name, "chunks": 1, "state": "ready" if name == "d39" else "parsing"}

    left = deque(Sent(f"{number}.txt", f"d{number}", 1) for number in range(40))
    delivery = Delivery(Slow(), "b", "papers", Watcher())
    found = [delivery.advance(left) for _ in range(10)]
    assert [each.document for each in delivery.told] == ["d39"] and found.count(True) == 1
    assert {each.document for each in left} == {f"d{number}" for number in range(39)}


def test_without_a_server_nothing_more_is_sent(tmp_path: Path) -> None:
    delivery = Delivery(Library(*[Failure("No server answers.", Exit.UNREACHABLE)] * 50), "b", "papers", Watcher())
    with pytest.raises(Failure, match="No server"):
        delivery.send(files(tmp_path, 50))
    assert delivery.sent == []


def test_a_file_that_changes_while_it_is_sent_fails(tmp_path: Path) -> None:
    """Shorter or gone; one that grew is sent as far as it was announced."""
    shorter, gone, longer = files(tmp_path, 3)
    shorter.path.write_text("some")
    gone.path.unlink()
    longer.path.write_text("some words more")
    library = Library()
    delivery = Delivery(library, "b", "papers", Watcher())
    delivery.send([shorter, gone, longer])
    told = {each.name: each.reason for each in delivery.told}
    assert told["0.txt"].startswith("It became shorter") and told["1.txt"].startswith("Cannot be read")
    assert library.kept == {"2.txt": b"some words"}


def test_a_document_that_is_deleted_meanwhile_has_failed() -> None:
    library = Library()
    library.gone.add("d1")
    delivery = Delivery(library, "b", "papers", Watcher())
    delivery.follow(deque([Sent("one.txt", "d1", 3)]))
    assert [(each.outcome, each.document) for each in delivery.told] == [("failed", "d1")]


def test_ctrl_c_tells_what_is_where(tmp_path: Path) -> None:
    """Ten files: two refused, five sent, of which one is read; one more was there, and not read yet."""
    delivery = Delivery(Library(), "b", "papers", Watcher())
    delivery.told = [Told("0.txt", "failed", "no"), Told("1.txt", "skipped", "no"), Told("2.txt", "added", "", "d2")]
    delivery.sent = [Sent(f"{number}.txt", f"d{number}", 1) for number in range(2, 7)]
    plan = Plan(files(tmp_path, 10), [], [], {}, [Sent("old.txt", "d0", 1, known=True)], [], [])
    assert interrupted(plan, delivery).startswith("Stopped. 3 files were not sent; 5 that the server has")


def test_the_summary_counts_all_and_explains_what_is_not_there() -> None:
    """With the document's id where something can be done with it, and nothing that commands a terminal."""
    told = [
        Told("a.md", "added", "", "d1"),
        Told("b.md", "unchanged", "as c.md", "d2"),
        Told("bad\x1b[2J\n.pdf", "failed", "This file is cut off.", "d3"),
        Told("film.mp4", "skipped", "no format that is read", ""),
        Told("old.md", "removed", "", "d4"),
    ]
    assert list(summary(told)) == [
        "1 added, 0 changed, 0 renamed, 1 removed, 1 unchanged, 0 kept, 1 failed, 1 skipped",
        "failed    bad [2J .pdf (document d3): This file is cut off.",
        "skipped   film.mp4: no format that is read",
        "removed   old.md",
    ]


def test_documents_are_renamed_and_removed_in_the_folders_name(tmp_path: Path) -> None:
    """What must stay stays, and what the server says against one is told of that one."""
    library = Asked({"d2": Failure("Not of this folder.", Exit.ERROR, 409), "d3": Failure("None.", Exit.MISSING, 404)})
    delivery, found = Delivery(library, "b", "papers", Watcher()), files(tmp_path, 1)[0]
    delivery.move([(Gone("old.txt", "d1"), found), (Gone("older.txt", "d3"), found)])
    delivery.remove(
        [Gone(f"{n}.txt", f"d{n}") for n in range(1, 5)], lambda gone: "there" if gone.document == "d4" else ""
    )
    assert delivery.told == [
        Told("0.txt", "renamed", "from old.txt", "d1"),
        Told("0.txt", "failed", "None.", "d3"),
        Told("1.txt", "removed", "", "d1"),
        Told("2.txt", "kept", "Not of this folder.", "d2"),
        Told("3.txt", "removed", "", "d3"),
        Told("4.txt", "kept", "there", "d4"),
    ]
    assert {each["folder"] for each in library.bodies} == {"papers"}
    away = Delivery(Asked({"d1": Failure("Away.", Exit.UNREACHABLE)}), "b", "papers", Watcher())
    with pytest.raises(Failure, match="Away"):
        away.remove([Gone("1.txt", "d1")], lambda gone: "")


class Asked(Client):
    """A server that refuses some documents."""

    def __init__(self, refusals: dict[str, Failure]) -> None:
        super().__init__(Place("http://127.0.0.1:9", None))
        self.refusals, self.bodies = refusals, list[dict[str, str]]()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """As it was laid out."""
        assert isinstance(body, dict)
        self.bodies.append(body)
        if body["document"] in self.refusals:
            raise self.refusals[body["document"]]
