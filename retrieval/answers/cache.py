"""Answers of a short while ago, for a question that comes again. In memory, of one process.

The key holds everything that an answer depends on: the words, what the asker may read, where they look, the
day, the state of the index, the model and the prompt. What is kept names passages and is loaded through the
asker's own access again before it is shown; where any of it may not be read, the question is asked anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from core.access import Access, published_passages
from retrieval.answers.writing.generation import Writing
from retrieval.evidence.types import Evidence, Quote


@dataclass(frozen=True)
class Key:
    """Everything that an answer depends on."""

    question: str
    reads: str  # `Access.fingerprint`
    spaces: frozenset[str] | None
    day: date
    index: int  # `SearchIndex.generation`
    model: str
    prompt: str
    documents: frozenset[str] | None = None  # where only some of them may be used


@dataclass(frozen=True)
class Kept:
    """What was answered: the evidence, what became of the model's sentences, and the question in the
    documents' language where it was looked up so."""

    evidence: Evidence
    written: Writing
    translation: str = ""


class AnswerCache:
    """The last `size` answers; 0 keeps none. Safe to use from several threads."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Key) -> Kept | None:
        """What was answered under that key, or None."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def keep(self, key: Key, answer: Kept) -> None:
        """Remember an answer; the one that was not used for longest is forgotten."""
        with self._lock:
            if any(kept.index != key.index for kept in self._kept):
                self._kept.clear()  # what was said of an earlier index can never be asked for again
            self._kept[key] = answer
            self._kept.move_to_end(key)
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)


def loaded_again(
    access: Access, session: Session, quotes: Sequence[Quote], on: date | None = None
) -> list[Quote] | None:
    """Those quotes on passages as they are now; None where one may not be read, or is not in force."""
    rows = session.execute(published_passages(access, [quote.hit.passage.id for quote in quotes], on))
    by_id = {passage.id: (passage, document) for passage, document in rows}
    if any(quote.hit.passage.id not in by_id for quote in quotes):
        return None
    return [
        replace(quote, hit=replace(quote.hit, passage=passage, document=document))
        for quote in quotes
        for passage, document in [by_id[quote.hit.passage.id]]
    ]
