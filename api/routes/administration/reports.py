"""Reports for administrators: evaluations that were run, and proofs that nothing goes out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.checks import Language
from contract.reports import (
    EvaluationList,
    EvaluationOut,
    EvaluationSummary,
    ProofList,
    ProofOut,
    ProofRequest,
    ProofSummary,
)
from core.audit import record
from evaluation.kinds import ALL
from operations.egress_report import page as proof_page
from operations.egress_report import prove_apart
from operations.evaluations.saved_reports import evaluation_page, evaluations, proofs

router = APIRouter(tags=["reports"], responses=REFUSALS)

# The pages carry their style in themselves and load nothing.
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
}


PageLanguage = Annotated[Language, Query(description="Language of the page")]


@router.get("/api/evaluations", summary="Evaluations that were run")
def list_evaluations(library: LibraryDep, _access: AdministratorDep) -> EvaluationList:
    """Those of `shoko eval` with this data folder and those started here, newest first; a hundred are
    kept at most."""
    shelf = evaluations(library.settings.data)
    return EvaluationList(evaluations=[_summary(name, shelf.get(name)) for name in shelf.names()])


def _summary(name: str, kept: dict[str, Any]) -> EvaluationSummary:
    reports = kept["reports"]
    return EvaluationSummary(
        id=name,
        made_at=kept["made_at"],
        set=kept["set"],
        questions=reports[0]["questions"],
        models=kept["models"],
        first_quote=[report["quotes"]["contains_answer@1"] for report in reports],
        complete=[report.get("kinds", {}).get(ALL, {}).get("complete") for report in reports],
        correct_when_shown=[report["answers"].get("correct_when_shown") for report in reports],
        refused_when_absent=[report["refusal"]["refused_when_absent"] for report in reports],
        kinds=[report.get("kinds", {}) for report in reports],
    )


@router.get("/api/evaluations/{run}", summary="One evaluation")
def read_evaluation(library: LibraryDep, _access: AdministratorDep, run: str) -> EvaluationOut:
    """With every question. For administrators: it quotes documents."""
    return EvaluationOut(id=run, **evaluations(library.settings.data).get(run))


@router.get("/api/evaluations/{run}/page", summary="One evaluation as a page", response_class=HTMLResponse)
def evaluation_as_page(
    library: LibraryDep, _access: AdministratorDep, run: str, language: PageLanguage = "en"
) -> HTMLResponse:
    """With plots, and the questions that went wrong; it loads nothing from anywhere."""
    kept = evaluations(library.settings.data).get(run)
    return HTMLResponse(evaluation_page(kept, language), headers=PAGE_HEADERS)


@router.delete("/api/evaluations/{run}", summary="Delete an evaluation", status_code=204)
def remove_evaluation(library: LibraryDep, access: AdministratorDep, run: str) -> Response:
    """Its report and its questions."""
    evaluations(library.settings.data).remove(run)
    _record(library, access.user_id, "evaluation.removed", run)
    return Response(status_code=204)


@router.get("/api/egress/reports", summary="Proofs that nothing goes out")
def list_proofs(library: LibraryDep, _access: AdministratorDep) -> ProofList:
    """Newest first; at most a hundred are kept."""
    shelf = proofs(library.settings.data)
    kept = [(name, shelf.get(name)) for name in shelf.names()]
    return ProofList(
        reports=[
            ProofSummary(id=name, made_at=proof["made_at"], note=proof["note"], passed=proof["passed"])
            for name, proof in kept
        ]
    )


@router.post("/api/egress/reports", summary="Prove that nothing goes out", status_code=201)
def prove_now(library: LibraryDep, access: AdministratorDep, order: ProofRequest) -> ProofOut:
    """In a process of its own, with a library that is discarded; takes some ten seconds."""
    name = prove_apart(library.settings, order.note)
    _record(library, access.user_id, "egress.proved", name)
    return ProofOut(id=name, **proofs(library.settings.data).get(name))


@router.get("/api/egress/reports/{report}", summary="One proof")
def read_proof(library: LibraryDep, _access: AdministratorDep, report: str) -> ProofOut:
    """What was tried, and the result of each."""
    return ProofOut(id=report, **proofs(library.settings.data).get(report))


@router.get("/api/egress/reports/{report}/page", summary="One proof as a page", response_class=HTMLResponse)
def proof_as_page(library: LibraryDep, _access: AdministratorDep, report: str) -> HTMLResponse:
    """For an auditor; it loads nothing from anywhere."""
    return HTMLResponse(proof_page(proofs(library.settings.data).get(report)), headers=PAGE_HEADERS)


def _record(library: LibraryDep, user_id: str, action: str, name: str) -> None:
    with library.sessions.write() as session:
        record(session, user_id, action, name)
