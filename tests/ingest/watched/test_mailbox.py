"""Mails of a real IMAP server (Dovecot) become documents; nothing is changed there, and only over TLS."""

from __future__ import annotations

import imaplib
import os
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from certificates import certificate_for
from databases import free_port
from making import administrator, finish_work, settings_in, space_named
from sqlalchemy import select

from contract.values import FolderRights
from core.access import Access
from core.errors import BadValue, ConnectionRefusedByPolicy
from core.models import Document, FolderFile
from ingest.watched import mailbox, records
from ingest.watched.folders import FolderReport
from ingest.watched.mailbox import mailbox_address
from operations.library import Library, open_library

PASSWORD = "correct-horse"
FOLDER = "契約 & more"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail
mail_uid = {uid}
mail_gid = {gid}
auth_failure_delay = 0 secs
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass
class MailServer:
    """Dovecot with one account, and an own way to put mails there and look at them."""

    address: str
    port: int
    certificate: Path

    def connected(self) -> imaplib.IMAP4_SSL:
        context = ssl.create_default_context(cafile=self.certificate)
        server = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=context)
        server.login("archive", PASSWORD)
        return server

    def put(self, subject: str, text: str, folder: str = "INBOX") -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@company.example", "b@company.example", subject
        mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0900"
        mail.set_content(text)
        with self.connected() as server:
            state, answer = server.append(mailbox._quoted(folder), None, None, mail.as_bytes())
            assert state == "OK", answer

    def mark_deleted(self, uid: str, *, expunge: bool) -> None:
        with self.connected() as server:
            server.select("INBOX")
            server.uid("STORE", uid, "+FLAGS", "(\\Deleted)")
            if expunge:
                server.expunge()

    def flags(self) -> bytes:
        with self.connected() as server:
            server.select("INBOX", readonly=True)
            return b" ".join(part for part in server.uid("FETCH", "1:*", "(FLAGS)")[1] if part)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    if not Path("/usr/sbin/dovecot").exists():
        if os.environ.get("CI") == "true":
            pytest.fail("Dovecot is missing: .ci/run installs it")
        pytest.skip("no Dovecot here: apt-get install dovecot-imapd")
    if os.geteuid() != 0:
        pytest.skip("Dovecot's processes are started by root")
    folder = tmp_path_factory.mktemp("dovecot")
    certificate, key = certificate_for(folder, "127.0.0.1")
    port = free_port()
    import grp
    import pwd

    who = pwd.getpwnam("dovecot")
    for name in ("mail", "home", "run", "state"):
        (folder / name).mkdir()
        os.chown(folder / name, who.pw_uid, who.pw_gid)
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.geteuid() and str(path) not in ("/", "/tmp"):
            path.chmod(path.stat().st_mode | 0o011)
    config = folder / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            folder=folder, certificate=certificate, key=key, port=port, password=PASSWORD, user="dovecot",
            group=grp.getgrgid(who.pw_gid).gr_name, uid=who.pw_uid, gid=who.pw_gid,
        )
    )  # fmt: skip
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(config)], stdout=out, stderr=out)
    made = MailServer(f"imaps://127.0.0.1:{port}", port, certificate)
    try:
        for _ in range(150):
            output = (folder / "out").read_text()
            output += (folder / "log").read_text() if (folder / "log").exists() else ""
            assert process.poll() is None, output
            try:
                with made.connected() as connection:
                    connection.create(mailbox._quoted(FOLDER))
                break
            except OSError as error:
                last = error
                subprocess.run(["sleep", "0.2"], check=True)
        else:
            raise AssertionError(f"Dovecot does not answer: {last}\n{output}")
        yield made
    finally:
        process.terminate()
        process.wait(timeout=120)


@pytest.fixture
def library(server: MailServer, tmp_path: Path) -> Iterator[Library]:
    settings = settings_in(
        tmp_path, embedder="none", imap_user="archive", imap_password=PASSWORD,
        imap_certificate=server.certificate,
    )  # fmt: skip
    with open_library(settings, load_models=False) as opened:
        space_named(opened.sessions, "Mails")
        yield opened


def watched(library: Library, address: str) -> tuple[Access, str]:
    admin = administrator(library)
    with library.sessions.write() as session:
        return admin, records.add(admin, session, address, "Mails", data=library.settings.data).id


def scanned(library: Library, folder: str, **given: bool) -> FolderReport:
    report = library.folders.scan(folder, **given)
    finish_work(library)
    return report


