"""Whose turn it is, to write the index for one. Many may add to a shared one at once; while it is written
anew, nobody. Who has a turn already, in the same thread, goes on with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from core.db import Sessions

INDEX = 0x53686F6B74  # the number of the place among PostgreSQL's advisory locks
FOLDERS = 0x53686F6B75  # that of looking through watched folders


class Turns(Protocol):
    """Turns at writing."""

    def beside(self) -> AbstractContextManager[None]:
        """Write beside others, for the time of the block."""

    def alone(self) -> AbstractContextManager[None]:
        """Write alone, for the time of the block."""


class OwnTurns:
    """Of one process: one thread after the other."""

    def __init__(self) -> None:
        self._turn = threading.RLock()

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Write, for the time of the block."""
        with self._turn:
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Write, for the time of the block."""
        with self._turn:
            yield


class SharedTurns:
    """Of all that share these records in PostgreSQL; in one process still one thread after the other."""

    def __init__(self, sessions: Sessions, number: int = INDEX) -> None:
        """`number`: what the turns are at, among PostgreSQL's advisory locks."""
        self._sessions, self._number = sessions, number
        self._turn = threading.RLock()
        self._kinds: list[str] = []  # of the turn that the thread in hand has, and of those within it

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Write beside other processes, for the time of the block."""
        with self._place("_shared"):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Write alone, for the time of the block; it waits for those who write."""
        with self._place(""):
            yield

    @contextmanager
    def _place(self, kind: str) -> Iterator[None]:
        with self._turn:
            if self._kinds and kind == "" and self._kinds[0] != "":
                raise RuntimeError("a turn beside others cannot become one alone: it would wait for itself")
            self._kinds.append(kind)
            try:
                if len(self._kinds) > 1:
                    yield
                    return
                with self._sessions.engine.connect() as connection:
                    connection.exec_driver_sql(f"SELECT pg_advisory_lock{kind}({self._number})")
                    connection.commit()  # the place is the connection's: no transaction is open meanwhile
                    connection.detach()  # closed at its end, with the place
                    yield
            finally:
                self._kinds.pop()
