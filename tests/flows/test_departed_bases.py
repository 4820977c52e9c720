"""What becomes of bases when an account goes, as docs/howto/accounts.md says."""

from __future__ import annotations

from pathlib import Path

from parlance.testing.servers import loaded, running
from tests.flows.test_accounts import owner, person


async def test_what_was_somebodys_alone_goes_and_what_is_for_all_stays_with_the_tenant(tmp_path: Path) -> None:
    """The first at once; the second is read by all and changed by the admins, and what was put into another's base
    is there still."""
    async with running(loaded(tmp_path)) as server:
        admin = await owner(server)
        bob, eve = await person(server, admin, "Bob"), await person(server, admin, "Eve", role="admin")
        hers = await admin.native("bases.create", name="Hers", embedder="", access="tenant")
        own = await eve.native("bases.create", name="Own", embedder="")
        shared = await eve.native("bases.create", name="Shared", embedder="", access="tenant")
        for base in (hers, own, shared):
            await eve.native("documents.add_text", base=base["id"], name="note", text="The key is under the mat.")
        await admin.native("users.delete", user=eve.id)
        listed = (await bob.native("bases.list"))["bases"]
        assert {base["id"]: base["writable"] for base in listed} == {hers["id"]: False, shared["id"]: False}
        for base in (hers, shared):
            assert len((await bob.native("documents.list", base=base["id"]))["documents"]) == 1
        assert server.house is not None
        where = {"id": own["id"]}
        assert await server.house.database.read("SELECT id FROM bases WHERE leaving = 0 AND id = :id", where) == []
        assert (await admin.native("bases.change", base=shared["id"], name="Ours"))["name"] == "Ours"
