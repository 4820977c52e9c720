"""The stores of what orders every tenant's chats and gives them away, over one database."""

from __future__ import annotations

from parlance.ports.library import Opened
from parlance.ports.stores import Database
from parlance.stores.sql.folders import SqlFolders
from parlance.stores.sql.search import SqlSearch
from parlance.stores.sql.shares import SqlShares, opened
from parlance.stores.sql.tags import SqlTags


class SqlLibraryStores:
    """`LibraryStores` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(self, tenant: str) -> SqlSearch:
        """The search in a tenant's chats."""
        return SqlSearch(self._database, tenant)

    def folders(self, tenant: str) -> SqlFolders:
        """A tenant's folders."""
        return SqlFolders(self._database, tenant)

    def tags(self, tenant: str) -> SqlTags:
        """A tenant's tags."""
        return SqlTags(self._database, tenant)

    def shares(self, tenant: str) -> SqlShares:
        """A tenant's links."""
        return SqlShares(self._database, tenant)

    async def opened(self, digest: str) -> Opened | None:
        """What the link with a token of this digest shows."""
        return await opened(self._database, digest)
