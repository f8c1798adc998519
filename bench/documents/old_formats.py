"""Texts of old office files by programs that know nothing of LibreOffice: antiword, xlrd and striprtf, each
where it is installed. Knows nothing of our own reading."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from pathlib import Path

SECONDS = 60
_PICTURE = re.compile(r"\[pic\]")  # what antiword writes for a picture
_TEXT_CELL = 1  # xlrd's number of it


def word(path: Path) -> str:
    """The text of a .doc by antiword. Raises LookupError, ValueError."""
    return _PICTURE.sub(" ", _printed("antiword", "-m", "UTF-8.txt", "-w", "0", str(path)))


def cells(path: Path) -> str:
    """The text cells of an .xls by xlrd. Raises LookupError, and whatever xlrd raises."""
    book = _library("xlrd").open_workbook(str(path), logfile=_Nowhere())
    cells = (cell for sheet in book.sheets() for row in sheet.get_rows() for cell in row)
    return "\n".join(cell.value for cell in cells if cell.ctype == _TEXT_CELL)


def rich_text(path: Path) -> str:
    """The text of an .rtf by striprtf. Raises LookupError, and whatever striprtf raises."""
    text: str = _library("striprtf.striprtf").rtf_to_text(path.read_text("latin-1"), errors="replace")
    return text


class _Nowhere:
    """Takes what xlrd prints of odd files."""

    def write(self, _text: str) -> None:
        """Drop it."""


def _library(name: str):  # type: ignore[no-untyped-def]  # of libraries without types
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise LookupError(name) from error


def _printed(program: str, *words: str) -> str:
    where = shutil.which(program)
    if where is None:
        raise LookupError(program)
    run = subprocess.run([where, *words], capture_output=True, timeout=SECONDS, check=False)
    if run.returncode:
        raise ValueError(run.stderr.decode("utf-8", "replace"))
    return run.stdout.decode("utf-8", "replace")
