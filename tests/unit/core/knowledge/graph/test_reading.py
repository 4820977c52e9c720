"""What a model said becomes a drawing, however it said it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.knowledge.graph.reading import MOST_ENTITIES, MOST_RELATIONS, drawn, named
from parlance.values.graph import MOST_KEY, MOST_NAME, Drawing, Entity, Relation, key_of, keys_in

LAMP = {"name": "Lantern X2", "kind": "product", "description": "A lamp."}
ACME = {"name": "Acme", "kind": "company"}
MADE = {"source": "lantern x2", "target": "ACME", "kind": "made by", "description": "", "strength": 9}
WHOLE = json.dumps({"entities": [LAMP, ACME], "relations": [MADE]})
WANTED = Drawing(
    (Entity("Lantern X2", "product", "A lamp."), Entity("Acme", "company")),
    (Relation("lantern x2", "acme", "made by", "", 9),),
)


@pytest.mark.parametrize(
    "said",
    [
        WHOLE,
        f"Here it is:\n```json\n{WHOLE}\n```\nAnything else?",
        f"<think>What about {{this}}?</think>{WHOLE}",
        WHOLE[:-1],
        WHOLE.replace('"name"', '"title"').replace('"kind"', '"type"'),
        WHOLE.replace("entities", "nodes").replace('"source"', '"node1"').replace('"target"', '"node2"'),
        WHOLE.replace(": 9", ': "9.0"'),
    ],
    ids=["plain", "fenced", "thought", "cut", "titles", "nodes", "texts"],
)
def test_a_drawing_is_read_however_it_is_written(said: str) -> None:
    """With a word before it, in a fence, cut off, or in the spelling of another prompt."""
    assert drawn(said) == WANTED


@pytest.mark.parametrize("said", ["", "I cannot do that.", "[1, 2]", '{"answer": 42}', "{" * 500, '{"a": "\\ud800"}'])
def test_what_is_no_drawing_is_nonsense(said: str) -> None:
    """And no error."""
    assert drawn(said) == Drawing(nonsense=True)


def test_an_empty_drawing_is_none_the_less_one() -> None:
    """Many passages speak of nothing in particular."""
    assert drawn('{"entities": [], "relations": []}') == Drawing()


def test_what_does_not_fit_is_left_out() -> None:
    """Names without letters, relations to nobody or to itself, and whatever is said twice; strength is bounded."""
    odd: list[Any] = [LAMP, {"name": "lantern  X2.", "description": "Again."}, {"name": "—"}, {"name": 5}, ACME]
    loose = [MADE, MADE, {**MADE, "target": "nobody"}, {**MADE, "target": "Lantern-X2"}, "made"]
    strong = [
        {**MADE, "kind": kind, "strength": said} for kind, said in (("a", 99), ("b", -3), ("c", "x"), ("d", None))
    ]
    found = drawn(json.dumps({"entities": odd, "relations": [*loose, *strong]}))
    assert found.entities == WANTED.entities
    assert [(each.kind, each.strength) for each in found.relations] == [
        ("made by", 9),
        ("a", 10),
        ("b", 1),
        ("c", 5),
        ("d", 5),
    ]


def test_a_model_that_repeats_itself_fills_no_database() -> None:
    """Entities, relations and words are bounded."""
    many = [{"name": f"Thing {n} {'x' * 150}", "description": "y" * 500} for n in range(60)]
    pairs = [{"source": "Acme", "target": "Lantern X2", "kind": str(n)} for n in range(100)]
    found = drawn(json.dumps({"entities": [LAMP, ACME, *many], "relations": pairs}))
    assert len(found.entities) == MOST_ENTITIES and len(found.relations) == MOST_RELATIONS
    assert all(len(each.name) <= MOST_NAME and len(each.description) <= 400 for each in found.entities)


def test_names_of_a_question_are_read() -> None:
    """As texts or as objects; none where there are none."""
    assert named('{"entities": ["Lantern X2", {"name": "Acme"}, 5]}') == ("Lantern X2", "Acme")
    assert named("None that I know.") == () == named('{"entities": "Acme"}')


@given(st.text())
def test_anything_is_read(said: str) -> None:
    """Without an error, and with nothing that a database does not take."""
    found = drawn(f'{{"entities": [{{"name": "{said}"}}, {{"name": {json.dumps(said)}}}]}} {said}')
    for each in found.entities:
        assert 0 < len(each.key) <= MOST_KEY and "\0" not in each.name
        each.name.encode()


@given(st.text(), st.text(), st.text())
def test_a_name_is_found_in_whatever_it_stands_in(before: str, name: str, after: str) -> None:
    """Where letters and signs part it from what stands around it."""
    key = key_of(name)
    if len(key) > 1 and len(key.split()) <= 12:
        assert key in keys_in(f"{before[:20]} . {name} . {after}", 12, 400)


def test_keys_are_alike_for_what_is_written_otherwise() -> None:
    """Case, accents, signs and width make no difference; each Chinese letter is an atom."""
    assert key_of("Café—Nord ") == key_of("cafe nord") == key_of("ＣＡＦＥ (Nord)") == "cafe nord"
    assert key_of("东京塔") == "东 京 塔" and "东 京 塔" in keys_in("东京塔在哪里？", 12, 100)
