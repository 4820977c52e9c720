"""What the operations on the server itself do."""

from __future__ import annotations

from parlance.core.chat.road import Road
from parlance.core.operation import Context, Result
from parlance.core.server.facts import Face, SettingFacts
from parlance.core.server.operations import ListSettings, OpenConsole, ReadFace, ReadHealth, ReadMetrics, ReadReady
from parlance.values.errors import Fault, Kind


async def read_health(road: Road, context: Context, op: ReadHealth) -> Result[int]:
    """Handle `ReadHealth`."""
    return Result(road.clock.now())


async def read_ready(road: Road, context: Context, op: ReadReady) -> Result[bool]:
    """Handle `ReadReady`."""
    return Result(not road.gate.closed)


async def read_metrics(road: Road, context: Context, op: ReadMetrics) -> Result[bytes]:
    """Handle `ReadMetrics`."""
    if road.facts.metrics is None:
        raise Fault(
            Kind.missing,
            "Metrics are switched off.",
            hint="The operator can set `metrics.enabled = true`.",
            code="metrics_disabled",
        )
    return Result(road.facts.metrics())


async def read_face(road: Road, context: Context, op: ReadFace) -> Result[Face]:
    """Handle `ReadFace`."""
    return Result(road.facts.face())


async def list_settings(road: Road, context: Context, op: ListSettings) -> Result[SettingFacts]:
    """Handle `ListSettings`."""
    return Result(road.facts.settings)


async def open_console(road: Road, context: Context, op: OpenConsole) -> Result[None]:
    """Handle `OpenConsole`."""
    if not road.facts.is_console(op.token):
        raise Fault(
            Kind.unauthenticated,
            "This console link is not valid.",
            hint="Use the one that the server printed when it started.",
            code="invalid_console_token",
        )
    return Result(None)
