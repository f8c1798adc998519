"""Digests: what is new for each who asked for it, sent when it is due. Rights are those of that moment."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from core.access import access_of
from core.audit import record
from core.db import Sessions
from core.errors import BadValue, MailServerAway
from core.identity.digests import checked_address
from core.models import Digest, User, now
from ingest.records.news import News, news
from operations.news.mail import MailSettings, message, send
from operations.news.wording import CODE, CODE_SUBJECT, FOOT, MORE, SUBJECT, kind_of, line_of

log = logging.getLogger("shoko.news")
MOST_LISTED = 100


def send_code(settings: MailSettings, address: str, code: str, language: str) -> None:
    """Mail a code to an address that is to be confirmed. Raises MailServerAway."""
    text = CODE[language].format(code=code)
    send(settings, [message(settings, address, CODE_SUBJECT[language], text)])


def send_due(sessions: Sessions, settings: MailSettings, screens: str, moment: datetime | None = None) -> int:
    """Send every digest that is due; how many were sent. One that cannot be sent says why, and is tried at
    the next look, with what was published meanwhile."""
    moment = moment or now()
    with sessions.read() as session:
        rows = session.scalars(
            select(Digest)
            .join(User, User.id == Digest.user_id)
            .where(Digest.code_hash == "", User.disabled_at.is_(None))
            .order_by(Digest.user_id)
        ).all()
    sent = 0
    for row in rows:
        if row.told_until + timedelta(days=row.every_days) > moment:
            continue
        with sessions.read() as session:
            entries = news(access_of(session, row.user_id), session, since=row.told_until, until=moment)
        problem = _sent(settings, row, entries, screens) if entries else ""
        sent += bool(entries) and not problem
        with sessions.write() as session:
            values: dict[str, object] = {"problem": problem[:400]}
            if not problem:
                values["told_until"] = moment
            session.execute(
                update(Digest)
                .where(Digest.user_id == row.user_id, Digest.told_until == row.told_until)
                .values(**values)
            )
            if entries and not problem:
                documents = sorted({entry.document_id for entry in entries})
                record(session, row.user_id, "digest.sent", row.user_id, documents=documents)
    return sent


def _sent(settings: MailSettings, row: Digest, entries: Sequence[News], screens: str) -> str:
    """Send one; why it could not be sent, or empty."""
    try:
        address = checked_address(row.address, settings.domains)  # the company may have named others since
        subject = SUBJECT[row.language].format(count=len(entries))
        send(settings, [message(settings, address, subject, text_of(entries, row.language, screens))])
    except (MailServerAway, BadValue) as error:
        log.warning("a digest could not be sent: %s", error)
        return str(error)
    return ""


def text_of(entries: Sequence[News], language: str, screens: str) -> str:
    """A digest's text: by space, newest first."""
    lines: list[str] = []
    for space in sorted({entry.space for entry in entries[:MOST_LISTED]}):
        lines += [f"■ {line_of(space)}"]
        for entry in entries[:MOST_LISTED]:
            if entry.space == space:
                name = f" ({line_of(entry.name)})" if entry.name != entry.title else ""
                lines.append(f"- {line_of(entry.title)}{name}: {kind_of(entry, language)}")
        lines.append("")
    if len(entries) > MOST_LISTED:
        lines += [MORE[language].format(count=len(entries) - MOST_LISTED), ""]
    return "\n".join([*lines, screens, "", FOOT[language].format(address=screens)]) + "\n"
