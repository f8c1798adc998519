"""A mark in the records that changes with every change of a right, so that what was derived from the rights
can be kept until then.

SQLite's own triggers write it, in the transaction of the change, whoever makes the change: a handler, a
command, another process, a cascade. It is random and not counted: a change that is taken back leaves the
previous mark, and no mark ever comes again. Databases of other kinds have no mark, and nothing is kept there.
"""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from core.models import Fact

NAME = "permissions"
# What `core.access.access_of` reads: the table, and the events that can change what it finds.
CHANGES = {
    "users": ("UPDATE OF is_admin, disabled_at", "DELETE"),
    "memberships": ("INSERT", "UPDATE", "DELETE"),
    "grants": ("INSERT", "UPDATE", "DELETE"),
    "document_readers": ("INSERT", "UPDATE", "DELETE"),
    "spaces": ("INSERT", "UPDATE OF id", "DELETE"),
    "file_rights": ("INSERT", "UPDATE", "DELETE"),
    "user_sids": ("INSERT", "UPDATE", "DELETE"),
    "principals": ("INSERT", "UPDATE", "DELETE"),
}
# An UPDATE: an INSERT OR REPLACE in a trigger is ignored if the statement that fired it says OR IGNORE.
CHANGE = f"UPDATE facts SET value = hex(randomblob(16)) WHERE name = '{NAME}'"
BEGIN = f"INSERT OR REPLACE INTO facts (name, value) VALUES ('{NAME}', hex(randomblob(16)))"


def watch(connection: Connection) -> None:
    """Set the triggers, at every opening: a migration may have recreated a table."""
    if connection.dialect.name != "sqlite":
        return
    present = set(
        connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
    )
    missing = {
        f"rights_{table}_{event.split()[0].lower()}": f"AFTER {event} ON {table}"
        for table, events in CHANGES.items()
        for event in events
    }
    for name, when in missing.items():
        if name not in present:
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} BEGIN {CHANGE}; END")
    if missing.keys() - present:
        connection.exec_driver_sql(BEGIN)  # nobody knows what changed while there was no trigger


MARK_NOW = select(Fact.value).where(Fact.name == NAME)


def mark(session: Session) -> str | None:
    """The mark as this transaction sees it; None if there is none and nothing may be kept."""
    return session.scalar(MARK_NOW)
