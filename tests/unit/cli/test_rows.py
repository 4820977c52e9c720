"""The lines of `list` and `ps`, and what `run` makes of its options."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import pytest

from parlance.cli import list as listing
from parlance.cli import ps
from parlance.cli.run import formatted

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "vram", "text"),
    [
        (10, 0, "100% CPU"),
        (10, 10, "100% GPU"),
        (10, 4, "60%/40% CPU/GPU"),
        (1000, 995, "1%/99% CPU/GPU"),
        (10, 11, "Unknown"),
        (0, 5, "Unknown"),
    ],
)
def test_the_processor_is_told_in_percent(size: int, vram: int, text: str) -> None:
    """As far as the sizes make sense."""
    assert ps.processor(size, vram) == text


def test_a_model_that_is_due_is_stopping() -> None:
    """What an engine does not tell is zero, and an end that is not told is never."""
    due = {"name": "m", "digest": "sha256:" + "ab" * 32, "size": 5, "expires_at": "2026-03-01T11:00:00Z"}
    assert ps.row(due, NOW) == ("m", "abababababab", "5 B", "100% CPU", "0", "Stopping...")
    assert ps.row({"name": "m"}, NOW) == ("m", "-", "0 B", "100% CPU", "0", "Never")


def test_a_model_of_another_machine_has_no_size() -> None:
    """Nor an id, where nobody told one."""
    assert listing.row({"name": "gpt", "size": 0, "modified_at": "2026-02-28T12:00:00Z"}, NOW) == (
        "gpt",
        "-",
        "-",
        "24 hours ago",
    )


def test_a_format_is_json_or_a_schema() -> None:
    """Anything else is a usage error."""
    assert (formatted(None), formatted("json"), formatted('{"type":"object"}')) == (None, "json", {"type": "object"})
    for text in ("yaml", "[1]"):
        with pytest.raises(click.UsageError):
            formatted(text)
