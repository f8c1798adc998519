"""Evaluations that administrators start: question sets, and the run under way."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from contract.base import ErrorDetail, Schema
from contract.values import JobState


class QuestionSetOut(Schema):
    """A question set that is kept: how many documents and questions it has, and the kinds of questions."""

    name: str
    documents: int
    questions: int
    kinds: list[str]


class QuestionSetList(Schema):
    """By name, and the chat models that can write answers to their questions."""

    sets: list[QuestionSetOut]
    models: list[str] = Field(description="Installed chat models; `none` is always possible")


class EvaluationOrder(Schema):
    """Which questions to ask, and which chat model writes; `none` asks for quotes alone."""

    set: str = Field(max_length=200)
    model: str = Field("none", max_length=200)


class EvaluationRunOut(Schema):
    """A run: `step` says what it does (empty while models are loaded; then documents, passages, questions,
    conversations or injection), `done` of `total` (0: not known). `report` is the id of the evaluation once
    it is done."""

    id: str
    set: str
    model: str
    state: JobState
    step: str
    done: int
    total: int
    report: str
    problem: str
    error: ErrorDetail | None
    created_at: datetime
    finished_at: datetime | None


class EvaluationRunAnswer(Schema):
    """The run under way, or the last one since the server was started; null where there was none."""

    run: EvaluationRunOut | None
