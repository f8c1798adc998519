"""Questions over made tables of offices, in three languages: what is computed, and that nothing is where the
tables do not say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from table_documents import DOCUMENTS
from table_reading import relations_in

from language.tokens import language_of
from retrieval.tables.computing import best_result
from retrieval.tables.relation import Relation
from retrieval.tables.wishes import wish_of

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "table_questions.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[Relation]:
    folder = tmp_path_factory.mktemp("tables")
    return [relation for name, make in DOCUMENTS.items() for relation in relations_in(folder, name, make())]


def bare(text: str) -> str:
    return text.replace(",", "").replace(" ", "")


@pytest.mark.parametrize("case", CASES, ids=[case["q"] for case in CASES])
def test_a_question_over_tables(case: dict[str, object], tables: list[Relation]) -> None:
    question, value = str(case["q"]), case["value"]
    own = language_of(question)
    # as a search does, the documents of the question's language come first
    ordered = sorted(tables, key=lambda relation: _language(relation.version_id) != own)
    best = best_result(wish_of(question), ordered)
    if value is None:
        assert best is None, best[1] if best else ""
        return
    assert best is not None
    assert isinstance(value, list)
    assert [part for part in value if bare(part) not in bare(best[1])] == [], best[1]


def _language(name: str) -> str:
    if name.isascii():
        return "en"
    return "zh" if name in ("办公用品库存表.md", "值班表.docx", "通讯录.xlsx") else "ja"
