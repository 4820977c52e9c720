"""The pool of drawing processes passes the contract of drawing pages."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator

import pytest

from parlance.parsers.drawing import DrawingPool
from parlance.ports.drawing import PageDrawing
from parlance.testing.page_drawing import PageDrawingContract
from parlance.values.time import SystemClock

pytestmark = pytest.mark.slow


class TestDrawingPool(PageDrawingContract):
    """With real children."""

    @pytest.fixture
    async def drawing(self) -> AsyncIterator[PageDrawing]:
        environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
        made = DrawingPool(SystemClock(), environment=environment)
        yield made
        await made.close()
