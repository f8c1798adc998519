"""A folder of a mail server (IMAP) as a watched folder: its mails are the files. Read only, over TLS only.

A mail is known by the server's numbers (UIDVALIDITY and UID), which never name another one, so that its
content needs no second look. Nothing is marked as seen, moved or deleted there.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from core.errors import BadValue, ConnectionRefusedByPolicy, FolderAway
from ingest.watched.listing import Listing, Seen

SCHEME = "imaps://"
PORT = 993
SECONDS = 60.0
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_DELETED = re.compile(rb"\\Deleted", re.IGNORECASE)
_PATH = re.compile(r"(\d{1,10})/(\d{1,10})\.eml")


@dataclass(frozen=True)
class MailAccount:
    """The account by which mail is read, and the authority of the server's certificate (None: the known)."""

    user: str = ""
    password: str = ""
    certificate: Path | None = None


@dataclass(frozen=True)
class MailboxAddress:
    """A folder on a mail server."""

    host: str
    port: int
    folder: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORT else f":{self.port}"
        return f"{SCHEME}{host}{port}/{quote(self.folder, safe='/')}"


def is_mailbox(path: str) -> bool:
    """Whether a watched folder is one of a mail server."""
    return path.lower().startswith(SCHEME)


def mailbox_address(text: str) -> MailboxAddress:
    """The address in its parts. Raises BadValue."""
    fix = "Write imaps://mail.company.example/INBOX; the account is SHOKO_IMAP_USER"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port or PORT
    except ValueError as error:
        raise BadValue(name="path", problem=f"{text} is no address ({error})", fix=fix) from error
    folder = unquote(parts.path).strip("/") or "INBOX"
    if not host or parts.query or parts.fragment:
        raise BadValue(name="path", problem=f"{text} names no folder of a mail server", fix=fix)
    if parts.username is not None or parts.password is not None:
        raise BadValue(name="path", problem="an address holds no account", fix=fix)
    if not folder.isprintable():
        raise BadValue(name="path", problem="the folder's name has control characters", fix=fix)
    return MailboxAddress(host.lower(), port, folder)


@contextlib.contextmanager
def opened(path: str, account: MailAccount) -> Iterator[Mailbox | None]:
    """The mail folder of that address, opened to be read; None for a folder of a file system. Raises
    FolderAway."""
    if not is_mailbox(path):
        yield None
        return
    address = mailbox_address(path)
    try:
        context = ssl.create_default_context(cafile=account.certificate)
        server = imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context, timeout=SECONDS)
    except ConnectionRefusedByPolicy:
        raise
    except (OSError, imaplib.IMAP4.error) as error:
        raise FolderAway(path=path, problem=_told(error)) from error
    try:
        with _telling(path):
            server.login(account.user, account.password)
            state, _ = server.select(_quoted(address.folder), readonly=True)
            if state != "OK":
                raise FolderAway(path=path, problem="there is no such folder, or the account may not read it")
            known = server.response("UIDVALIDITY")[1]
            yield Mailbox(path, server, int(known[0]) if known and known[0] else 0)
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            server.logout()


@dataclass(frozen=True)
class Mailbox:
    """An open folder of a mail server. `validity` is the number under which its mails' numbers hold."""

    path: str
    server: imaplib.IMAP4
    validity: int

    def listing(self, going_on: Callable[[], bool] = lambda: True) -> Listing:
        """The mails that are there and not marked as deleted, as files. Raises FolderAway."""
        listed = Listing()
        with _telling(self.path):
            state, lines = self.server.uid("FETCH", "1:*", "(UID FLAGS RFC822.SIZE INTERNALDATE)")
        if state != "OK":
            raise FolderAway(path=self.path, problem="its mails cannot be listed")
        for line in lines:
            if not isinstance(line, bytes) or not going_on():
                continue
            uid, size, date = _UID.search(line), _SIZE.search(line), _DATE.search(line)
            if uid is None or size is None or _DELETED.search(line):
                continue
            path = f"{self.validity}/{int(uid[1])}.eml"
            listed.files[path] = Seen(int(size[1]), _nanoseconds(date[1] if date else b""), "")
        return listed

    def content(self, path: str) -> bytes | None:
        """The mail of that path; None where it is not there any more. Raises FolderAway."""
        named = _PATH.fullmatch(path)
        if named is None or int(named[1]) != self.validity:
            return None
        with _telling(self.path):
            state, parts = self.server.uid("FETCH", named[2], "(BODY.PEEK[])")
        if state != "OK":
            raise FolderAway(path=self.path, problem="a mail cannot be read")
        return next((part[1] for part in parts if isinstance(part, tuple)), None)


@contextlib.contextmanager
def _telling(path: str) -> Iterator[None]:
    try:
        yield
    except (OSError, imaplib.IMAP4.error) as error:
        if isinstance(error, FolderAway | ConnectionRefusedByPolicy):
            raise
        raise FolderAway(path=path, problem=_told(error)) from error


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _nanoseconds(date: bytes) -> int:
    """The moment at which the server took a mail; 0 where it tells none that can be read."""
    try:
        moment = parsedate_to_datetime(date.decode("ascii").strip())
    except (ValueError, TypeError, IndexError):
        return 0
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 10**9


def _quoted(folder: str) -> str:
    """A folder's name as IMAP writes it: modified UTF-7 (RFC 3501, 5.1.3) in quotes."""
    written, other = [], ""
    for letter in f"{folder}\0":
        if letter not in "\0" and not " " <= letter <= "~":
            other += letter
            continue
        if other:
            packed = base64.b64encode(other.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
            written.append(f"&{packed}-")
            other = ""
        written.append("&-" if letter == "&" else letter)
    plain = "".join(written).rstrip("\0").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
