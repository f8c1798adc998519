"""How often the index changed: what was worked out of it is good until then. Counted in this process, or,
where several share the records, in these, so that an answer that one keeps ends with another's change."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Integer, String, cast, select
from sqlalchemy.dialects.postgresql import insert

from core.db import Sessions
from core.models import Fact

FACT = "index_generation"


class Generation(Protocol):
    """A number that grows with each change."""

    def now(self) -> int:
        """The number as it is."""

    def grow(self) -> None:
        """Something changed."""


class OwnGeneration:
    """Of one process."""

    def __init__(self) -> None:
        self._number = 0

    def now(self) -> int:
        """The number as it is."""
        return self._number

    def grow(self) -> None:
        """Something changed."""
        self._number += 1


class SharedGeneration:
    """Of all that share these records in PostgreSQL. One short statement each, beside the writers."""

    def __init__(self, sessions: Sessions, fact: str = FACT) -> None:
        self._sessions, self._fact = sessions, fact

    def now(self) -> int:
        """The number as it is."""
        with self._sessions.beside() as session:
            return int(session.scalar(select(Fact.value).where(Fact.name == self._fact)) or 0)

    def grow(self) -> None:
        """Something changed."""
        one_more = cast(cast(Fact.value, Integer) + 1, String)
        with self._sessions.beside() as session:
            session.execute(
                insert(Fact)
                .values(name=self._fact, value="1")
                .on_conflict_do_update(index_elements=[Fact.name], set_={"value": one_more})
            )
