"""Signing in with a provider: there and back in one browser, once, and only by a word that holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from parlance.core.accounts.federation.oidc import MOST
from parlance.core.accounts.federation.operations import BeginSignIn, FinishSignIn, ListProviders
from parlance.core.accounts.federation.people import Terms
from parlance.core.accounts.people_operations import ChangePreferences
from parlance.ports.federation import Answered
from parlance.testing.providers import CLIENT, GRACE, SECRET
from parlance.values.errors import Fault, Kind
from tests.unit.core.accounts.federation.conftest import PUBLIC, Hall, asked


async def refused(hall: Hall, operation: Any) -> tuple[Kind, str | None]:
    """Why somebody is not let in."""
    with pytest.raises(Fault) as caught:
        await hall.do(operation)
    return caught.value.kind, caught.value.code


# -- the way there ----------------------------------------------------------------------------------------------------


async def test_the_way_there_says_what_the_standard_wants(hall: Hall) -> None:
    """State, nonce and challenge are new every time; the way back is the configured address, whatever was asked for."""
    hall.provider.metadata["authorization_endpoint"] = "https://id.example/authorize?tenant=1#part"
    one, other = await hall.begun(), await hall.begun()
    said = asked(one)
    assert one.url.startswith("https://id.example/authorize?tenant=1&")
    assert (said["response_type"], said["client_id"], said["scope"]) == ("code", CLIENT, "openid profile email")
    assert said["redirect_uri"] == "/".join((PUBLIC, "parlance/sign-in", "work", "callback"))
    assert said["code_challenge_method"] == "S256" and len(said["code_challenge"]) == 43
    assert all(said[name] != asked(other)[name] for name in ("state", "nonce", "code_challenge"))
    assert (one.path, one.secure, one.cookie != other.cookie) == ("/ai/parlance/sign-in", True, True)
    assert one.browser not in one.url
    assert [offered.name for offered in (await hall.do(ListProviders())).providers] == ["work"]


async def test_whoever_would_sign_in_is_told_whether_they_can_make_an_account(empty: Hall) -> None:
    """The first may; later ones where an admin said so."""
    assert (await empty.do(ListProviders())).sign_up
    owner = await empty.office.owner()
    assert not (await empty.do(ListProviders())).sign_up
    await empty.office.do(ChangePreferences(sign_up="pending"), owner.token)
    assert (await empty.do(ListProviders())).sign_up


@pytest.mark.parametrize(
    "back",
    [
        *("//evil.example", "/\\evil.example", "https://evil.example", "\\/evil.example", "evil", "/\t/evil.example"),
        *(
            "javascript:alert(1)",
            "/x\r\nset-cookie: a=b",
            "/ x",
            "/é",
            "/" + "x" * 1000,
            "@evil.example",
            ".evil.example",
        ),
    ],
)
async def test_nobody_is_sent_on_to_another_server(hall: Hall, back: str) -> None:
    """Only a path of this server, spelled so that no browser sees anything else in it."""
    assert await refused(hall, BeginSignIn("work", back)) == (Kind.invalid, "bad_back")


@pytest.mark.parametrize("back", ["/", "/docs", "/chats/1?a=b&c=https://x#y", "/%2F%2Fevil.example", "/a//b"])
async def test_one_goes_on_where_one_wanted_to(hall: Hall, back: str) -> None:
    assert (await hall.do(hall.back(await hall.begun(back=back)))).back == back


async def test_a_provider_that_nobody_configured_is_not_there(hall: Hall) -> None:
    assert await refused(hall, BeginSignIn("other")) == (Kind.missing, "provider_not_found")


async def test_sign_ins_that_are_begun_are_counted(hall: Hall) -> None:
    """Each is a row: nobody fills the database with them from one address."""
    for _ in range(MOST):
        await hall.office.counter.add("sign-ins/192.0.2.7", 1, 600.0)
    assert await refused(hall, BeginSignIn("work")) == (Kind.over_budget, "too_many_sign_ins")


# -- the way back -----------------------------------------------------------------------------------------------------


async def test_who_comes_back_has_a_session_like_any_other(hall: Hall) -> None:
    arrived = await hall.sign_in()
    user = arrived.signed.user
    assert (user.name, user.email, user.role, user.has_password) == ("Grace Hopper", "grace@example.org", "user", False)
    who = await hall.office.who(arrived.signed.token, local=False)
    assert (who.user, who.stored, arrived.back) == (user.id, True, "/ai/")
    again = await hall.sign_in()
    assert again.signed.user.id == user.id and again.signed.token != arrived.signed.token
    [begun, _] = await hall.acts("signed_in")
    assert begun["by"] == "oidc:work"


async def test_a_state_is_good_once_and_for_ten_minutes(hall: Hall) -> None:
    """Whatever came of it: neither its code nor another one is taken with it again."""
    back = hall.back(await hall.begun())
    await hall.do(back)
    assert await refused(hall, back) == (Kind.invalid, "sign_in_unknown")
    late = hall.back(await hall.begun())
    hall.office.clock.move(601)
    assert await refused(hall, late) == (Kind.invalid, "sign_in_unknown")
    for state in ("", "made up"):
        assert await refused(hall, FinishSignIn("work", state, "code")) == (Kind.invalid, "sign_in_unknown")


async def test_of_two_who_come_back_with_one_state_at_once_one_is_let_in(hall: Hall) -> None:
    back = hall.back(await hall.begun())
    ends = await asyncio.gather(*(hall.do(back) for _ in range(8)), return_exceptions=True)
    assert sum(not isinstance(end, Fault) for end in ends) == 1
    assert {end.code for end in ends if isinstance(end, Fault)} <= {"sign_in_unknown", None}


async def test_another_browser_cannot_go_on_with_a_sign_in(hall: Hall) -> None:
    """Neither one without the cookie nor one with another sign-in's; and the state is used up by the attempt."""
    mine, theirs = await hall.begun(), await hall.begun()
    for browser in (None, theirs.browser, ""):
        back = hall.back(mine if browser is None else await hall.begun(), browser=browser)
        assert await refused(hall, back) == (Kind.invalid, "sign_in_elsewhere")
    assert await refused(hall, hall.back(mine)) == (Kind.invalid, "sign_in_unknown")
    assert [entry["why"] for entry in await hall.acts("sign_in_failed")] == ["sign_in_elsewhere"] * 3


