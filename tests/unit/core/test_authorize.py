"""Who may do what with which thing: a table, and every rule both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import msgspec
import pytest

from parlance.core.accounts.rights import (
    must_act_for,
    must_make_operators,
    must_not_exceed,
    must_outrank,
    still_may,
)
from parlance.core.authorize import (
    OWNED,
    absent,
    administers,
    authorize,
    keeps,
    may,
    may_use,
    must_be_a_person,
    must_keep,
    oversees,
    owns,
    owns_the_machine,
    refusal,
    visible,
)
from parlance.core.dispatch import Dispatch
from parlance.core.operation import Context, Named, Operation, Result
from parlance.core.runs.run import Run
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.accounts import (
    ALL_SCOPES,
    DEFAULT_TENANT,
    OWNER,
    ROLE_SCOPES,
    ApiKey,
    Group,
    Principal,
    Scope,
    Session,
    Tenant,
    User,
    scopes_of,
)
from parlance.values.errors import Fault, Kind
from parlance.values.evaluations import Evaluated, Evaluation
from parlance.values.knowledge import Base, Document, Located
from parlance.values.ledger import Budget, Kept, Ledger

ADA = Principal("home", "ada")
ADMIN = Principal("home", "root", scopes=ROLE_SCOPES["admin"])
OPERATOR = Principal("home", "op", scopes=ALL_SCOPES)
STRANGER = Principal("away", "ada")
FOREIGN_ADMIN = Principal("away", "root", scopes=ROLE_SCOPES["admin"])
GUEST = Principal("home", "ada", guest=True)
PENDING = Principal("home", "ada", scopes=frozenset())
OVERSEER = msgspec.structs.replace(OPERATOR, oversees=True)


class Thing(msgspec.Struct, frozen=True):
    """Something that somebody has."""

    tenant: str
    user: str
    id: str = "t"


USER = User("ada", "home", "Ada", "user", 1, 1)
KEY = ApiKey("k", "home", "ada", "laptop", "pk_a", 1)
SESSION = Session("s", "home", "ada", "cookie", 1, 2, 1)
GROUP = Group("g", "home", "Readers", 1, 1)
TENANT = Tenant("home", "Home", 1, 1, 1)
CHAT = Thing("home", "ada")
OWN_BASE = Base("b", "home", "ada", "Tea", 1, 1)
SHARED_BASE = msgspec.structs.replace(OWN_BASE, access="tenant")
DOCUMENT = Document("d", "home", "b", "op", "tea.txt", "upload", 1, 1)
EVES_BASE = msgspec.structs.replace(SHARED_BASE, user="eve")
EVALUATION = Evaluation("e", "home", "b", "ada", "", 1, 1, 1)
AT_HOME = {ADA, PENDING, ADMIN, OPERATOR, OVERSEER}

TABLE = [
    # kind, thing, who may read it, who may write it
    ("user", USER, {ADA, PENDING, ADMIN, OPERATOR, OVERSEER}, {ADA, PENDING, ADMIN, OPERATOR, OVERSEER}),
    ("group", GROUP, {ADMIN, OPERATOR, OVERSEER}, {ADMIN, OPERATOR, OVERSEER}),
    ("key", KEY, {ADA, PENDING, ADMIN, OPERATOR, OVERSEER}, {ADA, PENDING, ADMIN, OPERATOR, OVERSEER}),
    ("session", SESSION, {ADA, PENDING, ADMIN, OPERATOR, OVERSEER}, {ADA, PENDING, ADMIN, OPERATOR, OVERSEER}),
    ("tenant", TENANT, {ADMIN, OPERATOR, OVERSEER}, {OPERATOR, OVERSEER}),
    *((kind, CHAT, {ADA, PENDING, OVERSEER}, {ADA, PENDING}) for kind in sorted(OWNED)),
    ("base", OWN_BASE, {ADA, PENDING}, {ADA, PENDING}),
    ("base", SHARED_BASE, AT_HOME, AT_HOME),
    ("base", EVES_BASE, AT_HOME, {ADMIN, OPERATOR, OVERSEER}),
    ("document", Located(OWN_BASE, DOCUMENT), {ADA, PENDING}, {ADA, PENDING}),
    ("chunk", Located(SHARED_BASE, DOCUMENT), AT_HOME, AT_HOME),
    ("evaluation", Evaluated(OWN_BASE, EVALUATION), {ADA, PENDING}, {ADA, PENDING}),
    ("evaluation", Evaluated(EVES_BASE, EVALUATION), AT_HOME, AT_HOME),
    (
        "evaluation",
        Evaluated(EVES_BASE, msgspec.structs.replace(EVALUATION, user="eve")),
        AT_HOME,
        {ADMIN, OPERATOR, OVERSEER},
    ),
]
EVERYBODY = (ADA, ADMIN, OPERATOR, STRANGER, FOREIGN_ADMIN, GUEST, PENDING, OVERSEER)


@pytest.mark.parametrize(("kind", "thing", "readers", "writers"), TABLE, ids=[row[0] for row in TABLE])
def test_a_thing_is_for_those_of_the_table_and_nobody_else(
    kind: str, thing: object, readers: set[Principal], writers: set[Principal]
) -> None:
    """Scopes are asked apart, by the operation: a pending user owns what is theirs, and has no operation for it."""
    assert {who for who in EVERYBODY if may(who, "read", kind, thing)} == readers
    assert {who for who in EVERYBODY if may(who, "write", kind, thing)} == writers


@pytest.mark.parametrize("kind", sorted({row[0] for row in TABLE}))
def test_a_thing_of_another_kind_is_nothing(kind: str) -> None:
    for who in EVERYBODY:
        for thing in (None, "text", object(), Run("r", ADA, "m", 0)):
            assert not may(who, "read", kind, thing) and not may(who, "write", kind, thing)


@pytest.mark.parametrize(("kind", "thing", "readers", "writers"), TABLE, ids=[row[0] for row in TABLE])
def test_only_whoever_reads_a_base_hears_that_it_is_there(
    kind: str, thing: object, readers: set[Principal], writers: set[Principal]
) -> None:
    """All others hear what they hear of nothing, whatever they want with it."""
    for who in EVERYBODY:
        reads = kind in ("base", "document", "chunk", "evaluation") and who in readers
        said = refusal(who, "write", kind, thing)
        assert (said.kind, said.code) == (
            (Kind.forbidden, "only_read") if reads else (Kind.missing, f"{kind}_not_found")
        )
        assert refusal(who, "read", kind, thing).kind is Kind.missing


def test_a_list_never_shows_what_an_operator_may_only_oversee() -> None:
    """That is for a thing that somebody names, so that each reading is written down."""
    assert not visible(OVERSEER, "chat")(CHAT) and visible(ADA, "chat")(CHAT)
    assert oversees(OVERSEER, "chat", CHAT)
    for who, kind, thing in (
        (OPERATOR, "chat", CHAT),
        (OVERSEER, "user", USER),
        (OVERSEER, "chat", object()),
        (OVERSEER, "chat", Thing("away", "ada")),
        (OVERSEER, "chat", Thing("home", "op")),
    ):
        assert not oversees(who, kind, thing)


def refused(must: Callable[..., object], *given: object) -> str | None:
    """The code of a refusal; nothing where it is allowed."""
    try:
        must(*given)
    except Fault as fault:
        assert fault.kind is Kind.forbidden
        return fault.code
    return None


def those(must: Callable[..., object], *given: object) -> list[Principal]:
    """Who is not refused."""
    return [who for who in EVERYBODY if refused(must, who, *given) is None]


def test_only_operators_change_operators_and_say_who_is_one() -> None:
    boss = msgspec.structs.replace(USER, operates=True)
    assert those(must_outrank, USER) == list(EVERYBODY), "who may see somebody at all is asked before"
    assert those(must_outrank, boss) == those(must_make_operators) == [OPERATOR, OVERSEER]
    assert refused(must_outrank, ADMIN, boss) == refused(must_make_operators, ADMIN) == "needs_operator"


def test_guests_keep_nothing_and_are_told_what_they_do_not() -> None:
    assert [who for who in EVERYBODY if not keeps(who)] == [GUEST]
    assert must_keep(ADA, "files") is ADA and refused(must_keep, GUEST, "files") == "guests_keep_nothing"
    with pytest.raises(Fault, match="Guests keep no chats"):
        must_keep(GUEST, "chats")


def test_the_machines_owner_is_whom_nothing_stands_behind() -> None:
    """The console, and programs of this machine while nobody is known: not a key, a row or a guest called so."""
    owner = Principal(DEFAULT_TENANT, OWNER)
    assert owns_the_machine(owner)
    for more in ({"key": "k"}, {"stored": True}, {"guest": True}, {"tenant": "away"}, {"user": "ada"}):
        assert not owns_the_machine(msgspec.structs.replace(owner, **more))


def test_what_is_the_whole_tenants_is_for_its_admins() -> None:
    assert [who for who in EVERYBODY if administers(who)] == [ADMIN, OPERATOR, FOREIGN_ADMIN, OVERSEER]


def test_what_was_begun_goes_on_for_whoever_still_has_the_scopes() -> None:
    """Fewer of them, or nobody any more, end it; more do not."""
    assert still_may(ADA, ADA) and still_may(ADA, ADMIN) and still_may(PENDING, ADA)
    assert still_may(ADA, USER) and not still_may(ADMIN, USER)
    assert not still_may(ADMIN, ADA) and not still_may(ADA, PENDING) and not still_may(ADA, None)
    assert not still_may(ADA, msgspec.structs.replace(USER, disabled=True))


def test_ones_own_account_is_no_keys_business() -> None:
    assert refused(must_be_a_person, msgspec.structs.replace(ADA, session="s")) is None
    assert refused(must_be_a_person, msgspec.structs.replace(ADA, key="k")) == "needs_sign_in"


def test_a_key_acts_for_whoever_makes_it_unless_that_is_the_machine_itself() -> None:
    """A guest may be called like a user; an operator who signed in, or came with a key, is not at the machine."""
    assert those(must_act_for, "ada") == [ADA, OPERATOR, STRANGER, PENDING, OVERSEER]
    for more in ({"stored": True}, {"key": "k"}, {"session": "s"}):
        assert refused(must_act_for, msgspec.structs.replace(OPERATOR, **more), "ada") == "not_your_account"
    assert refused(must_act_for, GUEST, "ada") == refused(must_act_for, ADMIN, "ada") == "not_your_account"


def test_a_key_never_may_more_than_whoever_makes_it() -> None:
    few = msgspec.structs.replace(ADA, models=("llama*", "quote"))
    assert refused(must_not_exceed, ADA, ("chat",), ("anything",)) is None
    assert refused(must_not_exceed, few, ("chat",), ("quote",)) is None
    assert refused(must_not_exceed, few, ("chat",), ("llama3",)) == "beyond_your_models", "patterns are not compared"
    assert refused(must_not_exceed, few, ("chat",), ("*",)) == "beyond_your_models"
    assert refused(must_not_exceed, ADA, ("chat", "admin"), ("*",)) == "beyond_your_scopes"


def test_roles_give_scopes_and_whoever_is_pending_or_disabled_has_none() -> None:
    assert {role: scopes_of(role, False) for role in ROLE_SCOPES} == {
        "pending": frozenset(),
        "user": {"chat"},
        "admin": {"chat", "models:write", "observe", "admin"},
    }
    assert scopes_of("pending", True) == frozenset()
    assert scopes_of("user", True) == {"chat", "operate"} and scopes_of("admin", True) == ALL_SCOPES
    assert msgspec.structs.replace(USER, role="admin", operates=True, disabled=True).scopes == frozenset()


class Personal(Operation[None], frozen=True):
    """Something about one's own account."""

    personal: ClassVar[bool] = True


