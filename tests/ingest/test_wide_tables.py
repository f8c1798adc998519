"""Tables of very many columns: what a header calls a cell's columns is found without going through all."""

from __future__ import annotations

import random

import pytest

from ingest.pages import Block, BlockKind, CellSpan, PageContent
from ingest.splitter import split
from ingest.structure.lines import TextLine
from ingest.structure.rows import LOOKED_BACK, ColumnNames, RowCell, cells_of
from ingest.structure.tree import MOST_NAMED, build
from language.structure import NodeKind

pytestmark = pytest.mark.fast


def line_of(text: str, cells: list[CellSpan]) -> TextLine:
    block = Block(0, len(text), BlockKind.ROW, cells=tuple(cells))
    return TextLine(PageContent(1, text, 0.0, 0.0, "", b"", [block]), 0, block, 0, len(text), None)


def test_the_names_over_a_cell_are_those_whose_columns_it_shares() -> None:
    chance = random.Random(3)
    for _ in range(300):
        header = [
            RowCell(index, index + 1, chance.randint(0, 12), chance.randint(1, 4))
            for index in range(chance.randint(0, 9))
        ]
        names = ColumnNames(line_of("abcdefghi", []), header)
        assert len(names) == len(header)
        for column, span in ((chance.randint(0, 14), chance.randint(1, 3)) for _ in range(10)):
            shared = [
                cell for cell in header if cell.column < column + span and column < cell.column + cell.span
            ]
            over = list(names.over(RowCell(0, 1, column, span)))
            assert sorted(over) == sorted("abcdefghi"[cell.start] for cell in shared)


def test_a_cells_name_is_looked_for_in_the_text_just_before_it() -> None:
    """Else a row of thousands of cells would be copied once for each of them."""
    cells, text = list[CellSpan](), ""
    for number in range(500):
        text += f"Name {number}: "
        cells.append(CellSpan(len(text), len(text) + 1, number))
        text += "1 | "
    assert [cell.label for cell in cells_of(line_of(text, cells))] == [
        f"Name {index}" for index in range(500)
    ]
    far = "x" * 5 * LOOKED_BACK + ": "
    (cell,) = cells_of(line_of(far + "1", [CellSpan(len(far), len(far) + 1, 0)]))
    assert len(cell.label) < LOOKED_BACK


def table_of(rows: int) -> PageContent:
    """A page that is a table of so many rows, none of which the file says to be a header."""
    text, blocks = "", list[Block]()
    for number in range(rows):
        start, cells = len(text), list[CellSpan]()
        for column in range(2):
            begin = len(text) - start
            text += f"cell {number}.{column}"
            cells.append(CellSpan(begin, len(text) - start, column))
            text += " | "
        text = text[:-3] + "\n"
        blocks.append(
            Block(start, len(text) - 1, BlockKind.ROW, cells=tuple(cells), header=number < rows - 1)
        )
    return PageContent(1, text, 0.0, 0.0, "", b"", blocks)


def test_a_cell_is_named_by_the_last_rows_of_a_header_that_is_a_thousand_rows_long() -> None:
    cells = [node for node in build([table_of(40)]) if node.kind == NodeKind.CELL]
    assert cells[-1].label.split(" > ") == [f"cell {row}.1" for row in range(39 - MOST_NAMED, 39)]


class Ended(Exception):
    """The work was told to end."""


@pytest.mark.parametrize("most", [0, 2, 5])
def test_a_split_ends_where_it_is_told_to(most: int) -> None:
    calls = list[int]()

    def step() -> None:
        calls.append(1)
        if len(calls) > most:
            raise Ended

    pages = [PageContent(1, *page_of_paragraphs(900))]
    with pytest.raises(Ended):
        build(pages, step=step)
    structure, calls = build(pages), []
    with pytest.raises(Ended):
        split(pages, structure, step)
    assert len(calls) == most + 1


def page_of_paragraphs(count: int) -> tuple[str, float, float, str, bytes, list[Block]]:
    text, blocks = "", list[Block]()
    for number in range(count):
        said = f"Rule {number} says what is to be done in the office on that day."
        blocks.append(Block(len(text), len(text) + len(said)))
        text += said + "\n"
    return text, 0.0, 0.0, "", b"", blocks
