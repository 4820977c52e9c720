"""The accounts of one tenant in SQL, one noun to a file."""

from __future__ import annotations

from parlance.ports.stores import Database
from parlance.stores.sql.audit import SqlAudit
from parlance.stores.sql.choices import SqlChoices
from parlance.stores.sql.factors import SqlFactors
from parlance.stores.sql.groups import SqlGroups
from parlance.stores.sql.keys import SqlKeys
from parlance.stores.sql.people import SqlPeople
from parlance.stores.sql.sessions import SqlSessions


class SqlAccounts:
    """`Accounts` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self.people = SqlPeople(database, tenant)
        self.groups = SqlGroups(database, tenant)
        self.keys = SqlKeys(database, tenant)
        self.sessions = SqlSessions(database, tenant)
        self.factors = SqlFactors(database, tenant)
        self.audit = SqlAudit(database, tenant)
        self.choices = SqlChoices(database, tenant)