class Free(Operation[None], frozen=True):
    """Something that anybody may want."""

    scope: ClassVar[Scope | None] = None


def test_a_run_that_is_kept_is_its_users_whichever_key_or_session_asks() -> None:
    phone, laptop = (msgspec.structs.replace(ADA, key=name) for name in ("phone", "laptop"))
    run = Run("r", phone, "m", 0)
    assert owns(phone, run) and not owns(laptop, run)
    run.kept = True
    assert owns(phone, run) and owns(laptop, run) and owns(ADA, run)
    for other in (STRANGER, GUEST, ADMIN):
        assert not owns(other, run) and not visible(other, "run")(run)


def test_models_are_seen_by_the_patterns_of_the_caller() -> None:
    caller = msgspec.structs.replace(ADA, models=("llama3*", "quote"))
    assert [may_use(caller, model) for model in ("llama3.1:8b", "quote", "gpt-4o")] == [True, True, False]
    assert may_use(ADA, "anything") and visible(caller, "model")("quote") and not visible(caller, "model")("gpt-4o")
    with pytest.raises(AssertionError, match="nobody said"):
        visible(ADA, "secret")
    assert absent("run").code == "run_not_found"


def test_a_ledger_is_its_chats_users_or_else_of_whoever_asked() -> None:
    own = Kept("home", "ada", ADA.scope_key, Ledger("r", "m", "mock", 1, 0))
    of_chat = msgspec.structs.replace(own, scope="another", chat="c")
    assert visible(ADA, "ledger")(own) and visible(ADA, "ledger")(of_chat)
    keyed = msgspec.structs.replace(ADA, key="k")
    assert visible(keyed, "ledger")(of_chat) and not visible(keyed, "ledger")(own)
    for other in (STRANGER, GUEST, ADMIN):
        assert not visible(other, "ledger")(own) and not visible(other, "ledger")(of_chat)
    assert not visible(ADA, "ledger")(object())


