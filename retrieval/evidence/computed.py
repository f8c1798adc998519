"""What was computed from a table: the value, the arithmetic in words, and its cells. Values; pure.

`retrieval.tables` computes it; it stands here because it is evidence, and is shown and kept with the quotes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ComputedCell:
    """A cell of a row that was computed with; `used`: it is one of those that the value comes from."""

    text: str
    used: bool = False


@dataclass(frozen=True)
class ComputedFromTable:
    """`value` is the answer in a few words, `words` says how it comes about, both in the question's language;
    `table` is what the table is called; `rows` are the first of `row_count` rows that it comes from, with
    cells for each of `columns`. `sure`: nothing of the question was left over and nothing was guessed."""

    operation: str
    value: str
    words: str
    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[ComputedCell, ...], ...]
    row_count: int
    sure: bool

    def packed(self) -> dict[str, Any]:
        """As it is kept with an answer and sent."""
        return asdict(self)

    @property
    def text(self) -> str:
        """What a person reads of it."""
        return f"{self.value}\n{self.words}"
