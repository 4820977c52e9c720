"""A second factor from its first code to the day its app is lost: over HTTP, and by the verbs of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyotp import parse_uri
from pyotp.totp import TOTP

from parlance.testing.servers import loaded, running
from parlance.values.time import SECOND
from tests.flows.test_access_stories import Watch
from tests.flows.test_accounts import PASSWORD, owner, person
from tests.flows.voices import VOICES


@pytest.mark.parametrize("way", VOICES)
async def test_a_second_factor_is_set_used_recovered_and_taken_away(tmp_path: Path, way: str) -> None:
    """A code is good once and for a minute and a half; each recovery code once; whoever lost both asks an admin."""
    clock = Watch()
    async with running(loaded(tmp_path), clock=clock) as server:
        ada = await owner(server)
        bob = await person(server, ada, "Bob")
        admin, signed, stranger = (VOICES[way](server.url, token) for token in (ada.token, bob.token, None))
        begun = await signed.do("accounts.begin_second_factor", password=PASSWORD)
        app, account = parse_uri(begun["uri"]), {"account": "Bob", "password": PASSWORD}
        assert isinstance(app, TOTP) and app.secret == begun["secret"]
        codes = (await signed.do("accounts.confirm_second_factor", code=app.at(clock.now() // SECOND)))["codes"]
        assert len(set(codes)) == 10
        clock.ahead += 60 * SECOND
        needed = await stranger.refused("accounts.sign_in", **account)
        assert needed.code == stranger.unknown and "second factor is missing" in needed.words
        now, early = app.at(clock.now() // SECOND), app.at(clock.now() // SECOND - 90)
        assert (await stranger.refused("accounts.sign_in", **account, code=early)).code == stranger.unknown
        assert (await stranger.do("accounts.sign_in", **account, code=now))["user"]["id"] == bob.id
        assert "has been used" in (await stranger.refused("accounts.sign_in", **account, code=now)).words
        assert (await stranger.do("accounts.sign_in", **account, code=codes[0]))["user"]["id"] == bob.id
        assert "has been used" in (await stranger.refused("accounts.sign_in", **account, code=codes[0])).words
        assert (await signed.do("accounts.read"))["recovery_codes"] == 9
        assert (await signed.refused("users.remove_second_factor", user=bob.id)).code == signed.forbidden
        await admin.do("users.remove_second_factor", user=bob.id)
        assert (await stranger.do("accounts.sign_in", **account))["user"]["id"] == bob.id
        acts = [entry["act"] for entry in (await admin.do("audit.list", subject=bob.id))["entries"]]
        assert {"second_factor_set", "recovery_code_used", "second_factor_removed"} <= set(acts)
