"""A line says what happened, to whom, in one line, without a secret, and nobody can forge one."""

from __future__ import annotations

import enum
import io
import json
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.observe.levels import Levels
from parlance.observe.lines import CLIP, MEMO, Format, describe
from parlance.observe.logging import Logging
from parlance.observe.redaction import MARK, Redactor
from parlance.ports.observing import Log, NullLog

SECRET = "hunter2-secret"
FORMATS: tuple[Format, ...] = ("text", "json")


class StillClock:
    """A clock that stands at 2025-01-02 03:04:05.000678 UTC."""

    def now(self) -> int:
        return 1735787045_000678

    def monotonic(self) -> float:
        return 0.0


class Written:
    """A log and what it wrote."""

    def __init__(self, format: Format = "json", levels: str = "debug", secrets: tuple[str, ...] = (SECRET,)) -> None:
        self.out = io.BytesIO()
        self.logging = Logging(
            self.out.write, StillClock(), format=format, levels=Levels.parse(levels), redactor=Redactor(secrets)
        )
        self.log = self.logging.logger("parlance.core")

    def text(self) -> str:
        self.logging.flush()
        return self.out.getvalue().decode()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def make() -> Iterator[Callable[..., Written]]:
    """Logs that are closed after the test."""
    made: list[Written] = []

    def one(*args: Any, **kwargs: Any) -> Written:
        made.append(Written(*args, **kwargs))
        return made[-1]

    yield one
    for written in made:
        written.logging.close()


Make = Callable[..., Written]


def test_a_json_line_has_time_level_module_event_and_fields(make: Make) -> None:
    """In this order; numbers stay numbers."""
    written = make()
    written.log.info("run ended", run="r1", ms=1.25, status=200, cached=False, error=None)
    assert written.text() == (
        '{"time":"2025-01-02T03:04:05.000678Z","level":"info","module":"parlance.core","event":"run ended",'
        '"run":"r1","ms":1.25,"status":200,"cached":false,"error":null}\n'
    )


def test_a_text_line_quotes_what_would_run_into_its_neighbours(make: Make) -> None:
    """Spaces, quotes, equals signs and an empty text are quoted; ids and names are bare."""
    written = make("text")
    written.log.warning("slow", model="llama3.1:8b", q='a "b" status=200', empty="", ms=1.234567891)
    assert written.text() == (
        "2025-01-02T03:04:05.000678Z WARNING parlance.core slow model=llama3.1:8b "
        'q="a \\"b\\" status=200" empty="" ms=1.23457\n'
    )


@pytest.mark.parametrize("format", FORMATS)
@given(value=st.text(max_size=60))
def test_no_text_forges_a_line(format: Format, value: str) -> None:
    """One event is one printable line, whatever its event, fields, module and names hold."""
    written = Written(format)
    written.logging.logger(f"m{value}").info(value, a=value, b=[value], c={value: value}, **{f"x{value}": 1})
    text = written.text()
    written.logging.close()
    assert text.endswith("\n")
    assert text[:-1].isprintable()
    if format == "json":
        assert all(str(inner).isprintable() for inner in json.loads(text).values())


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "code",
    [*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), 0x2066, 0x2069, 0xFEFF, 0xD800, 0xE0001],
)
def test_controls_and_marks_of_direction_are_encoded(make: Make, format: Format, code: int) -> None:
    """Also after a viewer has decoded the JSON."""
    written = make(format)
    written.log.info("x", value=f"a{chr(code)}b")
    assert chr(code) not in written.text()[:-1]
    if format == "json":
        assert chr(code) not in written.lines()[0]["value"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"a {SECRET} b",
        f"{SECRET}\n",
        [SECRET],
        {"a": {"b": SECRET}},
        {SECRET: 1},
        ValueError(f"bad {SECRET}"),
        SECRET.encode(),
        "x" * (CLIP - 5) + SECRET * 3,
    ],
)
def test_no_secret_is_written(make: Make, format: Format, value: Any) -> None:
    """Neither in a text, a tree, an exception or bytes, nor where a long text is cut."""
    written = make(format)
    written.log.error(f"with {SECRET}", field=value, **{SECRET: 1})
    written.logging.logger(SECRET).info("x")
    assert SECRET not in written.text()
    assert "hunter2-s" not in written.text()


VALUES = (
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=50) | st.lists(st.integers(), max_size=2)
)
IDS = st.uuids().map(str) | st.sampled_from([SECRET, "0badc0de", "Bearer abcdef", "sk-abcdefgh", "a=b", "\x7f", "é"])


