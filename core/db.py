"""The way to the records: one engine, and the two kinds of transaction that Shoko knows.

`sessions.read()` sees one consistent state and never waits for a writer. `sessions.write()` takes the
writer's place at its beginning (SQLite: BEGIN IMMEDIATE; PostgreSQL: one advisory lock, and REPEATABLE READ
for readers), so it never fails half-way with "database is locked", what it read stays true until it writes,
and it commits at the end of the block. No other way to the records exists.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from core.errors import BadValue, DataFolderNewer, DiskFull, RecordsAway, RecordsInUse, ShokoError
from core.permissions import watch

log = logging.getLogger("shoko.records")
PG_DISK_FULL = "53100"
AWAY_SECONDS = 10  # after which another try is worth it where the records' server is away

BUSY_SECONDS = 30  # how long a writer waits for the one before it
OPTIMISE_SECONDS = 2.0  # how long an optimisation waits: it holds nobody up, and can be left out
WRITER = 0x53686F6B6F  # the number of the writer's place among PostgreSQL's advisory locks
BACK_END = 0x53686F6B70  # and that of the one back-end, or of several that share everything
WORKERS = 0x53686F6B71  # that of workers
DRIVERS = {"postgresql": "postgresql+pg8000", "postgres": "postgresql+pg8000"}  # what is installed


class Sessions:
    """Opens sessions on one database. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._places: list[_Place] = []

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that reads; what it would write is thrown away."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that writes; commits at the end of the block, rolls back on an error."""
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"shoko_writes": True})
            yield session
            session.commit()

    @contextmanager
    def beside(self) -> Iterator[Session]:
        """A short transaction that takes no writer's place: for heartbeats and counters, which stand alone.
        On SQLite, which has one writer, it is a `write`."""
        with Session(self.engine, expire_on_commit=False) as session:
            kind = "shoko_beside" if self.shareable else "shoko_writes"
            session.connection(execution_options={kind: True})
            yield session
            session.commit()

    @property
    def shareable(self) -> bool:
        """Whether processes on several computers may share these records."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold these records for this back-end alone, for the time of the block. Raises RecordsInUse.

        Two back-ends over one database, each with an index of its own, would each find half of the documents.
        """
        with contextlib.ExitStack() as held:
            if not self.shareable:
                lock = FileLock(f"{self.engine.url.database}.lock")
                try:
                    held.enter_context(lock.acquire(timeout=0))
                except Timeout as error:
                    raise self._in_use() from error
            else:
                held.enter_context(self._place(BACK_END, "pg_try_advisory_lock"))
            yield

    @contextmanager
    def still(self) -> Iterator[None]:
        """Hold these records without any back-end or worker, for the time of the block: they are moved, say.
        Raises RecordsInUse."""
        with contextlib.ExitStack() as held:
            held.enter_context(self.alone())
            if self.shareable:
                held.enter_context(self._place(WORKERS, "pg_try_advisory_lock"))
            yield

    @contextmanager
    def together(self, *, worker: bool = False) -> Iterator[None]:
        """Hold these records together with other back-ends that share the index too, or as a worker. Raises
        RecordsInUse where one holds them alone; it is for PostgreSQL."""
        number = WORKERS if worker else BACK_END
        with self._place(number, "pg_try_advisory_lock_shared"):
            yield

    @contextmanager
    def _place(self, number: int, function: str) -> Iterator[None]:
        place = _Place(self.engine, number, function)
        if not place.take():
            raise self._in_use()
        self._places.append(place)
        try:
            yield
        finally:
            self._places.remove(place)
            place.give_up()

    def holds_its_places(self) -> bool:
        """Whether the places that are held are held still: the database may have been started anew, and lost
        them. One that was lost is taken again; False where somebody else was quicker, or nothing answers."""
        held = [place.holds() for place in self._places]  # each is looked at
        return all(held)

    def _in_use(self) -> RecordsInUse:
        return RecordsInUse(address=self.engine.url.render_as_string(hide_password=True))

    def optimise(self) -> None:
        """Let SQLite look at its tables' sizes, if they changed much: milliseconds, and nothing with other
        databases. If another writer keeps it waiting, it is left to the next call.

        Without it the planner takes a space for a few rows, and loading 40 passages of a library of 100,000
        walks through all of them (450 ms instead of 2).
        """
        if self.engine.dialect.name != "sqlite":
            return
        connection = self.engine.raw_connection()  # goes back to the others, which rolls back what is open
        try:
            connection.execute(f"PRAGMA busy_timeout = {int(OPTIMISE_SECONDS * 1000)}")
            connection.execute("PRAGMA analysis_limit = 1000")
            # What it finds is written, and a reader that begins to write after somebody else wrote is
            # refused at once, however long it may wait: so this takes the writer's place at its beginning.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("PRAGMA optimize = 0x10002")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            log.warning("the tables' sizes were not looked at: %s", error)
        finally:
            connection.rollback()
            connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
            connection.close()

    def scrub(self) -> None:
        """Leave nothing of what was deleted in SQLite's files: what is free is overwritten already
        (secure_delete), and here the log beside the file is emptied. Other databases have nothing to do."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


class _Place:
    """A place among PostgreSQL's advisory locks, held by a connection of its own."""

    def __init__(self, engine: Engine, number: int, function: str) -> None:
        self._engine, self._ask = engine, f"SELECT {function}({number})"
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Whether it could be taken."""
        connection = self._engine.connect()
        try:
            got = bool(connection.exec_driver_sql(self._ask).scalar())
            connection.commit()  # the place is the connection's, not the transaction's
            connection.detach()  # closed at its end, with the place
        except BaseException:  # also an interrupt: the connection is closed, and the error goes on
            connection.close()
            raise
        if got:
            self._connection = connection
        else:
            connection.close()
        return got

    def holds(self) -> bool:
        """Whether it is held; taken again where its connection broke."""
        try:
            if self._connection is not None:
                self._connection.exec_driver_sql("SELECT 1")
                self._connection.commit()
                return True
        except (DBAPIError, OSError):
            self.give_up()
        try:
            return self.take()
        except (DBAPIError, OSError):
            return False

    def give_up(self) -> None:
        """Hold it no more."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # it may be broken
                connection.close()


