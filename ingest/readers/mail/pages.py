"""The pages of a mail, whatever file it came in: its head and its own words, then the earlier mails that it
carries along, then what is attached, each by its own reader."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.errors import FileDamaged
from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import BlockKind, PageContent, PageKind, Spot, Unit
from ingest.readers.assembly import TextBlock, compose_pages
from ingest.readers.mail.history import thread_of
from ingest.readers.mail.parts import MailParts, MailText
from ingest.readers.parts import PartReader, part_pages
from ingest.readers.plain.html import read_html

MOST_ATTACHMENTS = 200
HEADERS = ("From", "To", "Cc", "Date")


@dataclass(frozen=True)
class Letter:
    """A mail: its subject, the values of HEADERS that it has, its parts, and the ids of the mails that it
    answers."""

    subject: str
    headers: dict[str, str]
    parts: MailParts
    answers: Sequence[str] = field(default=())


def letter_pages(
    letter: Letter, attached: PartReader, left_out: LeftOut, known: Collection[str] = ()
) -> Iterator[PageContent]:
    """The pages of that mail. `attached` reads an attachment; one that cannot be read is reported by name and
    reason, and fails nothing. `known` are the ids of mails that stand in the same file: where it answers one
    of those, the earlier mails that it carries along do not count as evidence again."""
    for page in _own_pages(letter, again=any(answered in known for answered in letter.answers)):
        yield replace(page, title=letter.subject)
    for sealed in letter.parts.sealed:  # on the page, and no passage: nobody asks for it
        left_out.add(LeftOutKind.ATTACHMENTS, sealed)
        yield PageContent(0, f"Not read: {sealed} (it is enciphered)", kind=PageKind.TEXT)
    attachments = letter.parts.attachments
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, data) in enumerate(attachments):
            if number == MOST_ATTACHMENTS:
                more = f"… ({len(attachments) - number} more)"
                left_out.add(LeftOutKind.ATTACHMENTS, more)
                yield PageContent(0, f"Not read: {more}", kind=PageKind.TEXT)
                break
            path = Path(folder) / str(number)
            path.write_bytes(data)
            yield from part_pages(attached, path, name, left_out)
            path.unlink(missing_ok=True)


def _own_pages(letter: Letter, *, again: bool) -> Iterator[PageContent]:
    subject = letter.subject
    head: list[TextBlock] = []
    if subject:
        head.append(TextBlock(subject, Spot(Unit.HEADER, "Subject", "Subject"), BlockKind.HEADING, 1))
    for key in HEADERS:
        if value := letter.headers.get(key, ""):
            head.append(TextBlock(f"{key}: {value}", Spot(Unit.HEADER, key, key)))
    names = [name for name, _ in letter.parts.attachments]
    if names:
        head.append(TextBlock(f"Attachments: {', '.join(names)}", None))
    newest, *earlier = thread_of(list(_body(letter.parts.texts)), subject)
    yield from compose_pages([*head, *newest.blocks])
    for mail in earlier:
        blocks = [replace(block, kind=None) for block in mail.blocks] if again else mail.blocks
        yield from compose_pages(blocks, name=mail.name)


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
