"""How this process stands among others: alone over its records, or one of several that have much alike.

Several back-ends need PostgreSQL, an index on a server, one folder of originals and one key of the log. What
is less is refused at the start, with what to change.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import select

from core.audit import Seal
from core.db import Sessions
from core.errors import BadValue
from core.jobs import Taker
from core.jobs.share import EVERYTHING, Share, of_back_end, of_worker
from core.limits import RequestLimits
from core.models import Version
from core.originals.address import bucket_address
from core.originals.store import OriginalStore
from core.settings import Settings
from core.sharing.counting import Generation, SharedGeneration
from core.sharing.leading import Leader
from core.sharing.limits import SharedRequestLimits
from core.sharing.processes import BACK_END, WORKER, Presence, forget_back_ends, living
from core.sharing.turns import FOLDERS, OwnTurns, SharedTurns, Turns
from ingest.recovery import take_over
from ingest.uploads import CHECK, EMBED, INGEST
from operations.index_engines import is_shared

DAY = (
    86400.0  # seconds that an original without a record may be on its way, where several back-ends take files
)
NEWEST = 20  # versions, of which at least one original must be there


@dataclass
class Standing:
    """What this process shares, and with whom. `several`: other back-ends may be there at the same time."""

    leader: Leader
    several: bool = False
    share: Share = EVERYTHING
    taker: Taker = field(default_factory=Taker)
    turns: Turns | None = None
    generation: Generation | None = None
    glossary_changes: Generation | None = None
    folder_turns: Turns = field(default_factory=OwnTurns)
    requests: RequestLimits = field(default_factory=RequestLimits)
    presence: Presence | None = None


@contextlib.contextmanager
def back_end_standing(settings: Settings, sessions: Sessions) -> Iterator[Standing]:
    """The place of a back-end, held for the time of the block. Raises RecordsInUse, BadValue."""
    shared_index = is_shared(settings)
    elsewhere = settings.workers == "elsewhere"
    if not sessions.shareable:
        if elsewhere:
            raise _no_workers_on_sqlite("SHOKO_WORKERS")
        if (
            settings.originals and bucket_address(settings.originals) is None
        ):  # a backup of the data folder must be whole
            problem = "with records in SQLite, originals lie in the data folder beside them, or in a bucket"
            raise BadValue(
                name="SHOKO_ORIGINALS", problem=problem, fix="Leave it empty, or set SHOKO_DATABASE_URL"
            )
        with sessions.alone():
            yield Standing(Leader(sessions, alone=True))
        return
    with contextlib.ExitStack() as held:
        held.enter_context(sessions.together() if shared_index else sessions.alone())
        leader = Leader(sessions, alone=not shared_index)
        held.callback(leader.close)
        share = of_back_end(workers_elsewhere=elsewhere, index_is_shared=shared_index)
        standing = _shared(settings, sessions, leader, BACK_END, share)
        standing.several = shared_index
        if shared_index:
            standing.folder_turns = SharedTurns(sessions, FOLDERS)
            standing.requests = SharedRequestLimits(sessions)
            standing.glossary_changes = SharedGeneration(sessions, "glossary_generation")
        else:
            forget_back_ends(sessions)  # one that died: nobody else holds these records
        yield standing


def must_be_shareable(settings: Settings) -> None:
    """Raises BadValue where the records lie in a file, which one process holds."""
    if settings.database.startswith("sqlite"):
        raise _no_workers_on_sqlite("SHOKO_DATABASE_URL")


@contextlib.contextmanager
def worker_standing(settings: Settings, sessions: Sessions) -> Iterator[Standing]:
    """The place of a worker, held for the time of the block. Raises BadValue."""
    with sessions.together(worker=True):
        share = of_worker(index_is_shared=is_shared(settings))
        yield _shared(settings, sessions, Leader(sessions, alone=False), WORKER, share)


def _shared(settings: Settings, sessions: Sessions, leader: Leader, role: str, share: Share) -> Standing:
    taker = Taker()
    # A worker need not have alike what it does not use: an index in the back-end's folder, the log's key.
    shares = {"SHOKO_INDEX": _index_place(settings)} if is_shared(settings) or role == BACK_END else {}
    if role == BACK_END:
        shares["SHOKO_AUDIT_KEY"] = Seal(settings.seal).public[:16]
    kinds = [INGEST] * (share.reads or share.indexes) + [EMBED] * share.embeds + [CHECK] * share.checks
    presence = Presence(
        sessions, taker, role, ",".join(kinds), shares, lambda gone: take_over(sessions, gone)
    )
    standing = Standing(leader, share=share, taker=taker, presence=presence)
    if is_shared(settings):
        standing.turns, standing.generation = SharedTurns(sessions), SharedGeneration(sessions)
    return standing


def _index_place(settings: Settings) -> str:
    """Where the index lies, in words that hold no password: what others compare with their own."""
    if not is_shared(settings):
        return "in the data folder"
    parts = urlsplit(settings.index.removeprefix("milvus+"))
    host = parts.netloc.rpartition("@")[2]
    rest = hashlib.sha256(f"{parts.path}?{parts.query}".encode()).hexdigest()[:6]
    return f"{host} ({rest})" if parts.path.strip("/") or parts.query else host


def _no_workers_on_sqlite(name: str) -> BadValue:
    return BadValue(
        name=name,
        problem="workers take their work from PostgreSQL, and the records are in SQLite",
        fix="Move them with `shoko migrate --to postgresql://…` and set SHOKO_DATABASE_URL, or leave the "
        "work to the back-end: SHOKO_WORKERS=here",
    )


def must_see_originals(sessions: Sessions, originals: OriginalStore) -> None:
    """Raises BadValue where none of the newest versions' originals is there: it is another place than the
    back-ends', or is not mounted. Files there would fail to be read, or be taken for rubbish."""
    with sessions.read() as session:
        newest = select(Version.sha256).order_by(Version.created_at.desc(), Version.id).limit(NEWEST)
        stored = list(session.scalars(newest))
    if stored and not any(originals.has(sha256) for sha256 in stored):
        raise BadValue(
            name="SHOKO_ORIGINALS",
            problem=f"{originals.shown} holds none of the originals that the records tell of",
            fix="Name the bucket that the back-ends store them in, or mount their folder and name it",
        )


def missing_workers(standing: Standing, settings: Settings, sessions: Sessions) -> str:
    """What to tell where the work is left to workers and none is there; empty where all is well."""
    if settings.workers == "here" or not sessions.shareable or standing.taker.id == "":
        return ""
    if any(row.role == WORKER and INGEST in row.kinds for row in living(sessions)):
        return ""
    return "No worker is there: files wait to be read. Start `shoko worker`, or set SHOKO_WORKERS=here."


def others(standing: Standing, sessions: Sessions) -> list[str]:
    """The hosts of other back-ends that are there now."""
    if not standing.several:
        return []
    return [row.host for row in living(sessions) if row.role == BACK_END and row.id != standing.taker.id]
