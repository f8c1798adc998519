"""`shoko migrate`: brings the records of a stopped library into another database, SQLite to PostgreSQL or
back.

Every row is copied in one transaction, and read again on both sides before that is committed: the number of
rows and a digest of each table must agree, and the log's chain be whole. The former records stay as they
were, but for a mark that they were moved: a library is not opened on them by mistake.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    Insert,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    make_url,
    select,
    type_coerce,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import DBAPIError, IntegrityError

from core import egress
from core.audit import first_broken_entry
from core.db import Sessions, hosts_of, open_database
from core.errors import BadValue, RecordsDiffer, RecordsMoved
from core.models import Base, Fact, now
from core.permissions import NAME as RIGHTS

MOVED = "records_moved"  # the fact that tells where the records are now
SQLITE = "sqlite"  # the target that means the data folder's own file
ROWS = 500  # read and written at once
OWN = (RIGHTS, MOVED)  # facts of a database itself, which are not moved


@dataclass(frozen=True)
class MovedTable:
    """A table with the number of its rows and a digest of them, which both sides have."""

    table: str
    rows: int
    digest: str


@dataclass(frozen=True)
class MovingReport:
    """What was moved, and what had to be written otherwise."""

    source: str
    target: str
    tables: tuple[MovedTable, ...]
    log_entries: int
    replaced_characters: int  # texts with U+0000, which PostgreSQL cannot hold: U+FFFD stands there now
    put_aside: str  # the file of former records that the target's took the place of

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(table.rows for table in self.tables)


def shown(address: str) -> str:
    """A database's address without its password."""
    return make_url(address).render_as_string(hide_password=True)


def refuse_moved(sessions: Sessions) -> None:
    """Raises RecordsMoved where these records were moved to another database."""
    with sessions.read() as session:
        fact = session.get(Fact, MOVED)
    if fact is not None:
        where_to = json.loads(fact.value)
        raise RecordsMoved(target=where_to["target"], moved_at=where_to["at"])


def move_records(source: str, target: str, data: Path) -> MovingReport:
    """Copy all records from that address to `target`, an address or `sqlite`: the file of the data folder.
    The caller holds the data folder, so that nobody writes meanwhile.

    Raises RecordsInUse where a back-end or a worker is there, RecordsMoved, RecordsDiffer, BadValue where the
    target has rows or is the source, and ConnectionRefusedByPolicy.
    """
    own_file = data / "shoko.sqlite3"
    if target == SQLITE:
        target = f"sqlite:///{own_file}"
    if make_url(target) == make_url(source):
        raise _bad("the records are there already", "Name another database")
    for host in hosts_of(target):
        egress.require(host)
    read_from = open_database(source)
    try:
        refuse_moved(read_from)
        aside = _put_aside(own_file) if target == f"sqlite:///{own_file}" and own_file.exists() else ""
        write_to = open_database(target)
        try:
            with read_from.still(), write_to.still():
                report = _copied(read_from, write_to, shown(source), shown(target), aside)
                with read_from.write() as session:
                    where_to = {"target": shown(target), "at": now().isoformat(timespec="seconds")}
                    session.merge(Fact(name=MOVED, value=json.dumps(where_to)))
        finally:
            write_to.close()
        return report
    finally:
        read_from.close()


def take_back(source: str) -> bool:
    """Take the mark off records that were moved away, so that they are opened again as they were then: what
    was written since at the other place is not in them. Whether there was one."""
    sessions = open_database(source)
    try:
        with sessions.write() as session:
            fact = session.get(Fact, MOVED)
            if fact is None:
                return False
            session.delete(fact)
            return True
    finally:
        sessions.close()


def _put_aside(file: Path) -> str:
    """Rename the data folder's records, which were moved away once, and stay; its new name."""
    sessions = open_database(f"sqlite:///{file}")
    try:
        with sessions.read() as session:
            stale = session.get(Fact, MOVED) is not None
            empty = not _filled(session.connection())
        sessions.scrub()
    finally:
        sessions.close()
    if not stale and not empty:
        raise _not_empty(f"{file}")
    name = file.with_name(f"{file.name}.before-{now():%Y%m%dT%H%M%S}")
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    file.rename(name)
    return name.name


def _bad(problem: str, fix: str) -> BadValue:
    return BadValue(name="--to", problem=problem, fix=fix)


def _not_empty(what: str) -> BadValue:
    return _bad(
        f"{what} has records already", "Name an empty database; nothing is written over and nothing is merged"
    )


