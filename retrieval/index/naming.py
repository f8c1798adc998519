"""The documents that a question names: by a company, a product or a folder that stands in their names, their
titles or their text. "At Denkiyagi, how many days …" asks of that company's rules, whatever others hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import regex
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from core.access import Access, may_read
from core.models import Document, Passage, Version
from language.characters import one_form
from language.tokens import ENGLISH_STOP, language_of, normalised, query_tokens
from language.transliteration import katakana_of, latin_of
from retrieval.index.index import SearchIndex

MOST_NAMES = 4  # of one question
MOST_PLACES = 60  # passages that are looked through for a name at once
MOST_LOOKS = 6  # at so many, each time in the documents that were not met before
MOST_DOCUMENTS = 80
NAMED_BY_FEW = 0.7  # share of all documents; a name that more of them have tells none apart
_COMPANY = (
    "株式会社|有限会社|合同会社|公司|集団|集团|集團|科技|商事|商会|工業|工业"
    "|産業|产业|実業|实业|製作所|電機|电机|電子|电子|物産|物流|建設|建设"
    "|銀行|银行|食品|机械|機械|贸易|貿易|制造|製造|医药|能源|网络|網絡"
    "|软件|軟體|信息|大学|大學|医院|病院|研究所"
)
_COMPANIES = regex.compile(_COMPANY)
_CJK_NAMES = regex.compile(r"[\p{Katakana}ー]{3,30}+|\p{Han}{3,40}+|\p{Latin}[\p{Latin}\p{Nd}&.-]{1,30}+")
_NAMES = {
    "ja": _CJK_NAMES,
    "zh": _CJK_NAMES,
    # In Latin letters also what is written small and is no word: 24seven, eBike, bxt.
    "en": regex.compile(
        r"[\p{Katakana}ー]{3,30}+|\p{Han}{2,40}+|(?<![.?!] )(?<!^)\b\p{Lu}[\p{L}\p{N}&-]{1,30}+"
        r"|\b\d{1,4}(?!(?:second|minute|hour|day|week|month|year|page|percent|people|time|euro|dollar)s?\b)"
        r"\p{Ll}{4,20}+\b"
        r"|\b\p{Ll}{1,3}\p{Lu}\p{L}{2,20}+|\b[b-df-hj-np-tv-xz]{3,6}+\b"
    ),
}
_HAN = regex.compile(r"\p{Han}++")
LONGEST_HAN = 6  # characters before the word that says that it is a company
SHORTEST_LABEL = 3
FEW_LABELLED = 3  # documents with the name as a label, from which they are all that it names
MOST_FOLDERS = 8
FOLDER_NAMED = 0.5  # share of a folder's documents that have a name, from which the others are named too
SHORTEST_HAN = 3  # characters of a name in Chinese characters that is cut out of what stands before it
_ABBREVIATIONS = frozenset(  # written like a name, and words that any document may have
    ("api", "csv", "db", "faq", "html", "id", "ids", "json", "ok", "pc", "pdf", "sql", "ui", "url", "xml")
)


def names_in(question: str) -> list[str]:
    """What may be a name in a question, as it is written there."""
    language = language_of(question)
    names: dict[str, None] = {}
    for match in _NAMES[language].finditer(question):
        name = match.group()
        if _HAN.fullmatch(name):
            company = _COMPANIES.search(name, 2)
            if company is None and language != "en":
                continue  # a word like any other in Chinese characters
            if company is not None:
                name = name[max(0, company.start() - LONGEST_HAN) : company.end()]
        if name.lower() not in ENGLISH_STOP | _ABBREVIATIONS:
            names[name] = None
    return list(names)[:MOST_NAMES]


def forms_of(name: str) -> list[str]:
    """How else that name may be written: in katakana for Latin letters, and the other way round."""
    other = katakana_of(name) or latin_of(name)
    return [name, other] if len(other) >= SHORTEST_HAN else [name]


def named_documents(
    access: Access, session: Session, index: SearchIndex, question: str, scopes: Collection[str]
) -> frozenset[str]:
    """The ids of the readable documents of those spaces that have a name of the question in their name, title
    or text; empty where it names none, or where nearly all have it."""
    names = names_in(question)
    if not names:
        return frozenset()
    readable = may_read(access) & Document.space_id.in_(scopes)
    every = session.scalar(select(func.count(Document.id)).where(readable)) or 0
    named: set[str] = set()
    for name in names:
        for form in _cut(name):
            documents = _labelled(session, form, readable)
            if len(documents) < FEW_LABELLED:  # a licence or a cover page may be all that has it as its title
                documents |= _saying(session, index, form, readable, scopes)
            if documents:
                documents = _with_their_folders(session, documents, readable)
                if len(documents) < NAMED_BY_FEW * every:
                    named |= documents
                break
    return frozenset(named) if len(named) <= MOST_DOCUMENTS else frozenset()


def _cut(name: str) -> Iterable[str]:
    """A name's forms; in Chinese characters also without what stands before it (在青川科技: 青川科技)."""
    yield from forms_of(name)
    if _HAN.fullmatch(name):
        for first in range(1, len(name) - SHORTEST_HAN + 1):
            yield name[first:]


