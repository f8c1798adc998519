"""Packs learnt from samples in three languages: they find nothing in them, and tell what is otherwise."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import docx
import pytest
import yaml
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from checks.packs.loading import load_pack
from checks.readers.reading import read_document
from checks.service.learning import learnt_pack
from checks.service.runner import run_pack

WORDS: dict[str, dict[str, Any]] = {
    "ja": {
        "title": "{}の報告", "seals": ["承認", "審査", "作成"], "text": "令和8年4月1日に測定した。",
        "headings": ["1　目的", "2　結果", "3　まとめ"], "caption": "表1　測定値", "total": "合計",
        "columns": ["品名", "数量", "金額"],
    },
    "zh": {
        "title": "关于{}的报告", "seals": ["编制", "审核", "批准"], "text": "2026年4月1日进行了测量。",
        "headings": ["一、目的", "二、结果", "三、总结"], "caption": "表1　测量值", "total": "合计",
        "columns": ["品名", "数量", "金额"],
    },
    "en": {
        "title": "Report on {}", "seals": ["Prepared by", "Reviewed by", "Approved by"],
        "headings": ["1. Purpose", "2. Results", "3. Summary"], "caption": "Table 1 Values measured",
        "columns": ["Item", "Quantity", "Amount"], "total": "Total", "text": "We measured on 1 April 2026.",
    },
}  # fmt: skip


def sample(folder: Path, language: str, number: int, *, changed: str = "") -> Path:
    """A report: a title that no style names, a block of seals, numbered headings, a table with a total."""
    words = WORDS[language]
    document = docx.Document()
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run("memo" if changed == "title" else words["title"].format("ABC"[number % 3]))
    run.bold, run.font.size = True, Pt(18)
    seals = words["seals"][: 1 if changed == "seals" else None]
    block = document.add_table(rows=2, cols=3)
    for cell, label in zip(block.rows[0].cells, seals, strict=False):
        cell.text = label
    headings = words["headings"][:: 2 if changed == "numbering" else 1]
    for heading in headings:
        document.add_heading(heading, 1)
        document.add_paragraph(words["text"])
    document.add_paragraph(words["caption"], style="Caption")
    columns = words["columns"][: 2 if changed == "table" else None]
    rows = [
        columns,
        ["a", "1", "100"],
        ["b", "2", "250"],
        [words["total"], "3", "360" if changed == "total" else "350"],
    ]
    table = document.add_table(rows=len(rows), cols=len(columns))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=False):
            cell.text = text
    path = folder / f"{language}-{number}{changed}.docx"
    document.save(str(path))
    return path


def learnt(folder: Path, *paths: Path) -> Any:
    file = folder / "learnt.yml"
    file.write_text(learnt_pack("learnt", [read_document(path) for path in paths]), encoding="utf-8")
    return load_pack(file)


@pytest.mark.parametrize("language", ["ja", "en", "zh"])
def test_a_learnt_pack_finds_nothing_in_its_samples_and_what_is_otherwise_elsewhere(
    tmp_path: Path, language: str
) -> None:
    paths = [sample(tmp_path, language, number) for number in range(2)]
    pack = learnt(tmp_path, *paths)
    kinds = {
        rule["id"] for rule in yaml.safe_load((tmp_path / "learnt.yml").read_text(encoding="utf-8"))["rules"]
    }
    assert {
        "learnt-title", "learnt-numbering", "learnt-captions", "learnt-table-1", "learnt-approval",
    } <= kinds  # fmt: skip
    for path in paths:
        assert run_pack(read_document(path), pack).findings == ()
    for changed, rule in (
        ("title", "learnt-title"), ("seals", "learnt-approval"), ("numbering", "learnt-numbering"),
        ("table", "learnt-table-1"), ("total", "learnt-table-1"),
    ):  # fmt: skip
        report = run_pack(read_document(sample(tmp_path, language, 0, changed=changed)), pack)
        assert rule in {finding.rule for finding in report.findings}, changed


def test_whatever_samples_are_mixed_their_pack_finds_nothing_in_them(tmp_path: Path) -> None:
    every = [
        sample(tmp_path, language, 0, changed=changed)
        for language in WORDS
        for changed in ("", "total", "seals")
    ]
    for pair in itertools.combinations(every, 2):
        pack = learnt(tmp_path, *pair)
        for path in pair:
            assert run_pack(read_document(path), pack).findings == (), pair
