"""Questions about documents (which one, since when, which version, who keeps it), answered from the records, with
the places on the pages that say so. What is no record's is not said here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import regex
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.access import Access, readable_documents
from core.models import Document, Space, User, Version
from language.structure import PageStretch as Place
from language.tokens import normalised, tokens
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.types import Evidence, Quote
from retrieval.evidence.units import UnitKind
from retrieval.index.search import Hit
from retrieval.overview.facts import Fact, facts_of
from retrieval.overview.subject import named_subject
from retrieval.overview.telling import size
from retrieval.overview.types import Overview, OverviewEvidence, RecordCard, overlaps
from retrieval.overview.whole_document import WholeDocument

MOST_CARDS, MOST_QUOTES = 3, 2  # documents, and quotes of each
SAID = 0.75  # share of what is asked for that a document must say to be the one that is looked for
AS_GOOD = 0.9  # of the best document's share, from which another may be meant too
UNKNOWN = 0.34  # share of a document's name below which the document that is asked for is not there
DOUBT = 0.2  # what evidence on another document than the one that is asked for is still worth
LONGEST_DATE = 160.0  # characters of a quote that says a date


class Aspect(StrEnum):
    """What is asked about documents."""

    WHICH = "which"
    SINCE = "since"
    VERSION = "version"
    KEEPER = "keeper"


_ASPECTS = (
    (
        Aspect.KEEPER,
        r"所管|主管|担当部|管理部門|(?:誰|だれ|どこ|どの部)が?(?:管理|作成|作っ|担当|所管)|作成者|オーナー|归口|歸口|负责部门|由(?:谁|哪个部门|哪个部|哪里)|谁(?:负责|管理|制定|解释)"
        r"|\bwho(?:se)? (?:owns?|keeps?|maintains?|manages?|wrote|approved|is responsible|is in charge)\b|\bowner\b|\bowned by\b|\bmaintained by\b",
    ),
    (
        Aspect.SINCE,
        r"いつ|何年|何月|施行日|発効|適用開始|什么时候|何时|哪天|哪年|哪一年|几月|日期|起施行|生效|\bwhen\b|\bsince\b|\bhow long has\b|\bin force\b|\beffective\b|\bwhat date\b",
    ),
    (
        Aspect.VERSION,
        r"何版|第何|最新版|版数|バージョン|哪个版|第几版|版本|\bversions?\b|\bedition\b|\brevision\b",
    ),
    (Aspect.WHICH, r""),
)
_COMPILED = [(aspect, regex.compile(pattern)) for aspect, pattern in _ASPECTS]
_OF_DATES = [pattern for aspect, pattern in _COMPILED if aspect is Aspect.SINCE]
_ASKING_WORDS_HAN = regex.compile(
    r"(?:どの|何という|なんという|どちらの)(?:社内)?(?:規程|規定|文書|書類|規則|資料|マニュアル|ファイル|ドキュメント|通達|手引き?)(?:で|に|が|を)?"
    r"|(?:書|記載|定め|載|規定)(?:され|いて|って|られ)?(?:て)?(?:い|あり)?(?:ます|る|ある)?(?:の)?(?:は|か)?|いつ(?:から|まで)?|何年(?:何月)?|何版|最新版?|バージョン"
    r"|施行(?:され|日)?|制定|改定|改正|適用|所管|担当(?:部署|部門)?|管理(?:部門|者)?|作成(?:者)?|誰|どこ(?:の部(?:署|門)?)?"
    r"|哪(?:一)?(?:个|個|份|部|项|項)?(?:文件|制度|规定|規定|规程|手册|版本?|部门)?|什么时候|何时|哪天|谁|生效|施行|发布|公布|修订|版本|由|负责|主管部门|主管|归口|解释|怎么办|是"
)
_ASKING_WORDS_LATIN = regex.compile(
    r"\b(?:which|what|who|when|where|since|was|were|is|are|does|did|document|policy|page|handbook|guide|manual|file|describes?|described|explains?|explained"
    r"|covers?|documented|written|defined|says|in force|effective|issued|revised|published|updated|approved|adopted|owns?|keeps?|maintains?|owner|responsible|version|edition|the|of|how|to|can|i|find|read|about|for|in|a|an)\b"
)
_KEEPERS = regex.compile(
    r"所管|主管部门|主管部門|管理部門|担当部(?:署|門)|作成者|负责解释|負責解釋|归口|制定部门|责任部门|\bowner\b|\bowned by\b|\bmaintained by\b|\bprepared by\b|\bapproved by\b"
)


# A document called by its name: the stock option plan, ペット規程, 宠物管理制度.
_NOUNS = regex.compile(
    r"(?:管理)?(?:規程|規則|マニュアル|手引|要領|細則|制度|规定|办法|辦法|手册|章程)|\b(?:plan|policy|handbook|manual|guide|guideline|procedure)s?\b"
)
_NAME = regex.compile(
    r"[\p{Han}\p{Katakana}ーa-z]{2,20}$|\bthe (?P<latin>[\p{L}-]{2,20}(?: [\p{L}-]{2,20}){0,3}) $",
    regex.REVERSE,  # from the end, where it must stand
)
_LONGEST_NAME = 64  # characters before the noun that are looked at


@dataclass(frozen=True)
class _Named:
    """A document that is asked about, and the share of the question that names it."""

    whole: WholeDocument
    share: float


def aspect_of(question: str) -> Aspect:
    """What a question about documents asks for."""
    plain = normalised(question)
    return next(aspect for aspect, pattern in _COMPILED if pattern.search(plain))


def asked_about(question: str) -> str:
    """The question without the words that only ask which document, when, which version or who."""
    left = " ".join(_ASKING_WORDS_HAN.sub(" ", _ASKING_WORDS_LATIN.sub(" ", normalised(question))).split())
    return left if any(character.isalnum() for character in left) else question


def recorded(
    session: Session,
    question: str,
    asked: AskedQuestion,
    hits: Sequence[Hit],
    wholes: Sequence[tuple[Hit, WholeDocument]],
    evidence: Evidence,
    kept_out: Callable[[str], bool],
) -> Evidence | None:
    """Cards of the documents that are asked about, with the quotes that say it; where the document that is
    named is not there, evidence that is hardly believed. None where nothing is known better."""
    aspect = aspect_of(question)
    if aspect is Aspect.WHICH:
        return _which(session, asked, hits, wholes, evidence, kept_out)
    named = named_subject(question, asked, wholes)
    if named is None:
        return _unnamed(session, question, asked, hits, wholes, evidence)
    whole = named.whole
    quotes: list[Quote] = []
    date_mark = keeper_mark = 0
    said = _keeper_quote(whole, kept_out) if aspect is Aspect.KEEPER else _date_quote(whole)
    if said is not None:
        quotes.append(said)
        date_mark, keeper_mark = (0, 1) if aspect is Aspect.KEEPER else (1, 0)
    own = [
        quote for quote in evidence.quotes
        if quote.hit.document.id == whole.document.id and not overlaps(quote, quotes)
    ]  # fmt: skip
    quotes += own[:1]
    if not quotes:
        quotes = evidence.quotes[:1]
    card = card_of(session, whole, date_mark=date_mark, keeper_mark=keeper_mark)
    answers = said is not None or card.in_force_from is not None or aspect is Aspect.VERSION
    sure = max(evidence.probability, named.named if answers else 0.0)
    return OverviewEvidence(quotes, min(sure, 1.0), overview=Overview(records=(card,)))


def _unnamed(
    session: Session,
    question: str,
    asked: AskedQuestion,
    hits: Sequence[Hit],
    wholes: Sequence[tuple[Hit, WholeDocument]],
    evidence: Evidence,
) -> Evidence | None:
    """Where no title is asked for: the evidence, with the card of the document that it stands in; hardly
    believed where the question calls a document by a name that neither a title nor a passage says."""
    if _is_unknown(question, asked, hits, wholes):
        return replace(evidence, probability=DOUBT * evidence.probability)
    first = _of_first_quote(wholes, evidence)
    if first is None:
        return None
    quotes, date_mark = _with_date(question, first, list(evidence.quotes))
    card = card_of(session, first, date_mark=date_mark)
    return OverviewEvidence(quotes, evidence.probability, overview=Overview(records=(card,)))


def _with_date(question: str, whole: WholeDocument, quotes: list[Quote]) -> tuple[list[Quote], int]:
    """The quotes with the one that says since when the document is in force, and its mark, where the question
    asks for that too and a page says it."""
    asked_for = any(pattern.search(normalised(question)) for pattern in _OF_DATES)
    said = _date_quote(whole) if asked_for else None
    if said is None or overlaps(said, quotes):
        return quotes, 0
    return [*quotes, said], len(quotes) + 1


def _is_unknown(
    question: str,
    asked: AskedQuestion,
    hits: Sequence[Hit],
    wholes: Sequence[tuple[Hit, WholeDocument]],
) -> bool:
    """Whether the question calls a document by a name of which nothing that was found says much."""
    called = _called(normalised(question))
    if not called:
        return False
    name = {token for token in tokens(called) if token in asked.weights}
    weight = asked.share(name)
    texts = [f"{hit.title} {hit.document.name} {hit.passage.heading} {hit.passage.text}" for hit in hits]
    texts += [whole.opening for _, whole in wholes]
    said = max((asked.share(name & asked.said_in(text)) for text in texts), default=0.0)
    return said < UNKNOWN * weight


def _called(plain: str) -> str:
    """The name that a question calls a document by, without the noun; empty where it calls none."""
    noun = _NOUNS.search(plain)
    name = _NAME.search(plain[max(0, noun.start() - _LONGEST_NAME) : noun.start()]) if noun else None
    return (name["latin"] or name.group()) if name else ""


def _of_first_quote(wholes: Sequence[tuple[Hit, WholeDocument]], evidence: Evidence) -> WholeDocument | None:
    """The document that the best quote stands in."""
    if not evidence.quotes:
        return None
    wanted = evidence.quotes[0].hit.document.id
    return next((whole for _, whole in wholes if whole.document.id == wanted), None)


def _which(
    session: Session,
    asked: AskedQuestion,
    hits: Sequence[Hit],
    wholes: Sequence[tuple[Hit, WholeDocument]],
    evidence: Evidence,
    kept_out: Callable[[str], bool],
) -> Evidence | None:
    """The documents that speak of what is asked for, each with the words that do."""
    speaking = sorted(
        (_Named(whole, _spoken(asked, hits, whole)) for _, whole in wholes), key=lambda named: -named.share
    )
    order = {quote.hit.document.id: place for place, quote in reversed(list(enumerate(evidence.quotes)))}
    chosen = [named for named in speaking if named.share >= max(SAID, AS_GOOD * speaking[0].share)]
    chosen.sort(key=lambda named: order.get(named.whole.document.id, len(order)))
    if not chosen:
        first = _of_first_quote(wholes, evidence)
        if first is None:
            return None
        chosen = [_Named(first, 0.0)]
    quotes: list[Quote] = []
    cards = []
    for named in chosen[:MOST_CARDS]:
        own = [quote for quote in evidence.quotes if quote.hit.document.id == named.whole.document.id]
        own = own[:MOST_QUOTES] or list(filter(None, [_best_fact(asked, named.whole, kept_out)]))
        if own:
            quotes += own
            cards.append(card_of(session, named.whole))
    if not quotes:
        return None
    sure = max(evidence.probability, 0.9 * chosen[0].share if chosen[0].share >= SAID else 0.0)
    return OverviewEvidence(quotes, min(sure, 1.0), overview=Overview(records=tuple(cards)))


def _spoken(asked: AskedQuestion, hits: Sequence[Hit], whole: WholeDocument) -> float:
    """The most that a passage of a document says, with its title and headings, of what is asked for."""
    return max(
        (
            asked.share(asked.said_in(f"{hit.title} {hit.passage.heading} {hit.passage.text}"))
            for hit in hits
            if hit.passage.version_id == whole.version.id
        ),
        default=0.0,
    )


def _best_fact(asked: AskedQuestion, whole: WholeDocument, kept_out: Callable[[str], bool]) -> Quote | None:
    facts = [fact for fact in _all_facts(whole) if not kept_out(fact.text)]
    best = max(
        facts,
        key=lambda fact: asked.share(
            asked.said_in(f"{whole.heading(fact.head) if fact.head >= 0 else ''} {fact.text}")
        ),
        default=None,
    )
    return whole.quote(best.places, 0.5, best.kind) if best is not None else None


def _all_facts(whole: WholeDocument) -> list[Fact]:
    return [fact for root in (-1, *whole.heads(-1)) for fact in facts_of(whole, root)]


def card_of(
    session: Session, whole: WholeDocument, *, date_mark: int = 0, keeper_mark: int = 0
) -> RecordCard:
    """What the records say of a document and that version of it."""
    return record_card(session, whole.document, whole.version, date_mark=date_mark, keeper_mark=keeper_mark)


def record_card(
    session: Session, document: Document, version: Version, *, date_mark: int = 0, keeper_mark: int = 0
) -> RecordCard:
    """What the records say of a document that the asker may read, and of one version of it."""
    space, person, count = session.execute(
        select(
            select(Space.name).where(Space.id == document.space_id).scalar_subquery(),
            select(User.name).where(User.id == version.created_by).scalar_subquery(),
            select(func.count(Version.id)).where(Version.document_id == document.id).scalar_subquery(),
        )
    ).one()
    source = version.in_force_sources.get("from")
    return RecordCard(
        document.id, version.id, document.title or document.name, document.name, space or "",
        version.number, count, version.in_force_from, version.in_force_until,
        str(source["source"]) if source and version.in_force_from else "",
        person or "", version.created_at, date_mark, keeper_mark,
    )  # fmt: skip


def _date_quote(whole: WholeDocument) -> Quote | None:
    """The words of a page that the date in force comes from; None where no page says it."""
    source = whole.version.in_force_sources.get("from")
    if not source or not source.get("quote") or not source.get("page"):
        return None
    text, quote = whole.texts.get(source["page"], ""), source["quote"]
    start = text.find(quote)
    if start < 0 or size(quote) > LONGEST_DATE:
        return None
    return whole.quote([Place(source["page"], start, start + len(quote))], 0.9, UnitKind.SENTENCE)


def _keeper_quote(whole: WholeDocument, kept_out: Callable[[str], bool]) -> Quote | None:
    """The words of a page that say who keeps the document."""
    facts = [
        fact
        for fact in _all_facts(whole)
        if _KEEPERS.search(normalised(fact.text)) and not kept_out(fact.text)
    ]
    best = min(facts, key=lambda fact: size(fact.text), default=None)
    return whole.quote(best.places, 0.9, best.kind) if best is not None else None


def recorded_again(
    access: Access, session: Session, packed: Sequence[Mapping[str, Any]]
) -> tuple[RecordCard, ...]:
    """The cards that were kept with an answer, as the records have them now; without those of documents that
    may not be read any more."""
    cards = []
    for entry in packed:
        document = session.scalar(readable_documents(access).where(Document.id == entry["document_id"]))
        version = session.get(Version, entry["version_id"]) if document is not None else None
        if document is not None and version is not None:
            marks = {"date_mark": entry["date_mark"], "keeper_mark": entry["keeper_mark"]}
            cards.append(record_card(session, document, version, **marks))
    return tuple(cards)
