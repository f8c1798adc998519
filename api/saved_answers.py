"""Past answers as their asker may read them now: for the screens, and for files that leave them."""

from __future__ import annotations

from datetime import datetime

from api.citations import saved_citation
from api.copies import with_copies
from api.overviews import saved_overview
from api.render import feedback_out
from contract.answers import AnswerOut, ApprovalOut, ComputedOut, StruckOut
from contract.values import Certainty
from core.access import Access
from core.models import AnswerStatus
from operations.library import Library
from retrieval.answers.history import SavedAnswer
from retrieval.faq.listing import approval


def saved_answer(library: Library, access: Access, saved: SavedAnswer) -> AnswerOut:
    """The answer; quotes of documents that may not be read any more are left out, and what was written from
    them."""
    question, answer, complete = saved.question, saved.answer, saved.complete
    citations = with_copies(library, access, [saved_citation(citation) for citation in saved.citations])
    answered = answer.status != AnswerStatus.NOT_FOUND
    return AnswerOut(
        question_id=question.id,
        question=question.text,
        asked=question.standalone or question.text,
        status=answer.status,
        answer=answer.text if complete else "",
        citations=citations if answered else [],
        nearest=[] if answered else citations,
        probability=round(answer.probability, 4),
        certainty=Certainty(answer.certainty),
        struck=[StruckOut(**struck) for struck in answer.struck] if complete else [],
        timings_ms=answer.timings_ms,
        model=answer.model,
        why=answer.why if complete else "not_readable_any_more",
        conflicts=saved.conflicts,
        writing={name: value for name, value in answer.writing.items() if name != "unfinished" or complete},
        computed=ComputedOut(**answer.computed) if complete and answer.computed else None,
        faq_id=answer.faq_id,
        approved=approval_out(library, answer.faq_id, answered_at=answer.answered_at),
        overview=saved_overview(library, access, saved) if answered else None,
        language=question.language,
        asked_at=question.asked_at,
        as_of=question.as_of,
        left_out=saved.left_out,
        feedback=feedback_out(saved.feedback) if saved.feedback is not None else None,
    )


def approval_out(
    library: Library, faq_id: str | None, *, answered_at: datetime | None = None
) -> ApprovalOut | None:
    """Who stands for an approved answer; None for any other."""
    if faq_id is None:
        return None
    with library.sessions.read() as session:
        known = approval(session, faq_id, answered_at=answered_at)
    return ApprovalOut(by=known.by, at=known.at) if known is not None else None
