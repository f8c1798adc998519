"""What a process has of originals that lie elsewhere, copies and drawn pages and kept checks, goes when
another one erased them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db import Sessions
from core.files import Files
from core.models import Check, Version

EVERY_SECONDS = 60.0
TOGETHER = 500  # names that one question to the records holds


@dataclass
class Forgetting:
    """Looks once a minute, where the originals are far."""

    sessions: Sessions
    files: Files
    looked: float | None = None  # when, by a clock that only goes on

    def step(self) -> bool:
        """Look if it is time; it holds nothing else up."""
        if self.files.originals.is_far and (
            self.looked is None or time.monotonic() - self.looked > EVERY_SECONDS
        ):
            self.looked = time.monotonic()
            forget_erased(self.sessions, self.files)
        return False


def forget_erased(sessions: Sessions, files: Files) -> None:
    """Remove from this computer what is of no original, version or check that the records know."""
    copies, versions, checks = files.here()
    with sessions.read() as session:
        gone = set(copies) - _known(session, Version.sha256, copies)
        drawn = set(versions) - _known(session, Version.id, versions)
        kept = set(checks) - _known(session, Check.id, checks)
    files.originals.drop(gone)
    for version_id in drawn:
        files.remove_pictures(version_id)
    for check_id in kept:
        shutil.rmtree(files.check(check_id), ignore_errors=True)


def _known(session: Session, column: InstrumentedAttribute[str], names: Iterable[str]) -> set[str]:
    return {
        name
        for some in _batches(sorted(names))
        for name in session.scalars(select(column).where(column.in_(some)))
    }


def _batches(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), TOGETHER):
        yield names[start : start + TOGETHER]
