"""Records are moved whole between SQLite and PostgreSQL; whatever goes wrong leaves them where they were."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from databases import postgresql_server
from making import add, administrator, create_database, finish_work, records_in, settings_in
from sqlalchemy import create_engine, text

from core.audit import first_broken_entry, record
from core.db import migration_config, open_database
from core.errors import BadValue, DataFolderInUse, RecordsDiffer, RecordsInUse, RecordsMoved
from core.models import AuditEntry, Fact, User
from core.settings import load_settings
from llm.fakes import HashEmbedder
from operations.library import library_id, locked, open_library
from operations.records.moving import move_records, take_back
from retrieval.index.index import differences

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql_server() as address:
        yield address


@pytest.fixture
def target(server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    monkeypatch.setattr("making.RECORDS_SERVER", server)
    name = f"moved{abs(hash(request.node.name)) % 10**9}"
    create_database(name)
    monkeypatch.setattr("making.RECORDS_SERVER", "")
    return f"{server}/{name}"


def answer(folder: Path, **given: str) -> tuple[list[str], int, int]:
    """What a library finds, how many entries its log has, and how many passages its index lacks."""
    with open_library(settings_in(folder, **given), embedder=HashEmbedder(), load_models=False) as library:
        finish_work(library)
        access = administrator(library)
        hits = library.index.search("relief valve", access.readable, 5).fused
        with library.sessions.read() as session:
            assert first_broken_entry(session) is None
            entries = session.query(AuditEntry).count()
        counted = differences(library.sessions, library.index)
        return [passage for passage, _ in hits], entries, counted.records - counted.words


def test_a_library_goes_to_postgresql_and_back_and_answers_alike(tmp_path: Path, target: str) -> None:
    data = tmp_path / "data"
    with open_library(settings_in(data), embedder=HashEmbedder(), load_models=False) as library:
        add(library, "valve.md", "# Valve\n\nThe relief valve opens at 1.2 MPa. 安全弁は1.2 MPaで開く。")
        add(library, "leave.md", "# Leave\n\nAnnual leave is ten days.")
        with library.sessions.write() as session:
            record(session, "u", "document.read", "d", place={"b": [1.5, None], "a": "年休 é \\u0000"})
            session.add(Fact(name="zero", value="a\0b"))
    source = f"sqlite:///{data / 'shoko.sqlite3'}"
    before = answer(data)
    there = move_records(source, target, data)
    assert {table.table: table.rows for table in there.tables}["documents"] == 2
    assert (there.log_entries, there.replaced_characters) == (before[1], 1)
    assert answer(data, database_url=target) == before
    with pytest.raises(RecordsMoved, match="postgresql"), open_library(settings_in(data)):
        pass
    with pytest.raises(RecordsMoved):
        move_records(source, target, data)
    back = move_records(target, "sqlite", data)
    assert [(table.table, table.rows) for table in back.tables] == [
        (table.table, table.rows) for table in there.tables
    ]
    assert (data / back.put_aside).exists()
    assert answer(data) == before
    assert {table.table: table.digest for table in back.tables}["audit"] == (
        {table.table: table.digest for table in there.tables}["audit"]
    )


def test_nothing_is_written_over_and_a_refused_move_leaves_all_as_it_was(tmp_path: Path, target: str) -> None:
    source = records_in(tmp_path)
    for address in (source, target):
        sessions = open_database(address)
        with sessions.write() as session:
            session.add(User(id="u1", name=f"of {address[:6]}"))
        sessions.close()
    with pytest.raises(BadValue, match="users"):
        move_records(source, target, tmp_path)
    with pytest.raises(BadValue, match="there already"):
        move_records(source, source, tmp_path)
    sessions = open_database(source)
    with sessions.read() as session:
        assert session.get(Fact, "records_moved") is None
        assert session.get_one(User, "u1").name == "of sqlite"
    sessions.close()


def test_a_difference_undoes_the_move(tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = records_in(tmp_path)
    sessions = open_database(source)
    with sessions.write() as session:
        session.add(User(id="u1", name="Aoki"))
        record(session, "u1", "document.read", "d")
    sessions.close()
    engine = create_engine(target.replace("postgresql:", "postgresql+pg8000:"))
    open_database(target).close()
    with engine.begin() as connection:  # a server that changes what it is given
        body = "'BEGIN NEW.name = ''?''; RETURN NEW; END'"
        connection.execute(text(f"CREATE FUNCTION other() RETURNS trigger AS {body} LANGUAGE plpgsql"))
        connection.execute(
            text("CREATE TRIGGER other BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION other()")
        )
    with pytest.raises(RecordsDiffer, match="users"):
        move_records(source, target, tmp_path)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM users")) == 0
        connection.execute(text("DROP TRIGGER other ON users"))
    engine.dispose()
    assert move_records(source, target, tmp_path).rows > 0
    assert take_back(source)
    assert not take_back(source)


def test_a_log_that_was_changed_is_not_moved_and_a_folder_in_use_neither(tmp_path: Path, target: str) -> None:
    source = records_in(tmp_path)
    sessions = open_database(source)
    with sessions.write() as session:
        record(session, "u1", "document.read", "d")
        session.flush()
        session.execute(text("UPDATE audit SET subject = 'other'"))
    sessions.close()
    with pytest.raises(RecordsDiffer, match="audit"):
        move_records(source, target, tmp_path)
    with locked(tmp_path), pytest.raises(DataFolderInUse), locked(tmp_path):
        pass


def rows_of(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as records:
        return list(records.iterdump())


def test_an_older_folder_is_upgraded_and_a_failed_upgrade_leaves_it_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "shoko.sqlite3"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        connection.execute(text("INSERT INTO facts (name, value) VALUES ('colour', 'red')"))
        columns = "id, name, is_admin, created_at"
        connection.execute(
            text(f"INSERT INTO users ({columns}) VALUES ('u1', 'Aoki', 1, '2026-01-02 03:04:05.000000')")
        )
    engine.dispose()
    before = rows_of(file)
    settings = load_settings(data=tmp_path, model="none", ocr_languages="none")
    with monkeypatch.context() as patched:
        patched.setattr("core.db.watch", fail)  # at the very end, after every step
        with pytest.raises(OSError, match="disk"):
            open_database(settings.database)
    assert rows_of(file) == before
    with open_library(settings, embedder=HashEmbedder(), load_models=False) as library:
        with library.sessions.read() as session:
            assert session.get_one(User, "u1").name == "Aoki"
            assert session.get_one(Fact, "colour").value == "red"
        add(library, "valve.md", "# Valve\n\nThe relief valve opens at 1.2 MPa.")
        assert library.index.search("relief valve", administrator(library).readable, 5).fused


def fail(_connection: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_back_ends_over_the_same_records_are_refused(kind: str, tmp_path: Path, target: str) -> None:
    address = target if kind == "postgresql" else f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    first = settings_in(tmp_path / "one", database_url=address)
    second = settings_in(tmp_path / "two", database_url=address)
    with open_library(first, load_models=False) as library:
        kept = library_id(library.sessions)
        with pytest.raises(RecordsInUse, match="in use by another"), open_library(second, load_models=False):
            pass
        with library.sessions.read() as session:  # it goes on
            assert session.get(Fact, "library_id") is not None
    with open_library(second, load_models=False) as library:
        assert library_id(library.sessions) == kept
