"""A weighted sum and the boosted trees that correct it, as `bench/answers/fitting.py` wrote them. Pure; it
learns nothing.

Every tree of a forest is walked at once for every row: a few thousand steps of arithmetic, no library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Trees:
    """A sum and trees over named columns. `linear` is a weight for each column; the other arrays are
    (trees, nodes), and a leaf's children are the leaf itself."""

    columns: tuple[str, ...]
    linear: NDArray[np.float64]
    column: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    depth: int

    @classmethod
    def read(cls, given: Mapping[str, Any], columns: Sequence[str]) -> Trees:
        """The forest written as `{"columns", "linear", "depth", "trees": [[[column, threshold, left,
        right, value], …], …]}`. Raises ValueError where its columns are not those that are asked for."""
        if tuple(given["columns"]) != tuple(columns):
            raise ValueError("the weights were fitted to other features; run python -m bench.answers.fitting")
        nodes = max(len(tree) for tree in given["trees"])
        table = np.zeros((len(given["trees"]), nodes, 5))
        for number, tree in enumerate(given["trees"]):
            table[number, : len(tree)] = tree
        return cls(
            tuple(columns),
            np.array(given["linear"], np.float64),
            table[..., 0].astype(np.int32),
            table[..., 1],
            table[..., 2].astype(np.int32),
            table[..., 3].astype(np.int32),
            table[..., 4],
            int(given["depth"]),
        )

    def score(self, rows: Rows) -> Scores:
        """Each row's sum and the leaves that it falls into, added up; shape (rows,)."""
        trees = np.arange(len(self.column))[None, :]
        node = np.zeros((len(rows), len(self.column)), np.int32)
        every = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[every, self.column[trees, node]] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        scores: Scores = rows.astype(np.float64) @ self.linear + self.value[trees, node].sum(axis=1)
        return scores
