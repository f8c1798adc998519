"""Reads PowerPoint (.pptx): each slide with its title, texts, tables, charts' words and speaker's notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import BlockKind, PageContent, PageKind, Spot, Unit
from ingest.readers.assembly import TextBlock, compose_pages, table_row
from ingest.readers.office.drawings import Related, drawn
from ingest.readers.office.package import Element, Package, open_package

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_TITLES = ("title", "ctrTitle")
_BODIES = ("body", "obj")  # placeholders whose paragraphs have bullets
_FURNITURE = ("dt", "ftr", "sldNum", "hdr", "sldImg")  # date, footer, number: the same on every slide
_TOLD_ONCE = ("dt", "ftr", "hdr")  # of those, what says something
WHOLE_SLIDE = 10**9  # a slide is one page, however much stands on it


def read_slides(path: Path, name: str) -> Iterator[PageContent]:
    """A page for each slide; its number is the slide's. Raises FileDamaged and what `office` raises."""
    with open_package(path, name) as package:
        left_out = LeftOut()
        yield from left_out.beside(_slides(package, left_out))


def _slides(package: Package, left_out: LeftOut) -> Iterator[PageContent]:
    main = package.main_part()
    related = package.related(main)
    title = package.title()
    order = [slide.get(R + "id", "") for slide in package.xml(main).iter(P + "sldId")]
    footers: set[str] = set()
    for number, key in enumerate(order, start=1):
        if key in related:
            yield _slide(package, related[key][1], number, title, left_out, footers)
        else:
            left_out.add(LeftOutKind.PARTS, f"slide {number}")
            yield PageContent(number, "", kind=PageKind.SLIDE)


def _slide(
    package: Package, part: str, number: int, title: str, left_out: LeftOut, footers: set[str]
) -> PageContent:
    root = package.xml(part)
    related = package.related(part)
    pieces = list(_shapes(package, related, root.find(f"{P}cSld/{P}spTree"), left_out))
    pieces.sort(key=lambda piece: piece.kind != BlockKind.HEADING)  # the title first, wherever it lies
    pieces += _footers(root, footers)
    notes = [target for kind, target in related.values() if kind == "notesSlide"]
    for target in notes:
        for shape in package.xml(target).iter(P + "sp"):
            if _placeholder(shape) not in _FURNITURE:
                pieces += [
                    TextBlock(text, Spot(Unit.NOTES)) for text in _paragraphs(shape.find(P + "txBody"))
                ]
    heading = next((piece.text for piece in pieces if piece.kind == BlockKind.HEADING), "")
    hidden = root.get("show", "1") in ("0", "false")
    for page in compose_pages(
        pieces, kind=PageKind.SLIDE, name=" ".join(heading.split()), longest=WHOLE_SLIDE
    ):
        return replace(page, number=number, title=title, source="hidden" if hidden else page.source)
    return PageContent(number, "", kind=PageKind.SLIDE, title=title)


def _footers(root: Element, known: set[str]) -> Iterator[TextBlock]:
    """The texts of a slide's footer, each on the first slide that has it; a date in figures says nothing."""
    for shape in root.iter(P + "sp"):
        if _placeholder(shape) in _TOLD_ONCE:
            for text in _paragraphs(shape.find(P + "txBody")):
                if text not in known and any(letter.isalpha() for letter in text):
                    known.add(text)
                    yield TextBlock(text, _spot(shape))


def _shapes(
    package: Package, related: Related, tree: Element | None, left_out: LeftOut
) -> Iterator[TextBlock]:
    for shape in tree if tree is not None else ():
        if shape.tag == P + "grpSp":
            yield from _shapes(package, related, shape, left_out)
        elif shape.tag == MC + "AlternateContent":
            chosen = shape.find(MC + "Choice")
            chosen = chosen if chosen is not None else shape.find(MC + "Fallback")
            yield from _shapes(package, related, chosen, left_out)
        elif shape.tag in (P + "sp", P + "cxnSp"):
            kind = _placeholder(shape)
            spot = _spot(shape)
            if kind in _FURNITURE:
                continue
            body = shape.find(P + "txBody")
            if kind in _TITLES:
                joined = " ".join(_paragraphs(body))
                yield from [TextBlock(joined, spot, BlockKind.HEADING, 1)] if joined else []
            else:
                yield from _texts(body, spot, listed=kind in _BODIES)
        elif shape.tag == P + "graphicFrame":
            yield from _frame(package, related, shape, left_out)


