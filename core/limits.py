"""How many requests one asker may make: a bucket for each that fills again evenly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import TooManyRequests

MOST_BUCKETS = 10_000  # full ones are forgotten first; an attacker's many names cost no more memory than this


@dataclass
class _Bucket:
    left: float
    filled_at: float  # by the clock


class RequestLimits:
    """Counts requests by asker, in this process. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, asker: str, a_minute: int) -> None:
        """Count one request of that asker; a burst of a whole minute's number is let through at once.
        Raises TooManyRequests."""
        now, rate = self._clock(), a_minute / 60
        with self._lock:
            bucket = self._buckets.pop(asker, None) or _Bucket(float(a_minute), now)
            bucket.left = min(float(a_minute), bucket.left + (now - bucket.filled_at) * rate)
            bucket.filled_at = now
            self._buckets[asker] = bucket  # at the end: the first in the dictionary was idle longest
            if len(self._buckets) > MOST_BUCKETS:
                del self._buckets[next(iter(self._buckets))]
            if bucket.left < 1:
                raise TooManyRequests(limit=a_minute, seconds=max(1, round((1 - bucket.left) / rate)))
            bucket.left -= 1


class Once:
    """Distinguishes what happens for the first time in some minutes from what is only repeated. Safe to
    share."""

    def __init__(self, minutes: float, most: int = 10_000) -> None:
        self._seconds, self._most = 60 * minutes, most
        self._seen: dict[tuple[object, ...], float] = {}
        self._lock = threading.Lock()

    def first(self, *what: object) -> bool:
        """Whether this was not seen in the last minutes; it counts as seen from now on. What is forgotten for
        want of room counts as new: rather once too often than not at all."""
        now = time.monotonic()
        with self._lock:
            if now - self._seen.get(what, float("-inf")) < self._seconds:
                return False
            self._seen.pop(what, None)  # so that the oldest stands first
            self._seen[what] = now
            if len(self._seen) > self._most:
                del self._seen[next(iter(self._seen))]
            return True
