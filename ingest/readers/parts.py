"""Files inside a file: attachments of a mail or a PDF, members of an archive. Each is read by the reader of
its kind, its pages are pages of the whole and say which file they are of; one that cannot be read is
named, and costs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from core.errors import ShokoError
from ingest.formats import media_type_of
from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import Block, PageContent, PageKind, Spot, Unit

LONGEST_NAME = 200
PartReader = Callable[[Path, str, str], Iterator[PageContent]]  # path, name, media type


def part_pages(
    read: PartReader, path: Path, name: str, left_out: LeftOut
) -> Generator[PageContent, None, bool]:
    """The pages of a file that stands in another, named by it; last, and in no passage, a page that says why
    it could not be read, or not further. Returns whether all of it was read."""
    try:
        yield from inside(read(path, name, media_type_of(path, name)), name)
    except ShokoError as error:
        left_out.add(LeftOutKind.ATTACHMENTS, name)
        yield PageContent(0, f"Not read: {name} ({error})", kind=PageKind.TEXT)
        return False
    return True


def inside(pages: Iterable[PageContent], name: str) -> Iterator[PageContent]:
    """Those pages as pages of what the file of that name stands in. Their numbers count in the whole, so a
    page of paper says its own as the place of its blocks, and a slide in its name."""
    for number, page in enumerate(pages, start=1):
        called = page.name
        if page.kind == PageKind.SLIDE:
            called = f"{number}. {called}".rstrip(". ")
        if page.kind == PageKind.PAGE:
            own = Spot(Unit.PAGE, str(page.number or number), str(page.number or number))
            page = replace(page, blocks=[_placed(block, own) for block in page.blocks])
        kind = PageKind.SHEET if page.kind == PageKind.SHEET else PageKind.TEXT
        whole = f"{name}: {called}" if called else name
        yield replace(page, name=whole[:LONGEST_NAME], kind=kind, title="", properties={})


def _placed(block: Block, spot: Spot) -> Block:
    return block if block.spot is not None else replace(block, spot=spot)
