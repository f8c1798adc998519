"""What deciding who may read what costs: 1,000 spaces, 10,000 users, 100 groups, reader lists.

python -m bench.server.access
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from contract.values import Role
from core.access import access_of, published_passages
from core.db import open_database
from core.models import Document, DocumentReader, Grant, Group, Membership, Passage, Space, User, Version

SPACES, USERS, GROUPS, ASKED, PASSAGES = 1000, 10_000, 100, 200, 60


def main() -> None:
    """Print the median and the 95th percentile of each part: processor time, which other work on the machine
    changes less than the time that passes."""
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        sessions = open_database(f"sqlite:///{Path(folder) / 'records.sqlite3'}")
        with sessions.write() as session:
            _fill(session, chance)
        sessions.optimise()
        figures: dict[str, list[float]] = {}
        spaces = []

        def measured(what: str, work: Callable[[], object]) -> None:
            began = time.thread_time()
            work()
            figures.setdefault(what, []).append(1000 * (time.thread_time() - began))

        for _ in range(ASKED):
            ids = [f"p{chance.randrange(5 * SPACES)}" for _ in range(PASSAGES)]
            user = f"u{chance.randrange(USERS)}"
            for time_ in ("first", "each further"):
                with sessions.read() as session:
                    session.connection()
                    measured(f"access made, {time_} time", partial(access_of, session, user))
                with sessions.read() as session:
                    access = access_of(session, user)
                    every = select(Passage, Document).join(Document, Document.id == Passage.document_id)
                    plain, through = every.where(Passage.id.in_(ids)), published_passages(access, ids)
                    measured(
                        f"{PASSAGES} passages loaded without access, {time_} time",
                        partial(_rows, session, plain),
                    )
                    session.expunge_all()
                    measured(
                        f"{PASSAGES} passages loaded through it, {time_} time",
                        partial(_rows, session, through),
                    )
            spaces.append(len(access.readable))
        sessions.close()
    print(f"{SPACES} spaces, {USERS} users; a user reads {statistics.median(spaces):.0f} spaces (median)")
    print("processor time of the thread, milliseconds: median, 95th percentile")
    for name, values in sorted(figures.items()):
        print(f"{name}: {statistics.median(values):.2f}, {sorted(values)[int(0.95 * len(values))]:.2f}")


def _fill(session: Session, chance: random.Random) -> None:
    """Spaces, users in groups with grants, documents with a passage each, and reader lists of every tenth."""
    session.execute(insert(Space), [{"id": f"s{n}", "name": f"s{n}"} for n in range(SPACES)])
    session.execute(insert(User), [{"id": f"u{n}", "name": f"u{n}"} for n in range(USERS)])
    session.execute(insert(Group), [{"id": f"g{n}", "name": f"g{n}"} for n in range(GROUPS)])
    pairs = {(chance.randrange(GROUPS), user) for user in range(USERS) for _ in range(5)}
    rows = [{"group_id": f"g{group}", "user_id": f"u{user}"} for group, user in pairs]
    session.execute(insert(Membership), rows)
    grants = [
        {"space_id": f"s{space}", "group_id": f"g{group}", "role": Role.READER}
        for space in range(SPACES)
        for group in chance.sample(range(GROUPS), 10)
    ]
    session.execute(insert(Grant), grants)
    documents = [
        {"id": f"d{n}", "space_id": f"s{n % SPACES}", "name": f"{n}", "current_version_id": f"v{n}",
         "restricted": n % 10 == 0}
        for n in range(5 * SPACES)
    ]  # fmt: skip
    session.execute(insert(Document), documents)
    versions = [
        {"id": f"v{n}", "document_id": f"d{n}", "number": 1, "sha256": "", "size": 1,
         "created_by": "", "media_type": ""}
        for n in range(5 * SPACES)
    ]  # fmt: skip
    session.execute(insert(Version), versions)
    passages = [
        {"id": f"p{n}", "version_id": f"v{n}", "document_id": f"d{n}", "ordinal": 0, "first_page": 1,
         "last_page": 1, "pieces": [], "language": "en", "text": "x"}
        for n in range(5 * SPACES)
    ]  # fmt: skip
    session.execute(insert(Passage), passages)
    lists = [
        {"document_id": f"d{n}", "user_id": f"u{chance.randrange(USERS)}"} for n in range(0, 5 * SPACES, 10)
    ]
    session.execute(insert(DocumentReader), lists)


def _rows(session: Session, query: Select[Any]) -> int:
    return len(session.execute(query).all())


if __name__ == "__main__":
    main()
