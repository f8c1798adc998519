"""Answers as files: what is quoted stands in each form as it stands on the page, what is struck or left out
is said, and a changed audit file is told."""

from __future__ import annotations

import email
import email.policy
import io
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest
from making import LIBRARY, add, administrator, client_of, error_of, person, space_named
from markdown_it import MarkdownIt
from serving import served
from sqlalchemy import delete
from typer.testing import CliRunner

from api.app import make_app
from cli.main import app
from contract.answers import AnswerOut, CitationOut, ComputedOut, StruckOut
from contract.documents import PlaceOut
from contract.values import Certainty, Role
from core.identity.accounts import sign_in
from core.models import Grant
from drafts.answers.audit_file import examined, lines_of
from drafts.answers.forms import AnswerForm, TakenOut, form_of, language_for, written
from drafts.answers.markdown import escaped
from drafts.answers.wording import LANGUAGES, _messages
from ingest.readers.office.legacy import converter
from ingest.sandbox import ReadingLimits
from operations.library import Library

LIMITS = ReadingLimits()
AT = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
JA = "経費は出張後１０日以内に請求する。\n＊ただし、部長 [髙橋] が認めた場合は_この限りでない_。"
ZH = "报销须在出差结束后10个工作日内提交。<b>逾期不予受理</b>"
COMPUTED = ComputedOut(
    operation="sum", value="3,500円", words="1,000 + 2,500 = 3,500", table="旅費", columns=["区分", "額"],
    rows=[
        [{"text": "宿泊", "used": False}, {"text": "1,000", "used": True}],
        [{"text": "日当", "used": False}, {"text": "2,500", "used": True}],
    ],
    row_count=3, sure=False,
)  # fmt: skip


def citation(mark: int, text: str, **more: Any) -> CitationOut:
    given: dict[str, Any] = {
        "mark": mark, "document": "旅費規程.pdf", "document_id": "d", "version_id": "v", "title": "旅費規程",
        "heading": "第3章", "page": 3, "quote": text, "start": 0, "end": len(text), "boxes": [],
        "page_width": 1, "page_height": 1, "source": "layer", "ocr": False, "score": 1.0, "version": 2,
        "superseded": False, "in_force_from": date(2026, 4, 1), "in_force_until": None,
        "place": PlaceOut(kind="page", number=3),
    }  # fmt: skip
    return CitationOut(**(given | more))


def answer(**more: Any) -> AnswerOut:
    given: dict[str, Any] = {
        "question_id": "q1", "question": "経費の\n請求は？", "asked": "経費の請求はいつまで？", "status": "answered",
        "answer": "10日以内です。[1]", "probability": 0.9, "certainty": Certainty.MAYBE, "timings_ms": {},
        "citations": [citation(1, JA, emphasis=[(6, 12)]), citation(2, ZH, ocr=True, superseded=True)],
        "struck": [StruckOut(text="部長は鈴木です。", flaw="name")], "model": "small", "why": "",
        "language": "ja", "conflicts": [(1, 2)], "asked_at": datetime(2026, 4, 1, 8, 0, tzinfo=UTC),
        "computed": COMPUTED, "as_of": date(2026, 3, 31), "left_out": 1,
    }  # fmt: skip
    return AnswerOut(**(given | more))


def file_of(form: AnswerForm, given: AnswerOut | None = None, language: Any = "ja") -> bytes:
    return written(form, given or answer(), TakenOut("森", AT, language), LIMITS)


def text_of(form: AnswerForm, content: bytes) -> str:
    """What a reader of the file sees, without spaces."""
    match form:
        case AnswerForm.DOCX:
            opened = docx.Document(io.BytesIO(content))
            cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
            text = "\n".join([*(paragraph.text for paragraph in opened.paragraphs), *cells])
        case AnswerForm.PDF:
            with pypdfium2.PdfDocument(content) as paper:
                text = "".join(page.get_textpage().get_text_range() for page in paper)
        case AnswerForm.MD:
            tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(content.decode())
            inside = [child for token in tokens for child in token.children or ()]
            text = "\n".join(child.content or " " for child in inside)
        case AnswerForm.EML:
            mail = email.message_from_bytes(content, policy=email.policy.default)
            text = mail.get_content()
        case _:
            text = content.decode()
    return "".join(text.replace("\n> ", "\n").split())


