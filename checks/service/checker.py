"""Carries out checks that nobody waits for: new versions in spaces that have packs, and whole spaces.

No language model is asked here: its opinions would hold a space up for days. A judged rule says so.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from checks.packs.sources import PackSources
from checks.service.limited import check_file, pack_head
from checks.service.space_packs import sources_of
from checks.service.space_reports import recount, store, store_failure
from contract.values import JobState
from core import jobs
from core.access import Access, space_to_manage
from core.audit import record
from core.backpressure import Traffic
from core.db import Sessions
from core.errors import BadValue, NotFound, OriginalsAway, ShokoError
from core.files import Files
from core.jobs import Chore, OneByOne, Taker, Worker
from core.models import Document, Job, SpacePack, Version, VersionCheck, now, today
from ingest.sandbox import ReadingLimits
from ingest.uploads import CHECK

CHECK_SPACE = "check_space"  # a job whose subject is a space


@dataclass
class Checker:
    """Carries the checks out, one at a time."""

    sessions: Sessions
    files: Files
    limits: ReadingLimits
    traffic: Traffic
    stopping: threading.Event = field(default_factory=threading.Event)
    taker: Taker = field(default_factory=Taker)  # in whose name jobs are claimed
    day: date | None = None  # for which the waivers were last counted

    def __post_init__(self) -> None:
        handlers = (
            Chore(self._turn_the_day),
            OneByOne(CHECK, self._version),
            OneByOne(CHECK_SPACE, self._space),
        )
        self.worker = Worker(self.sessions, handlers, self.stopping, self.taker)

    def work(self) -> None:
        """Carry out jobs until `stopping` is set."""
        self.worker.work()

    def work_once(self) -> bool:
        """Carry out a job that waits. Whether there was one."""
        return self.worker.once()

    def _turn_the_day(self) -> bool:
        """At the first look of a day, count the waivers. It holds nothing else up."""
        if self.day != today():
            self.day = today()
            with self.sessions.write() as session:
                recount(session, None)  # a waiver that ended yesterday lets nothing pass today
        return False

    def _version(self, job: Job) -> bool:
        with self.sessions.read() as session:
            version = session.get(Version, job.subject_id)
            rules = sources_of(session, job.space_id)
        if version is not None and rules is not None:
            self.check_version(version.id, rules)
        return True

    def _space(self, job: Job) -> bool:
        """Every version in force of the space; those that this job has checked already are left out, so that
        it goes on where a process ended."""
        with self.sessions.read() as session:
            rules = sources_of(session, job.subject_id)
            versions = list(
                session.execute(
                    select(Version.id, VersionCheck.checked_at)
                    .join(Document, Document.current_version_id == Version.id)
                    .outerjoin(VersionCheck, VersionCheck.version_id == Version.id)
                    .where(Document.space_id == job.subject_id)
                    .order_by(Document.name)
                )
            )
        if rules is None:
            return True
        pack_head(rules)  # a pack that cannot be read fails the job, and not each document
        for done, (version_id, checked_at) in enumerate(versions):
            with self.sessions.write() as session:
                if not jobs.progress(session, job.id, done, len(versions), worker=job.worker_id):
                    return True  # a person cancelled it
            if self.stopping.is_set():
                return False
            if checked_at is None or checked_at < job.created_at:
                self.check_version(version_id, rules)
        with self.sessions.write() as session:
            jobs.progress(session, job.id, len(versions), len(versions), worker=job.worker_id)
        return True

    def check_version(self, version_id: str, rules: PackSources) -> None:
        """Check that version and store what was found, or why it could not be checked."""
        with self.sessions.read() as session:
            version, document = _of(session, version_id)
        if version is None or document is None:
            return
        names = rules.names
        try:
            self.traffic.give_way()
            report = check_file(
                self.files.path(version.sha256), document.name, rules, limits=self.limits,
                why_no_model="opinions_on_request", progress=lambda *_: self.traffic.give_way(),
            )  # fmt: skip
        except OriginalsAway:
            raise  # it is no fault of the document: its job waits
        except ShokoError as error:
            with self.sessions.write() as session:
                version, _ = _of(session, version_id)
                if version is not None:
                    store_failure(session, version, names, error)
            return
        with self.sessions.write() as session:
            version, _ = _of(session, version_id)
            if version is not None:  # else it was erased meanwhile
                store(session, version, names, report)


def _of(session: Session, version_id: str) -> tuple[Version | None, Document | None]:
    version = session.get(Version, version_id)
    return version, session.get(Document, version.document_id) if version is not None else None


def newest_job(session: Session, space_id: str) -> Job | None:
    """The last check of that whole space that was asked for."""
    return session.scalar(
        select(Job)
        .where(Job.kind == CHECK_SPACE, Job.subject_id == space_id)
        .order_by(Job.created_at.desc(), Job.id)
        .limit(1)
    )


def start(access: Access, session: Session, space: str) -> Job:
    """Put a check of that whole space on the list of work; the one that is under way, where there is one.
    Raises NotFound, NotPermitted, or BadValue where the space has no pack."""
    shelf = space_to_manage(access, session, space)
    if session.scalar(select(SpacePack.id).where(SpacePack.space_id == shelf.id).limit(1)) is None:
        fix = "Add one: POST /api/spaces/{space}/packs, or `shoko spaces packs`."
        raise BadValue(name="space", problem=f"{shelf.name} has no rule pack", fix=fix)
    job = newest_job(session, shelf.id)
    if job is not None and job.state in (JobState.WAITING, JobState.RUNNING):
        return job
    record(session, access.user_id, "space.checked", shelf.id)
    return jobs.enqueue(session, CHECK_SPACE, shelf.id, shelf.id)


def cancel(access: Access, session: Session, space: str) -> Job:
    """Stop the check of that space after the document in hand. Raises NotFound, NotPermitted."""
    shelf = space_to_manage(access, session, space)
    job = newest_job(session, shelf.id)
    if job is None:
        raise NotFound(what="check of", name=shelf.name)
    if job.state in (JobState.WAITING, JobState.RUNNING):
        job.state, job.finished_at = JobState.CANCELLED, now()
        record(session, access.user_id, "job.cancelled", job.id, space=shelf.id)
    return job
