"""Originals that no version uses any more: noted with the change that made them so, then removed, and tried
again where their place was away or the process ended in between."""

from __future__ import annotations

import logging
from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.db import Sessions
from core.errors import OriginalsAway
from core.files import Files
from core.models import Fact, Version

log = logging.getLogger("shoko.keep")
TO_REMOVE = "original_to_remove/"  # and its hash: the name of the fact
TOGETHER = 500  # hashes that one question to the records holds


def note_unused(session: Session, originals: Collection[str]) -> None:
    """Note those of these originals that no version uses now; what was deleted is flushed before."""
    used = set(session.scalars(select(Version.sha256).where(Version.sha256.in_(originals))))
    for sha256 in set(originals) - used:
        session.merge(Fact(name=TO_REMOVE + sha256, value=""))


def remove_unused(sessions: Sessions, files: Files) -> set[str]:
    """Remove the originals that were noted, unless they came again; those that are left because their place
    does not answer, which the log tells."""
    prefixed = select(Fact.name).where(Fact.name.startswith(TO_REMOVE, autoescape=True))
    with sessions.read() as session:
        noted = sorted(name.removeprefix(TO_REMOVE) for name in session.scalars(prefixed))
    for start in range(0, len(noted), TOGETHER):
        some = noted[start : start + TOGETHER]
        with sessions.read() as session:
            done = set(session.scalars(select(Version.sha256).where(Version.sha256.in_(some))))
        away: OriginalsAway | None = None
        try:
            for sha256 in set(some) - done:
                files.remove(sha256)
                done.add(sha256)
        except OriginalsAway as error:
            away = error
        with sessions.write() as session:
            session.execute(delete(Fact).where(Fact.name.in_([TO_REMOVE + sha256 for sha256 in done])))
        if away is not None:
            left = set(noted[start:]) - done
            log.warning("%d originals are to be removed later: %s", len(left), away)
            return left
    return set()
