"""An answer as a mail that is not sent yet: plain text, which every mail program shows as it is. It has no
addresses; nothing is sent from here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from core.signs import visible
from drafts.answers.markdown import as_text
from drafts.answers.page import AnswerPart

LONGEST_SUBJECT = 200  # characters


def as_mail(parts: Sequence[AnswerPart], *, subject: str, taken_at: datetime) -> bytes:
    """The parts as a message (RFC 5322), which Outlook and others open as a draft."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = visible(" ".join(subject.split()))[:LONGEST_SUBJECT]
    mail["Date"] = format_datetime(taken_at)
    mail["X-Unsent"] = "1"
    mail.set_content(as_text(parts), charset="utf-8", cte="base64")
    return mail.as_bytes()
