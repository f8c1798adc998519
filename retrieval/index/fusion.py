"""Two lists of hits into one. Pure.

A convex combination of scaled scores (Bruch, Gai, Ingber: An Analysis of Fusion Functions for Hybrid
Retrieval, 2023): reciprocal rank fusion with an embedder that does not know the language halves the
quality of a good keyword retriever, while a weight near zero keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence

Hits = Sequence[tuple[str, float]]

# Near the weight found best for English with a small embedder (.5); to be tuned by language and embedder.
KNOWN, UNKNOWN = 0.45, 0.0


def dense_weight(question_language: str, known_languages: frozenset[str]) -> float:
    """The dense retriever's weight: by whether the embedder knows the question's language."""
    return KNOWN if question_language in known_languages else UNKNOWN


def fuse(keyword: Hits, dense: Hits, weight: float) -> list[tuple[str, float]]:
    """(1 - weight) × keyword + weight × dense, each scaled to 0…1; best first, ties by id.

    BM25 is scaled from its least possible value, 0, to the list's best. Cosines crowd together, so they
    are scaled from the list's last to its best; what a retriever did not return counts as its last.
    """
    total: dict[str, float] = {}
    if keyword:
        best = max(score for _, score in keyword) or 1.0
        for passage, score in keyword:
            total[passage] = (1 - weight) * score / best
    if dense and weight > 0:
        best, least = max(s for _, s in dense), min(s for _, s in dense)
        spread = (best - least) or 1.0
        for passage, score in dense:
            total[passage] = total.get(passage, 0.0) + weight * (score - least) / spread
    return sorted(total.items(), key=lambda hit: (-hit[1], hit[0]))