def _filled(connection: Connection) -> list[str]:
    """The tables that have rows."""
    return [table.name for table in Base.metadata.sorted_tables if connection.scalar(_counted(table))]


def _counted(table: Table) -> Any:
    return _moved_rows(table, select(func.count()).select_from(table))


def _moved_rows(table: Table, query: Any) -> Any:
    return query.where(table.c.name.not_in(OWN)) if table.name == Fact.__tablename__ else query


def _copied(
    source: Sessions, target: Sessions, source_shown: str, target_shown: str, aside: str
) -> MovingReport:
    with source.read() as reading, target.write() as writing:
        from_, to = reading.connection(), writing.connection()
        if filled := _filled(to):
            raise _not_empty(f"{target_shown} ({', '.join(filled[:5])})")
        broken = first_broken_entry(reading)
        if broken is not None:
            raise RecordsDiffer(table="audit", problem=f"its entry {broken} was changed before the move")
        to.execute(delete(Base.metadata.tables[Fact.__tablename__]).where(Fact.name == MOVED))
        plain = to.dialect.name != "sqlite"  # which keeps any character
        tables, replaced = [], 0
        for table in Base.metadata.sorted_tables:
            statement = _insertion(table, to.engine)
            digest, rows = _Digest(), 0
            for batch in _batches(table, from_):
                replaced += _made_plain(batch) if plain else 0
                for row in batch:
                    digest.add(row)
                rows += len(batch)
                _written(to, statement, table, batch)
            _compare(table, to, rows, digest)
            tables.append(MovedTable(table.name, rows, digest.text))
        if (broken := first_broken_entry(writing)) is not None:
            raise RecordsDiffer(table="audit", problem=f"its chain breaks at entry {broken}")
        entries = next(table.rows for table in tables if table.table == "audit")
        return MovingReport(source_shown, target_shown, tuple(tables), entries, replaced, aside)


def _written(to: Connection, statement: Insert, table: Table, batch: Sequence[dict[str, Any]]) -> None:
    try:
        to.execute(statement, batch)
    except (DBAPIError, IntegrityError) as error:
        raise RecordsDiffer(
            table=table.name, problem=f"the target refuses a row ({type(error.orig).__name__})"
        ) from error


def _compare(table: Table, to: Connection, rows: int, digest: _Digest) -> None:
    there, count = _Digest(), 0
    for batch in _batches(table, to):
        for row in batch:
            there.add(row)
        count += len(batch)
    if count != rows:
        raise RecordsDiffer(table=table.name, problem=f"{rows} rows were read and {count} are there")
    if there.text != digest.text:
        raise RecordsDiffer(table=table.name, problem="its rows are not the same on both sides")


def _batches(table: Table, connection: Connection) -> Iterator[list[dict[str, Any]]]:
    """All rows that are moved, JSON as the text that stands there, moments in UTC."""
    as_text = type_coerce if connection.dialect.name == "sqlite" else sql_cast
    columns = [
        as_text(column, String).label(column.name) if isinstance(column.type, JSON) else column
        for column in table.columns
    ]
    query = _moved_rows(table, select(*columns))
    for part in connection.execute(query.execution_options(yield_per=ROWS)).mappings().partitions(ROWS):
        yield [{name: _in_utc(value) for name, value in row.items()} for row in part]


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _made_plain(rows: Sequence[dict[str, Any]]) -> int:
    """Replace U+0000 in texts; how many texts had it."""
    count = 0
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str) and "\0" in value:
                row[name] = value.replace("\0", "\ufffd")
                count += 1
    return count


def _insertion(table: Table, engine: Engine) -> Insert:
    """An insertion that takes JSON as text, so that it stands there as it was written."""
    if engine.dialect.name == "sqlite":
        values = {
            column.name: bindparam(column.name, type_=String())
            for column in table.columns
            if isinstance(column.type, JSON)
        }
    else:
        values = {
            column.name: sql_cast(bindparam(column.name, type_=String()), JSON)  # type: ignore[misc]  # both are expressions
            for column in table.columns
            if isinstance(column.type, JSON)
        }
    rest: dict[str, Any] = {
        column.name: bindparam(column.name) for column in table.columns if column.name not in values
    }
    return insert(table).values({**rest, **values})


class _Digest:
    """A digest of rows in any order: databases sort texts each in its own way."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, row: dict[str, Any]) -> None:
        """Count a row in."""
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, default=_plain)
        self._sum += int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())

    @property
    def text(self) -> str:
        """Hexadecimal."""
        return f"{self._sum % 2**256:064x}"


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    raise TypeError(type(value))
