"""From a score of any size to a chance."""

from __future__ import annotations

import math


def logistic(score: float) -> float:
    """Between 0 and 1, and 0.5 of 0; written for both signs, since exp of a large number overflows."""
    return 1 / (1 + math.exp(-score)) if score >= 0 else math.exp(score) / (1 + math.exp(score))
