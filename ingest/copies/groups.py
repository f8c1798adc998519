"""The copies of a space that one may read, in groups, each with the one that is likely valid and what was
decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from core.access import Access, may_read, space
from core.models import CopyDecision, Document, Page, User, Version
from ingest.copies.approval import approval_words, draft_words, lines_of
from ingest.copies.bands import LEAST
from ingest.copies.proposing import CopyCandidate, CopyProposal, propose
from ingest.records.duplicates import Duplicates, duplicates

HEAD_CHARACTERS = 4000  # of the first and of the last page, that are looked at


@dataclass(frozen=True)
class Decided:
    """What a person decided of a document: `valid_id` None where each of its copies holds by itself."""

    decision_id: str
    valid_id: str | None
    by: str
    at: datetime


@dataclass(frozen=True)
class CopyMember:
    """A document of a group; `likeness` is how alike it is to the group's first."""

    id: str
    name: str
    title: str
    version_id: str
    in_force_from: date | None
    in_force_until: date | None
    added: date
    likeness: float
    decided: Decided | None


@dataclass(frozen=True)
class CopyGroup:
    """Documents that say almost the same, likeliest valid first. `open`: not all of them were decided on
    together, by what the asker may read."""

    members: tuple[CopyMember, ...]
    proposal: CopyProposal
    open: bool

    @property
    def valid_id(self) -> str | None:
        """The copy that was decided to hold, where it is among them."""
        ids = {member.id for member in self.members}
        decided = {member.decided.valid_id for member in self.members if member.decided is not None}
        return next((key for key in sorted(key for key in decided if key is not None) if key in ids), None)


def copy_groups(access: Access, session: Session, space_name: str) -> list[CopyGroup]:
    """The groups of copies in that space, among what may be read; open ones first. Raises NotFound."""
    shelf = space(access, session, space_name)
    doubles = duplicates(access, session, space_id=shelf.id, least=LEAST)
    groups = _joined(doubles)
    facts = candidates(access, session, [key for group in groups for key in group])
    made = [_group([facts[key] for key in group if key in facts], group) for group in groups]
    return sorted((group for group in made if len(group.members) > 1), key=lambda group: not group.open)


def _joined(doubles: Duplicates) -> list[dict[str, float]]:
    """Groups of documents by id with their likeness: of files that are the same, one stands in `alike` for
    all."""
    same = {group.ids[0]: group.ids for group in doubles.same}
    groups, used = [], set()
    for alike in doubles.alike:
        group: dict[str, float] = {}
        for key, share in zip(alike.ids, alike.likeness, strict=True):
            used.add(key)
            group |= dict.fromkeys(same.get(key, (key,)), share)
        groups.append(group)
    return groups + [dict.fromkeys(ids, 1.0) for first, ids in same.items() if first not in used]


@dataclass(frozen=True)
class CopyFacts:
    """A document with what is needed to weigh it, and its decision."""

    candidate: CopyCandidate
    member: CopyMember


def candidates(access: Access, session: Session, ids: Collection[str]) -> dict[str, CopyFacts]:
    """Those of the documents that may be read and answer today, by id."""
    rows = session.execute(
        select(
            Document.id, Document.name, Document.title, Document.created_at, Version.id, Version.pages,
            Version.in_force_from, Version.in_force_until,
        )
        .join(Version, Version.id == Document.current_version_id)
        .where(Document.id.in_(ids), may_read(access))
    ).all()  # fmt: skip
    ends = _first_and_last(session, [(row[4], row[5]) for row in rows])
    decided = decisions(access, session, [row[0] for row in rows])
    made: dict[str, CopyFacts] = {}
    for key, name, title, created, version_id, _, first, last in rows:
        lines = ends.get(version_id, [])
        candidate = CopyCandidate(key, name, first, created.date(), approval_words(lines), draft_words(lines))
        member = CopyMember(
            key, name, title or name, version_id, first, last, created.date(), 1.0, decided.get(key)
        )
        made[key] = CopyFacts(candidate, member)
    return made


def _first_and_last(session: Session, versions: Sequence[tuple[str, int]]) -> dict[str, list[str]]:
    """The lines of the first and the last page of those versions (id, pages)."""
    wanted = [
        and_(Page.version_id == version_id, or_(Page.number == 1, Page.number == max(1, pages)))
        for version_id, pages in versions
    ]
    lines: dict[str, list[str]] = {}
    length = func.length(Page.text)
    for start in range(0, len(wanted), 200):
        rows = session.execute(
            select(
                Page.version_id,
                func.substr(Page.text, 1, HEAD_CHARACTERS),
                func.substr(Page.text, case((length > HEAD_CHARACTERS, length - HEAD_CHARACTERS), else_=1)),
                length,
            )
            .where(or_(*wanted[start : start + 200]))
            .order_by(Page.version_id, Page.number)
        )
        for version_id, head, tail, characters in rows:
            text = head if characters <= HEAD_CHARACTERS else f"{head}\n{tail}"
            lines.setdefault(version_id, []).extend(lines_of(text))
    return lines


def decisions(access: Access, session: Session, ids: Collection[str]) -> dict[str, Decided]:
    """What was decided of those documents that may be read; a valid copy that may not be read is not told,
    nor that anything was decided."""
    readable = select(Document.id).where(may_read(access))
    rows = session.execute(
        select(CopyDecision, User.name)
        .outerjoin(User, User.id == CopyDecision.decided_by)
        .where(
            CopyDecision.document_id.in_(ids),
            CopyDecision.document_id.in_(readable),
            or_(CopyDecision.valid_id.is_(None), CopyDecision.valid_id.in_(readable)),
        )
    )
    return {
        row.document_id: Decided(row.decision_id, row.valid_id, name or "", row.decided_at)
        for row, name in rows
    }


def _group(facts: Sequence[CopyFacts], likeness: dict[str, float]) -> CopyGroup:
    proposal = propose([copy.candidate for copy in facts])
    members = {copy.member.id: copy.member for copy in facts}
    ordered = [
        CopyMember(**{**members[standing.id].__dict__, "likeness": likeness[standing.id]})
        for standing in proposal.standings
    ]
    together = {member.decided.decision_id if member.decided else None for member in ordered}
    return CopyGroup(tuple(ordered), proposal, open=None in together or len(together) > 1)
