"""SQL is of one kind, and never reaches over a tenant's fence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from parlance.stores.sql.migrations import MIGRATIONS
from tests.architecture.sources import Source, package, show

FOLDER = "stores/sql/"
SAID = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
NAMES = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)")
NOT_PORTABLE = re.compile(r"\b(RETURNING|ON CONFLICT|ON DUPLICATE|REPLACE INTO|ILIKE|AUTOINCREMENT|IFNULL|NOW\(\))")
OVER_ALL_TENANTS = {
    "stores/sql/directory.py": "finds out which tenant a credential or a name belongs to",
}
"""Files that may speak of all tenants at once, and why: what they find is filtered by what they were asked for."""

RESERVED = frozenset(Path(__file__).with_name("reserved_words.txt").read_text("utf-8").split())
"""Words that PostgreSQL, MySQL 8 or SQLite keep for themselves: MariaDB, on which the tests run, lets some pass."""


class Said(NamedTuple):
    """One statement in the code; what is filled in later stands as `?`."""

    source: Source
    line: int
    sql: str
    around: str
    """The function it stands in, where what is filled in is made."""

    @property
    def fenced(self) -> bool:
        """Whether it names a tenant, itself or by what is filled in."""
        return "tenant" in self.sql or ("?" in self.sql and "tenant" in self.around)


@cache
def statements() -> tuple[Said, ...]:
    """Every piece of SQL in the stores, migrations aside."""
    return tuple(_statements())


def _statements() -> Iterator[Said]:
    for source in package():
        if source.inner.startswith(FOLDER) and "/migrations/" not in source.inner:
            inner = {id(each) for node in source.nodes if isinstance(node, ast.JoinedStr) for each in node.values}
            for node in source.nodes:
                text = text_of(node)
                if id(node) not in inner and text is not None and SAID.match(text):
                    line = getattr(node, "lineno", 0)
                    yield Said(source, line, text, around(source, line))


def around(source: Source, line: int) -> str:
    """The text of the function that a line stands in, with the module's constants."""
    found = [
        _lines(source, node)
        for node in source.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    fills = [each for each in source.tree.body if isinstance(each, ast.Assign)]
    return "\n".join((*found, *(_lines(source, each) for each in fills)))


def _lines(source: Source, node: ast.stmt) -> str:
    return "\n".join(source.text.split("\n")[node.lineno - 1 : node.end_lineno])


def text_of(node: ast.AST) -> str | None:
    """The text of a literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(each.value if isinstance(each, ast.Constant) else "?" for each in node.values)  # type: ignore[misc]
    return None


def owned() -> set[str]:
    """The tables whose rows belong to a tenant."""
    found = set()
    for migration in MIGRATIONS:
        for step in migration.statements("postgres"):
            made = re.search(r"CREATE TABLE IF NOT EXISTS (\w+)", step)
            if made is not None and re.search(r"^\s*tenant ", step, re.M):
                found.add(made[1])
    return found


def test_there_is_sql_to_look_at() -> None:
    """Otherwise the rules below would hold of nothing."""
    assert len(list(statements())) > 50
    assert {"users", "chats", "turns", "files"} <= owned()


def test_every_statement_on_an_owned_table_names_its_tenant() -> None:
    """What is forgotten here is somebody else's row there."""
    tables = owned()
    show(
        f"{said.source.path}:{said.line} touches {table} and no tenant"
        for said in statements()
        for table in sorted(set(NAMES.findall(said.sql)) & tables)
        if not said.fenced and said.source.inner not in OVER_ALL_TENANTS
    )


def test_every_statement_is_portable() -> None:
    """One text for three databases."""
    show(
        f"{said.source.path}:{said.line} says {found[0]}"
        for said in statements()
        if (found := NOT_PORTABLE.search(said.sql)) is not None
    )


def test_every_owned_table_is_keyed_by_its_tenant_first() -> None:
    """So that every index begins where every question does."""
    show(
        f"{made[1]} is keyed by {key[1]} first"
        for migration in MIGRATIONS
        for step in migration.statements("postgres")
        if (made := re.search(r"CREATE TABLE IF NOT EXISTS (\w+)", step)) is not None
        and made[1] in owned()
        and (key := re.search(r"PRIMARY KEY \((\w+)", step)) is not None
        and key[1] != "tenant"
    )


def test_no_table_or_column_has_a_name_that_a_database_keeps_for_itself() -> None:
    """It would have to be quoted, and each of them quotes in its own way."""
    made = [
        found.groups()
        for migration in MIGRATIONS
        for step in migration.statements("mysql")
        if (found := re.search(r"CREATE TABLE IF NOT EXISTS (\w+) \((.*)\)", step, re.S)) is not None
    ]
    columns = [(table, name) for table, inside in made for name in re.findall(r"^\s*([a-z_]+) [A-Z]", inside, re.M)]
    assert len(made) > 20 and len(columns) > 150
    show(f"{table}.{name}" for table, name in (*columns, *((table, table) for table, _ in made)) if name in RESERVED)


def test_no_name_that_a_statement_gives_is_kept_by_a_database() -> None:
    """The same for what `AS` names."""
    show(
        f"{said.source.path}:{said.line} names something {name}"
        for said in statements()
        for name in re.findall(r"\bAS ([a-z_]+)", said.sql)
        if name in RESERVED
    )
