"""What other copies say in place of quotes: of documents that the asker may read, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from contract.values import CopyStandingCode
from core.access import Access
from core.models import Document, Page, Space
from ingest.copies.bands import copies_of
from ingest.copies.differing import CopyDifference, differences
from ingest.copies.groups import CopyFacts, candidates
from ingest.copies.proposing import CopyReason, propose

MOST_COPIES = 3  # that are compared with one quote
MOST_PAGES = 300  # of a copy


@dataclass(frozen=True)
class QuotedText:
    """A quote to be looked for in other copies; `stretches` are [start, end) of it."""

    document_id: str
    version_id: str
    page: int
    quote: str
    stretches: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CopyBeside:
    """Another copy that says something else in place of a quote."""

    document_id: str
    version_id: str
    name: str
    title: str
    space: str
    standing: CopyStandingCode
    reasons: tuple[CopyReason, ...]
    differences: tuple[CopyDifference, ...]


@dataclass(frozen=True)
class QuoteAmongCopies:
    """What the quoted document is among its copies, and those that differ from the quote."""

    standing: CopyStandingCode = CopyStandingCode.UNKNOWN
    differing: tuple[CopyBeside, ...] = ()


@dataclass
class _Compared:
    """A document's copies that hold with or instead of it, and what each is."""

    standing: CopyStandingCode = CopyStandingCode.UNKNOWN
    others: list[tuple[CopyFacts, CopyStandingCode, tuple[CopyReason, ...]]] = field(default_factory=list)


def among_copies(access: Access, session: Session, quotes: Sequence[QuotedText]) -> list[QuoteAmongCopies]:
    """For each quote what its document is among its copies, and where they differ from it. Of a version that
    does not answer today nothing is said."""
    ids = {quote.document_id for quote in quotes}
    current = dict(
        session.execute(select(Document.id, Document.current_version_id).where(Document.id.in_(ids))).all()
    )
    compared = {
        quote.document_id: _compared(access, session, quote)
        for quote in {quote.document_id: quote for quote in quotes}.values()
        if current.get(quote.document_id) == quote.version_id
    }
    texts: dict[str, list[tuple[int, str]]] = {}
    made = []
    for quote in quotes:
        mine = compared.get(quote.document_id)
        if mine is None or current.get(quote.document_id) != quote.version_id:
            made.append(QuoteAmongCopies())
            continue
        differing = []
        for facts, standing, reasons in mine.others:
            version_id = facts.member.version_id
            if version_id not in texts:
                texts[version_id] = _texts(session, version_id)
            pages = sorted(texts[version_id], key=lambda page: abs(page[0] - quote.page))
            deviations = differences(quote.quote, quote.stretches, pages)
            if deviations:
                differing.append(_beside(session, facts, standing, reasons, deviations))
        made.append(QuoteAmongCopies(mine.standing, tuple(differing)))
    return made


def _compared(access: Access, session: Session, quote: QuotedText) -> _Compared:
    copies = copies_of(access, session, quote.document_id, quote.version_id)
    if not copies:
        return _Compared()
    facts = candidates(access, session, [quote.document_id, *(copy.document_id for copy in copies)])
    own = facts.get(quote.document_id)
    if own is None:
        return _Compared()
    apart = _apart(own)
    others = [
        facts[copy.document_id]
        for copy in copies
        if copy.document_id in facts and not (apart and _apart(facts[copy.document_id]) == apart)
    ]
    if not others:
        return _Compared()
    proposal = propose([own.candidate, *(other.candidate for other in others)])
    decided = [copy.member.decided for copy in (own, *others) if copy.member.decided is not None]
    valid = next((decision.valid_id for decision in decided if decision.valid_id in facts), None)
    reasons = {standing.id: standing.reasons for standing in proposal.standings}

    def standing(key: str) -> CopyStandingCode:
        if valid is not None:
            same = facts[key].member.decided
            if key == valid:
                return CopyStandingCode.VALID
            return CopyStandingCode.COPY if same and same.valid_id == valid else CopyStandingCode.UNKNOWN
        if proposal.likely is None:
            return CopyStandingCode.UNKNOWN
        return CopyStandingCode.LIKELY_VALID if key == proposal.likely else CopyStandingCode.LIKELY_COPY

    first = valid or proposal.likely
    others.sort(key=lambda other: other.member.id != first)
    return _Compared(
        standing(quote.document_id),
        [(other, standing(other.member.id), reasons[other.member.id]) for other in others[:MOST_COPIES]],
    )


def _apart(facts: CopyFacts) -> str:
    """The decision by which a document holds by itself; empty where there is none."""
    decided = facts.member.decided
    return decided.decision_id if decided is not None and decided.valid_id is None else ""


def _texts(session: Session, version_id: str) -> list[tuple[int, str]]:
    rows = session.execute(
        select(Page.number, Page.text)
        .where(Page.version_id == version_id)
        .order_by(Page.number)
        .limit(MOST_PAGES)
    )
    return [(number, text) for number, text in rows]


def _beside(
    session: Session,
    facts: CopyFacts,
    standing: CopyStandingCode,
    reasons: tuple[CopyReason, ...],
    deviations: list[CopyDifference],
) -> CopyBeside:
    member = facts.member
    space = session.scalar(
        select(Space.name).join(Document, Document.space_id == Space.id).where(Document.id == member.id)
    )
    return CopyBeside(
        member.id,
        member.version_id,
        member.name,
        member.title,
        space or "",
        standing,
        reasons,
        tuple(deviations),
    )
