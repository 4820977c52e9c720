"""Files aim at 300 lines, functions at 30."""

from __future__ import annotations

from tests.architecture.sizes import Budget, findings, load
from tests.architecture.sources import read, show, snippet

LONG_FUNCTION = "class A:\n    def f(self):\n" + "        x = 1\n" * 40
NAME = "src/parlance/x.py::A.f"
NOTHING = Budget({}, {})


def test_files_and_functions_keep_their_budget() -> None:
    """Nothing is longer than its limit or its grant, and no grant is larger than needed."""
    show(findings(read("src", "tools", "benchmarks"), load()))


def test_a_long_function_is_found() -> None:
    """A function of 41 lines without a grant is reported under its qualified name."""
    assert findings([snippet("x.py", LONG_FUNCTION)], NOTHING) == [f"{NAME} has 41 lines, 30 are allowed: split it"]


def test_a_long_file_is_found() -> None:
    """A file of 301 lines without a grant is reported."""
    assert len(findings([snippet("x.py", "x = 1\n" * 301)], NOTHING)) == 1


def test_a_grant_is_enough_when_it_is_exact() -> None:
    """A function as long as its grant passes."""
    assert findings([snippet("x.py", LONG_FUNCTION)], Budget({}, {NAME: 41})) == []


def test_a_grant_may_only_shrink() -> None:
    """A grant above the real length, and one that nothing needs, are both reported."""
    assert len(findings([snippet("x.py", LONG_FUNCTION)], Budget({}, {NAME: 45}))) == 1
    assert len(findings([snippet("x.py", "x = 1\n")], Budget({"src/parlance/x.py": 400}, {}))) == 1


def test_a_docstring_does_not_count() -> None:
    """A function with 29 lines of code and 10 of docstring is short."""
    text = 'def f():\n    """' + "words\n" * 9 + '    """\n' + "    x = 1\n" * 28
    assert findings([snippet("x.py", text)], NOTHING) == []