SEEN = [
    JA, ZH, "旅費規程（旅費規程.pdf）", "第2版", "3ページ", "2026-04-01 施行", "旧版", "文字認識", "部長は鈴木です。",
    "名称または記号が引用にありません", "質問者：森", "2026-04-01 08:00", "[1] ≠ [2]", "3,500円",
    "1,000 + 2,500 = 3,500", "2,500", "ほかに1行", "10日以内です。[1]", "確かではありません", "2026-03-31に有効",
    "1 件を省いています", "2026-04-02 09:30",
]  # fmt: skip


@pytest.mark.fast
@pytest.mark.parametrize("form", [AnswerForm.DOCX, AnswerForm.MD, AnswerForm.TXT, AnswerForm.EML])
def test_every_form_says_the_same_and_quotes_to_the_letter(form: AnswerForm) -> None:
    text = text_of(form, file_of(form))
    for seen in SEEN:
        assert "".join(seen.split()) in text, seen


@pytest.mark.skipif(converter() is None, reason="LibreOffice is not installed")
def test_a_pdf_has_japanese_and_chinese_in_it() -> None:
    text = text_of(AnswerForm.PDF, file_of(AnswerForm.PDF))
    for seen in SEEN:
        assert "".join(seen.split()) in text, seen


@pytest.mark.fast
def test_quotes_are_marked_as_quotes_and_what_is_struck_is_struck() -> None:
    markdown = file_of(AnswerForm.MD).decode()
    assert "~~部長は鈴木です。~~" in markdown and "> **\\[1\\]** 経費は出張" in markdown
    assert "> [1] 経費は出張後" in file_of(AnswerForm.TXT).decode()
    opened = docx.Document(io.BytesIO(file_of(AnswerForm.DOCX)))
    runs = {run.text: run for paragraph in opened.paragraphs for run in paragraph.runs}
    assert runs["部長は鈴木です。"].font.strike
    assert runs[JA[6:12]].bold and not runs[JA[:6]].bold
    assert any(run.font.strike is None for run in runs.values())


@pytest.mark.fast
def test_a_mail_is_a_draft_whose_head_a_question_cannot_write() -> None:
    asked = answer(question="x\r\nBcc: somebody@example.com\r\n\r\nhello")
    mail = email.message_from_bytes(file_of(AnswerForm.EML, asked), policy=email.policy.default)
    assert mail["Bcc"] is None and mail["X-Unsent"] == "1" and mail["To"] is None
    assert mail["Subject"] == "x Bcc: somebody@example.com hello"


@pytest.mark.fast
@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\u202e", "\r"])
@pytest.mark.parametrize("form", [AnswerForm.DOCX, AnswerForm.MD, AnswerForm.TXT, AnswerForm.EML])
def test_signs_that_do_something_are_shown_by_their_number(form: AnswerForm, sign: str) -> None:
    content = file_of(form, answer(citations=[citation(1, f"a{sign}b")], conflicts=[]))
    assert f"a\\u{ord(sign):04x}b" in text_of(form, content)


@pytest.mark.fast
@pytest.mark.parametrize(
    "text", ["# a", "1. a", "- a", "* a", "> a", "`a`", "[a](b)", "![a](b)", "<i>a</i>", "a | b", "~~a~~", "a_b_",
             "+ a", "&amp;", "\\*", "    a", "===", "| a | b |", "1) a", "    - a"],
)  # fmt: skip
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    shown = MarkdownIt("gfm-like", {"linkify": False}).parse(escaped(text))
    assert [token.type for token in shown] in (
        ["paragraph_open", "inline", "paragraph_close"], ["code_block"],
    )  # fmt: skip
    inside = (
        "".join(child.content for child in shown[1].children or ()) if len(shown) > 1 else shown[0].content
    )
    assert inside.strip() == text.strip()


@pytest.mark.fast
def test_where_nothing_answers_the_nearest_places_are_no_answer() -> None:
    not_found = answer(
        status="not_found", answer="", citations=[], nearest=[citation(1, JA)], computed=None, left_out=0
    )
    for language, said in (
        ("en", "Not in the documents"),
        ("ja", "見つかりませんでした"),
        ("zh", "文档中没有"),
    ):
        text = file_of(AnswerForm.TXT, not_found, language).decode()
        assert said in text and "> [1] 経費は" in text


@pytest.mark.fast
def test_an_approved_answer_says_that_a_person_approved_it_and_no_model() -> None:
    text = file_of(AnswerForm.TXT, answer(faq_id="f", struck=[])).decode()
    assert "承認済み" in text and "言語モデル（" not in text


