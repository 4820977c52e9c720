"""A user's chats as Markdown files, while the server runs and after it was away."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from parlance.stores.mirror_folder import INDEX
from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import connection_toml, key_toml, measured, until
from tests.flows.test_chats import ADA, BOB, User

PROMISED = 1.0
"""Seconds from a change to its file; a machine with other work may need four times that."""


def settings(tmp_path: Path, upstream: MockOpenAI) -> str:
    keys = key_toml(ADA, "laptop", "ada") + key_toml(BOB, "bob", "bob")
    mirror = f'[chats]\nmirror_folder = "{tmp_path / "mirror"}"\nmirror_users = ["ada"]\n'
    return mirror + connection_toml(upstream.base_url, "mock", "mock", "mock-echo") + keys


def files(folder: Path) -> dict[str, str]:
    """The texts of a folder's files by their names; one that goes while it is looked at is gone."""
    found = {}
    for each in folder.glob("*.md"):
        with contextlib.suppress(FileNotFoundError):
            found[each.name] = each.read_text("utf-8")
    return found


async def test_the_files_follow_edits_titles_and_deletions(tmp_path: Path) -> None:
    """Within a second; only of users who are named, and never a file that is not the server's."""
    folder = tmp_path / "mirror" / "ada"

    def texts() -> dict[str, str]:
        return files(folder)

    async def soon(what: str, holds: Callable[[], bool]) -> None:
        began = time.perf_counter()
        await until(holds, 4 * PROMISED)
        measured(f"mirror after {what}", seconds=round(time.perf_counter() - began, 3))

    async with MockOpenAI() as upstream:
        toml = settings(tmp_path, upstream)
        async with running(loaded(tmp_path, toml=toml)) as server:
            ada, bob = User(server.port, ADA), User(server.port, BOB)
            await bob.send("A secret of Bob's")
            sent = await ada.send("Is tea good?", models=["mock-echo"])
            await soon("an answer", lambda: any("## Assistant (mock-echo)\n\nIs tea" in t for t in texts().values()))
            (folder / "mine.md").write_text("not the server's")
            edited = await ada.do("chats.edit", turn=sent["turn"], text="Is coffee good?", models=["mock-echo"])
            await ada.told(edited["run"])
            await soon("an edit", lambda: any("## Assistant (mock-echo)\n\nIs coffee" in t for t in texts().values()))
            assert not any("Is tea good?\n" in text.partition("## You")[2] for text in texts().values())
            await ada.do("chats.update", chat=sent["chat"], title="../Drinks: hot/cold")
            await soon("a title", lambda: any("Drinks hot cold" in name for name in texts()))
            assert len(texts()) == 2 and sent["chat"] in "".join(texts().values())
            await ada.do("chats.delete", chat=sent["chat"])
            await soon("a deletion", lambda: texts() == {"mine.md": "not the server's"})
            kept = await ada.do("chats.create", title="Kept")
            lost = await ada.do("chats.create", title="Lost")
            await soon("two new ones", lambda: len(texts()) == 3)
        assert {each.name for each in (tmp_path / "mirror").iterdir()} == {"ada"}
        async with running(loaded(tmp_path, toml=toml.partition("[[")[1] + toml.partition("[[")[2])) as server:
            ada = User(server.port, ADA)
            await ada.do("chats.delete", chat=lost["id"])
            await ada.do("chats.update", chat=kept["id"], title="Renamed")
        async with running(loaded(tmp_path, toml=toml)) as server:
            await until(lambda: len(texts()) == 2 and any("Renamed" in name for name in texts()))
    assert (folder / INDEX).exists() and "secret" not in "".join(texts().values())
