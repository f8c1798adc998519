"""What employees ask of whole documents, in three languages: how much of a good answer is shown, and how long
it is. The limits lie a little below what was reached; the questions and documents stand beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from making import LIBRARY, administrator, finish_work, settings_in, upload

from core.models import AnswerStatus
from evaluation.scoring import carries, characters, comparable, mean
from operations.library import Library, open_library
from retrieval.answers.events import Done
from retrieval.answers.quoted import stands_on_its_pages
from retrieval.answers.shown import shown_text

HERE = Path(__file__).parent
SAMPLES = (
    "work-rules.pdf", "travel-expense-policy.pdf", "information-security-policy.pdf", "pump-manual.pdf",
    "quality-meeting-minutes.pdf", "faq.docx", "safety-notice.pdf", "approval-request.docx",
    "price-table.xlsx",
)  # fmt: skip
QUESTIONS: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "questions.yaml").read_text("utf-8"))


@dataclass(frozen=True)
class Shown:
    """What was shown for a question, and the share of its facts that it carries."""

    done: Done
    complete: float
    characters: int


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The sample library and the documents beside this file, versions one after another."""
    settings = settings_in(tmp_path_factory.mktemp("overviews"), embedder="none")
    with open_library(settings, load_models=False) as library:
        for name in SAMPLES:
            upload(library, name, (LIBRARY / name).read_bytes())
        for path in sorted((HERE / "documents").rglob("*.md")):
            name = path.name.replace(".v1.md", ".md").replace(".v2.md", ".md")
            upload(library, name, path.read_bytes())
            finish_work(library)
        finish_work(library)
        yield library


def asked(library: Library, question: dict[str, Any]) -> Shown:
    done = list(library.answerer.ask(administrator(library), question["question"]))[-1]
    assert isinstance(done, Done)
    with library.sessions.read() as session:
        assert all(stands_on_its_pages(session, quote) for quote in done.quotes)
    text = shown_text(done)
    plain = comparable(text)
    carried = [any(carries(plain, form) for form in fact) for fact in question.get("facts", [])]
    return Shown(done, sum(carried) / max(1, len(carried)), characters(text))


@pytest.mark.parametrize(
    ("kind", "least", "longest"),
    [("summary", 0.65, 800), ("comparison", 0.85, 450), ("about_documents", 0.9, 250)],
)
def test_enough_is_shown_and_not_too_much(filled: Library, kind: str, least: float, longest: float) -> None:
    shown = [asked(filled, question) for question in QUESTIONS[kind]]
    assert len(shown) >= 15
    assert (mean([summary.complete for summary in shown]) or 0) >= least
    assert (mean([summary.characters for summary in shown]) or 0) <= longest


@pytest.mark.parametrize("question", QUESTIONS["refused"], ids=lambda question: question["question"])
def test_what_is_not_there_is_not_shown(filled: Library, question: dict[str, Any]) -> None:
    assert asked(filled, question).done.status == AnswerStatus.NOT_FOUND
