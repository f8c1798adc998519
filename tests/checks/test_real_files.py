"""What real files hold that made ones do not: statutes, numbers of articles, odd fields, sizes and spaces of
PDF, dates of Excel, hidden text, captions between tables."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from bench.checks.seeded_files import _Page, _pdf
from checks.document.document import CheckedDocument, DocumentFormat
from checks.findings import Finding
from checks.packs.loading import load_pack
from checks.packs.pack import Pack
from checks.readers.markdown import read_markdown
from checks.readers.reading import read_document
from checks.service.fixes import mend
from checks.service.runner import run_pack
from core.errors import RulesBad
from tests.making import pdf

Found = Callable[..., list[Finding]]
LADDER = "- {id: N, kind: numbering, ladder: ['第1', '1', (1), ア, a], after_sign: full_width_space}"
ARTICLES = "- {id: R, kind: reference, check: [article]}"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("会社法第362条及び第363条第2項による。", []),
        ("個人情報の保護に関する法律（平成15年法律第57号）第27条、第28条から第30条までによる。", []),
        ("旅費規程第9条による。同規程第10条も同じ。", []),
        ("依据《劳动合同法》第三十六条办理。", []),
        ("See Article 6 of the GDPR and Article 9 of the Treaty.", []),
        ("第9条による。", ["第9条"]),
        ("この規程第9条による。", ["第9条"]),
        ("服務規程第9条による。", ["第9条"]),
        ("民法第1条の趣旨により、第9条を定める。", ["第9条"]),
    ],
)
def test_articles_of_another_statute_are_not_this_documents(
    checked: Found, text: str, missing: list[str]
) -> None:
    assert [
        finding.quote for finding in checked(ARTICLES, f"# 服務規程\n\n## 第1条 目的\n\n{text}")
    ] == missing


def test_a_chapter_is_no_article(checked: Found) -> None:
    text = "## 第3章 休暇\n\n## 第1条 目的\n\n手続は第3条による。"
    assert [finding.quote for finding in checked(ARTICLES, text)] == ["第3条"]


@pytest.mark.parametrize(
    "text",
    [
        "# アンケート結果\n\n## システムの利用\n\n本文。",
        "# 第1章 総則\n\n## 第1条 目的\n\n本文。\n\n2　次のとおりとする。\n\n(1)　正社員\n\n(2)　嘱託\n\n"
        "# 第2章 人事\n\n## 第2条 採用\n\n本文。\n\n## 第2条の2 特例\n\n"
        "## 第3条から第5条まで 削除\n\n## 第6条 雑則",
        "## 第1条 目的\n\n第9条2項に該当するとき。\n\n第9条の時刻に従う。\n\n## 第2条 定義",
        "# 第1　目的\n\n## 1　背景\n\n### (1)　経緯\n\nアンケートを行う。",
    ],
)
def test_correct_numbers_and_words_are_left_alone(checked: Found, text: str) -> None:
    assert checked(LADDER, text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# 第1章 総則\n\n## 第1条 目的\n\n## 第3条 定義", 5),
        ("# 第1章 総則\n\n## 第1条 目的\n\n# 第3章 人事\n\n## 第2条 採用", 5),
        ("## 第1条 目的\n\n本文。\n\n3　次の項。\n\n## 第2条 定義", 5),
        ("## 第1条 目的\n\n(1)　甲\n\n(3)　乙\n\n## 第2条 定義", 5),
        ("# 第1　目的\n\n## 3　背景", 3),
    ],
)
def test_a_gap_is_told(checked: Found, text: str, line: int) -> None:
    assert [finding.place.line for finding in checked(LADDER, text)] == [line]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("{id: A, kind: style.date, allow: [令和YY年M/D]}", "5:31: no date is ever read as 令和YY年M/D"),
        ("{id: A, kind: numbering, ladder: ['1', １]}", "1 and １ are the same rung"),
        ("{id: A, kind: numbering, ladder: [アイウ]}", "アイウ is more than one sign"),
        (
            "{id: A, kind: approval, block: {labels: [長]}, when: {sum: '> 1'}, then: {labels_add: [社長]}}",
            "no rule of this pack reads a field sum",
        ),
    ],
)
def test_a_rule_that_can_never_find_anything_is_told_at_load(
    pack: Callable[..., Pack], rule: str, problem: str
) -> None:
    with pytest.raises(RulesBad, match=r"pack\.yml:5:\d+: ") as refused:
        pack(f"- {rule}")
    assert problem in str(refused.value)


@pytest.mark.parametrize("form", ["Mon D, YYYY", "RN.M.D", "D Month YYYY", "YYYY年MM月DD日", "M/D/YYYY"])
def test_forms_that_dates_have_are_taken(pack: Callable[..., Pack], form: str) -> None:
    pack(f"- {{id: A, kind: style.date, allow: ['{form}']}}")


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("人口は123456人、費用は4800円です。", ["123456", "4800"]),
        ("ISO 8601、RFC 2822、CMX-5740、JIS Z 8301による。", []),
        ("電話番号：0312345678、伝票番号 88012、〒1000001、10001号室、2026年", []),
    ],
)
def test_what_names_something_takes_no_comma(checked: Found, text: str, quotes: list[str]) -> None:
    rule = "- {id: T, kind: style.numbers, thousands: comma}"
    assert [finding.quote for finding in checked(rule, text)] == quotes


def test_a_term_around_code_shows_it_and_is_no_fix(tmp_path: Path) -> None:
    rules = tmp_path / "d.yml"
    rules.write_text('rules: [{expected: "（$1）", pattern: "/\\\\(([^)]+)\\\\)/"}]\n', encoding="utf-8")
    path = tmp_path / "a.md"
    path.write_text("(`run`)と(実行)", encoding="utf-8")

    def check(file: Path) -> Any:
        return run_pack(read_markdown(file.read_text(encoding="utf-8"), "a.md"), load_pack(rules))

    report = check(path)
    assert [(finding.quote, finding.fix) for finding in report.findings] == [
        ("(run)", None),
        ("(実行)", "（実行）"),
    ]
    assert "（run）" in report.findings[0].message
    mended = mend(path, report, check)
    assert (mended.content.decode(), mended.applied) == ("(`run`)と（実行）", 1)


def field(paragraph: Any, instruction: str) -> None:
    """A complex field whose result the file does not keep."""
    for kind, text in (("begin", ""), ("", instruction), ("end", "")):
        run = paragraph.add_run()._r
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        element.text = text or None
        run.append(element)


def saved(document: Any, path: Path) -> CheckedDocument:
    document.save(str(path))
    return read_document(path)


def test_a_page_number_without_a_kept_result_is_one(tmp_path: Path, checked: Found) -> None:
    document = docx.Document()
    document.add_paragraph("本文")
    paragraph = document.sections[0].footer.paragraphs[0]
    field(paragraph, " PAGE ")
    paragraph.add_run(" / ")
    field(paragraph, " NUMPAGES ")
    rule = "- {id: H, kind: header_footer, page_number: {where: footer, format: N / M}}"
    assert checked(rule, saved(document, tmp_path / "a.docx")) == []
    simple = docx.Document()
    simple_field = OxmlElement("w:fldSimple")
    simple_field.set(qn("w:instr"), "PAGE")
    simple.sections[0].footer.paragraphs[0]._p.append(simple_field)
    assert checked(rule.replace("N / M", "N"), saved(simple, tmp_path / "b.docx")) == []


def test_a_bullet_that_is_a_letter_is_no_number(tmp_path: Path, checked: Found) -> None:
    document = docx.Document()
    document.add_paragraph("甲", style="List Bullet")
    document.add_paragraph("第1　目的", style="Heading 1")
    for level in document.part.numbering_part.element.iter(qn("w:lvl")):
        level.find(qn("w:lvlText")).set(qn("w:val"), "o")
    read = saved(document, tmp_path / "a.docx")
    assert read.pieces[0].number.strip() == "•"
    assert [finding for finding in checked(LADDER, read) if finding.place.piece == 0] == []


def test_a_fix_does_not_cross_from_shown_to_hidden_text(tmp_path: Path, pack: Callable[..., Pack]) -> None:
    path = tmp_path / "a.docx"
    document = docx.Document()
    paragraph = document.add_paragraph("サー")
    paragraph.add_run("バ").font.hidden = True
    document.add_paragraph("サーバ")
    document.save(str(path))
    rules = pack(
        "- {id: W, kind: terms, fix: safe, rules: [{expected: サーバー, pattern: '/サーバ(?!ー)/'}]}"
    )

    def check(file: Path) -> Any:
        return run_pack(read_document(file), rules)

    mended = mend(path, check(path), check)
    path.write_bytes(mended.content)
    assert (mended.applied, [paragraph.text for paragraph in docx.Document(str(path)).paragraphs]) == (
        1,
        ["サーバ", "サーバー"],
    )


def test_a_property_has_the_name_that_people_give_it(tmp_path: Path, checked: Found) -> None:
    document = docx.Document()
    document.core_properties.author = "山田"
    read = saved(document, tmp_path / "a.docx")
    rule = "- {id: P, kind: field, name: who, find: {property: author}, require: {pattern: 佐藤}}"
    assert [finding.quote for finding in checked(rule, read)] == ["山田"]


def test_a_caption_names_its_own_table(checked: Found) -> None:
    table = "\n\n| 品目 | 金額 |\n|---|---|\n| 甲 | {} |\n| 合計 | 3 |\n\n"
    text = f"# 費用\n\n表1 売上{table.format(3)}表2 経費{table.format(9)}"
    rule = "- {{id: T, kind: table, table: {}, totals: [金額]}}"
    assert checked(rule.format("売上"), text) == []
    assert [finding.quote for finding in checked(rule.format("経費"), text)] == ["3"]


def scaled_pdf(path: Path) -> None:
    """A line of 12 points that is written as 240 and scaled down, as some programs do."""
    document = pdfium.PdfDocument.new()
    page = document.new_page(595, 842)
    letters = raw.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", 240.0)
    text = "Quarterly report of the works".encode("utf-16-le") + b"\0\0"
    buffer = ctypes.create_string_buffer(text)
    raw.FPDFText_SetText(letters, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)))
    raw.FPDFPageObj_Transform(letters, 0.05, 0, 0, 0.05, 72, 500)
    raw.FPDFPage_InsertObject(page.raw, letters)
    page.gen_content()
    document.save(str(path))


def test_letters_of_a_pdf_are_measured_as_they_are_drawn(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    scaled_pdf(path)
    sizes = {run.format.size for piece in read_document(path).pieces for run in piece.runs}
    assert sizes == {12.0}


@pytest.mark.parametrize(
    ("number", "kana", "shown"),
    [
        (31, True, "2018年8月24日"),
        (28, True, "平成30年8月24日"),
        (27, False, "2018年8月"),
        (57, True, "H30.8.24"),
    ],
)
@pytest.mark.parametrize("start", [1900, 1904])
def test_built_in_date_formats_of_east_asia(
    tmp_path: Path, number: int, kana: bool, shown: str, start: int
) -> None:
    book = openpyxl.Workbook()
    if start == 1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    sheet["A1"] = "はっこう日" if kana else "这个项目的时间"
    sheet["B1"] = 43336 if start == 1900 else 43336 - 1462
    book._cell_styles.add(style_of(number))
    sheet["B1"]._style = style_of(number)
    path = tmp_path / "a.xlsx"
    book.save(path)
    read = read_document(path)
    assert read.format is DocumentFormat.XLSX
    assert [piece.text for piece in read.pieces if piece.cell == "B1"] == [shown]


def style_of(number: int) -> Any:
    """A cell style of that built-in number format."""
    style = openpyxl.styles.cell_style.StyleArray()
    style.numFmtId = number
    return style


def test_both_commas_stand_side_by_side_in_chinese(checked: Found) -> None:
    rule = "- {id: C, kind: style.punctuation, forbid_mix: true}"
    assert checked(rule, "甲、乙和丙，都要检查。数量、价格，也要检查。") == []
    assert [
        finding.quote for finding in checked(rule, "これは、甲です。それは、乙です。あれは，丙です。")
    ] == ["，"]


def test_a_contents_line_of_a_pdf_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    lines = ["", "", "", "Overview ................ 3", "This is the overview of the report."]
    path.write_bytes(pdf(lines))
    zones = {piece.text.strip()[:8]: str(piece.zone) for piece in read_document(path).pieces}
    assert zones["Overview"] == "contents"


def test_a_gap_that_is_no_space_of_the_file_is_none(tmp_path: Path, checked: Found) -> None:
    path = tmp_path / "a.pdf"
    drawn = _Page(842)
    drawn.text(72, 300, "この機械は")
    drawn.text(72 + 5 * 12 + 3, 300, "ABC")  # a quarter of a letter away
    drawn.text(72 + 5 * 12 + 3 + 3 * 7.2 + 3, 300, "製です。")
    drawn.text(72, 340, "これは ABC です。")
    path.write_bytes(_pdf([drawn], 595, 842, "ja"))
    read = read_document(path)
    rule = "- {id: S, kind: style.spacing, between_widths: never}"
    texts = [piece.text for piece in read.pieces]
    assert any("この機械はABC製です。" in text for text in texts)
    places = [(read.pieces[finding.place.piece].text[:3], finding.quote) for finding in checked(rule, read)]
    assert places == [("これは", " "), ("これは", " ")]
    (box, *_) = checked("- {id: T, kind: pattern, pattern: ABC製}", read)[0].place.boxes
    assert (round(box[0]), round(box[1]) // 100) == (135, 2)
