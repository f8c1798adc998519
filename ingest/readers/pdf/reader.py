"""Reads PDF with PDFium (text, places, pictures) and asks pypdf for a second opinion if PDFium fails.

Runs in the sandbox's child process: files are hostile until proven otherwise.
"""

from __future__ import annotations

import io
import itertools
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from core.errors import FileDamaged, FileEncrypted, PasswordWrong, TooManyPages
from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import Block, PageContent, PageKind
from ingest.readers.assembly import compose_pages
from ingest.readers.parts import PartReader, part_pages
from ingest.readers.pdf.aligned import with_columns
from ingest.readers.pdf.attached import attached_files
from ingest.readers.pdf.fields import opened, placed, with_forms
from ingest.readers.pdf.glyphs import Glyphs, Transform, read_glyphs
from ingest.readers.pdf.hidden import hidden_runs
from ingest.readers.pdf.layout import Line, compose, paragraphs
from ingest.readers.pdf.lines import lines_of, mended
from ingest.readers.pdf.order import in_order
from ingest.readers.pdf.outline import outline_of, title_of, with_headings
from ingest.readers.pdf.quality import quality
from ingest.readers.pdf.rulings import grids_of
from ingest.readers.pdf.tables import with_places, with_rows, without_tables
from ingest.readers.pdf.unread import DRAWN_WRONG, FontsHere
from ingest.readers.pdf.xfa import form_blocks

MOST_PIXELS = 40_000_000  # of a picture: an A4 page at 600 dots per inch has 35 million


def read_pdf(
    path: Path, name: str, *, page_limit: int, first_page: int = 1, password: str = ""
) -> Iterator[PageContent]:
    """The pages from `first_page` on; `beside_pages` reads what is no page. Raises FileEncrypted, FileDamaged
    or TooManyPages."""
    try:
        document = with_forms(pdfium.PdfDocument(path, password=password or None))
    except pdfium.PdfiumError as error:
        if "assword" in str(error):
            raise _locked(name, password) from error
        yield from _by_pypdf(path, name, page_limit, first_page, password)
        return
    try:
        count = len(document)
        if count > page_limit:
            raise TooManyPages(name=name, pages=count, limit=page_limit)
        if count == 0:
            raise FileDamaged(name=name, problem="it has no pages")
        left_out = LeftOut()
        yield from left_out.beside(_pages(document, first_page, left_out))
    finally:
        document.close()


def beside_pages(
    path: Path, name: str, read: PartReader, *, page_limit: int, first_page: int = 1, password: str = ""
) -> Iterator[PageContent]:
    """What a PDF holds beside its pages, as pages behind them: the fields of a form that only Adobe's
    programs show, then the attached files, each read by `read`. Nothing if PDFium cannot open it."""
    try:
        document = pdfium.PdfDocument(path, password=password or None)
    except pdfium.PdfiumError:
        return
    try:
        left_out = LeftOut()
        number = len(document)
        pages = itertools.chain(_form(document, name, left_out), _attached(document, read, left_out))
        for page in left_out.beside(pages):
            number += 1
            if number > page_limit:
                raise TooManyPages(name=name, pages=f"more than {page_limit}", limit=page_limit)
            if number >= first_page:
                yield replace(page, number=number)
    finally:
        document.close()


def _form(document: Any, name: str, left_out: LeftOut) -> Iterator[PageContent]:
    if document.get_formtype() != raw.FORMTYPE_XFA_FULL:
        return
    pages = list(compose_pages(form_blocks(document, name)))
    left_out.add(LeftOutKind.FORM_AS_TEXT if pages else LeftOutKind.FORM, "XFA")
    yield from pages or [PageContent(0, "Not read: XFA", kind=PageKind.TEXT)]


def _attached(document: Any, read: PartReader, left_out: LeftOut) -> Iterator[PageContent]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "attached"
        for name, content in attached_files(document):
            if not content:
                left_out.add(LeftOutKind.ATTACHMENTS, name)
                yield PageContent(0, f"Not read: {name}", kind=PageKind.TEXT)
                continue
            file.write_bytes(content)
            if (yield from part_pages(read, file, name, left_out)):
                left_out.add(LeftOutKind.ATTACHMENTS_READ, name)
            file.unlink()


