"""A Chinese official document that is set by hand: its parts are told by place and form, and each is held to
its own font."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from checks.document.official import official_roles
from checks.findings import grouped
from checks.packs.loading import load_pack
from checks.readers.reading import read_document
from checks.service.runner import run_pack

FANGSONG, HEI, KAI, SONG = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
PARTS = [
    ("number", "某市发〔2026〕12号", FANGSONG, 16, True),
    ("title", "某市人民政府", SONG, 22, True),
    ("title", "关于开展安全检查的通知", SONG, 22, True),
    ("salutation", "各区县人民政府，市政府各部门：", FANGSONG, 16, False),
    ("body", "为做好安全工作，现就有关事项通知如下。", FANGSONG, 16, False),
    ("heading1", "一、总体要求", HEI, 16, False),
    ("body", "各单位要高度重视，落实责任。", FANGSONG, 16, False),
    ("heading2", "（一）检查范围", KAI, 16, False),
    ("heading3", "1.车间", FANGSONG, 16, False),
    ("run_in", "二、时间安排。检查于2026年9月1日开始，9月30日结束。", HEI, 16, False),
    ("attached", "附件：检查表", FANGSONG, 16, False),
    ("signature", "某市人民政府", FANGSONG, 16, False),
    ("date", "2026年8月20日", FANGSONG, 16, False),
    ("attachment", "附件", HEI, 16, False),
    ("attachment", "检查表", SONG, 22, True),
]


def made(path: Path, parts: list[tuple[str, str, str, int, bool]]) -> Any:
    document = docx.Document()
    for role, text, font, size, centred in parts:
        paragraph = document.add_paragraph()
        run = paragraph.add_run(text)
        run.font.size = Pt(size)
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else None
        if role == "body":
            paragraph.paragraph_format.first_line_indent = Pt(32)
    document.save(str(path))
    return read_document(path)


def test_each_part_has_its_role(tmp_path: Path) -> None:
    roles = official_roles(made(tmp_path / "a.docx", PARTS))
    assert list(roles.values()) == [role for role, *_ in PARTS]


def test_a_rightly_set_document_has_no_finding_of_fonts(tmp_path: Path) -> None:
    report = run_pack(made(tmp_path / "a.docx", PARTS), load_pack("gbt9704"))
    assert [finding.message for finding in report.findings if finding.rule == "fonts"] == []


def test_a_wrong_font_throughout_is_one_group_for_each_role(tmp_path: Path) -> None:
    wrong = [(role, text, "宋体" if font == FANGSONG else font, size, centred)
             for role, text, font, size, centred in PARTS]  # fmt: skip
    report = run_pack(made(tmp_path / "a.docx", wrong), load_pack("gbt9704"))
    fonts = [group for group in grouped(report.findings) if group.first.rule == "fonts"]
    assert sum(len(group.findings) for group in fonts) == 7
    assert len(fonts) <= 2
