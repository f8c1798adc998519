"""Sheets that are laid out as paper: forms in merged cells, shapes with arrows, notes, print areas."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from office_files import relations, row, workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from ingest.formats import XLSX
from ingest.pages import PageContent
from ingest.places import place_of
from ingest.readers.opening import ReadingRequest, pages_of

pytestmark = pytest.mark.fast
D = "http://schemas.openxmlformats.org/drawingml/2006"


def read(folder: Path, content: bytes | openpyxl.Workbook) -> list[PageContent]:
    path = folder / "a.xlsx"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content.save(path)
    return list(pages_of(path, "a.xlsx", XLSX, ReadingRequest(100)))


def lines(pages: list[PageContent]) -> dict[str, str]:
    """The text of each block, with its place."""
    return {
        page.text[block.start : block.end]: place_of(page, block.start, block.end).shown
        for page in pages for block in page.blocks
    }  # fmt: skip


def form(*cells: tuple[str, str | int], bold: tuple[str, ...] = ()) -> openpyxl.Workbook:
    """A sheet of small squares, with merged cells of those texts."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for area, value in cells:
        first = area.split(":")[0]
        sheet[first] = value
        if ":" in area:
            sheet.merge_cells(area)
        if area in bold:
            sheet[first].font = Font(bold=True)
        sheet[first].fill = PatternFill("solid", fgColor="FFFFFF")  # white as the paper
    return book


def test_a_form_in_merged_cells_is_read_line_by_line_and_has_no_header(tmp_path: Path) -> None:
    pages = read(tmp_path, form(
        ("A1:X1", "出張申請書"),
        ("A3:D4", "申請者"), ("E3:L3", "所属"), ("M3:X3", "総務部"),
        ("E4:L4", "氏名："), ("M4:X4", "佐藤 太郎"),
        ("A5:D8", "旅程"), ("E5:H5", "出発日"), ("I5:P5", "2026年5月1日"), ("Q5:T5", "泊数"), ("U5:X5", 2),
        ("E6:H6", "目的地"), ("I6:X6", "大阪"),
        ("E7:H7", "交通費"), ("I7:P7", 13870), ("Q7:T7", "宿泊費"), ("U7:X7", 18000),
        ("E8:H8", "区分"), ("I8:X8", "□ 国内　☒ 海外"),
        ("A9:D9", "承認"), ("E9:L9", "年　月　日"), ("M9:P9", "印"),
    ))  # fmt: skip
    shown = lines(pages)
    assert shown["申請者 | 氏名: 佐藤 太郎"] == "sheet Sheet, A4:X4"
    assert shown["旅程 | 交通費: 13870 | 宿泊費: 18000"] == "sheet Sheet, A7:X7"
    assert "旅程 | 出発日: 2026年5月1日 | 泊数: 2" in shown
    assert "旅程 | 区分 | □ 国内 ☒ 海外" in shown
    assert not any(block.header for page in pages for block in page.blocks)
    assert not any(">" in text for text in shown)


def test_labels_that_stand_out_name_what_is_beside_them(tmp_path: Path) -> None:
    shown = lines(read(tmp_path, form(
        ("A1:C1", "品名"), ("D1:H1", "机"), ("I1:K1", "納期"), ("L1:P1", "来週"), bold=("A1:C1", "I1:K1"),
    )))  # fmt: skip
    assert "品名: 机 | 納期: 来週" in shown


def test_a_table_in_a_form_keeps_its_header(tmp_path: Path) -> None:
    shown = lines(read(tmp_path, form(
        ("A1:H1", "品名"), ("I1:L1", "数量"), ("M1:P1", "単価"),
        ("A2:H2", "机"), ("I2:L2", 5), ("M2:P2", 4100),
        ("A3:H3", "椅子"), ("I3:L3", 8), ("M3:P3", 2200),
        ("A4:H4", "合計"), ("I4:L4", 13), ("M4:P4", 38100),
        ("A5:P5", "備考：分割納品を可とする。"),
    )))  # fmt: skip
    assert shown["品名: 椅子 | 数量: 8 | 単価: 2200"] == "sheet Sheet, A3:P3"
    assert "品名: 合計 | 数量: 13 | 単価: 38100" in shown
    assert "備考：分割納品を可とする。" in shown


def test_a_header_of_two_rows_stays_one(tmp_path: Path) -> None:
    shown = lines(read(tmp_path, form(
        ("A1:A2", "拠点"), ("B1:C1", "売上"), ("D1:E1", "費用"), ("B2", "4月"), ("C2", "5月"), ("D2", "4月"),
        ("E2", "5月"), ("A3", "京都"), ("B3", 1), ("C3", 2), ("D3", 3), ("E3", 4),
        ("A4", "神戸"), ("B4", 5), ("C4", 6), ("D4", 7), ("E4", 8),
    )))  # fmt: skip
    assert "拠点: 神戸 | 売上 > 4月: 5 | 売上 > 5月: 6 | 費用 > 4月: 7 | 費用 > 5月: 8" in shown


def shape(number: int, text: str, row_at: int, column: int) -> str:
    corner = "<xdr:{0}><xdr:col>{1}</xdr:col><xdr:row>{2}</xdr:row></xdr:{0}>".format
    return (
        f"<xdr:twoCellAnchor>{corner('from', column, row_at)}{corner('to', column + 2, row_at + 1)}<xdr:sp>"
        "<xdr:nvSpPr>"
        f'<xdr:cNvPr id="{number}" name="s"/></xdr:nvSpPr><xdr:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p>'
        "</xdr:txBody></xdr:sp></xdr:twoCellAnchor>"
    )


