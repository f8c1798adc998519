"""Legal holds: what may not be erased until somebody lifts the hold; and how long what is kept by rule."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session

from contract.values import Held, RetentionKind
from core.access import Access, document, space_to_administer
from core.audit import record
from core.errors import BadValue, NotFound, UnderLegalHold
from core.identity.people import must_administer, user
from core.models import Document, LegalHold, RetentionRule, Space, User, now

LEAST_DAYS = {
    RetentionKind.QUESTIONS: 1,
    RetentionKind.SUPERSEDED: 1,
    RetentionKind.EXPIRED: 1,
    RetentionKind.AUDIT: 30,
}
OF_A_SPACE = (RetentionKind.SUPERSEDED, RetentionKind.EXPIRED)


def placed(session: Session) -> Sequence[LegalHold]:
    """The holds that are not lifted, oldest first."""
    return session.scalars(_in_force()).all()


def _in_force() -> Select[LegalHold]:
    return select(LegalHold).where(LegalHold.lifted_at.is_(None)).order_by(LegalHold.placed_at)


def check_document(session: Session, document: Document) -> None:
    """Raises UnderLegalHold if the document or its space is held."""
    held = session.scalar(
        _in_force().where(
            or_(
                (LegalHold.kind == Held.DOCUMENT) & (LegalHold.subject_id == document.id),
                (LegalHold.kind == Held.SPACE) & (LegalHold.subject_id == document.space_id),
            )
        )
    )
    if held is not None:
        raise UnderLegalHold(what=held.kind, name=document.name, reason=held.reason)


def check_space(session: Session, space: Space) -> None:
    """Raises UnderLegalHold if the space or a document in it is held."""
    documents = select(Document.id).where(Document.space_id == space.id)
    held = session.scalar(
        _in_force().where(
            or_(
                (LegalHold.kind == Held.SPACE) & (LegalHold.subject_id == space.id),
                (LegalHold.kind == Held.DOCUMENT) & LegalHold.subject_id.in_(documents),
            )
        )
    )
    if held is not None:
        raise UnderLegalHold(what=held.kind, name=space.name, reason=held.reason)


def check_user(session: Session, user: User) -> None:
    """Raises UnderLegalHold if the person is held."""
    held = session.scalar(_in_force().where(LegalHold.kind == Held.USER, LegalHold.subject_id == user.id))
    if held is not None:
        raise UnderLegalHold(what=held.kind, name=user.name, reason=held.reason)


def place(access: Access, session: Session, kind: Held, subject: str, reason: str) -> LegalHold:
    """Hold a space, a document or a person. Raises NotPermitted, NotFound or BadValue."""
    must_administer(access)
    if not reason.strip():
        raise BadValue(name="reason", problem="it is empty", fix="Say why, for those who meet the hold")
    match kind:
        case Held.SPACE:
            subject_id = space_to_administer(access, session, subject).id
        case Held.DOCUMENT:
            subject_id = document(access, session, subject).id
        case Held.USER:
            subject_id = user(access, session, subject).id
    held = LegalHold(kind=kind, subject_id=subject_id, reason=reason.strip(), placed_by=access.user_id)
    session.add(held)
    session.flush()
    record(session, access.user_id, "hold.placed", held.id, kind=str(kind), of=subject_id)
    return held


def lift(access: Access, session: Session, hold_id: str) -> LegalHold:
    """Lift a hold. Raises NotPermitted or NotFound."""
    must_administer(access)
    held = session.get(LegalHold, hold_id)
    if held is None or held.lifted_at is not None:
        raise NotFound(what="hold", name=hold_id)
    held.lifted_at, held.lifted_by = now(), access.user_id
    record(session, access.user_id, "hold.lifted", held.id)
    return held


def set_rule(
    access: Access, session: Session, kind: RetentionKind, days: int, space: str = ""
) -> RetentionRule:
    """Keep for that many days, in place of the previous rule. Raises NotPermitted, NotFound or BadValue."""
    must_administer(access)
    if days < LEAST_DAYS[kind]:
        fix = f"Choose {LEAST_DAYS[kind]} or more"
        raise BadValue(name="days", problem=f"{days} is too few for {kind}", fix=fix)
    if bool(space) != (kind in OF_A_SPACE):
        problem = "documents are kept by space, questions and the log as a whole"
        raise BadValue(name="space", problem=problem, fix="Name a space for documents alone")
    space_id = space_to_administer(access, session, space).id if space else ""
    session.execute(
        delete(RetentionRule).where(RetentionRule.kind == kind, RetentionRule.space_id == space_id)
    )
    rule = RetentionRule(kind=kind, space_id=space_id, days=days)
    session.add(rule)
    session.flush()
    record(session, access.user_id, "retention.set", rule.id, kind=str(kind), days=days, space=space_id)
    return rule


def remove_rule(access: Access, session: Session, rule_id: str) -> None:
    """Remove that rule: what it covered is kept without limit again. Raises NotPermitted or NotFound."""
    must_administer(access)
    rule = session.get(RetentionRule, rule_id)
    if rule is None:
        raise NotFound(what="rule", name=rule_id)
    record(session, access.user_id, "retention.removed", rule.id, kind=rule.kind, days=rule.days)
    session.delete(rule)


def rules(session: Session) -> list[tuple[RetentionRule, str]]:
    """Every rule with its space's name, empty for those of no space."""
    query = select(RetentionRule, Space.name).outerjoin(Space, Space.id == RetentionRule.space_id)
    return [(rule, name or "") for rule, name in session.execute(query.order_by(RetentionRule.kind))]
