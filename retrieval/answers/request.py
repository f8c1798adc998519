"""What is asked of the answerer, and how it is recorded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from core.access import Access, made_within, own
from core.db import Sessions
from core.errors import NotFound
from core.models import Question
from language.tokens import language_of
from retrieval.answers.conversation import Turn
from retrieval.answers.followups import standalone
from retrieval.answers.writing.generation import SamplingOptions


@dataclass(frozen=True)
class AnswerRequest:
    """What is asked, of what and how; `Answerer.ask` says what each means."""

    question: str
    spaces: Collection[str] | None
    follows: str | None
    as_of: date | None
    turns: Sequence[Turn]
    options: SamplingOptions | None
    documents: Collection[str] | None

    @property
    def plain(self) -> bool:
        """Whether it may be answered from the cache: an answer in a program's own manner is not kept."""
        return not self.turns and self.options is None


def question_row(sessions: Sessions, access: Access, request: AnswerRequest) -> Question:
    """The question as it is recorded, made whole where it leaves something out. Raises NotFound."""
    before, within, as_of = "", made_within(access, request.spaces), request.as_of
    if request.follows:
        earlier = _earlier(sessions, access, request.follows)
        before = earlier.standalone or earlier.text
        both = within is not None and earlier.spaces is not None
        within = sorted({*(within or ()), *(earlier.spaces or ())}) if both else None
        as_of = as_of or earlier.as_of  # "And what was it for interns?" asks of the same day
    for turn in request.turns:
        before = standalone(turn.question, before) if before else turn.question
    return Question(
        user_id=access.user_id,
        text=request.question,
        standalone=standalone(request.question, before) if before else request.question,
        follows=request.follows,
        language=language_of(request.question),
        spaces=within,
        as_of=as_of,
    )


def _earlier(sessions: Sessions, access: Access, question_id: str) -> Question:
    """The asker's own earlier question. Raises NotFound."""
    with sessions.read() as session:
        row = session.scalar(select(Question).where(Question.id == question_id, own(access, Question)))
        if row is None:
            raise NotFound(what="question", name=question_id)
        return row