@pytest.mark.fast
def test_every_sentence_exists_in_three_languages() -> None:
    for name, sentences in _messages().items():
        assert set(sentences) == set(LANGUAGES), name
    assert language_for(None, answer(language="fr")) == "en" and language_for("zh", answer()) == "zh"
    assert form_of(Path("a/b.PDF")) is AnswerForm.PDF


@pytest.mark.fast
def test_a_changed_audit_file_is_told() -> None:
    whole = b"".join(lines_of([{"a": "髙"}, {"a": "二"}, {"a": 3}], taken_by="森", taken_at=AT, version="1"))
    assert examined(whole).is_whole and examined(whole).answers == 3
    lines = whole.splitlines(keepends=True)
    for changed in (
        whole.replace("髙".encode(), "高".encode()),
        b"".join(lines[:-1]),
        b"".join(lines[:2] + lines[3:]),
        b"".join([lines[0], lines[2], lines[1], *lines[3:]]),
        b"".join([*lines, lines[1]]),
        b"".join(lines[1:]),
        b"",
        b"[1]\n",
        b"\xff\n",
    ):
        assert not examined(changed).is_whole


QUESTION = "Within how many business days after a trip must an expense claim be submitted?"


def test_a_right_that_went_is_not_in_the_file_and_it_says_so(library: Library, tmp_path: Path) -> None:
    policy = (LIBRARY / "travel-expense-policy.pdf").read_bytes()
    space = space_named(library.sessions, "Trips")
    add(library, "policy.pdf", policy, space=space)
    reader = person(library.sessions, "Mori", Trips=Role.READER)
    with library.sessions.write() as session:
        token = sign_in(session, reader.user_id)
    with served(make_app(library, work=False)) as door, client_of(door, token) as http:
        asked = http.post("/api/questions", json={"question": QUESTION, "stream": False}).json()
        address = f"/api/questions/{asked['question_id']}/file"
        before = http.get(address, params={"form": "md"})
        assert "10 business days" in before.text and "Asked by Mori" in before.text
        assert before.headers["content-disposition"].startswith("attachment")
        log = administrator_log(library, door)
        assert [entry["detail"]["form"] for entry in log] == ["md"]
        whole = http.get("/api/answers/file")
        assert examined(whole.content).answers == 1
        assert http.get("/api/answers/file", params={"until": "2020-01-01"}).text.count('"answer"') == 0
        with library.sessions.write() as session:
            session.execute(delete(Grant).where(Grant.user_id == reader.user_id))
        after = http.get(address, params={"form": "md"}).text
        assert "10 business days" not in after and "policy" not in after
        assert "quotes are left out" in after
        assert "10 business days" not in http.get("/api/answers/file").text
    admin = administrator(library).user_id
    with library.sessions.write() as session:
        other = sign_in(session, admin)
    with served(make_app(library, work=False)) as door, client_of(door, other) as http:
        assert error_of(http.get(address)) == "not_found"  # nobody takes out what another one asked
        assert (
            http.get("/api/answers/file", params={"question": asked["question_id"]}).text.count("10 bus") == 0
        )


def administrator_log(library: Library, door: str) -> list[dict[str, Any]]:
    with client_of(door, library.command_token) as http:
        return list(http.get("/api/audit", params={"action": "answer.exported"}).json())


def test_an_answer_is_saved_by_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOKO_MODEL", "none")
    monkeypatch.setenv("SHOKO_EMBEDDER", "none")
    data, runner = tmp_path / "data", CliRunner()
    shutil.copy(LIBRARY / "travel-expense-policy.pdf", tmp_path / "policy.pdf")

    def run(*words: str | Path) -> Any:
        done = runner.invoke(app, [*(str(word) for word in words)])
        assert done.exit_code == 0, done.output
        return done

    refused = runner.invoke(app, ["ask", "x", "--save", str(tmp_path / "a.xyz"), "--data", str(data)])
    assert refused.exit_code == 1 and ".docx" in refused.stderr and not data.exists()
    run("ingest", tmp_path / "policy.pdf", "--data", data)
    saved, word = tmp_path / "a.md", tmp_path / "a.docx"
    run("ask", QUESTION, "--save", saved, "--save", word, "--data", data)
    assert "10 business days" in saved.read_text() and word.read_bytes().startswith(b"PK")
    file = tmp_path / "all.jsonl"
    run("answers", "export", file, "--data", data)
    assert json.loads(run("answers", "verify", file, "--json").stdout)["answers"] == 1
    file.write_bytes(file.read_bytes().replace(b"10 business", b"11 business"))
    assert runner.invoke(app, ["answers", "verify", str(file)]).exit_code == 1
