"""Values of formulas that were never saved with their workbook, as programs write that compute nothing
themselves: LibreOffice works them out, if it is installed. What changes with the day, with chance or with
other files is not worked out: it would be true only at one moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from core.errors import ShokoError
from ingest.formats import XLSX
from ingest.readers.office.legacy import converter, made_again
from ingest.readers.office.package import Package, open_package
from ingest.readers.office.workbook import S, Workbook, workbook_of

MOST_VALUES = 1_000_000
CHUNK, OVERLAP = 2**20, 200
_UNSTEADY = re.compile(
    rb"\b(?:TODAY|NOW|RAND|RANDBETWEEN|RANDARRAY|WEBSERVICE|RTD|DDE|CELL|INFO|CUBEVALUE|STOCKHISTORY)\s?\(|\[\d{1,4}\]",
    re.I,
)

Value = tuple[str, str]  # its kind, as cells name it, and what is saved


class ComputedValues:
    """The values of a workbook's formulas, worked out when the first is asked for."""

    def __init__(self, path: Path, package: Package, workbook: Workbook) -> None:
        self._path, self._package, self._workbook = path, package, workbook
        self._values: dict[tuple[str, str], Value] | None = None

    def of(self, sheet: str, place: str) -> Value | None:
        """The value of the formula in that cell; None if none could be worked out."""
        if self._values is None:
            self._values = self._worked_out()
        return self._values.get((sheet, place))

    def _worked_out(self) -> dict[tuple[str, str], Value]:
        if converter() is None or any(self._is_unsteady(sheet.part) for sheet in self._workbook.sheets):
            return {}
        try:
            with made_again(self._path, self._package.name, XLSX) as file:
                return dict(_formulas(file, self._package.name))
        except ShokoError:  # the cells are reported as they would be without LibreOffice
            return {}

    def _is_unsteady(self, part: str) -> bool:
        with self._package.stream(part) as stream:
            rest = b""
            while chunk := stream.read(CHUNK):
                if any(
                    b"<f" in rest + chunk and _in_formula(rest + chunk, match.start())
                    for match in _UNSTEADY.finditer(rest + chunk)
                ):
                    return True
                rest = chunk[-OVERLAP:]
        return False


def _in_formula(content: bytes, place: int) -> bool:
    """Whether what stands there is in a formula, and in no text."""
    begins = content.rfind(b"<", 0, place)
    return begins < 0 or re.match(rb"<(?:\w{1,10}:)?f[\s>]", content[begins : begins + 20]) is not None


def _formulas(file: Path, name: str) -> Iterator[tuple[tuple[str, str], Value]]:
    with open_package(file, name) as package:
        workbook = workbook_of(package)
        count = 0
        for sheet in workbook.sheets:
            with package.stream(sheet.part) as stream:
                for _, cell in etree.iterparse(stream, tag=S + "c", resolve_entities=False, no_network=True):
                    saved, kind = cell.findtext(S + "v"), cell.get("t", "n")
                    if cell.find(S + "f") is not None and saved and kind != "e":
                        count += 1
                        if count > MOST_VALUES:
                            return
                        if kind == "s":
                            kind, saved = "str", workbook.text(saved)
                        yield (sheet.name, cell.get("r", "")), (kind, saved)
                    cell.clear()
