"""Reads a mail (.eml): who, when and about what, its text, and its attachments, each by its own reader."""

from __future__ import annotations

import base64
import quopri
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path

from core.errors import FileDamaged, ShokoError
from ingest.formats import media_type_of
from ingest.pages import BlockKind, PageContent, PageKind, Spot, Unit
from ingest.readers.assembly import Piece, compose_pages
from ingest.readers.plain.html import read_html
from language.encodings import decoded

MOST_ATTACHMENTS = 200
HEADERS = ("From", "To", "Cc", "Date")
_JIS_WORD = re.compile(rb"=\?(iso-2022-jp|euc-jp)\?([bq])\?([^?\s]*)\?=", re.I)
Reader = Callable[[Path, str, str], Iterator[PageContent]]  # path, name, media type


def read_mail(content: bytes, name: str, attached: Reader) -> Iterator[PageContent]:
    """The mail's own pages, then those of what is attached, named by their file. Raises FileDamaged.

    `attached` reads an attachment; one that cannot be read is told by name and reason, and fails nothing.
    """
    try:
        message = message_from_bytes(_JIS_WORD.sub(_in_utf8, content), policy=policy.default)
        assert isinstance(message, EmailMessage)
        subject = _header(message, "Subject")
        pages = list(_own_pages(message, subject))
        attachments = list(_attachments(message))
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, IndexError) as error:
        raise FileDamaged(name=name, problem="it is no mail that can be understood") from error
    for page in pages:
        yield replace(page, title=subject)
    unread: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (file_name, data) in enumerate(attachments):
            if number == MOST_ATTACHMENTS:
                unread.append(f"… ({len(attachments) - number} more)")
                break
            path = Path(folder) / str(number)
            path.write_bytes(data)
            try:
                for page in attached(path, file_name, media_type_of(path, file_name)):
                    inner = f"{file_name}: {page.name}" if page.name else file_name
                    yield replace(page, name=inner, title=subject)
            except ShokoError as error:
                unread.append(f"{file_name} ({error})")
            finally:
                path.unlink(missing_ok=True)
    for text in unread:  # on the page, and no passage: nobody asks for it, and whoever looks is told
        yield PageContent(0, f"Attachment not read: {text}", kind=PageKind.TEXT, title=subject)


def _in_utf8(word: re.Match[bytes]) -> bytes:
    """An encoded word of a header in UTF-8: Python's mail library knows no 髙 and no ① in Japanese ones."""
    try:
        if word[2].lower() == b"b":
            packed = base64.b64decode(word[3] + b"==")
        else:
            packed = quopri.decodestring(word[3], header=True)
    except ValueError:
        return word[0]
    return b"=?utf-8?b?" + base64.b64encode(decoded(packed, word[1].decode("ascii")).encode()) + b"?="


def _own_pages(message: EmailMessage, subject: str) -> Iterator[PageContent]:
    pieces = (
        [Piece(subject, Spot(Unit.HEADER, "Subject", "Subject"), BlockKind.HEADING, 1)] if subject else []
    )
    for key in HEADERS:
        value = _header(message, key)
        if value:
            pieces.append(Piece(f"{key}: {value}", Spot(Unit.HEADER, key, key)))
    names = [file_name for file_name, _ in _attachments(message)]
    if names:
        pieces.append(Piece(f"Attachments: {', '.join(names)}", None))
    body = message.get_body(preferencelist=("plain", "html"))
    if body is not None and body.get_content_type() == "text/html":
        for page in read_html(_bytes(body), "mail"):
            pieces += [
                Piece(page.text[one.start : one.end], one.spot, one.kind, one.level) for one in page.blocks
            ]
    elif body is not None:
        line = 1
        text = decoded(_bytes(body), str(body.get_content_charset() or ""))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        for paragraph in text.split("\n\n"):
            last = line + paragraph.count("\n")
            if paragraph.strip():
                pieces.append(Piece(paragraph, Spot(Unit.LINE, str(line), str(last))))
            line = last + 2
    yield from compose_pages(pieces)


def _header(message: EmailMessage, key: str) -> str:
    try:
        return " ".join(str(message.get(key, "")).split())
    except (LookupError, ValueError, TypeError, AttributeError, IndexError):  # the library's own faults
        return ""


def _bytes(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _attachments(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """Name and content of each; pictures that stand in the text are none."""
    for number, part in enumerate(message.iter_attachments(), start=1):
        inline = part.get_content_disposition() == "inline" and part.get("Content-ID")
        if inline and part.get_content_maintype() == "image":
            continue
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0)
            data = inner.as_bytes() if isinstance(inner, EmailMessage) else b""
            file_name = part.get_filename() or f"mail {number}.eml"
        else:
            data = _bytes(part)
            file_name = part.get_filename() or f"attachment {number}"
        if data:
            yield Path(file_name.replace("\\", "/")).name or f"attachment {number}", data
