"""Tables that the asker gives: read in every form, worked out, filled in, refused where figures differ."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import pytest

from contract.values import FieldKind
from core.errors import BadValue, RulesBad, TemplateBad
from drafts.filling import fill
from drafts.inspecting import inspected
from drafts.making import content_of, missing_of
from drafts.outline import Column, Computed, DraftOutline, Field
from drafts.rows import computed_figures, read_rows
from drafts.sidecar import outline_of
from drafts.values import Brief, read_brief
from language.amounts import amount_of, tax_of

TODAY = datetime.date(2026, 4, 1)
SIDECAR = """fields:
  明細: {columns: {金額: {times: [単価, 数量]}}}
computed:
  消費税: {sum: 明細.金額, rate: 10%}
  合計: {sum: [明細.金額, 消費税]}
"""
ROWS = '品名,数量,単価\n机,2台,"12,800円"\n椅子,4,4.5千円\n値引き,1,"▲1,005"\n'


@pytest.mark.parametrize(
    ("text", "value", "unit", "tax"),
    [
        ("486万円", 4_860_000, "JPY", ""), ("▲5,000", -5000, "", ""), ("(5,000)", -5000, "", ""),
        ("税込 12,800円", 12_800, "JPY", "incl"), ("12,800円（税抜）", 12_800, "JPY", "excl"),
        ("¥1,200-", 1200, "¥", ""), ("￥４，８００", 4800, "¥", ""), ("1億2,000万円", 120_000_000, "JPY", ""),
        ("金四百八十六万円也", 4_860_000, "JPY", ""), ("肆佰捌拾陆万元整", 4_860_000, "CNY", ""),
        ("人民币48.6万元", 486_000, "CNY", ""), ("不含税48,000元", 48_000, "CNY", "excl"),
        ("$1.2 million", 1_200_000, "USD", ""), ("£4.5k", 4500, "GBP", ""), ("10%", 10, "%", ""),
        ("EUR 99 excl. VAT", 99, "EUR", "excl"), ("30千円", 30_000, "JPY", ""), ("-¥5,000", -5000, "¥", ""),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text: str, value: int, unit: str, tax: str) -> None:
    amount = amount_of(text)
    assert amount is not None and (amount.value, amount.unit, amount.tax) == (Decimal(value), unit, tax)


@pytest.mark.parametrize(
    "text", ["", "many", "4,86,000", "12 34", "1万1億", "約3万円", "100円×3", "万円", "5 usd eur"]
)
def test_what_is_no_amount_or_more_than_one_is_none(text: str) -> None:
    assert amount_of(text) is None


def test_an_amount_of_more_digits_than_are_reckoned_with_is_none() -> None:
    assert amount_of(f"{'9' * 45} million") is None
    amount = amount_of(f"{'9' * 18} million")
    assert amount is not None and amount.value > 10**23


ITEMS = Field(
    "items", "Items", FieldKind.ROWS,
    columns=(
        Column("item", "Item"), Column("count", "Count", number=True), Column("price", "Price", number=True),
        Column("amount", "Amount", number=True, times=("count", "price")),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("|---|---|\n", "no row"), (",,,\n", "no row"), ("Item,Count,Price\n", "no row"),
        (f"Item,Count,Price\nDesk,2,{'9' * 50}\n", "is no number"),
        (f"Item,Count,Price\nDesk,2,{'9' * 18} million\n", "too large"),
        ("Item,Count,Price\nDesk,2,0.123456789\n", "decimals"),
    ],
)  # fmt: skip
def test_a_table_of_nothing_or_of_figures_beyond_reckoning_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadValue, match=problem):
        read_rows(ITEMS, text, "en")


def test_empty_columns_at_the_right_are_left_out_and_large_products_are_exact() -> None:
    large = "9" * 17
    table = read_rows(ITEMS, f"\ufeffItem,Count,Price,,\nDesk,{large},{large},,\nTotal,,,,\n", "en")
    assert table.figures[0]["amount"].value == Decimal(int(large) ** 2)
    tax = Computed("vat", "VAT", ("items.amount",), rate="10")
    figures = computed_figures((tax,), {"items": table}, {}, {}, "en")
    assert figures["vat"].text.replace(",", "") == f"{int(large) ** 2 // 10}.10"


@pytest.mark.parametrize("rate", [".nan", ".inf", "1e999", "a tenth"])
def test_a_rate_that_cannot_be_reckoned_with_is_refused(tmp_path: Path, rate: str) -> None:
    with pytest.raises(RulesBad, match="is no rate"):
        outline(form(tmp_path), SIDECAR.replace("10%", rate))


def test_words_for_tax_are_known_alone() -> None:
    assert [tax_of(text) for text in ("税込", "税抜", "不含税", "含税", "excl. VAT", "税務課")] == [
        "incl", "excl", "excl", "incl", "excl", "",
    ]  # fmt: skip


def form(folder: Path, *, unit: str = "円", header: str = "単価（円）") -> Path:
    document = docx.Document()
    document.add_paragraph(f"合計金額 {{{{ 合計 }}}}{unit}")
    rows = [
        ["番号", "品名", "数量", header, "金額（円）"],
        ["{%tr for item in 明細 %}", "", "", "", ""],
        [
            "{{ item.番号 }}", "{{ item.品名 }}", "{{ item.数量 | number }}", "{{ item.単価 | number }}",
            "{{ item.金額 | number }}",
        ],
        ["{%tr endfor %}", "", "", "", ""],
        ["", "", "", "小計", '{{ 明細 | total("金額") }}'],
        ["", "", "", "消費税", "{{ 消費税 }}"],
    ]  # fmt: skip
    table = document.add_table(rows=len(rows), cols=5)
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    path = folder / "form.docx"
    document.save(str(path))
    return path


def outline(path: Path, sidecar: str = SIDECAR) -> DraftOutline:
    placeholders, _ = inspected(path, path.name)
    return outline_of(placeholders, "ja", "form.yaml", sidecar)


def made(path: Path, rows: str, folder: Path, sidecar: str = SIDECAR) -> tuple[list[list[str]], str, Brief]:
    shown = outline(path, sidecar)
    brief = read_brief(shown, {"明細": rows} if rows else {}, "", today=TODAY)
    out = folder / "out.docx"
    fill(path, out, content_of(shown, brief, []), path.name)
    document = docx.Document(str(out))
    cells = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    return cells, document.paragraphs[0].text, brief


def test_rows_stand_with_their_products_totals_and_tax(tmp_path: Path) -> None:
    path = form(tmp_path)
    shown = outline(path)
    assert [field.kind for field in shown.fields] == [FieldKind.ROWS]
    assert [column.unit for column in shown.fields[0].columns][-2:] == ["円", "円"]
    assert DraftOutline.unpacked(shown.packed()) == shown
    cells, total, _ = made(path, ROWS, tmp_path)
    assert cells[1:] == [
        ["1", "机", "2台", "12,800", "25,600"],
        ["2", "椅子", "4", "4,500", "18,000"],
        ["3", "値引き", "1", "▲1,005", "▲1,005"],
        ["", "", "", "小計", "42,595"],
        ["", "", "", "消費税", "4,259"],
    ]
    assert total == "合計金額 46,854円"


@pytest.mark.parametrize(
    "text",
    [
        "品名\t数量\t単価\n机\t2\t100\n椅子\t1\t50\n",
        "| 品名 | 数量 | 単価 |\n|---|--:|---|\n| 机 | 2 | 100円 |\n| 椅子 | 1 | 50円 |\n",
        "単価（円）,品名,数量\n100,机,2\n50,椅子,1\n",
        "品名,数量,単価,金額\n机,2,100,200\n椅子,1,50,50\n合計,,,250\n",
    ],
)
def test_a_table_is_taken_in_every_form(tmp_path: Path, text: str) -> None:
    cells, _, brief = made(form(tmp_path), text, tmp_path)
    assert [row[4] for row in cells[1:4]] == ["200", "50", "250"]
    assert brief.computed["合計"].text == "275"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("品名,数量,単価,金額\n机,2,100,190\n", "2 × 100|100 × 2"),
        ("品名,数量,単価\n机,2,100\n合計,,300\n", "300 was given"),
        ("品名,数量,単価\n机,2,12,800\n", "quotation marks"),
        ("品名,数量,値段\n机,2,100\n", "no column “値段”"),
        ("品名,数量,単価\n机,2,many\n", "no number"),
        ("品名,数量,単価\n机,2,100円\n椅子,1,$5\n", "another currency|among rows"),
        ("机\n", "names no column"),
    ],
)
def test_what_does_not_add_up_or_fit_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(BadValue, match=problem):
        read_brief(outline(form(tmp_path)), {"明細": text}, "", today=TODAY)


def test_a_total_that_was_given_has_to_be_the_rows(tmp_path: Path) -> None:
    shown = outline(form(tmp_path))
    rows = "品名,数量,単価\n机,2,100\n"
    assert read_brief(shown, {"明細": rows}, "合計：220円", today=TODAY).computed["合計"].text == "220"
    with pytest.raises(BadValue, match="its parts make 220"):
        read_brief(shown, {"明細": rows}, "合計：230円", today=TODAY)


def test_a_missing_figure_leaves_marked_blanks_and_no_wrong_total(tmp_path: Path) -> None:
    cells, total, brief = made(form(tmp_path), "品名,数量,単価\n机,2,100\n椅子,1,\n", tmp_path)
    assert cells[2][3] == "【要記入：単価】" and cells[3][4] == "【要記入：金額】"
    assert "【要記入：合計】" in total and brief.computed == {}
    shown = outline(form(tmp_path))
    assert missing_of(shown, brief, []) == ("明細: 単価", "明細: 金額", "消費税", "合計")
    cells, _, _ = made(form(tmp_path), "", tmp_path)
    assert cells[1][1] == "【要記入：明細】"


def test_rates_by_row_and_units_of_thousands(tmp_path: Path) -> None:
    sidecar = """fields:
  明細: {columns: {金額: {times: [単価, 数量]}, 税率: {kind: number}}}
