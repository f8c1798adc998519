"""Rebuilds the derived indexes from the records, while questions go on."""

from __future__ import annotations

from sqlalchemy import update

from core.access import Access
from core.audit import record
from core.db import Sessions
from core.errors import NotPermitted
from core.models import Version, VersionState
from ingest.recovery import enqueue_vectors
from retrieval.index.index import SearchIndex, rebuild_words


def rebuild(access: Access, sessions: Sessions, index: SearchIndex) -> tuple[int, list[str]]:
    """Passages whose words were indexed again, and the jobs that make vectors again (none without an
    embedder). Until those are done, what has no vector is found by words. Raises NotPermitted."""
    if not access.is_admin:
        raise NotPermitted(action="administer", space="*")
    passages = rebuild_words(sessions, index)
    index.changed()
    with sessions.write() as session:
        record(session, access.user_id, "index.rebuilt", "", passages=passages)
        if index.vectors is None:
            return passages, []
        session.execute(
            update(Version)
            .where(Version.state == VersionState.EMBEDDED)
            .values(state=VersionState.SEARCHABLE)
        )
    for scope in index.vectors.ids():
        index.vectors.remove_scope(scope)
    return passages, enqueue_vectors(sessions)
