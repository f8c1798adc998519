"""Kinds that look at how a document is set, on real Word files: fonts by script, page, marks, approvals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from typer.testing import CliRunner

from checks.document.document import CheckedDocument
from checks.findings import Finding
from checks.packs.loading import load_pack
from checks.readers.reading import read_document
from checks.service.learning import learnt_pack
from checks.service.runner import run_pack
from cli.main import app

Found = Callable[..., list[Finding]]


@pytest.fixture
def made(tmp_path: Path) -> Callable[[Callable[[Any], None]], CheckedDocument]:
    def make(change: Callable[[Any], None]) -> CheckedDocument:
        document = docx.Document()
        change(document)
        path = tmp_path / "made.docx"
        document.save(str(path))
        return read_document(path)

    return make


def test_fonts_are_told_apart_by_script_and_effective_through_styles(made: Any, checked: Found) -> None:
    def change(document: Any) -> None:
        style = document.styles["Normal"]
        style.font.name, style.font.size = "Century", Pt(10.5)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), "ＭＳ 明朝")
        document.add_paragraph("本文とABC")
        run = document.add_paragraph("別の").add_run("書体")
        run.font.size = Pt(12)
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "メイリオ")

    body = "{east_asian_font: [MS Mincho], latin_font: Century, size_pt: 10.5}"
    rule = f"- {{id: L, kind: layout, styles: {{body: {body}}}}}"
    findings = checked(rule, made(change), language="ja")
    assert [(finding.quote, finding.place.path) for finding in findings] == [("書体", "body/p[1]")] * 2
    assert "メイリオ" in findings[0].message
    assert "12 pt" in findings[1].message


def test_page_and_margins(made: Any, checked: Found) -> None:
    def change(document: Any) -> None:
        section = document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.left_margin = Mm(30), Mm(20)
        document.add_paragraph("本文")

    rule = "- {id: L, kind: layout, page: {size: A4, orientation: portrait, margins_mm: {top: 30, left: 25}}}"
    (finding,) = checked(rule, made(change))
    assert "left margin is 20.0 mm" in finding.message


def test_automatic_numbers_are_read_and_a_gap_is_found(made: Any, checked: Found) -> None:
    def change(document: Any) -> None:
        for text in ("第1　目的", "第2　内容", "第4　結論"):
            document.add_heading(text, 1)
        document.add_paragraph("一つ目", style="List Number")

    document = made(change)
    assert [piece.number.strip() for piece in document.pieces if piece.number] == ["1."]
    rule = "- {id: N, kind: numbering, ladder: ['第1', '1'], after_sign: full_width_space}"
    (finding,) = checked(rule, document)
    assert (finding.quote, "should be 3" in finding.message) == ("第4", True)


def test_an_approval_depends_on_the_amount(made: Any, checked: Found) -> None:
    def change(document: Any) -> None:
        document.add_paragraph("金額：¥1,200,000（税込）")
        table = document.add_table(2, 2)
        for column, (label, name) in enumerate((("起案者", "山田"), ("課長", ""))):
            table.cell(0, column).text, table.cell(1, column).text = label, name

    rules = """
- id: amount
  kind: field
  name: amount
  find: {label: [金額, 費用], type: money_jpy}
  require: {format: '¥1,234,567（税抜|税込）'}
- id: route
  kind: approval
  block: {labels: [起案者, 課長], order: left_to_right}
  when: {amount: '>= 1000000'}
  then: {labels_add: [本部長]}
  filled: [起案者, 課長]
"""
    messages = [finding.message for finding in checked(rules, made(change), language="ja")]
    assert sorted(messages) == ["「課長」の押印・署名がありません。", "承認欄に「本部長」がありません。"]


def test_a_learnt_pack_fits_its_samples_and_tells_another_document(made: Any, tmp_path: Path) -> None:
    def good(document: Any) -> None:
        document.sections[0].page_width, document.sections[0].page_height = Mm(210), Mm(297)
        document.sections[0].header.paragraphs[0].text = "社外秘"
        for heading in ("目的", "結論"):
            document.add_heading(heading, 1)
            document.add_paragraph("令和8年11月22日に決めた。")

    def bad(document: Any) -> None:
        document.add_heading("目的", 1)
        document.add_paragraph("2026/11/22に決めた。")

    file = tmp_path / "learnt.yml"
    file.write_text(learnt_pack("acme", [made(good)]), encoding="utf-8")
    pack = load_pack(file)
    assert run_pack(made(good), pack).findings == ()
    rules = {finding.rule for finding in run_pack(made(bad), pack).findings}
    assert rules == {"learnt-headings", "learnt-page", "learnt-header", "learnt-dates"}


@pytest.mark.parametrize(
    ("text", "rules", "options", "code"),
    [
        ("本文。", "- {id: X, kind: pattern, pattern: 悪い}", [], 0),
        ("悪い。", "- {id: X, kind: pattern, pattern: 悪い}", [], 1),
        ("悪い。", "- {id: X, kind: pattern, pattern: 悪い, level: warning}", [], 0),
        ("悪い。", "- {id: X, kind: pattern, pattern: 悪い, level: warning}", ["--fail-on", "warning"], 1),
        ("悪い。", "- {id: X, kind: pattern, pattern: 悪い}", ["--fail-on", "never"], 0),
        ("悪い。", "- {id: X, kind: patern}", [], 2),
        ("", "- {id: X, kind: pattern, pattern: 悪い}", [], 3),
    ],
)
def test_the_commands_exit_code(tmp_path: Path, text: str, rules: str, options: list[str], code: int) -> None:
    document, pack = tmp_path / "a.md", tmp_path / "p.yml"
    document.write_text(text, encoding="utf-8")
    pack.write_text(f"version: 1\npack: p\nrules:\n{rules}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(document), "--rules", str(pack), "--json", *options])
    assert result.exit_code == code, result.output
