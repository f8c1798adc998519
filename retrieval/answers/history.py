"""Questions that were asked before, with their answers, and where quotes stand on their pages today."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, or_, select, tuple_
from sqlalchemy.orm import Session

from core import access as access_rules
from core.access import Access
from core.audit import record
from core.errors import NotFound
from core.holds import check_user
from core.models import Answer, Citation, Document, Feedback, Page, Passage, Question, Space, User, Version
from retrieval.answers.conflicts import disagree
from retrieval.answers.events import CONFLICT
from retrieval.evidence.types import Quote, Stretch
from retrieval.evidence.units import UnitKind
from retrieval.index.search import Hit

MOST_WORDS = 10  # that one's own questions are looked through for


@dataclass(frozen=True)
class QuotedPage:
    """What a citation shows of a page: its boxes and size in points, where its text comes from, its kind and
    name, its blocks as they are stored, its version's number and dates in force, and its space's name."""

    boxes: bytes
    width: float
    height: float
    source: str
    kind: str
    name: str
    blocks: list[Any]
    version: int
    in_force_from: date | None
    in_force_until: date | None
    space: str


@dataclass(frozen=True)
class SavedCitation:
    """A citation of a saved answer, with what it stands in."""

    citation: Citation
    document: Document
    passage: Passage
    page: QuotedPage
    pages: dict[int, QuotedPage]  # by number, those that its stretches stand on

    @property
    def quote(self) -> Quote:
        """The quote that was saved."""
        saved = self.citation
        hit = Hit(self.passage, self.document, saved.score)
        if not saved.stretches:  # it was saved when a quote had no more than one
            return Quote(hit, saved.page, saved.start, saved.end, saved.quote, saved.score)
        stretches, offset = [], 0
        for page, start, end in saved.stretches:
            stretches.append(Stretch(page, start, end, saved.quote[offset : offset + end - start]))
            offset += end - start + 1
        emphasis = [(start, end) for start, end in saved.emphasis]
        return Quote.of(hit, stretches, saved.score, unit=UnitKind(saved.unit), emphasis=emphasis)


@dataclass(frozen=True)
class SavedAnswer:
    """A question with its answer. `left_out` counts the citations of documents that may not be read any more:
    they are not in it, and nothing that was written from them may be shown."""

    question: Question
    answer: Answer
    citations: list[SavedCitation]
    left_out: int
    feedback: Feedback | None

    @property
    def complete(self) -> bool:
        """Whether every document that it quotes may still be read."""
        return not self.left_out

    @property
    def conflicts(self) -> list[tuple[int, int]]:
        """The pairs of marks that do not agree, of an answer that was saved as a conflict."""
        if not self.complete or self.answer.why != CONFLICT:
            return []
        asked = self.question.standalone or self.question.text
        return [
            (first.mark, second.mark)
            for first, second in itertools.combinations([saved.citation for saved in self.citations], 2)
            if first.document_id != second.document_id and disagree(asked, first.quote, second.quote)
        ]


_QUOTED_PAGE = (
    Page.boxes, Page.width, Page.height, Page.source, Page.kind, Page.name, Page.blocks,
    Version.number, Version.in_force_from, Version.in_force_until, Space.name,
)  # fmt: skip


def pages_of(session: Session, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], QuotedPage]:
    """The pages at those places (version id and page number), in one query; an erased one is missing."""
    rows = session.execute(
        select(Page.version_id, Page.number, *_QUOTED_PAGE)
        .join(Version, Version.id == Page.version_id)
        .join(Document, Document.id == Version.document_id)
        .join(Space, Space.id == Document.space_id)
        .where(tuple_(Page.version_id, Page.number).in_(sorted(set(places))))
    )
    return {(version_id, number): QuotedPage(*page) for version_id, number, *page in rows}


def own_questions(
    access: Access, session: Session, *, limit: int, words: str = ""
) -> Sequence[tuple[Question, str | None]]:
    """The asker's own questions, newest first, each with the status of its answer (None: none came); those
    that hold each of the `words`, or whose answer does."""
    query = (
        select(Question, Answer.status)
        .outerjoin(Answer, Answer.question_id == Question.id)
        .where(access_rules.own(access, Question))
    )
    for word in words.split()[:MOST_WORDS]:
        holds = Question.text.icontains(word, autoescape=True), Answer.text.icontains(word, autoescape=True)
        query = query.where(or_(*holds))
    rows = session.execute(query.order_by(Question.asked_at.desc()).limit(limit))
    return [(question, status) for question, status in rows]


def forget_questions(access: Access, session: Session, question_id: str | None = None) -> int:
    """Delete one of the asker's own questions with its answer, or (None) all of them; returns how many.
    Raises NotFound, or UnderLegalHold where the person is held."""
    check_user(session, session.get_one(User, access.user_id))
    mine = select(Question.id).where(access_rules.own(access, Question))
    if question_id is not None:
        mine = mine.where(Question.id == question_id)
    ids = session.scalars(mine).all()
    if question_id is not None and not ids:
        raise NotFound(what="question", name=question_id)
    session.execute(delete(Question).where(Question.id.in_(mine)))
    record(session, access.user_id, "question.removed", question_id or "*", count=len(ids))
    return len(ids)


def own_answer(access: Access, session: Session, question_id: str) -> SavedAnswer:
    """The answer to a question of the asker's own. Raises NotFound."""
    for saved in own_answers(access, session, [question_id]):
        return saved
    raise NotFound(what="question", name=question_id)