def _frame(package: Package, related: Related, shape: Element, left_out: LeftOut) -> Iterator[TextBlock]:
    spot = _spot(shape)
    for table in shape.iter(A + "tbl"):
        yield from _table(table, spot)
    pieces, unread = drawn(package, related, shape, spot)
    yield from pieces
    for kind in unread:
        left_out.add(LeftOutKind.PARTS, kind)
    for item in shape.iter(P + "oleObj"):
        left_out.add(LeftOutKind.ATTACHMENTS, item.get("progId") or item.get("name") or "object")


def _table(table: Element, spot: Spot) -> Iterator[TextBlock]:
    rows = list(table.iter(A + "tr"))
    properties = table.find(A + "tblPr")
    first_is_header = properties is not None and properties.get("firstRow") in ("1", "true")
    headers: list[str] = []
    above: list[str] = []
    for index, row in enumerate(rows):
        cells: list[str] = []
        for column, cell in enumerate(row.iter(A + "tc")):
            text = " ".join(" ".join(_paragraphs(cell.find(A + "txBody"))).split())
            if cell.get("hMerge") in ("1", "true"):
                text = "" if headers else (cells[-1] if cells else "")
            elif cell.get("vMerge") in ("1", "true"):
                text = above[column] if column < len(above) else ""
            cells.append(text)
        above = cells
        if index == 0 and first_is_header and len(rows) > 1:
            headers = cells
            once = [text if text not in cells[:place] else "" for place, text in enumerate(cells)]
            made = table_row([], once)
            yield TextBlock(made.text, spot, BlockKind.ROW, cells=made.cells, header=True)
        else:
            made = table_row(headers, cells, names_row=bool(headers))
            yield TextBlock(made.text, spot, BlockKind.ROW, cells=made.cells)


def _texts(body: Element | None, spot: Spot, *, listed: bool) -> Iterator[TextBlock]:
    """The paragraphs of a shape; `listed`: those of its kind have bullets unless they say otherwise."""
    paragraphs = [element for element in body.iter(A + "p") if _text(element)] if body is not None else []
    for paragraph in paragraphs:
        properties = paragraph.find(A + "pPr")
        level = properties.get("lvl", "0") if properties is not None else "0"
        signs = [part.tag for part in properties] if properties is not None else []
        own = A + "buChar" in signs or A + "buAutoNum" in signs
        if own or (listed and len(paragraphs) > 1 and A + "buNone" not in signs):
            depth = int(level) + 1 if level.isdigit() else 1
            yield TextBlock(_text(paragraph), spot, BlockKind.ITEM, depth, label="•")
        else:
            yield TextBlock(_text(paragraph), spot)


def _paragraphs(body: Element | None) -> list[str]:
    texts = map(_text, body.iter(A + "p")) if body is not None else ()
    return [text for text in texts if text]


def _text(paragraph: Element) -> str:
    text = ""
    for part in paragraph:
        if part.tag in (A + "r", A + "fld"):
            text += part.findtext(A + "t", "")
        elif part.tag == A + "br":
            text += "\n"
    return text.strip()


def _placeholder(shape: Element) -> str:
    """What the slide's layout takes the shape for: title, body, ftr …; empty for a shape of its own."""
    for part in shape.iter(P + "nvPr"):
        placeholder = part.find(P + "ph")
        return placeholder.get("type", "body") if placeholder is not None else ""
    return ""


def _spot(shape: Element) -> Spot:
    number = next((properties.get("id", "") for properties in shape.iter(P + "cNvPr")), "")
    return Spot(Unit.SHAPE, number, number)
