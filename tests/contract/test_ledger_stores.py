"""The contracts of `ports/ledger.py` and of the counts in `ports/budgets.py`, on every database."""

from __future__ import annotations

import asyncio

import pytest

from parlance.ports.stores import Conflict, Database, Statement, Value
from parlance.stores.sql.ledger import SqlLedgers
from parlance.stores.sql.rows import insert
from parlance.stores.sql.usage import SqlUsage
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.errors import Fault, Kind
from parlance.values.ledger import Counted, Counts, Kept, Ledger, LedgerCut, LedgerPart, Spender, UsageSum
from tests.unit.core.files.desk import people

LEDGER = Ledger(
    "r1",
    "llama",
    "home",
    1000,
    12,
    (LedgerPart("instructions", 5), LedgerPart("file", 7, "f1", "Grüße.txt")),
    (LedgerCut("message", 90, "The conversation is longer than the model's context.", "t1", "user"),),
    ("top_z",),
    "complete",
    13,
    2,
    cost=40,
    currency="EUR",
)


def kept(run: str = "r1", user: str = "ada", chat: str | None = "c1", created: int = 1000) -> Kept:
    ledger = Ledger(run, "llama", "home", created, 12, LEDGER.parts, LEDGER.cuts, LEDGER.ignored, "complete", 13, 2)
    return Kept(DEFAULT_TENANT, user, "7:default/user/3:ada", ledger if run != "r1" else LEDGER, chat)


async def store(database: Database) -> SqlLedgers:
    await people(database)
    ledgers = SqlLedgers(database, DEFAULT_TENANT)
    when: dict[str, Value] = {"sort_at": 1, "created": 1, "updated": 1, "version": 1}
    for user, chat in (("ada", "c1"), ("ada", "c2"), ("bob", "c3")):
        row: dict[str, Value] = {
            "tenant": DEFAULT_TENANT,
            "id": chat,
            "user_id": user,
            "title": "",
            "titled_by": "nobody",
        }
        await database.apply((insert("chats", {**row, "pinned": 0, "archived": 0, **when}),))
    runs = (kept(), kept("r2", chat="c2", created=50), kept("r3", "bob", "c3"))
    await database.apply(tuple(ledgers.keep(each) for each in runs))
    return ledgers


async def there(ledgers: SqlLedgers) -> list[str]:
    return [run for run in ("r1", "r2", "r3") if await ledgers.find(run) is not None]


async def test_a_ledger_is_read_back_as_it_was_written(database: Database) -> None:
    """Of its own tenant only, and once."""
    ledgers = await store(database)
    assert await ledgers.find("r1") == Kept(DEFAULT_TENANT, "ada", "7:default/user/3:ada", LEDGER, "c1")
    assert (await ledgers.find("r2")) == kept("r2", chat="c2", created=50)
    assert await ledgers.find("nobody's") is None
    assert await SqlLedgers(database, "elsewhere").find("r1") is None
    with pytest.raises(Conflict):
        await database.apply((ledgers.keep(kept()),))


async def test_a_ledger_of_a_chat_that_has_gone_is_not_kept_and_hurts_nobody(database: Database) -> None:
    """It was deleted while the answer was under way: the others of the batch are written."""
    ledgers = await store(database)
    others = (ledgers.keep(kept("r7", chat="c3")), ledgers.keep(kept("r8", chat="gone")))
    await database.apply((*others, ledgers.keep(kept("r9"))))
    assert await ledgers.find("r7") is None, "it is somebody else's chat"
    assert await ledgers.find("r8") is None and await ledgers.find("r9") is not None


async def test_ledgers_go_with_their_user(database: Database) -> None:
    """And no others."""
    ledgers = await store(database)
    await database.apply((ledgers.forget_user("ada"),))
    assert await there(ledgers) == ["r3"]


async def test_a_ledger_in_a_form_of_the_future_is_refused(database: Database) -> None:
    """Rather than read as something else."""
    ledgers = await store(database)
    await database.apply((Statement("UPDATE ledgers SET content_codec = 'v9' WHERE tenant = 'default'", {}, None),))
    with pytest.raises(Fault) as caught:
        await ledgers.find("r1")
    assert caught.value.kind is Kind.internal


ADA = Spender(DEFAULT_TENANT, "ada", "", "home", "llama", "EUR")
KEYED = Spender(DEFAULT_TENANT, "ada", "laptop", "home", "llama", "")


def counts(
    day: str, requests: int, tokens: int, cost: int = 0, currency: str = "", name: str = "ada"
) -> tuple[Counts, Counted]:
    return Counts(DEFAULT_TENANT, "user", name, day, currency), Counted(requests, tokens, cost)


