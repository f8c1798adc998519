"""Whether everybody reads here exactly what a real file server lets them read, and what finding out costs.

python -m bench.server.file_rights [--files 2000] [--people 40] [--changes 200]

A Samba server with 60 groups and 500 lists of rights, a directory (slapd) that knows its people, and a
library that watches the share. The answer that counts is the server's own: `smbclient` gets each file as each
person, before and after random changes of rights and of groups. Needs root, and the packages that it names.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import func, select

from bench.server.file_server import (
    BASE,
    KEEPER,
    PASSWORD,
    FileServer,
    directory,
    entries_of,
    file_server,
    made_up_rights,
    missing,
)
from contract.values import FolderRights, PrincipalKind, Role
from core.access import access_of, readable_documents
from core.identity.accounts import first_administrator
from core.identity.directory import ask_directory, enrol
from core.identity.principals import map_principal, principals
from core.models import AccountSource, FileRights, Grant, Space
from core.settings import load_settings
from ingest.watched import records
from operations.library import Library, open_library

GROUPS, SHAPES = 60, 500


def main() -> None:
    """Print what differs, and the times."""
    asked = argparse.ArgumentParser(description="Compare rights with a real file server's answers.")
    asked.add_argument("--files", type=int, default=2000)
    asked.add_argument("--people", type=int, default=40)
    asked.add_argument("--changes", type=int, default=200)
    given = asked.parse_args()
    problem = missing()
    if problem:
        sys.exit(problem)
    chance = random.Random(11)
    people = [f"p{number}" for number in range(given.people)]
    groups = {
        f"g{number}": chance.sample(people, chance.randrange(1, 1 + min(12, len(people))))
        for number in range(GROUPS)
    }
    with ExitStack() as stack:
        server = stack.enter_context(file_server(people, groups))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ldap = stack.enter_context(directory(folder / "directory", entries_of(server)))
        settings = load_settings(
            data=folder / "data", model="none", embedder="none", ocr_languages="none", ldap_url=ldap,
            ldap_base=BASE, ldap_plain=True, smb_user=KEEPER, smb_password=PASSWORD,
        )  # fmt: skip
        library = stack.enter_context(open_library(settings, load_models=False))
        measure(library, server, ldap, chance, given.files, given.changes)


def measure(
    library: Library, server: FileServer, ldap: str, chance: random.Random, files: int, changes: int
) -> None:
    """Fill the share, look through it, compare, change, look again, compare again."""
    lists = [made_up_rights(chance, server) for _ in range(SHAPES)]
    paths = [f"f{number % 50}/{number}.txt" for number in range(files)]
    own = [sid for name, sid in server.people.items() if name != KEEPER]
    for path in paths:
        server.put(path, f"The fee is {path}.")
        server.protect(path, chance.choice(lists), chance.choice(own))
    print(f"{files} files have their rights on the server", flush=True)
    users, watched = _people_and_folder(library, server)
    library.folders.quiet = 0.0
    _look(library, watched, "first look, which takes every file in")
    _look(library, watched, "second look")
    with library.sessions.read() as session:
        kept = session.scalar(select(func.count()).select_from(FileRights))
    print(
        f"rights of {files} files with {SHAPES} lists and their owners, brought to one form: {kept} different"
    )
    _map_unknown(library)
    _compare(library, server, users, paths, "before changes")
    of_groups = changes // 10
    for path in chance.sample(paths, changes - of_groups):
        server.protect(path, made_up_rights(chance, server))
    for group in chance.sample(sorted(server.groups), of_groups):
        members = chance.sample(list(users), chance.randrange(1, 1 + min(12, len(users))))
        server.regroup(group, members)
        _regroup(ldap, group, members)
    _look(library, watched, f"look after {changes} changes ({of_groups} of them of groups), no file changed")
    _compare(library, server, users, paths, "after changes")


def _people_and_folder(library: Library, server: FileServer) -> tuple[dict[str, str], str]:
    users: dict[str, str] = {}
    directory_of = library.directory
    assert directory_of is not None
    with library.sessions.write() as session:
        space = session.scalars(select(Space)).one()
        admin = access_of(session, first_administrator(session).id)
        folder = records.add(
            admin, session, str(server.root), space.id, data=library.settings.data,
            rights=FolderRights.FILE_SYSTEM, share=server.address,
        )  # fmt: skip
        for name in server.people:
            person = ask_directory(directory_of, name, PASSWORD) if name != KEEPER else None
            if person is not None:
                users[name] = enrol(session, AccountSource.LDAP, person, "").id
                session.add(Grant(space_id=space.id, user_id=users[name], role=Role.READER))
        return users, folder.id


def _map_unknown(library: Library) -> None:
    """What the directory does not know (administrators of the server itself) an administrator maps: in this
    server they are nobody. Until then what denies them is shut here and open there."""
    with library.sessions.write() as session:
        admin = access_of(session, first_administrator(session).id)
        unknown = principals(admin, session, unknown=True)
        for principal in unknown:
            map_principal(admin, session, principal.sid, PrincipalKind.NOBODY)
    print("mapped by hand:", ", ".join(f"{row.sid} in {row.documents} documents" for row in unknown))


def _look(library: Library, folder: str, what: str) -> None:
    began, used = time.monotonic(), time.process_time()
    report = library.folders.scan(folder)
    if report.error is not None:
        sys.exit(str(report.error))
    print(
        f"{what}: {time.monotonic() - began:.1f} s, {time.process_time() - used:.1f} s of the processor;"
        f" {report.new} new, {report.changed} changed, {report.rights_changed} with other rights",
        flush=True,
    )


def _compare(
    library: Library, server: FileServer, users: dict[str, str], paths: list[str], what: str
) -> None:
    differ = reads = 0
    spent = 0.0
    for name, user in users.items():
        began = time.process_time()
        with library.sessions.read() as session:
            here = {row.name for row in session.scalars(readable_documents(access_of(session, user)))}
        spent += time.process_time() - began
        there = server.read_by(name, paths)
        reads += len(there)
        differ += len(here ^ there)
        if here ^ there:
            print(name, "here alone:", sorted(here - there)[:3], "there alone:", sorted(there - here)[:3])
    pairs = len(users) * len(paths)
    print(
        f"{what}: {pairs} pairs of a person and a file, {reads} of them readable, {differ} differ:"
        f" {100 * (pairs - differ) / pairs:.3f} % as smbclient gets them;"
        f" here {1000 * spent / len(users):.0f} ms of the processor a person for access and list",
        flush=True,
    )


def _regroup(ldap: str, group: str, members: list[str]) -> None:
    import ldap3

    server = ldap3.Server(ldap, get_info=ldap3.NONE)
    with ldap3.Connection(server, f"cn=admin,{BASE}", "adminsecret", auto_bind=True) as connection:
        everyone = [f"uid={member},{BASE}" for member in members]
        connection.modify(f"cn={group},{BASE}", {"member": [(ldap3.MODIFY_REPLACE, everyone)]})


if __name__ == "__main__":
    main()