async def test_a_provider_that_was_not_asked_is_not_believed(hall: Hall) -> None:
    """RFC 9207: where it says who it is it must be the one, and where it says that it says so it must."""
    back = hall.back(await hall.begun(), issuer="https://evil.example")
    assert await refused(hall, back) == (Kind.unauthenticated, "wrong_provider")
    assert (await hall.sign_in(issuer=None)).signed.token
    hall.provider.metadata["authorization_response_iss_parameter_supported"] = True
    hall.arrange()
    assert await refused(hall, hall.back(await hall.begun(), issuer=None)) == (Kind.unauthenticated, "no_issuer")


async def test_whoever_declines_is_told_so(hall: Hall) -> None:
    begun = await hall.begun()
    declined = FinishSignIn("work", asked(begun)["state"], error="access_denied", browser=begun.browser)
    assert await refused(hall, declined) == (Kind.forbidden, "sign_in_declined")
    begun = await hall.begun()
    empty = FinishSignIn("work", asked(begun)["state"], browser=begun.browser)
    assert await refused(hall, empty) == (Kind.invalid, "sign_in_unknown")


async def test_a_code_is_taken_once_by_the_provider(hall: Hall) -> None:
    """And one that was made for another sign-in does not prove its challenge."""
    mine, theirs = await hall.begun(), await hall.begun()
    stolen = hall.back(theirs)
    injected = hall.back(mine, code=stolen.code)
    assert await refused(hall, injected) == (Kind.unauthenticated, "bad_code")
    used = hall.back(await hall.begun(), code=stolen.code)
    assert await refused(hall, used) == (Kind.unauthenticated, "bad_code")


# -- what the provider's token must be --------------------------------------------------------------------------------


