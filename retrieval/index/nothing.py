"""The index of a process that has none: a worker that reads for a back-end with the index in its folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from retrieval.index.retrievers import IndexedPassage
from retrieval.index.widening import NOT_WIDENED, Widening


class NoWords:
    """Finds nothing, and refuses what would be lost."""

    def add(self, passages: Iterable[IndexedPassage]) -> None:
        """Raises RuntimeError: there is nowhere to put them."""
        raise RuntimeError("this process has no index to write")

    def remove(self, version: str) -> None:
        """Nothing is there."""

    def clear(self) -> None:
        """Nothing is there."""

    def commit(self) -> None:
        """Nothing was added."""

    def search(
        self,
        query: Iterable[str],
        scopes: Collection[str],
        limit: int,
        widening: Widening = NOT_WIDENED,
        versions: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """Nothing."""
        return []

    def document_frequencies(self, query: Iterable[str]) -> tuple[Mapping[str, int], int]:
        """None, of none."""
        return {}, 0

    def forget_removed(self) -> None:
        """Nothing is there."""

    def count(self) -> int:
        """None."""
        return 0

    def close(self) -> None:
        """Nothing is open."""


NO_WORDS = NoWords()
