"""Copies of documents as they are answered with: groups for those who keep them, and beside quotes."""

from __future__ import annotations

from collections.abc import Sequence

from contract.answers import CitationOut
from contract.copies import (
    CopyBesideOut,
    CopyDecidedOut,
    CopyDifferenceOut,
    CopyGroupOut,
    CopyMemberOut,
    CopyReasonOut,
)
from core.access import Access
from ingest.copies.beside import CopyBeside, QuotedText, among_copies
from ingest.copies.groups import CopyGroup, CopyMember
from ingest.copies.proposing import CopyReason
from operations.library import Library


def with_copies(library: Library, access: Access, citations: Sequence[CitationOut]) -> list[CitationOut]:
    """Those quotes, each with what its document is among its copies and what others say in its place: of
    documents that the asker may read now."""
    if not citations:
        return []
    quotes = [_quoted(citation) for citation in citations]
    with library.sessions.read() as session:
        compared = among_copies(access, session, quotes)
    return [
        citation.model_copy(
            update={"standing": copies.standing, "copies": [_beside(other) for other in copies.differing]}
        )
        for citation, copies in zip(citations, compared, strict=True)
    ]


def group_out(group: CopyGroup) -> CopyGroupOut:
    """A group of copies."""
    reasons = {standing.id: standing.reasons for standing in group.proposal.standings}
    return CopyGroupOut(
        likely=group.proposal.likely,
        open=group.open,
        copies=[_member(member, reasons[member.id]) for member in group.members],
    )


def reason_out(reason: CopyReason) -> CopyReasonOut:
    """A reason for or against a copy."""
    return CopyReasonOut(code=reason.code, value=reason.value)


def _member(member: CopyMember, reasons: Sequence[CopyReason]) -> CopyMemberOut:
    decided = member.decided
    return CopyMemberOut(
        document_id=member.id,
        document=member.name,
        title=member.title,
        likeness=member.likeness,
        in_force_from=member.in_force_from,
        in_force_until=member.in_force_until,
        added=member.added,
        reasons=[reason_out(reason) for reason in reasons],
        decided=CopyDecidedOut(valid_id=decided.valid_id, by=decided.by, at=decided.at) if decided else None,
    )


def _quoted(citation: CitationOut) -> QuotedText:
    """The quote with where its stretches stand in it: they are joined by a line's end."""
    places, offset = [], 0
    for stretch in citation.stretches:
        places.append((offset, offset + len(stretch.text)))
        offset += len(stretch.text) + 1
    return QuotedText(
        citation.document_id, citation.version_id, citation.page, citation.quote,
        tuple(places) or ((0, len(citation.quote)),),
    )  # fmt: skip


def _beside(other: CopyBeside) -> CopyBesideOut:
    return CopyBesideOut(
        document=other.name,
        document_id=other.document_id,
        version_id=other.version_id,
        title=other.title,
        space=other.space,
        standing=other.standing,
        reasons=[reason_out(reason) for reason in other.reasons],
        differences=[
            CopyDifferenceOut(
                start=difference.start,
                end=difference.end,
                page=difference.page or None,
                text=difference.text,
                changes=list(difference.changes),
            )
            for difference in other.differences
        ],
    )
