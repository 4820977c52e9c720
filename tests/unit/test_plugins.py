"""Parts come in by entry point, ours and others' alike."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from parlance.plugins import BUILT_IN, DIALECTS, ENGINES, named, part
from parlance.values.errors import Fault, Kind


def test_the_built_in_parts_stand_in_the_projects_metadata() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == BUILT_IN


@pytest.mark.parametrize(("group", "name"), [(group, name) for group in BUILT_IN for name in BUILT_IN[group]])
def test_every_built_in_part_can_be_imported(group: str, name: str) -> None:
    assert callable(part(group, name))
    assert name in named(group)


def test_an_unknown_part_is_missing_and_the_others_are_named() -> None:
    with pytest.raises(Fault) as missing:
        part(ENGINES, "telepathy")
    assert missing.value.kind is Kind.missing
    assert missing.value.hint is not None and "quote" in missing.value.hint
    with pytest.raises(Fault):
        part(DIALECTS, "telepathy")
