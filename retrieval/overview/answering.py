"""A question about whole documents: what is asked for, and the evidence as a summary, a table or cards.

It reads the trees of the documents that the search found through access, and leaves the evidence as it was
where it has nothing better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from core.access import Access
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.question_kinds import QuestionKind, question_kind
from retrieval.evidence.types import Evidence
from retrieval.index.search import Hit
from retrieval.overview.comparing import compared_cases, compared_documents, compared_versions
from retrieval.overview.records import asked_about, recorded
from retrieval.overview.sides import asks_what_changed, two_cases, two_documents
from retrieval.overview.subject import (
    MOST_DOCUMENTS,
    asked_of,
    documents_of,
    named_subject,
    sought,
    subject_text,
)
from retrieval.overview.summarising import summarised
from retrieval.overview.types import Difference
from retrieval.overview.whole_document import WholeDocument, read_whole, versions_of

Differences = Callable[[Session, str, str, str], Sequence[Difference]]  # a name, ids of two versions


def no_differences(session: Session, name: str, old: str, new: str) -> Sequence[Difference]:
    """Of a library that compares no versions."""
    return ()


KINDS = (QuestionKind.SUMMARY, QuestionKind.COMPARISON, QuestionKind.ABOUT_DOCUMENTS)


@dataclass(frozen=True)
class OverviewTools:
    """What an overview needs of those who answer: in how many passages each token stands and how many there
    are, and whether a text speaks to the machine and is kept out of quotes."""

    frequencies: Callable[[Sequence[str]], tuple[Mapping[str, int], int]]
    kept_out: Callable[[str], bool]
    differences: Differences = no_differences


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
    about = kind is QuestionKind.ABOUT_DOCUMENTS
    text = subject_text(
        asked_about(question) if about else question, compares=kind is QuestionKind.COMPARISON
    )
    asked = asked_of(text, *tools.frequencies(sought(text)))
    wholes = _read(session, hits)
    better: Evidence | None = None
    if kind is QuestionKind.SUMMARY:
        better = summarised(question, asked, hits, wholes, evidence, tools.kept_out)
    elif kind is QuestionKind.COMPARISON:
        better = _compared(session, question, asked, hits, wholes, evidence, tools)
    else:
        better = recorded(session, question, asked, hits, wholes, evidence, tools.kept_out)
    return better or evidence


def _compared(
    session: Session,
    question: str,
    asked: AskedQuestion,
    hits: Sequence[Hit],
    wholes: Sequence[tuple[Hit, WholeDocument]],
    evidence: Evidence,
    tools: OverviewTools,
) -> Evidence | None:
    """The table of what the question compares; None where it is not to be told."""
    if asks_what_changed(question):
        changed = _changed(session, question, asked, wholes, evidence, tools)
        if changed is not None:
            return changed
    pair = two_documents(asked, wholes, hits)
    if pair is not None:
        return compared_documents(asked, *pair, evidence, tools.kept_out)
    cases = two_cases(question)
    if cases is None:
        return None
    return compared_cases(asked, cases, evidence, [whole for _, whole in wholes], tools.kept_out)


def _changed(
    session: Session,
    question: str,
    asked: AskedQuestion,
    wholes: Sequence[tuple[Hit, WholeDocument]],
    evidence: Evidence,
    tools: OverviewTools,
) -> Evidence | None:
    """The differences from the version before to the one that was found, of the document that is named or
    of the first that has two versions."""
    named = named_subject(question, asked, wholes)
    candidates = [named.whole] if named is not None else [whole for _, whole in wholes[:2]]
    for new in candidates:
        before = [
            version
            for version in versions_of(session, new.document.id)
            if version.number < new.version.number
        ]
        old = read_whole(session, new.document, before[-1].id) if before else None
        if old is None:
            continue
        changes = tools.differences(session, new.document.name, old.version.id, new.version.id)
        table = compared_versions(asked, old, new, changes, evidence, tools.kept_out)
        if table is not None:
            sure = max(table.probability, named.named if named is not None else 0.0)
            return replace(table, probability=min(sure, 1.0))
    return None


def _read(session: Session, hits: Sequence[Hit]) -> list[tuple[Hit, WholeDocument]]:
    """The trees of the first documents, in the versions that were found."""
    wholes = []
    for hit in documents_of(hits)[:MOST_DOCUMENTS]:
        whole = read_whole(session, hit.document, hit.passage.version_id)
        if whole is not None:
            wholes.append((hit, whole))
    return wholes
