"""What the keeper of a space should look at: what overlaps, what contradicts, what is older than its
successor, what nobody asks. All of it among the documents that the keeper may read."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from contract.values import CopyReasonCode, RetentionKind
from core.access import Access, may_read, space_to_manage
from core.models import Answer, Citation, Document, Page, Question, RetentionRule, Version, now
from ingest.copies.groups import CopyGroup, CopyMember, copy_groups
from ingest.copies.names import signs_of
from ingest.copies.proposing import CopyReason
from language.tokens import normalised
from retrieval.answers.conflicts import disagree
from retrieval.answers.events import CONFLICT

MOST_GROUPS = 100  # whose texts are compared
MOST_PAGES = 200  # of a document, that are
MOST_CONTRADICTIONS = 100
MOST_OF_A_PAIR = 3
MOST_ANSWERS = 1000  # answers in which quotes did not agree, that are looked at
MOST_UNASKED = 500
UNASKED_DAYS = 180
LEAST_FAMILY = 3  # characters that names of one family share


@dataclass(frozen=True)
class NamedDocument:
    """A document as it is listed."""

    id: str
    name: str
    title: str


@dataclass(frozen=True)
class SaidOf:
    """What a document says, word for word, and on which page."""

    document: NamedDocument
    page: int
    text: str


@dataclass(frozen=True)
class Successor:
    """A document that answers questions still, another that seems to follow it, and why it seems so."""

    older: NamedDocument
    newer: NamedDocument
    reason: CopyReason


@dataclass(frozen=True)
class Upkeep:
    """The lists for the keeper. `unasked_days`: for how long no answer quoted those that nobody asks; fewer
    than were wanted where questions are not kept that long."""

    overlapping: tuple[CopyGroup, ...]
    contradicting: tuple[tuple[SaidOf, SaidOf], ...]
    outdated: tuple[Successor, ...]
    unasked: tuple[NamedDocument, ...]
    unasked_days: int


def upkeep(access: Access, session: Session, space_name: str, *, days: int = UNASKED_DAYS) -> Upkeep:
    """The lists of that space, for its managers. Raises NotFound, NotPermitted."""
    shelf = space_to_manage(access, session, space_name)
    groups = copy_groups(access, session, shelf.id)
    named = _documents(access, session, shelf.id)
    contradicting = list(_within_groups(session, groups[:MOST_GROUPS]))
    seen = {frozenset((said.document.id, other.document.id)) for said, other in contradicting}
    contradicting += [
        pair
        for pair in _met_by_answers(access, session, shelf.id)
        if frozenset(said.document.id for said in pair) not in seen
    ]
    kept = _days_kept(session, days)
    return Upkeep(
        tuple(group for group in groups if group.open),
        tuple(contradicting[:MOST_CONTRADICTIONS]),
        tuple(_outdated(named, groups)),
        tuple(_unasked(access, session, shelf.id, kept)),
        kept,
    )


def _documents(access: Access, session: Session, space_id: str) -> list[NamedDocument]:
    rows = session.execute(
        select(Document.id, Document.name, Document.title)
        .where(Document.space_id == space_id, Document.current_version_id.is_not(None), may_read(access))
        .order_by(Document.name, Document.id)
    )
    return [NamedDocument(key, name, title or name) for key, name, title in rows]


def _within_groups(session: Session, groups: Sequence[CopyGroup]) -> Iterable[tuple[SaidOf, SaidOf]]:
    """Lines of copies that say the same with other figures. Copies that were decided on say what they say."""
    for group in groups:
        if not group.open:
            continue
        first, *others = group.members
        mine = _lines(session, first)
        for other in others:
            theirs = _lines(session, other)
            pairs = itertools.islice(_differing(mine, theirs), MOST_OF_A_PAIR)
            for (page, text), (other_page, other_text) in pairs:
                yield SaidOf(_named(first), page, text), SaidOf(_named(other), other_page, other_text)


def _named(member: CopyMember) -> NamedDocument:
    return NamedDocument(member.id, member.name, member.title)


def _lines(session: Session, member: CopyMember) -> list[tuple[int, str]]:
    rows = session.execute(
        select(Page.number, Page.text)
        .where(Page.version_id == member.version_id)
        .order_by(Page.number)
        .limit(MOST_PAGES)
    )
    return [(number, line.strip()) for number, text in rows for line in text.split("\n") if line.strip()]


def _differing(
    mine: list[tuple[int, str]], theirs: list[tuple[int, str]]
) -> Iterable[tuple[tuple[int, str], tuple[int, str]]]:
    matcher = difflib.SequenceMatcher(
        None, [normalised(text) for _, text in mine], [normalised(text) for _, text in theirs], autojunk=False
    )
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "replace":
            continue
        for line, other in zip(mine[a:b], theirs[c:d], strict=False):
            if disagree("", line[1], other[1]):
                yield line, other


def _met_by_answers(access: Access, session: Session, space_id: str) -> Iterable[tuple[SaidOf, SaidOf]]:
    """Quotes of two documents of the space that did not agree in somebody's answer. The question is not told,
    nor whose it was."""
    answers = (
        select(Answer.question_id)
        .where(Answer.why == CONFLICT)
        .order_by(Answer.answered_at.desc())
        .limit(MOST_ANSWERS)
        .subquery()
    )
    rows = session.execute(
        select(Citation, Document, Question.standalone, Question.text)
        .join(answers, answers.c.question_id == Citation.question_id)
        .join(Question, Question.id == Citation.question_id)
        .join(Document, Document.id == Citation.document_id)
        .where(
            Document.space_id == space_id,
            Document.current_version_id == Citation.version_id,
            may_read(access),
        )
        .order_by(Citation.question_id, Citation.mark)
    ).all()
    seen: set[frozenset[str]] = set()
    for _, group in itertools.groupby(rows, key=lambda row: row[0].question_id):
        for (citation, document, asked, text), (other, second, _, _) in itertools.combinations(
            list(group), 2
        ):
            pair = frozenset((document.id, second.id))
            if len(pair) < 2 or pair in seen or not disagree(asked or text, citation.quote, other.quote):
                continue
            seen.add(pair)
            yield _said(document, citation), _said(second, other)


def _said(document: Document, citation: Citation) -> SaidOf:
    named = NamedDocument(document.id, document.name, document.title or document.name)
    return SaidOf(named, citation.page, citation.quote)


def _outdated(documents: Sequence[NamedDocument], groups: Sequence[CopyGroup]) -> list[Successor]:
    """Documents that a later one seems to follow: of copies one in force from a later day, of names of one
    family one with a higher version number."""
    successors: dict[str, Successor] = {}
    for group in groups:
        if not group.open:
            continue
        dated = [member for member in group.members if member.in_force_from is not None]
        newest = max(dated, key=_from, default=None)
        for member in dated:
            if newest is not None and _from(member) < _from(newest):
                day = CopyReason(CopyReasonCode.IN_FORCE, _from(newest).isoformat())
                successors[member.id] = Successor(_named(member), _named(newest), day)
    families: dict[str, list[tuple[tuple[int, ...], NamedDocument]]] = {}
    for document in documents:
        signs = signs_of(document.name)
        if signs.version and len(signs.family) >= LEAST_FAMILY:
            families.setdefault(signs.family, []).append((signs.version, document))
    for family in families.values():
        version, newest_named = max(family, key=lambda numbered: numbered[0])
        number = CopyReason(CopyReasonCode.VERSION, ".".join(str(part) for part in version))
        for older, document in family:
            if older < version and document.id not in successors:
                successors[document.id] = Successor(document, newest_named, number)
    return sorted(successors.values(), key=lambda successor: successor.older.name)


def _from(member: CopyMember) -> date:
    return member.in_force_from or date.min


def _days_kept(session: Session, days: int) -> int:
    """Those days, or for how many questions are kept."""
    kept = session.scalar(
        select(func.min(RetentionRule.days)).where(RetentionRule.kind == RetentionKind.QUESTIONS)
    )
    return days if kept is None else min(days, kept)


def _unasked(access: Access, session: Session, space_id: str, days: int) -> list[NamedDocument]:
    since = now() - timedelta(days=days)
    asked = exists().where(
        Citation.document_id == Document.id,
        Citation.question_id == Question.id,
        Question.asked_at >= since,
    )
    rows = session.execute(
        select(Document.id, Document.name, Document.title)
        .join(Version, Version.id == Document.current_version_id)
        .where(Document.space_id == space_id, Document.created_at < since, ~asked, may_read(access))
        .order_by(Document.name, Document.id)
        .limit(MOST_UNASKED)
    )
    return [NamedDocument(key, name, title or name) for key, name, title in rows]
