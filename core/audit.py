"""The log of who did what: written in the transaction of the deed, chained by hashes, never changed."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import AuditEntry, Fact, now

START = "0" * 64
END = "audit_end"  # the fact that tells the last entry's number and hash: a cut-off end shows


def record(session: Session, user_id: str, action: str, subject: str, **detail: Any) -> None:
    """Append an entry in the caller's (writing) transaction."""
    last = session.execute(
        select(AuditEntry.number, AuditEntry.hash).order_by(AuditEntry.number.desc()).limit(1)
    ).first()
    number, previous = (last[0] + 1, last[1]) if last else (1, START)
    entry = AuditEntry(
        number=number,
        at=now(),
        user_id=user_id,
        action=action,
        subject=subject,
        detail=detail,
        previous_hash=previous,
    )
    entry.hash = hash_of(entry)
    session.add(entry)
    session.merge(Fact(name=END, value=f"{number} {entry.hash}"))
    session.flush()


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 over the entry's fields and the hash before it, in one canonical form."""
    fields = [
        entry.number,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.user_id,
        entry.action,
        entry.subject,
        entry.detail,
        entry.previous_hash,
    ]
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken_entry(session: Session) -> int | None:
    """The number of the first entry that was changed, removed or put in; None where all is as written."""
    previous, expected = START, 1
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.number)):
        if entry.number != expected or entry.previous_hash != previous or entry.hash != hash_of(entry):
            return expected
        previous, expected = entry.hash, expected + 1
    end = session.scalar(select(Fact.value).where(Fact.name == END)) or f"0 {START}"
    last, last_hash = int(end.split()[0]), end.split()[1]
    if last != expected - 1:
        return min(last + 1, expected)
    return last if last_hash != previous else None
