"""What the back-end does by itself from time to time: seal the log every day, carry out what the rules of
retention say, erase checks whose time is over, send digests, and clean the index and the originals of what
was erased."""

from __future__ import annotations

import logging

from sqlalchemy import select

from core import audit
from core.access import access_of
from core.identity.accounts import first_administrator
from core.models import Check, Version
from core.sharing.limits import SharedRequestLimits
from ingest.lifecycle.erasure import scrub
from ingest.lifecycle.removals import remove_unused
from ingest.lifecycle.retention import apply_rules
from operations.library import Library
from operations.news.digests import send_due
from operations.sharing.standing import DAY

log = logging.getLogger("shoko.keep")
EVERY_SECONDS = 600.0


def keep(library: Library) -> None:
    """Look every ten minutes whether something is due, until the library closes."""
    while not library.pipeline.stopping.is_set():
        try:
            keep_once(library)
        except Exception:  # what is due now is due at the next look too
            log.exception("what is due could not be done")
        library.pipeline.stopping.wait(EVERY_SECONDS)


def keep_once(library: Library) -> None:
    """Do what is due now; where several back-ends share the records, one of them does."""
    if not library.standing.leader.leads():
        return
    if library.seal is not None:
        with library.sessions.read() as session:
            due = audit.checkpoint_is_due(session)
        if due:
            with library.sessions.write() as session:
                audit.checkpoint(session, library.seal)
            with library.sessions.write() as session:
                keeper = first_administrator(session)
                access = access_of(session, keeper.id)
            apply_rules(access, library.sessions, library.files, library.index)
            if library.files.originals.is_far:
                _remove_strays(library)
    remove_unused(library.sessions, library.files)
    library.checks.sweep()
    if library.mail is not None:
        send_due(library.sessions, library.mail, library.settings.screens)
    if isinstance(library.requests, SharedRequestLimits):
        library.requests.forget()
    scrub(library.sessions, library.index)


def _remove_strays(library: Library) -> None:
    """Once a day: remove from a store far away what the records do not know, which killed processes left."""
    with library.sessions.read() as session:
        known, checks = set(session.scalars(select(Version.sha256))), set(session.scalars(select(Check.id)))
    library.files.keep_originals(known, DAY)
    library.files.keep_shared_checks(checks, DAY)
