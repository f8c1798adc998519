"""Where the index lies, as the setting SHOKO_INDEX says it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from core.errors import BadValue

PREFIX = "shoko"
PORT = 19530
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,30}")
_FIX = (
    "Leave it empty, or write milvus (in the data folder), milvus:/a/folder, or "
    "milvus+http://user:password@host:19530/database?prefix=shoko (milvus+https:// with a certificate)"
)


@dataclass(frozen=True)
class MilvusAddress:
    """A Milvus: on a server at `uri`, or embedded in a folder. `prefix` begins the names of its collections,
    so that several libraries may share a server."""

    uri: str = ""
    host: str = ""
    folder: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    prefix: str = PREFIX

    @property
    def shown(self) -> str:
        """The address without a secret."""
        return self.uri or str(self.folder)


def milvus_address(setting: str, data: Path) -> MilvusAddress | None:
    """What that setting names; None where it is empty: the default index. Raises BadValue."""
    if not setting:
        return None
    if setting == "milvus":
        return MilvusAddress(folder=data / "index" / "milvus")
    if not setting.startswith(("milvus+http://", "milvus+https://")):
        path = setting.removeprefix("milvus:")
        if path == setting or not path or "://" in path:
            raise BadValue(name="SHOKO_INDEX", problem="it names no index that Shoko knows", fix=_FIX)
        return MilvusAddress(folder=Path(path).expanduser())
    try:
        parts = urlsplit(setting.removeprefix("milvus+"))
        host, port, query = parts.hostname or "", parts.port or PORT, parse_qs(parts.query)
    except ValueError as error:
        raise BadValue(name="SHOKO_INDEX", problem=error, fix=_FIX) from error
    prefix = query.pop("prefix", [PREFIX])[-1]
    database = parts.path.strip("/")
    if not host or query or not _NAME.fullmatch(prefix) or (database and not _NAME.fullmatch(database)):
        raise BadValue(name="SHOKO_INDEX", problem="host, database or prefix is no name", fix=_FIX)
    return MilvusAddress(
        f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}",
        host,
        None,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        database,
        prefix,
    )
