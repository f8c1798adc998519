"""Approved answers to questions that are asked again and again, each bound to the passages it came from.

A question that is worded like an approved one gets that answer before any search. It is shown only while
every quote it rests on stands on its page, in force and readable for the asker; when a document changes so
that a quote is gone, or the answer's date passes, the answer goes into review by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import regex
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core import access as access_rules
from core.access import Access, may_read, published_passages
from core.audit import record
from core.errors import BadValue, NotFound
from core.models import Document, Faq, FaqSource, FaqState, Page, Passage, User, now
from language.figures import figures
from language.tokens import CJK, ENGLISH_STOP, language_of, normalised, tokens
from retrieval.evidence.answer_types import wanted
from retrieval.evidence.types import Quote
from retrieval.index.search import Hit

# How alike two wordings must be to be one question, see `alike`. Measured by
# `python -m bench.answers.wordings` on pairs of different questions about one paragraph, the hardest that
# there are (docs/benchmarks.md).
LEAST_ALIKE = 0.95
LONGEST_ANSWER, LONGEST_QUESTION, MOST_WORDINGS, MOST_SOURCES = 4000, 500, 50, 5

_HIRAGANA = regex.compile(r"\p{Script=Hiragana}")
_QUESTION_WORD = regex.compile(r"\b(?:who|whom|whose|when|where|what|which|why|how)\b")

_BARE = regex.compile(r"[^\p{Script=Hiragana}\s](?:とは|は)\s{0,3}[?？。]{0,3}$")

EXPIRED, SOURCE_CHANGED, SOURCE_ERASED, SOURCE_GONE = (
    "expired",
    "source_changed",
    "source_erased",
    "source_not_in_force",
)


@dataclass(frozen=True)
class Source:
    """Where a quote of an approved answer stands: `text` is that page's text from `start`."""

    document_id: str
    page: int
    start: int
    text: str


@dataclass(frozen=True)
class Content:
    """What a person writes into an approved answer."""

    question: str
    answer: str
    wordings: Sequence[str] = ()
    valid_until: date | None = None
    owner_id: str = ""  # empty: who writes it
    sources: Sequence[Source] = ()


@dataclass(frozen=True)
class FaqMatch:
    """An approved answer that fits a question, with its quotes."""

    faq: Faq
    quotes: list[Quote]


def match(
    access: Access, session: Session, question: str, *, today: date, spaces: Collection[str] | None = None
) -> FaqMatch | None:
    """The approved answer to that question, or None. The best wording wins; one whose quotes do not all
    stand, in force and readable, is passed over."""
    scopes = access.readable if spaces is None else access.readable.intersection(spaces)
    rows = session.execute(
        select(Faq.id, Faq.question, Faq.wordings).where(
            Faq.state == FaqState.APPROVED,
            Faq.space_id.in_(scopes),
            Faq.valid_until.is_(None) | (Faq.valid_until >= today),
        )
    ).all()
    asked = taken_apart(question)
    scored = sorted(
        (
            (max(alike(asked, taken_apart(text)) for text in (row.question, *row.wordings)), row.id)
            for row in rows
        ),
        key=lambda ranked: (-ranked[0], ranked[1]),
    )
    for score, faq_id in scored:
        if score < LEAST_ALIKE:
            return None
        quotes = standing_quotes(access, session, faq_id)
        if quotes:
            return FaqMatch(session.get_one(Faq, faq_id), quotes)
    return None


def same_question(question: str, other: str) -> bool:
    """Whether two wordings ask the same."""
    return alike(taken_apart(question), taken_apart(other)) >= LEAST_ALIKE


@dataclass(frozen=True)
class Wording:
    """A question taken apart for comparing."""

    plain: str  # its letters and digits
    words: Counter[str]
    asks: tuple[tuple[str, str] | None, frozenset[str]]
    figures: frozenset[str]
    bare: bool = False  # it names its subject alone: 賞与の支給日は？


def taken_apart(text: str) -> Wording:
    """That wording, ready for `alike`."""
    plain = normalised(text)
    return Wording(
        "".join(letter for letter in plain if letter.isalnum()),
        # Of Chinese and Japanese the characters without hiragana: politeness and particles may differ.
        Counter(word for word in tokens(text) if _tells(word)),
        (_kind(text), frozenset(_QUESTION_WORD.findall(plain))),
        frozenset(number for number, _ in figures(plain)),
        bare=_BARE.search(text.strip()) is not None,
    )