def _labelled(session: Session, name: str, readable: ColumnElement[bool]) -> set[str]:
    """The documents that have it in their name, folders included, or title."""
    if len(name) < SHORTEST_LABEL:
        return set()
    has_it = or_(
        Document.name.icontains(name, autoescape=True), Document.title.icontains(name, autoescape=True)
    )
    return set(session.scalars(select(Document.id).where(readable, has_it).limit(MOST_DOCUMENTS + 1)))


def _with_their_folders(session: Session, documents: set[str], readable: ColumnElement[bool]) -> set[str]:
    """Those documents, and where they are half of a folder, the rest of it: what lies among a company's rules
    is that company's, though an appendix says no name."""
    names = session.scalars(select(Document.name).where(Document.id.in_(documents)))
    named = set(documents)
    for start in sorted({name[: len(folder_of(name)) + 1] for name in names if folder_of(name)})[
        :MOST_FOLDERS
    ]:
        # Not BETWEEN: how PostgreSQL sorts names depends on the language it was set up with.
        inside = func.substr(Document.name, 1, len(start)) == start
        members = set(session.scalars(select(Document.id).where(readable, inside).limit(MOST_DOCUMENTS + 1)))
        if len(members & documents) >= FOLDER_NAMED * len(members):
            named |= members
    return named


def folder_of(name: str) -> str:
    """The folder that a document's name begins with, "" where it has none. A slash that no file system takes
    may be written as the sign of a fraction."""
    return name.replace("∕", "/").rpartition("/")[0]


def _saying(
    session: Session,
    index: SearchIndex,
    name: str,
    readable: ColumnElement[bool],
    scopes: Collection[str],
) -> set[str]:
    """The documents with a passage that says it. One may say it on all of the places that are found first,
    as a long table does in the name of a column, so that the others are looked through once more."""
    tokens = list(dict.fromkeys(query_tokens(name)))
    said = one_form(normalised(name))
    saying: set[str] = set()
    left: set[str] | None = None  # versions of documents that were not met yet; None: all
    for _ in range(MOST_LOOKS if tokens else 0):
        hits = index.keywords.search(tokens, scopes, MOST_PLACES, versions=left)
        rows = session.execute(
            select(Version.document_id, Passage.version_id, Passage.text)
            .join(Version, Version.id == Passage.version_id)
            .join(Document, Document.id == Version.document_id)
            .where(readable, Passage.id.in_([passage for passage, _ in hits]))
        ).all()
        matches = {document for document, _, text in rows if said in one_form(normalised(text))}
        saying |= matches
        if len(hits) < MOST_PLACES or not matches or len(saying) > MOST_DOCUMENTS:
            return saying
        if left is None:
            versions = select(Document.current_version_id).where(readable)
            left = {version for version in session.scalars(versions) if version is not None}
        left -= {version for _, version, _ in rows}
    return saying
