"""Writes metrics in Prometheus's text format. The only module that imports prometheus_client."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry

from parlance.observe.instruments import Families, Family, Histogram, Number


def registry(families: Families) -> CollectorRegistry:
    """A registry of its own for one server's metrics, with memory, descriptors and CPU of the process (Linux)."""
    made = CollectorRegistry()
    made.register(_Collector(families))
    ProcessCollector(registry=made)
    return made


def text(registry: CollectorRegistry) -> bytes:
    """All metrics of a registry."""
    return generate_latest(registry)


class _Collector(Collector):
    """Shows our numbers to prometheus_client."""

    def __init__(self, families: Families) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        for counter in self._families.counters:
            yield _fill(CounterMetricFamily(counter.name, counter.help, labels=counter.labels), counter)
        for gauge in self._families.gauges:
            yield _fill(GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels), gauge)
        for histogram in self._families.histograms:
            yield _histogram(histogram)
        yield from self._watched()

    def _watched(self) -> Iterator[Metric]:
        for name, (help, reads) in self._families.watched.items():
            first = next(iter(reads))
            family = GaugeMetricFamily(name, help, labels=[label for label, _ in first])
            for labels, read in reads.items():
                family.add_metric([value for _, value in labels], read())
            yield family


def _fill(shown: CounterMetricFamily | GaugeMetricFamily, family: Family[Number]) -> Metric:
    for labels, child in family.children.items():
        shown.add_metric(labels, child.value)
    return shown


def _histogram(family: Family[Histogram]) -> Metric:
    shown = HistogramMetricFamily(family.name, family.help, labels=family.labels)
    for labels, child in family.children.items():
        shown.add_metric(labels, list(child.cumulative()), child.total)
    return shown
