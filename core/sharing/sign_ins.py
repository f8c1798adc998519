"""Single sign-ons that were begun at one back-end and may be finished at another: in the records, by a hash
of their `state`, which the browser alone has."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete, func

from core.db import Sessions
from core.identity.oidc import LIFE_SECONDS, PendingSignIn
from core.models import BegunSignIn


class InRecords:
    """Of all back-ends that share these records in PostgreSQL."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def keep(self, state: str, begun: PendingSignIn) -> None:
        """Remember it; those that are too old go."""
        clock = func.clock_timestamp()
        with self._sessions.beside() as session:
            session.execute(delete(BegunSignIn).where(BegunSignIn.until < clock))
            session.add(
                BegunSignIn(
                    state=_key(state), nonce=begun.nonce, verifier=begun.verifier,
                    until=clock + timedelta(seconds=LIFE_SECONDS),
                )
            )  # fmt: skip

    def take(self, state: str) -> PendingSignIn | None:
        """That one, once."""
        with self._sessions.beside() as session:
            row = session.execute(
                delete(BegunSignIn)
                .where(BegunSignIn.state == _key(state), BegunSignIn.until >= func.clock_timestamp())
                .returning(BegunSignIn.nonce, BegunSignIn.verifier)
            ).one_or_none()
        return PendingSignIn(row[0], row[1]) if row is not None else None


def _key(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
