"""Reports, fixes, waivers and baselines, on real Word and PDF files."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest
from pypdf import PdfReader

from bench.checks.seeded_files import write_docx, write_pdf
from bench.checks.seeded_texts import CLEAN
from checks.findings import CheckReport
from checks.packs.loading import load_pack
from checks.packs.pack import Pack
from checks.packs.waivers import beyond, load_baseline, load_waivers, waived, write_baseline
from checks.readers.reading import read_document
from checks.reports.annotated_pdf import annotated_pdf
from checks.reports.commented_word import commented_word
from checks.reports.html import html
from checks.reports.junit import junit
from checks.reports.sarif import sarif
from checks.service.fixes import mend
from checks.service.runner import run_pack
from core.errors import FixRefused, RulesBad

TERMS = "- {id: T, kind: terms, fix: safe, rules: [{expected: 新型, pattern: 新機種}]}"


@pytest.fixture
def word(tmp_path: Path) -> Path:
    """A Word document with a word that is to be another, across two runs of different format."""
    path = tmp_path / "report.docx"
    document = docx.Document()
    document.add_heading("結論", 1)
    paragraph = document.add_paragraph("ここに新")
    paragraph.add_run("機種").bold = True
    paragraph.add_run("を置く & <終わり>。")
    document.save(str(path))
    return path


def checked(pack: Pack) -> Callable[[Path], CheckReport]:
    return lambda path: run_pack(read_document(path), pack)


def test_a_fix_keeps_the_runs_formats_and_leaves_the_original(word: Path, pack: Callable[..., Pack]) -> None:
    before = word.read_bytes()
    check = checked(pack(TERMS))
    report = check(word)
    assert [finding.place.path for finding in report.findings] == ["body/p[1]"]
    mended = mend(word, report, check)
    assert mended.applied == 1
    assert mended.report.findings == ()
    assert word.read_bytes() == before
    copied = word.with_name("copy.docx")
    copied.write_bytes(mended.content)
    paragraph = docx.Document(str(copied)).paragraphs[1]
    assert paragraph.text == "ここに新型を置く & <終わり>。"
    assert [run.bold for run in paragraph.runs] == [None, True, None]


def test_a_tracked_fix_is_a_deletion_and_an_insertion(tmp_path: Path, pack: Callable[..., Pack]) -> None:
    path = tmp_path / "a.docx"
    document = docx.Document()
    document.add_paragraph("この新機種を置く。")
    document.save(str(path))
    check = checked(pack(TERMS))
    mended = mend(path, check(path), check, tracked=True)
    path.write_bytes(mended.content)
    xml = docx.Document(str(path)).element.xml
    assert xml.count("<w:del ") == 1
    assert xml.count("<w:ins ") == 1
    assert "".join(piece.text for piece in read_document(path).pieces) == "この新型を置く。"


def test_a_copy_that_is_worse_is_refused(word: Path, pack: Callable[..., Pack]) -> None:
    bad = (
        "- {id: P, kind: pattern, pattern: 新型, fix: none}\n- {id: Q, kind: pattern, pattern: 型, fix: none}"
    )
    check = checked(pack(f"{TERMS}\n{bad}"))
    with pytest.raises(FixRefused, match="P"):
        mend(word, check(word), check)


def test_a_pdf_is_never_mended(tmp_path: Path, pack: Callable[..., Pack]) -> None:
    path = tmp_path / "a.pdf"
    write_pdf(CLEAN["ja"], path)
    check = checked(pack(TERMS))
    with pytest.raises(FixRefused):
        mend(path, check(path), check)


def test_an_annotated_pdf_has_a_highlight_on_the_words(tmp_path: Path, pack: Callable[..., Pack]) -> None:
    path = tmp_path / "a.pdf"
    write_pdf(CLEAN["ja"], path)
    report = checked(pack(TERMS))(path)
    (finding,) = report.findings
    assert finding.place.page == 1
    copied = tmp_path / "b.pdf"
    copied.write_bytes(annotated_pdf(path, report))
    (mark,) = [annot.get_object() for annot in PdfReader(copied).pages[0]["/Annots"]]
    assert mark["/Subtype"] == "/Highlight"
    assert "新型" in mark["/Contents"]
    left, top, right, bottom = finding.place.boxes[0]
    height = float(PdfReader(copied).pages[0].mediabox.top)
    assert [round(float(side)) for side in mark["/Rect"]] == [
        round(left), round(height - bottom), round(right), round(height - top)
    ]  # fmt: skip


def test_a_word_copy_has_a_comment_at_the_words(word: Path, pack: Callable[..., Pack]) -> None:
    report = checked(pack(TERMS))(word)
    copied = word.with_name("commented.docx")
    copied.write_bytes(commented_word(word, report))
    document = docx.Document(str(copied))
    assert ["新型" in comment.text for comment in document.comments] == [True]
    assert document.paragraphs[1].text == "ここに新機種を置く & <終わり>。"


def test_sarif_and_junit_tell_findings_and_rules_that_did_not_run(
    word: Path, pack: Callable[..., Pack]
) -> None:
    judged = "- {id: J, kind: judged, ask: 'Is there a decision?'}"
    report = checked(pack(f"{TERMS}\n{judged}"))(word)
    run = sarif([report])["runs"][0]
    assert json.loads(json.dumps(run))["results"][0]["ruleId"] == "T"
    assert run["results"][0]["partialFingerprints"]["shoko/v1"] == report.findings[0].fingerprint
    assert "J" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    suite = ElementTree.fromstring(junit([report])).find("testsuite")
    assert suite is not None
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")


@pytest.mark.parametrize("language", ["ja", "en", "zh"])
def test_the_html_page_escapes_what_documents_say(
    word: Path, pack: Callable[..., Pack], language: str
) -> None:
    rule = "- {id: X, kind: pattern, pattern: '<終わり>'}"
    page = html([checked(pack(rule))(word)], language)
    assert "&lt;終わり&gt;" in page
    assert "<終わり>" not in page
    assert "http" not in page
    assert f'lang="{language}"' in page


def test_a_waiver_ends_and_tells_that_it_did(word: Path, tmp_path: Path, pack: Callable[..., Pack]) -> None:
    report = checked(pack(TERMS))(word)
    file = tmp_path / "waivers.yml"
    mark = report.findings[0].fingerprint
    file.write_text(
        f"- {{fingerprint: {mark}, reason: A name, by: sato, until: 2026-12-31}}\n", encoding="utf-8"
    )
    waivers = load_waivers(file)
    during = waived(report, waivers, datetime.date(2026, 12, 31))
    after = waived(report, waivers, datetime.date(2027, 1, 1))
    assert (len(during.findings), len(during.waived)) == (0, 1)
    assert [finding.rule for finding in after.findings] == ["T", "waiver-expired"]
    file.write_text(f"- {{fingerprint: {mark}, by: sato, until: 2026-12-31}}\n", encoding="utf-8")
    with pytest.raises(RulesBad, match=r"waivers\.yml:1:3: the key reason is missing"):
        load_waivers(file)


def test_a_baseline_takes_out_what_was_there_before(
    word: Path, tmp_path: Path, pack: Callable[..., Pack]
) -> None:
    report = checked(pack(TERMS))(word)
    file = tmp_path / "baseline.json"
    assert write_baseline(file, [report]) == 1
    assert beyond(report, load_baseline(file)).findings == ()
    assert len(beyond(report, {}).findings) == 1


def test_a_clean_word_document_is_clean(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    write_docx(CLEAN["ja"], path)
    report = run_pack(read_document(path), load_pack("confidentiality"))
    assert report.findings == ()
