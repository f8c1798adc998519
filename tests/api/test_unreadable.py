"""For random spaces, groups, roles and reader lists: no door shows a byte of an unreadable document."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from making import add_all, settings_in, space_named
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from contract.values import Role
from core.access import Access, access_of
from core.identity import people
from core.models import Document, DocumentReader, Grant, Group, Membership, User
from ingest.records import documents
from llm.fakes import HashEmbedder
from operations.library import Library, open_library
from retrieval.index.search import search

SPACES, EACH, USERS, GROUPS = 4, 4, 3, 3
# Users asked, over all examples; PROPERTY_CASES=10000 for a long run.
CASES = int(os.environ.get("PROPERTY_CASES", "400"))
QUESTION = "What does the project cost?"


def secret(space: int, number: int) -> str:
    return f"w{space}x{number}z"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    settings = settings_in(tmp_path_factory.mktemp("unreadable"))
    with open_library(settings, embedder=HashEmbedder(), load_models=False) as opened:
        for space in range(SPACES):
            space_named(opened.sessions, f"space {space}")
            texts = [
                (f"{secret(space, n)}.txt", f"The project {secret(space, n)} costs 5 yen.")
                for n in range(EACH)
            ]
            add_all(opened, texts, space=f"space {space}")
        with opened.sessions.write() as session:
            session.add_all(User(id=f"u{number}", name=f"user {number}") for number in range(USERS))
            session.add_all(Group(id=f"g{number}", name=f"group {number}") for number in range(GROUPS))
        yield opened


holders = st.one_of(
    st.tuples(st.just("user_id"), st.integers(0, USERS - 1)),
    st.tuples(st.just("group_id"), st.integers(0, GROUPS - 1)),
)
grants = st.lists(st.tuples(holders, st.integers(0, SPACES - 1), st.sampled_from(list(Role))), max_size=6)
memberships = st.sets(st.tuples(st.integers(0, GROUPS - 1), st.integers(0, USERS - 1)), max_size=5)
restricted = st.sets(st.integers(0, SPACES * EACH - 1), max_size=8)
lists = st.lists(st.tuples(holders, st.integers(0, SPACES * EACH - 1)), max_size=8)


@examples(max_examples=CASES // USERS // 8 + 1)
@given(st.lists(st.tuples(grants, memberships, restricted, lists), min_size=8, max_size=8))
def test_no_door_shows_a_byte_of_an_unreadable_document(library: Library, worlds: list[tuple]) -> None:  # type: ignore[type-arg]
    with library.sessions.read() as session:  # nothing of it is kept
        documents = sorted(session.scalars(select(Document)), key=lambda document: document.name)
        spaces = sorted(
            {document.space_id for document in documents},
            key=lambda space_id: [d.space_id for d in documents].index(space_id),
        )
        for given_, members, closed, listed in worlds:
            for table in (Grant, Membership, DocumentReader):
                session.execute(delete(table))
            for number, document in enumerate(documents):
                document.restricted = number in closed
            session.add_all(Membership(group_id=f"g{g}", user_id=f"u{u}") for g, u in members)
            session.add_all(
                Grant(space_id=spaces[space], role=role, **{kind: f"{kind[0]}{number}"})
                for (kind, number), space, role in given_
            )
            session.add_all(
                DocumentReader(document_id=documents[place].id, **{kind: f"{kind[0]}{number}"})
                for (kind, number), place in listed
            )
            session.flush()
            for user in range(USERS):
                mine = {("user_id", user), *(("group_id", g) for g, u in members if u == user)}
                roles = {spaces[space]: set[Role]() for space in range(SPACES)}
                for holder, space, role in given_:
                    if holder in mine:
                        roles[spaces[space]].add(role)
                manages = {Role.MANAGER, Role.ADMINISTRATOR}
                readable = {
                    document.name.removesuffix(".txt")
                    for place, document in enumerate(documents)
                    if roles[document.space_id]
                    and (
                        place not in closed
                        or roles[document.space_id] & manages
                        or any(granted == place and holder in mine for holder, granted in listed)
                    )
                }
                shown = _everything(library, session, access_of(session, f"u{user}"))
                for space in range(SPACES):
                    for number in range(EACH):
                        name = secret(space, number)
                        assert (name in shown) == (name in readable), name


def _everything(library: Library, session: Session, access: Access) -> str:
    """What lists, counts and searches say, as one text."""
    listed, total = documents.listed(access, session, limit=500)
    counted = people.spaces(access, session)
    assert sum(count for _, count in counted) == len(listed) == total
    hits = search(access, session, library.index, QUESTION, limit=40)
    names = [shown.document.name for shown in listed]
    assert {hit.document.name for hit in hits} == set(names)
    return json.dumps([names, [hit.passage.text for hit in hits]])
