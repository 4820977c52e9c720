"""Who may do what is decided in one place, and of people and their keys in one more."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, package, show

PLACES = ("core/authorize.py", "core/accounts/rights.py")
AT_THE_DOOR = {
    "core/accounts/signing.py": "who is let in, and not what those who are in may do",
    "core/accounts/federation/arrival.py": "likewise, of those for whom another server vouches",
    "core/accounts/federation/oidc.py": "likewise",
    "core/chatbot/refusals.py": "that app's own words for its own people",
}
"""Files of the core that refuse somebody by themselves, and why."""


def findings(source: Source) -> Iterator[str]:
    """Rules that stand outside their place: scopes that are looked into, and refusals."""
    for node in source.nodes:
        if isinstance(node, ast.Compare) and any(
            isinstance(each, ast.Attribute) and each.attr == "scopes" for each in (node.left, *node.comparators)
        ):
            yield source.at(node, f"looks into scopes: ask a function of {PLACES[0]}")
        forbids = isinstance(node, ast.Attribute) and node.attr == "forbidden"
        if forbids and source.inner not in AT_THE_DOOR:
            yield source.at(node, f"refuses somebody: raise it from a function of {PLACES[0]}")


def test_no_rule_stands_outside_its_place() -> None:
    core = [source for source in package() if source.inner.startswith("core/") and source.inner not in PLACES]
    assert len(core) > 100
    show(finding for source in core for finding in findings(source))


@pytest.mark.parametrize(
    "text",
    [
        'def f(who):\n    return "admin" in who.scopes\n',
        "def f(was, now):\n    return was.scopes <= now.scopes\n",
        'def f():\n    raise Fault(Kind.forbidden, "No.")\n',
    ],
)
def test_a_rule_that_does_is_found(text: str) -> None:
    assert len(list(findings(Source("src/parlance/core/made_up.py", text)))) == 1
