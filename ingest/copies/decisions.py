"""A manager decides once which of several copies holds, or that each holds by itself; or takes it back."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.access import Access, document, space_to_manage
from core.audit import record
from core.errors import BadValue, NotFound
from core.models import CopyDecision, Document, Space, new_id, now

MOST_COPIES = 200  # of one decision


def decide(
    access: Access, session: Session, space_name: str, valid_id: str | None, copies: Collection[str]
) -> None:
    """Write down that of those documents `valid_id` holds, or (None) that each holds by itself; what was
    decided of them before is over. Raises NotFound, NotPermitted, BadValue."""
    shelf = space_to_manage(access, session, space_name)
    ids = sorted({*copies, *([valid_id] if valid_id is not None else [])})
    if not 2 <= len(ids) <= MOST_COPIES:
        fix = f"Name 2 to {MOST_COPIES} documents, the valid one among them"
        raise BadValue(name="copies", problem=f"{len(ids)} documents are named", fix=fix)
    for key in ids:
        if document(access, session, key).space_id != shelf.id:
            raise NotFound(what="document", name=key)
    decision_id, moment = new_id(), now()
    session.execute(delete(CopyDecision).where(CopyDecision.document_id.in_(ids)))
    session.add_all(
        CopyDecision(
            document_id=key, decision_id=decision_id, valid_id=valid_id,
            decided_by=access.user_id, decided_at=moment,
        )
        for key in ids
    )  # fmt: skip
    record(session, access.user_id, "copies.decided", valid_id or shelf.id, copies=ids)


def take_back(access: Access, session: Session, space_name: str, document_id: str) -> None:
    """Undo what was decided of that document together with its copies. Raises NotFound, NotPermitted."""
    copy = document(access, session, document_id)
    shelf: Space = space_to_manage(access, session, space_name)
    row = session.get(CopyDecision, document_id)
    if row is None or copy.space_id != shelf.id:
        raise NotFound(what="decision", name=document_id)
    together = list(
        session.scalars(
            select(CopyDecision.document_id)
            .join(Document, Document.id == CopyDecision.document_id)
            .where(CopyDecision.decision_id == row.decision_id)
        )
    )
    session.execute(delete(CopyDecision).where(CopyDecision.decision_id == row.decision_id))
    record(session, access.user_id, "copies.undecided", document_id, copies=sorted(together))
