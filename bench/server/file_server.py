"""A real file server (Samba) and a real directory (slapd) on this computer, with people and groups of a
test's own: for measuring, and for the tests of rights.

Samba runs as root, on a port of its own; its people stand in files that only its processes see (nss_wrapper).
Nothing of the computer's own configuration is read or changed.
"""

from __future__ import annotations

import base64
import contextlib
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.rights.sids import EVERYONE, domain_of, sid_bytes

NEEDED = ("smbd", "smbclient", "pdbedit", "net", "slapd", "slapadd")
PASSWORD = "secret"  # of everybody at the made-up file server
NT_HASH = "878D8014606CDA29677A44EFA1353FC7"  # of it
KEEPER = "keeper"  # may do everything on the share: sets rights, and reads them for Shoko
WRAPPER = Path("/usr/lib/x86_64-linux-gnu/libnss_wrapper.so")
BASE = "dc=company,dc=example"
FIRST_USER, FIRST_GROUP = 20_000, 30_000
FULL, READ = 0x1F01FF, 0x120089

SMB_CONF = """
[global]
server role = standalone server
workgroup = OFFICE
netbios name = FILES
smb ports = {port}
bind interfaces only = yes
interfaces = 127.0.0.1
pid directory = {folder}/state
lock directory = {folder}/state
state directory = {folder}/state
cache directory = {folder}/state
private dir = {folder}/state
ncalrpc dir = {folder}/state/ncalrpc
log file = {folder}/log
passdb backend = tdbsam
disable spoolss = yes
load printers = no
map to guest = never
server min protocol = SMB3
[office]
path = {folder}/share
read only = no
admin users = {keeper}
vfs objects = acl_xattr
acl_xattr:ignore system acls = yes
"""
SLAPD_CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
attributetype ( 1.2.840.113556.1.4.146 NAME 'objectSid' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.609 NAME 'sIDHistory' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
attributetype ( 1.2.840.113556.1.4.98 NAME 'primaryGroupID' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.750 NAME 'groupType' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.7165.2.1.20 NAME 'sambaSID' EQUALITY caseIgnoreIA5Match
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.7165.2.1.23 NAME 'sambaPrimaryGroupSID' EQUALITY caseIgnoreIA5Match
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.7165.2.1.26 NAME 'sambaAcctFlags' EQUALITY caseIgnoreIA5Match
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.1 NAME 'windowsAccount' SUP top AUXILIARY MAY ( objectSid $ sIDHistory $
  primaryGroupID $ groupType $ userAccountControl $ sambaSID $ sambaPrimaryGroupSID $ sambaAcctFlags ) )
moduleload back_mdb
pidfile {folder}/slapd.pid
database mdb
suffix "dc=company,dc=example"
rootdn "cn=admin,dc=company,dc=example"
rootpw adminsecret
directory {folder}/db
access to attrs=userPassword by anonymous auth by * none
access to * by * read
"""
ROOT_ENTRY = """dn: dc=company,dc=example
objectClass: dcObject
objectClass: organization
dc: company
o: Company
"""


def missing() -> str:
    """What keeps such servers from running here, as a sentence; empty: nothing does."""
    away = [name for name in NEEDED if _program(name) is None]
    if away:
        return f"no {', '.join(away)} here: apt-get install samba samba-vfs-modules smbclient slapd"
    if not WRAPPER.exists():
        return "no nss_wrapper here: apt-get install libnss-wrapper"
    if os.geteuid() != 0:
        return "a file server with people of its own needs root"
    return ""


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _running(order: Sequence[str], port: int, environment: Mapping[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as stream:
        process = subprocess.Popen(
            order, stdout=stream, stderr=stream, env={**os.environ, **environment},
            start_new_session=True,  # smbd ends all of its group when it is ended
        )  # fmt: skip
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise RuntimeError(log.read_text(errors="replace"))
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


@dataclass(frozen=True)
class Ace:
    """An entry that a test puts into a list of rights."""

    allows: bool
    sid: str
    mask: int = READ
    flags: int = 0


def descriptor(entries: Collection[Ace] | None, owner: str = "") -> bytes:
    """A security descriptor with those entries in order (None: no list), and with that owner."""
    body = b"".join(
        struct.pack("<BBHI", 0 if entry.allows else 1, entry.flags, 8 + len(sid), entry.mask) + sid
        for entry in entries or ()
        for sid in [sid_bytes(entry.sid)]
    )
    count = len(entries or ())
    rights = struct.pack("<BBHHH", 2, 0, 8 + len(body), count, 0) + body if entries is not None else b""
    owned = sid_bytes(owner) if owner else b""
    head = struct.pack(
        "<BBHIIII", 1, 0, 0x8004, 20 if owned else 0, 0, 0, 20 + len(owned) if entries is not None else 0
    )
    return head + owned + rights


def made_up_rights(chance: random.Random, server: FileServer) -> list[Ace]:
    """A list of rights as people make them, and as nobody should."""
    domain = domain_of(server.people[KEEPER])
    names = [*server.people.values(), *server.groups.values(), f"{domain}-513"]
    everybody = [EVERYONE, "S-1-5-11", "S-1-3-4", "S-1-5-4", "S-1-5-32-544"]
    masks = [READ, READ, READ, FULL, 0x1, 0x1200A0, 0x80000000, 0x10000000]
    return [
        Ace(
            chance.random() < 0.7,
            chance.choice(everybody if chance.random() < 0.2 else names),
            chance.choice(masks),
            chance.choice([0, 0, 0, 8, 16]),
        )
        for _ in range(chance.randrange(6))
    ]


@dataclass
class FileServer:
    """A running Samba server with one share, `office`. `people` and `groups` are name to identifier."""

    folder: Path
    port: int
    people: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    _tree: Any = None

    @property
    def root(self) -> Path:
        """The folder that is shared, as a mount of the share would show it."""
        return self.folder / "share"

    @property
    def configuration(self) -> Path:
        """Samba's own file of settings."""
        return self.folder / "smb.conf"

    @property
    def address(self) -> str:
        """Where the share is."""
        return f"//127.0.0.1:{self.port}/office"

    def put(self, path: str, content: str) -> None:
        """Write a file of the share."""
        place = self.root / path
        for parent in reversed(place.relative_to(self.root).parents):
            (self.root / parent).mkdir(exist_ok=True)
            (self.root / parent).chmod(0o777)
        place.write_text(content, encoding="utf-8")
        place.chmod(0o666)

    def protect(self, path: str, entries: Collection[Ace] | None, owner: str = "") -> None:
        """Give a file or folder that list of rights, over SMB."""
        from smbprotocol.file_info import InfoType
        from smbprotocol.open import CreateDisposition, ImpersonationLevel, Open, SMB2SetInfoRequest

        tree = self._connected()
        connection, session = tree.session.connection, tree.session
        opened = Open(tree, path.replace("/", "\\"))
        opened.create(ImpersonationLevel.Impersonation, 0xE0080, 0, 7, CreateDisposition.FILE_OPEN, 0)
        order = SMB2SetInfoRequest()
        order["info_type"] = InfoType.SMB2_0_INFO_SECURITY
        order["additional_information"] = 4 | (1 if owner else 0)
        order["file_id"] = opened.file_id
        order["buffer"] = descriptor(entries, owner)
        connection.receive(connection.send(order, session.session_id, tree.tree_connect_id))
        opened.close()

    def _connected(self) -> Any:
        if self._tree is None:
            import uuid

            from smbprotocol.connection import Connection
            from smbprotocol.session import Session
            from smbprotocol.tree import TreeConnect

            from ingest.watched.rights.share import let_wait_with_many_descriptors

            let_wait_with_many_descriptors()
            connection = Connection(uuid.uuid4(), "127.0.0.1", self.port)
            connection.connect()
            session = Session(connection, KEEPER, PASSWORD, require_encryption=False)
            session.connect()
            self._tree = TreeConnect(session, r"\\127.0.0.1\office")
            self._tree.connect()
        return self._tree

    def regroup(self, group: str, members: Collection[str]) -> None:
        """Change who is in a group; it counts at a person's next sign-in to the server."""
        self.members[group] = set(members)
        named = [
            f"{name}:x:{FIRST_GROUP + number}:{','.join(sorted(self.members[name]))}"
            for number, name in enumerate(self.groups)
        ]
        self._write_groups(named)

    def _write_groups(self, named: Sequence[str]) -> None:
        staff = f"root:x:0:\nnogroup:x:65534:\nstaff:x:{FIRST_USER}:\n"
        (self.folder / "group").write_text(staff + "\n".join(named) + "\n")

    def read_by(self, person: str, paths: Sequence[str]) -> set[str]:
        """Which of those files `smbclient` gets as that person, with their own password."""
        got: set[str] = set()
        for start in range(0, len(paths), 500):
            some = paths[start : start + 500]
            orders = ";".join(f'get "{path}" /dev/null' for path in some)
            said = self.run(
                "smbclient", "-s", str(self.configuration), "-p", str(self.port),
                "//127.0.0.1/office", "-U", f"{person}%{PASSWORD}", "-c", orders, checked=False,
            )  # fmt: skip
            met = re.findall(r"^getting file \\(.+?) of size", said, flags=re.MULTILINE)
            refused = re.findall(r"^NT_STATUS_ACCESS_DENIED opening remote file \\(.+)$", said, re.MULTILINE)
            if len(met) + len(refused) != len(some):
                raise RuntimeError(said[-2000:])
            got |= {path.replace("\\", "/") for path in met}
        return got

    def run(self, name: str, *arguments: str, checked: bool = True, given: str = "") -> str:
        """What one of Samba's programs says."""
        order = [_program(name) or name, *arguments]
        done = subprocess.run(
            order, input=given, capture_output=True, text=True, env={**os.environ, **self.environment},
            check=False,
        )  # fmt: skip
        if checked and done.returncode:
            raise RuntimeError(f"{order}: {done.stdout} {done.stderr}")
        return done.stdout + done.stderr

    @property
    def environment(self) -> dict[str, str]:
        """In which Samba's programs see the made-up people."""
        return {
            "LD_PRELOAD": str(WRAPPER),
            "NSS_WRAPPER_PASSWD": str(self.folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(self.folder / "group"),
        }

    def token(self, person: str) -> set[str]:
        """What that person holds at the server."""
        own = self.people[person]
        mine = {self.groups[group] for group, members in self.members.items() if person in members}
        return {own, f"{domain_of(own)}-513", EVERYONE, "S-1-5-11", "S-1-5-2", *mine}


@contextlib.contextmanager
def file_server(people: Collection[str], groups: Mapping[str, Collection[str]]) -> Iterator[FileServer]:
    """A running file server with those people, and those groups with their members."""
    # No folder of pytest's: those are shut again and again, and people must be able to reach the share.
    with tempfile.TemporaryDirectory(prefix="shoko-samba-", ignore_cleanup_errors=True) as folder:
        server = FileServer(Path(folder), free_port())
        _prepare(server, people, groups)
        order = [
            _program("smbd") or "smbd",
            "-s",
            str(server.configuration),
            "-F",
            "--no-process-group",
            "-l",
            folder,
        ]
        with _running(order, server.port, server.environment, server.folder / "smbd.out"):
            try:
                yield server
            finally:
                if server._tree is not None:
                    server._tree.session.connection.disconnect(close=False)


def _prepare(server: FileServer, people: Collection[str], groups: Mapping[str, Collection[str]]) -> None:
    folder = server.folder
    server.members = {name: set(members) for name, members in groups.items()}
    for name in ("state", "share"):
        (folder / name).mkdir()
    (folder / "share").chmod(0o777)
    folder.chmod(0o755)
    everybody = [KEEPER, *people]
    lines = [
        f"{name}:x:{FIRST_USER + number}:{FIRST_USER}::/:/bin/false" for number, name in enumerate(everybody)
    ]
    own = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"
    (folder / "passwd").write_text(own + "\n".join(lines) + "\n")
    named = [f"{name}:x:{FIRST_GROUP + n}:{','.join(groups[name])}" for n, name in enumerate(groups)]
    server._write_groups(named)
    conf = server.configuration
    conf.write_text(SMB_CONF.format(folder=folder, port=server.port, keeper=KEEPER))
    hashes = [
        f"{name}:{FIRST_USER + number}:{'X' * 32}:{NT_HASH}:[U          ]:LCT-00000001:"
        for number, name in enumerate(everybody)
    ]
    (folder / "smbpasswd").write_text("\n".join(hashes) + "\n")
    server.run("pdbedit", "-s", str(conf), "-i", f"smbpasswd:{folder}/smbpasswd", "-e", "tdbsam")
    for number, name in enumerate(groups):
        server.run(
            "net", "-s", str(conf), "groupmap", "add", f"rid={5000 + number}", f"unixgroup={name}",
            f"ntgroup={name}", "type=domain",
        )  # fmt: skip
    accounts = server.run("pdbedit", "-s", str(conf), "-L", "-v")
    names = re.findall(r"^Unix username:\s+(\S+)", accounts, re.MULTILINE)
    server.people = dict(zip(names, re.findall(r"^User SID:\s+(\S+)", accounts, re.MULTILINE), strict=True))
    domain = domain_of(server.people[KEEPER])
    server.groups = {name: f"{domain}-{5000 + number}" for number, name in enumerate(groups)}


def entries_of(server: FileServer) -> list[str]:
    """The people and groups of a file server as entries of a directory: each second one as Active Directory
    keeps its identifier, the others as Samba's schema does."""
    domain = domain_of(server.people[KEEPER])
    entries = [_entry_of_group("domain users", f"{domain}-513", set(), 0)]
    for number, (name, sid) in enumerate(server.people.items()):
        if name != KEEPER:
            primary = ("primaryGroupID: 513", f"sambaPrimaryGroupSID: {domain}-513")[number % 2]
            entries.append(
                f"dn: uid={name},{BASE}\nobjectClass: inetOrgPerson\nobjectClass: windowsAccount\n"
                f"uid: {name}\ncn: {name}\nsn: {name}\nuserPassword: {PASSWORD}\n"
                f"{sid_line(sid, number % 2)}\n{primary}\n"
            )
    for number, (name, sid) in enumerate(server.groups.items()):
        entries.append(_entry_of_group(name, sid, server.members[name], number % 2))
    return entries


def _entry_of_group(name: str, sid: str, members: Collection[str], style: int) -> str:
    lines = [f"member: uid={member},{BASE}" for member in sorted(members)] or [f"member: cn=admin,{BASE}"]
    head = f"dn: cn={name},{BASE}\nobjectClass: groupOfNames\nobjectClass: windowsAccount\ncn: {name}\n"
    return head + "\n".join([sid_line(sid, style), *lines]) + "\n"


def sid_line(sid: str, style: int) -> str:
    """An identifier in an entry: as bytes (0), or as Samba's schema writes it (1)."""
    if style:
        return f"sambaSID: {sid}"
    return f"objectSid:: {base64.b64encode(sid_bytes(sid)).decode()}"


@contextlib.contextmanager
def directory(folder: Path, entries: Collection[str]) -> Iterator[str]:
    """The address of a running directory with those entries (LDIF)."""
    port = free_port()
    (folder / "db").mkdir(parents=True)
    (folder / "slapd.conf").write_text(SLAPD_CONF.format(folder=folder))
    (folder / "entries.ldif").write_text("\n".join([ROOT_ENTRY, *entries]))
    add = [
        _program("slapadd") or "slapadd",
        "-f",
        str(folder / "slapd.conf"),
        "-l",
        str(folder / "entries.ldif"),
    ]
    done = subprocess.run(add, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    order = [
        _program("slapd") or "slapd",
        "-f",
        str(folder / "slapd.conf"),
        "-h",
        f"ldap://127.0.0.1:{port}",
        "-d",
        "0",
    ]
    with _running(order, port, {}, folder / "slapd.out"):
        yield f"ldap://127.0.0.1:{port}"
