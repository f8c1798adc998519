"""Workers beside a back-end, over a real PostgreSQL: who takes what, what happens when one dies, and what is
refused."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import postgresql_server
from making import (
    administrator,
    child_environment,
    pdf,
    records_in,
    settings_in,
    upload,
    version,
)
from sqlalchemy import select, text

from contract.values import JobState
from core import jobs
from core.db import Sessions, open_database
from core.errors import BadValue, RecordsInUse
from core.jobs import Taker
from core.jobs.share import Share, of_back_end, of_worker
from core.models import Job, Process, VersionState
from core.settings import PROJECT, Settings
from core.sharing.processes import BACK_END, WORKER, Presence, living
from ingest.recovery import remember_embedder, take_over
from ingest.uploads import EMBED, INGEST, accept
from llm.fakes import HashEmbedder
from operations.figures import metrics
from operations.library import Library, open_library
from operations.records.moving import move_records
from operations.sharing.standing import missing_workers
from operations.working.worker import OpenWorker, open_worker

pytestmark = pytest.mark.engines
RULES = "The fee for a lost card is 50 yuan.\n\nCards are issued at the front desk."


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql_server() as address:
        yield address


@pytest.fixture
def address(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("making.RECORDS_SERVER", server)
    return records_in(tmp_path)


@pytest.fixture
def sessions(address: str) -> Iterator[Sessions]:
    opened = open_database(address)
    yield opened
    opened.close()


def of(folder: Path, name: str, address: str, **given: Any) -> Settings:
    own = {"database_url": address, "originals": str(folder / "originals")}
    return settings_in(folder / name, **(own | given))


@pytest.fixture
def back_end(tmp_path: Path, address: str) -> Iterator[Library]:
    settings = of(tmp_path, "back-end", address, workers="elsewhere")
    with open_library(settings, embedder=HashEmbedder(), load_models=False) as library:
        yield library


@pytest.fixture
def worker(tmp_path: Path, address: str, back_end: Library) -> Iterator[OpenWorker]:
    with open_worker(of(tmp_path, "worker", address)) as opened:
        yield opened


def every_job(sessions: Sessions, kind: str) -> list[Job]:
    with sessions.read() as session:
        return list(session.scalars(select(Job).where(Job.kind == kind)))


def found(library: Library, words: str) -> list[str]:
    evidence, _, _ = library.answerer.evidence(administrator(library), words)
    return [quote.text for quote in evidence.quotes]


def test_a_worker_reads_and_the_back_end_puts_it_into_its_own_index(
    back_end: Library, worker: OpenWorker
) -> None:
    accepted = upload(back_end, "fees.txt", RULES)
    assert not back_end.pipeline.work_once()  # it leaves the reading to workers
    assert worker.loops[0].once()
    assert version(back_end, accepted.version.id).state == VersionState.READ
    (job,) = every_job(back_end.sessions, INGEST)
    assert (job.state, job.stage, job.worker_id, job.attempts) == (JobState.WAITING, "read", None, 0)
    assert not worker.loops[0].once()  # what comes next is not its own
    while back_end.pipeline.work_once():
        pass
    assert version(back_end, accepted.version.id).state == VersionState.EMBEDDED
    assert "fee for a lost card is 50 yuan" in found(back_end, "fee for a lost card")[0]
    assert {job.state for job in every_job(back_end.sessions, INGEST)} == {JobState.DONE}


def test_what_cannot_be_read_is_told_and_what_needs_a_password_stays_with_who_has_it(
    back_end: Library, worker: OpenWorker
) -> None:
    broken = upload(back_end, "broken.pdf", b"%PDF-1.7 broken")
    locked = accept(
        administrator(back_end), back_end.sessions, back_end.files, "General", "locked.pdf",
        [pdf("The spare key hangs in the kitchen.", password="s3cret")], limit_bytes=10**9,
        keep=lambda version_id: back_end.pipeline.passwords.keep(version_id, "s3cret"),
        only=back_end.pipeline.taker.id,
    )  # fmt: skip
    while worker.loops[0].once():
        pass
    assert version(back_end, broken.version.id).state == VersionState.FAILED
    assert version(back_end, locked.version.id).state == VersionState.STORED
    while back_end.pipeline.work_once():
        pass
    assert version(back_end, locked.version.id).state == VersionState.EMBEDDED


def started(settings: Settings, *more: str) -> subprocess.Popen[str]:
    """`shoko worker` as a process of its own, which has said what it takes."""
    environment = child_environment(
        SHOKO_DATA=str(settings.data), SHOKO_DATABASE_URL=settings.database_url,
        SHOKO_ORIGINALS=settings.originals, SHOKO_OCR_LANGUAGES="none", SHOKO_EMBEDDER="none",
    )  # fmt: skip
    order = [sys.executable, "-m", "cli.entry", "worker", *more]
    process = subprocess.Popen(order, stdout=subprocess.PIPE, text=True, env=environment, cwd=PROJECT)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Takes: ingest,check"), line
    return process


def ended(process: subprocess.Popen[str], number: int) -> int:
    process.send_signal(number)
    process.communicate(timeout=240)
    return process.returncode


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for an event; the limit only ends what hangs."""
    stop = threading.Event()
    for _ in range(2400):
        if holds():
            return
        stop.wait(0.1)
    raise AssertionError(f"{what} did not come")


