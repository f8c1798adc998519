"""Rights of files as a look at a watched folder reads them, from its own file system or from its share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from core.rights.gates import Rights


@dataclass(frozen=True)
class ReadRights:
    """Who may read the file at that path beneath the folder. Where its rights could not be read, `problem`
    says why, and nobody may."""

    path: str
    rights: Rights
    problem: str = ""


# Reads the rights of files at those paths, in any order. Opening it raises RightsAway where none can be read.
Reader = Callable[[Collection[str]], Iterator[ReadRights]]


@dataclass(frozen=True)
class ShareAccount:
    """The account by which Shoko reads rights on the file server."""

    user: str = ""
    password: str = ""


OpenReader = Callable[[], AbstractContextManager[Reader]]
