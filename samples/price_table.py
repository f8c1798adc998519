"""Writes the price table as an Excel workbook: five sheets, merged headers, formulas with values.

The prices agree with the other documents: the kit OK-200 costs what the minutes reckon with, and
the products are those of the manual.
"""
# XlsxWriter is no run-time dependency:
# mypy: disable-error-code="import-not-found,import-untyped"

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

FILE_NAME = "price-table.xlsx"
VALID_FROM = date(2026, 10, 1)
VALID_UNTIL = date(2027, 3, 31)
WRITTEN = datetime(2026, 9, 15, 9, 0)
DISCOUNT_10, DISCOUNT_50 = 0.05, 0.12
TAX_PERCENT = 10
YEN_PER_DOLLAR, YEN_PER_EURO, YEN_PER_YUAN = 150, 165, 21


@dataclass(frozen=True)
class Product:
    """A product or part; `price` in yen without tax."""

    code: str
    name: str
    english_name: str
    detail: str
    price: int


PUMPS = (
    Product("AP-120", "定量ポンプ", "Metering pump", "0.1～6 L/h、1.0 MPa", 98_000),
    Product("AP-200", "定量ポンプ", "Metering pump", "0.2～12 L/h、1.0 MPa", 148_000),
    Product("AP-350", "定量ポンプ", "Metering pump", "0.5～35 L/h、0.7 MPa", 236_000),
    Product("AV-15", "背圧弁", "Back-pressure valve", "呼び径15、0.1～1.0 MPa", 32_000),
    Product("AV-25", "背圧弁", "Back-pressure valve", "呼び径25、0.1～1.0 MPa", 41_500),
)
PARTS = (
    Product("DK-200", "ダイヤフラムキット", "Diaphragm kit", "AP-200用、4,000時間ごと", 9_800),
    Product("VK-200", "弁キット", "Valve kit", "AP-200用、8,000時間ごと", 14_500),
    Product("OK-200", "Oリングキット", "O-ring kit", "AP-200用、弁キットと同時", 3_200),
    Product("FS-06", "フート弁ストレーナ", "Foot valve strainer", "網目0.3 mm", 2_400),
    Product("SV-200", "年間保守（AP-200）", "Yearly service", "訪問点検年2回を含む", 24_000),
)
REVISIONS = (
    (date(2025, 4, 1), "3.0", "AP-350を追加", "北村 聡"),
    (date(2025, 10, 1), "3.1", "AV-25の価格を40,000円から41,500円に改定", "北村 聡"),
    (date(2026, 10, 1), "4.0", "AP-200の価格を142,000円から148,000円に改定", "北村 聡"),
)
QUOTED = ((PUMPS[1], 12), (PARTS[0], 12), (PARTS[1], 6), (PARTS[4], 12))


@dataclass(frozen=True)
class Formats:
    """The cell formats of the workbook."""

    title: Any
    head: Any
    text: Any
    number: Any
    yen: Any
    bold_yen: Any
    dollar: Any
    euro: Any
    yuan: Any
    day: Any


def write_price_table(folder: Path) -> Path:
    """Writes the workbook into `folder` and returns its path."""
    path = folder / FILE_NAME
    workbook = xlsxwriter.Workbook(str(path))
    workbook.set_properties(
        {
            "title": "製品価格表",
            "author": "青葉精機株式会社 営業部",
            "company": "青葉精機株式会社",
            "created": WRITTEN,
        }
    )
    formats = _formats(workbook)
    _write_prices(workbook.add_worksheet("製品価格"), formats, "製品価格表", PUMPS)
    _write_prices(workbook.add_worksheet("部品・保守"), formats, "部品・保守価格表", PARTS)
    _write_export(workbook.add_worksheet("Export prices"), formats)
    _write_quote(workbook.add_worksheet("見積例"), formats)
    _write_revisions(workbook.add_worksheet("改定履歴"), formats)
    workbook.close()
    return path


def _formats(workbook: Any) -> Formats:
    ruled = {"border": 1, "valign": "vcenter", "font_name": "Yu Gothic", "font_size": 10}
    filled = {"bold": True, "align": "center", "bg_color": "#E6EBF1"}

    def cell(**more: Any) -> Any:
        return workbook.add_format(ruled | more)

    return Formats(
        title=cell(bold=True, align="center", font_size=14),
        head=cell(**filled, text_wrap=True),
        text=cell(),
        number=cell(num_format="#,##0"),
        yen=cell(num_format='"¥"#,##0'),
        bold_yen=cell(num_format='"¥"#,##0', bold=True),
        dollar=cell(num_format="[$$-409]#,##0.00"),
        euro=cell(num_format="[$€-407]#,##0.00"),
        yuan=cell(num_format="[$CN¥-804]#,##0.00"),
        day=cell(num_format="yyyy/mm/dd", align="center"),
    )


