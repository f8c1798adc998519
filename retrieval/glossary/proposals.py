"""Words that a glossary may lack: those of questions which nothing answered, and which neither the space's
documents nor its glossary know. Only questions that their askers reported to the space's managers are looked
at."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import regex
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import Access, published_passages, space_to_manage
from core.models import Gap, Question
from language.characters import one_form
from language.terms import Terms
from language.tokens import ENGLISH_STOP, language_of, normalised
from retrieval.index.index import SearchIndex
from retrieval.index.widening import whole_tokens

MOST_QUESTIONS = 500  # that are looked at, the newest
MOST_WORDS = 100  # that are proposed
LOOKED_AT = 10  # passages that may hold a word
# What can be a thing's name: a run of Chinese characters, of katakana, of Latin letters and digits.
_NAME = regex.compile(
    r"(?P<han>[\p{Script=Han}々]{2,12})|(?P<kana>[\p{Script=Katakana}ー]{3,20})|(?P<latin>\p{Latin}[\p{Latin}\p{N}+-]{1,30})"
)


@dataclass(frozen=True)
class ProposedWord:
    """A word, how many questions have it, and some of them."""

    word: str
    language: str
    questions: int
    examples: tuple[str, ...]


def proposals(
    access: Access, session: Session, index: SearchIndex, space_name: str, known: Collection[Terms]
) -> list[ProposedWord]:
    """The words that reported questions have and the space does not know, the most asked first; `known` are
    the terms that questions are widened by. For its managers. Raises NotFound, NotPermitted."""
    shelf = space_to_manage(access, session, space_name)
    query = (
        select(Question.text)
        .join(Gap, Gap.question_id == Question.id)
        .where(Gap.space_id == shelf.id, Gap.closed_at.is_(None))
        .order_by(Gap.told_at.desc())
        .limit(MOST_QUESTIONS)
    )
    asked: dict[str, tuple[str, str, list[str]]] = {}
    for text in session.scalars(query):
        for word in _names(text):
            plain = one_form(normalised(word))
            asked.setdefault(plain, (word, language_of(text), []))[2].append(text)
    unknown = [plain for plain in asked if not any(terms.said(plain) for terms in known)]
    unknown.sort(key=lambda plain: (-len(asked[plain][2]), plain))
    there = _written(access, session, index, shelf.id, unknown[: 4 * MOST_WORDS])
    return [
        ProposedWord(word, language, len(questions), tuple(dict.fromkeys(questions))[:3])
        for word, language, questions in (
            asked[plain] for plain in unknown[: 4 * MOST_WORDS] if plain not in there
        )
    ][:MOST_WORDS]


def _names(text: str) -> Iterator[str]:
    for match in _NAME.finditer(text):
        word = match.group()
        if match.lastgroup != "latin" or (
            word.lower() not in ENGLISH_STOP and (len(word) > 3 or word.isupper())
        ):
            yield word


def _written(
    access: Access, session: Session, index: SearchIndex, space_id: str, words: Collection[str]
) -> set[str]:
    """Which of those words stand in the space's documents that may be read. What the index says is looked at
    in the records: it knows of documents that may not."""
    places: dict[str, list[str]] = {}
    for plain in words:
        hits = index.keywords.search(whole_tokens(plain), [space_id], LOOKED_AT)
        places[plain] = [passage for passage, _ in hits]
    ids = sorted({passage for place in places.values() for passage in place})
    texts = {
        passage.id: one_form(normalised(f"{document.title} {passage.heading} {passage.text}"))
        for passage, document in session.execute(published_passages(access, ids))
    }
    return {
        plain for plain, place in places.items() if any(plain in texts.get(passage, "") for passage in place)
    }
