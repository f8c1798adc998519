"""Writes the two workbooks of docs/tables: `python -m bench.answers.office.make_tables`. All of it is made up."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

TABLES = Path(__file__).parent / "docs" / "tables"
WRITTEN = datetime(2025, 10, 1)

EXTENSIONS = {
    ("本社", "総務部", "総務課"): (
        ("部長", "黒川 修平", 201, "070-0000-0201"), ("課長", "柿本 千晶", 210, "070-0000-0210"),
        ("係長", "比嘉 徹", 214, ""), ("一般", "三枝 もえ", 215, ""), ("一般", "名取 康太", 216, ""),
    ),
    ("本社", "総務部", "人事課"): (
        ("課長", "浅野 律子", 220, "070-0000-0220"), ("係長", "土屋 健吾", 222, ""), ("一般", "小宮 あかり", 223, ""),
    ),
    ("本社", "総務部", "経理課"): (
        ("課長", "渋谷 宏明", 230, "070-0000-0230"), ("係長", "永瀬 久美", 231, ""), ("一般", "乾 大輔", 232, ""),
        ("一般", "遠野 さや", 233, ""),
    ),
    ("本社", "営業部", "営業課"): (
        ("部長", "真壁 正臣", 301, "070-0000-0301"), ("課長", "桐谷 直", 310, "070-0000-0310"),
        ("係長", "秋庭 美穂", 311, "070-0000-0311"), ("一般", "鳥居 翔", 312, "070-0000-0312"),
        ("一般", "若宮 葵", 313, "070-0000-0313"),
    ),
    ("本社", "技術部", "設計課"): (
        ("部長", "神代 隆", 401, "070-0000-0401"), ("課長", "折原 誠", 410, ""), ("係長", "篠塚 香織", 411, ""),
        ("一般", "堀之内 蓮", 412, ""), ("一般", "平良 奈々", 413, ""),
    ),
    ("第一工場", "生産部", "生産管理課"): (
        ("工場長", "熊谷 義男", 501, "070-0000-0501"), ("課長", "江口 瑞穂", 510, ""), ("係長", "田邊 豊", 511, ""),
    ),
    ("第一工場", "生産部", "製造課"): (
        ("課長", "大迫 力", 520, "070-0000-0520"), ("班長", "新垣 光", 521, ""), ("班長", "勝又 実", 522, ""),
        ("班長", "リン・フオン", 523, ""),
    ),
    ("第一工場", "生産部", "保全課"): (("課長", "野添 昭", 530, "070-0000-0530"), ("班長", "古賀 伸一", 531, "")),
    ("第一工場", "品質部", "品質保証課"): (
        ("部長", "相馬 芳江", 601, "070-0000-0601"), ("課長", "戸部 駿", 610, ""), ("一般", "早乙女 凛", 611, ""),
    ),
}  # fmt: skip

MONTHS = ("4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月", "1月", "2月", "3月")
SALES = {
    ("切削部品", "国内"): (412, 398, 431, 447, 376, 455, 468, 472, 490, 401, 433, 521),
    ("切削部品", "輸出"): (118, 124, 109, 131, 127, 140, 122, 119, 135, 98, 117, 144),
    ("精密歯車", "国内"): (236, 241, 228, 252, 219, 260, 247, 255, 263, 214, 239, 281),
    ("精密歯車", "輸出"): (87, 92, 95, 83, 79, 101, 106, 98, 112, 74, 90, 119),
    ("治具", "国内"): (54, 61, 58, 49, 66, 72, 57, 63, 70, 45, 52, 88),
    ("保守サービス", "国内"): (31, 29, 33, 30, 34, 36, 32, 31, 40, 28, 30, 47),
}


def main() -> None:
    """Writes both workbooks."""
    _save(_extensions(), "内線番号表_2025年10月.xlsx")
    _save(_sales(), "売上実績_2024年度.xlsx")


def _extensions() -> Workbook:
    book, sheet = _book("内線番号表")
    sheet.append(["株式会社ミナトベ精工　内線番号表（2025年10月1日現在）"])
    sheet.append(["所属", None, None, "氏名・役職", None, "電話", None])
    sheet.append(["事業所", "部", "課", "役職", "氏名", "内線", "社用携帯"])
    for area in ("A1:G1", "A2:C2", "D2:E2", "F2:G2"):
        sheet.merge_cells(area)
    for (place, division, section), people in EXTENSIONS.items():
        first = sheet.max_row + 1
        for post, name, extension, mobile in people:
            sheet.append([place, division, section, post, name, extension, mobile or "―"])
        sheet.merge_cells(start_row=first, end_row=sheet.max_row, start_column=3, end_column=3)
    sheet.append(["守衛所（24時間）の内線は110、食堂の内線は150、医務室の内線は160です。"])
    _bold(sheet, 3)
    return book


def _sales() -> Workbook:
    book, sheet = _book("売上実績")
    sheet.append(["株式会社ミナトベ精工　製品別売上実績　2024年度（単位：百万円）"])
    sheet.append(["製品", "区分", "上期", *[None] * 5, "下期", *[None] * 5])
    sheet.append([None, None, *MONTHS])
    for area in ("A1:N1", "A2:A3", "B2:B3", "C2:H2", "I2:N2"):
        sheet.merge_cells(area)
    for (product, market), months in SALES.items():
        sheet.append([product, market, *months])
    sheet.merge_cells("A4:A5")
    sheet.merge_cells("A6:A7")
    sheet.append(["注　輸出は円換算。治具と保守サービスの輸出はない。"])
    _bold(sheet, 3)
    return book


def _book(title: str) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has a worksheet")
    sheet.title = title
    book.properties.created = WRITTEN
    return book, sheet


def _bold(sheet: Worksheet, rows: int) -> None:
    for row in sheet.iter_rows(min_row=1, max_row=rows):
        for cell in row:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(horizontal="center", vertical="center")


def _save(book: Workbook, name: str) -> None:
    TABLES.mkdir(parents=True, exist_ok=True)
    book.save(TABLES / name)


if __name__ == "__main__":
    main()
