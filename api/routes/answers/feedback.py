"""What people think of answers, and questions without an answer, reported to the managers of a space."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from api.render import feedback_out
from contract.answers import FeedbackIn, FeedbackOut, GapIn, GapList, GapOut, GapReplyIn
from retrieval.answers import feedback
from retrieval.answers.feedback import ReportedGap

router = APIRouter(tags=["feedback"], responses=REFUSALS)


@router.put("/api/questions/{question_id}/feedback", summary="Say whether an answer helped")
def give(library: LibraryDep, access: AccessDep, question_id: str, order: FeedbackIn) -> FeedbackOut:
    """On your own question. The last opinion counts; a reason belongs to an answer that did not help."""
    with library.sessions.write() as session:
        opinion = feedback.set_feedback(
            access, session, question_id,
            helpful=order.helpful, reason=order.reason, comment=order.comment,
        )  # fmt: skip
        return feedback_out(opinion)


@router.delete("/api/questions/{question_id}/feedback", summary="Take your opinion back", status_code=204)
def take_back(library: LibraryDep, access: AccessDep, question_id: str) -> None:
    """Without an opinion nothing happens."""
    with library.sessions.write() as session:
        feedback.remove_feedback(access, session, question_id)


@router.post(
    "/api/questions/{question_id}/gaps",
    summary="Report a missing answer to the managers of a space",
    status_code=201,
)
def report(library: LibraryDep, access: AccessDep, question_id: str, order: GapIn) -> GapOut:
    """The question's text and the asker's name become readable for those who manage that space.

    Reporting it to the same space again changes the note and opens it again.
    """
    with library.sessions.write() as session:
        return _gap_out(feedback.report_gap(access, session, question_id, order.space, order.note))


@router.get("/api/gaps", summary="Questions that the documents do not answer")
def gaps(
    library: LibraryDep,
    access: AccessDep,
    closed: Annotated[bool, Query(description="The closed ones instead of the open ones")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> GapList:
    """Those reported in the spaces that you manage, newest first."""
    with library.sessions.read() as session:
        reported = feedback.gaps(access, session, closed=closed, limit=limit)
    return GapList(gaps=[_gap_out(gap) for gap in reported])


@router.get("/api/gaps/mine", summary="What you reported, and what became of it")
def own_gaps(
    library: LibraryDep, access: AccessDep, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> GapList:
    """Newest first; `reply` is what you were told, `closed_at` when."""
    with library.sessions.read() as session:
        reported = feedback.own_gaps(access, session, limit=limit)
    return GapList(gaps=[_gap_out(gap) for gap in reported])


@router.post("/api/gaps/{gap_id}/close", summary="Close a reported question")
def close(library: LibraryDep, access: AccessDep, gap_id: str, order: GapReplyIn | None = None) -> GapOut:
    """Once a document answers it, or none ever will. The asker sees the reply."""
    with library.sessions.write() as session:
        return _gap_out(feedback.close_gap(access, session, gap_id, order.reply if order else ""))


@router.post("/api/gaps/{gap_id}/read", summary="Say that you saw what became of your question")
def read_reply(library: LibraryDep, access: AccessDep, gap_id: str) -> GapOut:
    """For who reported it."""
    with library.sessions.write() as session:
        return _gap_out(feedback.read_reply(access, session, gap_id))


def _gap_out(reported: ReportedGap) -> GapOut:
    gap = reported.gap
    return GapOut(
        id=gap.id, question=reported.question, space=reported.space, space_id=gap.space_id,
        asked_by=reported.asked_by or "", note=gap.note, told_at=gap.told_at, closed_at=gap.closed_at,
        reply=gap.reply, faq_id=gap.faq_id, read_at=gap.read_at,
    )  # fmt: skip
