"""Levels by module are read leniently, and the longest name wins."""

from __future__ import annotations

import pytest

from parlance.observe.levels import DEBUG, ERROR, INFO, OFF, WARNING, Levels


@pytest.mark.parametrize(
    ("spec", "module", "level"),
    [
        ("", "parlance.core", INFO),
        ("warn", "parlance.core", WARNING),
        ("info,parlance.outbound=debug", "parlance.outbound.pool", DEBUG),
        ("info,parlance.outbound=debug", "parlance.outbounds", INFO),
        ("error, parlance = info , parlance.core=trace", "parlance.core.runs", DEBUG),
        ("error,parlance=info,parlance.core=trace", "parlance.stores", INFO),
        ("error,parlance=info,parlance.core=trace", "uvicorn.error", ERROR),
        ("off", "parlance", OFF),
        ("parlance.core=OFF", "parlance.core", OFF),
        ("info,chatbot_backend=debug", "parlance.core", DEBUG),
        ("chatbot_backend::services::cache=trace", "parlance.core.admission.cache", DEBUG),
        ("chatbot_backend::services::cachet=trace", "parlance.core", DEBUG),
        ("chatbot_backend::handlers=error", "parlance.dialects.openai", ERROR),
        ("parlance::core::runs", "parlance.core.runs", DEBUG),
        ("info,parlance.core=loud,=debug,,%%,x=", "parlance.core", INFO),
    ],
)
def test_a_line_gives_each_module_its_level(spec: str, module: str, level: int) -> None:
    """What cannot be understood is passed over."""
    assert Levels.parse(spec).of(module) == level


def test_levels_of_settings_are_words() -> None:
    """A root level and a table, as they stand in the settings; an unknown word is `info`."""
    levels = Levels("warning", {"parlance.core": "debug", "parlance.stores": "loud"})
    assert (levels.of("parlance"), levels.of("parlance.core.x"), levels.of("parlance.stores")) == (WARNING, DEBUG, INFO)
    assert levels.least == DEBUG
    assert Levels("error").least == ERROR