def _kind(text: str) -> tuple[str, str] | None:
    """The kind of answer that is asked for, and its unit."""
    asked_for = wanted(text)
    return (asked_for.kind, asked_for.unit) if asked_for else None


def _tells(word: str) -> bool:
    """Whether that token says what a question is about."""
    if CJK.search(word):
        return len(word) == 1 and not _HIRAGANA.match(word)
    return word not in ENGLISH_STOP


def alike(wording: Wording, other: Wording) -> float:
    """1 for the same letters and digits; 0 where they ask for another kind of thing (which a question that
    names its subject alone leaves open) or with other figures; else Dice's coefficient of their words."""
    if wording.plain == other.plain:
        return 1.0 if wording.plain else 0.0
    if wording.figures != other.figures or (wording.asks != other.asks and not (wording.bare or other.bare)):
        return 0.0
    total = wording.words.total() + other.words.total()
    return 2 * (wording.words & other.words).total() / total if total else 0.0


def standing_quotes(access: Access, session: Session, faq_id: str) -> list[Quote]:
    """The quotes of an approved answer, if every one stands on its page in a version that is in force and
    that may be read; else none."""
    sources = session.scalars(
        select(FaqSource).where(FaqSource.faq_id == faq_id).order_by(FaqSource.mark)
    ).all()
    rows = session.execute(published_passages(access, [source.passage_id for source in sources]))
    by_id = {passage.id: (passage, document) for passage, document in rows}
    quotes = []
    for source in sources:
        if source.passage_id not in by_id or not _stands(session, source):
            return []
        passage, document = by_id[source.passage_id]
        quotes.append(
            Quote(Hit(passage, document, 1.0), source.page, source.start, source.end, source.quote, 1.0)
        )
    return quotes


def _stands(session: Session, source: FaqSource) -> bool:
    text = session.scalar(
        select(func.substr(Page.text, source.start + 1, source.end - source.start)).where(
            Page.version_id == source.version_id, Page.number == source.page
        )
    )
    return bool(text and text == source.quote)


def listed(
    access: Access,
    session: Session,
    *,
    states: Collection[FaqState] = tuple(FaqState),
    faq_id: str | None = None,
) -> list[tuple[Faq, list[FaqSource]]]:
    """The answers of the spaces that may be read, newest change first; one with a source that may not be
    read is left out. Drafts and withdrawn ones are for those who write in the space."""
    unreadable = (
        select(FaqSource.faq_id).join(Document, Document.id == FaqSource.document_id).where(~may_read(access))
    )
    query = (
        select(Faq)
        .where(
            Faq.space_id.in_(access.readable),
            Faq.state.in_(states),
            (Faq.state == FaqState.APPROVED) | Faq.space_id.in_(access.writable),
            Faq.id.not_in(unreadable),
        )
        .order_by(Faq.changed_at.desc())
    )
    if faq_id is not None:
        query = query.where(Faq.id == faq_id)
    faqs = session.scalars(query).all()
    sources: dict[str, list[FaqSource]] = {faq.id: [] for faq in faqs}
    for source in session.scalars(
        select(FaqSource).where(FaqSource.faq_id.in_(sources)).order_by(FaqSource.faq_id, FaqSource.mark)
    ):
        sources[source.faq_id].append(source)
    return [(faq, sources[faq.id]) for faq in faqs]


def one(access: Access, session: Session, faq_id: str) -> tuple[Faq, list[FaqSource]]:
    """That answer with its sources. Raises NotFound."""
    rows = listed(access, session, faq_id=faq_id)
    if not rows:
        raise NotFound(what="answer", name=faq_id)
    return rows[0]


def add(access: Access, session: Session, space: str, content: Content) -> Faq:
    """A new draft in that space. Raises NotFound, NotPermitted or BadValue."""
    place = access_rules.space_to_write(access, session, space)
    faq = Faq(space_id=place.id, owner_id=access.user_id, question="", answer="", language="en")
    _write(access, session, faq, content)
    session.add(faq)
    session.flush()
    _bind(access, session, faq, content.sources)
    record(session, access.user_id, "faq.added", faq.id)
    return faq