def own_answers(access: Access, session: Session, question_ids: Sequence[str]) -> list[SavedAnswer]:
    """The answers to those questions of the asker's own, the oldest first; those that are not there are left
    out."""
    rows = session.execute(
        select(Question, Answer)
        .join(Answer, Answer.question_id == Question.id)
        .where(Question.id.in_(question_ids), access_rules.own(access, Question))
        .order_by(Question.asked_at, Question.id)
    ).all()
    ids = [question.id for question, _ in rows]
    cited = [
        (citation, document, passage, QuotedPage(*page))
        for citation, document, passage, *page in session.execute(_citations(access, ids))
    ]
    others = pages_of(
        session,
        [
            (citation.version_id, number)
            for citation, *_ in cited
            for number, _, _ in citation.stretches
            if number != citation.page
        ],
    )
    citations: dict[str, list[SavedCitation]] = {}
    for citation, document, passage, page in cited:
        pages = {
            number: other for (version, number), other in others.items() if version == citation.version_id
        }
        saved = SavedCitation(citation, document, passage, page, {citation.page: page} | pages)
        citations.setdefault(citation.question_id, []).append(saved)
    query = select(Citation.question_id, func.count()).where(Citation.question_id.in_(ids))
    counts = dict(session.execute(query.group_by(Citation.question_id)).all())
    feedback = {
        given.question_id: given
        for given in session.scalars(select(Feedback).where(Feedback.question_id.in_(ids)))
    }
    return [
        SavedAnswer(
            question, answer, mine := citations.get(question.id, []),
            counts.get(question.id, 0) - len(mine), feedback.get(question.id),
        )
        for question, answer in rows
    ]  # fmt: skip


def own_answered(
    access: Access, session: Session, *, since: date | None, until: date | None, limit: int
) -> Sequence[str]:
    """The ids of the asker's own questions that were answered between those days (of UTC), the oldest
    first."""
    query = select(Question.id).join(Answer, Answer.question_id == Question.id)
    query = query.where(access_rules.own(access, Question))
    if since is not None:
        query = query.where(Question.asked_at >= datetime.combine(since, time.min))
    if until is not None:
        query = query.where(Question.asked_at < datetime.combine(until, time.min) + timedelta(days=1))
    return session.scalars(query.order_by(Question.asked_at, Question.id).limit(limit)).all()


def _citations(access: Access, question_ids: Sequence[str]) -> Select[Any]:
    return (
        select(Citation, Document, Passage, *_QUOTED_PAGE)
        .join(Document, Document.id == Citation.document_id)
        .join(Passage, Passage.id == Citation.passage_id)
        .join(Page, (Page.version_id == Citation.version_id) & (Page.number == Citation.page))
        .join(Version, Version.id == Citation.version_id)
        .join(Space, Space.id == Document.space_id)
        .where(Citation.question_id.in_(question_ids), access_rules.may_read(access))
        .order_by(Citation.question_id, Citation.mark)
    )
