"""What is away for a while: jobs wait, and people are told of it as what it is."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import pg8000.dbapi
import pytest
from making import records_in
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from contract.values import JobState
from core import jobs
from core.db import Sessions, fault_of, open_database
from core.errors import DiskFull, IndexAway, RecordsAway
from core.jobs.worker import OneByOne, Worker
from core.models import Job

pytestmark = pytest.mark.fast


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = open_database(records_in(tmp_path))
    yield opened
    opened.close()


def only_job(sessions: Sessions) -> Job:
    with sessions.read() as session:
        return session.scalars(select(Job)).one()


def enqueued(sessions: Sessions) -> None:
    with sessions.write() as session:
        jobs.enqueue(session, "ingest", "v1", "s")


def test_a_job_waits_while_the_server_of_the_index_is_away(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.worker.AWAY_SECONDS", 0.0)
    enqueued(sessions)
    outages = 9  # more than attempts are made of what fails by itself

    def step(_job: Job) -> bool:
        nonlocal outages
        outages -= 1
        if outages > 0:
            raise IndexAway(address="127.0.0.1:9", problem="away")
        return True

    worker = Worker(sessions, [OneByOne("ingest", step)])
    for _ in range(8):
        assert worker.once()
        assert (only_job(sessions).state, only_job(sessions).attempts) == (JobState.WAITING, 0)
    assert worker.once()
    assert only_job(sessions).state == JobState.DONE


def test_a_job_whose_end_the_records_did_not_take_is_done_again(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueued(sessions)
    worked: list[str] = []

    def step(job: Job) -> bool:
        worked.append(job.id)
        return True

    def away(*_: object, **__: object) -> None:
        raise OSError("the records are away")

    worker = Worker(sessions, [OneByOne("ingest", step)])
    with monkeypatch.context() as patched:
        patched.setattr("core.jobs.worker.queue.finish", away)
        with pytest.raises(OSError, match="away"):
            worker.once()
    assert only_job(sessions).state == JobState.RUNNING
    assert worker.once()
    assert only_job(sessions).state == JobState.DONE
    assert len(worked) == 2 and not worker.unwritten


def test_a_job_whose_failure_has_faulty_consequences_ends_all_the_same(sessions: Sessions) -> None:
    enqueued(sessions)

    def step(job: Job) -> bool:
        raise DiskFull

    def failed(session: Session, job: Job, code: str, values: Mapping[str, str]) -> None:
        raise KeyError("a fault of our own")

    worker = Worker(sessions, [])
    job = worker.claim("ingest")
    assert job is not None and not worker.attempt(job, lambda: step(job), failed=failed)
    assert not worker.unwritten
    assert (only_job(sessions).state, only_job(sessions).error_code) == (JobState.FAILED, "disk_full")


def test_faults_of_the_records_and_of_the_disk_have_names() -> None:
    away = InterfaceError("select 1", {}, ConnectionResetError("network error"))
    assert isinstance(fault_of(away), RecordsAway)
    full = OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))
    assert isinstance(fault_of(full), DiskFull)
    assert isinstance(fault_of(OSError(errno.ENOSPC, "No space left on device")), DiskFull)
    server = pg8000.dbapi.DatabaseError({"S": "ERROR", "C": "53100", "M": "could not extend file"})
    assert isinstance(fault_of(DatabaseError("insert", {}, server)), DiskFull)
    starting = pg8000.dbapi.DatabaseError({"S": "FATAL", "C": "57P03", "M": "it is starting up"})
    assert isinstance(fault_of(DatabaseError("select", {}, starting)), RecordsAway)
    ours = pg8000.dbapi.DatabaseError({"S": "ERROR", "C": "42601", "M": "syntax error at 57P03"})
    assert fault_of(DatabaseError("selec", {}, ours)) is None
    locked = OperationalError("insert", {}, sqlite3.OperationalError("database is locked"))
    assert fault_of(locked) is None
    assert fault_of(ValueError("a fault of our own")) is None
