"""How many requests one asker may make of all back-ends together. Each is counted in the records by one short
statement, beside the writers; an asker stands there as a hash."""

from __future__ import annotations

import hashlib

from sqlalchemy import Double, cast, delete, extract, func, select
from sqlalchemy.dialects.postgresql import insert

from core.db import Sessions
from core.errors import TooManyRequests
from core.limits import RequestLimits
from core.models import RequestBucket

FORGOTTEN_SECONDS = 3600.0  # after which a full bucket is taken away


class SharedRequestLimits(RequestLimits):
    """The same promise as that of one process: a burst of a minute's number, then evenly.

    `full_at` is the moment at which the asker's bucket would be full again. A request moves it by its part of
    a minute, and is refused where that would be more than a minute ahead.
    """

    def __init__(self, sessions: Sessions) -> None:
        super().__init__()
        self._sessions = sessions

    def take(self, asker: str, a_minute: int) -> None:
        """Count one request of that asker. Raises TooManyRequests."""
        key, cost = hashlib.sha256(asker.encode()).hexdigest(), 60.0 / a_minute
        clock = cast(extract("epoch", func.clock_timestamp()), Double)
        further = func.greatest(RequestBucket.full_at, clock) + cost
        with self._sessions.beside() as session:
            counted = session.scalar(
                insert(RequestBucket)
                .values(asker=key, full_at=clock + cost)
                .on_conflict_do_update(
                    index_elements=[RequestBucket.asker],
                    set_={"full_at": further},
                    where=further <= clock + 60.0,
                )
                .returning(RequestBucket.full_at)
            )
            if counted is not None:
                return
            ahead = session.scalar(select(RequestBucket.full_at - clock).where(RequestBucket.asker == key))
        raise TooManyRequests(limit=a_minute, seconds=max(1, round((ahead or 60.0) + cost - 60.0)))

    def forget(self) -> None:
        """Take the buckets of those away who asked nothing for an hour."""
        clock = cast(extract("epoch", func.clock_timestamp()), Double)
        with self._sessions.beside() as session:
            session.execute(delete(RequestBucket).where(RequestBucket.full_at < clock - FORGOTTEN_SECONDS))
