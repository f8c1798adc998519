"""The dense retriever: one Chroma collection for each scope; the only file that imports chromadb.

A filter in Chroma costs more than everything else together (350 ms at 100,000 rows, against 5 ms for
asking three collections one after another), so a scope has its collection and no query has a `where`.
Collections carry the embedder's name: vectors of two embedders never meet.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import NotFoundError

from llm.embedder import Vectors

BATCH = 256
EF_SEARCH = 120  # candidates HNSW looks at; tests/retrieval/test_retrievers.py holds it against an exact scan


class ChromaVectors:
    """Vectors in a folder (or on a Chroma server), of one embedder."""

    def __init__(self, folder: Path, embedder: str, *, server: str = "") -> None:
        settings = ChromaSettings(anonymized_telemetry=False, allow_reset=False)
        self._folder = None if server else folder
        if server:
            host, _, port = server.partition(":")
            self._client: Any = chromadb.HttpClient(host, int(port or 8000), settings=settings)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            self._client = chromadb.PersistentClient(str(folder), settings=settings)
        self._suffix = hashlib.sha256(embedder.encode()).hexdigest()[:8]
        self._embedder = embedder
        self._collections: dict[str, Any] = {}

    def _name(self, scope: str) -> str:
        return f"scope-{scope}-{self._suffix}"

    def _collection(self, scope: str, *, make: bool) -> Any:
        if scope not in self._collections:
            try:
                collection = self._client.get_collection(self._name(scope), embedding_function=None)
            except NotFoundError:
                if not make:
                    return None
                collection = self._client.create_collection(
                    self._name(scope),
                    metadata={"embedder": self._embedder},
                    configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
                    embedding_function=None,
                    get_or_create=True,
                )
            self._collections[scope] = collection
        return self._collections[scope]

    def add(self, scope: str, ids: Sequence[str], vectors: Vectors) -> None:
        """Put vectors in, or replace those of the same ids."""
        collection = self._collection(scope, make=True)
        for start in range(0, len(ids), BATCH):
            batch = slice(start, start + BATCH)
            collection.upsert(ids=list(ids[batch]), embeddings=vectors[batch])

    def have(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Which of those ids have a vector."""
        collection = self._collection(scope, make=False)
        if collection is None or not ids:
            return set()
        return set(collection.get(ids=list(ids), include=[])["ids"])

    def remove(self, scope: str, ids: Sequence[str]) -> None:
        """Take vectors out, those of other embedders too; unknown ids are no error."""
        if not ids:
            return
        for known, _, collection in self._every():
            for start in range(0, len(ids) if known == scope else 0, BATCH):
                collection.delete(ids=list(ids[start : start + BATCH]))

    def move(self, old: str, new: str, ids: Sequence[str]) -> None:
        """Bring vectors from one scope into another; they are in one of the two all the time."""
        source = self._collection(old, make=False)
        if source is None:
            return
        for start in range(0, len(ids), BATCH):
            rows = source.get(ids=list(ids[start : start + BATCH]), include=["embeddings"])
            if rows["ids"]:
                self._collection(new, make=True).upsert(ids=rows["ids"], embeddings=rows["embeddings"])
                source.delete(ids=rows["ids"])

    def search(self, vector: Vectors, scopes: Collection[str], limit: int) -> list[tuple[str, float]]:
        """The nearest passages of those scopes: (passage id, cosine), best first."""
        hits: list[tuple[str, float]] = []
        for scope in scopes:
            collection = self._collection(scope, make=False)
            if collection is None or not (count := collection.count()):
                continue
            rows = collection.query(
                query_embeddings=vector[None, :], n_results=min(limit, count), include=["distances"]
            )
            pairs = zip(rows["ids"][0], rows["distances"][0], strict=True)
            hits += [(str(row), 1.0 - float(distance)) for row, distance in pairs]
        return sorted(hits, key=lambda hit: -hit[1])[:limit]

    def search_among(
        self, vector: Vectors, scopes: Collection[str], ids: Sequence[str]
    ) -> list[tuple[str, float]]:
        """Those of the passages that have a vector in those scopes: (passage id, cosine), best first."""
        hits: list[tuple[str, float]] = []
        for scope in scopes:
            collection = self._collection(scope, make=False)
            for start in range(0, len(ids) if collection is not None else 0, BATCH):
                rows = collection.get(ids=list(ids[start : start + BATCH]), include=["embeddings"])
                if rows["ids"]:
                    rows_of = np.asarray(rows["embeddings"], np.float32)
                    lengths = np.linalg.norm(rows_of, axis=1) * float(np.linalg.norm(vector))
                    cosines = rows_of @ vector / np.maximum(lengths, 1e-9)
                    hits += zip(map(str, rows["ids"]), cosines.tolist(), strict=True)
        return sorted(hits, key=lambda hit: -hit[1])

    def count(self) -> int:
        """How many vectors there are."""
        return sum(int(own.count()) for _, suffix, own in self._every() if suffix == self._suffix)

    def ids(self) -> dict[str, set[str]]:
        """The passage ids of every scope."""
        return {
            scope: set(own.get(include=[])["ids"])
            for scope, suffix, own in self._every()
            if suffix == self._suffix
        }

    def _every(self) -> Iterator[tuple[str, str, Any]]:
        """Each collection with its scope and the suffix that tells its embedder."""
        for collection in self._client.list_collections():
            prefix, _, rest = collection.name.partition("-")
            scope, _, suffix = rest.rpartition("-")
            if prefix == "scope":
                yield scope, suffix, self._client.get_collection(collection.name, embedding_function=None)

    def scrub(self) -> None:
        """Write every collection anew, so that no number of a removed vector is left in the files
        (chroma-core/chroma #7662). A killed scrub leaves too few; they are made again at the next start."""
        for _, suffix, old in list(self._every()):
            rows = old.get(include=["embeddings"])
            name, metadata = old.name, old.metadata
            self._client.delete_collection(name)
            self._collections.clear()
            if suffix != self._suffix or not rows["ids"]:
                continue
            new = self._client.create_collection(
                name,
                metadata=metadata,
                configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
                embedding_function=None,
            )
            for start in range(0, len(rows["ids"]), BATCH):
                batch = slice(start, start + BATCH)
                new.upsert(ids=rows["ids"][batch], embeddings=rows["embeddings"][batch])
        if self._folder is not None:
            used = {str(path.name) for path in self._segments()}
            for folder in self._folder.iterdir():
                if folder.is_dir() and folder.name not in used:
                    shutil.rmtree(folder, ignore_errors=True)
            with contextlib.closing(sqlite3.connect(self._folder / "chroma.sqlite3", timeout=60)) as file:
                file.execute("PRAGMA secure_delete = ON")
                file.execute("VACUUM")
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _segments(self) -> list[Path]:
        """The folders that Chroma's own records name."""
        assert self._folder is not None
        with contextlib.closing(sqlite3.connect(self._folder / "chroma.sqlite3", timeout=60)) as file:
            return [self._folder / row[0] for row in file.execute("SELECT id FROM segments")]

    def remove_scope(self, scope: str) -> None:
        """Take a whole scope out, of every embedder."""
        for known, _, collection in list(self._every()):
            if known == scope:
                self._client.delete_collection(collection.name)
        self._collections.pop(scope, None)
