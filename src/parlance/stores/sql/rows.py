"""What many stores write alike: an INSERT of a row, an UPDATE under a guard, lists in conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parlance.ports.stores import Statement, Value


def insert(table: str, values: Mapping[str, Value]) -> Statement:
    """A new row; a conflict when one with the same key is there."""
    columns = ", ".join(values)
    return Statement(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{name}' for name in values)})", values)


Guard = tuple[str, Mapping[str, Value]]
"""What must hold of a row besides, and the parameters of that."""
FREELY: Guard = ("", {})


def update(
    table: str, tenant: str, id: str, values: Mapping[str, Value], guard: Guard = FREELY, rows: int | None = 1
) -> Statement:
    """Other values for one row of a tenant; a conflict when there is none for which the guard holds."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    return Statement(
        f"UPDATE {table} SET {sets} WHERE tenant = :in_tenant AND id = :of_id {guard[0]}".rstrip(),
        {**values, "in_tenant": tenant, "of_id": id, **guard[1]},
        rows,
    )


def unchanged(at: int) -> Guard:
    """The guard of a row that must still be as it was read, by the time of its last change."""
    return "AND updated = :was_updated", {"was_updated": at}


def listed(name: str, values: Sequence[str]) -> tuple[str, dict[str, Value]]:
    """`(:name0, :name1)` and its parameters; of no values, a list that nothing is in."""
    if not values:
        return "(NULL)", {}
    parameters: dict[str, Value] = {f"{name}{at}": value for at, value in enumerate(values)}
    return f"({', '.join(f':{each}' for each in parameters)})", parameters


def piece(text: str) -> str:
    """A pattern for `LIKE … ESCAPE '!'` that finds a text anywhere."""
    return "%" + text.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"


def further(after: tuple[str, str] | None, table: str = "") -> tuple[str, dict[str, Value]]:
    """The condition that a list by name goes on behind a place, and its parameters."""
    if after is None:
        return "", {}
    at = f"{table}." if table else ""
    condition = f"AND ({at}name_key > :after_name OR ({at}name_key = :after_name AND {at}id > :after_id))"
    return condition, {"after_name": after[0], "after_id": after[1]}
