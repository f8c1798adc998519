"""The templates that ship, filled as a person would fill them, against the packs that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.packs.loading import load_pack
from checks.readers.reading import read_document
from checks.service.runner import run_pack
from core.models import now
from drafts import templates
from drafts.content import DraftContent
from drafts.filling import fill
from drafts.making import content_of
from drafts.outline import DraftOutline
from drafts.values import Brief, read_brief
from drafts.writing import Sought, section_text

GIVEN = {
    "ringi-ja": {
        "件名": "三次元測定機CMX-574の購入について", "起案者": "岡田 彩", "起案部署": "品質保証部", "金額": "4862000",
        "起案日": "2026-10-05", "実施時期": "2027年1月から3月まで", "添付書類": "見積書\n仕様書",
        "目的": "老朽化した測定機を更新し、精密部品の測定の信頼性を確保する。", "理由": "部品の供給が終わるため。",
        "効果": "測定の時間を短くする。", "関係する規程": "決裁規程による。",
    },
    "gijiroku-ja": {
        "会議名": "品質会議", "開催日": "2026-10-05", "時間": "10時から11時まで", "場所": "第2会議室", "出席者": "佐藤、鈴木",
        "作成者": "佐藤", "議題": "弁座の不具合", "議事内容": "原因と対策を話し合った。", "決定事項": "測定機を更新する。",
        "宿題": "見積もりを取る（鈴木、10月末まで）。", "経緯": "前回は原因を調べた。",
    },
    "business-report-en": {
        "Title": "Printer failures in 2026", "To": "The board", "From": "A. Smith", "Date": "2026-10-05",
        "Status": "Final", "Summary": "The printers failed nine times.", "Background": "They are twelve years old.",
        "Findings": "Two parts are no longer made.", "Conclusion": "We replace them.", "Next steps": "Ask for offers.",
    },
    "baogao-zh": {
        "事由": "2026年度安全检查工作", "主送机关": "总公司", "发文机关": "青叶精机有限公司", "成文日期": "2026-10-05",
        "基本情况": "本年度共检查十二次。", "有关规定": "制度规定每月检查一次。", "存在问题": "部分员工未佩戴防护用品。",
        "下一步工作": "加强培训和检查。",
    },
}  # fmt: skip


def filled(name: str, values: dict[str, str], folder: Path) -> tuple[Path, DraftOutline]:
    """That template filled with those values, every section the asker's own."""
    shipped = templates._shipped(name)
    outline = shipped.listed.outline
    brief: Brief = read_brief(outline, values, "", today=now().date())
    texts = [
        section_text(None, None, outline, section, brief, Sought())  # type: ignore[arg-type]  # nothing is looked up
        for section in outline.sections
    ]
    source, out = folder / "t.docx", folder / "out.docx"
    source.write_bytes(shipped.content)
    content = DraftContent.unpacked(content_of(outline, brief, texts).packed())
    fill(source, out, content, name)
    return out, outline


@pytest.mark.parametrize("name", templates.shipped())
def test_a_template_that_ships_passes_its_pack_when_it_is_filled(name: str, tmp_path: Path) -> None:
    out, outline = filled(name, GIVEN[name], tmp_path)
    document = read_document(out)
    report = run_pack(document, load_pack(outline.packs[0]), language="en")
    assert [(finding.rule, finding.message, finding.quote) for finding in report.findings] == []
    assert [rule.id for rule in report.rules if rule.state == "could_not_run"] == []
    text = "\n".join(piece.text for piece in document.pieces)
    assert "{" not in text and "要記入" not in text and "待填写" not in text and "to fill" not in text
    assert {"ja", "en", "zh"} == set(outline.title)


def test_a_draft_that_breaks_its_rules_says_so(tmp_path: Path) -> None:
    values = GIVEN["business-report-en"] | {"Summary": "It is is TBD."}
    out, outline = filled("business-report-en", values, tmp_path)
    report = run_pack(read_document(out), load_pack(outline.packs[0]))
    assert {finding.rule for finding in report.findings} == {"repeated-word", "placeholders"}


# The doors.
