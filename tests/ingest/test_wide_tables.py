"""Tables of very many columns: what a header calls a cell's columns is found without going through all."""

from __future__ import annotations

import random

import pytest

from ingest.pages import Block, BlockKind, CellSpan, PageContent
from ingest.structure.lines import Line
from ingest.structure.rows import LOOKED_BACK, ColumnNames, RowCell, cells_of

pytestmark = pytest.mark.fast


def line_of(text: str, cells: list[CellSpan]) -> Line:
    block = Block(0, len(text), BlockKind.ROW, cells=tuple(cells))
    return Line(PageContent(1, text, 0.0, 0.0, "", b"", [block]), 0, block, 0, len(text), None)


def test_the_names_over_a_cell_are_those_whose_columns_it_shares() -> None:
    chance = random.Random(3)
    for _ in range(300):
        header = [
            RowCell(at, at + 1, chance.randint(0, 12), chance.randint(1, 4))
            for at in range(chance.randint(0, 9))
        ]
        names = ColumnNames(line_of("abcdefghi", []), header)
        assert len(names) == len(header)
        for column, span in ((chance.randint(0, 14), chance.randint(1, 3)) for _ in range(10)):
            shared = [
                cell for cell in header if cell.column < column + span and column < cell.column + cell.span
            ]
            told = list(names.over(RowCell(0, 1, column, span)))
            assert sorted(told) == sorted("abcdefghi"[cell.start] for cell in shared)


def test_a_cells_name_is_looked_for_in_the_text_just_before_it() -> None:
    """Else a row of thousands of cells would be copied once for each of them."""
    cells, text = list[CellSpan](), ""
    for number in range(500):
        text += f"Name {number}: "
        cells.append(CellSpan(len(text), len(text) + 1, number))
        text += "1 | "
    assert [cell.label for cell in cells_of(line_of(text, cells))] == [f"Name {at}" for at in range(500)]
    far = "x" * 5 * LOOKED_BACK + ": "
    (cell,) = cells_of(line_of(far + "1", [CellSpan(len(far), len(far) + 1, 0)]))
    assert len(cell.label) < LOOKED_BACK
