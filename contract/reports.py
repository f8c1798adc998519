"""Reports for administrators: evaluations that were run or run now, and proofs that nothing goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from contract.base import ErrorDetail, Schema
from contract.values import JobState


class EvaluationSummary(Schema):
    """A run of `shoko eval`: which set, which models, and of each the share of right first quotes, of the
    facts of whole answers that were shown, of right answers among those shown, and of absent ones refused
    (null if not measured). `kinds` is empty where the questions name no kind."""

    id: str
    made_at: datetime
    set: str
    questions: int
    models: list[str]
    first_quote: list[float | None]
    complete: list[float | None]
    correct_when_shown: list[float | None]
    refused_when_absent: list[float | None]
    kinds: list[dict[str, dict[str, float | int | None]]] = Field(
        default=[], description="Of each model: the figures of each kind of question, and of `all`"
    )


class EvaluationList(Schema):
    """Newest first."""

    evaluations: list[EvaluationSummary]


class EvaluationOut(Schema):
    """One run: the report of each model, how they compare (empty for one model), and what went wrong."""

    id: str
    made_at: datetime
    set: str
    models: list[str]
    reports: list[dict[str, Any]]
    compared: dict[str, Any]
    outcomes: list[list[dict[str, Any]]] = Field(description="Of each model, question by question")


class ProofRequest(Schema):
    """What a person writes on the report: for whom it is, or why it was made."""

    note: str = Field("", max_length=300)


class ProofSummary(Schema):
    """A proof that nothing goes out, and whether it held."""

    id: str
    made_at: datetime
    note: str
    passed: bool


class ProofList(Schema):
    """Newest first."""

    reports: list[ProofSummary]


class ProofOut(ProofSummary):
    """What was tried, and how each came out."""

    version: str
    computer: str
    allowed_hosts: list[str]
    checks: list[dict[str, Any]]
    limits: str


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