def titles(library: Library, *, in_force: bool = True) -> set[str]:
    with library.sessions.read() as session:
        query = select(Document.title)
        if in_force:
            query = query.where(Document.current_version_id.is_not(None))
        return set(session.scalars(query))


def test_mails_become_documents_and_end_when_they_are_gone(server: MailServer, library: Library) -> None:
    server.put("旅費規程の改定", "日当は3,000円になります。")
    server.put("Parking", "The car park is closed on Monday.")
    before = server.flags()
    _, folder = watched(library, f"{server.address}/INBOX")
    report = scanned(library, folder)
    assert (report.error, report.new) == (None, 2)
    assert titles(library) == {"旅費規程の改定", "Parking"}
    assert server.flags() == before and b"Seen" not in before
    again = scanned(library, folder)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    server.put("Lunch", "Lunch is at noon.")
    assert scanned(library, folder).new == 1
    with library.sessions.read() as session:
        paths = sorted(session.scalars(select(FolderFile.path)))
    server.mark_deleted(paths[1].partition("/")[2].removesuffix(".eml"), expunge=False)
    assert scanned(library, folder).gone == 1
    assert titles(library) == {"旅費規程の改定", "Lunch"}
    server.mark_deleted("1:*", expunge=True)
    emptied = scanned(library, folder)
    assert emptied.error is not None and emptied.error.code == "folder_emptied"
    assert titles(library) == {"旅費規程の改定", "Lunch"}
    assert scanned(library, folder, accept_deletions=True).gone == 2
    assert titles(library) == set() and len(titles(library, in_force=False)) == 3


def test_a_folder_with_a_name_of_any_script(server: MailServer, library: Library) -> None:
    server.put("契約書", "契約は2027年3月31日に終了する。", FOLDER)
    _, folder = watched(library, f"{server.address}/{FOLDER.replace(' ', '%20')}")
    report = scanned(library, folder)
    assert (report.error, report.new) == (None, 1)
    assert "契約書" in titles(library)


def test_what_is_wrong_is_told_and_documents_stay(server: MailServer, library: Library) -> None:
    server.put("It stays", "It stays as it is.")
    _, folder = watched(library, f"{server.address}/INBOX")
    assert scanned(library, folder).error is None
    for changed in (
        mailbox.MailAccount("archive", "wrong", server.certificate),
        mailbox.MailAccount("archive", PASSWORD, None),  # of an authority that nobody knows
    ):
        library.folders.mail = changed
        report = scanned(library, folder)
        assert report.error is not None and report.error.code == "folder_away"
        assert PASSWORD not in str(report.error)
    assert "It stays" in titles(library)
    _, nowhere = watched(library, f"{server.address}/nowhere")
    library.folders.mail = mailbox.MailAccount("archive", PASSWORD, server.certificate)
    missing = scanned(library, nowhere)
    assert missing.error is not None and missing.error.code == "folder_away"


def test_only_allowed_servers_and_no_rights_of_files(server: MailServer, library: Library) -> None:
    admin = administrator(library)
    data = library.settings.data
    with library.sessions.write() as session:
        with pytest.raises(ConnectionRefusedByPolicy):
            records.add(admin, session, "imaps://203.0.113.7/INBOX", "Mails", data=data)
        with pytest.raises(BadValue):
            address = f"{server.address}/INBOX"
            records.add(admin, session, address, "Mails", data=data, rights=FolderRights.FILE_SYSTEM)
    watched(library, f"{server.address}/INBOX")
    with library.sessions.write() as session, pytest.raises(BadValue, match="already"):
        records.add(admin, session, f"{server.address.upper()}/INBOX", "Mails", data=data)


@pytest.mark.fast
@pytest.mark.parametrize(
    "text",
    ["imaps://", "imaps:///INBOX", "imaps://u:p@host/INBOX", "imaps://host:x/INBOX", "imaps://host/a?b",
     "imaps://host/%00"],
)  # fmt: skip
def test_what_names_no_mail_folder_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        mailbox_address(text)


@pytest.mark.fast
def test_names_are_written_as_imap_has_them() -> None:
    assert mailbox._quoted("台北") == '"&U,BTFw-"'  # the example of RFC 3501
    assert mailbox._quoted('a&b "c"\\') == '"a&-b \\"c\\"\\\\"'
    assert str(mailbox_address("IMAPS://Mail.Example:993/")) == "imaps://mail.example/INBOX"
