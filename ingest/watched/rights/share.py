"""Rights of files over SMB: their security descriptors, asked of the file server itself. The only file that
imports smbprotocol. Opens nothing to read what stands in it.

Each file costs one message to the server and back: open (for its rights alone), ask, close, in one compound.
Some are on their way at once.
"""

from __future__ import annotations

import contextlib
import selectors
import uuid
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from core import egress
from core.errors import BadValue, ConnectionRefusedByPolicy, RightsAway
from core.rights.descriptors import parsed
from core.rights.gates import NOBODY, to_read
from ingest.watched.rights.reading import Reader, ReadRights, ShareAccount

PORT = 445
CONNECT_SECONDS, ANSWER_SECONDS = 10, 30
ON_THEIR_WAY = 16  # files
LONGEST_ANSWER = 2**16
READ_RIGHTS = 0x00020000  # READ_CONTROL
OWNER_GROUP_AND_LIST = 0x1 | 0x2 | 0x4
THE_ONE_JUST_OPENED = b"\xff" * 16


@dataclass(frozen=True)
class ShareAddress:
    """A folder of a share: //server:port/share/path."""

    server: str
    port: int
    share: str
    path: str

    def __str__(self) -> str:
        port = "" if self.port == PORT else f":{self.port}"
        return "/".join(part for part in (f"//{self.server}{port}", self.share, self.path) if part)


def share_address(text: str) -> ShareAddress:
    r"""//server/share/path, or \\server\share\path. Raises BadValue."""
    parts = [part for part in text.strip().replace("\\", "/").split("/") if part]
    server, _, port = parts[0].rpartition(":") if parts and ":" in parts[0] else ("", "", "")
    if (
        not text.strip().replace("\\", "/").startswith("//")
        or len(parts) < 2
        or (port and not port.isdigit())
    ):
        fix = "Write it like //server/share/folder"
        raise BadValue(name="share", problem=f"{text[:200]} is no address of a share", fix=fix)
    return ShareAddress(server or parts[0], int(port) if port else PORT, parts[1], "/".join(parts[2:]))


@contextlib.contextmanager
def share_reader(address: ShareAddress, account: ShareAccount) -> Iterator[Reader]:
    """A reader of the rights of files in that folder of a share. Raises RightsAway."""
    from smbprotocol.exceptions import SMBException

    connection: Any = None
    try:
        egress.require(address.server)
        from smbprotocol.connection import Connection
        from smbprotocol.session import Session
        from smbprotocol.tree import TreeConnect

        let_wait_with_many_descriptors()
        connection = Connection(uuid.uuid4(), address.server, address.port, require_signing=True)
        connection.connect(timeout=CONNECT_SECONDS)
        session = Session(connection, account.user, account.password, require_encryption=False)
        session.connect()
        tree = TreeConnect(session, rf"\\{address.server}\{address.share}")
        tree.connect()
        yield partial(_read, tree, address.path)
    except (SMBException, OSError, ValueError, ConnectionRefusedByPolicy) as error:
        raise RightsAway(path=address, problem=_said(error)) from error
    except Exception as error:  # the errors of spnego have no base of their own; others are raised again
        if type(error).__module__.startswith("spnego"):  # what signs in: a wrong password, no Kerberos
            raise RightsAway(path=address, problem=_said(error)) from error
        raise
    finally:
        if connection is not None:
            with contextlib.suppress(Exception):  # it may be broken already
                connection.disconnect(close=False)


def let_wait_with_many_descriptors() -> None:
    """Let smbprotocol wait for answers also where more than 1,023 descriptors are open: `select.select`,
    which it calls, refuses those, and a busy back-end has more."""
    from smbprotocol import transport

    transport.select = _Waiting


class _Waiting:
    """What smbprotocol calls of the module `select`."""

    @staticmethod
    def select(
        readers: Sequence[Any], writers: Sequence[Any], broken: Sequence[Any], timeout: float | None = None
    ) -> tuple[list[Any], list[Any], list[Any]]:
        """Those of the sockets that can be read; it waits for no others."""
        with selectors.DefaultSelector() as waiting:
            for reader in readers:
                waiting.register(reader, selectors.EVENT_READ)
            return [key.fileobj for key, _ in waiting.select(timeout)], [], []


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _read(tree: Any, folder: str, paths: Collection[str]) -> Iterator[ReadRights]:
    waiting: deque[tuple[str, Any]] = deque()
    for path in paths:
        waiting.append((path, _asked(tree, folder, path)))
        if len(waiting) >= ON_THEIR_WAY:
            yield _answered(tree, *waiting.popleft())
    while waiting:
        yield _answered(tree, *waiting.popleft())


def _asked(tree: Any, folder: str, path: str) -> Any:
    """Send the three messages for a file."""
    from smbprotocol.file_info import InfoType
    from smbprotocol.open import (
        CreateDisposition,
        CreateOptions,
        ImpersonationLevel,
        Open,
        ShareAccess,
        SMB2QueryInfoRequest,
    )

    name = "\\".join(part for part in (*folder.split("/"), *path.split("/")) if part)
    file = Open(tree, name)
    everything = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE
    create, _ = file.create(
        ImpersonationLevel.Impersonation, READ_RIGHTS, 0, everything, CreateDisposition.FILE_OPEN,
        CreateOptions.FILE_OPEN_REPARSE_POINT, send=False,
    )  # fmt: skip
    query = SMB2QueryInfoRequest()
    query["info_type"] = InfoType.SMB2_0_INFO_SECURITY
    query["output_buffer_length"] = LONGEST_ANSWER
    query["additional_information"] = OWNER_GROUP_AND_LIST
    query["file_id"] = THE_ONE_JUST_OPENED
    close, _ = file.close(send=False)
    close["file_id"] = THE_ONE_JUST_OPENED
    session = tree.session
    return session.connection.send_compound(
        [create, query, close], session.session_id, tree.tree_connect_id, related=True
    )


def _answered(tree: Any, path: str, requests: Any) -> ReadRights:
    """What came back for a file. The answers to all three messages are taken, also where one failed."""
    from smbprotocol.exceptions import SMBResponseException
    from smbprotocol.open import SMB2QueryInfoResponse

    problem, content = "", b""
    for number, request in enumerate(requests):
        try:
            answer = tree.session.connection.receive(request, timeout=ANSWER_SECONDS, resolve_symlinks=False)
            if number == 1:
                response = SMB2QueryInfoResponse()
                response.unpack(answer["data"].get_value())
                content = response["buffer"].get_value()
        except SMBResponseException as error:
            problem = problem or _said(error)
    if problem:
        return ReadRights(path, NOBODY, problem)
    try:
        return ReadRights(path, to_read(parsed(content)))
    except ValueError as error:
        return ReadRights(path, NOBODY, f"its security descriptor cannot be read: {error}")
