"""Rights of a real file server (Samba) become rights here: whoever may not read a file there reads
nothing of its document, and who may reads it. A real directory (slapd) says who is who."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from making import administrator, settings_in, space_named

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
)
from contract.values import FolderRights, Role
from core.access import access_of, readable_documents
from core.identity import people
from core.identity.directory import ask_directory, enrol
from core.models import AccountSource
from ingest.watched import records
from ingest.watched.folders import FolderReport
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
                found = ask_directory(library.directory, person, PASSWORD) if library.directory else None
                assert found is not None
                with library.sessions.write() as session:
                    users[person] = enrol(session, AccountSource.LDAP, found, "").id
                    people.grant(admin, session, space, "user", users[person], Role.READER, may_download=True)
            with library.sessions.write() as session:
                folder = records.add(
                    admin, session, server.root, space, data=library.settings.data,
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
