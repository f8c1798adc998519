"""A version's way from stored to searchable: every state, every stop, and nobody sees half of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from making import (
    add,
    administrator,
    finish_work,
    passages_of,
    pdf,
    picture_pdf,
    settings_in,
    upload,
)
from making import version as version_now
from sqlalchemy import func, select, update

from contract.values import JobState
from core import jobs
from core.models import Document, Job, Page, Passage, Question, Version, VersionState
from ingest.lifecycle.erasure import erase_document
from ingest.recovery import resume
from ingest.uploads import EMBED, INGEST, retry
from llm.fakes import HashEmbedder
from operations.library import Library, open_library
from retrieval.index.index import differences, rebuild_words

ALL_STEPS = ["pages", "read", "split", "words", "published", "vectors", "embedded"]
LONG = "\f".join(f"Rule {page} of the office.\n\nIt says {page} times so." for page in range(100))


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def opened(folder: Path, embedder: str = "hash") -> Iterator[Library]:
    with open_library(settings_in(folder), embedder=HashEmbedder(embedder), load_models=False) as library:
        yield library


def job_of(library: Library, version_id: str, kind: str = INGEST) -> Job:
    with library.sessions.read() as session:
        query = select(Job).where(Job.subject_id == version_id, Job.kind == kind)
        return session.scalars(query.order_by(Job.created_at.desc()).limit(1)).one()


def texts_found(library: Library, question: str) -> list[str]:
    """The texts of the passages that a question finds."""
    _, hits, _ = library.answerer.evidence(administrator(library), question)
    return [hit.passage.text for hit in hits]


def do_at(library: Library, step: str, deed: Callable[[], None]) -> None:
    """Do that, once, when the pipeline reaches that step."""
    left = [deed]

    def reached(now: str) -> None:
        if now == step and left:
            left.pop()()

    library.pipeline.reached = reached


def both_legs_agree(library: Library) -> None:
    compared = differences(library.sessions, library.index)
    assert compared.records == compared.words == compared.vectors == compared.embedded


def test_a_split_stops_with_the_process_and_is_done_at_the_next_start(library: Library) -> None:
    taken = upload(library, "rules.txt", LONG)
    do_at(library, "read", library.pipeline.stopping.set)
    library.pipeline.work_once()
    assert version_now(library, taken.version.id).state == VersionState.READ
    assert passages_of(library, taken.document.id) == []
    assert job_of(library, taken.version.id).state == JobState.WAITING
    library.pipeline.stopping.clear()
    finish_work(library)
    assert passages_of(library, taken.document.id)


def test_a_version_goes_through_every_state_in_order(library: Library) -> None:
    accepted = upload(library, "rules.pdf", pdf("Ten days of leave.", "The valve opens at noon."))
    states: list[tuple[str, str]] = []
    library.pipeline.reached = lambda step: states.append(
        (step, version_now(library, accepted.version.id).state)
    )
    finish_work(library)
    assert states == [
        ("pages", "stored"), ("read", "read"), ("split", "read"), ("words", "read"),
        ("published", "searchable"), ("vectors", "searchable"), ("embedded", "embedded"),
    ]  # fmt: skip
    now = version_now(library, accepted.version.id)
    assert (now.pages, now.passages, now.error_code, now.warnings) == (2, 1, None, [])
    assert now.published_at is not None
    assert job_of(library, now.id).state == job_of(library, now.id, EMBED).state == JobState.DONE
    both_legs_agree(library)


@pytest.mark.parametrize("step", ["pages", "read", "split", "words"])
def test_a_new_version_is_seen_by_nobody_before_it_is_published(library: Library, step: str) -> None:
    add(library, "fee.txt", "The fee for a lost card is 50 yuan.")
    upload(library, "fee.txt", "The fee for a lost card is 80 yuan.")
    seen: list[list[str]] = []
    do_at(library, step, lambda: seen.append(texts_found(library, "fee for a lost card")))
    finish_work(library)
    assert seen == [["The fee for a lost card is 50 yuan."]]
    assert texts_found(library, "fee for a lost card") == ["The fee for a lost card is 80 yuan."]
    both_legs_agree(library)


def test_a_published_version_is_found_by_words_before_it_has_vectors(library: Library) -> None:
    upload(library, "fee.txt", "The fee for a lost card is 50 yuan.")
    seen: list[list[str]] = []
    do_at(library, "published", lambda: seen.append(texts_found(library, "fee for a lost card")))
    finish_work(library)
    assert seen == [["The fee for a lost card is 50 yuan."]]


def test_a_file_that_cannot_be_read_fails_with_a_sentence_and_leaves_no_page(library: Library) -> None:
    accepted = upload(library, "scan.pdf", picture_pdf())
    finish_work(library)
    now, job = version_now(library, accepted.version.id), job_of(library, accepted.version.id)
    assert (now.state, now.error_code) == (VersionState.FAILED, "no_text_in_file")
    assert now.error_values == {"name": "scan.pdf", "pages": "1"}
    assert (job.state, job.error_code) == (JobState.FAILED, "no_text_in_file")
    assert "scan.pdf" in (job.error_message or "")
    with library.sessions.read() as session:
        assert session.scalar(select(func.count()).select_from(Page)) == 0
        assert session.scalars(select(Document.current_version_id)).one() is None


def test_a_bad_new_version_leaves_the_old_one_in_force(library: Library) -> None:
    add(library, "fee.pdf", pdf("The fee for a lost card is 50 yuan."))
    bad = upload(library, "fee.pdf", b"%PDF-1.7 nothing more")
    finish_work(library)
    assert version_now(library, bad.version.id).state == VersionState.FAILED
    assert texts_found(library, "fee for a lost card") == ["The fee for a lost card is 50 yuan."]


def test_a_bad_file_stops_none_of_those_beside_it(library: Library) -> None:
    upload(library, "a.txt", "The first rule.")
    bad = upload(library, "bad.pdf", b"%PDF-1.7 nothing more")
    upload(library, "b.txt", "The second rule.")
    finish_work(library)
    assert version_now(library, bad.version.id).state == VersionState.FAILED
    assert sorted(texts_found(library, "rule")) == ["The first rule.", "The second rule."]


def test_a_waiting_job_that_is_cancelled_is_not_begun(library: Library) -> None:
    accepted = upload(library, "a.txt", "The first rule.")
    cancel(library, accepted.version.id)
    assert finish_work(library) == 0
    assert version_now(library, accepted.version.id).state == VersionState.STORED


def cancel(library: Library, version_id: str) -> None:
    with library.sessions.write() as session:
        session.execute(
            update(Job)
            .where(Job.subject_id == version_id, Job.state.in_([JobState.WAITING, JobState.RUNNING]))
            .values(state=JobState.CANCELLED)
        )


@pytest.mark.parametrize("step", ["pages", "read", "split"])
def test_a_job_that_is_cancelled_on_its_way_is_never_published_and_can_be_tried_again(
    library: Library, step: str
) -> None:
    accepted = upload(library, "rules.txt", LONG)
    do_at(library, step, lambda: cancel(library, accepted.version.id))
    finish_work(library)
    assert job_of(library, accepted.version.id).state == JobState.CANCELLED
    assert texts_found(library, "rule of the office") == []
    with library.sessions.write() as session:
        again = session.get_one(Version, accepted.version.id)
        retry(administrator_in(session), session, again, accepted.document.space_id)
    finish_work(library)
    assert version_now(library, accepted.version.id).state == VersionState.EMBEDDED
    assert version_now(library, accepted.version.id).pages == 100
    both_legs_agree(library)


def administrator_in(session):  # type: ignore[no-untyped-def]  # a session of SQLAlchemy
    from core.access import access_of
    from core.models import User

    return access_of(session, session.scalars(select(User.id).where(User.is_admin)).one())


@pytest.mark.parametrize("step", ["pages", "vectors"])
def test_a_server_that_stops_goes_on_at_its_next_start(tmp_path: Path, step: str) -> None:
    with opened(tmp_path) as library:
        accepted = upload(library, "rules.txt", LONG)
        do_at(library, step, library.pipeline.stopping.set)
        library.pipeline.work()
        attempts = {job.kind: job.attempts for job in every_job(library)}
    assert set(attempts.values()) <= {0, 1}
    with opened(tmp_path) as library:
        finish_work(library)
        now = version_now(library, accepted.version.id)
        assert (now.state, now.pages) == (VersionState.EMBEDDED, 100)
        both_legs_agree(library)


def every_job(library: Library) -> list[Job]:
    with library.sessions.read() as session:
        return list(session.scalars(select(Job)))


@pytest.mark.parametrize("step", ALL_STEPS)
def test_a_replacement_that_is_killed_at_any_step_ends_as_if_it_had_not_been(
    tmp_path: Path, step: str
) -> None:
    with opened(tmp_path) as library:
        add(library, "fee.txt", "The fee for a lost card is 50 yuan.")
        accepted = upload(library, "fee.txt", "The fee for a lost card is 80 yuan.")

        def killed() -> None:
            raise Killed

        do_at(library, step, killed)
        with pytest.raises(Killed):
            finish_work(library)
    with opened(tmp_path) as library:
        now = texts_found(library, "fee for a lost card")
        assert now in (["The fee for a lost card is 50 yuan."], ["The fee for a lost card is 80 yuan."])
        finish_work(library)
        assert texts_found(library, "fee for a lost card") == ["The fee for a lost card is 80 yuan."]
        assert version_now(library, accepted.version.id).state == VersionState.EMBEDDED
        both_legs_agree(library)
        assert len(passages_of(library, accepted.document.id)) == 2


def test_a_file_that_ends_its_worker_each_time_fails_in_the_end(tmp_path: Path) -> None:
    with opened(tmp_path) as library:
        accepted = upload(library, "bomb.txt", LONG)
        upload(library, "fine.txt", "The first rule.")
    for _ in range(jobs.MOST_DEATHS + jobs.SUSPECT):  # the fine one has its turns in between
        with opened(tmp_path) as library, library.sessions.write() as session:
            assert jobs.claim(session, INGEST) is not None  # and no word is heard of it again
    with opened(tmp_path) as library:
        finish_work(library)
        now = version_now(library, accepted.version.id)
        assert (now.state, now.error_code) == (VersionState.FAILED, "worker_died")
        assert texts_found(library, "first rule") == ["The first rule."]


def test_a_fault_of_ours_is_tried_three_times_then_told(library: Library) -> None:
    accepted = upload(library, "a.txt", "The first rule.")
    tries: list[str] = []

    def stumble(step: str) -> None:
        tries.append(step)
        if step == "split":
            raise ZeroDivisionError("by zero")

    library.pipeline.reached = stumble
    finish_work(library)
    job = job_of(library, accepted.version.id)
    assert (job.state, job.error_code, job.attempts) == (JobState.FAILED, "error", jobs.MOST_ATTEMPTS)
    assert "by zero" in (job.error_message or "")
    assert tries.count("split") == jobs.MOST_ATTEMPTS
    assert version_now(library, accepted.version.id).state == VersionState.FAILED


def test_one_version_that_cannot_be_published_holds_none_of_the_others_up(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = upload(library, "bad.txt", "The rule that cannot be indexed.")
    good = upload(library, "good.txt", "The rule that can.")
    add_words = library.index.add_words

    def stumble(passages, versions):  # type: ignore[no-untyped-def]  # as the method it stands for
        if bad.version.id in versions:
            raise OSError("no space left on the disk")
        add_words(passages, versions)

    monkeypatch.setattr(library.index, "add_words", stumble)
    finish_work(library)
    assert version_now(library, good.version.id).state == VersionState.EMBEDDED
    assert job_of(library, good.version.id).state == JobState.DONE
    job = job_of(library, bad.version.id)
    assert (job.state, job.error_code) == (JobState.FAILED, "error")
    assert texts_found(library, "rule that can") == ["The rule that can."]


def erase(library: Library, document_id: str) -> None:
    erase_document(administrator(library), library.sessions, library.files, library.index, document_id)


@pytest.mark.parametrize("step", ALL_STEPS)
def test_a_document_that_is_erased_on_its_way_leaves_nothing_and_holds_nobody_up(
    library: Library, step: str
) -> None:
    accepted = upload(library, "secret.txt", LONG)
    upload(library, "other.txt", "The first rule.")
    do_at(library, step, lambda: erase(library, accepted.document.id))
    finish_work(library)
    with library.sessions.read() as session:
        assert session.scalars(select(Document.name)).all() == ["other.txt"]
        for table in (Page, Passage):
            assert (
                session.scalars(select(table.version_id).where(table.version_id == accepted.version.id)).all()
                == []
            )
        assert {job.state for job in session.scalars(select(Job))} == {JobState.DONE}
    assert texts_found(library, "first rule") == ["The first rule."]
    both_legs_agree(library)


def test_a_later_upload_that_was_quicker_stays_in_force(library: Library) -> None:
    first = upload(library, "fee.txt", "The fee for a lost card is 50 yuan.")
    second = upload(library, "fee.txt", "The fee for a lost card is 80 yuan.")
    for accepted in (second, first):
        library.pipeline.read(accepted.version.id)
        library.pipeline.split(accepted.version.id)
        library.pipeline.publish([accepted.version.id])
    assert texts_found(library, "fee for a lost card") == ["The fee for a lost card is 80 yuan."]
    finish_work(library)
    both_legs_agree(library)


def test_vectors_give_way_to_a_waiting_file(library: Library) -> None:
    accepted = upload(library, "long.txt", "\n\n".join(f"# {n}\n\n" + f"rule {n} " * 390 for n in range(80)))
    do_at(library, "vectors", lambda: upload(library, "new.txt", "The newest rule.") and None)
    order: list[str] = []
    inner = library.pipeline.reached
    library.pipeline.reached = lambda step: (order.append(step), inner(step))[0]
    finish_work(library)
    assert (
        order.index("vectors")
        < len(order) - 1 - order[::-1].index("published")
        < len(order) - 1 - order[::-1].index("vectors")
    )
    assert version_now(library, accepted.version.id).state == VersionState.EMBEDDED
    assert job_of(library, accepted.version.id, EMBED).attempts == 1
    both_legs_agree(library)


def test_without_an_embedder_words_are_enough_and_vectors_are_made_when_there_is_one(tmp_path: Path) -> None:
    with open_library(settings_in(tmp_path), load_models=False) as library:
        accepted = upload(library, "a.txt", "The first rule.")
        finish_work(library)
        assert version_now(library, accepted.version.id).state == VersionState.SEARCHABLE
        assert texts_found(library, "first rule") == ["The first rule."]
    with opened(tmp_path) as library:
        finish_work(library)
        assert version_now(library, accepted.version.id).state == VersionState.EMBEDDED
        both_legs_agree(library)


def test_another_embedder_makes_its_own_vectors_of_everything(tmp_path: Path) -> None:
    with opened(tmp_path) as library:
        add(library, "a.txt", "The first rule.")
    with opened(tmp_path, "another") as library:
        assert library.index.vectors is not None
        assert library.index.vectors.count() == 0
        finish_work(library)
        assert library.index.vectors.count() == 1
        both_legs_agree(library)
    with opened(tmp_path, "another") as library:
        assert finish_work(library) == 0


def test_a_word_index_that_was_lost_is_made_anew_at_the_next_start(tmp_path: Path) -> None:
    with opened(tmp_path) as library:
        add(library, "a.txt", "The first rule.")
        library.index.replace_words([])
    with opened(tmp_path) as library:
        assert texts_found(library, "first rule") == ["The first rule."]
        assert rebuild_words(library.sessions, library.index) == 1
        both_legs_agree(library)


def test_vectors_that_were_lost_are_made_anew_and_strangers_are_forgotten(tmp_path: Path) -> None:
    import numpy as np

    with opened(tmp_path) as library:
        document = add(library, "a.txt", "The first rule.")
        space = passages_of(library, document)[0]
        assert library.index.vectors is not None
        with library.sessions.read() as session:
            scope = session.scalars(select(Document.space_id)).one()
        library.index.vectors.remove(scope, [space.id])
        strange = np.ones((2, 64), np.float32) / 8
        library.index.vectors.add(scope, ["stranger-1", "stranger-2"], strange)
    with opened(tmp_path) as library:
        finish_work(library)
        assert library.index.vectors is not None
        assert library.index.vectors.ids() == {scope: {space.id}}
        both_legs_agree(library)


def test_hidden_text_is_reported_and_not_found(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.pages import Block, BlockKind, PageContent

    page = PageContent(1, "Seen rule.\nHidden order.", blocks=[Block(0, 10), Block(11, 24, BlockKind.HIDDEN)])
    monkeypatch.setattr("ingest.pipeline.read_file", lambda *_, **__: iter([page]))
    accepted = upload(library, "a.pdf", pdf("x"))
    finish_work(library)
    assert version_now(library, accepted.version.id).warnings == [
        {"code": "hidden_text", "count": 1, "pages": [1]}
    ]
    assert texts_found(library, "hidden order seen rule") == ["Seen rule."]


def test_a_start_changes_nothing_where_nothing_was_left(library: Library) -> None:
    add(library, "a.txt", "The first rule.")
    before = [(job.id, job.state) for job in every_job(library)]
    resume(library.sessions, library.files)
    assert [(job.id, job.state) for job in every_job(library)] == before
    assert finish_work(library) == 0
    with library.sessions.read() as session:
        assert session.scalars(select(Question.id)).all() == []


def test_vectors_that_nothing_will_make_are_not_waited_for(tmp_path: Path) -> None:
    with open_library(settings_in(tmp_path), load_models=False) as library:
        accepted = upload(library, "a.txt", "The first rule.")
        library.pipeline.no_embedder.set()
        finish_work(library)
        job = job_of(library, accepted.version.id, EMBED)
        assert (job.state, job.error_code) == (JobState.CANCELLED, "embedder_missing")
        assert "models list" in (job.error_message or "")
    with open_library(settings_in(tmp_path), load_models=False) as library:
        assert [job.kind for job in every_job(library)] == [INGEST, EMBED]
    with opened(tmp_path) as library:
        finish_work(library)
        assert version_now(library, accepted.version.id).state == VersionState.EMBEDDED


def test_the_indexes_are_made_anew_while_questions_go_on(library: Library) -> None:
    from ingest.rebuilding import rebuild

    add(library, "a.txt", "The first rule.")
    passages, again = rebuild(administrator(library), library.sessions, library.index)
    assert (passages, len(again)) == (1, 1)
    assert texts_found(library, "first rule") == ["The first rule."]
    finish_work(library)
    both_legs_agree(library)
