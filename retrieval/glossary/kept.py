"""The glossaries of all spaces, ready to be found in questions: each is read once and kept until it changes.
Those of spaces that the asker does not read never count."""

from __future__ import annotations

import threading
from collections.abc import Collection

from sqlalchemy import select

from core.access import Access
from core.db import Sessions
from core.models import GlossaryEntry
from core.sharing.counting import Generation
from language.terms import Terms
from retrieval.glossary.entries import term_of

MOST_KEPT = 500  # spaces whose glossaries are held; a glossary of 5,000 entries takes some 10 MB


class Glossaries:
    """What is kept; who changes the records says so here."""

    def __init__(self, sessions: Sessions, changes: Generation | None = None) -> None:
        """`changes`: counts those of all back-ends, where there are several."""
        self.sessions = sessions
        self._changes = changes
        self._seen = 0
        self._kept: dict[str, Terms | None] = {}  # None: the space has no entry
        self._edition = 0
        self._lock = threading.Lock()

    def of(self, access: Access, spaces: Collection[str] | None = None) -> list[Terms]:
        """The glossaries of the spaces that are read, of those alone that are named where some are."""
        wanted = access.readable if spaces is None else access.readable.intersection(spaces)
        self._see_changes()
        missing = wanted - self._kept.keys()
        if missing:
            self._read(sorted(missing))
        kept = [self._kept.get(space_id) for space_id in sorted(wanted)]
        return [terms for terms in kept if terms is not None]

    def forget(self, space_id: str) -> None:
        """Say that a space's glossary is another one now: after the change is in the records."""
        with self._lock:
            self._edition += 1
            self._kept.pop(space_id, None)
        if self._changes is not None:
            self._changes.grow()

    def _see_changes(self) -> None:
        """Forget everything where another back-end changed a glossary."""
        count = self._changes.now() if self._changes is not None else 0
        if count != self._seen:
            with self._lock:
                self._edition += 1
                self._kept.clear()
                self._seen = count

    def _read(self, space_ids: list[str]) -> None:
        edition = self._edition
        rows: dict[str, list[GlossaryEntry]] = {space_id: [] for space_id in space_ids}
        with self.sessions.read() as session:
            query = select(GlossaryEntry).where(GlossaryEntry.space_id.in_(space_ids))
            for row in session.scalars(query.order_by(GlossaryEntry.term)):
                rows[row.space_id].append(row)
        made = {
            space_id: Terms(term_of(row) for row in mine) if mine else None for space_id, mine in rows.items()
        }
        with self._lock:
            if edition == self._edition:  # else one changed while it was read: the next question reads again
                if len(self._kept) + len(made) > MOST_KEPT:
                    self._kept.clear()
                self._kept |= made
