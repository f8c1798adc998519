"""What people think of answers, and questions without an answer that were reported to a space's managers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from contract.values import FeedbackReason
from core import access as access_rules
from core.access import Access
from core.audit import record
from core.errors import NotFound
from core.models import Feedback, Gap, Question, Space, User, now


@dataclass(frozen=True)
class ReportedGap:
    """A reported question with its text, the name of the space, and of the asker (None: gone)."""

    gap: Gap
    question: str
    space: str
    asked_by: str | None


def set_feedback(
    access: Access, session: Session, question_id: str, *, helpful: bool, reason: FeedbackReason, comment: str
) -> Feedback:
    """The asker's opinion of an answer, in place of an earlier one; a reason belongs to an answer that did
    not help. Raises NotFound."""
    own_question(access, session, question_id)
    feedback = session.merge(
        Feedback(
            question_id=question_id,
            helpful=helpful,
            reason="" if helpful else reason,
            comment=comment.strip(),
            given_at=now(),
        )
    )
    record(session, access.user_id, "feedback.given", question_id, helpful=helpful)
    return feedback


def remove_feedback(access: Access, session: Session, question_id: str) -> None:
    """Take the opinion back, if there is one. Raises NotFound."""
    own_question(access, session, question_id)
    feedback = session.get(Feedback, question_id)
    if feedback is not None:
        session.delete(feedback)


def report_gap(access: Access, session: Session, question_id: str, space: str, note: str) -> ReportedGap:
    """Report a question without an answer to the managers of that space (id or name). Reporting it there
    again changes the note and opens it again. Raises NotFound."""
    own_question(access, session, question_id)
    shelf = access_rules.space(access, session, space)
    gap = session.scalar(select(Gap).where(Gap.question_id == question_id, Gap.space_id == shelf.id))
    if gap is None:
        gap = Gap(question_id=question_id, space_id=shelf.id)
        session.add(gap)
    gap.note, gap.told_at, gap.closed_at, gap.closed_by = note.strip(), now(), None, None
    gap.reply, gap.read_at = "", None
    session.flush()
    record(session, access.user_id, "gap.told", question_id, space=shelf.id)
    return _reported(session, gap)


def gaps(access: Access, session: Session, *, closed: bool, limit: int) -> list[ReportedGap]:
    """What was reported in the spaces that the asker manages, newest first."""
    query = _select().where(Gap.space_id.in_(access.managed)).order_by(Gap.told_at.desc(), Gap.id)
    query = query.where(Gap.closed_at.is_not(None) if closed else Gap.closed_at.is_(None))
    return [ReportedGap(*row) for row in session.execute(query.limit(limit))]


def own_gaps(access: Access, session: Session, *, limit: int) -> list[ReportedGap]:
    """What the asker reported, newest first."""
    query = _select().where(access_rules.own(access, Question)).order_by(Gap.told_at.desc(), Gap.id)
    return [ReportedGap(*row) for row in session.execute(query.limit(limit))]


def read_reply(access: Access, session: Session, gap_id: str) -> ReportedGap:
    """The asker saw what became of it. Raises NotFound."""
    mine = (
        select(Gap).join(Question, Question.id == Gap.question_id).where(access_rules.own(access, Question))
    )
    gap = session.scalar(mine.where(Gap.id == gap_id))
    if gap is None:
        raise NotFound(what="gap", name=gap_id)
    if gap.closed_at is not None and gap.read_at is None:
        gap.read_at = now()
        session.flush()
    return _reported(session, gap)


def managed_gap(access: Access, session: Session, gap_id: str) -> Gap:
    """A reported question of a space that the asker manages. Raises NotFound or NotPermitted."""
    gap = session.scalar(select(Gap).where(Gap.id == gap_id, Gap.space_id.in_(access.readable)))
    if gap is None:
        raise NotFound(what="gap", name=gap_id)
    access_rules.space_to_manage(access, session, gap.space_id)
    return gap


def close_gap(access: Access, session: Session, gap_id: str, reply: str = "") -> ReportedGap:
    """Close a reported question, with a reply to its asker; one that is closed stays so. Raises NotFound or
    NotPermitted."""
    gap = managed_gap(access, session, gap_id)
    if gap.closed_at is None:
        gap.closed_at, gap.closed_by, gap.reply = now(), access.user_id, reply.strip()
        record(session, access.user_id, "gap.closed", gap_id)
    session.flush()
    return _reported(session, gap)


def close_answered(access: Access, session: Session, faq_id: str, answer: str) -> None:
    """An approved answer now answers: the reported questions that it was written for are closed with it."""
    for gap in session.scalars(select(Gap).where(Gap.faq_id == faq_id, Gap.closed_at.is_(None))):
        gap.closed_at, gap.closed_by, gap.reply = now(), access.user_id, answer
        record(session, access.user_id, "gap.closed", gap.id)


def own_question(access: Access, session: Session, question_id: str) -> Question:
    """A question of the asker's own. Raises NotFound."""
    query = select(Question).where(Question.id == question_id, access_rules.own(access, Question))
    question = session.scalar(query)
    if question is None:
        raise NotFound(what="question", name=question_id)
    return question


def _select() -> Select[Gap, str, str, str | None]:
    return (
        select(Gap, Question.text, Space.name, User.name)
        .join(Question, Question.id == Gap.question_id)
        .join(Space, Space.id == Gap.space_id)
        .outerjoin(User, User.id == Question.user_id)
    )


def _reported(session: Session, gap: Gap) -> ReportedGap:
    return ReportedGap(*session.execute(_select().where(Gap.id == gap.id)).one())