def line(first: int, last: int, heads: str) -> str:
    return (
        "<xdr:twoCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:row>3</xdr:row></xdr:from><xdr:to>"
        f"<xdr:col>2</xdr:col><xdr:row>6</xdr:row></xdr:to><xdr:cxnSp><xdr:nvCxnSpPr>"
        '<xdr:cNvPr id="90" name="c"/><xdr:cNvCxnSpPr>'
        f'<a:stCxn id="{first}" idx="2"/><a:endCxn id="{last}" idx="0"/></xdr:cNvCxnSpPr>'
        "</xdr:nvCxnSpPr><xdr:spPr>"
        f"<a:ln>{heads}</a:ln></xdr:spPr></xdr:cxnSp></xdr:twoCellAnchor>"
    )


def test_shapes_stand_where_they_lie_and_arrows_are_told(tmp_path: Path) -> None:
    drawing = (
        f'<xdr:wsDr xmlns:xdr="{D}/spreadsheetDrawing" xmlns:a="{D}/main">'
        + shape(3, "承認", 8, 1) + shape(2, "申請", 1, 1) + shape(4, "差戻し", 4, 6) + shape(5, "", 9, 9)
        + line(2, 3, '<a:tailEnd type="triangle"/>') + line(4, 3, '<a:headEnd type="arrow"/>')
        + line(2, 4, "") + line(2, 5, "") + line(2, 77, "") + line(2, 3, '<a:tailEnd type="stealth"/>')
        + "</xdr:wsDr>"
    )  # fmt: skip
    book = workbook(
        row(1, "業務の流れ"),
        related=[("d1", "drawing", "../drawings/d1.xml")],
        xl__drawings__d1_dot_xml=drawing,
    )
    shown = lines(read(tmp_path, book))
    assert list(shown) == [
        "業務の流れ",
        "申請",
        "差戻し",
        "承認",
        "申請 → 承認",
        "承認 → 差戻し",
        "申請 — 差戻し",
    ]
    assert shown["申請"] == "sheet Data, B2:D3"
    assert shown["申請 → 承認"] == "sheet Data, B4:C7"


def test_notes_say_who_wrote_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["B1"] = "単価", 5
    sheet["A1"].comment, sheet["B1"].comment = Comment("要確認", "鈴木"), Comment("田中:\n値上げ", "田中")
    assert list(lines(read(tmp_path, book)))[-2:] == ["A1: 鈴木: 要確認", "B1: 田中:\n値上げ"]
    thread = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    written = workbook(
        row(1, "単価", 5),
        related=[("c1", "comments", "../comments1.xml"), ("t1", "threadedComment", "../t1.xml")],
        xl__comments1_dot_xml=f'<comments xmlns="{main}"><authors><author>tc={{1}}</author></authors>'
        "<commentList>"
        '<comment ref="B1" authorId="0"><text><t>[Threaded comment] …</t></text></comment></commentList>'
        "</comments>",
        xl__t1_dot_xml=f'<ThreadedComments xmlns="{thread}"><threadedComment ref="B1" personId="p1">'
        "<text>高い？</text>"
        '</threadedComment><threadedComment ref="B1" personId="p2"><text>妥当です</text></threadedComment>'
        "</ThreadedComments>",
        xl__persons__p_dot_xml=f'<personList xmlns="{thread}"><person displayName="佐藤" id="p1"/>'
        '<person displayName="伊藤" id="p2"/></personList>',
        **{"xl/_rels/workbook.xml.rels": relations(
            ("s1", "worksheet", "worksheets/sheet1.xml"), ("p", "person", "persons/p.xml"))},
    )  # fmt: skip
    assert list(lines(read(tmp_path, written)))[-2:] == ["B1: 佐藤: 高い？", "B1: 伊藤: 妥当です"]


def test_each_print_area_is_a_page_and_hidden_rows_stand_apart(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["品名", "数", "価格", "覚え"], ["机", 5, 4100, "A"], ["椅子", 8, 2200, "B"]):
        sheet.append(line)
    sheet.append(["部署", "人数", "階"])
    sheet.append(["総務", 7, 3])
    sheet.append(["経理", 4, 2])
    sheet.row_dimensions[3].hidden = True
    sheet.print_area = "A1:C3,A4:C6"
    pages = read(tmp_path, book)
    assert [(page.text.split("\n"), page.source) for page in pages] == [
        (["品名 | 数 | 価格", "品名: 机 | 数: 5 | 価格: 4100"], "layer"),
        (["部署 | 人数 | 階", "部署: 総務 | 人数: 7 | 階: 3", "部署: 経理 | 人数: 4 | 階: 2"], "layer"),
        (["覚え", "A"], "layer"),
        (["品名: 椅子 | 数: 8 | 価格: 2200", "B"], "hidden"),
    ]
    assert lines(pages)["品名: 椅子 | 数: 8 | 価格: 2200"] == "sheet Sheet, A3:C3"


def test_days_on_a_charts_axis_are_days(tmp_path: Path) -> None:
    from lxml import etree

    from ingest.readers.office.drawings import chart_lines

    c = f"{D}/chart"
    points = '<c:pt idx="0"><c:v>{}</c:v></c:pt>'.format
    root = etree.fromstring(
        f'<c:chartSpace xmlns:c="{c}"><c:ser><c:tx><c:v>机</c:v></c:tx><c:cat><c:numRef><c:numCache>'
        f"<c:formatCode>yyyy/m</c:formatCode>{points(46143)}</c:numCache></c:numRef></c:cat><c:val><c:numRef><c:numCache>"
        f"<c:formatCode>#,##0</c:formatCode>{points(13000)}</c:numCache></c:numRef></c:val></c:ser></c:chartSpace>"
    )
    assert list(chart_lines(root)) == ["机 | 2026/5: 13,000"]
