"""Renders our Helm chart with the few constructs it may use; whatever else stands in a template is refused.

No Helm is at hand where the tests run. The subset means the same here and there: values by path, `if`/`end` around
whole lines, and `indent`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

TAG = re.compile(r"\{\{-?\s*(.*?)\s*\}\}")
INDENTED = re.compile(r"(\.[\w.]+)\s*\|\s*indent (\d+)")


def looked_up(path: str, data: dict[str, Any]) -> Any:
    """The value at `.Values.a.b`."""
    found: Any = data
    for name in path.removeprefix(".").split("."):
        found = found[name]
    return found


def rendered(template: str, data: dict[str, Any]) -> str:
    """A template with its values put in."""
    lines: list[str] = []
    shown: list[bool] = []
    for line in template.splitlines():
        tags = TAG.findall(line)
        if tags and tags[0].startswith("if "):
            shown.append(bool(looked_up(tags[0][3:], data)))
        elif tags == ["end"]:
            shown.pop()
        elif all(shown):
            lines.append(TAG.sub(lambda tag: _value(tag[1], data), line))
    assert not shown, "an `if` without its `end`"
    return "\n".join(lines) + "\n"


def _value(tag: str, data: dict[str, Any]) -> str:
    indented = INDENTED.fullmatch(tag)
    if indented:
        space = " " * int(indented[2])
        return "\n".join(space + line for line in str(looked_up(indented[1], data)).splitlines())
    assert re.fullmatch(r"\.[\w.]+", tag), f"this renderer does not know {tag!r}"
    return str(looked_up(tag, data))


def manifests(chart: Path, **values: Any) -> list[dict[str, Any]]:
    """Every object that a chart makes, with these values over its own."""
    own = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    data = {"Values": {**own, **values}, "Release": {"Name": "talk"}}
    texts = (rendered(path.read_text(encoding="utf-8"), data) for path in sorted(chart.glob("templates/*.yaml")))
    return [yaml.safe_load(text) for text in texts]
