"""What every table builds on: identifiers, points in time, and the base class."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import DateTime, TypeDecorator


def new_id() -> str:
    """16 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(8)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today by the back-end's clock: what is in force changes at its midnight."""
    return date.today()


class Moment(TypeDecorator[datetime]):
    """A point in time, UTC, with its zone even if the database keeps none (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Put the zone back that SQLite dropped."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map: ClassVar = {datetime: Moment(), dict[str, Any]: JSON(), list[Any]: JSON()}


# The ids of the spaces whose words a person's own thing may hold; None: any. See `core.access.made_within`.
WITHIN = JSON(none_as_null=True)