@given(st.dictionaries(st.sampled_from(["request", "model", "ms", "time", "api_key", "a b"]), VALUES | IDS))
def test_a_line_is_the_same_when_all_of_it_is_known_already(fields: dict[str, Any]) -> None:
    """What is known to be clean goes a shorter way."""
    written = Written(secrets=(SECRET, "0badc0de"))
    for _ in range(3):
        written.log.info("said", **fields)
    lines = written.text().splitlines()
    written.logging.close()
    assert len(lines) == 3 and len(set(lines)) == 1
    assert SECRET not in lines[0] and "0badc0de" not in lines[0]


def test_a_number_whose_digits_are_a_secret_is_not_written(make: Make) -> None:
    """Other numbers are written as they are."""
    written = make(secrets=("12345678",))
    written.log.info("x", a=12345678, b=7, c=0.5)
    written.log.info("x", a=12345678, b=7, c=0.5)
    for line in written.lines():
        assert (line["a"], line["b"], line["c"]) == (MARK, 7, 0.5)


def test_a_field_that_is_named_like_a_secret_is_not_written(make: Make) -> None:
    """Whatever it holds, and each time anew."""
    written = make()
    for _ in range(2):
        written.log.info("x", api_key="abc", password=5, prompt=3)
    assert all((line["api_key"], line["password"], line["prompt"]) == (MARK, MARK, 3) for line in written.lines())


def test_a_field_cannot_replace_time_level_module_or_event(make: Make) -> None:
    """It is written beside it."""
    written = make()
    written.log.info("x", time="never", level="error", module="m")
    line = written.lines()[0]
    assert (line["level"], line["module"], line["level_"], line["time_"]) == ("info", "parlance.core", "error", "never")


def test_huge_and_odd_values_do_not_break_a_line(make: Make) -> None:
    """Integers beyond 64 bits, infinities, enums, bytes and long texts all have a form."""
    colour = enum.Enum("colour", {"red": "r"})
    written = make()
    written.log.info(
        "x", a=2**70, b=1 << 100_000, c=float("inf"), d=colour.red, e=b"\xff!", f="y" * 9000, g=PurePosixPath("a/b")
    )
    line = written.lines()[0]
    assert (line["a"], line["b"], line["c"]) == (str(2**70), "an integer of more than 1024 bits", None)
    assert (line["d"], line["e"], line["g"]) == ("r", "\\xff!", "a/b")
    assert line["f"] == "y" * CLIP + "… (9000 characters)"


@pytest.mark.parametrize("others", [{}, {"b": "c"}, {"b": "c", "d": 7, "e": "f"}, {"b": None}])
def test_a_number_is_text_where_readers_would_lose_its_digits(make: Make, others: dict[str, Any]) -> None:
    """Also where the line before had the same fields, and a number that is small enough."""
    written = make()
    numbers = (1, 2**63, 2**63 - 1, -(2**63), -(2**63) - 1, 2)
    for number in (1, *numbers):
        written.log.info("x", a=number, **others)
    told = [number if -(2**63) <= number < 2**63 else str(number) for number in numbers]
    assert [line["a"] for line in written.lines()[1:]] == told


def test_the_memory_of_texts_and_names_is_bounded(make: Make) -> None:
    """Many different short texts and names cost time, not memory, and each is still written right."""
    written = make()
    for number in range(3 * MEMO):
        written.log.info("x", value=f"v{number}", **{f"n{number}": 1})
    lines = written.lines()
    assert [line["value"] for line in lines] == [f"v{number}" for number in range(3 * MEMO)]
    style = written.logging._style
    assert len(style.memo) <= MEMO and len(style.names) <= MEMO


def test_an_exception_is_told_with_its_places_and_causes() -> None:
    """Type, message, file and line without folders, and what led to it."""
    try:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise ValueError("outer") from inner
    except ValueError as error:
        told = describe(error)
    assert re.fullmatch(
        r"ValueError: outer \[test_logging\.py:\d+ test_\w+\], "
        r"after KeyError: 'inner' \[test_logging\.py:\d+ test_\w+\]",
        told,
    )
    assert describe(ValueError()) == "ValueError"


def test_an_exception_that_is_its_own_cause_is_told_once() -> None:
    """A ring of causes ends."""
    first, second = ValueError("a"), ValueError("b")
    first.__context__, second.__context__ = second, first
    assert describe(first) == "ValueError: a, after ValueError: b"


