"""The tables of the documents that were found, read from the records as relations, and the passages that
their rows stand in. What it is given was loaded through access, and passages are loaded through it again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from datetime import date

import regex
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import Access, published_passages
from core.models import Page, Passage
from core.structures import structures_of
from language.structure import NodeKind, Structure
from retrieval.index.search import Hit
from retrieval.tables.relation import Relation
from retrieval.tables.relations import MOST_CELLS, relations_of

DOCUMENTS = 4  # whose tables are looked at: those of the best hits
MOST_TABLES = 60  # of a version
MOST_NODES = 120_000  # of a version's structure: larger ones are left alone
OPENING = 4000  # characters of a first page that say whose document it is
_ENGLISH_COMPANY = regex.compile(
    r"\b(\p{Lu}[\p{L}&-]{1,30}+(?: \p{Lu}[\p{L}&-]{1,30}+){0,2}),?"
    r" (?i:inc|incorporated|corporation|corp|ltd|llc|plc|gmbh)\b"
)
_COMPANY = regex.compile(r"(?:株式|有限|合同)会社|有限公司|股份")
_NAME_BEHIND = regex.compile(r"\s?([\p{Katakana}ー\p{Han}]{2,12}+)")
_NAME_BEFORE = regex.compile(r"[\p{Katakana}ー\p{Han}]{2,12}$")
LONGEST_NAME = 12
KEPT = 24  # versions whose relations stay in memory


class _KeptRelations:
    """The relations of the versions that were asked last, each with the structure it was made from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Structure, str, list[Relation]]] = OrderedDict()

    def get(self, version_id: str, structure: Structure, title: str) -> list[Relation] | None:
        with self._lock:
            kept = self._kept.get(version_id)
            if kept is None or kept[0] is not structure or kept[1] != title:
                return None
            self._kept.move_to_end(version_id)
            return kept[2]

    def keep(self, version_id: str, structure: Structure, title: str, relations: list[Relation]) -> None:
        with self._lock:
            self._kept[version_id] = (structure, title, relations)
            self._kept.move_to_end(version_id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


_kept = _KeptRelations()


def relations_found(session: Session, hits: Sequence[Hit]) -> list[tuple[Relation, Hit]]:
    """The tables of the documents of the best hits, each with the best hit of its version, best first."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.passage.version_id, hit)
    chosen = dict(list(first.items())[:DOCUMENTS])
    structures = structures_of(session, list(chosen))
    pairs: list[tuple[Relation, Hit]] = []
    for version_id, hit in chosen.items():
        structure = structures.get(version_id)
        if structure is None or len(structure) > MOST_NODES or not structure.tables():
            continue
        pairs += [(relation, hit) for relation in _relations(session, structure, hit)]
    return pairs


def _relations(session: Session, structure: Structure, hit: Hit) -> list[Relation]:
    version_id = hit.passage.version_id
    title = f"{hit.document.name} {hit.title}"
    kept = _kept.get(version_id, structure, title)
    if kept is not None:
        return kept
    tables = structure.tables()[:MOST_TABLES]
    numbers = set(_pages(structure, tables))
    texts = page_texts(session, version_id, numbers)
    named = f"{title} {_organisations(session, version_id)}"
    relations = relations_of(version_id, structure, texts, named, hit.document.id)
    _kept.keep(version_id, structure, title, relations)
    return relations


def _organisations(session: Session, version_id: str) -> str:
    """Whose document it is, by its first page: a question says "Apple's", its tables do not."""
    first = page_texts(session, version_id, [1]).get(1, "")[:OPENING]
    names = [match[1] for match in _ENGLISH_COMPANY.finditer(first)]
    for company in _COMPANY.finditer(first):
        behind = _NAME_BEHIND.match(first, company.end())
        before = _NAME_BEFORE.search(first[max(0, company.start() - LONGEST_NAME) : company.start()])
        names += [match for match in (behind and behind[1], before and before[0]) if match]
    return " ".join(dict.fromkeys(names))


def page_texts(session: Session, version_id: str, numbers: Collection[int]) -> dict[int, str]:
    """The texts of those pages of a version, by number."""
    pages = select(Page.number, Page.text).where(Page.version_id == version_id, Page.number.in_(numbers))
    return dict(session.execute(pages).all())


def _pages(structure: Structure, tables: Sequence[int]) -> Iterator[int]:
    """The pages on which tables and the headings above them stand."""
    for table in tables:
        inside = structure.subtree(table)
        if len(inside) > MOST_CELLS:
            continue
        yield from {node.page for node in structure.between(max(0, inside.start - 1), inside.stop)}
        for above in structure.ancestors(table):
            if structure.kind(above) != NodeKind.PART:
                yield structure[above].page


def passage_with(access: Access, session: Session, hit: Hit, page: int, start: int, on: date | None) -> Hit:
    """The hit, of the passage of its version that holds that place; the hit itself where there is none."""
    if _holds(hit.passage, page, start):
        return hit
    near = session.scalars(
        select(Passage.id).where(
            Passage.version_id == hit.passage.version_id,
            Passage.first_page <= page,
            Passage.last_page >= page,
        )
    ).all()
    rows = session.execute(published_passages(access, list(near), on))
    for passage, document in rows:
        if _holds(passage, page, start):
            return Hit(passage, document, hit.score, hit.words, hit.meaning)
    return hit


def _holds(passage: Passage, page: int, start: int) -> bool:
    return any(number == page and first <= start < last for number, first, last in passage.pieces)
