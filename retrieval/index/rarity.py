"""How much a token tells: the rarer in the library, the more. Pure."""

from __future__ import annotations

import math


def inverse_frequency(documents: int, total: int) -> float:
    """BM25's weight of a token that stands in so many of all passages (Robertson, Spärck Jones)."""
    return math.log(1 + (total - documents + 0.5) / (documents + 0.5))
