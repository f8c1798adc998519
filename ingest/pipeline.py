"""The way of a version from stored to searchable, in steps that can each be done again.

    STORED  → read in the sandbox, pages stored in batches →                  READ
    READ    → split, passages stored, words indexed, published in one step →  SEARCHABLE
    SEARCHABLE → embedded in batches →                                        EMBEDDED

A process that is killed between or in the middle of steps goes on there: pages that are stored are not
read again, passages have the ids that follow from their version and number, and vectors that are there
are not made again. Publishing (setting `current_version_id`) is the only moment at which anyone sees the
new version; until then the old one answers. If the new version's dates say that it is not in force yet,
it is published into the archive, and answers from its day on.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from contract.values import JobState
from core import jobs
from core.audit import record
from core.backpressure import Steps, in_steps, no_long_collections
from core.db import Sessions
from core.effective_dates import start_of, version_in_force
from core.errors import NoTextInFile, NothingToRead
from core.files import Files
from core.jobs import Stopped, Taker
from core.jobs.share import EVERYTHING, Share
from core.models import Document, Job, Page, Passage, SpacePack, Version, VersionState, now, today
from core.observing.metrics import VERSIONS
from core.structures import store_structure
from ingest import left_out
from ingest.copies.bands import store_bands
from ingest.dates import dates_of, from_properties
from ingest.formats import ARCHIVES, MAIL_BOX, PDF, PICTURES
from ingest.lifecycle.effective_dates import keep_dates, turn_of_day, will_answer
from ingest.ocr import RECOGNISED, UNREAD
from ingest.pages import BlockKind, PageContent
from ingest.passages import passage_row
from ingest.passwords import Passwords
from ingest.personal import watch
from ingest.resplitting import outdated, split_again
from ingest.sandbox import ReadingLimits, read_file
from ingest.splitter import SPLITTER_VERSION, split
from ingest.stored_pages import stored_pages
from ingest.structure.tree import build
from ingest.titles import document_title
from ingest.uploads import CHECK, EMBED, INGEST
from ingest.versions.near_duplicates import signature_of
from ingest.working import worker_of
from retrieval.faq import faqs
from retrieval.index.index import SearchIndex, published
from retrieval.index.retrievers import IndexedPassage

log = logging.getLogger("shoko.ingest")

PAGES_A_TRANSACTION, PAGES_BESIDE_QUESTIONS = 40, 8  # a question writes too, and waits for the writer in hand
PASSAGES_A_TRANSACTION = 100
PAGES_TOLD = 50  # of those that a warning is about
TRUSTED = 0.5  # a page's text of a lower quality is reported: it may be nonsense


@dataclass
class Pipeline:
    """Carries versions forward, for the `share` of that work that this process does."""

    sessions: Sessions
    files: Files
    index: SearchIndex
    limits: ReadingLimits
    stopping: threading.Event = field(default_factory=threading.Event)
    no_embedder: threading.Event = field(default_factory=threading.Event)  # set: none will come
    taker: Taker = field(default_factory=Taker)  # in whose name jobs are claimed
    share: Share = EVERYTHING
    leads: Callable[[], bool] = lambda: True  # whether this process does what one must do for all
    reached: Callable[[str], None] = lambda step: None  # told of every step: a test kills the process there
    passwords: Passwords = field(default_factory=Passwords)
    all_renewed: bool = False  # no version split by an older program is left
    not_renewed: list[str] = field(default_factory=list)  # versions that a fault kept from being renewed
    day: date | None = None  # for which the versions in force are known to be right

    def __post_init__(self) -> None:
        self.worker = worker_of(self)

    def read(self, version_id: str, job_id: str = "") -> None:
        """Store the pages of a STORED version. Raises an Unreadable, or Stopped."""
        with self.sessions.read() as session:
            version, document = self._version(session, version_id)
            if version.state != VersionState.STORED:
                return
            have = session.scalar(select(func.count()).where(Page.version_id == version_id)) or 0
        pages = read_file(
            self.files.path(version.sha256),
            document.name,
            version.media_type,
            self.limits,
            first_page=have + 1,
            password=self.passwords.of(version_id),
        )
        for batch in _batches(in_steps(pages, self.index.traffic), self._pages_at_once):
            have += len(batch)
            with self.sessions.write() as session:
                version, document = self._version(session, version_id)
                if batch[0].properties:
                    keep_dates(version, from_properties(batch[0].properties))
                if not document.title:
                    document.title = document_title((page.title for page in batch), document.name)
                version.warnings = left_out.keep(version.warnings, batch)
                session.add_all(_page_row(version_id, page) for page in batch)
                going_on = not job_id or jobs.progress(
                    session, job_id, have, batch[-1].of, worker=self.taker.id or None
                )
            self.reached("pages")
            if not going_on or self.stopping.is_set():
                raise Stopped
        with self.sessions.write() as session:
            texts = session.scalar(
                select(func.count()).where(
                    Page.version_id == version_id, func.length(func.trim(Page.text)) > 0
                )
            )
            if version.media_type in (PDF, *PICTURES) and not texts:
                raise NoTextInFile(name=document.name, pages=have)
            session.execute(
                update(Version).where(Version.id == version_id).values(state=VersionState.READ, pages=have)
            )
        self.passwords.forget(version_id)
        self.reached("read")

    def _go_on(self) -> None:
        """Raises Stopped if the process is ending: the split is done again at the next start."""
        if self.stopping.is_set():
            raise Stopped

    def _pages_at_once(self) -> int:
        return PAGES_BESIDE_QUESTIONS if self.index.traffic.lately() else PAGES_A_TRANSACTION

    def split(self, version_id: str) -> int:
        """Store the passages of a READ version; returns how many. Doing it again gives the same ids."""
        with self.sessions.read() as session:
            version, document = self._version(session, version_id)
            if version.state != VersionState.READ:
                return 0
            with no_long_collections():
                loaded: list[PageContent] = []
                for page in in_steps(stored_pages(session, version_id), self.index.traffic):
                    self._go_on()
                    loaded.append(page)
        pages = Steps(loaded, self.index.traffic, self._go_on)
        with no_long_collections():
            structure = build(pages, step=self._go_on)
            passages = split(pages, structure, self._go_on)
            # What stands in an archive or a box of mails says from when a part of it counts, and not all.
            whole = [] if version.media_type in (*ARCHIVES, MAIL_BOX) else pages
            dates = dates_of(document.name, whole)
            signature = signature_of(page.text for page in pages)
            personal = watch.found_in(version_id, ((page.number, page.text) for page in pages))
        if not passages:
            raise NothingToRead(name=document.name)
        with self.sessions.write() as session:
            known, _ = self._version(session, version_id)
            warnings = [*left_out.of_reading(known.warnings), *warnings_of(pages)]
            session.execute(delete(Passage).where(Passage.version_id == version_id))
        for start in range(0, len(passages), PASSAGES_A_TRANSACTION):
            self.index.traffic.give_way()
            with self.sessions.write() as session:
                self._version(session, version_id)
                session.add_all(
                    passage_row(version, ordinal, passages[ordinal])
                    for ordinal in range(start, min(len(passages), start + PASSAGES_A_TRANSACTION))
                )
        with self.sessions.write() as session:
            store_structure(session, version_id, structure, SPLITTER_VERSION)
            store_bands(session, version_id, signature)
            watch.store(session, document.space_id, version_id, personal)
            keep_dates(self._version(session, version_id)[0], dates)
            session.execute(
                update(Version)
                .where(Version.id == version_id)
                .values(passages=len(passages), warnings=warnings, signature=signature)
            )
        self.reached("split")
        return len(passages)

    def publish(self, version_ids: Sequence[str]) -> None:
        """Make READ versions with their passages searchable by words, and the ones in force where their
        dates say so."""
        with self.sessions.read() as session:
            ready = list(
                session.scalars(
                    select(Version.id).where(Version.id.in_(version_ids), Version.state == VersionState.READ)
                )
            )
            expected = {version_id for version_id in ready if will_answer(session, version_id)}
            passages = published(session, ready, answering=expected)
        if not ready:
            return
        with self.index.turns.beside():  # until they are published, nobody writes the index anew without them
            self._publish(ready, passages, expected)

    def _publish(self, ready: list[str], passages: list[IndexedPassage], expected: set[str]) -> None:
        self.index.add_words(passages, ready)
        self.reached("words")
        replaced: set[str] = set()
        answering: set[str] = set()
        with self.sessions.write() as session:
            left = set(session.scalars(select(Version.id).where(Version.id.in_(ready))))
            for version_id in [version_id for version_id in ready if version_id in left]:
                old, new = self._publish_one(session, version_id)
                replaced |= {old} - {new, None}  # type: ignore[arg-type]  # None is taken out here
                answering = (answering - replaced) | ({new} if new is not None else set())
        self.index.changed()
        VERSIONS.labels("searchable").inc()
        self.reached("published")
        self.sessions.optimise()
        with self.sessions.read() as session:
            elsewhere = replaced | ((expected ^ (answering & set(ready))) & left)
            moved = published(session, elsewhere - answering) + published(session, elsewhere & answering)
        self.index.move(moved)
        for version_id, scope in {(passage.version, passage.scope) for passage in passages}:
            if version_id not in left:  # erased while its words went in
                self.index.remove(version_id, scope, [])

    def _publish_one(self, session: Session, version_id: str) -> tuple[str | None, str | None]:
        """Publish a version; returns the version that answered before, and the one that answers now."""
        version, document = self._version(session, version_id)
        version.starts_on = start_of(session, version)
        version.state, version.published_at = VersionState.SEARCHABLE, now()
        session.flush()
        old = document.current_version_id
        document.current_version_id = version_in_force(session, document.id, today())
        if document.current_version_id is not None:
            faqs.document_published(session, document.id, document.current_version_id)
        record(session, version.created_by, "document.published", document.id, version=version.number)
        jobs.enqueue(session, EMBED, version_id, document.space_id)
        held_to = select(SpacePack.id).where(SpacePack.space_id == document.space_id).limit(1)
        if session.scalar(held_to) is not None:
            jobs.enqueue(session, CHECK, version_id, document.space_id)
        return old, document.current_version_id

    def embed(self, version_id: str, job_id: str = "", *, give_way: bool = False) -> bool:
        """Make the vectors of a SEARCHABLE version. False when it stopped early: for a waiting file where
        `give_way`, or because there is no embedder."""
        with self.sessions.read() as session:
            version, document = self._version(session, version_id)
            if version.state != VersionState.SEARCHABLE:
                return True
            passages = published(session, [version_id])

        def going_on(done: int) -> bool:
            self.reached("vectors")
            if self.stopping.is_set():
                return False
            with self.sessions.write() as session:
                mine = self.taker.id or None
                if job_id and not jobs.progress(session, job_id, done, len(passages), worker=mine):
                    return False
                return not (give_way and self._waiting(session, INGEST))

        complete = self.index.add_vectors(passages, going_on)
        with self.sessions.write() as session:
            left = session.scalar(select(Version.id).where(Version.id == version_id))
            if complete and left is not None:
                session.execute(
                    update(Version)
                    .where(Version.id == version_id, Version.state == VersionState.SEARCHABLE)
                    .values(state=VersionState.EMBEDDED)
                )
            placed = published(session, [version_id])
        if left is None:  # erased while its vectors were made
            self.index.remove(version_id, document.space_id, [passage.id for passage in passages])
            return True
        if placed and placed[0].scope != passages[0].scope:  # its day came, or ended, meanwhile
            self.index.move(placed)
        if complete:
            self.reached("embedded")
        return complete

    def _version(self, session: Session, version_id: str) -> tuple[Version, Document]:
        row = session.execute(
            select(Version, Document)
            .join(Document, Document.id == Version.document_id)
            .where(Version.id == version_id)
        ).one_or_none()
        if row is None:
            raise Stopped  # erased meanwhile
        return row[0], row[1]

    def _waiting(self, session: Session, kind: str) -> bool:
        waiting = select(Job.id).where(Job.state == JobState.WAITING, Job.kind == kind).limit(1)
        return session.scalar(waiting) is not None

    # The worker's part: what `ingest.working` puts in order.

    def work(self) -> None:
        """Carry out jobs until `stopping` is set."""
        self.worker.work()

    def work_once(self) -> bool:
        """Carry out what waits: first files to be read, then vectors. Whether there was anything."""
        return self.worker.once()

    def turn_the_day(self) -> bool:
        """At the first look of a day, let what is in force from today on answer. It holds nothing else up."""
        if self.day != today() and self.leads():
            self.day = today()
            turn_of_day(self.sessions, self.index)
        return False

    def renew(self) -> bool:
        """Split one version again that an older program split; whether there was one."""
        if self.all_renewed or not self.leads():
            return False
        with self.sessions.read() as session:
            version_id = outdated(session, self.not_renewed)
        if version_id is None:
            self.all_renewed = True
            return False
        try:
            split_again(self.sessions, self.index, version_id, self._go_on)
        except Stopped:
            pass
        except Exception:  # it stays as it is, and answers as before
            log.exception("version %s could not be split again", version_id)
            self.not_renewed.append(version_id)
        return True


def _batches(pages: Iterator[PageContent], size: Callable[[], int]) -> Iterator[list[PageContent]]:
    while batch := list(itertools.islice(pages, size())):
        yield batch


def warnings_of(pages: Sequence[PageContent]) -> list[dict[str, Any]]:
    """What a person should know of a version's pages."""
    warnings: list[dict[str, Any]] = []
    hiding = [page for page in pages if any(block.kind == BlockKind.HIDDEN for block in page.blocks)]
    if hiding or any(page.hidden for page in pages):
        reasons = Counter[str]()
        for page in pages:
            reasons.update(page.hidden)
        count = sum(block.kind == BlockKind.HIDDEN for page in hiding for block in page.blocks)
        numbers = [page.number for page in pages if page.hidden or page in hiding]
        warning = {"code": "hidden_text", "count": count or reasons.total(), "pages": numbers[:PAGES_TOLD]}
        warnings.append(warning | ({"reasons": dict(reasons)} if reasons else {}))
    # What was recognised has no font that could explain its letters; it has a warning of its own.
    layers = [page for page in pages if page.text.strip() and page.source != RECOGNISED]
    poor = [page.number for page in layers if page.quality < TRUSTED]
    if poor:
        warnings.append({"code": "poor_text", "count": len(poor), "pages": poor[:PAGES_TOLD]})
    for code, source in (("scan_without_text", UNREAD), ("recognised_text", RECOGNISED)):
        numbers = [page.number for page in pages if page.source == source]
        if numbers:
            warnings.append({"code": code, "count": len(numbers), "pages": numbers[:PAGES_TOLD]})
    return warnings


def _page_row(version_id: str, page: PageContent) -> Page:
    return Page(
        version_id=version_id,
        number=page.number,
        label=page.label[:50],
        width=page.width,
        height=page.height,
        text=page.text,
        boxes=page.boxes,
        blocks=[block.packed() for block in page.blocks],
        source=page.source,
        kind=page.kind,
        name=page.name,
        quality=page.quality,
        hidden=page.hidden,
    )
