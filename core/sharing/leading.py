"""Who leads, where several back-ends share the records: one goes through the watched folders, seals the log
and keeps the rules of retention. The place is a lock of PostgreSQL that a connection holds.
"""

from __future__ import annotations

import contextlib
import logging
import threading

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from core.db import Sessions

log = logging.getLogger("shoko.leading")
LEADER = 0x53686F6B73  # the number of the place among PostgreSQL's advisory locks


class Leader:
    """Whether this process leads. One that is alone always does."""

    def __init__(self, sessions: Sessions, *, alone: bool) -> None:
        self._sessions, self._alone = sessions, alone
        self._held: Connection | None = None
        self._asking = threading.Lock()

    def leads(self) -> bool:
        """Whether it does now; where nobody does, it takes the place. Asks the database each time."""
        if self._alone:
            return True
        with self._asking:
            try:
                if self._held is not None:
                    self._held.exec_driver_sql("SELECT 1")
                    self._held.commit()
                    return True
                return self._take()
            except (DBAPIError, OSError) as error:  # its connection broke, and the place went with it
                log.warning("the leader's place is lost (%s); it is asked for again", type(error).__name__)
                self._drop()
                return False

    def _take(self) -> bool:
        connection = self._sessions.engine.connect()
        try:
            got = bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({LEADER})").scalar())
            connection.commit()  # the place is the connection's, not the transaction's
        except BaseException:  # also an interrupt: the connection is closed, and the error goes on
            connection.close()
            raise
        if not got:
            connection.close()
            return False
        connection.detach()  # closed at its end, with the place
        self._held = connection
        log.info("this process leads now")
        return True

    def _drop(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            with contextlib.suppress(Exception):  # it is broken already
                held.close()

    def close(self) -> None:
        """Give the place up."""
        with self._asking:
            self._drop()
