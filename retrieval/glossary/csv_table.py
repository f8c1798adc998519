"""A glossary as a CSV table and back, for a person with a spreadsheet. Pure.

A row is a thing. Columns: `ja`, `en`, `zh` (words that documents write; the first of the row names the
thing), the same with `_said` (abbreviations, and what people say) and with `_avoid` (not to be written),
`except` (longer texts that hold one of the words and mean something else) and `note`. Several words of a cell
are parted by line ends or semicolons.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from core.errors import BadValue
from language.terms import LANGUAGES, Use, WordForm
from retrieval.faq.csv_table import bare, harmless
from retrieval.glossary.entries import GlossaryWords

SUFFIXES = {Use.WRITTEN: "", Use.SAID: "_said", Use.AVOIDED: "_avoid"}
WORD_COLUMNS = {
    f"{language}{suffix}": (language, use) for use, suffix in SUFFIXES.items() for language in LANGUAGES
}
COLUMNS = (*WORD_COLUMNS, "except", "note")
_PARTS = re.compile(r"[\n\r;；]+")


def written(entries: Sequence[GlossaryWords]) -> str:
    """The table of those entries, with a mark in front by which spreadsheets know UTF-8."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for entry in entries:
        cells = [
            "\n".join(word.text for word in entry.words if (word.language, word.use) == column)
            for column in WORD_COLUMNS.values()
        ]
        table.writerow([harmless(cell) for cell in [*cells, "\n".join(entry.but_not), entry.note]])
    return "\ufeff" + text.getvalue()


def read(text: str) -> Iterator[tuple[int, GlossaryWords]]:
    """The entries of a table, each with the line that it begins on. Raises BadValue naming the line."""
    table = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        head = [cell.strip().lower() for cell in next(table, [])]
        if not set(LANGUAGES) & set(head):
            fix = f"Begin with a row of these names: {', '.join(COLUMNS)}"
            raise BadValue(name="line 1", problem="there is no column ja, en or zh", fix=fix)
        if unknown := [cell for cell in head if cell and cell not in COLUMNS]:
            fix = f"Columns are {', '.join(COLUMNS)}"
            raise BadValue(name="line 1", problem=f"there is no column {unknown[0][:60]}", fix=fix)
        begins = table.line_num + 1
        for cells in table:
            line, begins = begins, table.line_num + 1
            row = dict(zip(head, map(bare, cells), strict=False))
            if any(row.values()):
                yield line, _entry(row)
    except csv.Error as error:
        fix = "Save it as CSV in UTF-8"
        raise BadValue(name=f"line {table.line_num}", problem=str(error), fix=fix) from error


def _entry(row: dict[str, str]) -> GlossaryWords:
    words = tuple(
        WordForm(word, language, use)
        for column, (language, use) in WORD_COLUMNS.items()
        for word in _words(row.get(column, ""))
    )
    return GlossaryWords(words, tuple(_words(row.get("except", ""))), row.get("note", ""))


def _words(cell: str) -> list[str]:
    return [word for part in _PARTS.split(cell) if (word := part.strip())]
