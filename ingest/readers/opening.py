"""Hands a file to the reader of its format, and counts its pages. Runs in the sandbox's child process.

Readers are imported here when they are needed: a text file must not wait for PDFium.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import FileDamaged, FileTypeUnknown, ShokoError, TooManyPages, TooMuchInFile
from ingest import formats
from ingest.ocr import Recognition
from ingest.pages import PageContent

MOST_PLACES = 1_000_000  # blocks of text and cells of a whole document: the records hold a place for each
MOST_NESTED = 10  # a mail in a mail in a mail, as one that was forwarded again and again


@dataclass(frozen=True)
class ReadingRequest:
    """What is to be read of a file, and what it may cost."""

    page_limit: int
    first_page: int = 1
    password: str = ""
    nested: int = 0
    recognition: Recognition | None = None  # None: scans stay without text


def pages_of(path: Path, name: str, media_type: str, order: ReadingRequest) -> Iterator[PageContent]:
    """The pages from `first_page` on, numbered. Raises an Unreadable."""
    for page in _not_too_deep(_numbered(path, name, media_type, order), name):
        said: dict[str, str] = {}
        if page.number == 1 and media_type in formats.WITH_PROPERTIES:
            from ingest.readers.office.properties import days_said

            said = days_said(path, name, media_type, order.password)
        yield replace(page, properties=said) if said else page


def _not_too_deep(pages: Iterator[PageContent], name: str) -> Iterator[PageContent]:
    """Those pages; parts that stand inside one another more deeply than a reader can follow (some hundred
    levels, and no program writes so) are a fault of the file. Raises FileDamaged."""
    try:
        yield from pages
    except RecursionError as error:
        raise FileDamaged(name=name, problem="its parts stand too deeply inside one another") from error


def _numbered(path: Path, name: str, media_type: str, order: ReadingRequest) -> Iterator[PageContent]:
    if media_type == formats.PDF:
        yield from _of_bounded_places(_pdf(path, name, order), name)
        return
    for number, page in enumerate(_of_bounded_places(_read(path, name, media_type, order), name), start=1):
        if number > order.page_limit:
            raise TooManyPages(name=name, pages=f"more than {order.page_limit}", limit=order.page_limit)
        if number >= order.first_page:
            yield replace(page, number=number)


def _of_bounded_places(pages: Iterator[PageContent], name: str) -> Iterator[PageContent]:
    """Those pages, including those that are not wanted again. Raises TooMuchInFile."""
    places = 0
    for page in pages:
        places += sum(1 + len(block.cells) for block in page.blocks)
        if places > MOST_PLACES:
            raise TooMuchInFile(name=name, what="rows and cells", limit=f"{MOST_PLACES:,}")
        yield page


def draw(path: Path, name: str, media_type: str, number: int, width: int) -> bytes:
    """A page's picture as PNG, `width` pixels wide. Raises FileDamaged."""
    if media_type in formats.PICTURES:
        from ingest.readers.scan.scans import draw_picture

        return draw_picture(path, name, number, width)
    from ingest.readers.pdf.reader import render_pdf

    return render_pdf(path, number, width)


def print_pdf(path: Path, name: str, media_type: str, pages: int) -> bytes:
    """An Office file's first pages as PDF. Raises ConverterMissing, FileDamaged."""
    from ingest.readers.office.legacy import printed

    with printed(path, name, media_type, pages) as file:
        return file.read_bytes()


def _pdf(path: Path, name: str, order: ReadingRequest) -> Iterator[PageContent]:
    from ingest.readers.pdf.reader import beside_pages, read_pdf
    from ingest.readers.scan.scans import with_recognition

    pages = read_pdf(
        path, name, page_limit=order.page_limit, first_page=order.first_page, password=order.password
    )
    yield from with_recognition(pages, path, order.password, order.recognition)
    yield from beside_pages(
        path, name, _nested(order, "files"), page_limit=order.page_limit, first_page=order.first_page,
        password=order.password,
    )  # fmt: skip