def with_(**claims: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Tokens with other claims; one that is `None` is left out."""

    def twist(said: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**said, **claims}.items() if value is not None}

    return twist


def moved(**by: float) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Tokens with other times."""
    return lambda said: {**said, **{name: said.get(name, said["iat"]) + seconds for name, seconds in by.items()}}


WRONG: list[tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = [
    ("wrong_nonce", with_(nonce="another sign-in's")),
    ("wrong_nonce", with_(nonce=None)),
    ("wrong_nonce", with_(nonce=["a list"])),
    ("wrong_nonce", with_(nonce="é\ud800".encode("utf-8", "ignore").decode())),
    ("wrong_audience", with_(aud="somebody-else")),
    ("wrong_audience", with_(aud=["somebody-else"])),
    ("wrong_audience", with_(aud=None)),
    ("wrong_party", with_(aud=[CLIENT, "somebody-else"])),
    ("wrong_party", with_(aud=[CLIENT, "somebody-else"], azp="somebody-else")),
    ("wrong_party", with_(azp="somebody-else")),
    ("wrong_issuer", with_(iss="https://evil.example")),
    ("wrong_issuer", with_(iss="https://id.example/realm/")),
    ("wrong_issuer", with_(iss=None)),
    ("expired", moved(exp=-300 - 31)),
    ("expired", with_(exp=None)),
    ("expired", with_(exp="tomorrow")),
    ("expired", with_(exp=True)),
    ("expired", with_(exp=1e300)),
    ("wrong_time", moved(iat=31)),
    ("wrong_time", moved(iat=-31)),
    ("wrong_time", with_(iat=None)),
    ("wrong_time", moved(nbf=31)),
    ("wrong_time", with_(nbf="now")),
    ("no_subject", with_(sub=None)),
    ("no_subject", with_(sub="")),
    ("no_subject", with_(sub=7)),
    ("no_subject", with_(sub="x" * 1001)),
    ("no_subject", with_(sub="a\x00b")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("why", "twist"), WRONG)
async def test_a_token_that_does_not_fit_lets_nobody_in(hall: Hall, why: str, twist: Any) -> None:
    """It is written down why, and no account is made."""
    hall.provider.twist = twist
    assert await refused(hall, hall.back(await hall.begun())) == (Kind.unauthenticated, why)
    assert [entry["why"] for entry in await hall.acts("sign_in_failed")] == [why]
    assert await hall.acts("user_made") == []


@pytest.mark.parametrize(
    "twist",
    [
        with_(aud=[CLIENT]),
        with_(aud=[CLIENT, "other"], azp=CLIENT),
        with_(azp=CLIENT),
        moved(nbf=29, iat=29),
        moved(exp=-300 - 29),
    ],
)
async def test_a_token_may_be_as_the_standard_allows(hall: Hall, twist: Any) -> None:
    """Several audiences with ours as the party, and clocks half a minute apart."""
    hall.provider.twist = twist
    assert (await hall.sign_in()).signed.token


@pytest.mark.parametrize("way", ["unsigned", "confused", "foreign"])
async def test_a_token_that_the_provider_has_not_signed_lets_nobody_in(hall: Hall, way: str) -> None:
    """No signature, the public key as a shared secret, another key under its name."""
    hall.provider.sign = getattr(hall.provider, way)
    assert await refused(hall, hall.back(await hall.begun())) == (Kind.unauthenticated, "bad_signature")


# -- the provider's documents -----------------------------------------------------------------------------------------


async def test_documents_are_kept_for_as_long_as_they_say(hall: Hall) -> None:
    """A sign-in asks for none of them again; between a minute and a day, whatever is said."""
    for cached, kept, over in (
        ("max-age=600", 599, 2),
        ("no-store, max-age=0", 59, 2),
        ("public", 3599, 2),
        ("max-age=999999999", 86_399, 2),
    ):
        hall.provider.cached = cached
        hall.arrange()
        hall.provider.asked.clear()
        await hall.sign_in()
        await hall.sign_in()
        assert sorted(hall.provider.asked) == ["/.well-known/openid-configuration", "/keys", "/token", "/token"]
        hall.office.clock.move(kept)
        await hall.sign_in()
        assert len(hall.provider.asked) == 5
        hall.office.clock.move(over)
        await hall.sign_in()
        assert len(hall.provider.asked) == 8


async def test_those_who_come_at_once_ask_a_provider_together(hall: Hall) -> None:
    """And hear together that it is not there: nobody waits behind all the others. New keys are found for all."""
    begun = await asyncio.gather(*(hall.begun() for _ in range(8)))
    assert hall.provider.asked == ["/.well-known/openid-configuration"]
    await asyncio.gather(*(hall.do(hall.back(each)) for each in begun))
    assert hall.provider.asked.count("/keys") == 1
    hall.office.clock.move(11)
    backs = [hall.back(await hall.begun()) for _ in range(8)]
    hall.provider.rotate()
    ends = await asyncio.gather(*map(hall.do, backs))
    assert len({end.signed.token for end in ends}) == 8 and hall.provider.asked.count("/keys") == 2
    hall.arrange()
    hall.provider.down = True
    failed = await asyncio.gather(*(hall.begun() for _ in range(8)), return_exceptions=True)
    assert {end.code for end in failed if isinstance(end, Fault)} == {"provider_unreachable"}
    assert hall.provider.refused == 1


async def test_a_provider_may_change_its_keys(hall: Hall) -> None:
    """New ones are found at once; who makes tokens up does not make us ask for them again and again."""
    await hall.sign_in()
    hall.office.clock.move(11)
    hall.provider.rotate()
    assert (await hall.sign_in()).signed.token
    hall.provider.asked.clear()
    hall.provider.sign = hall.provider.foreign
    for _ in range(5):
        assert await refused(hall, hall.back(await hall.begun())) == (Kind.unauthenticated, "bad_signature")
    assert hall.provider.asked.count("/keys") == 0
    hall.office.clock.move(11)
    for _ in range(5):
        assert await refused(hall, hall.back(await hall.begun())) == (Kind.unauthenticated, "bad_signature")
    assert hall.provider.asked.count("/keys") == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": None},
        {"token_endpoint": "http://id.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://id.example/\r\nset-cookie: a=b"},
        {"jwks_uri": "file:///etc/passwd"},
        {"userinfo_endpoint": "http://id.example/userinfo"},
    ],
)
async def test_a_provider_that_says_something_else_about_itself_is_not_used(hall: Hall, metadata: Any) -> None:
    hall.provider.metadata = metadata
    assert await refused(hall, BeginSignIn("work")) == (Kind.upstream, "provider_misconfigured")


async def test_a_provider_without_documents_is_not_used(hall: Hall) -> None:
    """None at all, none that is JSON, or no keys in it."""
    hall.provider.metadata = {"jwks_uri": f"{hall.provider.issuer}/nowhere"}
    assert await refused(hall, hall.back(await hall.begun())) == (Kind.upstream, "provider_misconfigured")
    hall.provider.metadata = {"jwks_uri": f"{hall.provider.issuer}/.well-known/openid-configuration"}
    hall.arrange()
    assert await refused(hall, hall.back(await hall.begun())) == (Kind.upstream, "provider_misconfigured")


async def test_a_provider_that_is_down_is_said_to_be(hall: Hall) -> None:
    """Before anybody is sent away, and when they are back; it is written down then."""
    hall.provider.down = True
    assert await refused(hall, BeginSignIn("work")) == (Kind.upstream, "provider_unreachable")
    hall.provider.down = False
    back = hall.back(await hall.begun())
    hall.provider.down = True
    assert await refused(hall, back) == (Kind.upstream, "provider_unreachable")
    assert [entry["why"] for entry in await hall.acts("sign_in_failed")] == ["provider_unreachable"]


@pytest.mark.parametrize(
    ("ways", "secret", "form", "basic"),
    [
        (None, SECRET, set(), (CLIENT, SECRET)),
        (["client_secret_post", "client_secret_basic"], SECRET, set(), (CLIENT, SECRET)),
        (["client_secret_post"], SECRET, {"client_id", "client_secret"}, None),
        (["private_key_jwt"], SECRET, set(), (CLIENT, SECRET)),
        (["none"], None, {"client_id"}, None),
    ],
)
async def test_the_server_shows_itself_as_the_provider_wants(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, ways: Any, secret: str | None, form: set[str], basic: Any
) -> None:
    """By header or in the form; without a secret by its challenge alone."""
    seen: list[tuple[set[str], Any]] = []
    post = hall.provider.post

    async def watched(url: str, sent: Any, shown: Any = None) -> Answered:
        seen.append((set(sent) - {"grant_type", "code", "redirect_uri", "code_verifier"}, shown))
        return await post(url, sent, shown)

    monkeypatch.setattr(hall.provider, "post", watched)
    hall.provider.secret = secret
    hall.provider.metadata = {} if ways is None else {"token_endpoint_auth_methods_supported": ways}
    hall.arrange(secret=None if secret is None else lambda: secret)
    await hall.sign_in()
    assert seen == [(form, basic)]


@pytest.mark.parametrize("answered", [Answered(200, {}, b"no json"), Answered(200, {}, b"{}"), Answered(500, {}, b"")])
async def test_an_answer_that_is_none_is_the_providers_fault(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, answered: Answered
) -> None:
    async def post(url: str, sent: Any, shown: Any = None) -> Answered:
        return answered

    back = hall.back(await hall.begun())
    monkeypatch.setattr(hall.provider, "post", post)
    assert await refused(hall, back) == (Kind.upstream, "provider_misconfigured")


async def test_a_wrong_client_secret_is_the_operators_fault(hall: Hall) -> None:
    hall.arrange(secret=lambda: "another")
    assert await refused(hall, hall.back(await hall.begun())) == (Kind.upstream, "provider_misconfigured")


async def test_what_somebody_is_called_is_taken_from_where_the_settings_say(hall: Hall) -> None:
    """By a claim's name or by its path; what is no name is made one, or left."""
    hall.arrange(name_claim="profile.nick", groups_claim="https://id.example/groups")
    for said, called in (
        ({"profile": {"nick": "Countess"}}, "Countess"),
        ({"profile": {"nick": "a\u200bb\n c"}, "sub": "2"}, "a b c"),
        ({"profile": "none", "name": None, "preferred_username": "ada@corp", "sub": "3"}, "ada at corp"),
        ({"profile": {"nick": 7}, "name": "\t", "preferred_username": None, "sub": "4"}, "4"),
        ({"profile": {}, "name": "@", "sub": "5"}, "at"),
        ({"profile": {}, "name": "", "preferred_username": "", "sub": " "}, "somebody"),
    ):
        user = (await hall.sign_in({**GRACE, "email": None, **said})).signed.user
        assert user.name == called


# -- what is said elsewhere -------------------------------------------------------------------------------------------


async def test_a_strict_provider_is_asked_who_it_is(hall: Hall) -> None:
    """It keeps names, addresses and groups out of its tokens; others are not asked."""
    await hall.sign_in()
    assert "/userinfo" not in hall.provider.asked
    hall.provider.strict = True
    hall.arrange(Terms(unknown="user", admin_group="chiefs"))
    user = (await hall.sign_in({**GRACE, "sub": "2", "email": "g@example.org", "groups": ["chiefs"]})).signed.user
    assert (user.name, user.email, user.role) == ("Grace Hopper", "g@example.org", "admin")
    assert hall.provider.asked.count("/userinfo") == 1


async def test_groups_are_asked_for_only_where_they_matter(hall: Hall) -> None:
    hall.provider.twist = lambda said: {name: value for name, value in said.items() if name != "groups"}
    await hall.sign_in()
    assert "/userinfo" not in hall.provider.asked
    hall.arrange(Terms(unknown="user", admin_group="people"))
    assert (await hall.sign_in()).signed.user.role == "admin"


async def test_whether_an_address_is_verified_is_said_where_the_address_is(hall: Hall) -> None:
    """A mark in the token is not about an address that stands elsewhere."""
    hall.provider.strict = True
    hall.provider.twist = lambda said: {**said, "email_verified": True}
    assert (await hall.sign_in({**GRACE, "email_verified": False})).signed.user.email is None
    hall.provider.twist = lambda said: {**said, "email": "t@example.org", "email_verified": True}
    assert (await hall.sign_in({**GRACE, "sub": "2", "email_verified": False})).signed.user.email == "t@example.org"


async def test_what_is_said_about_somebody_else_is_not_believed(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor what is none: an error, or a signed answer."""
    hall.provider.strict = True
    get = hall.provider.get

    async def other(url: str, token: str | None = None) -> Answered:
        return said[0] if url.endswith("/userinfo") else await get(url, token)

    monkeypatch.setattr(hall.provider, "get", other)
    said = [Answered(200, {}, b'{"sub": "somebody else", "name": "Ada"}')]
    assert await refused(hall, hall.back(await hall.begun())) == (Kind.unauthenticated, "wrong_subject")
    for answer in (Answered(401, {}, b"{}"), Answered(200, {}, b"ey.ey.ey"), Answered(200, {}, b"[]")):
        said[0] = answer
        assert await refused(hall, hall.back(await hall.begun())) == (Kind.upstream, "provider_misconfigured")


async def test_a_provider_that_says_nothing_elsewhere_is_not_asked(hall: Hall) -> None:
    hall.provider.strict = True
    hall.provider.metadata["userinfo_endpoint"] = None
    assert (await hall.sign_in()).signed.user.name == "grace-1"
