"""Evaluations that administrators start and watch: question sets, the run under way, its end. What was
measured is read by `api.routes.administration.reports`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Response, UploadFile

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.base import ErrorDetail
from contract.reports import (
    EvaluationOrder,
    EvaluationRunAnswer,
    EvaluationRunOut,
    QuestionSetList,
    QuestionSetOut,
)
from contract.values import ModelRole
from core.audit import record
from core.errors import ModelMissing
from operations.evaluation_runs.on_request import EvaluationRun
from operations.evaluation_runs.question_sets import KeptSet
from operations.library import Library

router = APIRouter(tags=["reports"], responses=REFUSALS)


@router.get("/api/question-sets", summary="Question sets that are kept")
def list_sets(library: LibraryDep, _access: AdministratorDep) -> QuestionSetList:
    """By name, with the chat models that may write answers."""
    sets = [_set(kept) for kept in library.evaluations.sets.all()]
    return QuestionSetList(sets=sets, models=_chat_models(library))


@router.post("/api/question-sets", summary="Keep a question set", status_code=201)
def keep_set(
    library: LibraryDep, access: AdministratorDep, file: Annotated[UploadFile, File()]
) -> QuestionSetOut:
    """A ZIP of a folder in the form of docs/evaluation.md. One of the same name is replaced."""
    kept = library.evaluations.sets.put(file.filename or "questions.zip", file.file)
    with library.sessions.write() as session:
        record(session, access.user_id, "evaluation.set_kept", kept.name, questions=kept.questions)
    return _set(kept)


@router.delete("/api/question-sets/{name}", summary="Delete a question set", status_code=204)
def remove_set(library: LibraryDep, access: AdministratorDep, name: str) -> Response:
    """With its documents; what was measured with it stays."""
    library.evaluations.remove_set(name, access.user_id)
    return Response(status_code=204)


@router.get("/api/evaluation-run", summary="The evaluation under way")
def read_run(library: LibraryDep, _access: AdministratorDep) -> EvaluationRunAnswer:
    """Or the last one since the start."""
    last = library.evaluations.last
    return EvaluationRunAnswer(run=_run(last) if last is not None else None)


@router.post("/api/evaluation-run", summary="Start an evaluation", status_code=202)
def begin(library: LibraryDep, access: AdministratorDep, order: EvaluationOrder) -> EvaluationRunOut:
    """One at a time, with a library of its own that is discarded. /api/evaluations lists its result."""
    if order.model not in ("none", *_chat_models(library)):
        raise ModelMissing(name=order.model)
    return _run(library.evaluations.begin(order.set, order.model, access.user_id))


@router.delete("/api/evaluation-run", summary="Stop the evaluation under way")
def stop(library: LibraryDep, access: AdministratorDep) -> EvaluationRunOut:
    """Nothing of it is kept."""
    return _run(library.evaluations.stop(access.user_id))


def _chat_models(library: Library) -> list[str]:
    return [model.name for model in library.store.installed() if model.role == ModelRole.CHAT]


def _set(kept: KeptSet) -> QuestionSetOut:
    return QuestionSetOut(
        name=kept.name, documents=kept.documents, questions=kept.questions, kinds=list(kept.kinds)
    )


def _run(run: EvaluationRun) -> EvaluationRunOut:
    return EvaluationRunOut(
        id=run.id,
        set=run.set,
        model=run.model,
        state=run.state,
        step=run.step,
        done=run.done,
        total=run.total,
        report=run.report,
        problem=run.problem,
        error=ErrorDetail(**run.error) if run.error else None,
        created_at=run.created_at,
        finished_at=run.finished_at,
    )
