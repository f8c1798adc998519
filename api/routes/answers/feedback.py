"""What people think of answers, and questions without an answer told to those who keep a space."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from contract.answers import FeedbackIn, FeedbackOut, GapIn, GapList, GapOut
from core import access as access_rules
from core.access import Access
from core.audit import record
from core.errors import NotFound
from core.models import Feedback, Gap, Question, Space, User, now

router = APIRouter(tags=["feedback"], responses=REFUSALS)


@router.put("/api/questions/{question_id}/feedback", summary="Say whether an answer helped")
def give(library: LibraryDep, access: AccessDep, question_id: str, order: FeedbackIn) -> FeedbackOut:
    """On one's own question. The last opinion counts; a reason belongs to an answer that did not help."""
    with library.sessions.write() as session:
        _own_question(access, session, question_id)
        given = session.merge(
            Feedback(
                question_id=question_id,
                helpful=order.helpful,
                reason="" if order.helpful else order.reason,
                comment=order.comment.strip(),
                given_at=now(),
            )
        )
        record(session, access.user_id, "feedback.given", question_id, helpful=order.helpful)
        return feedback_out(given)


@router.delete("/api/questions/{question_id}/feedback", summary="Take one's opinion back", status_code=204)
def take_back(library: LibraryDep, access: AccessDep, question_id: str) -> None:
    """Nothing happens where none was given."""
    with library.sessions.write() as session:
        _own_question(access, session, question_id)
        given = session.get(Feedback, question_id)
        if given is not None:
            session.delete(given)


def feedback_out(given: Feedback) -> FeedbackOut:
    """An opinion in the doors' shape."""
    return FeedbackOut(
        helpful=given.helpful, reason=given.reason, comment=given.comment, given_at=given.given_at
    )


@router.post(
    "/api/questions/{question_id}/gaps",
    summary="Tell those who keep a space that an answer is missing",
    status_code=201,
)
def tell(library: LibraryDep, access: AccessDep, question_id: str, order: GapIn) -> GapOut:
    """The question's text and the asker's name become readable for those who manage that space.

    Telling the same space twice changes the note and opens it again.
    """
    with library.sessions.write() as session:
        _own_question(access, session, question_id)
        space = access_rules.space(access, session, order.space)
        told = session.scalar(select(Gap).where(Gap.question_id == question_id, Gap.space_id == space.id))
        if told is None:
            told = Gap(question_id=question_id, space_id=space.id)
            session.add(told)
        told.note, told.told_at, told.closed_at, told.closed_by = order.note.strip(), now(), None, None
        session.flush()
        record(session, access.user_id, "gap.told", question_id, space=space.id)
        return _gap_out(session.execute(_gaps().where(Gap.id == told.id)).one())


@router.get("/api/gaps", summary="Questions that the documents do not answer")
def gaps(
    library: LibraryDep,
    access: AccessDep,
    closed: Annotated[bool, Query(description="The closed ones instead of the open ones")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> GapList:
    """Of the spaces that one manages, newest first."""
    query = _gaps().where(Gap.space_id.in_(access.managed)).order_by(Gap.told_at.desc(), Gap.id)
    query = query.where(Gap.closed_at.is_not(None) if closed else Gap.closed_at.is_(None))
    with library.sessions.read() as session:
        return GapList(gaps=[_gap_out(row) for row in session.execute(query.limit(limit))])


@router.post("/api/gaps/{gap_id}/close", summary="Close a question that was told")
def close(library: LibraryDep, access: AccessDep, gap_id: str) -> GapOut:
    """Once a document answers it, or none ever will."""
    with library.sessions.write() as session:
        told = session.scalar(select(Gap).where(Gap.id == gap_id, Gap.space_id.in_(access.readable)))
        if told is None:
            raise NotFound(what="gap", name=gap_id)
        access_rules.space_to_manage(access, session, told.space_id)
        if told.closed_at is None:
            told.closed_at, told.closed_by = now(), access.user_id
            record(session, access.user_id, "gap.closed", gap_id)
        session.flush()
        return _gap_out(session.execute(_gaps().where(Gap.id == gap_id)).one())


def _own_question(access: Access, session: Session, question_id: str) -> Question:
    found = session.scalar(
        select(Question).where(Question.id == question_id, access_rules.own(access, Question))
    )
    if found is None:
        raise NotFound(what="question", name=question_id)
    return found


def _gaps() -> Select[Gap, str, str, str | None]:
    return (
        select(Gap, Question.text, Space.name, User.name)
        .join(Question, Question.id == Gap.question_id)
        .join(Space, Space.id == Gap.space_id)
        .outerjoin(User, User.id == Question.user_id)
    )


def _gap_out(row: Row[Gap, str, str, str | None]) -> GapOut:
    gap, question, space, asked_by = row
    return GapOut(
        id=gap.id, question=question, space=space, space_id=gap.space_id, asked_by=asked_by or "",
        note=gap.note, told_at=gap.told_at, closed_at=gap.closed_at,
    )  # fmt: skip