def test_budgets_are_for_the_admins_of_their_tenant() -> None:
    budget = Budget("b", "home", "user", "ada", "requests", "day", 5)
    assert [who for who in EVERYBODY if may(who, "write", "budget", budget)] == [ADMIN, OPERATOR, OVERSEER]
    assert not visible(ADMIN, "budget")(object())


def test_connections_are_for_whoever_operates_the_server() -> None:
    """They are nobody's tenant's: an admin of one has no say."""
    assert [who for who in EVERYBODY if may(who, "read", "connection", object())] == [OPERATOR, OVERSEER]
    assert [who for who in EVERYBODY if may(who, "write", "connection", object())] == [OPERATOR, OVERSEER]


def test_ones_own_account_is_for_a_person_or_for_a_key_that_administers() -> None:
    authorize(msgspec.structs.replace(ADA, session="s"), Personal)
    authorize(ADMIN, Personal)
    for who in (ADA, msgspec.structs.replace(ADA, key="k"), GUEST):
        with pytest.raises(Fault) as refused:
            authorize(who, Personal)
        assert (refused.value.kind, refused.value.code) == (Kind.forbidden, "needs_sign_in")
    with pytest.raises(Fault) as refused:
        authorize(msgspec.structs.replace(PENDING, session="s"), Personal)
    assert refused.value.code == "missing_scope"
    authorize(PENDING, Free)


