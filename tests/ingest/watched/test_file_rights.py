"""Rights of a real file server (Samba) become rights here: whoever may not read a file there reads
nothing of its document, and who may reads it. A real directory (slapd) says who is who."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from making import administrator, settings_in, space_named
from sqlalchemy import select

from bench.server.file_server import (
    BASE,
    FULL,
    KEEPER,
    PASSWORD,
    Ace,
    FileServer,
    directory,
    entries_of,
    file_server,
    made_up_rights,
    missing,
    sid_line,
)
from contract.values import FolderRights, PrincipalKind, Role
from core.access import access_of, readable_documents
from core.identity import people
from core.identity.directory import DirectorySettings, ask_directory, asked, enrol
from core.identity.principals import map_principal, principals
from core.identity.tokens import Tokens
from core.models import AccountSource, Document
from core.rights.gates import lets_in
from core.rights.sids import EVERYONE
from ingest.watched import records
from ingest.watched.folders import FolderReport
from ingest.watched.rights.local import local_reader
from ingest.watched.rights.reading import ShareAccount
from llm.fakes import HashEmbedder
from operations.library import Library, open_library

PEOPLE = [f"p{number}" for number in range(5)]
GROUPS = {"sales": ["p0", "p1"], "board": ["p1", "p2"], "legal": ["p3"], "empty": []}
FILES = 40
STRANGER = "S-1-5-21-9-9-9-1234"


@dataclass
class Office:
    """A library that watches the share of a file server, and takes its rights over."""

    library: Library
    server: FileServer
    folder: str
    users: dict[str, str]
    now: float = 0.0

    def look(self) -> FolderReport:
        self.now += 60
        return self.library.folders.scan(self.folder)

    def read_here(self, person: str) -> set[str]:
        with self.library.sessions.read() as session:
            access = access_of(session, self.users[person])
            return {row.name for row in session.scalars(readable_documents(access))}

    def compare(self, paths: list[str]) -> None:
        for person in PEOPLE:
            assert self.read_here(person) == self.server.read_by(person, paths), person


@pytest.fixture(scope="module")
def server() -> Iterator[FileServer]:
    problem = missing()
    if problem:
        if os.environ.get("CI") == "true" and "root" not in problem:
            pytest.fail(f"{problem}; .ci/run does so")
        pytest.skip(problem)
    with file_server(PEOPLE, GROUPS) as running:
        yield running


@pytest.fixture(scope="module")
def office(server: FileServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with directory(tmp_path_factory.mktemp("slapd"), entries_of(server)) as address:
        settings = settings_in(
            tmp_path_factory.mktemp("office") / "data", ldap_url=address, ldap_base=BASE, ldap_plain=True,
            smb_user=KEEPER, smb_password=PASSWORD,
        )  # fmt: skip
        with open_library(settings, embedder=HashEmbedder(), load_models=False) as library:
            users = {}
            space = space_named(library.sessions, "Office")
            admin = administrator(library)
            for person in PEOPLE:
                account = ask_directory(library.directory, person, PASSWORD) if library.directory else None
                assert account is not None
                with library.sessions.write() as session:
                    users[person] = enrol(session, AccountSource.LDAP, account, "").id
                    people.grant(admin, session, space, "user", users[person], Role.READER, may_download=True)
            with library.sessions.write() as session:
                folder = records.add(
                    admin, session, str(server.root), space, data=library.settings.data,
                    rights=FolderRights.FILE_SYSTEM, share=server.address,
                ).id  # fmt: skip
            made = Office(library, server, folder, users)
            library.folders.clock = lambda: made.now
            yield made


def test_everybody_reads_here_exactly_what_smbclient_gets_as_them(office: Office) -> None:
    chance = random.Random(17)
    paths = [f"f{number % 4}/{number}.txt" for number in range(FILES)]
    for path in paths:
        office.server.put(path, f"The fee is {path}.")
        office.server.protect(
            path, made_up_rights(chance, office.server), office.server.people[chance.choice(PEOPLE)]
        )
    office.server.protect("f1", [Ace(True, office.server.people[KEEPER], FULL)])  # nobody may list it
    office.look()
    report = office.look()
    assert (report.new, report.error) == (FILES, None)
    office.compare(paths)
    seen = [office.read_here(person) for person in PEOPLE]
    assert any(seen) and any(len(some) < FILES for some in seen)
    for path in chance.sample(paths, 15):  # no file changes
        office.server.protect(path, made_up_rights(chance, office.server))
    report = office.look()
    assert (report.changed, report.unchanged) == (0, FILES) and report.rights_changed > 0
    office.compare(paths)
    assert office.look().rights_changed == 0


def test_what_nobody_knows_is_shut_listed_and_mapped_by_an_administrator(office: Office) -> None:
    server, library = office.server, office.library
    for path, entries in {
        "strange/denied.txt": [Ace(False, STRANGER), Ace(True, EVERYONE)],
        "strange/allowed.txt": [Ace(True, STRANGER)],
    }.items():
        server.put(path, "The fee is 5.")
        server.protect(path, entries)
    office.look()
    office.look()
    admin = administrator(library)
    mine = {"strange/denied.txt", "strange/allowed.txt"}
    assert not any(office.read_here(person) & mine for person in PEOPLE)
    with library.sessions.read() as session:
        listed = {row.sid: row.documents for row in principals(admin, session, unknown=True)}
    assert listed[STRANGER] == 2
    with library.sessions.write() as session:
        people.add_group(admin, session, "Trainees")
        people.join(admin, session, "Trainees", office.users["p4"])
        map_principal(admin, session, STRANGER, PrincipalKind.GROUP, "Trainees")
    assert office.read_here("p4") & mine == {"strange/allowed.txt"}
    assert office.read_here("p0") & mine == {"strange/denied.txt"}
    with library.sessions.write() as session:
        people.remove_group(admin, session, "Trainees")  # nobody knows it again
    assert not any(office.read_here(person) & mine for person in PEOPLE)
    with library.sessions.write() as session:
        map_principal(admin, session, STRANGER, PrincipalKind.NOBODY)
    assert office.read_here("p4") & mine == {"strange/denied.txt"}


def test_a_file_server_that_is_away_changes_nothing_and_takes_nothing_in(office: Office) -> None:
    library, server = office.library, office.server
    before = {person: office.read_here(person) for person in PEOPLE}
    right = library.folders.rights
    library.folders.rights = replace(right, account=ShareAccount(KEEPER, "wrong"))
    try:
        server.put("late.txt", "The fee is 7.")
        office.look()
        report = office.look()
        assert report.error is not None and report.error.code == "rights_away" and report.new == 0
        assert {person: office.read_here(person) for person in PEOPLE} == before
    finally:
        library.folders.rights = right
    office.look()
    report = office.look()
    assert report.error is None and report.new == 1


def test_rights_are_taken_over_from_now_on_or_no_more(office: Office) -> None:
    library = office.library
    admin = administrator(library)
    narrowed = {person: office.read_here(person) for person in PEOPLE}
    with library.sessions.write() as session:
        records.change(admin, session, office.folder, FolderRights.NONE)
        every = {row.name for row in session.scalars(select(Document))}
    assert all(office.read_here(person) == every for person in PEOPLE)
    with library.sessions.write() as session:
        records.change(admin, session, office.folder, FolderRights.FILE_SYSTEM, office.server.address)
    assert not any(office.read_here(person) for person in PEOPLE)  # until the next look
    office.look()
    assert {person: office.read_here(person) for person in PEOPLE} == narrowed


def test_the_directory_tells_groups_within_groups_and_who_is_shut_out(tmp_path: Path) -> None:
    if missing():
        pytest.skip(missing())
    domain = "S-1-5-21-4-5-6"

    def group(name: str, number: int, member: str, more: str = "") -> str:
        head = f"dn: cn={name},{BASE}\nobjectClass: groupOfNames\nobjectClass: windowsAccount\ncn: {name}\n"
        return f"{head}{sid_line(f'{domain}-{number}', number % 2)}\nmember: {member},{BASE}\n{more}"

    def human(name: str, number: int, more: str) -> str:
        kinds = "objectClass: inetOrgPerson\nobjectClass: windowsAccount\n"
        own = sid_line(f"{domain}-{number}", 0)
        return f"dn: uid={name},{BASE}\n{kinds}uid: {name}\ncn: {name}\nsn: x\n{own}\n{more}"

    entries = [
        human("anna", 1001, "primaryGroupID: 513\n"),
        human("gone", 1002, "userAccountControl: 514\n"),
        group("inner", 2001, "uid=anna"),
        group("outer", 2002, "cn=inner"),
        group("circle", 2003, "cn=outer", f"member: cn=circle,{BASE}\n"),
        group("mailing", 2004, "uid=anna", "groupType: 2\n"),
        group("users", 513, "cn=nobody"),
        group("staff", 2005, "cn=users"),
    ]
    with directory(tmp_path, entries) as address:
        settings = DirectorySettings(address, BASE, plain=True)
        with asked(settings) as connection:
            tokens = Tokens(connection, BASE)
            expected = {f"{domain}-{number}" for number in (1001, 513, 2001, 2002, 2003, 2005)}
            assert tokens.of(f"uid=anna,{BASE}") == expected == tokens.of_sid(f"{domain}-1001")
            assert tokens.of(f"uid=gone,{BASE}") == frozenset() == tokens.of(f"uid=nobody,{BASE}")
            assert tokens.names([f"{domain}-2001", f"{domain}-2002", f"{domain}-9"]) == {
                f"{domain}-2001": "inner", f"{domain}-2002": "outer",
            }  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="modes of Linux")
def test_unix_modes_of_files_and_of_the_folders_above_them(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir()
    for path, mode in {"open.txt": 0o644, "own.txt": 0o600, "shut/in.txt": 0o644}.items():
        (tmp_path / path).write_text("x")
        (tmp_path / path).chmod(mode)
    (tmp_path / "shut").chmod(0o700)
    tmp_path.chmod(0o755)
    with local_reader(tmp_path) as read:
        rights = {row.path: row for row in read(["open.txt", "own.txt", "shut/in.txt", "not there"])}
    stranger, known = {"S-1-22-1-4321", EVERYONE}, frozenset(("S-1-22-1-4321",))
    reads = {path for path, row in rights.items() if lets_in(row.rights, stranger, known)}
    assert reads == {"open.txt"} and rights["not there"].problem
    owner = {f"S-1-22-1-{os.getuid()}", EVERYONE}
    assert all(lets_in(row.rights, owner, owner) for row in rights.values() if not row.problem)
