"""The rules about single lines, held against the package and against snippets that break them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.architecture import habits
from tests.architecture.sources import Source, package, show, snippet

Rule = Callable[[Source], list[str]]
RULES: list[Rule] = [
    habits.banned_names,
    habits.broad_excepts,
    habits.uninjected,
    habits.global_state,
    habits.undocumented,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule: Rule) -> None:
    """No file of the package breaks this rule."""
    show(finding for source in package() for finding in rule(source))


@pytest.mark.parametrize("inner", ["core/utils.py", "http_helpers.py", "core/base/run.py", "core/session_manager.py"])
def test_an_empty_name_is_found(inner: str) -> None:
    """Each of these paths has one piece that says nothing."""
    assert len(habits.banned_names(snippet(inner, ""))) == 1


def test_a_telling_name_is_fine() -> None:
    """`knowledge/bases.py` is about knowledge bases, not about a base class."""
    assert habits.banned_names(snippet("core/knowledge/bases.py", "")) == []


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    f()\nexcept Exception:\n    pass",
        "try:\n    f()\nexcept:\n    pass",
        "try:\n    f()\nexcept (ValueError, BaseException) as error:\n    print(error)",
        "try:\n    f()\nexcept Exception as error:\n    raise ValueError from error",
        "import contextlib\nwith contextlib.suppress(Exception):\n    f()",
    ],
)
def test_a_broad_except_is_found_except_at_an_edge(text: str) -> None:
    """It is a finding in the core and none in dispatch."""
    assert len(habits.broad_excepts(snippet("core/chat.py", text))) == 1
    assert habits.broad_excepts(snippet("core/dispatch.py", text)) == []


def test_a_broad_except_that_raises_again_is_fine() -> None:
    """Cleaning up and handing the exception on hides nothing."""
    assert habits.broad_excepts(snippet("core/x.py", "try:\n    f()\nexcept BaseException:\n    g()\n    raise")) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.time()",
        "from time import monotonic as tick\ntick()",
        "import datetime as d\nd.datetime.now()",
        "from datetime import datetime\ndatetime.utcnow()",
        "def f(clock=__import__):\n    import time\n    return time.perf_counter",
        "import uuid\nuuid.uuid4()",
        "import random\nrandom.random()",
        "import random\nrandom.Random()",
        "from random import choice\nchoice([1])",
        "from os import environ\nenviron['HOME']",
        "import os\nos.getenv('HOME')",
        "import asyncio\nasyncio.wait_for(f(), 1)",
        "import asyncio\nasyncio.open_connection('127.0.0.1', 1)",
    ],
)
def test_what_must_be_injected_is_found(text: str) -> None:
    """Each of these takes time, chance, environment, network or a broken deadline from the machine."""
    assert len(habits.uninjected(snippet("core/x.py", text))) == 1


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("values/time.py", "import time\ntime.time()"),
        ("settings/load.py", "import os\nos.environ"),
        ("core/x.py", "import time\nclock.monotonic()\nself.time.time()"),
        ("core/x.py", "import asyncio\nasyncio.timeout(1)"),
        ("core/x.py", "import random\ndef f(chance: random.Random): ..."),
    ],
)
def test_an_injected_thing_is_fine(inner: str, text: str) -> None:
    """The files that make the real thing may use it, and a clock that was handed in is one."""
    assert habits.uninjected(snippet(inner, text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "cache = {}",
        "_seen: set[str] = set()",
        "def f():\n    global x",
        "import collections\nlog = collections.deque()",
        "HEARD = []\ndef f(one):\n    HEARD.append(one)",
        "_KNOWN = {}\ndef f(one):\n    _KNOWN[one] = 1",
        "_KNOWN = {}\ndef f(one):\n    del _KNOWN[one]",
        "from parlance.core import y\ny.HEARD.append(print)",
    ],
)
def test_global_state_is_found(text: str) -> None:
    """Each of these is state that two servers in one process would share."""
    assert len(habits.global_state(snippet("core/x.py", text))) == 1


def test_a_constant_is_not_global_state() -> None:
    """Tables in capitals, tuples and `__all__` stay as they are."""
    assert (
        habits.global_state(snippet("core/x.py", "NAMES = {'a': 1}\n_KINDS = []\npair = (1, 2)\n__all__ = ['a']")) == []
    )
    assert (
        habits.global_state(snippet("core/x.py", "def f(seen):\n    seen['a'] = NAMES['a']\n    seen.pop(NAME)")) == []
    )


def test_a_missing_docstring_is_found() -> None:
    """Module, class, method and function each need one; private names do not."""
    text = "class A:\n    def f(self): ...\n    def _g(self): ...\ndef h(): ...\ndef _i(): ..."
    assert len(habits.undocumented(snippet("core/x.py", text))) == 4


def test_a_documented_file_passes() -> None:
    """Setters and overloads are told by what they belong to."""
    text = '"""Words."""\n@overload\ndef f(): ...\nclass A:\n    """Words."""\n    @x.setter\n    def x(self, y): ...'
    assert habits.undocumented(snippet("core/x.py", text)) == []
