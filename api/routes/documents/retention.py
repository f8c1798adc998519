"""How long things are kept, what is held, and erasures with their certificates. For administrators."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import select

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.safety import ErasureOut, HoldOut, NewErasure, NewHold, NewRule, RetentionRuleOut
from core import holds
from core.identity import people
from core.models import Erasure, LegalHold, RetentionRule
from ingest.lifecycle.erasure import erase_user, erase_with_certificate

router = APIRouter(tags=["retention"], responses=REFUSALS)


def _rule(rule: RetentionRule, space: str) -> RetentionRuleOut:
    return RetentionRuleOut(id=rule.id, kind=rule.kind, space_id=rule.space_id, space=space, days=rule.days)


@router.get("/api/retention", summary="How long things are kept")
def list_rules(library: LibraryDep, _access: AdministratorDep) -> list[RetentionRuleOut]:
    """What has no rule is kept for ever."""
    with library.sessions.read() as session:
        return [_rule(rule, space) for rule, space in holds.rules(session)]


@router.put("/api/retention", summary="Set a rule")
def set_rule(library: LibraryDep, access: AdministratorDep, order: NewRule) -> RetentionRuleOut:
    """Carried out within a day, and every day from then on."""
    with library.sessions.write() as session:
        rule = holds.set_rule(access, session, order.kind, order.days, order.space)
        return next(_rule(one, space) for one, space in holds.rules(session) if one.id == rule.id)


@router.delete("/api/retention/{rule}", summary="Remove a rule", status_code=204)
def remove_rule(library: LibraryDep, access: AdministratorDep, rule: str) -> None:
    """What it was about is kept for ever again."""
    with library.sessions.write() as session:
        holds.remove_rule(access, session, rule)


def _hold(held: LegalHold) -> HoldOut:
    return HoldOut(
        id=held.id, kind=held.kind, subject_id=held.subject_id, reason=held.reason,
        placed_by=held.placed_by, placed_at=held.placed_at,
    )  # fmt: skip


@router.get("/api/holds", summary="What is under legal hold")
def list_holds(library: LibraryDep, _access: AdministratorDep) -> list[HoldOut]:
    """Oldest first."""
    with library.sessions.read() as session:
        return [_hold(held) for held in session.scalars(holds.in_force())]


@router.post("/api/holds", summary="Place a legal hold", status_code=201)
def place(library: LibraryDep, access: AdministratorDep, order: NewHold) -> HoldOut:
    """On a space, a document or a person: neither a rule nor a person erases it until it is lifted."""
    with library.sessions.write() as session:
        return _hold(holds.place(access, session, order.kind, order.subject, order.reason))


@router.delete("/api/holds/{hold}", summary="Lift a legal hold", status_code=204)
def lift(library: LibraryDep, access: AdministratorDep, hold: str) -> None:
    """Rules and people may erase again."""
    with library.sessions.write() as session:
        holds.lift(access, session, hold)


def _erasure(made: Erasure) -> ErasureOut:
    return ErasureOut(
        id=made.id, at=made.at, by=made.by, kind=made.kind, subject_id=made.subject_id,
        certificate=made.certificate,
    )  # fmt: skip


@router.get("/api/erasures", summary="Certificates of erasure")
def list_erasures(library: LibraryDep, _access: AdministratorDep) -> list[ErasureOut]:
    """Newest first, the last thousand."""
    with library.sessions.read() as session:
        return [
            _erasure(one) for one in session.scalars(select(Erasure).order_by(Erasure.at.desc()).limit(1000))
        ]


@router.post("/api/erasures", summary="Erase, down to the files, with a certificate", status_code=201)
def erase(library: LibraryDep, access: AdministratorDep, order: NewErasure) -> ErasureOut:
    """A document (id) or a person (name or id). It answers when the index's files are written anew."""
    if order.kind == "document":
        made = erase_with_certificate(access, library.sessions, library.files, library.index, order.subject)
    else:
        with library.sessions.read() as session:
            user = people.user(access, session, order.subject).id
        made = erase_user(access, library.sessions, user)
        library.checks.sweep()
    return _erasure(made)
