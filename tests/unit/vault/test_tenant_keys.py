"""Keys of tenants in WeKnora's form: made, and looked into."""

from __future__ import annotations

from parlance.vault.tenant_keys import AesTenantKeys

AES, OTHER = "a-key-of-tests-a" * 2, "another-of-tests" * 2


def test_a_key_tells_its_tenant_to_who_has_what_it_was_made_with() -> None:
    """And to nobody else; what is no key tells nothing."""
    keys = AesTenantKeys(AES.encode(), lambda size: bytes(range(size)))
    made = keys.make(10_042)
    assert keys.number_in(made, AES) == 10_042
    assert keys.number_in(made, OTHER) is None and keys.number_in(made, "short") is None
    for odd in ("", "sk-", "sk-ä", made[:-1], made + "A", "sk-" + "A" * 48, "sk-=" + "A" * 47):
        assert keys.number_in(odd, AES) is None
