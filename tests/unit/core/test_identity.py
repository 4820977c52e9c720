"""Who asks: keys, the console token, local mode and guests."""

from __future__ import annotations

import hashlib

import pytest

from parlance.core.accounts.identity import LOCAL, Approach, Identity, principals
from parlance.values.accounts import ALL_SCOPES, OWNER, Principal
from parlance.values.errors import Fault, Kind

KEY = "sk-something-long"
ADA = Principal("default", "ada", key="laptop")


def keyed(console: str | None = "console") -> Identity:
    return Identity(principals([("sha256:" + hashlib.sha256(KEY.encode()).hexdigest().upper(), ADA)]), console)


def known(identity: Identity, approach: Approach) -> Principal:
    """Who memory alone says it is."""
    found = identity.identify(approach)
    assert isinstance(found, Principal)
    return found


def test_a_key_is_its_principal_wherever_the_caller_is() -> None:
    for local in (True, False):
        for _ in range(2):
            assert keyed().identify(Approach(KEY, None, local)) == ADA


def test_an_unknown_key_is_refused_once_keys_exist() -> None:
    with pytest.raises(Fault) as refused:
        keyed().identify(Approach("wrong", None, True))
    assert (refused.value.kind, refused.value.code) == (Kind.unauthenticated, "invalid_api_key")
    assert "wrong" not in refused.value.sentence()


def test_no_key_at_all_is_refused_once_keys_exist() -> None:
    with pytest.raises(Fault) as refused:
        keyed().identify(Approach(None, None, True))
    assert refused.value.code == "missing_api_key"


def test_before_any_key_exists_a_local_caller_is_the_owner_for_chat_models_and_own_chats() -> None:
    identity = Identity({}, "console")
    assert not identity.has_keys
    for token in (None, "ollama"):
        assert identity.identify(Approach(token, None, True)) == Principal("default", OWNER, scopes=LOCAL)
    assert "admin" not in LOCAL


def test_the_console_token_has_every_scope_but_only_on_this_machine() -> None:
    assert known(keyed(), Approach(None, "console", True)).scopes == ALL_SCOPES
    assert known(keyed(), Approach("console", None, True)).scopes == ALL_SCOPES
    with pytest.raises(Fault):
        keyed().identify(Approach("console", None, False))
    with pytest.raises(Fault):
        keyed(console=None).identify(Approach("console", None, True))


def test_a_door_that_is_open_wide_without_a_key_says_which_command_mends_it() -> None:
    with pytest.raises(Fault) as refused:
        Identity({}, None).identify(Approach("any", None, False))
    hint = refused.value.hint or ""
    assert "`accounts.sign_up`" in hint and "`parlance config new-key --user NAME`" in hint


def test_a_door_may_have_guests_who_are_named_and_alone_with_their_scope() -> None:
    guest = known(keyed(), Approach(None, None, False, guest="chatqueue"))
    assert (guest.user, guest.guest, guest.scopes) == ("chatqueue", True, frozenset({"chat"}))
    with pytest.raises(Fault):
        keyed().identify(Approach("wrong", None, False, guest="chatqueue"))


def test_the_doors_word_on_sharing_counts_where_the_key_has_none() -> None:
    assert known(keyed(), Approach(KEY, None, False, share=True)).share_answers is True
    said = Identity(principals([(hashlib.sha256(b"k").hexdigest(), Principal("t", "u", share_answers=False))]), None)
    assert known(said, Approach("k", None, False, share=True)).share_answers is False


def test_many_different_tokens_do_not_fill_the_memory() -> None:
    identity = keyed()
    for number in range(3000):
        with pytest.raises(Fault):
            identity.identify(Approach(f"guess-{number}", None, True))
    assert len(identity._seen) <= 1024


def test_a_request_through_a_proxy_to_a_local_door_is_not_told_that_the_door_is_wide() -> None:
    with pytest.raises(Fault) as refused:
        Identity({}, None).identify(Approach(None, None, False, wide=False))
    assert "beyond this machine" not in refused.value.message
