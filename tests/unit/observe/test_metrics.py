"""`/metrics` says what happened, in Prometheus's format, with few labels and nothing secret in them."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from parlance.observe.lag import LoopLag
from parlance.observe.metrics import CONTENT_TYPE, REQUESTS, Metrics
from parlance.observe.redaction import Redactor
from parlance.ports.observing import Meters, NullMeters
from parlance.values.errors import Kind

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(metrics: Metrics) -> Samples:
    """Every sample by name and labels, as a Prometheus server would read it."""
    families = text_string_to_metric_families(metrics.render().decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """One sample."""
    return read(metrics)[f"parlance_{name}", tuple(sorted(labels.items()))]


def test_a_request_is_counted_by_dialect_route_and_status() -> None:
    """Its time falls into every bucket at or above it."""
    metrics = Metrics()
    for seconds in (0.003, 0.3, 500.0):
        metrics.request_finished("openai", "openai.chat", 200, seconds)
    labels = {"dialect": "openai", "route": "openai.chat", "status": "200"}
    assert value(metrics, "request_seconds_count", **labels) == 3
    assert value(metrics, "request_seconds_sum", **labels) == pytest.approx(500.303)
    buckets = {
        bound: value(metrics, "request_seconds_bucket", **labels, le=bound)
        for bound in ("0.0025", "0.005", "0.5", "120.0", "+Inf")
    }
    assert buckets == {"0.0025": 0, "0.005": 1, "0.5": 2, "120.0": 2, "+Inf": 3}


def test_everything_the_core_reports_is_shown() -> None:
    """Each method of the port moves its own number."""
    metrics = Metrics()
    metrics.first_token("local", 0.2)
    metrics.queue("local", 3)
    metrics.queue("local", 2)
    metrics.waited("local", 0.1)
    metrics.cache("answers", "hit")
    metrics.cache("answers", "hit")
    metrics.tokens("local", 10, 20)
    metrics.tokens("local", -5, 1)
    metrics.tokens("local", 1, 0)
    metrics.streams(1)
    metrics.streams(1)
    metrics.streams(-1)
    metrics.upstream_error("local", Kind.timed_out)
    metrics.circuit("local", "open")
    metrics.joined()
    metrics.batch(20)
    metrics.lagged(0.5)
    assert value(metrics, "first_token_seconds_count", connection="local") == 1
    assert value(metrics, "queue_length", engine="local") == 2
    assert value(metrics, "queue_wait_seconds_sum", engine="local") == pytest.approx(0.1)
    assert value(metrics, "cache_operations_total", cache="answers", outcome="hit") == 2
    assert value(metrics, "tokens_total", connection="local", direction="prompt") == 11
    assert value(metrics, "tokens_total", connection="local", direction="completion") == 21
    assert value(metrics, "active_streams") == 1
    assert value(metrics, "upstream_errors_total", connection="local", kind="timed_out") == 1
    assert value(metrics, "circuit_state", connection="local", state="open") == 1
    assert value(metrics, "circuit_state", connection="local", state="closed") == 0
    assert value(metrics, "joins_total") == 1
    assert value(metrics, "batch_size_bucket", le="16.0") == 0
    assert value(metrics, "batch_size_bucket", le="32.0") == 1
    assert value(metrics, "event_loop_lag_seconds") == 0.5


def test_metrics_and_the_null_ones_have_the_whole_port() -> None:
    """Every method of `Meters`, with the same parameters."""
    for name, method in inspect.getmembers(Meters, inspect.isfunction):
        if not name.startswith("_"):
            for kind in (Metrics, NullMeters):
                assert list(inspect.signature(getattr(kind, name)).parameters) == list(
                    inspect.signature(method).parameters
                )


def test_the_null_meters_take_everything() -> None:
    """And keep nothing."""
    meters: Meters = NullMeters()
    meters.request_finished("a", "b", 200, 0.1)
    meters.first_token("a", 0.1)
    meters.queue("a", 1)
    meters.waited("a", 0.1)
    meters.cache("answers", "hit")
    meters.tokens("a", 1, 1)
    meters.streams(1)
    meters.upstream_error("a", Kind.busy)
    meters.circuit("a", "open")
    meters.joined()
    meters.batch(1)


def test_gauges_are_read_when_somebody_asks() -> None:
    """With labels or without; other labels under the same name are a mistake of ours."""
    metrics = Metrics()
    size = {"answers": 5.0}
    metrics.watch("flights", "Flights.", lambda: 2)
    metrics.watch("cache_bytes", "Bytes.", lambda: size["answers"], cache="answers")
    metrics.watch("cache_bytes", "Bytes.", lambda: 7, cache="conversations")
    assert value(metrics, "flights") == 2
    size["answers"] = 6.0
    assert value(metrics, "cache_bytes", cache="answers") == 6
    assert value(metrics, "cache_bytes", cache="conversations") == 7
    with pytest.raises(ValueError, match="other labels"):
        metrics.watch("cache_bytes", "Bytes.", lambda: 1, store="x")


def test_the_process_is_shown() -> None:
    """Memory and descriptors, where the system tells them."""
    shown = read(Metrics())
    if sys.platform == "linux":
        assert shown["process_resident_memory_bytes", ()] > 1_000_000
        assert shown["process_open_fds", ()] > 2


def test_labels_are_escaped_clipped_and_without_secrets() -> None:
    """Whatever a connection is called, the text can be parsed and holds neither secret nor control."""
    metrics = Metrics(Redactor(["hunter2-secret"]).redact)
    names = ['a"b\\', "x\ny\x1b", "my hunter2-secret", "n" * 500, "", "ü"]
    for name in names:
        metrics.queue(name, 1)
    shown = {labels[0][1] for (sample, labels) in read(metrics) if sample == "parlance_queue_length"}
    assert shown == {'a"b\\', "x_y_", "my [redacted]", "n" * 64, "other", "ü"}


def test_labels_that_look_alike_share_a_number() -> None:
    """Two names that are the same after cleaning are added up, never shown twice."""
    metrics = Metrics()
    metrics.cache("a\n", "hit")
    metrics.cache("a\r", "hit")
    assert value(metrics, "cache_operations_total", cache="a_", outcome="hit") == 2


@pytest.mark.slow
def test_the_number_of_series_is_bounded() -> None:
    """What comes beyond the cap is counted as `other` and nothing is lost."""
    metrics = Metrics()
    total = REQUESTS + 500
    for number in range(total):
        metrics.request_finished("d", f"route{number}", 200, 0.1)
    metrics.request_finished("d", "route0", 200, 0.1)
    counts = {labels: n for (name, labels), n in read(metrics).items() if name == "parlance_request_seconds_count"}
    assert len(counts) == REQUESTS + 1
    assert sum(counts.values()) == total + 1
    other = (("dialect", "other"), ("route", "other"), ("status", "other"))
    assert counts[other] == 500
    assert counts[("dialect", "d"), ("route", "route0"), ("status", "200")] == 2


def test_a_value_that_is_no_number_does_not_spoil_a_sum() -> None:
    """NaN is not counted."""
    metrics = Metrics()
    metrics.waited("e", float("nan"))
    metrics.waited("e", 1.0)
    assert value(metrics, "queue_wait_seconds_sum", engine="e") == 1


def test_two_servers_in_one_process_count_apart() -> None:
    """There is no registry that both would share."""
    first, second = Metrics(), Metrics()
    first.joined()
    assert (value(first, "joins_total"), value(second, "joins_total")) == (1, 0)


def test_the_content_type_is_that_of_the_text_format() -> None:
    """Version 0.0.4, which every reader of Prometheus's text knows."""
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

    assert CONTENT_TYPE.decode() == CONTENT_TYPE_PLAIN_0_0_4


