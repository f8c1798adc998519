"""The records: two kinds of transaction, and tables in the shape that the code expects."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from making import records_in
from sqlalchemy import select, text, update

from core.db import Sessions, open_database
from core.errors import DataFolderNewer
from core.models import Base, Document, Fact, Space

pytestmark = pytest.mark.fast

COUNT = select(Fact.value).where(Fact.name == "count")
FACT_A = select(Fact.value).where(Fact.name == "a")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.sqlite3"


@pytest.fixture
def sessions(path: Path) -> Iterator[Sessions]:
    opened = open_database(records_in(path.parent))
    yield opened
    opened.close()


def test_a_writer_takes_its_place_at_the_beginning_of_its_block(sessions: Sessions, path: Path) -> None:
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        with sessions.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        with sessions.read() as session:
            session.scalar(FACT_A)
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
    finally:
        other.close()


def test_writers_that_read_before_they_write_wait_for_one_another_and_none_fails(sessions: Sessions) -> None:
    rounds, writers = 25, 4
    with sessions.write() as session:
        session.add(Fact(name="count", value="0"))
    failures: list[Exception] = []
    start = threading.Barrier(writers)

    def count() -> None:
        start.wait()
        try:
            for _ in range(rounds):
                with sessions.write() as session:
                    value = int(session.scalar(COUNT) or 0)
                    session.execute(update(Fact).where(Fact.name == "count").values(value=str(value + 1)))
        except Exception as error:  # noqa: BLE001  # told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=count) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with sessions.read() as session:
        assert session.scalar(COUNT) == str(rounds * writers)


def test_a_reader_sees_one_state_while_a_writer_goes_on(sessions: Sessions) -> None:
    with sessions.read() as reading:
        assert reading.scalar(FACT_A) is None
        with sessions.write() as writing:
            writing.add(Fact(name="a", value="1"))
        assert reading.scalar(FACT_A) is None
    with sessions.read() as later:
        assert later.scalar(FACT_A) == "1"


def test_a_block_that_fails_leaves_nothing(sessions: Sessions) -> None:
    with pytest.raises(ZeroDivisionError), sessions.write() as session:
        session.add(Fact(name="a", value="1"))
        session.flush()
        raise ZeroDivisionError
    with sessions.read() as session:
        assert session.scalar(FACT_A) is None


def test_what_a_reader_would_write_is_thrown_away(sessions: Sessions) -> None:
    with sessions.read() as session:
        session.add(Fact(name="a", value="1"))
        session.flush()
    with sessions.read() as session:
        assert session.scalar(FACT_A) is None


def test_the_steps_lead_to_the_tables_that_the_code_describes(sessions: Sessions) -> None:
    with sessions.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_opening_again_changes_nothing_and_keeps_what_was_written(sessions: Sessions, path: Path) -> None:
    with sessions.write() as session:
        session.add(Space(name="General"))
    again = open_database(f"sqlite:///{path}")
    try:
        with again.read() as session:
            assert session.scalar(select(Space.name)) == "General"
    finally:
        again.close()


def test_records_of_a_newer_version_are_refused_and_left_alone(sessions: Sessions, path: Path) -> None:
    with sessions.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    with pytest.raises(DataFolderNewer, match=r"records\.sqlite3"):
        open_database(f"sqlite:///{path}")
    with sessions.read() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == "from-the-future"


def test_two_processes_that_open_an_empty_folder_at_once_both_succeed(path: Path) -> None:
    opened: list[Sessions] = []
    failures: list[Exception] = []
    start = threading.Barrier(3)

    def go() -> None:
        start.wait()
        try:
            opened.append(open_database(f"sqlite:///{path}"))
        except Exception as error:  # noqa: BLE001  # told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in opened:
        database.close()
    assert failures == []
    assert len(opened) == 3


def test_erased_text_does_not_stay_in_the_file(sessions: Sessions, path: Path) -> None:
    secret = "the plan that nobody may know " * 200
    with sessions.write() as session:
        session.add(Fact(name="secret", value=secret))
    with sessions.write() as session:
        session.execute(text("DELETE FROM facts"))
    sessions.close()
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"the plan that nobody" not in left


def test_a_row_cannot_point_to_what_is_not_there(sessions: Sessions) -> None:
    with sessions.read() as session:
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"


def _grow(sessions: Sessions) -> None:
    """A table of which SQLite knows no size, and a question for which it would want to know it."""
    with sessions.write() as session:
        space = Space(name="A")
        session.add(space)
        session.flush()
        session.add_all(Document(space_id=space.id, name=str(number), title="") for number in range(200))
    with sessions.read() as session:
        assert len(session.scalars(select(Document).where(Document.space_id == space.id)).all()) == 200


def _sizes(path: Path) -> int:
    other = sqlite3.connect(path)
    try:
        known = other.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchone()[0]
        return int(other.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0]) if known else 0
    finally:
        other.close()


def test_an_optimisation_writes_the_tables_sizes_and_fails_nothing_while_another_writes(
    sessions: Sessions, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _grow(sessions)
    monkeypatch.setattr("core.db.OPTIMISE_SECONDS", 0.2)
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE spaces SET name = 'B'")
    sessions.optimise()
    assert _sizes(path) == 0
    other.execute("COMMIT")
    other.close()
    sessions.optimise()
    assert _sizes(path) > 0
    with sessions.write() as session:  # the connection is as it was
        wait = session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar()
    assert wait == 30_000


def test_an_optimisation_waits_for_a_writer_who_is_soon_done(
    sessions: Sessions, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _grow(sessions)
    monkeypatch.setattr("core.db.OPTIMISE_SECONDS", 20.0)
    other = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE spaces SET name = 'B'")
    done = threading.Timer(0.3, other.execute, ("COMMIT",))
    done.start()
    sessions.optimise()
    done.join()
    other.close()
    assert _sizes(path) > 0
