"""The passages around those that were found: an article may be cut into several. Read through access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from core.access import Access, published_passages
from core.models import Passage
from retrieval.index.search import Hit

REACH = 3  # passages before and behind one
MOST = 10  # of the first hits


def surroundings(
    access: Access, session: Session, hits: Sequence[Hit], on: date | None = None
) -> Mapping[str, Sequence[Passage]]:
    """For each of the first hits' passages, by its id, those that follow one another around it under the same
    heading, in their order and itself among them."""
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
    return {hit.passage.id: _run(hit.passage, known) for hit in hits[:MOST]}


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
