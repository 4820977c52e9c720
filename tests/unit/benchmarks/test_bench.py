"""The benchmarks themselves: what is measured is the whole road, and the table says what was measured."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import configuration, peers, routing, table
from benchmarks.figures import ROWS, Results
from benchmarks.measures import chat
from benchmarks.programs import EVENTS, Load, Missing, written_bodies
from benchmarks.subjects import Subject, start_mock
from parlance.settings.load import Sources, load
from parlance.settings.schema import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings that a run is measured with, read as the server reads them."""
    file = tmp_path / "parlance.toml"
    file.write_text(configuration.settings(port=8123, upstream=9123, data=str(tmp_path / "data")))
    return load(Sources(env={}, cwd=tmp_path, platform="linux", config=str(file))).settings


def test_the_benched_configuration_has_authentication_on(settings: Settings) -> None:
    (key,) = settings.keys
    assert key.granted >= {"chat"}
    assert all(door.anonymous is None for door in settings.doors)
    assert configuration.KEY not in configuration.SETTINGS


def test_the_benched_configuration_has_admission_on(settings: Settings) -> None:
    """Each user's requests and tokens are counted, against bounds so wide that nothing is refused."""
    assert settings.queue.max_concurrent is not None
    assert settings.queue.max_concurrent > 5000
    assert settings.rates.user.requests is not None
    assert settings.rates.user.tokens is not None
    assert settings.cache.enabled
    assert settings.batch.enabled
    assert settings.conversation_cache.enabled


def test_the_benched_configuration_keeps_its_state_on_disk_with_logs_and_metrics(settings: Settings) -> None:
    assert not settings.data.ephemeral
    assert (settings.log.format, settings.log.level) == ("json", "info")
    assert settings.metrics.enabled


def test_asks_of_a_run_are_never_answered_from_the_cache(tmp_path: Path, settings: Settings) -> None:
    """They have a temperature and no seed, so sharing is off for them: every one reaches the upstream."""
    assert settings.cache.share == "deterministic"
    for body in written_bodies(tmp_path).values():
        text = body.read_text()
        assert '"temperature": 0.7' in text
        assert "seed" not in text
        assert 1500 < len(text) < 3500


def test_a_budget_is_met_missed_or_not_measured() -> None:
    results = Results()
    row = next(row for row in ROWS if row.key == "chat_cpu")
    assert table.verdict(row, results) == "not measured"
    results.put("chat_cpu", "nginx", 20.0)
    results.put("chat_cpu", "parlance", 80.0)
    assert table.verdict(row, results) == "met (50%)"
    results.put("chat_cpu", "parlance", 320.0)
    assert table.verdict(row, results) == "missed (2.00 ×)"


def test_the_table_shows_ratios_notes_dashes_and_reasons() -> None:
    results = Results()
    results.put("chat_cpu", "parlance", 100.0)
    results.put("chat_cpu", "nginx", 20.0)
    results.put("start", "parlance", 0.4, "warm")
    results.put("held", "portkey", None)
    results.sentences.append("Portkey fell over.")
    text = table.page(results, "a machine")
    assert "100.0 (5.00 ×)" in text
    assert "0.40 (warm)" in text
    assert "| –" in text
    assert text.endswith("- Portkey fell over.\n")
    assert "Machine: a machine." in text


def test_every_row_can_be_judged_without_figures() -> None:
    assert [row.used(Results()) for row in ROWS] == [None] * len(ROWS)


@pytest.mark.slow
def test_looking_up_a_path_among_many_costs_what_it_costs_among_few() -> None:
    results = Results()
    routing.measure(results)
    ratio = results.get("routing", "parlance")
    assert ratio is not None
    assert ratio < 3  # the budget is 1.5 on a quiet machine


def test_a_peer_that_is_not_installed_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLANCE_BENCH_CACHE", str(tmp_path))
    failed = tmp_path / "peers" / "portkey" / "failed.txt"
    failed.parent.mkdir(parents=True)
    failed.write_text("npm was not found\n")
    results = Results()
    for starter in peers.starters(tmp_path, 1, results):
        with pytest.raises(Missing, match="is not installed here"):
            starter()
    assert results.sentences == ["Portkey could not be installed: npm was not found."]
    assert peers.main(["nobody"]) == 2


@pytest.fixture
def mock(tmp_path: Path) -> Iterator[Subject]:
    """The compiled mock, running."""
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        pytest.skip("needs a C compiler: sudo apt install gcc libc6-dev")
    subject = start_mock(tmp_path)
    yield subject
    subject.process.stop()


@pytest.mark.slow
def test_the_load_generator_counts_answers_and_events_of_the_mock(tmp_path: Path, mock: Subject) -> None:
    bodies = written_bodies(tmp_path)
    blocks = chat(mock, bodies["mock", False], 2, 0.2, warm=0)
    streams = chat(mock, bodies["mock", True], 2, 0.2, warm=0)
    assert mock.process.memory().rss > 0
    assert mock.process.cpu_seconds() >= 0
    assert blocks.ok > 100
    assert blocks.failed == streams.failed == 0
    # the end marker is an event on the wire too
    assert streams.events >= streams.ok * (EVENTS + 1)


def test_a_line_of_the_load_generator_is_read() -> None:
    line = '{"ok":3,"err":1,"conn_err":2,"p50":10,"ttfe_p50":5,"events":9,"events_s":4.5}'
    assert Load.of(line) == Load(3, 3, 10, 5, 9, 4.5)