def change(access: Access, session: Session, faq_id: str, content: Content) -> Faq:
    """Write it anew; it becomes a draft until it is approved again. Raises NotFound, NotPermitted or
    BadValue."""
    faq, _ = one(access, session, faq_id)
    access_rules.space_to_write(access, session, faq.space_id)
    _write(access, session, faq, content)
    _bind(access, session, faq, content.sources)
    faq.state, faq.reason = FaqState.DRAFT, ""
    faq.approved_by = faq.approved_at = None
    record(session, access.user_id, "faq.changed", faq.id)
    return faq


def approve(access: Access, session: Session, faq_id: str, *, today: date) -> Faq:
    """Let it answer. Raises NotFound, NotPermitted, or BadValue where it has no quote that stands, or its
    date has passed."""
    faq, _ = one(access, session, faq_id)
    access_rules.space_to_manage(access, session, faq.space_id)
    if not standing_quotes(access, session, faq_id):
        raise BadValue(
            name="sources",
            problem="an approved answer needs quotes that stand in documents in force",
            fix="Choose the passages that it rests on",
        )
    if faq.valid_until is not None and faq.valid_until < today:
        raise BadValue(name="valid_until", problem="that day has passed", fix="Give a later day, or none")
    faq.state, faq.reason, faq.changed_at = FaqState.APPROVED, "", now()
    faq.approved_by, faq.approved_at = access.user_id, faq.changed_at
    record(session, access.user_id, "faq.approved", faq.id)
    return faq


def withdraw(access: Access, session: Session, faq_id: str) -> Faq:
    """Take it back; it answers no longer. Raises NotFound or NotPermitted."""
    faq, _ = one(access, session, faq_id)
    access_rules.space_to_manage(access, session, faq.space_id)
    faq.state, faq.reason, faq.changed_at = FaqState.WITHDRAWN, "", now()
    record(session, access.user_id, "faq.withdrawn", faq.id)
    return faq


def remove(access: Access, session: Session, faq_id: str) -> None:
    """Delete it. Raises NotFound or NotPermitted."""
    faq, _ = one(access, session, faq_id)
    access_rules.space_to_manage(access, session, faq.space_id)
    session.execute(delete(Faq).where(Faq.id == faq.id))
    record(session, access.user_id, "faq.removed", faq_id)


def _write(access: Access, session: Session, faq: Faq, content: Content) -> None:
    question, answer = content.question.strip(), content.answer.strip()
    wordings = [text.strip() for text in content.wordings if text.strip()]
    for name, text, limit in (
        ("question", question, LONGEST_QUESTION),
        ("answer", answer, LONGEST_ANSWER),
        *(("wordings", text, LONGEST_QUESTION) for text in wordings),
    ):
        if not text or len(text) > limit:
            raise BadValue(
                name=name, problem=f"it has {len(text)} characters", fix=f"Give 1 to {limit} characters"
            )
    if len(wordings) > MOST_WORDINGS:
        raise BadValue(
            name="wordings", problem=f"there are {len(wordings)}", fix=f"Give {MOST_WORDINGS} at most"
        )
    if content.owner_id and session.get(User, content.owner_id) is None:
        raise NotFound(what="user", name=content.owner_id)
    faq.question, faq.answer, faq.wordings = question, answer, wordings
    faq.language, faq.valid_until = language_of(question), content.valid_until
    faq.owner_id = content.owner_id or access.user_id
    faq.changed_at = now()


def _bind(access: Access, session: Session, faq: Faq, sources: Sequence[Source]) -> None:
    """Put these quotes in the place of those it had, each checked on its page."""
    if len(sources) > MOST_SOURCES:
        raise BadValue(
            name="sources", problem=f"there are {len(sources)}", fix=f"Give {MOST_SOURCES} at most"
        )
    session.execute(delete(FaqSource).where(FaqSource.faq_id == faq.id))
    for mark, source in enumerate(sources, start=1):
        document = access_rules.document(access, session, source.document_id)
        if document.space_id != faq.space_id:
            raise BadValue(
                name="sources",
                problem=f"{document.name} is in another space",
                fix="An approved answer rests on documents of its own space",
            )
        place = _place(session, document.current_version_id, source.text, source.page, source.start)
        if place is None:
            raise BadValue(
                name="sources",
                problem=f"the quote does not stand on page {source.page} of {document.name}",
                fix="Copy it from the page, word for word",
            )
        session.add(
            FaqSource(
                faq_id=faq.id, mark=mark, document_id=document.id, version_id=document.current_version_id,
                passage_id=place.passage_id, page=place.page, start=place.start,
                end=place.start + len(source.text), quote=source.text,
            )
        )  # fmt: skip
    session.flush()


