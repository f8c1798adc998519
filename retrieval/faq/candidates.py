"""Questions that ask for an approved answer: asked and not answered, or answered to no use. Ranked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Answer, AnswerStatus, Citation, Document, Faq, FaqState, Feedback, Question, now
from retrieval.faq.faqs import LEAST_ALIKE, Wording, alike, taken_apart

LOOK_BACK = timedelta(days=180)
MOST_PLACED = 10  # questions of one candidate whose nearest places are looked at
MOST_READ = 5000  # questions that are looked at, newest first


@dataclass
class Candidate:
    """One question in the wording that was used last, and how often it failed people."""

    question: str
    language: str
    last_asked: datetime
    unanswered: int = 0  # times that nothing answered it
    unhelpful: int = 0  # times that its asker found the answer of no use
    people: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)  # the questions' ids
    space_id: str = ""  # where most of the nearest places lie; empty: nothing was near

    @property
    def rank(self) -> tuple[int, int, datetime]:
        """More people first, then more failures, then the newer."""
        return len(self.people), self.unanswered + self.unhelpful, self.last_asked


def candidates(session: Session, *, limit: int) -> list[Candidate]:
    """The best candidates of the last half year, over everyone's questions: whoever calls this must be
    allowed to see those. Questions that an approved answer fits are left out."""
    rows = session.execute(
        select(Question.id, Question.standalone, Question.text, Question.language, Question.user_id,
               Question.asked_at, Answer.status, Feedback.helpful)
        .join(Answer, Answer.question_id == Question.id)
        .outerjoin(Feedback, Feedback.question_id == Question.id)
        .where(
            Question.asked_at >= now() - LOOK_BACK,
            (Answer.status == AnswerStatus.NOT_FOUND) | Feedback.helpful.is_(False),
        )
        .order_by(Question.asked_at.desc())
        .limit(MOST_READ)
    ).all()  # fmt: skip
    approved = [
        taken_apart(text)
        for question, wordings in session.execute(
            select(Faq.question, Faq.wordings).where(Faq.state == FaqState.APPROVED)
        )
        for text in (question, *wordings)
    ]
    grouped: list[tuple[Wording, Candidate]] = []
    by_words: dict[str, list[int]] = {}  # the groups in which a word stands: only those can be alike
    for row in rows:
        text = row.standalone or row.text
        wording = taken_apart(text)
        near = {index for word in [*wording.words, wording.plain] for index in by_words.get(word, ())}
        group = next(
            (grouped[index][1] for index in sorted(near) if alike(wording, grouped[index][0]) >= LEAST_ALIKE),
            None,
        )
        if group is None:
            if any(alike(wording, known) >= LEAST_ALIKE for known in approved):
                continue
            group = Candidate(text, row.language, row.asked_at)
            for word in {*wording.words, wording.plain}:
                by_words.setdefault(word, []).append(len(grouped))
            grouped.append((wording, group))
        group.unanswered += row.status == AnswerStatus.NOT_FOUND
        group.unhelpful += row.helpful is False
        group.people.add(row.user_id)
        group.asked.append(row.id)
    best = sorted(
        (candidate for _, candidate in grouped), key=lambda candidate: candidate.rank, reverse=True
    )[:limit]
    _place(session, best)
    return best


def _place(session: Session, wanted: list[Candidate]) -> None:
    """Say for each in which space its answer would stand: that of the places that were nearest."""
    of = {question_id: candidate for candidate in wanted for question_id in candidate.asked[:MOST_PLACED]}
    spaces: dict[int, Counter[str]] = {id(candidate): Counter() for candidate in wanted}
    for question_id, space_id in session.execute(
        select(Citation.question_id, Document.space_id)
        .join(Document, Document.id == Citation.document_id)
        .where(Citation.question_id.in_(of))
    ):
        spaces[id(of[question_id])][space_id] += 1
    for candidate in wanted:
        candidate.space_id = next((space_id for space_id, _ in spaces[id(candidate)].most_common(1)), "")
