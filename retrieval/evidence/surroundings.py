"""The passages around those that were found, for an article may be cut into several, and the tables in them.
Read through access.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from core.access import Access, published_passages
from core.models import Passage
from core.structures import structures_of
from language.structure import ROWS, NodeKind, Structure
from retrieval.evidence.outline import tells_rows
from retrieval.evidence.outline_nodes import TableLine, TableLines
from retrieval.index.search import Hit

REACH = 3  # passages before and behind one
MOST = 10  # of the first hits
MOST_NODES = 120_000  # of a version's structure: of a larger one the tables are told by their text alone


@dataclass(frozen=True)
class Surroundings:
    """The passages that follow one another around one, in their order and itself among them, and the lines of
    tables in them whose text shows no columns."""

    passages: Sequence[Passage]
    tables: TableLines = field(default_factory=dict)


def surroundings(
    access: Access, session: Session, hits: Sequence[Hit], on: date | None = None
) -> Mapping[str, Surroundings]:
    """For each of the first hits' passages, by its id, those that follow one another around it under the same
    heading."""
    wanted = {
        (hit.passage.version_id, hit.passage.ordinal + away)
        for hit in hits[:MOST]
        for away in range(-REACH, REACH + 1)
        if hit.passage.ordinal + away >= 0
    }
    if not wanted:
        return {}
    near = session.scalars(
        select(Passage.id).where(tuple_(Passage.version_id, Passage.ordinal).in_(sorted(wanted)))
    )
    rows = session.execute(published_passages(access, list(near), on))
    known = {(passage.version_id, passage.ordinal): passage for passage, _ in rows}
    structures = structures_of(session, {hit.passage.version_id for hit in hits[:MOST]})
    around = {}
    for hit in hits[:MOST]:
        run = _run(hit.passage, known)
        structure = structures.get(hit.passage.version_id)
        small = structure is not None and len(structure) <= MOST_NODES and structure.tables()
        around[hit.passage.id] = Surroundings(run, _tables(structure, run) if structure and small else {})
    return around


def _tables(structure: Structure, passages: Sequence[Passage]) -> TableLines:
    """The rows, header rows and captions that those passages hold whole, where their text tells no rows."""
    lines: dict[tuple[int, int], TableLine] = {}
    for passage in passages:
        offset = 0
        for page, start, end in passage.pieces:
            text = passage.text[offset : offset + end - start]
            offset += end - start + 1
            if tells_rows(text):
                continue
            for place in structure.at(page, start, end):
                kind = structure.kind(place)
                if kind not in ROWS and kind != NodeKind.CAPTION:
                    continue
                own, table = structure.stretch(place), structure.table(place)
                if table is not None and start <= own.start and own.end <= end:
                    lines[page, own.start] = TableLine(kind, table, own.end)
    return lines


def _run(passage: Passage, known: Mapping[tuple[str, int], Passage]) -> list[Passage]:
    run = [passage]
    for step in (-1, 1):
        ordinal = passage.ordinal + step
        while (beside := known.get((passage.version_id, ordinal))) is not None:
            if beside.heading != passage.heading or abs(ordinal - passage.ordinal) > REACH:
                break
            run.insert(0, beside) if step < 0 else run.append(beside)
            ordinal += step
    return run