def test_bound_fields_stand_in_every_line(make: Make) -> None:
    """The request and run ids are bound once and the log they were bound from does not have them."""
    written = make()
    bound = written.log.bind(request="q1").bind(run="r1")
    bound.info("a", x=1)
    written.log.info("b")
    first, second = written.lines()
    assert (first["request"], first["run"], first["x"]) == ("q1", "r1", 1)
    assert "request" not in second


def test_each_module_has_its_level(make: Make) -> None:
    """And one that is off writes not even errors."""
    written = make(levels="warning,parlance.core=debug,parlance.stores=off")
    for module in ("parlance.core.runs", "parlance.cli", "parlance.stores"):
        log: Log = written.logging.logger(module)
        log.debug("d")
        log.warning("w")
        log.bind(a=1).error("e")
    told = [(line["module"], line["event"]) for line in written.lines()]
    core, cli = "parlance.core.runs", "parlance.cli"
    assert told == [(core, "d"), (core, "w"), (core, "e"), (cli, "w"), (cli, "e")]


def test_a_percent_sign_in_an_event_is_no_template(make: Make) -> None:
    """An event is a text like any other."""
    written = make()
    written.log.info("100% done %s")
    assert written.lines()[0]["event"] == "100% done %s"


def test_another_redactor_counts_from_now_on(make: Make) -> None:
    """Also for texts that were remembered as clean."""
    written = make()
    written.log.info("x", value="new-secret")
    written.logging.use(Redactor(["new-secret"]))
    written.log.info("x", value="new-secret")
    assert [line["value"] for line in written.lines()] == ["new-secret", MARK]


def test_the_standard_librarys_log_goes_the_same_way(make: Make) -> None:
    """With its module, level and exception, redacted; until `close` gives it back."""
    before = logging.getLogger().handlers[:], logging.getLogger().level
    written = make(levels="info,other=error")
    written.logging.route_stdlib()
    written.logging.route_stdlib()
    try:
        logging.getLogger("uvicorn.error").info("started %s\n%s", SECRET, 5)
        logging.getLogger("asyncio").debug("hidden")
        logging.getLogger("other").warning("hidden")
        logging.getLogger("a").warning("bad %d", "template")
        try:
            raise RuntimeError("boom")
        except RuntimeError:
            logging.getLogger("b").exception("failed")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("old", DeprecationWarning, stacklevel=1)
    finally:
        written.logging.close()
    lines = written.lines()
    assert [line["module"] for line in lines] == ["uvicorn.error", "a", "b", "py.warnings"]
    assert (lines[0]["event"], lines[0]["level"]) == (f"started {MARK}\\n5", "info")
    assert (lines[1]["event"], lines[1]["level"]) == ("bad %d", "warning")
    assert lines[2]["error"].startswith("RuntimeError: boom [test_logging.py:")
    assert (logging.getLogger().handlers[:], logging.getLogger().level) == before


def test_debug_lines_of_libraries_are_written_when_asked_for(make: Make) -> None:
    """At the level of their own module."""
    written = make(levels="info,asyncio=debug")
    written.logging.route_stdlib()
    try:
        logging.getLogger("asyncio").debug("selector")
        logging.getLogger("asyncio").log(5, "finer than debug")
    finally:
        written.logging.close()
    assert [line["event"] for line in written.lines()] == ["selector"]


def test_lines_from_several_threads_stay_whole(make: Make) -> None:
    """None is lost, torn or written twice."""
    written = make()

    def speak(name: str) -> None:
        for number in range(500):
            written.log.info("x", who=name, n=number)

    threads = [threading.Thread(target=speak, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written.logging.close()
    told = sorted((line["who"], line["n"]) for line in written.lines())
    assert told == [(name, number) for name in "abc" for number in range(500)]


def test_lost_lines_are_told_at_the_end(make: Make) -> None:
    """The last line says how many there were; a module's log is the same one each time."""
    written = make()
    assert written.logging.logger("parlance.core") is written.log
    written.logging.writer.dropped = 7
    written.logging.close()
    line = written.lines()[-1]
    assert (line["level"], line["event"], line["lines"]) == ("warning", "lines dropped", 7)


def test_the_null_log_takes_everything() -> None:
    """It has the same methods and says nothing."""
    log: Log = NullLog()
    for method in (log.debug, log.info, log.warning, log.error):
        method("x", a=1)
    assert log.bind(a=1) is log
