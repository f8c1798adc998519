"""What a start, or newly opened vectors, bring back into order: the work of a killed process goes on, and
each index holds what the records say."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from contract.values import JobState
from core import jobs
from core.db import Sessions
from core.effective_dates import PUBLISHED
from core.errors import WorkerDied
from core.files import Files
from core.models import Check, Document, Fact, Job, Page, Passage, Version, VersionState, now
from ingest.uploads import EMBED, INGEST
from retrieval.index.index import archive_of
from retrieval.index.retrievers import VectorStore

EMBEDDER = "embedder"  # the fact that tells with which embedder the back-ends search


def give_up(session: Session, version_id: str, code: str, values: dict[str, str]) -> None:
    """Mark a version as failed, for that reason; its pages go."""
    session.execute(delete(Page).where(Page.version_id == version_id))
    session.execute(
        update(Version)
        .where(Version.id == version_id)
        .values(state=VersionState.FAILED, error_code=code, error_values=values)
    )


def resume(
    sessions: Sessions, files: Files, gone: Collection[str] | None = None, *, grace: float = 0
) -> None:
    """At a start: give back what killed workers held, and clean up what an erasure left that was killed.

    `gone`: the processes that are not there any more; None: no other is. `grace`: seconds for which a file
    that the records do not know is left alone, because another back-end may be storing it.
    """
    files.remove_unfinished(grace)
    with sessions.read() as session:
        files.keep_only(
            originals=set(session.scalars(select(Version.sha256))),
            versions=set(session.scalars(select(Version.id))),
            checks=set(session.scalars(select(Check.id).where(Check.expires_at > now()))),
            grace=grace,
        )
    with sessions.write() as session:
        _give_back(session, gone)


def take_over(sessions: Sessions, workers: Collection[str]) -> None:
    """Give back what those processes held, whose hearts beat no more; what died with them often fails."""
    with sessions.write() as session:
        _give_back(session, workers)


def _give_back(session: Session, workers: Collection[str] | None) -> None:
    for job in jobs.give_back(session, workers):
        if job.kind == INGEST:
            give_up(session, job.subject_id, job.error_code or "", {"times": str(job.attempts)})


def embedder_differs(sessions: Sessions, name: str) -> bool:
    """Whether the back-ends search with another embedder than that one."""
    with sessions.read() as session:
        used = session.get(Fact, EMBEDDER)
        return used is not None and used.value != name


def remember_embedder(sessions: Sessions, name: str) -> None:
    """Write down with which embedder the back-ends search."""
    with sessions.read() as session:
        used = session.get(Fact, EMBEDDER)
    if used is None or used.value != name:
        with sessions.write() as session:
            session.merge(Fact(name=EMBEDDER, value=name))


def enqueue_vectors(sessions: Sessions) -> list[str]:
    """Put published versions without vectors on the list of work that are not on it; returns the jobs."""
    with sessions.write() as session:
        without = session.execute(
            select(Version.id, Document.space_id)
            .join(Document, Document.id == Version.document_id)
            .where(
                Version.state == VersionState.SEARCHABLE,
                ~select(Job.id)
                .where(
                    Job.subject_id == Version.id,
                    Job.kind == EMBED,
                    or_(
                        Job.state.in_([JobState.WAITING, JobState.RUNNING]),
                        Job.error_code == WorkerDied.code,  # it would kill the next worker too
                    ),
                )
                .exists(),
            )
        ).all()
        return [jobs.enqueue(session, EMBED, version_id, space_id).id for version_id, space_id in without]


def compare_vectors(sessions: Sessions, vectors: VectorStore) -> None:
    """When the vectors are opened: forget those of passages that are not published there (a killed erasure
    or replacement leaves such), and put versions that lack some on the list of work (another embedder).

    Compares by number first, which costs nothing; the vectors are listed before the records are read, so
    nothing that was published in between is taken for an orphan.
    """
    held_by_records = (
        select(
            Passage.id, Passage.version_id, Document.space_id, Version.state,
            Document.current_version_id == Version.id,
        )
        .join(Version, Version.id == Passage.version_id)
        .join(Document, Document.id == Version.document_id)
        .where(Version.state.in_(PUBLISHED))
    )  # fmt: skip
    with sessions.read() as session:
        embedded = held_by_records.where(Version.state == VersionState.EMBEDDED)
        if session.scalar(select(func.count()).select_from(embedded.subquery())) == vectors.count():
            return
    held = vectors.ids()
    with sessions.read() as session:
        rows = [
            (passage_id, version_id, space_id, space_id if answers else archive_of(space_id), state)
            for passage_id, version_id, space_id, state, answers in session.execute(held_by_records)
        ]
    known = {(scope, passage_id) for passage_id, _, _, scope, _ in rows}
    for scope, ids in held.items():
        vectors.remove(scope, [passage_id for passage_id in ids if (scope, passage_id) not in known])
    lacking = {
        (version_id, space_id)
        for passage_id, version_id, space_id, scope, state in rows
        if state == VersionState.EMBEDDED and passage_id not in held.get(scope, ())
    }
    with sessions.write() as session:
        for version_id, space_id in sorted(lacking):
            session.execute(
                update(Version).where(Version.id == version_id).values(state=VersionState.SEARCHABLE)
            )
            jobs.enqueue(session, EMBED, version_id, space_id)
