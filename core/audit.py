"""The log of who did what: written in the transaction of the action, chained by hashes, never changed, and
sealed by signed checkpoints."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import CursorResult, String, delete, func, literal, select, type_coerce
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from core.errors import BadValue
from core.models import AuditCheckpoint, AuditEntry, Fact, User, now

START = "0" * 64
BEGIN = "audit_begin"  # the fact that holds the last entry that a retention rule removed
END = "audit_end"  # the fact with the last entry's number and hash: a truncated log shows


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
    """The number of the first entry that was changed, removed or put in; None if all is as written.

    The log may begin after entries that its retention rule removed; a fact says where.
    """
    start = session.scalar(select(Fact.value).where(Fact.name == BEGIN)) or f"0 {START}"
    expected, previous = int(start.split()[0]) + 1, start.split()[1]
    sqlite = session.get_bind().dialect.name == "sqlite"
    as_text = type_coerce if sqlite else sql_cast  # PostgreSQL keeps JSON as it was written, but not times
    as_stored = (
        type_coerce(AuditEntry.at, String).label("stored_at") if sqlite else literal("").label("stored_at"),
        as_text(AuditEntry.detail, String).label("stored_detail"),
    )
    for entry, stored_at, detail in session.execute(
        select(AuditEntry, *as_stored).order_by(AuditEntry.number).execution_options(yield_per=1000)
    ):
        if entry.number != expected or entry.previous_hash != previous or entry.hash != hash_of(entry):
            return expected
        # Two spellings of one value would hash alike: what stands in the file must be the one we write.
        if (sqlite and stored_at != f"{entry.at:%Y-%m-%d %H:%M:%S.%f}") or detail != json.dumps(entry.detail):
            return expected
        previous, expected = entry.hash, expected + 1
    end = session.scalar(select(Fact.value).where(Fact.name == END)) or f"0 {START}"
    last, last_hash = int(end.split()[0]), end.split()[1]
    if last != expected - 1:
        return min(last + 1, expected)
    return last if last_hash != previous else None


class Seal:
    """The key that signs checkpoints (Ed25519), in a file that only this user reads; created if it is
    missing.

    If it is kept elsewhere (SHOKO_AUDIT_KEY), those who can write only to the records cannot forge the log.
    """

    def __init__(self, file: Path) -> None:
        try:
            raw = file.read_bytes()
        except FileNotFoundError:
            file.parent.mkdir(parents=True, exist_ok=True)
            raw = secrets.token_bytes(32)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(raw)
        if len(raw) != 32:
            fix = "Name the file that Shoko made, or let it make a new one"
            raise BadValue(name="SHOKO_AUDIT_KEY", problem=f"{file} is no key of 32 bytes", fix=fix)
        self._key = Ed25519PrivateKey.from_private_bytes(raw)
        self._raw = raw

    @property
    def public(self) -> str:
        """The key that an auditor needs, hexadecimal."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, text: str) -> str:
        """The signature of that text, hexadecimal."""
        return self._key.sign(text.encode()).hex()

    def tag(self, text: str) -> str:
        """A hash that nobody without the key can compare with a guess."""
        return hmac.new(self._raw, text.encode(), hashlib.sha256).hexdigest()


def signed_text(number: int, moment: datetime, entry_hash: str) -> str:
    """What a checkpoint signs."""
    return (
        f"shoko checkpoint {number} {moment.astimezone(UTC).isoformat(timespec='microseconds')} {entry_hash}"
    )


def checkpoint(session: Session, seal: Seal) -> AuditCheckpoint | None:
    """Sign the end of the log as it is now; None if nothing was written since the last time."""
    end = session.scalar(select(Fact.value).where(Fact.name == END))
    if end is None:
        return None
    number, entry_hash = int(end.split()[0]), end.split()[1]
    if session.get(AuditCheckpoint, number) is not None:
        return None
    moment = now()
    made = AuditCheckpoint(
        number=number,
        at=moment,
        hash=entry_hash,
        key=seal.public,
        signature=seal.sign(signed_text(number, moment, entry_hash)),
    )
    session.add(made)
    session.flush()
    return made


def checkpoint_is_due(session: Session, every: timedelta = timedelta(days=1)) -> bool:
    """Whether the last checkpoint is that old."""
    last = session.scalar(select(func.max(AuditCheckpoint.at)))
    return last is None or last <= now() - every


@dataclass(frozen=True)
class Verification:
    """What was found: entries, checkpoints, the first entry that is not as written, and the first
    checkpoint that is not; None if all is well."""

    entries: int
    checkpoints: int
    broken_entry: int | None
    broken_checkpoint: int | None
    key: str

    @property
    def whole(self) -> bool:
        """Whether all is as written."""
        return self.broken_entry is None and self.broken_checkpoint is None


def verify(session: Session, public_key: str) -> Verification:
    """Compare every entry with its hash, and every checkpoint with its entry and the key."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    broken_checkpoint, count = None, 0
    forgotten = int((session.scalar(select(Fact.value).where(Fact.name == BEGIN)) or "0").split()[0])
    for made, entry_hash in session.execute(
        select(AuditCheckpoint, AuditEntry.hash)
        .outerjoin(AuditEntry, AuditEntry.number == AuditCheckpoint.number)
        .order_by(AuditCheckpoint.number)
    ):
        count += 1
        try:
            text = signed_text(made.number, made.at, made.hash)
            key.verify(bytes.fromhex(made.signature), text.encode())
            fits = entry_hash == made.hash or made.number <= forgotten
        except (InvalidSignature, ValueError):
            fits = False
        if not fits and broken_checkpoint is None:
            broken_checkpoint = made.number
    entries = session.scalar(select(func.count(AuditEntry.number))) or 0
    return Verification(entries, count, first_broken_entry(session), broken_checkpoint, public_key)


def forget_before(session: Session, moment: datetime) -> int:
    """Remove the entries from before that moment, as far as a checkpoint covers them; returns how many.
    The chain then begins after them."""
    covered = session.scalar(select(func.max(AuditCheckpoint.number))) or 0
    last = session.execute(
        select(AuditEntry.number, AuditEntry.hash)
        .where(AuditEntry.at < moment, AuditEntry.number <= covered)
        .order_by(AuditEntry.number.desc())
        .limit(1)
    ).first()
    if last is None:
        return 0
    removed = session.execute(delete(AuditEntry).where(AuditEntry.number <= last[0]))
    session.merge(Fact(name=BEGIN, value=f"{last[0]} {last[1]}"))
    session.flush()
    return cast(CursorResult[Any], removed).rowcount


def entries(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    action: str = "",
    after: int = 0,
    limit: int = 1000,
) -> list[tuple[AuditEntry, str]]:
    """Entries with the name of who did it (empty if the account is gone), oldest first."""
    query = (
        select(AuditEntry, User.name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.number > after)
        .order_by(AuditEntry.number)
        .limit(limit)
    )
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    if until is not None:
        query = query.where(AuditEntry.at < until)
    if action:
        named = AuditEntry.action == action
        of_noun = AuditEntry.action.startswith(action, autoescape=True)
        query = query.where(of_noun if action.endswith(".") or "." not in action else named)
    return [(entry, name or "") for entry, name in session.execute(query)]
