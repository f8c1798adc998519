"""Mail through the company's own server (SMTP), to addresses of the company alone."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import BadValue, ConnectionRefusedByPolicy, MailServerAway

SECONDS = 20.0
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class MailSettings:
    """The company's mail server. `smtp://` begins in the clear and must offer StartTLS, unless `plain`."""

    url: str
    sender: str
    user: str = ""
    password: str = ""
    domains: tuple[str, ...] = ()
    certificate: Path | None = None
    plain: bool = False


def check_mail_settings(settings: MailSettings) -> None:
    """Raises BadValue naming the setting that is wrong."""
    parts = urlsplit(settings.url)
    if parts.scheme not in PORTS or not parts.hostname:
        fix = "Write smtps://mail.company.example or smtp://mail.company.example:587"
        raise BadValue(name="SHOKO_SMTP_URL", problem=f"{settings.url} is no mail server", fix=fix)
    if "@" not in settings.sender or not settings.sender.isprintable():
        fix = "Set it to the address that mails come from"
        raise BadValue(name="SHOKO_SMTP_SENDER", problem="it is no mail address", fix=fix)


def message(settings: MailSettings, to: str, subject: str, text: str) -> EmailMessage:
    """A plain mail in UTF-8."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = settings.sender, to, subject
    mail["Date"], mail["Message-ID"] = formatdate(localtime=False), make_msgid(domain="shoko.invalid")
    mail["Auto-Submitted"] = "auto-generated"  # no answer of an absent person comes back
    mail.set_content(text)
    return mail


def send(settings: MailSettings, mails: Sequence[EmailMessage]) -> None:
    """Send those mails over one connection. Raises MailServerAway."""
    parts = urlsplit(settings.url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    context = ssl.create_default_context(cafile=settings.certificate)
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=SECONDS)
        with contextlib.closing(server):
            if parts.scheme == "smtp" and not settings.plain:
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, settings.password)
            for mail in mails:
                server.send_message(mail)
            server.quit()
    except (smtplib.SMTPException, OSError, ConnectionRefusedByPolicy, ValueError) as error:
        raise MailServerAway(problem=_told(error)) from error


def _told(error: Exception) -> str:
    """What went wrong, without what the server says of people."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return f"{type(error).__name__}: {error}"[:200]
