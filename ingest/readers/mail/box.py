"""Reads a box of mails (.mbox): one after another, each begun by a line `From …` behind an empty one. An
earlier mail that is in the box itself does not count as evidence again in the mails that answer it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core.errors import FileDamaged, TooMuchInFile
from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import PageContent
from ingest.readers.mail.message import letter_of
from ingest.readers.mail.pages import letter_pages
from ingest.readers.parts import PartReader

LONGEST_MAIL = 256 * 2**20  # bytes
LONGEST_LINE = 2**20  # bytes that are read at once
MOST_MAILS = 50_000
LONGEST_NAME = 120
_ESCAPED = re.compile(rb"^>(>{0,50}From )")
_MESSAGE_ID = re.compile(rb"^message-id:\s{0,9}(<[^<>\s]{1,300}>)", re.I)


def read_box(path: Path, name: str, attached: PartReader) -> Iterator[PageContent]:
    """The pages of all mails, each named by its subject. Raises FileDamaged, TooMuchInFile."""
    left_out = LeftOut()
    yield from left_out.beside(_pages(path, name, attached, left_out))


def _pages(path: Path, name: str, attached: PartReader, left_out: LeftOut) -> Iterator[PageContent]:
    known = frozenset(_ids(path))
    for number, content in enumerate(_mails(path, name), start=1):
        if number > MOST_MAILS:
            raise TooMuchInFile(name=name, what="mails", limit=f"{MOST_MAILS:,}")
        try:
            letter = letter_of(content, name)
        except FileDamaged:
            left_out.add(LeftOutKind.ATTACHMENTS, f"mail {number}")
            continue
        called = letter.subject[:LONGEST_NAME] or f"mail {number}"
        for page in letter_pages(letter, attached, left_out, known):
            yield replace(page, name=f"{called}: {page.name}" if page.name else called, title="")


def _ids(path: Path) -> Iterator[str]:
    with path.open("rb") as stream:
        while line := stream.readline(LONGEST_LINE):
            if match := _MESSAGE_ID.match(line):
                yield match[1].decode("ascii", "replace")


def _mails(path: Path, name: str) -> Iterator[bytes]:
    """Each mail's bytes, its lines that begin like a mark as they were."""
    mail: list[bytes] = []
    size, empty = 0, True
    with path.open("rb") as stream:
        while line := stream.readline(LONGEST_LINE):
            if empty and line.startswith(b"From "):
                if mail:
                    yield b"".join(mail)
                mail, size = [], 0
            else:
                mail.append(_ESCAPED.sub(rb"\1", line))
                size += len(line)
                if size > LONGEST_MAIL:
                    raise TooMuchInFile(name=name, what="MB in one mail", limit=f"{LONGEST_MAIL // 2**20}")
            empty = not line.strip()
    if mail:
        yield b"".join(mail)
