"""Questions, answers with their citations, and what people think of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contract.values import FeedbackReason
from core.models.base import WITHIN, Base, new_id, now


class AnswerStatus(StrEnum):
    """What kind of answer was given."""

    ANSWERED = "answered"  # written by a model, every sentence checked
    QUOTED = "quoted"  # quotes alone
    NOT_FOUND = "not_found"  # the documents do not answer


class Question(Base):
    """What a person asked."""

    __tablename__ = "questions"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(16), index=True)
    text: Mapped[str]
    # The question as it was looked up: a follow-up is made whole from the question that it follows.
    standalone: Mapped[str] = mapped_column(default="", server_default="")
    follows: Mapped[str | None] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    spaces: Mapped[list[Any] | None] = mapped_column(WITHIN)
    as_of: Mapped[date | None]  # the day it was asked about; None: the day it was asked
    asked_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Answer(Base):
    """What Shoko answered, with what it struck and how long each part took."""

    __tablename__ = "answers"
    question_id: Mapped[str] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(String(200), default="none")
    why: Mapped[str] = mapped_column(String(64), default="")  # an error's code if the model could not
    faq_id: Mapped[str | None] = mapped_column(String(16), index=True)  # the approved answer that this is
    probability: Mapped[float]
    certainty: Mapped[str] = mapped_column(String(8), default="", server_default="")  # of quotes: `Certainty`
    struck: Mapped[list[Any]] = mapped_column(default=list)
    writing: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    # How its citations stand in a summary, a table or cards; see `retrieval.overview.types.Overview.packed`.
    overview: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    timings_ms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # What was computed from a table: its value, words and rows; empty if nothing was.
    computed: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    answered_at: Mapped[datetime] = mapped_column(default=now)


class Citation(Base):
    """A quote of an answer. `stretches` lists the [page, start, end] that it is made of, each word for word
    on its page; `quote` is their texts joined by a line's end, and `page`, `start`, `end` are those of the
    first. One from before there were several has an empty list. `emphasis` lists [start, end) of `quote`."""

    __tablename__ = "citations"
    question_id: Mapped[str] = mapped_column(
        ForeignKey("answers.question_id", ondelete="CASCADE"), primary_key=True
    )
    mark: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[str] = mapped_column(String(16))
    passage_id: Mapped[str] = mapped_column(String(24))
    page: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]
    score: Mapped[float]
    unit: Mapped[str] = mapped_column(String(16), default="sentence", server_default="sentence")
    stretches: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    emphasis: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")


class Feedback(Base):
    """What the asker thought of an answer: one opinion a question, the last one counts."""

    __tablename__ = "feedback"
    question_id: Mapped[str] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    helpful: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(16), default=FeedbackReason.NONE)
    comment: Mapped[str] = mapped_column(String(1000), default="")
    given_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Gap(Base):
    """A question that the documents do not answer, reported by its asker to the managers of a space."""

    __tablename__ = "gaps"
    __table_args__ = (UniqueConstraint("question_id", "space_id"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    question_id: Mapped[str] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"))
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    note: Mapped[str] = mapped_column(String(1000), default="")
    told_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(16))
    reply: Mapped[str] = mapped_column(String(4000), default="", server_default="")  # to the asker
    faq_id: Mapped[str | None] = mapped_column(String(16))  # the answer that is written for it
    read_at: Mapped[datetime | None]  # when the asker saw the reply
