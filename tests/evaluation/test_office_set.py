"""The project's own questions: every fact can be read in the documents that they name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bench.answers.office.make_tables import EXTENSIONS, SALES
from evaluation.sets import QuestionSet, read_set

FOLDER = Path(__file__).parents[2] / "bench" / "answers" / "office"

pytestmark = pytest.mark.fast


@cache
def _set() -> QuestionSet:
    return read_set(FOLDER)


def _plain(text: str) -> str:
    return re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", text)).casefold()


@cache
def _text(document: str) -> str:
    path = FOLDER / "docs" / document
    if path.suffix != ".xlsx":
        return _plain(path.read_text(encoding="utf-8"))
    rows = (row for sheet in load_workbook(path) for row in sheet.iter_rows(values_only=True))
    return _plain(" ".join(str(value) for row in rows for value in row if value is not None))


def test_every_fact_stands_in_a_document_of_its_question() -> None:
    missing = [
        (question.id, forms)
        for question in _set().questions
        if "table_compute" not in question.kinds
        for forms in question.facts
        if not any(_plain(form) in _text(document) for form in forms for document in question.documents)
    ]
    assert not missing


def test_nothing_forbidden_stands_in_a_document_of_its_question() -> None:
    wrong = [
        (question.id, text)
        for question in _set().questions
        for text in question.forbidden
        if any(_plain(text) in _text(document) for document in question.documents)
    ]
    assert not wrong


def test_an_answerable_question_has_facts_and_documents_and_no_other_has() -> None:
    for question in _set().questions:
        assert bool(question.facts) == bool(question.documents) == question.answerable, question.id
        assert question.answerable == ("unanswerable" not in question.kinds), question.id
        assert (question.follows is not None) == ("follow_up" in question.kinds), question.id


def test_no_question_and_no_id_stands_twice() -> None:
    for values in ([q.id for q in _set().questions], [q.question for q in _set().questions]):
        assert [value for value, times in Counter(values).items() if times > 1] == []


def test_every_document_is_asked_about() -> None:
    asked = {document for question in _set().questions for document in question.documents}
    assert {document.name for document in _set().documents} == asked


def test_the_read_me_counts_the_kinds_right() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (\d+) \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.M)
    counted = Counter(kind for question in _set().questions for kind in question.kinds)
    assert {kind: int(number) for kind, number in listed} == counted
    assert f"{counted.total()} in all" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_workbooks_are_those_that_the_script_writes() -> None:
    names = [name for people in EXTENSIONS.values() for _, name, _, _ in people]
    assert all(_plain(name) in _text("tables/内線番号表_2025年10月.xlsx") for name in names)
    sheet = load_workbook(FOLDER / "docs" / "tables" / "売上実績_2024年度.xlsx").active
    assert sheet is not None
    assert [row[2:] for row in sheet.iter_rows(min_row=4, max_row=9, values_only=True)] == list(
        SALES.values()
    )
