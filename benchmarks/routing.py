"""What a look-up among many paths costs, beside one among few: it must not grow with their number."""

from __future__ import annotations

import statistics
import time

from benchmarks.figures import Results
from parlance.dialects.table import Dialect, Do, Reply, Request, Row
from parlance.transports.http.router import Router
from parlance.values.errors import Fault

FEW, MANY = 70, 700
LOOKUPS = 20_000


async def _nothing(request: Request, do: Do) -> Reply:
    return Reply()


def _fault(fault: Fault, request: Request) -> Reply:
    return Reply(status=500)


def router(paths: int) -> Router:
    """A door with so many paths, one in two with a parameter, as the dialects' tables have them."""
    rows = []
    for number in range(paths):
        path = f"/v1/area{number % 35}/thing{number}" + ("/{id}/part" if number % 2 else "")
        rows.append(Row("GET", path, f"row{number}", _nothing, (), "A row of the benchmark."))
    return Router([Dialect("bench", "Bench", tuple(rows), _fault, ("/v1",))])


def seconds_a_lookup(paths: int) -> float:
    """Mean over the first, the middle and the last path, with and without a parameter; the best of five."""
    door = router(paths)
    asked = []
    for number in (0, 1, paths // 2, paths // 2 + 1, paths - 2, paths - 1):
        asked.append(f"/v1/area{number % 35}/thing{number}" + ("/0190-ab/part" if number % 2 else ""))
    raws = [(path.encode(), path) for path in asked]
    rounds = LOOKUPS // len(raws) // 5
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(rounds):
            for raw, path in raws:
                door.find("GET", raw, path, False)
        taken.append((time.perf_counter() - began) / rounds / len(raws))
    return min(taken)


def measure(results: Results) -> None:
    """The ratio of many to few; the note has the time itself."""
    ratios, times = [], []
    for _ in range(3):
        many = seconds_a_lookup(MANY)
        ratios.append(many / seconds_a_lookup(FEW))
        times.append(many)
    results.put("routing", "parlance", statistics.median(ratios), f"{min(times) * 1e6:.1f} µs each")