@dataclass(frozen=True)
class _Place:
    passage_id: str
    page: int
    start: int


def _place(session: Session, version_id: str | None, quote: str, page: int, start: int) -> _Place | None:
    """Where that quote stands in a version: at the given place, else the first place after it, else the
    first at all; None where it does not, or where no passage holds it."""
    if version_id is None or not quote.strip():
        return None
    rows = session.execute(
        select(Page.number, Page.text).where(
            Page.version_id == version_id, Page.text.contains(quote, autoescape=True)
        )
    ).all()
    places = [
        (number, start)
        for number, text in rows
        for start in range(len(text))
        if text.startswith(quote, start)
    ]
    places.sort(key=lambda place: (place != (page, start), place[0] != page, place < (page, start), place))
    for number, begin in places:
        for passage in session.execute(
            select(Passage.id, Passage.pieces).where(
                Passage.version_id == version_id, Passage.first_page <= number, Passage.last_page >= number
            )
        ):
            if any(p == number and s <= begin and begin + len(quote) <= e for p, s, e in passage.pieces):
                return _Place(passage.id, number, begin)
    return None


# What happens to documents.


def document_published(session: Session, document_id: str, version_id: str) -> None:
    """A new version of a document came into force: quotes that still stand are bound to it, and answers
    whose quotes do not go into review."""
    for source in session.scalars(
        select(FaqSource).where(FaqSource.document_id == document_id, FaqSource.version_id != version_id)
    ).all():
        place = _place(session, version_id, source.quote, source.page, source.start)
        if place is None:
            _review(session, [source.faq_id], SOURCE_CHANGED)
            continue
        source.version_id, source.passage_id = version_id, place.passage_id
        source.page, source.start, source.end = place.page, place.start, place.start + len(source.quote)


def document_erased(session: Session, document_id: str) -> None:
    """A document is about to be erased: what was answered from it loses its text and goes into review."""
    ids = list(session.scalars(select(FaqSource.faq_id).where(FaqSource.document_id == document_id)))
    session.execute(update(Faq).where(Faq.id.in_(ids)).values(answer=""))
    _review(session, ids, SOURCE_ERASED)
    session.execute(update(Faq).where(Faq.id.in_(ids)).values(reason=SOURCE_ERASED))
    session.execute(delete(FaqSource).where(FaqSource.document_id == document_id))


def version_erased(session: Session, document_id: str, version_id: str, current: str | None) -> None:
    """A version was erased: quotes that stand in the one in force too are bound to that, and answers whose
    quotes stood only there lose their text and go into review."""
    if current is not None:
        document_published(session, document_id, current)
    ids = list(session.scalars(select(FaqSource.faq_id).where(FaqSource.version_id == version_id)))
    session.execute(update(Faq).where(Faq.id.in_(ids)).values(answer=""))
    _review(session, ids, SOURCE_ERASED)
    session.execute(update(Faq).where(Faq.id.in_(ids)).values(reason=SOURCE_ERASED))
    session.execute(delete(FaqSource).where(FaqSource.version_id == version_id))


def put_into_review(session: Session, *, today: date) -> int:
    """Answers whose date has passed, or whose document is no longer in force, go into review; returns how
    many did. `match` never shows them in any case: this is for those who keep them."""
    expired = list(
        session.scalars(select(Faq.id).where(Faq.state == FaqState.APPROVED, Faq.valid_until < today))
    )
    gone = list(
        session.scalars(
            select(FaqSource.faq_id)
            .join(Faq, Faq.id == FaqSource.faq_id)
            .join(Document, Document.id == FaqSource.document_id)
            .where(
                Faq.state == FaqState.APPROVED,
                (Document.current_version_id.is_(None))
                | (Document.current_version_id != FaqSource.version_id),
            )
        )
    )
    _review(session, expired, EXPIRED)
    _review(session, gone, SOURCE_GONE)
    return len({*expired, *gone})


def _review(session: Session, ids: Collection[str], reason: str) -> None:
    session.execute(
        update(Faq)
        .where(Faq.id.in_(ids), Faq.state == FaqState.APPROVED)
        .values(state=FaqState.REVIEW, reason=reason, changed_at=now())
    )
