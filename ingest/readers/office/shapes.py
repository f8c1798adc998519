"""What lies on a sheet beside its cells: shapes and text boxes with their text and the cells that they cover,
and the lines that join them, as text: `Application → Approval`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.pages import Spot, Unit
from ingest.readers.assembly import TextBlock
from ingest.readers.office.controls import is_control
from ingest.readers.office.drawings import drawn
from ingest.readers.office.grid import MOST_COLUMNS, column_name
from ingest.readers.office.package import Element, Package

MOST_SHAPES = 20_000
MOST_ROWS = 1_048_576
LONGEST_END = 60  # characters of a shape's text at the end of a line
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_ANCHORS = tuple(XDR + name for name in ("twoCellAnchor", "oneCellAnchor", "absoluteAnchor"))
_POINTS = ("triangle", "stealth", "arrow", "diamond", "oval")


@dataclass(frozen=True)
class DrawnShape:
    """A shape: its number in the drawing, its text, and where it lies (row and column from 0)."""

    key: str
    text: str
    corner: tuple[int, int]
    spot: Spot | None


def shapes_of(package: Package, part: str) -> tuple[list[TextBlock], list[str]]:
    """The texts of a drawing on a sheet, from its top to its bottom, then the lines between them, then its
    charts and diagrams; and what of it could not be read."""
    related = package.related(part)
    shapes: list[DrawnShape] = []
    lines: list[tuple[Element, Spot | None]] = []
    pieces: list[TextBlock] = []
    unread: list[str] = []
    for anchor in package.xml(part).iter(*_ANCHORS):
        corner, spot = _place_of(anchor)
        for shape in anchor.iter(XDR + "sp"):
            if len(shapes) < MOST_SHAPES and not is_control(shape):
                shapes.append(DrawnShape(_key(shape), _text(shape), corner, spot))
        lines += [(line, spot) for line in anchor.iter(XDR + "cxnSp")][: MOST_SHAPES - len(lines)]
        more, missing = drawn(package, related, anchor, spot)
        pieces += more
        unread += missing
    shapes.sort(key=lambda shape: shape.corner)
    texts = [TextBlock(shape.text, shape.spot) for shape in shapes if shape.text]
    named = {shape.key: " ".join(shape.text.split())[:LONGEST_END] for shape in shapes}
    return [*texts, *_joined(lines, named), *pieces], unread


def _joined(lines: list[tuple[Element, Spot | None]], named: dict[str, str]) -> Iterator[TextBlock]:
    """The lines between two shapes that say something, each once."""
    seen: set[str] = set()
    for line, spot in lines:
        ends = [next((end.get("id", "") for end in line.iter(A + tag)), "") for tag in ("stCxn", "endCxn")]
        first, last = (named.get(end, "") for end in ends)
        if not first or not last:
            continue
        begins, points = (
            any(end.get("type", "none") in _POINTS for end in line.iter(A + tag))
            for tag in ("headEnd", "tailEnd")
        )
        if begins and not points:
            first, last = last, first
        text = f"{first} {'↔' if begins and points else '→' if begins or points else '—'} {last}"
        if text not in seen:
            seen.add(text)
            yield TextBlock(text, spot)


def _key(shape: Element) -> str:
    return next((about.get("id", "") for about in shape.iter(XDR + "cNvPr")), "")


def _text(shape: Element) -> str:
    body = shape.find(XDR + "txBody")
    if body is None:
        return ""
    lines = ("".join(run.text or "" for run in line.iter(A + "t")) for line in body.iter(A + "p"))
    return "\n".join(line for line in lines if line.strip())


def _place_of(anchor: Element) -> tuple[tuple[int, int], Spot | None]:
    """Where it lies, and the cells that it covers."""
    first, last = _corner(anchor, "from"), _corner(anchor, "to")
    if first is None:
        return (MOST_ROWS, 0), None
    last = max(first[0], (last or first)[0]), max(first[1], (last or first)[1])
    return first, Spot(Unit.CELLS, *(f"{column_name(column)}{row + 1}" for row, column in (first, last)))


def _corner(anchor: Element, name: str) -> tuple[int, int] | None:
    corner = anchor.find(XDR + name)
    if corner is None:
        return None
    row, column = corner.findtext(XDR + "row", "0").strip(), corner.findtext(XDR + "col", "0").strip()
    if not (row.isdecimal() and column.isdecimal()):
        return None
    return min(int(row), MOST_ROWS - 1), min(int(column), MOST_COLUMNS - 1)
