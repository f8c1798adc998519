"""The dense retriever on Milvus: for each embedder a collection, with scopes as its partition key.

A passage has one vector, in one scope. A search looks at the partitions of the readable scopes alone.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np

from llm.embedder import Vectors
from retrieval.index.milvus.server import ROWS, Column, Milvus, Row, among, both, scopes_of

WIDEST = 120  # least number of candidates that HNSW looks at


class MilvusVectors:
    """Vectors of one embedder, in a collection of a Milvus."""

    def __init__(self, milvus: Milvus, embedder: str) -> None:
        self._milvus = milvus
        self._all = f"{milvus.address.prefix}_vectors_"
        self._name = self._all + hashlib.sha256(embedder.encode()).hexdigest()[:8]
        # Writers wait while the collection is written anew, so that nothing of theirs stays in the former.
        with milvus.turns.alone():
            milvus.open(self._name)

    def _there(self) -> bool:
        return self._milvus.has(self._name)

    def add(self, scope: str, ids: Sequence[str], vectors: Vectors) -> None:
        """Put vectors in, or replace those of the same ids."""
        if not len(ids):
            return
        if not self._there():
            with self._milvus.turns.alone():  # two that make it at once would drop each other's
                if not self._there():
                    self._milvus.lead(self._name, self._milvus.make(self._name, _columns(vectors.shape[1])))
        with self._milvus.turns.beside():
            rows: list[Row] = [
                {"id": passage, "scope": scope, "vector": vector}
                for passage, vector in zip(ids, np.asarray(vectors, np.float32), strict=True)
            ]
            self._milvus.put(self._name, rows)

    def have(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Which of those ids have a vector."""
        if not ids or not self._there():
            return set()
        rows = self._milvus.rows(self._name, both(scopes_of([scope]), among("id", ids)), ["id"])
        return {str(row["id"]) for row in rows}

    def remove(self, scope: str, ids: Sequence[str]) -> None:
        """Take vectors out, those of other embedders too; unknown ids are no error."""
        with self._milvus.turns.beside():
            for name in self._every():
                for start in range(0, len(ids), ROWS):
                    part = among("id", ids[start : start + ROWS])
                    self._milvus.delete(name, both(scopes_of([scope]), part))

    def remove_scope(self, scope: str) -> None:
        """Take a whole scope out, of every embedder."""
        with self._milvus.turns.beside():
            for name in self._every():
                self._milvus.delete(name, scopes_of([scope]))

    def _every(self) -> list[str]:
        return [
            name for name in self._milvus.names() if name.startswith(self._all) and self._milvus.has(name)
        ]

    def move(self, old: str, new: str, ids: Sequence[str]) -> None:
        """Bring vectors from one scope into another, each in one step."""
        with self._milvus.turns.beside():
            for start in range(0, len(ids) if self._there() else 0, ROWS):
                where = both(scopes_of([old]), among("id", ids[start : start + ROWS]))
                rows = self._milvus.rows(self._name, where, ["id", "vector"])
                if rows:
                    self._milvus.put(self._name, [row | {"scope": new} for row in rows])

    def search(self, vector: Vectors, scopes: Collection[str], limit: int) -> list[tuple[str, float]]:
        """The nearest passages of those scopes: (passage id, cosine), best first."""
        if not scopes or not self._there():
            return []
        wanted = [np.asarray(vector, np.float32).tolist()]
        options = {"ef": max(WIDEST, 2 * limit)}
        return self._milvus.search(self._name, "vector", wanted, scopes_of(scopes), limit, options)[0]

    def search_among(
        self, vector: Vectors, scopes: Collection[str], ids: Sequence[str]
    ) -> list[tuple[str, float]]:
        """Those of the passages that have a vector in those scopes: (passage id, cosine), best first."""
        hits: list[tuple[str, float]] = []
        for start in range(0, len(ids) if scopes and self._there() else 0, ROWS):
            where = both(scopes_of(scopes), among("id", ids[start : start + ROWS]))
            rows = self._milvus.rows(self._name, where, ["id", "vector"])
            if rows:
                theirs = np.asarray([row["vector"] for row in rows], np.float32)
                lengths = np.linalg.norm(theirs, axis=1) * float(np.linalg.norm(vector))
                cosines = theirs @ vector / np.maximum(lengths, 1e-9)
                hits += zip((str(row["id"]) for row in rows), cosines.tolist(), strict=True)
        return sorted(hits, key=lambda hit: -hit[1])

    def count(self) -> int:
        """How many vectors there are."""
        return self._milvus.count(self._name) if self._there() else 0

    def ids(self) -> dict[str, set[str]]:
        """The passage ids of every scope."""
        every: dict[str, set[str]] = defaultdict(set)
        if self._there():
            for row in self._milvus.rows(self._name, "", ["id", "scope"]):
                every[str(row["scope"])].add(str(row["id"]))
        return dict(every)

    def scrub(self) -> None:
        """Write the collection anew and drop the former one with its files, and those of other embedders,
        which are made again when they are chosen again."""
        with self._milvus.turns.alone():
            for name in self._every():
                if name != self._name:
                    self._milvus.drop(name)
            if not self._there():
                return
            anew = ""
            for rows in self._milvus.batches(self._name, "", ["id", "scope", "vector"]):
                anew = anew or self._milvus.make(self._name, _columns(len(rows[0]["vector"])))
                self._milvus.put(anew, rows)
            if anew:
                self._milvus.lead(self._name, anew)
            else:
                self._milvus.drop(self._name)


def _columns(dimensions: int) -> list[Column]:
    return [Column("id", "key", 128), Column("scope", "scope"), Column("vector", "vector", dimensions)]