def open_database(address: str, *, changes: bool = True) -> Sessions:
    """Open the database at that SQLAlchemy address and bring its tables to this version's shape, unless it
    `changes` nothing.

    Raises DataFolderNewer where a newer version of Shoko wrote it, BadValue where the address is none,
    nothing answers there, or its tables would have to change; RecordsInUse where others use them as they are.
    """
    url = _url(address)
    try:
        engine = create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise _bad(
            f"there is no driver for it ({error})", "Write postgresql://user:password@host/name"
        ) from error
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine)
    elif engine.dialect.name == "postgresql":
        _tune_postgresql(engine)
        try:
            engine.connect().close()
        except (DBAPIError, OSError) as error:
            cause = getattr(error, "orig", error)
            raise _bad(f"it cannot be opened ({cause})", "Start it, or correct the address") from error
    migrate(engine, changes=changes)
    return Sessions(engine)


def hosts_of(address: str) -> list[str]:
    """The computers that a database address names; empty for SQLite and for this computer's own sockets."""
    url = _url(address)
    if url.get_backend_name() == "sqlite":
        return []
    more = url.query.get("host", ())
    named = [url.host or "", *([more] if isinstance(more, str) else more)]
    hosts = [host for text in named for host in text.split(",")]
    return [host.split(":")[0] if host.count(":") == 1 else host for host in hosts if host and host[0] != "/"]


def _url(address: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise _bad("it is no address", "Write postgresql://user:password@host/name") from error
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def _bad(problem: str, fix: str) -> BadValue:
    return BadValue(name="SHOKO_DATABASE_URL", problem=problem, fix=fix)


def _tune_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        options = connection.get_execution_options()
        if options.get("shoko_beside", False):
            return  # one short statement: it waits for nobody
        if options.get("shoko_writes", False):
            wait = f"set_config('lock_timeout', '{BUSY_SECONDS}s', true)"
            connection.exec_driver_sql(f"SELECT {wait}, pg_advisory_xact_lock({WRITER})")
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

    if engine.driver != "pg8000":
        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # PostgreSQL's texts cannot hold U+0000; people paste it, and a filter by it finds nothing.
        connection.register_out_adapter(str, lambda text: text.replace("\0", "\ufffd"))


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # pysqlite opens transactions by itself and too late; Shoko says BEGIN itself, below.
        connection.isolation_level = None
        cursor = connection.cursor()
        _write_ahead(cursor)
        cursor.execute("PRAGMA synchronous = NORMAL")  # WAL keeps committed work over a killed process
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA secure_delete = ON")  # erased text must not stay in free pages
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        options = connection.get_execution_options()
        if options.get("shoko_migrates", False):  # before BEGIN: inside a transaction SQLite ignores it
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        writes = options.get("shoko_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """When two open a new file at the same time, SQLite reports at once that it is locked, whatever the busy
    time-out: so the waiting is done here."""
    ends = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.01)
        else:
            return


def migration_config() -> Config:
    """Alembic's configuration for the scripts in `core/migrations`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@functools.cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(migration_config())


def migrate(engine: Engine, *, changes: bool = True) -> None:
    """Bring the tables to this version's shape, step by step, in one transaction. Raises as `open_database`.

    SQLite changes a column by creating a new table and dropping the old one, and dropping it would erase,
    by their foreign keys, all rows that belong to its rows. So the keys are off meanwhile, on a connection
    that is used for nothing else.
    """
    script = _scripts()
    with _own_connection(engine) as connection, connection.begin():
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision == script.get_current_head():
            watch(connection)
            return
        if revision is not None and revision not in {step.revision for step in script.walk_revisions()}:
            raise DataFolderNewer(path=engine.url.database or str(engine.url))
        if not changes:
            fix = "Start a back-end of this worker's version first, or give the worker the back-ends' version"
            raise _bad("its tables are of an older version of Shoko", fix)
        _refuse_others(connection)
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        watch(connection)


def _refuse_others(connection: Connection) -> None:
    """Tables are not changed under processes of the version before. Raises RecordsInUse."""
    if connection.dialect.name != "postgresql":
        return
    for number in (BACK_END, WORKERS):
        if not connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({number})").scalar():
            raise RecordsInUse(address=connection.engine.url.render_as_string(hide_password=True))


def _own_connection(engine: Engine) -> Connection:
    connection = engine.connect().execution_options(shoko_writes=True, shoko_migrates=True)
    connection.detach()  # closed at its end, not used again without foreign keys
    return connection


def fault_of(error: BaseException) -> ShokoError | None:
    """What people are told where the records' server is away, or where a disk is full; None for every other
    fault."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return DiskFull()
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return DiskFull() if "disk is full" in str(error.orig) else None
    code = _server_code(error.orig)
    if code == PG_DISK_FULL:
        return DiskFull()
    starting = code.startswith("57P0")  # the server is starting up or shutting down
    if starting or error.connection_invalidated or isinstance(error, InterfaceError | OperationalError):
        return RecordsAway(seconds=AWAY_SECONDS)
    return None


def _server_code(error: BaseException | None) -> str:
    """PostgreSQL's own code of a fault (57P03), "" where it sent none."""
    said = error.args[0] if error is not None and error.args else None
    return str(said.get("C", "")) if isinstance(said, dict) else ""
