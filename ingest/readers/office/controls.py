"""The form controls that lie on a sheet: which box is ticked, which button pressed, what a list has chosen.

Excel keeps a control in up to three places: its state in a part of its own, its place and label in a drawing
of its older kind (VML), its label in a newer drawing. Reads nothing of ActiveX controls.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from core.errors import FileDamaged
from ingest.readers.office.package import Element, Package

VML = "{urn:schemas-microsoft-com:vml}"
X = "{urn:schemas-microsoft-com:office:excel}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
A14 = "{http://schemas.microsoft.com/office/drawing/2010/main}"
TICKED, UNTICKED, PRESSED, UNPRESSED = "☒", "☐", "◉", "○"
ROW_PIXELS = 20  # height of a row, if the file does not say how it compares with its neighbour
_NUMBER = re.compile(r"(\d{1,9})$")
_LISTS = ("drop", "list")

CellText = Callable[[str], str]  # of a reference such as `A1`, what the cell shows


@dataclass
class Control:
    """A control: its kind (checkbox, radio, drop, list …), the cell that it lies over (row and column from 1,
    zeros if the file does not say), its label and its state. `chosen` is the number of a list's entry."""

    kind: str = ""
    row: int = 0
    column: int = 0
    label: str = ""
    ticked: bool = False
    entries: str = ""  # range of the cells that a list shows
    chosen: int = 0

    def text(self, entry: Callable[[str, int], str]) -> str:
        """What a reader sees of it; empty if it says nothing. `entry` gives the entry of a list."""
        if self.kind == "checkbox":
            return f"{TICKED if self.ticked else UNTICKED} {self.label}".strip()
        if self.kind == "radio":
            return f"{PRESSED if self.ticked else UNPRESSED} {self.label}".strip()
        if self.kind in _LISTS:
            return entry(self.entries, self.chosen) if self.entries and self.chosen else ""
        return self.label if self.kind in ("gbox", "label") else ""


def is_control(shape: Element) -> bool:
    """Whether a shape of a newer drawing stands for a control: its label alone would say the opposite."""
    return next(shape.iter(A14 + "compatExt"), None) is not None


def controls_of(package: Package, part: str, named: dict[str, str]) -> list[Control]:
    """The controls of a sheet; `named` gives the relation of each control's state by the number of its shape.
    What cannot be understood is left out."""
    related = package.related(part)
    controls: dict[str, Control] = {}
    for kind, target in related.values():
        if kind == "vmlDrawing":
            _read_older(package, target, controls)
    for shape, key in named.items():
        if key in related:
            _read_state(package, related[key][1], controls.setdefault(shape, Control()))
    for kind, target in related.values():
        if kind == "drawing":
            _read_newer(package, target, controls)
    return [control for control in controls.values() if control.kind]


def _read_older(package: Package, part: str, controls: dict[str, Control]) -> None:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(package.content(part), parser)
    for shape in root.iter(VML + "shape") if root is not None else ():
        data = shape.find(X + "ClientData")
        kind = data.get("ObjectType", "").casefold() if data is not None else ""
        if data is None or kind in ("note", ""):
            continue
        control = controls.setdefault(_shape_number(shape.get("id", "")), Control())
        control.kind = kind
        control.row, control.column = _lies_over(data.findtext(X + "Anchor", ""))
        box = shape.find(VML + "textbox")
        if box is not None:
            control.label = " ".join("".join(map(str, box.itertext())).split())
        control.ticked = data.findtext(X + "Checked", "0").strip() == "1"
        control.entries = data.findtext(X + "FmlaRange", "")
        chosen = data.findtext(X + "Sel", "").strip()
        control.chosen = int(chosen) if chosen.isdecimal() else 0


def _read_state(package: Package, part: str, control: Control) -> None:
    try:
        state = package.xml(part)
    except FileDamaged:
        return
    control.kind = {"check": "checkbox"}.get(control.kind, control.kind) or state.get(
        "objectType", ""
    ).casefold()
    if control.kind == "checkbox" or control.kind == "radio":
        control.ticked = state.get("checked", "") == "Checked"
    control.entries = state.get("fmlaRange", control.entries)
    chosen = state.get("sel", "")
    control.chosen = int(chosen) if chosen.isdecimal() else control.chosen


def _read_newer(package: Package, part: str, controls: dict[str, Control]) -> None:
    try:
        root = package.xml(part)
    except FileDamaged:
        return
    for shape in root.iter(XDR + "sp"):
        link = next(shape.iter(A14 + "compatExt"), None)
        control = controls.get(_shape_number(link.get("spid", ""))) if link is not None else None
        if control is None:
            continue
        words = " ".join(
            " ".join("".join(run.text or "" for run in line.iter(A + "t")).split())
            for line in shape.iter(A + "p")
        )
        control.label = control.label or words.strip()
        anchor = next((ancestor for ancestor in shape.iterancestors(XDR + "twoCellAnchor")), None)
        start = anchor.find(XDR + "from") if anchor is not None else None
        if not control.row and start is not None:
            row, column = start.findtext(XDR + "row", "0"), start.findtext(XDR + "col", "0")
            control.row, control.column = int(row) + 1, int(column) + 1


def _shape_number(name: str) -> str:
    match = _NUMBER.search(name)
    return match[1] if match else name


def _lies_over(anchor: str) -> tuple[int, int]:
    """Row and column, from 1, of the cell that a control lies over for the most part."""
    numbers = [int(part) for part in (word.strip() for word in anchor.split(",")) if part.isdecimal()]
    if len(numbers) != 8:
        return 0, 0
    left, _, top, above, _, _, bottom, below = numbers
    if bottom > top + 1:
        return (top + bottom) // 2 + 1, left + 1
    lower = bottom == top + 1 and below > ROW_PIXELS - above
    return top + 1 + lower, left + 1
