"""The contract of `ports/evaluations.py`."""

from __future__ import annotations

import msgspec
import pytest

from parlance.ports.evaluations import Evaluations
from parlance.ports.stores import Conflict, Database
from parlance.stores.sql.knowledge import SqlKnowledgeStores
from parlance.testing.knowledge import ADA, base, kept
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.evaluations import Difference, Evaluation, Measured, Outcome, Piece, Question, SearchSetting
from tests.unit.core.files.desk import people

OTHER = "elsewhere"
PIECES = (
    Piece(
        0, (Question("q1", "Where is 茶 grown?", {"d1": 2, "ä b.txt": 1}, "In Assam."), Question("q2", "x", {"k": 1}))
    ),
    Piece(2, (Question("q3", "Milk?", {"d2": 1, "d3": 0}),)),
)


def evaluation(id: str = "e1", of: str = "b1", **more: object) -> Evaluation:
    """One of Ada's with three questions."""
    made = Evaluation(id, DEFAULT_TENANT, of, ADA, "Tea", 1, 1, 3, settings=(SearchSetting("a"), SearchSetting("b", 5)))
    return msgspec.structs.replace(made, **more)


@pytest.fixture
async def evaluations(database: Database) -> Evaluations:
    await people(database)
    stores = SqlKnowledgeStores(database)
    for id in ("b1", "b2"):
        await kept(database, stores, base(id))
    return stores.evaluations(DEFAULT_TENANT)


async def test_an_evaluation_is_read_as_it_was_written(database: Database, evaluations: Evaluations) -> None:
    """With all that came of it, and its set; of its tenant and base alone."""
    outcome = Outcome(1, ("gone",), ({"mrr": 0.5},), {"mrr": Difference(0.5, 0.25, 0.04)}, {"no_embedder": 3}, 2)
    made = evaluation(outcome=outcome, state="done", model="m", skip_own=True, problem="p", words="w", foreign={"t": 1})
    await database.apply(evaluations.insert(made, PIECES))
    assert await evaluations.evaluation("e1") == made
    assert await SqlKnowledgeStores(database).evaluations(OTHER).evaluation("e1") is None
    assert await evaluations.pieces("e1", -1, 10) == list(PIECES)
    assert await evaluations.pieces("e1", 0, 10) == [PIECES[1]]
    assert await evaluations.pieces("e2", -1, 10) == []
    for n in range(2, 5):
        await database.apply(evaluations.insert(evaluation(f"e{n}", "b2" if n == 4 else "b1"), ()))
    assert [each.id for each in await evaluations.page("b1", None, 10)] == ["e3", "e2", "e1"]
    assert [each.id for each in await evaluations.page("b1", "e3", 1)] == ["e2"]
    assert (await evaluations.count("b1"), await evaluations.count("b2"), await evaluations.count("b3")) == (3, 1, 0)


async def test_pieces_are_measured_one_after_the_other(database: Database, evaluations: Evaluations) -> None:
    """Until none is left."""
    await database.apply(evaluations.insert(evaluation(), PIECES))
    assert await evaluations.unmeasured("e1") == PIECES[0]
    one = Measured({"mrr": 1.0}, ("d1",), "In Assam.", ("useless_vectors",))
    found = ((one, Measured({"mrr": 0.5})), (Measured({}), Measured({})))
    await database.apply((evaluations.measured("e1", 0, found),))
    assert await evaluations.unmeasured("e1") == PIECES[1]
    assert (await evaluations.pieces("e1", -1, 1))[0] == msgspec.structs.replace(PIECES[0], measured=found)
    await database.apply((evaluations.measured("e1", 2, [(one, one)]),))
    assert await evaluations.unmeasured("e1") is None
    with pytest.raises(Conflict):
        await database.apply((evaluations.measured("e1", 1, []),))


async def test_one_that_is_over_or_gone_is_not_changed(database: Database, evaluations: Evaluations) -> None:
    """Where the states are named in which it may be."""
    await database.apply(evaluations.insert(evaluation(), PIECES))
    await database.apply((evaluations.change("e1", {"state": "stopped", "done": 2}, 9, among=("waiting", "running")),))
    assert await evaluations.evaluation("e1") == evaluation(state="stopped", done=2, changed=9)
    late = evaluations.change("e1", {"state": "done"}, 10, among=("waiting", "running"))
    with pytest.raises(Conflict):
        await database.apply((late,))
    await database.apply((evaluations.change("e1", {"name": "Late"}, 10),))
    await database.apply(evaluations.remove("e1"))
    assert await evaluations.evaluation("e1") is None and await evaluations.pieces("e1", -1, 9) == []
    with pytest.raises(Conflict):
        await database.apply(evaluations.remove("e1"))


async def test_evaluations_go_with_their_base(database: Database, evaluations: Evaluations) -> None:
    """When it is leaving nobody sees them; with its row they go, and no other's."""
    stores = SqlKnowledgeStores(database)
    for n, of in enumerate(("b1", "b1", "b2")):
        await database.apply(evaluations.insert(evaluation(f"e{n}", of), PIECES))
    await database.apply((stores.bases(DEFAULT_TENANT).leave("b1"),))
    assert await evaluations.evaluation("e0") is None and await evaluations.page("b1", None, 9) == []
    with pytest.raises(Conflict):
        await database.apply(evaluations.insert(evaluation("e9"), PIECES))
    await database.apply(stores.remains(DEFAULT_TENANT).remove_base("b1"))
    assert await evaluations.pieces("e0", -1, 9) == []
    assert await evaluations.evaluation("e2") == evaluation("e2", "b2")
