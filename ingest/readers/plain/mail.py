"""Reads a mail (.eml): who, when and about what, its text, and its attachments, each by its own reader."""

from __future__ import annotations

import base64
import quopri
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from core.errors import FileDamaged, ShokoError
from ingest.formats import media_type_of
from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import BlockKind, PageContent, PageKind, Spot, Unit
from ingest.readers.assembly import TextBlock, compose_pages
from ingest.readers.plain.html import read_html
from ingest.readers.plain.mail_parts import MailParts, MailText, parts_of
from language.encodings import decoded

MOST_ATTACHMENTS = 200
MOST_WORDS = 1000  # encoded words of a header that are put together
HEADERS = ("From", "To", "Cc", "Date")
_WORD = re.compile(rb"=\?([\w.:-]{2,40})(?:\*[\w-]{1,20})?\?([bqBQ])\?([^?\s]{0,2000})\?=")
_BESIDE = re.compile(rb"[ \t]{0,10}(?:\r?\n)?[ \t]{0,10}")
Reader = Callable[[Path, str, str], Iterator[PageContent]]  # path, name, media type


def read_mail(content: bytes, name: str, attached: Reader) -> Iterator[PageContent]:
    """The mail's own pages, then those of what is attached, named by their file. Raises FileDamaged.

    `attached` reads an attachment; one that cannot be read is told by name and reason, and fails nothing.
    """
    left_out = LeftOut()
    yield from left_out.beside(_pages(content, name, attached, left_out))


def _pages(content: bytes, name: str, attached: Reader, left_out: LeftOut) -> Iterator[PageContent]:
    try:
        message = message_from_bytes(in_utf8(content), policy=policy.default)
        assert isinstance(message, EmailMessage)
        subject = _header(message, "Subject")
        parts = parts_of(message)
        pages = list(_own_pages(message, subject, parts))
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, IndexError) as error:
        raise FileDamaged(name=name, problem="it is no mail that can be understood") from error
    for page in pages:
        yield replace(page, title=subject)
    unread = [f"{sealed} (it is enciphered)" for sealed in parts.sealed]
    for sealed in parts.sealed:
        left_out.add(LeftOutKind.ATTACHMENTS, sealed)
    with tempfile.TemporaryDirectory() as folder:
        for number, (file_name, data) in enumerate(parts.attachments):
            if number == MOST_ATTACHMENTS:
                more = f"… ({len(parts.attachments) - number} more)"
                unread.append(more)
                left_out.add(LeftOutKind.ATTACHMENTS, more)
                break
            path = Path(folder) / str(number)
            path.write_bytes(data)
            try:
                for page in attached(path, file_name, media_type_of(path, file_name)):
                    inner = f"{file_name}: {page.name}" if page.name else file_name
                    yield replace(page, name=inner, title=subject)
            except ShokoError as error:
                unread.append(f"{file_name} ({error})")
                left_out.add(LeftOutKind.ATTACHMENTS, file_name)
            finally:
                path.unlink(missing_ok=True)
    for text in unread:  # on the page, and no passage: nobody asks for it, and whoever looks is told
        yield PageContent(0, f"Attachment not read: {text}", kind=PageKind.TEXT, title=subject)


def in_utf8(content: bytes) -> bytes:
    """The mail with the encoded words of its headers in UTF-8: Python's mail library knows no 髙 and no ①,
    and takes a word for a whole though programs part characters between two."""
    parts: list[bytes] = []
    place = 0
    for word in _WORD.finditer(content):
        if word.start() < place:
            continue
        packed, charset, end = _unpacked(word), word[1].lower(), word.end()
        for _ in range(MOST_WORDS):
            between = _BESIDE.match(content, end)
            following = _WORD.match(content, between.end() if between else end)
            if following is None or following[1].lower() != charset:
                break
            packed, end = packed + _unpacked(following), following.end()
        parts += [content[place : word.start()], b"=?utf-8?b?", base64.b64encode(
            decoded(packed, charset.decode("ascii")).encode()), b"?="]  # fmt: skip
        place = end
    return b"".join([*parts, content[place:]])


def _unpacked(word: re.Match[bytes]) -> bytes:
    try:
        if word[2].lower() == b"b":
            return base64.b64decode(word[3] + b"==")
        return quopri.decodestring(word[3], header=True)
    except ValueError:
        return word[3]


def _own_pages(message: EmailMessage, subject: str, parts: MailParts) -> Iterator[PageContent]:
    pieces = (
        [TextBlock(subject, Spot(Unit.HEADER, "Subject", "Subject"), BlockKind.HEADING, 1)] if subject else []
    )
    for key in HEADERS:
        value = _header(message, key)
        if value:
            pieces.append(TextBlock(f"{key}: {value}", Spot(Unit.HEADER, key, key)))
    names = [file_name for file_name, _ in parts.attachments]
    if names:
        pieces.append(TextBlock(f"Attachments: {', '.join(names)}", None))
    pieces += _body(parts.texts)
    yield from compose_pages(pieces)


def _body(texts: Sequence[MailText]) -> Iterator[TextBlock]:
    for part in texts:
        if part.is_page:
            try:
                pages = list(read_html(part.content, "mail", part.charset))
            except FileDamaged:  # nothing is in it
                continue
            for page in pages:
                for block in page.blocks:
                    yield TextBlock(
                        page.text[block.start : block.end], block.spot, block.kind, block.level,
                        block.cells, block.header, block.label,
                    )  # fmt: skip
            continue
        line = 1
        for paragraph in part.text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
            last = line + paragraph.count("\n")
            if paragraph.strip():
                yield TextBlock(paragraph, Spot(Unit.LINE, str(line), str(last)))
            line = last + 2


def _header(message: EmailMessage, key: str) -> str:
    try:
        raw = next((str(value) for name, value in message.raw_items() if name.lower() == key.lower()), "")
        if any(0xDC80 <= ord(letter) <= 0xDCFF for letter in raw):  # bytes that stood there as they were
            return " ".join(decoded(raw.encode("utf-8", "surrogateescape")).split())
        return " ".join(str(message.get(key, "")).split())
    except (LookupError, ValueError, TypeError, AttributeError, IndexError):  # the library's own faults
        return ""
