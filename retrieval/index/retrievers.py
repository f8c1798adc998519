"""What every engine behind the index promises: words and vectors by passage, in scopes. Opens nothing.

`tests/retrieval/engines/test_engines.py` holds each engine to the same behaviour.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from language.characters import radicals_joined
from llm.embedder import Vectors
from retrieval.index.widening import NOT_WIDENED, Widening


@dataclass(frozen=True)
class IndexedPassage:
    """What the retrievers know of a passage. `scope` is the unit of permission: the space's id."""

    id: str
    version: str
    scope: str
    title: str
    heading: str
    text: str

    @property
    def embedded_text(self) -> str:
        """What is given to the embedder: a header, then the text. Radicals that a PDF wrote are the
        characters that they look like; an embedder knows few of them."""
        header = " > ".join(part for part in (self.title, self.heading) if part)
        return radicals_joined(f"{header}\n{self.text}" if header else self.text)

    @property
    def words_text(self) -> str:
        """What the keyword retriever takes its tokens from. Title and headings count as words of the text: a
        field of their own would count their rarity twice (measured: recall@1 .893 against .916 on Japanese).
        The title counts as two mentions (measured: .922 against .916)."""
        return f"{self.title}\n{self.title}\n{self.heading}\n{self.text}"


class WordStore(Protocol):
    """Passages by their tokens, ranked by BM25. One thread writes at a time; many may search."""

    def add(self, passages: Iterable[IndexedPassage]) -> None:
        """Put those passages in, to be found after the next `commit`."""

    def remove(self, version: str) -> None:
        """Take that version's passages out, from the next `commit` on; not those that are added after it."""

    def clear(self) -> None:
        """Take every passage out, from the next `commit` on."""

    def commit(self) -> None:
        """Make what was added and removed visible, and safe against a killed process."""

    def search(
        self,
        query: Iterable[str],
        scopes: Collection[str],
        limit: int,
        widening: Widening = NOT_WIDENED,
        versions: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """The best passages of those scopes for those tokens, of those versions alone where some are named:
        (passage id, BM25), best first. Of a thing that the question is widened by, the best of its words
        counts, and of the added ones only whole ones."""

    def document_frequencies(self, query: Iterable[str]) -> tuple[Mapping[str, int], int]:
        """In how many passages each token stands, and how many passages there are."""

    def forget_removed(self) -> None:
        """Delete the files that nothing needs any more, with what was removed in them. After `clear`, `add`
        and `commit` nothing of the former content is left."""

    def count(self) -> int:
        """How many passages can be found."""

    def close(self) -> None:
        """Give back what is held."""


class VectorStore(Protocol):
    """Vectors of one embedder by passage id, in scopes."""

    def add(self, scope: str, ids: Sequence[str], vectors: Vectors) -> None:
        """Put vectors in, or replace those of the same ids."""

    def have(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Which of those ids have a vector."""

    def remove(self, scope: str, ids: Sequence[str]) -> None:
        """Take vectors out, those of other embedders too; unknown ids are no error."""

    def remove_scope(self, scope: str) -> None:
        """Take a whole scope out, of every embedder."""

    def move(self, old: str, new: str, ids: Sequence[str]) -> None:
        """Bring vectors from one scope into another; ids without a vector there are no error."""

    def search(self, vector: Vectors, scopes: Collection[str], limit: int) -> list[tuple[str, float]]:
        """The nearest passages of those scopes: (passage id, cosine), best first."""

    def search_among(
        self, vector: Vectors, scopes: Collection[str], ids: Sequence[str]
    ) -> list[tuple[str, float]]:
        """Those of the passages that have a vector in those scopes: (passage id, cosine), best first."""

    def count(self) -> int:
        """How many vectors there are."""

    def ids(self) -> dict[str, set[str]]:
        """The passage ids of every scope."""

    def scrub(self) -> None:
        """Leave nothing of removed vectors in any file."""
