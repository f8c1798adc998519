"""Carries out the rules of retention: what is older than its rule says goes, unless it is held."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from contract.values import Held, RetentionKind
from core import audit
from core.access import Access
from core.audit import record
from core.db import Sessions
from core.errors import NotFound, UnderLegalHold
from core.files import Files
from core.holds import check_document
from core.models import (
    Citation,
    Document,
    Draft,
    Fact,
    LegalHold,
    Passage,
    Question,
    RetentionRule,
    Version,
    now,
)
from ingest.lifecycle.erasure import SCRUB, erase_document
from ingest.lifecycle.removals import note_unused, remove_unused
from retrieval.index.index import SearchIndex


def apply_rules(access: Access, sessions: Sessions, files: Files, index: SearchIndex) -> dict[str, int]:
    """How many of each kind were removed. Every removal stands in the log."""
    removed: dict[str, int] = {}
    with sessions.read() as session:
        rules = list(session.scalars(select(RetentionRule)))
    for rule in rules:
        match RetentionKind(rule.kind):
            case RetentionKind.QUESTIONS:
                count = _questions(access, sessions, rule)
            case RetentionKind.SUPERSEDED:
                count = _superseded(access, sessions, files, index, rule)
            case RetentionKind.EXPIRED:
                count = _expired(access, sessions, files, index, rule)
            case RetentionKind.AUDIT:
                with sessions.write() as session:
                    count = audit.forget_before(session, now() - timedelta(days=rule.days))
                    if count:
                        record(
                            session, access.user_id, "retention.applied", rule.id, kind=rule.kind, count=count
                        )
        removed[rule.kind] = removed.get(rule.kind, 0) + count
    return removed


def _questions(access: Access, sessions: Sessions, rule: RetentionRule) -> int:
    held = select(LegalHold.subject_id).where(LegalHold.lifted_at.is_(None), LegalHold.kind == Held.USER)
    with sessions.write() as session:
        old = select(Question.id).where(
            Question.asked_at < now() - timedelta(days=rule.days), Question.user_id.not_in(held)
        )
        count = session.scalar(select(func.count()).select_from(old.subquery())) or 0
        drafts = select(Draft.id).where(
            Draft.created_at < now() - timedelta(days=rule.days), Draft.user_id.not_in(held)
        )
        count += session.scalar(select(func.count()).select_from(drafts.subquery())) or 0
        if count:
            session.execute(delete(Question).where(Question.id.in_(old)))
            session.execute(delete(Draft).where(Draft.id.in_(drafts)))
            record(session, access.user_id, "retention.applied", rule.id, kind=rule.kind, count=count)
    return count


def _superseded(
    access: Access, sessions: Sessions, files: Files, index: SearchIndex, rule: RetentionRule
) -> int:
    """Versions below the current one that were replaced longer ago than the rule allows and that no answer
    cites any more."""
    newer = (
        select(func.min(Version.published_at))
        .where(Version.document_id == Document.id, Version.published_at.is_not(None))
        .correlate(Document)
    )
    current = select(Version.number).where(Version.id == Document.current_version_id).correlate(Document)
    count = 0
    with sessions.write() as session:
        rows = session.execute(
            select(Version.id, Version.sha256, Version.number, Document)
            .join(Document, Document.id == Version.document_id)
            .where(
                Document.space_id == rule.space_id,
                Version.number < current.scalar_subquery(),
                newer.scalar_subquery() < now() - timedelta(days=rule.days),
                ~select(Citation.question_id).where(Citation.version_id == Version.id).exists(),
            )
        ).all()
        gone: list[tuple[str, str, str, list[str]]] = []
        for version_id, sha256, number, document in rows:
            if not _replaced_before(session, document, number, rule.days) or _held(session, document):
                continue
            passages = list(session.scalars(select(Passage.id).where(Passage.version_id == version_id)))
            session.execute(delete(Version).where(Version.id == version_id))
            session.merge(Fact(name=SCRUB, value=version_id))
            record(session, access.user_id, "version.erased", document.id, version=number, rule=rule.id)
            gone.append((version_id, sha256, document.space_id, passages))
        session.flush()
        note_unused(session, {digest for _, digest, _, _ in gone})
        count = len(gone)
    remove_unused(sessions, files)
    for version_id, _, space_id, passages in gone:
        index.remove(version_id, space_id, passages)
        files.remove_pictures(version_id)
    return count


def _replaced_before(session: Session, document: Document, number: int, days: int) -> bool:
    replaced = session.scalar(
        select(func.min(Version.published_at)).where(
            Version.document_id == document.id, Version.number > number, Version.published_at.is_not(None)
        )
    )
    return replaced is not None and replaced < now() - timedelta(days=days)


def _held(session: Session, document: Document) -> bool:
    try:
        check_document(session, document)
    except UnderLegalHold:
        return True
    return False


def _expired(
    access: Access, sessions: Sessions, files: Files, index: SearchIndex, rule: RetentionRule
) -> int:
    """Documents all of whose versions have a last day, the latest of which is longer ago than the rule
    allows."""
    last = now().date() - timedelta(days=rule.days)
    with sessions.read() as session:
        expired = list(
            session.scalars(
                select(Version.document_id)
                .join(Document, Document.id == Version.document_id)
                .where(Document.space_id == rule.space_id)
                .group_by(Version.document_id)
                .having(
                    func.count(Version.id) == func.count(Version.in_force_until),
                    func.max(Version.in_force_until) < last,
                )
            )
        )
    count = 0
    for document_id in expired:
        with contextlib.suppress(UnderLegalHold, NotFound):
            erase_document(access, sessions, files, index, document_id)
            count += 1
    return count
