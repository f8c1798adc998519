"""Each older shape of the tables is brought to this version's with its rows as they were."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    select,
)

from core.db import migration_config, open_database
from core.models import Base

STEPS = [step.revision for step in ScriptDirectory.from_config(migration_config()).walk_revisions()][::-1]
OURS = {"alembic_version"}


def upgrade(engine: Engine, revision: str) -> None:
    config = migration_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def tables_of(connection: Connection) -> dict[str, Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return {table.name: table for table in metadata.sorted_tables if table.name not in OURS}


def value_of(table: Table, name: str) -> Any:
    """Something that fits the column, and is no default of it."""
    column = table.columns[name]
    for key in column.foreign_keys:
        return value_of(key.column.table, key.column.name)
    kind = column.type
    for types, value in (
        (Boolean, True),
        (DateTime, datetime(2026, 3, 4, 5, 6, 7, 891011)),
        (Date, date(2026, 3, 4)),
        (JSON, ["kept", {"as": "it was"}]),
        (LargeBinary, b"\x00kept\xff"),
        (Integer, 7),
        (Float, 0.75),
    ):
        if isinstance(kind, types):
            return value
    return f"{table.name[:8]} {name}"[: getattr(kind, "length", None) or 100]


def rows_in(connection: Connection) -> dict[str, dict[str, Any]]:
    rows = {}
    for name, table in tables_of(connection).items():
        for row in connection.execute(select(table)).mappings():
            rows[name] = dict(row)
    return rows


@pytest.mark.parametrize("revision", STEPS)
def test_rows_of_that_shape_come_through_every_later_step(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "records.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    upgrade(engine, revision)
    with engine.begin() as connection:
        for table in tables_of(connection).values():
            connection.execute(
                table.insert().values({column.name: value_of(table, column.name) for column in table.columns})
            )
    with engine.connect() as connection:
        before = rows_in(connection)
        assert len(before) >= 10 and connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()

    sessions = open_database(f"sqlite:///{path}")
    try:
        with sessions.engine.connect() as connection:
            after = rows_in(connection)
            for table, row in before.items():
                if table == "facts":
                    continue  # small values that the program itself keeps here
                kept = {name: after[table][name] for name in row if name in after[table]}
                assert kept == {name: value for name, value in row.items() if name in kept}, table
                assert set(row) - set(kept) == set(), f"{table} lost columns"
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    finally:
        sessions.close()


def test_steps_are_numbered_without_a_gap_and_only_one_is_the_last() -> None:
    assert [f"{number:04d}" for number in range(1, len(STEPS) + 1)] == STEPS