def _read(path: Path, name: str, kind: str, order: ReadingRequest) -> Iterator[PageContent]:
    if kind in formats.TODAYS_OFFICE:
        from ingest.readers.office.protection import is_protected, unprotected

        if is_protected(path):
            with unprotected(path, name, order.password) as archive:
                yield from _read_kind(archive, name, kind, order)
            return
    yield from _read_kind(path, name, kind, order)


def _read_kind(path: Path, name: str, kind: str, order: ReadingRequest) -> Iterator[PageContent]:
    if kind == formats.PDF:
        yield from _pdf(path, name, order)
    elif kind == formats.DOCX:
        from ingest.readers.office.word import read_word

        yield from read_word(path, name, _nested(order, "documents"))
    elif kind == formats.XLSX:
        from ingest.readers.office.excel import read_excel

        yield from read_excel(path, name)
    elif kind == formats.PPTX:
        from ingest.readers.office.slides import read_slides

        yield from read_slides(path, name)
    elif kind in (formats.ODT, formats.ODS, formats.ODP):
        from ingest.readers.office.opendocument import read_opendocument

        yield from read_opendocument(path, name)
    elif kind in formats.PICTURES:
        from ingest.readers.scan.scans import read_picture

        yield from read_picture(path, name, order.recognition)
    elif kind in formats.ARCHIVES:
        from ingest.readers.archives import read_archive

        yield from read_archive(path, name, kind, _nested(order, "archives"), order.password)
    elif kind == formats.OUTLOOK:
        from ingest.readers.mail.outlook import read_outlook

        yield from read_outlook(path, name, _nested(order, "mails"))
    elif kind == formats.MAIL_BOX:
        from ingest.readers.mail.box import read_box

        yield from read_box(path, name, _nested(order, "mails"))
    elif kind in formats.OLD:
        from ingest.readers.office.legacy import KINDS, converted

        today = {"docx": formats.DOCX, "xlsx": formats.XLSX, "pptx": formats.PPTX}
        with converted(path, name, kind) as file:
            pages = _read(file, name, today[KINDS[kind][1]], order)
            if kind == formats.XLS:
                from ingest.readers.pivots import with_emptied_pivots

                pages = with_emptied_pivots(path, pages)
            yield from pages
    else:
        yield from _read_text(path, name, kind, order)


def _nested(order: ReadingRequest, what: str) -> Callable[[Path, str, str], Iterator[PageContent]]:
    """A reader of files that stand in the file of that order; `what` those are."""

    def read(file: Path, name: str, media_type: str) -> Iterator[PageContent]:
        if order.nested >= MOST_NESTED:
            raise TooMuchInFile(name=name, what=f"{what} inside one another", limit=MOST_NESTED)
        inner = replace(order, first_page=1, password="", nested=order.nested + 1)
        try:
            yield from _not_too_deep(_read(file, name, media_type, inner), name)
        except (ShokoError, MemoryError):
            raise
        except Exception as error:  # the outer file is read whatever is inside it
            raise FileDamaged(name=name, problem=type(error).__name__) from error

    return read


def _read_text(path: Path, name: str, kind: str, order: ReadingRequest) -> Iterator[PageContent]:
    content = path.read_bytes()
    if kind == formats.CSV:
        from ingest.readers.plain.tables import read_table

        yield from read_table(content, name)
    elif kind == formats.HTML:
        from ingest.readers.plain.html import read_html

        yield from read_html(content, name)
    elif kind == formats.MAIL:
        from ingest.readers.mail.message import read_mail

        yield from read_mail(content, name, _nested(order, "mails"))
    elif kind in (formats.TEXT, formats.MARKDOWN):
        from ingest.readers.plain.text import read_plain

        markdown = kind == formats.MARKDOWN
        yield from read_plain(content, name, markdown=markdown, page_limit=order.page_limit)
    else:
        raise FileTypeUnknown(name=name, media_type=kind, readable=", ".join(formats.READABLE))