def test_a_server_that_nobody_scrapes_does_not_import_prometheus() -> None:
    """It costs 20 ms and is needed for the text only."""
    code = (
        "import sys; from parlance.observe.metrics import Metrics; Metrics().joined(); "
        "assert 'prometheus_client' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


async def test_a_blocked_event_loop_is_seen() -> None:
    """A callback that takes a tenth of a second shows as a lag of about that much; `stop` ends the measuring."""
    lags: list[float] = []
    seen = asyncio.Event()

    def report(seconds: float) -> None:
        lags.append(seconds)
        if max(lags) > 0.05:
            seen.set()

    lag = LoopLag(report, every=0.01)
    lag.start()
    await asyncio.sleep(0.03)
    time.sleep(0.1)  # noqa: ASYNC251 - the very thing that is measured
    async with asyncio.timeout(20):
        await seen.wait()
    lag.stop()
    lag.stop()
    count = len(lags)
    await asyncio.sleep(0.05)
    assert len(lags) == count


def test_what_a_chat_reports_costs_as_much_as_a_few_dozen_plain_calls() -> None:
    """Measured against such calls in the same run, so that neither a slow machine nor a tracer changes the verdict."""
    metrics: Any = Metrics()

    def chat() -> None:
        metrics.cache("answers", "miss")
        metrics.queue("e", 1)
        metrics.waited("e", 0.001)
        metrics.queue("e", 0)
        metrics.first_token("e", 0.2)
        metrics.tokens("e", 10, 20)
        metrics.cache("answers", "store")
        metrics.request_finished("openai", "openai.chat", 200, 0.3)

    seen = {"e": 0}

    def plain(name: str) -> None:
        found = seen.get(name)
        if found is not None:
            seen[name] = found + 1

    def calls() -> None:
        for _ in range(24):
            plain("e")

    assert best_of_five(chat) < 4 * best_of_five(calls)


def best_of_five(work: Callable[[], None], rounds: int = 3000) -> float:
    """CPU seconds of the quickest of five runs: what a busy machine disturbs least."""
    times = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(rounds):
            work()
        times.append(time.process_time() - start)
    return min(times)
