"""Retention rules, legal holds, and erasures with their certificates. For administrators."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.safety import ErasureOut, HoldOut, NewErasure, NewHold, NewRule, RetentionRuleOut
from core import holds
from core.identity import people
from core.models import Erasure, LegalHold, RetentionRule
from ingest.lifecycle.erasure import erase_user, erase_with_certificate, erasures

router = APIRouter(tags=["retention"], responses=REFUSALS)
MOST_CERTIFICATES = 1000  # that a list shows


def _rule(rule: RetentionRule, space: str) -> RetentionRuleOut:
    return RetentionRuleOut(id=rule.id, kind=rule.kind, space_id=rule.space_id, space=space, days=rule.days)


@router.get("/api/retention", summary="How long things are kept")
def list_rules(library: LibraryDep, _access: AdministratorDep) -> list[RetentionRuleOut]:
    """Whatever has no rule is never erased by age."""
    with library.sessions.read() as session:
        return [_rule(rule, space) for rule, space in holds.rules(session)]


@router.put("/api/retention", summary="Set a rule")
def set_rule(library: LibraryDep, access: AdministratorDep, order: NewRule) -> RetentionRuleOut:
    """Carried out within a day, and every day from then on."""
    with library.sessions.write() as session:
        rule = holds.set_rule(access, session, order.kind, order.days, order.space)
        return next(_rule(row, space) for row, space in holds.rules(session) if row.id == rule.id)


@router.delete("/api/retention/{rule}", summary="Remove a rule", status_code=204)
def remove_rule(library: LibraryDep, access: AdministratorDep, rule: str) -> None:
    """What it covered is no longer erased by age."""
    with library.sessions.write() as session:
        holds.remove_rule(access, session, rule)


def _hold(hold: LegalHold) -> HoldOut:
    return HoldOut(
        id=hold.id, kind=hold.kind, subject_id=hold.subject_id, reason=hold.reason,
        placed_by=hold.placed_by, placed_at=hold.placed_at,
    )  # fmt: skip


@router.get("/api/holds", summary="What is under legal hold")
def list_holds(library: LibraryDep, _access: AdministratorDep) -> list[HoldOut]:
    """Oldest first."""
    with library.sessions.read() as session:
        return [_hold(hold) for hold in holds.placed(session)]


@router.post("/api/holds", summary="Place a legal hold", status_code=201)
def place(library: LibraryDep, access: AdministratorDep, order: NewHold) -> HoldOut:
    """On a space, a document or a person: no rule and no person can erase it until the hold is lifted."""
    with library.sessions.write() as session:
        return _hold(holds.place(access, session, order.kind, order.subject, order.reason))


@router.delete("/api/holds/{hold}", summary="Lift a legal hold", status_code=204)
def lift(library: LibraryDep, access: AdministratorDep, hold: str) -> None:
    """Rules and people may erase it again."""
    with library.sessions.write() as session:
        holds.lift(access, session, hold)


def _erasure(erasure: Erasure) -> ErasureOut:
    return ErasureOut(
        id=erasure.id, at=erasure.at, by=erasure.by, kind=erasure.kind, subject_id=erasure.subject_id,
        certificate=erasure.certificate,
    )  # fmt: skip


@router.get("/api/erasures", summary="Certificates of erasure")
def list_erasures(library: LibraryDep, _access: AdministratorDep) -> list[ErasureOut]:
    """Newest first, the last thousand."""
    with library.sessions.read() as session:
        return [_erasure(row) for row in erasures(session, limit=MOST_CERTIFICATES)]


@router.post("/api/erasures", summary="Erase, down to the files, with a certificate", status_code=201)
def erase(library: LibraryDep, access: AdministratorDep, order: NewErasure) -> ErasureOut:
    """A document (id) or a person (name or id). It answers once the index's files have been rewritten."""
    if order.kind == "document":
        erasure = erase_with_certificate(
            access, library.sessions, library.files, library.index, order.subject
        )
    else:
        with library.sessions.read() as session:
            user = people.user(access, session, order.subject).id
        erasure = erase_user(access, library.sessions, user)
        library.checks.sweep()
    return _erasure(erasure)
