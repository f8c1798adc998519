"""A question about whole documents: what is asked for, and the evidence as a summary, a table or cards.

It reads the trees of the documents that the search found through access, and leaves the evidence as it was
where it has nothing better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.access import Access
from retrieval.evidence.question_kinds import QuestionKind, question_kind
from retrieval.evidence.types import Evidence
from retrieval.index.search import Hit
from retrieval.overview.subject import (
    MOST_DOCUMENTS,
    asked_of,
    documents_of,
    sought,
    subject_text,
)
from retrieval.overview.summarising import summarised
from retrieval.overview.whole_document import WholeDocument, read_whole

KINDS = (QuestionKind.SUMMARY, QuestionKind.COMPARISON, QuestionKind.ABOUT_DOCUMENTS)


@dataclass(frozen=True)
class OverviewTools:
    """What an overview needs of those who answer: in how many passages each token stands and how many there
    are, and whether a text speaks to the machine and is kept out of quotes."""

    frequencies: Callable[[Sequence[str]], tuple[Mapping[str, int], int]]
    kept_out: Callable[[str], bool]


def overviewed(
    access: Access,
    session: Session,
    question: str,
    hits: Sequence[Hit],
    evidence: Evidence,
    tools: OverviewTools,
) -> Evidence:
    """The evidence as the kind of question needs it; itself where it asks for no whole document."""
    kind = question_kind(question)
    if kind not in KINDS or not hits:
        return evidence
    text = subject_text(question, compares=kind is QuestionKind.COMPARISON)
    asked = asked_of(text, *tools.frequencies(sought(text)))
    wholes = _read(session, hits)
    better: Evidence | None = None
    if kind is QuestionKind.SUMMARY:
        better = summarised(question, asked, hits, wholes, evidence, tools.kept_out)
    return better or evidence


def _read(session: Session, hits: Sequence[Hit]) -> list[tuple[Hit, WholeDocument]]:
    """The trees of the first documents, in the versions that were found."""
    found = []
    for hit in documents_of(hits)[:MOST_DOCUMENTS]:
        whole = read_whole(session, hit.document, hit.passage.version_id)
        if whole is not None:
            found.append((hit, whole))
    return found
