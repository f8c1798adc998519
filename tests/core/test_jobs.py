"""The list of work: claimed once, in order, given back by the dead, and not tried for ever."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from making import records_in
from sqlalchemy import select

from contract.values import JobState
from core import jobs
from core.db import Sessions, open_database
from core.models import Job

pytestmark = pytest.mark.fast


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = open_database(records_in(tmp_path))
    yield opened
    opened.close()


def enqueue(sessions: Sessions, *subjects: str, kind: str = "ingest") -> list[str]:
    ids = []
    for subject in subjects:
        with sessions.write() as session:
            ids.append(jobs.enqueue(session, kind, subject, "s").id)
    return ids


def claim(sessions: Sessions, kind: str = "ingest") -> Job | None:
    with sessions.write() as session:
        return jobs.claim(session, kind)


def job(sessions: Sessions, job_id: str) -> Job:
    with sessions.read() as session:
        return session.get_one(Job, job_id)


def test_jobs_are_claimed_oldest_first_and_by_kind(sessions: Sessions) -> None:
    enqueue(sessions, "a", "b")
    enqueue(sessions, "v", kind="embed")
    enqueue(sessions, "c")
    order = [claimed.subject_id for _ in range(3) if (claimed := claim(sessions))]
    assert order == ["a", "b", "c"]
    assert claim(sessions) is None
    embedding = claim(sessions, "embed")
    assert embedding is not None
    assert (embedding.subject_id, embedding.state, embedding.attempts) == ("v", JobState.RUNNING, 1)


def test_a_job_of_a_transaction_that_failed_is_never_seen(sessions: Sessions) -> None:
    with pytest.raises(ZeroDivisionError), sessions.write() as session:
        jobs.enqueue(session, "ingest", "a", "s")
        raise ZeroDivisionError
    assert claim(sessions) is None


def test_many_workers_claim_each_job_once(sessions: Sessions) -> None:
    enqueue(sessions, *(f"j{number}" for number in range(20)))
    claimed: list[str] = []

    def work() -> None:
        while (next_job := claim(sessions)) is not None:
            claimed.append(next_job.subject_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(claimed) == Counter(f"j{number}" for number in range(20))


def test_what_a_dead_worker_held_waits_again_and_what_has_ended_stays(sessions: Sessions) -> None:
    done, held, waiting = enqueue(sessions, "a", "b", "c")
    claim(sessions), claim(sessions)
    with sessions.write() as session:
        jobs.finish(session, done, JobState.DONE)
    with sessions.write() as session:
        assert jobs.give_back(session) == []
    states = [job(sessions, job_id).state for job_id in (done, held, waiting)]
    assert states == [JobState.DONE, JobState.WAITING, JobState.WAITING]


def test_a_job_whose_worker_dies_each_time_fails_after_the_last_attempt(sessions: Sessions) -> None:
    (held,) = enqueue(sessions, "a")
    for _ in range(jobs.MOST_DEATHS):
        assert claim(sessions) is not None
        with sessions.write() as session:
            failed = [given_up.id for given_up in jobs.give_back(session)]
    assert failed == [held]
    assert claim(sessions) is None
    failed_job = job(sessions, held)
    assert (failed_job.state, failed_job.error_code, failed_job.attempts) == (
        JobState.FAILED,
        "worker_died",
        jobs.MOST_DEATHS,
    )
    assert failed_job.error_message
    assert failed_job.finished_at is not None


def test_what_was_in_hand_at_several_deaths_is_tried_last_and_known_as_suspect(sessions: Sessions) -> None:
    innocent, guilty, later = enqueue(sessions, "innocent", "guilty", "later")
    for _ in range(jobs.SUSPECT):
        first, second = claim(sessions), claim(sessions)
        assert first is not None
        assert second is not None
        assert {first.id, second.id} == {innocent, guilty}
        assert not jobs.is_suspect(first)
        with sessions.write() as session:
            assert jobs.give_back(session) == []
    order = [claim(sessions) for _ in range(3)]
    assert [held.id for held in order if held] == [later, innocent, guilty]
    assert [jobs.is_suspect(held) for held in order if held] == [False, True, True]


def test_an_attempt_that_gets_further_begins_the_count_anew(sessions: Sessions) -> None:
    (held,) = enqueue(sessions, "long")
    for page in range(3 * jobs.MOST_DEATHS):
        assert claim(sessions) is not None
        with sessions.write() as session:
            assert jobs.progress(session, held, page + 1, 1000)
            assert jobs.give_back(session) == []
    for _ in range(jobs.MOST_DEATHS - 1):
        assert claim(sessions) is not None
        with sessions.write() as session:
            jobs.progress(session, held, 1, 1000)  # and here it dies, again and again
            jobs.give_back(session)
    assert job(sessions, held).state == JobState.FAILED


def test_a_job_that_gives_way_uses_up_no_attempt(sessions: Sessions) -> None:
    (held,) = enqueue(sessions, "a")
    for _ in range(3 * jobs.MOST_ATTEMPTS):
        assert claim(sessions) is not None
        with sessions.write() as session:
            jobs.give_back_one(session, held, failed=False)
    assert job(sessions, held).attempts == 0
    claim(sessions)
    with sessions.write() as session:
        jobs.give_back_one(session, held, failed=True)
    assert job(sessions, held).attempts == 1


def test_a_cancelled_job_stays_cancelled_whatever_its_worker_says(sessions: Sessions) -> None:
    (held,) = enqueue(sessions, "a")
    claim(sessions)
    with sessions.write() as session:
        session.get_one(Job, held).state = JobState.CANCELLED
    with sessions.write() as session:
        assert jobs.progress(session, held, 3, 10) is False
        jobs.give_back_one(session, held, failed=False)
        jobs.finish(session, held, JobState.DONE)
        jobs.give_back(session)
    cancelled = job(sessions, held)
    assert (cancelled.state, cancelled.done) == (JobState.CANCELLED, 0)


def test_progress_is_written_down_while_it_runs(sessions: Sessions) -> None:
    (held,) = enqueue(sessions, "a")
    claim(sessions)
    with sessions.write() as session:
        assert jobs.progress(session, held, 3, 10) is True
    assert (job(sessions, held).done, job(sessions, held).total) == (3, 10)


def test_a_failed_job_says_why(sessions: Sessions) -> None:
    (held,) = enqueue(sessions, "a")
    claim(sessions)
    with sessions.write() as session:
        jobs.finish(session, held, JobState.FAILED, code="file_damaged", message="It is damaged.")
    with sessions.read() as session:
        failed = session.scalars(select(Job)).one()
    assert (failed.state, failed.error_code, failed.error_message) == (
        "failed",
        "file_damaged",
        "It is damaged.",
    )
