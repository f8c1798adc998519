"""The keyword retriever on Milvus: its BM25 finds the candidates, which are then scored here by one formula.

Milvus counts the rarity of a token for each segment or shard of its own, so its scores change as segments are
merged, and the same passage weighs differently on another edition of it. Scored here, from the tokens that it
keeps, with the library's own frequencies, a passage has the score that the default index gives it.

What is added waits in this process until `commit`. Tokens are sent as letters and digits, which pass every
analyser of Milvus unchanged; the index holds no text.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from language.tokens import tokens
from retrieval.index.milvus.server import (
    LONGEST_TEXT,
    MOST_HITS,
    UNSETTLED,
    Column,
    Milvus,
    Row,
    among,
    both,
    scopes_of,
)
from retrieval.index.rarity import inverse_frequency
from retrieval.index.retrievers import IndexedPassage
from retrieval.index.widening import NOT_WIDENED, Widening

EDITION = 4  # of the tokens: another one makes an index of older tokens anew, by its name
COLUMNS = [
    Column("id", "key", 128),
    Column("version", "text", 64),
    Column("scope", "text", 64),
    Column("length", "number"),
    Column("words", "words"),
]
LONGEST_TOKEN = 19  # bytes that are sent as they are; a longer token is sent as its hash
K1, B = 1.2, 0.75  # BM25's, as in the default index
# Candidates for so many wanted, times and more, since Milvus ranks them a little otherwise; its embedded
# edition, which counts rarity by segment, much.
ON_A_SERVER, EMBEDDED = (1.5, 20), (5, 50)
SAMPLE = 1000  # passages whose mean length stands for that of all
ASKING = 8  # questions to a server at once
WAITING = 500  # passages that wait in memory while an index is written anew


@dataclass(frozen=True)
class _Candidate:
    counts: Counter[str]
    length: int


class MilvusWords:
    """Passages by their tokens, in a collection of a Milvus."""

    def __init__(self, milvus: Milvus, place: str) -> None:
        """`place`: of what is in force, say, or of the archive. What a killed process left is dropped."""
        self._milvus = milvus
        self._name = f"{milvus.address.prefix}_{place}{EDITION}"
        with milvus.turns.alone():
            milvus.open(self._name)
            if not milvus.has(self._name):
                milvus.lead(self._name, milvus.make(self._name, COLUMNS))
        self._anew: str | None = None  # the collection that is filled beside the one that is searched
        self._added: dict[str, Row] = {}
        self._removed: set[str] = set()
        self._known = _Known(-1)

    def add(self, passages: Iterable[IndexedPassage]) -> None:
        """Put those passages in, to be found after the next `commit`."""
        for passage in passages:
            sent = [sendable(token) for token in tokens(passage.words_text)]
            self._added[passage.id] = {
                "id": passage.id,
                "version": passage.version,
                "scope": passage.scope,
                "length": len(sent),
                "words": _fitting(sent),
            }
            if self._anew is not None and len(self._added) >= WAITING:
                self._milvus.put(self._anew, list(self._added.values()))
                self._added.clear()

    def remove(self, version: str) -> None:
        """Take that version's passages out, from the next `commit` on; not those that are added after it."""
        self._removed.add(version)
        self._added = {key: row for key, row in self._added.items() if row["version"] != version}
        if self._anew is not None:
            self._milvus.delete(self._anew, among("version", [version]))

    def clear(self) -> None:
        """Take every passage out, from the next `commit` on."""
        self._added.clear()
        self._removed.clear()
        self._anew = self._milvus.make(self._name, COLUMNS)

    def commit(self) -> None:
        """Make what was added and removed visible, and safe against a killed process. What replaces a version
        is there before the former passages go."""
        if self._anew is not None:
            self._milvus.put(self._anew, list(self._added.values()))
            self._milvus.settle(self._anew, UNSETTLED)
            self._milvus.lead(self._name, self._anew)
        else:
            self._milvus.put(self._name, list(self._added.values()))
            for version in self._removed:
                mine = [key for key, row in self._added.items() if row["version"] == version]
                others = f"not ({among('id', mine)})" if mine else ""
                self._milvus.delete(self._name, both(among("version", [version]), others))
            self._milvus.settle(self._name, len(self._added))
        self._anew = None
        self._added, self._removed = {}, set()
        self._known = _Known(-1)

    def search(
        self,
        query: Iterable[str],
        scopes: Collection[str],
        limit: int,
        widening: Widening = NOT_WIDENED,
        versions: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """The best passages of those scopes for those tokens: (passage id, BM25), best first; see
        `retrieval.index.retrievers.WordStore`."""
        asked = list(query)
        if not asked or not scopes or (versions is not None and not versions):
            return []
        where = both(scopes_of(scopes), among("version", versions) if versions is not None else "")
        wanted = [asked, *(other.tokens for concept in widening.concepts for other in concept.alternatives)]
        texts = [" ".join(map(sendable, sought)) for sought in wanted]
        times, more = EMBEDDED if self._milvus.embedded else ON_A_SERVER
        lists = self._milvus.search(self._name, "bm25", texts, where, int(times * limit) + more)
        keys = {key for hits in lists for key, _ in hits}
        if not keys:
            return []
        score = self._scorer(asked, widening)
        rows = self._milvus.rows(self._name, among("id", keys), ["id", "length", "words"])
        scored = [
            (str(row["id"]), score(_Candidate(Counter(row["words"].split()), int(row["length"]))))
            for row in rows
        ]
        return sorted((hit for hit in scored if hit[1] > 0), key=lambda hit: (-hit[1], hit[0]))[:limit]

    def _scorer(self, asked: Sequence[str], widening: Widening) -> _Scorer:
        frequencies, total = self.document_frequencies([*asked, *widening.tokens])
        known = widening.frequencies(frequencies) if widening.concepts else frequencies
        return _Scorer(asked, widening, frequencies, known, total, self._mean_length())

    def document_frequencies(self, query: Iterable[str]) -> tuple[Mapping[str, int], int]:
        """In how many passages each token stands, and how many passages there are."""
        sought, total = set(query), self.count()
        if self._known.total != total:  # another process may write here too
            self._known = _Known(total)
        known = self._known
        missing = sorted(sought - known.frequencies.keys())
        if missing and self._milvus.embedded:
            # Its text match reads every passage, and its list of a token's passages is whole.
            lists = self._milvus.search(
                self._name, "bm25", [sendable(token) for token in missing], "", MOST_HITS
            )
            known.frequencies.update(zip(missing, map(len, lists), strict=True))
        elif missing:
            with ThreadPoolExecutor(ASKING) as pool:
                counts = pool.map(self._matching, missing)
                known.frequencies.update(zip(missing, counts, strict=True))
        return {token: min(known.frequencies[token], total) for token in sought}, total

    def _matching(self, token: str) -> int:
        return self._milvus.count(self._name, f'TEXT_MATCH(words, "{sendable(token)}")')

    def _mean_length(self) -> float:
        known = self._known
        if known.mean_length is None:
            rows = self._milvus.rows(self._name, "", ["length"], SAMPLE)
            known.mean_length = sum(int(row["length"]) for row in rows) / max(1, len(rows))
        return max(known.mean_length, 1.0)

    def forget_removed(self) -> None:
        """Nothing more to do: the former collection was dropped with its files when the name left it."""

    def count(self) -> int:
        """How many passages can be found."""
        return self._milvus.count(self._name)

    def close(self) -> None:
        """The connection is the opener's."""


class _Known:
    """What was counted since the last change, when there were `total` passages."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.frequencies: dict[str, int] = {}
        self.mean_length: float | None = None
        self.lock = threading.Lock()


class _Scorer:
    """BM25 of a passage for a question, as the default index scores it: of each thing that the question is
    widened by, the best of its words."""

    def __init__(
        self,
        asked: Sequence[str],
        widening: Widening,
        frequencies: Mapping[str, int],
        known: Mapping[str, int],
        total: int,
        mean_length: float,
    ) -> None:
        every = [*asked, *widening.tokens]
        self._weight = {token: inverse_frequency(min(frequencies[token], total), total) for token in every}
        self._sent = {token: sendable(token) for token in every}
        self._mean = mean_length
        left = list(asked)
        self._things: list[tuple[list[str], list[tuple[tuple[str, ...], float]]]] = []
        rarity = {token: inverse_frequency(min(known[token], total), total) for token in every}
        for concept in widening.concepts:
            own = [token for token in left if token in concept.tokens]
            left = [token for token in left if token not in concept.tokens]
            worth = sum(rarity[token] for token in own)
            others = [
                (
                    other.tokens,
                    other.weight * (worth / sum(rarity[token] for token in other.tokens) if own else 1),
                )
                for other in concept.alternatives
            ]
            self._things.append((own, others))
        self._left = left

    def __call__(self, candidate: _Candidate) -> float:
        score = sum(self._of(token, candidate) for token in self._left)
        for own, others in self._things:
            best = sum(self._of(token, candidate) for token in own)
            for words, boost in others:
                if all(candidate.counts[self._sent[token]] for token in words):
                    best = max(best, boost * sum(self._of(token, candidate) for token in words))
            score += best
        return score

    def _of(self, token: str, candidate: _Candidate) -> float:
        often = candidate.counts[self._sent[token]]
        if not often:
            return 0.0
        length = K1 * (1 - B + B * candidate.length / self._mean)
        return self._weight[token] * often * (K1 + 1) / (often + length)


def sendable(token: str) -> str:
    """That token in letters and digits, at most 40 of them."""
    raw = token.encode("utf-8", "surrogatepass")
    if len(raw) <= LONGEST_TOKEN:
        return f"x{raw.hex()}"
    return f"y{hashlib.blake2b(raw, digest_size=16).hexdigest()}"


def _fitting(sent: Sequence[str]) -> str:
    """As a text that Milvus holds. Of a passage longer than that, every token is kept once before any is kept
    again, so that it is found by each of its words; the splitter makes none so long."""
    text = " ".join(sent)
    if len(text) <= LONGEST_TEXT:
        return text
    seen: set[str] = set()
    again: list[str] = []
    kept: list[str] = []
    for token in sent:
        (again if token in seen else kept).append(token)
        seen.add(token)
    return " ".join([*kept, *again])[:LONGEST_TEXT].rpartition(" ")[0]