async def test_what_was_used_adds_up_by_day_and_model(database: Database) -> None:
    """Over several batches, by keys and without; for one user, and for a whole tenant."""
    usage = SqlUsage(database)
    for _ in range(3):
        used = {("2026-05-01", ADA): (1, 10, 5, 70), ("2026-05-02", KEYED): (2, 1, 1, 0)}
        await database.apply(await usage.add(used, {}))
    bob = Spender(DEFAULT_TENANT, "bob", "", "home", "llama", "")
    stranger = Spender("elsewhere", "ada", "", "home", "llama", "")
    more = {
        ("2026-05-01", bob): (1, 1, 1, 0),
        ("2026-05-01", stranger): (9, 9, 9, 0),
        ("2026-05-01", KEYED): (1, 0, 0, 0),
    }
    await database.apply(await SqlUsage(database).add(more, {}))
    mine = [
        UsageSum("2026-05-02", "ada", "llama", 6, 3, 3),
        UsageSum("2026-05-01", "ada", "llama", 1, 0, 0),
        UsageSum("2026-05-01", "ada", "llama", 3, 30, 15, 210, "EUR"),
    ]
    assert await usage.sums(DEFAULT_TENANT, "ada", "2026-05-01", 10) == mine
    assert await usage.sums(DEFAULT_TENANT, "ada", "2026-05-02", 10) == mine[:1]
    assert [one.user for one in await usage.sums(DEFAULT_TENANT, None, "2026-05-01", 10)] == [
        "ada",
        "ada",
        "ada",
        "bob",
    ]
    assert len(await usage.sums(DEFAULT_TENANT, None, "2026-05-01", 2)) == 2


async def test_a_budget_can_be_counted_again_from_what_was_written(database: Database) -> None:
    """Requests and tokens in all currencies together, money in one."""
    usage = SqlUsage(database)
    rows = (
        counts("2026-04-30", 100, 100),
        counts("2026-05-01", 1, 10, 7, "EUR"),
        counts("2026-05-01", 2, 20, 8, "USD"),
        counts("2026-05-03", 3, 30),
        counts("2026-05-03", 50, 50, name="bob"),
    )
    await database.apply(await usage.add({}, dict(rows)))
    await database.apply(await usage.add({}, dict(rows[3:4])))
    assert await usage.counted(DEFAULT_TENANT, "user", "ada", "EUR", "2026-05-01") == Counted(9, 90, 7)
    assert await usage.counted(DEFAULT_TENANT, "user", "ada", "USD", "2026-05-02") == Counted(6, 60, 0)
    assert await usage.counted(DEFAULT_TENANT, "group", "ada", "", "2026-05-01") == Counted()
    assert await usage.counted("elsewhere", "user", "ada", "", "2026-05-01") == Counted()


async def test_two_processes_that_begin_a_day_together_lose_nothing(database: Database) -> None:
    """One of them meets a conflict, asks again and adds to the other's rows."""
    processes = [SqlUsage(database) for _ in range(4)]
    used = {("2026-05-01", ADA): (1, 10, 5, 70), ("2026-05-01", KEYED): (1, 1, 1, 0)}

    async def flush(usage: SqlUsage) -> None:
        while True:
            changes = await usage.add(used, dict([counts("2026-05-01", 2, 17)]))
            await asyncio.sleep(0)
            try:
                return await database.apply(changes)
            except Conflict:
                usage.forget_known()

    for _ in range(2):
        await asyncio.gather(*(flush(usage) for usage in processes))
    assert sum(one.requests for one in await processes[0].sums(DEFAULT_TENANT, "ada", "2026-05-01", 10)) == 16
    assert await processes[0].counted(DEFAULT_TENANT, "user", "ada", "", "2026-05-01") == Counted(16, 136, 0)


async def test_a_batch_that_was_written_is_not_written_again(database: Database) -> None:
    """Its answer was lost, perhaps: whoever tries again hears that it is there."""
    usage = SqlUsage(database)
    used = {("2026-05-01", ADA): (1, 10, 5, 70)}
    assert not await usage.marked("one-0")
    await database.apply((usage.mark("one-0", 0), *await usage.add(used, {})))
    changes = await usage.add(used, {})
    with pytest.raises(Conflict):
        await database.apply((usage.mark("one-0", 0), *changes))
    assert await usage.marked("one-0") and not await usage.marked("one-1")
    await database.apply((usage.mark("one-1", 0), *changes))
    assert [one.requests for one in await usage.sums(DEFAULT_TENANT, "ada", "2026-05-01", 9)] == [2]


async def test_old_usage_can_be_forgotten(database: Database) -> None:
    """And the days from then on stay, also for those who add to them."""
    usage = SqlUsage(database)
    for day in ("2026-04-30", "2026-05-01"):
        await database.apply(await usage.add({(day, ADA): (1, 1, 1, 1)}, dict([counts(day, 1, 1)])))
    await database.apply(usage.forget_before("2026-05-01"))
    await database.apply(await usage.add({("2026-04-30", ADA): (1, 1, 1, 1)}, {}))
    assert [one.day for one in await usage.sums(DEFAULT_TENANT, "ada", "2026-01-01", 9)] == ["2026-05-01", "2026-04-30"]
    assert await usage.counted(DEFAULT_TENANT, "user", "ada", "", "2026-01-01") == Counted(1, 1, 0)
