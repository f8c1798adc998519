"""Access: who may read and change what, against a naive model of the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from making import person, records_in, space_named
from sqlalchemy.orm import Session

from contract.values import Role
from core.access import (
    Access,
    access_of,
    document,
    document_to_change,
    document_to_download,
    narrowed,
    published_passages,
    readable_documents,
    space,
    space_to_administer,
    space_to_manage,
    space_to_write,
)
from core.db import Sessions, open_database
from core.errors import NotFound, NotPermitted
from core.models import (
    Document,
    DocumentReader,
    FileRights,
    Grant,
    Group,
    Membership,
    Passage,
    Principal,
    PrincipalState,
    Space,
    User,
    UserSid,
    Version,
    now,
)
from core.rights.gates import EVERYBODY, gate, id_of, packed, together
from core.settings import PROJECT

pytestmark = pytest.mark.fast

USERS, GROUPS, SPACES = 3, 3, 4


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    opened = open_database(records_in(tmp_path_factory.mktemp("access")))
    yield opened
    opened.close()


numbers = st.integers
grants = st.lists(
    st.tuples(
        st.sampled_from(["user", "group"]),
        numbers(0, max(USERS, GROUPS) - 1),
        numbers(0, SPACES - 1),
        st.sampled_from(list(Role)),
    ),
    max_size=8,
)
memberships = st.sets(st.tuples(numbers(0, GROUPS - 1), numbers(0, USERS - 1)), max_size=6)


@examples(max_examples=60)
@given(administrators=st.sets(numbers(0, USERS - 1)), memberships=memberships, grants=grants)
def test_a_user_reads_and_writes_what_own_and_group_grants_give_and_nothing_else(
    sessions: Sessions,
    administrators: set[int],
    memberships: set[tuple[int, int]],
    grants: list[tuple[str, int, int, Role]],
) -> None:
    with sessions.read() as session:  # nothing of it is kept
        for number in range(USERS):
            session.add(User(id=f"u{number}", name=f"user {number}", is_admin=number in administrators))
        for number in range(GROUPS):
            session.add(Group(id=f"g{number}", name=f"group {number}"))
        for number in range(SPACES):
            session.add(Space(id=f"s{number}", name=f"space {number}"))
        session.flush()
        for number in range(SPACES):
            session.add(Document(id=f"d{number}", space_id=f"s{number}", name="plan.txt"))
        for group, user in memberships:
            session.add(Membership(group_id=f"g{group}", user_id=f"u{user}"))
        for kind, holder, shelf, role in grants:
            holds = {"user_id": f"u{holder}"} if kind == "user" else {"group_id": f"g{holder}"}
            session.add(Grant(space_id=f"s{shelf}", role=role, **holds))
        session.flush()
        for user in range(USERS):
            mine = [
                (shelf, role)
                for kind, holder, shelf, role in grants
                if (kind == "user" and holder == user) or (kind == "group" and (holder, user) in memberships)
            ]
            everything = set(range(SPACES)) if user in administrators else set()
            readable = everything | {shelf for shelf, _ in mine}
            writable = everything | {shelf for shelf, role in mine if role != Role.READER}
            access = access_of(session, f"u{user}")
            assert access.readable == {f"s{number}" for number in readable}
            assert access.writable == {f"s{number}" for number in writable}
            assert access.is_admin == (user in administrators)
            _doors_agree(session, access, readable, writable)


def _doors_agree(session: Session, access: Access, readable: set[int], writable: set[int]) -> None:
    ids = {row.id for row in session.scalars(readable_documents(access))}
    assert ids == {f"d{number}" for number in readable}
    for number in range(SPACES):
        for subject, read, change in (
            (f"d{number}", document, document_to_change),
            (f"s{number}", space, space_to_write),
            (f"space {number}", space, space_to_write),
        ):
            if number not in readable:
                for door in (read, change):
                    with pytest.raises(NotFound):
                        door(access, session, subject)
            elif number not in writable:
                assert read(access, session, subject)
                with pytest.raises(NotPermitted):
                    change(access, session, subject)
            else:
                assert change(access, session, subject) is read(access, session, subject)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Sessions]:
    opened = open_database(records_in(tmp_path))
    yield opened
    opened.close()


def test_an_unknown_user_may_read_nothing(own: Sessions) -> None:
    space_named(own, "General")
    with own.read() as session:
        assert access_of(session, "nobody") == Access("nobody", frozenset(), frozenset(), False)


def test_what_is_not_readable_is_told_like_what_is_not_there(own: Sessions) -> None:
    secret = space_named(own, "Board")
    outsider = person(own, "Mori")
    with own.read() as session:
        with pytest.raises(NotFound) as hidden:
            space(outsider, session, secret)
        with pytest.raises(NotFound) as missing:
            space(outsider, session, "0" * 16)
    assert str(hidden.value).replace(secret, "X") == str(missing.value).replace("0" * 16, "X")


def test_a_right_that_is_taken_away_is_gone_at_once(own: Sessions) -> None:
    reader = person(own, "Mori", General=Role.READER)
    assert len(reader.readable) == 1
    with own.write() as session:
        session.query(Grant).delete()
    with own.read() as session:
        assert access_of(session, reader.user_id).readable == frozenset()


def test_only_passages_in_force_of_readable_spaces_pass_the_last_door(own: Sessions) -> None:
    reader = person(own, "Mori", General=Role.READER)
    hidden = space_named(own, "Board")
    with own.write() as session:
        for number, space_id in enumerate([*reader.readable, hidden]):
            session.add(
                Document(id=f"d{number}", space_id=space_id, name="a.txt", current_version_id=f"v{number}b")
            )
            session.flush()
            for version_number, letter in enumerate("abc", start=1):
                version_id = f"v{number}{letter}"
                session.add(
                    Version(
                        id=version_id, document_id=f"d{number}", number=version_number, sha256="0" * 64,
                        size=1, media_type="text/plain", created_by="x",
                    )
                )  # fmt: skip
                session.flush()
                session.add(
                    Passage(
                        id=f"p{number}{letter}", version_id=version_id, document_id=f"d{number}", ordinal=0,
                        first_page=1, last_page=1, pieces=[[1, 0, 1]], language="en", text="x",
                    )
                )  # fmt: skip
    every = [f"p{number}{letter}" for number in (0, 1) for letter in "abc"]
    with own.read() as session:
        assert [row[0].id for row in session.execute(published_passages(reader, every))] == ["p0b"]


def _restricted(sessions: Sessions, space_id: str, name: str) -> str:
    with sessions.write() as session:
        added = Document(space_id=space_id, name=name, restricted=True)
        session.add(added)
        session.flush()
        return added.id


def _reads(sessions: Sessions, user_id: str, document_id: str) -> bool:
    with sessions.read() as session:
        try:
            return document(access_of(session, user_id), session, document_id).id == document_id
        except NotFound:
            return False


def test_a_restricted_document_is_read_by_managers_and_by_those_on_its_list_alone(own: Sessions) -> None:
    people = {role: person(own, role, General=role).user_id for role in Role}
    listed, grouped, outsider = (person(own, name, General=Role.READER).user_id for name in "abc")
    stranger = person(own, "stranger").user_id
    secret = _restricted(own, space_named(own, "General"), "salaries.txt")
    with own.write() as session:
        session.add(Group(id="g", name="staff"))
        session.flush()
        session.add(Membership(group_id="g", user_id=grouped))
        session.add(DocumentReader(document_id=secret, user_id=listed))
        session.add(DocumentReader(document_id=secret, user_id=stranger))
        session.add(DocumentReader(document_id=secret, group_id="g"))
    readers = {
        user for user in [*people.values(), listed, grouped, outsider, stranger] if _reads(own, user, secret)
    }
    # The stranger stands on the list and does not read the space: a list narrows, it opens nothing.
    assert readers == {people[Role.MANAGER], people[Role.ADMINISTRATOR], listed, grouped}
    with own.write() as session:
        session.query(DocumentReader).delete()
    assert not _reads(own, listed, secret) and not _reads(own, grouped, secret)


SIDS = [f"S-1-5-21-1-1-1-{number}" for number in range(5)]  # 0, 1: people; 2, 3: groups; 4: nobody knows
gates = st.lists(st.tuples(st.booleans(), st.sampled_from([*SIDS, "S-1-1-0"])), max_size=4)


@examples(max_examples=60)
@given(
    several=st.lists(gates, min_size=1, max_size=4),
    memberships=st.sets(st.tuples(numbers(2, 3), numbers(0, 1))),
    mapped=st.sampled_from(["", "user", "group", "everyone", "nobody"]),
    managers=st.sets(numbers(0, 1)),
    restricted=st.booleans(),
)
def test_rights_of_files_narrow_what_the_space_gives_and_open_nothing(
    sessions: Sessions,
    several: list[list[tuple[bool, str]]],
    memberships: set[tuple[int, int]],
    mapped: str,
    managers: set[int],
    restricted: bool,
) -> None:
    """Of three people two hold identifiers and read the space; a stranger holds one and does not; the third
    reads it and is unknown to the file server. The last identifier nobody knows, unless it is mapped."""
    with sessions.read() as session:  # nothing of it is kept
        session.add(Space(id="s", name="s"))
        session.add(Group(id="g", name="g"))
        for number, name in enumerate(["a", "b", "unknown", "stranger"]):
            session.add(User(id=name, name=name))
            session.flush()
            if name != "stranger":
                role = Role.MANAGER if number in managers else Role.READER
                session.add(Grant(space_id="s", user_id=name, role=role))
        session.add(Membership(group_id="g", user_id="b"))
        held = {
            name: {SIDS[number], *(SIDS[group] for group, person in memberships if person == number)}
            for number, name in enumerate(["a", "b"])
        }
        held["stranger"] = {SIDS[0]}
        for name, sids in held.items():
            session.add_all(UserSid(user_id=name, sid=sid) for sid in sids)
        session.add_all(Principal(sid=sid, state=PrincipalState.DIRECTORY) for sid in SIDS[:4])
        state = PrincipalState.MAPPED if mapped else PrincipalState.UNKNOWN
        session.add(
            Principal(
                sid=SIDS[4], state=state, everyone=mapped == "everyone",
                user_id="a" if mapped == "user" else None, group_id="g" if mapped == "group" else None,
            )
        )  # fmt: skip
        for name in {"user": ["a"], "group": ["b"], "everyone": ["a", "b", "stranger"]}.get(mapped, []):
            held[name].add(SIDS[4])
        for number, entries in enumerate(several):
            text = packed(together(frozenset({gate(entries)})))
            if session.get(FileRights, id_of(text)) is None:
                session.add(FileRights(id=id_of(text), gates=text))
                session.flush()
            session.add(
                Document(id=f"d{number}", space_id="s", name="x", restricted=restricted,
                         file_rights_id=id_of(text))
            )  # fmt: skip
        session.flush()

        def first(entries: list[tuple[bool, str]], sids: set[str]) -> bool:
            for allows, sid in entries:
                if sid in sids or sid == "S-1-1-0":
                    return allows
                if not allows and sid == SIDS[4] and not mapped:
                    return False
            return False

        for name in ("a", "b", "unknown", "stranger"):
            in_space = name != "stranger" and (not restricted or "ab".find(name) in managers)
            expected = {
                f"d{number}" for number, entries in enumerate(several)
                if in_space and name in held and first(entries, held[name])
            }  # fmt: skip
            access = access_of(session, name)
            assert {row.id for row in session.scalars(readable_documents(access))} == expected, name
            for narrow in (narrowed(access, spaces=["s"], writes=False, administers=False),):
                assert {row.id for row in session.scalars(readable_documents(narrow))} == expected


def test_whom_the_file_server_does_not_know_reads_nothing_of_it_but_an_administrator_does(
    own: Sessions,
) -> None:
    reader = person(own, "Mori", General=Role.MANAGER).user_id
    general = space_named(own, "General")
    with own.write() as session:
        session.add(User(id="admin", name="admin", is_admin=True))
        session.add(FileRights(id="open", gates=packed(EVERYBODY)))
        session.add(Document(id="d", space_id=general, name="a.txt", file_rights_id="open"))
    assert not _reads(own, reader, "d") and _reads(own, "admin", "d")
    with own.write() as session:
        session.add(UserSid(user_id=reader, sid=SIDS[0]))
    assert _reads(own, reader, "d")
    with own.write() as session:
        session.query(FileRights).delete()  # rights that are not there let nobody in
    assert not _reads(own, reader, "d")


def test_a_key_never_reaches_further_than_its_user(own: Sessions) -> None:
    manager = person(own, "Mori", General=Role.ADMINISTRATOR, Board=Role.READER)
    general = space_named(own, "General")
    secret = _restricted(own, general, "salaries.txt")
    key = narrowed(manager, spaces=[general, space_named(own, "Elsewhere")], writes=False, administers=False)
    assert (key.readable, key.writable, key.administered) == ({general}, frozenset(), frozenset())
    with own.read() as session:
        assert document(key, session, secret).id == secret
        for door in (space_to_write, space_to_manage, space_to_administer):
            with pytest.raises(NotPermitted):
                door(key, session, general)
        with pytest.raises(NotFound):
            space(key, session, "Board")


def test_a_disabled_user_may_do_nothing(own: Sessions) -> None:
    user = person(own, "Mori", General=Role.ADMINISTRATOR).user_id
    with own.write() as session:
        session.get_one(User, user).disabled_at = now()
    with own.read() as session:
        assert access_of(session, user) == Access(user, frozenset(), frozenset(), False)


def test_who_may_read_and_not_download_does_neither_more_nor_less(own: Sessions) -> None:
    reader = person(own, "Mori", General=Role.READER).user_id
    general = space_named(own, "General")
    with own.write() as session:
        session.query(Grant).update({"may_download": False})
        session.add(Document(id="d", space_id=general, name="a.txt"))
    with own.read() as session:
        access = access_of(session, reader)
        assert document(access, session, "d").id == "d"
        with pytest.raises(NotPermitted, match="download"):
            document_to_download(access, session, "d")


def test_what_is_a_persons_own_is_chosen_in_one_place() -> None:
    """Elsewhere a comparison with the asker's id would forget that a key may be narrowed, and an access that
    is made again by that id would be wider than the key."""
    pasted = re.compile(r"\.user_id [!=]= access\.user_id|access_of\(\w+, access\.user_id\)")
    folders = ("api", "checks", "drafts", "evaluation", "ingest", "operations", "retrieval", "core")
    pasted_lines = [
        f"{path.relative_to(PROJECT)}:{number}"
        for folder in folders
        for path in sorted((PROJECT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pasted.search(line) and path != PROJECT / "core" / "access.py"
    ]
    assert not pasted_lines, "use core.access.own, or core.access.renewed"