def _print_settings(sheet: Any, name: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&L青葉精機株式会社　{name}&R社外秘")
    sheet.set_footer("&C&P / &N")


def _write_prices(sheet: Any, formats: Formats, title: str, products: tuple[Product, ...]) -> None:
    """List price, discounts by quantity and the price with tax, each computed from column D."""
    _print_settings(sheet, title)
    sheet.set_column("A:A", 10)
    sheet.set_column("B:C", 25)
    sheet.set_column("D:H", 14)
    sheet.merge_range("A1:H1", title, formats.title)
    sheet.merge_range("A2:B2", "適用期間", formats.head)
    sheet.write_datetime("C2", _moment(VALID_FROM), formats.day)
    sheet.write_datetime("D2", _moment(VALID_UNTIL), formats.day)
    sheet.merge_range("E2:H2", "単位：円　送料別", formats.text)
    for column, head in (("A", "型番"), ("B", "品名"), ("C", "仕様")):
        sheet.merge_range(f"{column}4:{column}5", head, formats.head)
    sheet.merge_range("D4:F4", "単価（税抜）", formats.head)
    sheet.merge_range("G4:G5", "標準価格（税込）", formats.head)
    sheet.merge_range("H4:H5", "適用開始日", formats.head)
    for column, head in (("D", "標準価格"), ("E", "10台以上"), ("F", "50台以上")):
        sheet.write(f"{column}5", head, formats.head)
    for row, product in enumerate(products, start=6):
        sheet.write(f"A{row}", product.code, formats.text)
        sheet.write(f"B{row}", product.name, formats.text)
        sheet.write(f"C{row}", product.detail, formats.text)
        sheet.write_number(f"D{row}", product.price, formats.yen)
        for column, factor in (("E", 1 - DISCOUNT_10), ("F", 1 - DISCOUNT_50)):
            value = round(product.price * factor)
            formula = f"=ROUND(D{row}*{factor:.2f},0)"
            sheet.write_formula(f"{column}{row}", formula, formats.yen, value)
        with_tax = product.price * (100 + TAX_PERCENT) // 100
        sheet.write_formula(f"G{row}", f"=D{row}*1.1", formats.yen, with_tax)
        sheet.write_datetime(f"H{row}", _moment(VALID_FROM), formats.day)
    sheet.freeze_panes(5, 1)


def _write_export(sheet: Any, formats: Formats) -> None:
    """Prices in three currencies, computed from the yen price and the rates in row 3."""
    _print_settings(sheet, "Export prices")
    sheet.set_column("A:A", 10)
    sheet.set_column("B:B", 24)
    sheet.set_column("C:F", 15)
    sheet.merge_range("A1:F1", "Export price list (EXW Matsumoto, Incoterms 2020)", formats.title)
    sheet.merge_range("A3:C3", "Yen per unit of currency", formats.head)
    rates = (
        ("D", "USD", YEN_PER_DOLLAR, formats.dollar),
        ("E", "EUR", YEN_PER_EURO, formats.euro),
        ("F", "CNY", YEN_PER_YUAN, formats.yuan),
    )
    sheet.write("A4", "Model", formats.head)
    sheet.write("B4", "Product", formats.head)
    sheet.write("C4", "JPY", formats.head)
    for column, currency, rate, _ in rates:
        sheet.write_number(f"{column}3", rate, formats.number)
        sheet.write(f"{column}4", currency, formats.head)
    for row, product in enumerate(PUMPS, start=5):
        sheet.write(f"A{row}", product.code, formats.text)
        sheet.write(f"B{row}", product.english_name, formats.text)
        sheet.write_number(f"C{row}", product.price, formats.yen)
        for column, _, rate, money in rates:
            value = round(product.price / rate, 2)
            sheet.write_formula(f"{column}{row}", f"=ROUND(C{row}/{column}$3,2)", money, value)
    sheet.freeze_panes(4, 1)


def _write_quote(sheet: Any, formats: Formats) -> None:
    """An example of a quotation: amounts, their sum, the tax and the total."""
    _print_settings(sheet, "見積例")
    sheet.set_column("A:A", 10)
    sheet.set_column("B:B", 25)
    sheet.set_column("C:E", 14)
    sheet.merge_range("A1:E1", "見積例（AP-200を12台導入する場合、標準価格）", formats.title)
    for column, head in zip("ABCDE", ("型番", "品名", "数量", "単価", "金額"), strict=True):
        sheet.write(f"{column}3", head, formats.head)
    first, last = 4, 3 + len(QUOTED)
    for row, (product, count) in enumerate(QUOTED, start=first):
        sheet.write(f"A{row}", product.code, formats.text)
        sheet.write(f"B{row}", product.name, formats.text)
        sheet.write_number(f"C{row}", count, formats.number)
        sheet.write_number(f"D{row}", product.price, formats.yen)
        sheet.write_formula(f"E{row}", f"=C{row}*D{row}", formats.yen, product.price * count)
    subtotal = sum(product.price * count for product, count in QUOTED)
    tax = subtotal * TAX_PERCENT // 100
    lines = (
        ("小計", f"=SUM(E{first}:E{last})", subtotal),
        ("消費税（10％）", f"=ROUNDDOWN(E{last + 1}*0.1,0)", tax),
        ("合計", f"=E{last + 1}+E{last + 2}", subtotal + tax),
    )
    for row, (name, formula, value) in enumerate(lines, start=last + 1):
        sheet.merge_range(f"A{row}:D{row}", name, formats.head)
        sheet.write_formula(f"E{row}", formula, formats.bold_yen, value)


def _write_revisions(sheet: Any, formats: Formats) -> None:
    _print_settings(sheet, "改定履歴")
    sheet.set_column("A:B", 12)
    sheet.set_column("C:C", 50)
    sheet.set_column("D:D", 14)
    sheet.merge_range("A1:D1", "改定履歴", formats.title)
    for column, head in zip("ABCD", ("適用日", "版", "内容", "承認者"), strict=True):
        sheet.write(f"{column}3", head, formats.head)
    for row, (day, version, change, approver) in enumerate(REVISIONS, start=4):
        sheet.write_datetime(f"A{row}", _moment(day), formats.day)
        for column, text in (("B", version), ("C", change), ("D", approver)):
            sheet.write_string(f"{column}{row}", text, formats.text)


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