def test_a_worker_of_its_own_process_reads_and_one_that_is_killed_loses_nothing(
    tmp_path: Path, address: str, back_end: Library
) -> None:
    process = started(of(tmp_path, "worker", address))
    try:
        accepted = upload(back_end, "first.txt", RULES)
        until(lambda: version(back_end, accepted.version.id).state == VersionState.READ, "the reading")
        (mine,) = [row for row in living(back_end.sessions) if row.role == WORKER]
        big = upload(
            back_end, "second.txt", "\n\n".join(f"Rule {n}: keep door {n} shut." for n in range(12_000))
        )
        until(lambda: every_job(back_end.sessions, INGEST)[-1].worker_id == mine.id, "the claim")
    finally:
        ended(process, signal.SIGKILL)
    held = [job for job in every_job(back_end.sessions, INGEST) if job.worker_id == mine.id]
    presence = back_end.standing.presence
    assert presence is not None
    with back_end.sessions.beside() as session:  # the database's clock is not waited for
        beat = text("UPDATE processes SET beat_at = beat_at - interval '1 hour' WHERE id = :id")
        session.execute(beat, {"id": mine.id})
    presence.beat()
    assert [row.id for row in living(back_end.sessions)] == [presence.taker.id]
    after = {job.id: job for job in every_job(back_end.sessions, INGEST)}
    assert all(after[job.id].state == JobState.WAITING for job in held)
    with open_worker(of(tmp_path, "another", address)) as another:
        while another.loops[0].once():
            pass
    assert version(back_end, big.version.id).state == VersionState.READ


def test_a_worker_that_is_asked_to_stop_gives_back_what_it_holds(
    tmp_path: Path, address: str, back_end: Library
) -> None:
    process = started(of(tmp_path, "worker", address))
    upload(back_end, "second.txt", "\n\n".join(f"Rule {n}: keep door {n} shut." for n in range(12_000)))
    until(lambda: every_job(back_end.sessions, INGEST)[-1].state == JobState.RUNNING, "the claim")
    assert ended(process, signal.SIGTERM) == 0
    (job,) = every_job(back_end.sessions, INGEST)
    assert (job.state, job.worker_id) == (JobState.WAITING, None)
    assert [row.role for row in living(back_end.sessions)] == [BACK_END]


def test_who_was_taken_for_dead_and_wakes_changes_nothing_of_what_is_another_s(sessions: Sessions) -> None:
    def presence() -> Presence:
        return Presence(sessions, Taker(), WORKER, INGEST, {}, lambda gone: take_over(sessions, gone))

    asleep, awake = presence(), presence()
    asleep.enter()
    awake.enter()
    with sessions.write() as session:
        job_id = jobs.enqueue(session, INGEST, "v", "s").id
    with sessions.write() as session:
        held = jobs.claim(session, INGEST, asleep.taker)
        assert held is not None
        session.execute(
            text("UPDATE processes SET beat_at = beat_at - interval '1 hour' WHERE id = :id"),
            {"id": asleep.taker.id},
        )
    awake.beat()
    with sessions.write() as session:
        again = jobs.claim(session, INGEST, awake.taker)
        assert again is not None and again.id == job_id
    with sessions.write() as session:
        assert not jobs.progress(session, job_id, 1, 10, worker=held.worker_id)
        assert not jobs.finish(session, job_id, JobState.FAILED, worker=asleep.taker.id)
        jobs.give_back_one(session, job_id, failed=True, worker=asleep.taker.id)
    before = asleep.taker.id
    asleep.beat()
    assert asleep.taker.id != before
    with sessions.read() as session:
        job = session.get_one(Job, job_id)
        assert (job.state, job.worker_id) == (JobState.RUNNING, awake.taker.id)
        assert set(session.scalars(select(Process.id))) == {asleep.taker.id, awake.taker.id}


