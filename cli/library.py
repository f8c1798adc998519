"""The library that a command is about, behind its HTTP API. The client, which brings the whole server with
it, is imported at the first use: `shoko --help` does not wait for it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cli.console import settings_of

if TYPE_CHECKING:
    from cli.client import ApiClient


def library_of(data: Path | None, *, embedder: bool = True) -> AbstractContextManager[ApiClient]:
    """The library in that data folder, without a chat model. `embedder` false: without one, for commands that
    neither search nor add anything. Entering it raises DataFolderInUse, ServerAway."""
    from cli.client import backend

    options = {} if embedder else {"embedder": "none"}
    return backend(settings_of(data, model="none", **options))


def of_space(space: str, rest: str = "") -> str:
    """The API's path of a space (id or name), and of what is in it."""
    return f"/api/spaces/{quote(space, safe='')}{rest}"
