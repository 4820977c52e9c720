"""From settings to accounts: the secret, the room, who is known, and the tasks that look after them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from parlance.assembly import access as keys
from parlance.core.accounts.access import Access
from parlance.core.accounts.audit import overseen
from parlance.core.accounts.guesses import Guesses
from parlance.core.accounts.handlers import loaders
from parlance.core.accounts.identity import Identity
from parlance.core.accounts.keeper import AccountKeeper
from parlance.core.accounts.people_operations import Settle
from parlance.core.accounts.presence import Presence
from parlance.core.accounts.registered import Registered
from parlance.core.accounts.room import AccountRoom
from parlance.core.accounts.tokens import Tokens
from parlance.core.accounts.watch import AccessWatch
from parlance.core.dispatch import Dispatch, Loader, Oversight
from parlance.core.runs.registry import Runs
from parlance.ports.coordination import Counter
from parlance.ports.stores import Database
from parlance.settings.layers import SettingsError
from parlance.settings.schema import Settings
from parlance.stores.sql.accounts import SqlAccounts
from parlance.stores.sql.directory import SqlDirectory
from parlance.values.accounts import ALL_SCOPES, DEFAULT_TENANT, OWNER, Principal
from parlance.values.errors import Fault
from parlance.values.ids import Ids
from parlance.values.time import Clock
from parlance.vault import key_file
from parlance.vault.aes_gcm import AesGcmSealer
from parlance.vault.argon2 import Argon2Passwords
from parlance.vault.jose import JoseSigner
from parlance.vault.totp import Totp
from parlance.watch import Observer

DAY = 86_400.0
HOUSE = Principal(DEFAULT_TENANT, OWNER, scopes=ALL_SCOPES)
"""Who asks when the house itself wants something done before it serves."""


class Staff:
    """Everything about accounts in one process."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, ids: Ids, counter: Counter, observer: Observer
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._log, self._defect = observer.log("parlance.core.accounts"), observer.defect
        self._directory = SqlDirectory(database)
        self._of = partial(SqlAccounts, database)
        self._passwords = Argon2Passwords()
        self._secrets = secret_keys(settings)
        tokens = Tokens(lambda: secrets.token_urlsafe(32), JoseSigner(self._secrets[0]), clock)
        access, may_read = Access(self._directory, clock), settings.accounts.operators_read
        self._registered = Registered(self._directory, access, tokens, clock, operators_read=may_read)
        self.console = keys.console_token(settings.data.dir)
        self.identity = Identity(keys.configured(settings), self.console, self._registered)
        self.presence = Presence()
        self.room = self._room(access, tokens, Guesses(counter), ids)

    def _room(self, access: Access, tokens: Tokens, guesses: Guesses, ids: Ids) -> AccountRoom:
        chosen = self._settings.accounts
        return AccountRoom(
            directory=self._directory,
            of=self._of,
            access=access,
            passwords=self._passwords,
            sealer=AesGcmSealer(self._secrets, os.urandom),
            codes=Totp(os.urandom),
            tokens=tokens,
            guesses=guesses,
            clock=self._clock,
            ids=ids,
            session_seconds=chosen.session_days * DAY,
            accept_new_secret=chosen.accept_new_secret,
            public_url=(chosen.public_url or "").rstrip("/"),
        )

    @property
    def registered(self) -> Registered:
        """Whom tokens stand for."""
        return self._registered

    @property
    def loaders(self) -> Mapping[str, Loader]:
        """How what operations on accounts name is found."""
        return loaders(self.room)

    @property
    def oversight(self) -> Oversight:
        """What is written down when an operator reads what somebody else has."""
        return partial(overseen, self.room)

    async def settle(self, dispatch: Dispatch) -> None:
        """Rows for whom the settings name, and the secret. Raises `SettingsError` where the database has another."""
        try:
            await dispatch(HOUSE, "start", Settle(keys.file_users(self._settings)))
        except Fault as fault:
            if fault.code != "other_secret":
                raise
            raise SettingsError([fault.sentence()]) from None
        await self.room.access.confirm()

    def start(self, runs: Runs) -> None:
        """Watch over access, and look after what is kept, from now on."""
        self._watch = AccessWatch(self._registered, self.presence, runs, self._of, self._log, self._defect)
        self._keeper = AccountKeeper(
            self._database,
            self._directory,
            self._of,
            self._registered,
            self._clock,
            self._log,
            self._defect,
            audit_seconds=self._settings.accounts.audit_days * DAY,
        )
        self._watch.start()
        self._keeper.start()
        self.room.keepers.append(self._keeper.noted)

    async def stop(self) -> None:
        """No more of that; who was there is written down."""
        tasks: tuple[Any, ...] = tuple(
            task for name in ("_watch", "_keeper") if (task := getattr(self, name, None)) is not None
        )
        for task in tasks:
            await task.stop()
        self._passwords.close()


def secret_keys(settings: Settings) -> list[bytes]:
    """The secret that counts, and those from before. Raises `SettingsError` for one that others may know."""
    chosen, folder = settings.accounts, settings.data.dir
    try:
        if chosen.secret_key is not None:
            first = key_file.judged(chosen.secret_key.reveal(), "accounts.secret_key")
        elif folder is not None:
            first = key_file.kept(Path(folder), os.urandom)
        else:
            first = os.urandom(key_file.BYTES)
    except key_file.WeakSecret as weak:
        raise SettingsError([str(weak)]) from None
    return [first, *(old.reveal().strip().encode() for old in chosen.old_secret_keys)]