def test_what_only_a_dead_process_could_do_is_anybody_s(sessions: Sessions) -> None:
    presence = Presence(sessions, Taker(), WORKER, INGEST, {}, lambda gone: take_over(sessions, gone))
    presence.enter()
    with sessions.write() as session:
        jobs.enqueue(session, INGEST, "v", "s", only="who-was-here")
        assert jobs.claim(session, INGEST, presence.taker) is None
    presence.beat()
    with sessions.write() as session:
        assert jobs.claim(session, INGEST, presence.taker) is not None


def test_many_workers_take_each_job_once(sessions: Sessions) -> None:
    with sessions.write() as session:
        for number in range(60):
            jobs.enqueue(session, INGEST, f"v{number}", "s")
    taken: list[str] = []

    def take(name: str) -> None:
        while True:
            with sessions.write() as session:
                job = jobs.claim(session, INGEST, Taker(name))
            if job is None:
                return
            taken.append(job.subject_id)

    threads = [threading.Thread(target=take, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"v{number}" for number in range(60))


def test_what_cannot_work_is_refused_with_what_to_change(
    tmp_path: Path, address: str, back_end: Library
) -> None:
    with (
        pytest.raises(BadValue, match="shoko migrate --to postgresql"),
        open_worker(of(tmp_path, "w1", f"sqlite:///{tmp_path}/x.sqlite3")),
    ):
        pass
    elsewhere = {"database_url": f"sqlite:///{tmp_path}/x.sqlite3", "workers": "elsewhere"}
    with (
        pytest.raises(BadValue, match="SHOKO_WORKERS"),
        open_library(settings_in(tmp_path / "b", **elsewhere), load_models=False),
    ):
        pass
    with (
        pytest.raises(RecordsInUse, match="SHOKO_INDEX"),
        open_library(of(tmp_path, "second", address), load_models=False),
    ):  # its index lies in its folder, for it alone
        pass
    with pytest.raises(RecordsInUse):  # nothing is moved under a back-end or a worker
        move_records(address, "sqlite", tmp_path)
    upload(back_end, "fees.txt", RULES)
    with (
        pytest.raises(BadValue, match="SHOKO_ORIGINALS"),
        open_worker(of(tmp_path, "w2", address, originals=str(tmp_path / "nowhere"))),
    ):
        pass
    with back_end.sessions.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0021'"))
    with pytest.raises(BadValue, match="older version of Shoko"), open_worker(of(tmp_path, "w3", address)):
        pass
    with pytest.raises(RecordsInUse):  # tables are not changed under a back-end that uses them
        open_database(address)


def test_a_back_end_that_leaves_the_work_says_where_no_worker_is(
    tmp_path: Path, address: str, back_end: Library
) -> None:
    def missing() -> str:
        return missing_workers(back_end.standing, back_end.settings, back_end.sessions)

    assert "shoko worker" in missing()
    with open_worker(of(tmp_path, "worker", address)):
        assert missing() == ""
        assert 'shoko_processes{role="worker"} 1.0' in metrics(back_end).decode()
    assert "shoko worker" in missing()


@pytest.mark.parametrize(
    ("share", "stages"),
    [
        (Share(), None),
        (of_back_end(workers_elsewhere=False, index_is_shared=True), None),
        (of_back_end(workers_elsewhere=True, index_is_shared=False), ("read",)),
        (of_worker(index_is_shared=False), ("",)),
        (of_worker(index_is_shared=True), None),
    ],
)
def test_each_kind_of_process_has_its_share(share: Share, stages: tuple[str, ...] | None) -> None:
    assert share.stages == stages


def test_between_a_back_end_and_its_workers_everything_is_done() -> None:
    for shared in (True, False):
        both = (
            of_back_end(workers_elsewhere=True, index_is_shared=shared),
            of_worker(index_is_shared=shared),
        )
        for part in ("reads", "indexes", "embeds", "checks"):
            assert any(getattr(share, part) for share in both), (shared, part)


def test_vectors_wait_where_the_worker_has_another_embedder(
    back_end: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(back_end, "fees.txt", RULES)
    monkeypatch.setattr(back_end.pipeline, "share", Share())
    assert back_end.pipeline.work_once()
    remember_embedder(back_end.sessions, "another")
    assert not back_end.pipeline.work_once()
    assert {job.state for job in every_job(back_end.sessions, EMBED)} == {JobState.WAITING}
