"""The records in a real PostgreSQL: transactions as Shoko knows them, addresses, and the tests of access and
of what lists, counts and searches show once more, with their records there."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import milvus_server, postgresql_server
from making import create_database, records_in, settings_in
from sqlalchemy import select, text
from test_wrong_user import ROWS

from contract.values import Role
from core.access import access_of
from core.audit import first_broken_entry, record
from core.db import BACK_END, Sessions, hosts_of, open_database
from core.errors import BadValue, ConnectionRefusedByPolicy, RecordsInUse
from core.models import AuditEntry, Fact, Grant, Space, User
from core.settings import PROJECT
from operations.library import open_library

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server of one's own."""
    with postgresql_server() as address:
        yield address


@pytest.fixture
def address(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database with tables and without rows."""
    monkeypatch.setattr("making.RECORDS_SERVER", server)
    return records_in(tmp_path)


@pytest.fixture
def sessions(address: str) -> Iterator[Sessions]:
    opened = open_database(address)
    yield opened
    opened.close()


def test_writers_go_one_after_the_other_and_the_log_stays_whole(sessions: Sessions) -> None:
    def write() -> None:
        for _ in range(20):
            with sessions.write() as session:
                record(session, "u1", "document.read", "d1")

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions.read() as session:
        numbers = list(session.scalars(select(AuditEntry.number).order_by(AuditEntry.number)))
        assert numbers == list(range(1, 121))
        assert first_broken_entry(session) is None


@pytest.mark.filterwarnings("ignore:unclosed <socket")  # pg8000 leaves that of a broken connection to Python
def test_a_place_that_broke_with_its_connection_is_taken_again(sessions: Sessions, address: str) -> None:
    ends = (
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid::bigint = :low"
    )
    with sessions.alone():
        with sessions.beside() as session:  # as when the server is started anew
            session.execute(text(ends), {"low": BACK_END % 2**32})
        assert sessions.holds_its_places()
        other = open_database(address)
        with pytest.raises(RecordsInUse), other.together():
            pass
        other.close()
    gc.collect()


def test_a_text_with_a_zero_character_is_kept_and_can_be_asked_for(sessions: Sessions) -> None:
    with sessions.write() as session:
        session.add_all([Fact(name="a\0b", value="1"), Fact(name="c\0", value="2")])
        session.add_all([User(id="u1", name="\0"), User(id="u2", name="u2"), User(id="u3", name="u3")])
    with sessions.read() as session:
        assert session.get_one(Fact, "a\0b").value == "1"
        assert set(session.scalars(select(User.name))) >= {"\ufffd", "u2", "u3"}
        assert set(session.scalars(select(Fact.name).where(Fact.value.in_(["1", "2"])))) == {
            "a\ufffdb",
            "c\ufffd",
        }


def test_a_reader_keeps_to_the_state_that_it_saw_first_and_waits_for_nobody(sessions: Sessions) -> None:
    with sessions.read() as reader:
        assert reader.get(Fact, "colour") is None
        with sessions.write() as writer:
            writer.add(Fact(name="colour", value="red"))
            writer.flush()
            with sessions.read() as another:
                assert another.get(Fact, "colour") is None  # not written yet
        assert reader.get(Fact, "colour") is None
    with sessions.read() as later:
        assert later.get_one(Fact, "colour").value == "red"


def test_a_right_that_is_taken_away_is_gone_at_the_next_request(sessions: Sessions) -> None:
    with sessions.write() as session:
        session.add_all([User(id="u", name="u"), Space(id="s", name="s")])
        session.flush()
        session.add(Grant(id="g", space_id="s", user_id="u", role=Role.READER))
    with sessions.read() as session:
        assert access_of(session, "u").readable == {"s"}
    with sessions.write() as session:
        session.delete(session.get_one(Grant, "g"))
    with sessions.read() as session:
        assert access_of(session, "u").readable == frozenset()


def test_the_records_stay_and_are_brought_up_to_date_once(address: str) -> None:
    create_database("bare")
    for _ in range(2):
        opened = open_database(address.rpartition("/")[0] + "/bare")
        with opened.read() as session:
            assert session.scalar(text("SELECT count(*) FROM alembic_version")) == 1
        opened.close()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("postgresql://shoko@127.0.0.1:1/x", "cannot be opened"),
        ("nonsense", "is no address"),
        ("postgresql+nothing://x/y", "no driver"),
    ],
)
def test_an_address_that_does_not_open_is_told_without_its_password(wrong: str, message: str) -> None:
    with pytest.raises(BadValue, match="SHOKO_DATABASE_URL") as error:
        open_database(wrong.replace("shoko@", "shoko:s3cret@"))
    assert message in str(error.value) and "s3cret" not in str(error.value)


def test_records_on_a_host_that_is_not_allowed_are_refused_before_anything_is_tried(tmp_path: Path) -> None:
    for host in ("192.0.2.7", "db.invalid"):
        settings = settings_in(tmp_path, database_url=f"postgresql://shoko@{host}/shoko")
        with pytest.raises(ConnectionRefusedByPolicy, match=host), open_library(settings, load_models=False):
            pass


@pytest.mark.parametrize(
    ("written", "hosts"),
    [
        ("sqlite:////data/shoko.sqlite3", []),
        ("postgresql://shoko@db/shoko", ["db"]),
        ("postgresql+psycopg://shoko@/shoko?host=/run/postgresql", []),
        ("postgresql+psycopg://shoko@/shoko?host=db1:5432&host=db2,db3", ["db1", "db2", "db3"]),
        ("postgresql://shoko@[2001:db8::1]:5432/shoko", ["2001:db8::1"]),
    ],
)
def test_the_hosts_of_an_address_are_known(written: str, hosts: list[str]) -> None:
    assert hosts_of(written) == hosts


@pytest.mark.timeout(1800)
def test_the_tests_of_access_and_the_wrong_user_walk_pass_on_it_too(server: str) -> None:
    """The walk by four, who between them reach every query; by everybody with `WALKED_BY=everyone`."""
    walked(
        ["tests/core/test_access.py", "tests/api/test_unreadable.py", "tests/api/test_wrong_user.py"],
        "outsider,reader,manager,admin",
        RECORDS_SERVER=server,
    )


@pytest.mark.timeout(1800)
def test_the_wrong_user_walk_passes_with_the_index_on_a_server_too(server: str, tmp_path: Path) -> None:
    """By two; by everybody with `WALKED_BY=everyone`."""
    with milvus_server(tmp_path) as index:
        walked(["tests/api/test_wrong_user.py"], "outsider,reader", RECORDS_SERVER=server, INDEX_SERVER=index)


def walked(tests: list[str], by: str, **servers: str) -> None:
    order = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = {"WALKED_BY": by} | os.environ
    environment |= servers | {"PROPERTY_CASES": "9"}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    done = subprocess.run(
        [*order, *tests],
        capture_output=True, text=True, cwd=PROJECT, env=environment, timeout=1780, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed and int(passed[1]) >= 9 + len(ROWS) and "skipped" not in done.stdout