class Open(Operation[str], frozen=True):
    """A made-up reading of a chat."""

    names: ClassVar[tuple[Named, ...]] = (Named("chat", "chat"),)

    chat: str


async def test_what_an_operator_reads_of_others_is_written_down_first() -> None:
    """In the audit log, before anything of it is told; and what is one's own is nobody's business."""
    from parlance.core.admission.gate import Gate, Rates
    from parlance.stores.volatile.counters import MemoryCounter
    from parlance.testing.clocks import HandClock
    from tests.unit.core.test_dispatch import RecordingStore

    store, order = RecordingStore(), []

    async def handle(context: Context, op: Open) -> Result[str]:
        order.append(len(store.applied))
        return Result(context.subject.id)

    def note(context: Context, kind: str, thing: Thing) -> ChangeSet:
        return (Statement("INSERT", {"who": context.principal.user, "what": f"{kind} {thing.id}"}),)

    gate = Gate(MemoryCounter(HandClock()), Rates())
    dispatch = Dispatch({Open: handle}, {"chat": lambda who, id: CHAT}, gate, store, note)
    assert await dispatch(OVERSEER, "r", Open("t")) == "t"
    assert [dict(change[0].parameters) for change in store.applied] == [{"who": "op", "what": "chat t"}]
    assert await dispatch(ADA, "r", Open("t")) == "t"
    assert order == [1, 1]
    with pytest.raises(Fault):
        await dispatch(OPERATOR, "r", Open("t"))
    assert len(store.applied) == 1


@pytest.mark.parametrize(
    ("principal", "scope", "way"),
    [
        (Principal("home", "ada", session="s", stored=True), "admin", "Ask an admin for a role"),
        (Principal("home", "ada", session="s", stored=True), "operate", "Ask an operator for a role"),
        (Principal("home", "ada", stored=True), "admin", "Ask an admin for a role"),  # a proxy says who it is
        (Principal("home", "ada", key="k", stored=True), "admin", "`parlance key new NAME --scope admin`"),
        (Principal("home", "ada", key="laptop"), "admin", "`scopes` in parlance.toml"),
        (GUEST, "admin", "Sign in"),
        (ADA, "admin", "console token"),
    ],
)
def test_a_missing_scope_is_told_with_a_way_that_this_caller_can_go(
    principal: Principal, scope: Scope, way: str
) -> None:
    """Somebody with an account is not sent to a file that only the operator can edit."""

    class Wished(Operation[None], frozen=True):
        pass

    Wished.scope = scope
    with pytest.raises(Fault) as refused:
        authorize(principal, Wished)
    assert (refused.value.kind, refused.value.code) == (Kind.forbidden, "missing_scope")
    hint = refused.value.hint or ""
    assert way in hint
    assert ("parlance.toml" in hint) == (principal.key is not None and not principal.stored)
