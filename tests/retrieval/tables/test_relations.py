"""Tables of real files as relations: names of two storeys, units, merged cells, totals; and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF
from openpyxl import Workbook
from table_documents import DOCUMENTS, _saved
from table_reading import computed, relations_in

from language.structure import Node, NodeKind, Structure
from retrieval.tables import relations as module
from retrieval.tables.relations import relations_of
from retrieval.tables.values import ValueKind


def test_two_storeys_of_names_and_a_unit_above(tmp_path: Path) -> None:
    [sales] = relations_in(tmp_path, "支店別売上高.xlsx", DOCUMENTS["支店別売上高.xlsx"]())
    assert sales.columns[1].names == ("2024年度", "第1四半期")
    assert {column.unit for column in sales.columns} == {"千円"}
    assert [row.is_total for row in sales.rows] == [False] * 4 + [True]
    assert sales.key == 0


def test_merged_departments_are_carried_down(tmp_path: Path) -> None:
    [roster] = relations_in(tmp_path, "社員名簿.xlsx", DOCUMENTS["社員名簿.xlsx"]())
    assert [row.cells[0].text for row in roster.rows if row.cells[0]] == ["総務部"] * 4 + ["営業部"] * 5 + [
        "製造部"
    ] * 3
    assert roster.columns[roster.key].names == ("氏名",)
    assert next(column for column in roster.columns if column.names[-1] == "内線").is_code


def test_every_cell_stands_at_its_place(tmp_path: Path) -> None:
    from ingest.formats import media_type_of
    from ingest.readers.opening import ReadingRequest, pages_of

    for name, make in DOCUMENTS.items():
        relations = relations_in(tmp_path, name, make())
        path = tmp_path / name
        pages = pages_of(path, name, media_type_of(path, name), ReadingRequest(page_limit=50))
        texts = {page.number: page.text for page in pages}
        assert relations, name
        for relation in relations:
            for row in relation.rows:
                for cell in filter(None, row.cells):
                    assert texts[cell.page][cell.start : cell.end].strip() == cell.text


def test_units_in_a_caption_and_in_brackets(tmp_path: Path) -> None:
    [budget] = relations_in(tmp_path, "budget.html", DOCUMENTS["budget.html"]())
    assert budget.columns[1].unit == "thousands of dollars"
    [stock] = relations_in(tmp_path, "stock.md", DOCUMENTS["办公用品库存表.md"]())
    assert [column.unit for column in stock.columns[4:]] == ["件", "元"]
    assert stock.columns[4].names == ("库存数量",)


def test_days_in_a_header_name_columns(tmp_path: Path) -> None:
    [rota] = relations_in(tmp_path, "rota.docx", DOCUMENTS["rota.docx"]())
    assert [column.name for column in rota.columns][:3] == ["Name", "1 Oct", "2 Oct"]


def test_a_table_of_a_pdf_that_may_have_lost_rows_is_never_added_up(tmp_path: Path) -> None:
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=11)
    with document.table() as table:
        for cells in [
            ("Name", "Team", "Salary"),
            ("Alice", "Sales", "5,200"),
            ("Bob", "Sales", "4,100"),
            ("Cleo", "Law", "6,900"),
        ]:
            row = table.row()
            for cell in cells:
                row.cell(cell)
    relations = relations_in(tmp_path, "staff.pdf", bytes(document.output()))
    total = computed("What is the total salary?", relations)
    assert total in (None, "16,200")


def test_a_table_followed_by_lines_of_figures_counts_as_cut(tmp_path: Path) -> None:
    text = "Name | Salary\nAlice | 5\nBob 4,100"
    nodes = [
        Node(NodeKind.TABLE, 1, 0, 0),
        Node(NodeKind.HEADER_ROW, 1, 0, 13, 0),
        Node(NodeKind.CELL, 1, 0, 4, 1, column=0),
        Node(NodeKind.CELL, 1, 7, 13, 1, column=1),
        Node(NodeKind.ROW, 1, 14, 23, 0),
        Node(NodeKind.CELL, 1, 14, 19, 4, column=0),
        Node(NodeKind.CELL, 1, 22, 23, 4, column=1),
        Node(NodeKind.PARAGRAPH, 1, 24, 33),
    ]
    [relation] = relations_of("v", Structure(nodes), {1: text}, "pay")
    assert relation.is_cut
    assert computed("What is the total salary?", [relation]) is None
    [whole] = relations_of("v", Structure(nodes[:-1]), {1: text[:23]}, "pay")
    assert computed("What is the total salary?", [whole]) == "5"


def test_a_table_beyond_the_limits_is_left_out_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "\n".join(f"A{number},{number}" for number in range(300))
    assert relations_in(tmp_path, "few.csv", f"id,amount\n{lines}\n")
    monkeypatch.setattr(module, "MOST_CELLS", 500)
    assert relations_in(tmp_path, "many.csv", f"id,amount\n{lines}\n") == []


def test_formulas_as_text_are_text(tmp_path: Path) -> None:
    content = 'item,amount\nPen,"=1+1"\nInk,"=CMD()"\nPad,"=SUM(B2:B9)"\n'
    relations = relations_in(tmp_path, "hostile.csv", content)
    assert all(column.kind is not ValueKind.NUMBER for relation in relations for column in relation.columns)
    assert computed("What is the total amount?", relations) is None


def test_a_group_s_name_is_carried_down_and_an_empty_cell_among_full_ones_is_not(tmp_path: Path) -> None:
    grouped = "dept,name,age\nSales,Ann,30\n,Bob,31\n,Cid,32\nLegal,Dan,33\n,Eve,34\n"
    [relation] = relations_in(tmp_path, "grouped.csv", grouped)
    assert [row.cells[0].text if row.cells[0] else "" for row in relation.rows] == ["Sales"] * 3 + [
        "Legal"
    ] * 2
    gap = "dept,name,age\nSales,Ann,30\nSales,Bob,31\n,Cid,32\nLegal,Dan,33\nLegal,Eve,34\n"
    [relation] = relations_in(tmp_path, "gap.csv", gap)
    assert relation.rows[2].cells[0] is None


def test_a_sheet_over_several_pages_is_one_table(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["番号", "部署", "金額"])
    for number in range(700):
        sheet.append([f"A{number}", "営業" if number % 2 else "総務", number])
    relations = relations_in(tmp_path, "long.xlsx", _saved(book))
    assert computed("営業の金額の合計はいくらですか", relations) == f"{sum(range(1, 700, 2)):,}"
