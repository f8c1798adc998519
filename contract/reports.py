"""Reports for administrators: evaluations that were run, and proofs that nothing goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from contract.base import Schema


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
