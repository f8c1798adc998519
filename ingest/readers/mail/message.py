"""Reads a mail (.eml, RFC 5322): its headers, as they were meant, and its parts."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from core.errors import FileDamaged
from ingest.left_out import LeftOut
from ingest.pages import PageContent
from ingest.readers.mail.pages import HEADERS, Letter, letter_pages
from ingest.readers.mail.parts import parts_of
from ingest.readers.parts import PartReader
from language.encodings import decoded

MOST_WORDS = 1000  # encoded words of a header that are put together
MOST_ANSWERED = 200  # mails of its thread, that a mail names
_ID = re.compile(r"<[^<>\s]{1,300}>")
_WORD = re.compile(rb"=\?([\w.:-]{2,40})(?:\*[\w-]{1,20})?\?([bqBQ])\?([^?\s]{0,2000})\?=")
_BESIDE = re.compile(rb"[ \t]{0,10}(?:\r?\n)?[ \t]{0,10}")


def read_mail(content: bytes, name: str, attached: PartReader) -> Iterator[PageContent]:
    """The mail's own pages, then those of what is attached, named by their file. Raises FileDamaged."""
    left_out = LeftOut()
    yield from left_out.beside(letter_pages(letter_of(content, name), attached, left_out))


def letter_of(content: bytes, name: str) -> Letter:
    """That mail. Raises FileDamaged."""
    try:
        message = message_from_bytes(in_utf8(content), policy=policy.default)
        assert isinstance(message, EmailMessage)
        headers = {key: header_of(message, key) for key in HEADERS}
        parts = parts_of(message)
        letter = Letter(header_of(message, "Subject"), headers, parts, answered_ids(message))
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, IndexError) as error:
        raise FileDamaged(name=name, problem="it is no mail that can be understood") from error
    return letter


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


def answered_ids(message: EmailMessage) -> list[str]:
    """The ids of the mails that this one answers."""
    return _ID.findall(f"{header_of(message, 'In-Reply-To')} {header_of(message, 'References')}")[
        :MOST_ANSWERED
    ]


def header_of(message: EmailMessage, key: str) -> str:
    """The value of a header on one line; empty if it has none."""
    try:
        raw = next((str(value) for name, value in message.raw_items() if name.lower() == key.lower()), "")
        if any(0xDC80 <= ord(letter) <= 0xDCFF for letter in raw):  # bytes that stood there as they were
            return " ".join(decoded(raw.encode("utf-8", "surrogateescape")).split())
        return " ".join(str(message.get(key, "")).split())
    except (LookupError, ValueError, TypeError, AttributeError, IndexError):  # the library's own faults
        return ""