computed:
  消費税: {sum: 明細.金額, where: {税率: 8%}, rate: 8, rounding: up}
  合計: {sum: [明細.金額, 消費税]}
"""
    path = form(tmp_path, header="単価（千円）")
    shown = outline(path, sidecar)
    rows = '品名,数量,単価,税率\n茶,2,2千円,8%\n机,1,"5,000円",10%\n'
    brief = read_brief(shown, {"明細": rows}, "", today=TODAY)
    assert [row["単価"] for row in brief.fields["明細"].rows.rows] == ["2", "5"]  # type: ignore[union-attr]
    assert brief.computed["消費税"].text == "1"  # 8 % of 4, rounded up


def test_an_amount_brings_its_words_for_tax_and_keeps_to_its_currency(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("金額 {{ 金額 | number }}円　{{ 区分 }}")
    document.add_paragraph("保守 {{ 保守 | number }}千円、前払 {{ 前払 | number }}")
    path = tmp_path / "form.docx"
    document.save(str(path))
    plain, taxed = outline(path, ""), outline(path, "fields: {区分: {choices: [税込, 税抜], default: 税込}}")
    given = {"金額": "税抜486万円", "保守": "24万円", "前払": "5,000円"}
    texts = {name: value.text for name, value in read_brief(taxed, given, "", today=TODAY).fields.items()}
    assert texts == {"金額": "4,860,000", "区分": "税抜", "保守": "240", "前払": "5,000円"}
    assert read_brief(plain, given, "", today=TODAY).fields["金額"].text == "税抜4,860,000"
    with pytest.raises(BadValue, match="says 税抜"):
        read_brief(taxed, given | {"区分": "税込"}, "", today=TODAY)
    with pytest.raises(BadValue, match="another currency"):
        read_brief(plain, {"金額": "$1,200"}, "", today=TODAY)


@pytest.mark.parametrize(
    ("sidecar", "problem"),
    [
        ("fields: {明細: {columns: {金額: {times: [重さ, 数量]}}}}", "重さ is no column"),
        ("fields: {明細: {kind: text}}", "is a table"),
        ("computed: {合計: {sum: 明細.品名}}", "no figure above it"),
        ("computed: {合計: {sum: 明細.金額, rate: much}}", "no rate"),
        ("computed: {総額: {sum: 明細.金額}}", "has no {{ 総額 }}"),
    ],
)
def test_a_sidecar_that_does_not_fit_its_table_is_refused(tmp_path: Path, sidecar: str, problem: str) -> None:
    with pytest.raises(RulesBad, match=problem):
        outline(form(tmp_path), sidecar)


@pytest.mark.parametrize(
    "text",
    [
        "{{ 明細.品名 }}",
        '{{ 明細 | total("金額") }}',
        "{% for item in 明細 %}{{ item.品名.x }}{% endfor %}",
        "{% for item in 明細 %}{{ item.__class__ }}{% endfor %}",
        "{{ 明細 | total }}",
    ],
)  # fmt: skip
def test_a_dot_takes_nothing_but_a_rows_column(tmp_path: Path, text: str) -> None:
    document: Any = docx.Document()
    document.add_paragraph(text)
    path = tmp_path / "form.docx"
    document.save(str(path))
    with pytest.raises(TemplateBad):
        inspected(path, path.name)


def test_money_with_decimals_has_two_of_them_throughout() -> None:
    columns = tuple(replace(column, decimals=None) for column in ITEMS.columns)
    rows = read_rows(replace(ITEMS, columns=columns), "Item,Count,Price\nRoll,40,65.5\nDrum,4,1280\n", "zh")
    assert [row["amount"] for row in rows.rows] == ["2,620.00", "5,120.00"]
    wanted = [
        Computed("tax", "Tax", terms=("items.amount",), rate="13"),
        Computed("all", "All", terms=("items.amount", "tax")),
    ]
    made = computed_figures(wanted, {"items": rows}, {}, {"tax": "1,006.2"}, "zh")
    assert (made["tax"].text, made["all"].text) == ("1,006.20", "8,746.20")
    whole = read_rows(ITEMS, "Item,Count,Price\nDrum,4,1280\n", "zh")
    assert [row["amount"] for row in whole.rows] == ["5,120"]
