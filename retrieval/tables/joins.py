"""Two tables of one document as one, where a column of the first holds the keys of the second: a price list
and the vendors that it names. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations

from retrieval.tables.relation import Relation
from retrieval.tables.values import ValueKind

LEAST_HELD = 0.9  # of the keys of the first table must stand in the second
MOST_TABLES = 5  # of a document that are tried with one another
MOST_ROWS = 2_000


def joined_relations(relations: Sequence[Relation]) -> Iterator[Relation]:
    """Each pair of tables of one version that can be joined on a key, joined."""
    by_version: dict[str, list[Relation]] = {}
    for relation in relations:
        if len(relation.rows) <= MOST_ROWS and not relation.is_cut:
            by_version.setdefault(relation.version_id, []).append(relation)
    for own in by_version.values():
        if len(own) <= MOST_TABLES:
            for left, right in permutations(own, 2):
                on = _key(left, right)
                if on is not None:
                    yield _joined(left, right, *on)


def _key(left: Relation, right: Relation) -> tuple[int, int] | None:
    """The column of the first and the key of the second that hold the same; None where none does, or which
    one it is would have to be guessed."""
    key = right.key
    names = right.values[key]
    if right.columns[key].distinct < 1 or len(names) < 2:
        return None
    fitting = [
        number
        for number, column in enumerate(left.columns)
        if column.kind is ValueKind.TEXT
        and len(left.values[number]) > 1
        and len(left.values[number].keys() & names.keys()) >= LEAST_HELD * len(left.values[number])
    ]
    return (fitting[0], key) if len(fitting) == 1 else None


def _joined(left: Relation, right: Relation, column: int, key: int) -> Relation:
    kept = [number for number in range(len(right.columns)) if number != key]
    rows = []
    for row in left.rows:
        cell = row.cells[column]
        places = right.values[key].get(cell.value.plain, []) if cell is not None else []
        if not places:
            rows.append(replace(row, cells=(*row.cells, *(None for _ in kept))))
            continue
        other = right.rows[places[0]]
        cells = (*row.cells, *(other.cells[number] for number in kept))
        rows.append(replace(row, cells=cells, others=(other,)))
    return replace(
        left,
        columns=(*left.columns, *(right.columns[number] for number in kept)),
        rows=tuple(rows),
        context=f"{left.context} {right.context}",
        header=left.header,
        joined=right.header,
    )