def _pages(document: Any, first_page: int, left_out: LeftOut) -> Iterator[PageContent]:
    entries, title = outline_of(document), title_of(document)
    count, fonts = len(document), FontsHere()
    for number in range(first_page, count + 1):
        page = _page(document, number, entries.get(number, ()), fonts, left_out)
        yield replace(page, of=count, title=title)
        title = ""


def _locked(name: str, password: str) -> FileEncrypted | PasswordWrong:
    return PasswordWrong(name=name) if password else FileEncrypted(name=name)


def _page(
    document: Any, number: int, entries: Sequence[tuple[int, str]], fonts: FontsHere, left_out: LeftOut
) -> PageContent:
    try:
        page, written = opened(document, number)
    except pdfium.PdfiumError:
        return PageContent(number, "", quality=0.0)  # one broken page does not take the others with it
    try:
        transform = Transform(page)
        label = document.get_page_label(number - 1) or ""
        textpage = page.get_textpage()
        try:
            glyphs = read_glyphs(page, textpage, transform)
            why = hidden_runs(page, glyphs, transform)
        finally:
            textpage.close()
        if written.handles:
            why = written.unseen(glyphs, why)
        outside, tables = without_tables(glyphs, why, grids_of(page, transform))
        if written.handles:
            mine, theirs = (mended(lines_of(part, why)) for part in written.split(outside))
            lines = placed(mine, theirs)
        else:
            lines = mended(lines_of(outside, why))
        lines = with_rows(with_columns(in_order(with_places(lines, tables))), tables)
        if entries:
            lines = with_headings(lines, entries)
        groups = paragraphs(lines, transform.width)
        content = compose(number, groups, transform.width, transform.height, label)
        missing = fonts.missing(page, glyphs)
        for name in missing:
            left_out.add(LeftOutKind.FONTS, name)
        trusted = quality(page, glyphs, content) * (DRAWN_WRONG if missing else 1.0)
        return replace(content, quality=trusted, hidden=_unseen(lines, glyphs))
    finally:
        page.close()


def _unseen(lines: Sequence[Line], glyphs: Glyphs) -> dict[str, int]:
    """How many lines nobody sees, by reason, and how many characters without width there are."""
    reasons = Counter(line.hidden for line in lines if line.hidden)
    if glyphs.unseen:
        reasons["zero_width"] = glyphs.unseen
    return dict(reasons)


def _by_pypdf(
    path: Path, name: str, page_limit: int, first_page: int, password: str
) -> Iterator[PageContent]:
    """The second opinion: text without places."""
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        reader = pypdf.PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(password):
            raise _locked(name, password)
        count = len(reader.pages)
    except (FileEncrypted, PasswordWrong):
        raise
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        OSError,
        RecursionError,
        AttributeError,
    ) as error:
        raise FileDamaged(name=name, problem=f"neither reader can open it: {error}") from error
    if count == 0:
        raise FileDamaged(name=name, problem="it has no pages")
    if count > page_limit:
        raise TooManyPages(name=name, pages=count, limit=page_limit)
    for number in range(first_page, count + 1):
        try:
            text = reader.pages[number - 1].extract_text()
        except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, AttributeError):
            text = ""
        text = "\n".join(line.strip() for line in text.splitlines() if line.strip())
        yield PageContent(number, text, blocks=_line_blocks(text), source="second opinion")


def _line_blocks(text: str) -> list[Block]:
    blocks, offset = [], 0
    for line in text.split("\n"):
        if line:
            blocks.append(Block(offset, offset + len(line)))
        offset += len(line) + 1
    return blocks


def render_pdf(path: Path, number: int, width: int, password: str = "") -> bytes:
    """A page's picture as PNG, `width` pixels wide. Raises FileDamaged."""
    try:
        document = with_forms(pdfium.PdfDocument(path, password=password or None))
        page = document[number - 1]
        page_width, page_height = page.get_size()
        scale = width / max(page_width, 1.0)
        scale = min(scale, (MOST_PIXELS / max(page_width * page_height, 1.0)) ** 0.5)
        picture = page.render(scale=scale, draw_annots=True).to_pil()
    except (pdfium.PdfiumError, IndexError) as error:
        raise FileDamaged(name=path.name, problem=str(error)) from error
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()
