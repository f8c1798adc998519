"""Approved answers as a CSV table and back, for a person with a spreadsheet. Pure.

Columns: question, wordings (one a line), answer, valid_until (YYYY-MM-DD), document, page, quote; a further
source of the same answer stands on a row of its own with an empty question. UTF-8 with a mark in front,
which spreadsheets need to know it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.errors import BadValue

COLUMNS = ("question", "wordings", "answer", "valid_until", "document", "page", "quote")
# A cell that begins like this would be run as a formula by a spreadsheet (OWASP, CSV injection).
# Excel of Japan and China takes the full-width signs for the same.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class SourceRow:
    """A source as the table names it: the document by its name."""

    document: str
    page: int
    quote: str


@dataclass
class FaqRow:
    """An approved answer as the table holds it; `line` is where it begins."""

    line: int
    question: str
    answer: str
    wordings: list[str] = field(default_factory=list)
    valid_until: date | None = None
    sources: list[SourceRow] = field(default_factory=list)


def written(rows: Sequence[FaqRow]) -> str:
    """The table of those answers."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in rows:
        until = row.valid_until.isoformat() if row.valid_until else ""
        first = [row.question, "\n".join(row.wordings), row.answer, until]
        sources = [[source.document, str(source.page), source.quote] for source in row.sources] or [
            ["", "", ""]
        ]
        for number, source in enumerate(sources):
            head = first if number == 0 else ["", "", "", ""]
            table.writerow([harmless(cell) for cell in [*head, *source]])
    return "﻿" + text.getvalue()


def read(text: str) -> Iterator[FaqRow]:
    """The answers of a table. Raises BadValue naming the line."""
    table = csv.reader(io.StringIO(text.removeprefix("﻿"), newline=""))
    head = [cell.strip().lower() for cell in next(table, [])]
    if missing := [name for name in ("question", "answer") if name not in head]:
        raise BadValue(
            name="line 1",
            problem=f"there is no column {' or '.join(missing)}",
            fix=f"Begin with a row of these names: {', '.join(COLUMNS)}",
        )
    current: FaqRow | None = None
    begins = table.line_num + 1
    for cells in table:
        line, begins = begins, table.line_num + 1
        row = dict(zip(head, map(bare, cells), strict=False))
        if not any(row.values()):
            continue
        if row.get("question"):
            if current is not None:
                yield current
            current = FaqRow(
                line,
                row["question"],
                row.get("answer", ""),
                [part.strip() for part in row.get("wordings", "").splitlines() if part.strip()],
                _day(row.get("valid_until", ""), line),
            )
        if current is None:
            raise BadValue(name=f"line {line}", problem="it has no question", fix="Write one")
        if row.get("document") or row.get("quote"):
            current.sources.append(
                SourceRow(row.get("document", ""), _page(row.get("page", ""), line), row.get("quote", ""))
            )
    if current is not None:
        yield current


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def bare(cell: str) -> str:
    """A cell as it was meant, trimmed."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _day(text: str, line: int) -> date | None:
    try:
        return date.fromisoformat(text.replace("/", "-")) if text else None
    except ValueError as error:
        raise BadValue(
            name=f"line {line}", problem=f"{text} is no day", fix="Write it as 2026-12-31"
        ) from error


def _page(text: str, line: int) -> int:
    if text and not text.isdigit():
        raise BadValue(name=f"line {line}", problem=f"{text} is no page number", fix="Write a number")
    return int(text or 1)
