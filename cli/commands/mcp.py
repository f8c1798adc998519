"""`shoko mcp`: the archive's tools for an assistant on this computer, over standard input and output. It acts
by its key alone; nothing else is printed, since what is printed is the protocol's."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from cli.console import Data, reports_errors, settings_of
from core.errors import BadValue, KeyRefused, ServerAway

if TYPE_CHECKING:
    from core.settings import Settings

KEY = "SHOKO_KEY"
SERVER = "SHOKO_SERVER"


@reports_errors
def mcp(
    server: Annotated[
        str | None, typer.Option(help=f"Address of a Shoko on another computer [{SERVER}].")
    ] = None,
    data: Data = None,
) -> None:
    """Serve an assistant (MCP) over standard input and output.  Example: shoko mcp"""
    import anyio
    import httpx

    from api.mcp_tools import ANSWER_SECONDS, archive_server

    key = os.environ.get(KEY, "").strip()
    if not key:
        fix = "Make a key with `shoko keys add`, and set it where the assistant starts this command"
        raise BadValue(name=KEY, problem="it is not set", fix=fix)
    with _address(server or os.environ.get(SERVER, ""), settings_of(data)) as address:
        headers = {"Authorization": f"Bearer {key}"}
        _check(address, headers)

        async def serve() -> None:
            async with httpx.AsyncClient(
                base_url=address, headers=headers, timeout=ANSWER_SECONDS, trust_env=False
            ) as client:
                await archive_server(client, lambda _context: {}).run_stdio_async()

        anyio.run(serve)


@contextlib.contextmanager
def _address(named: str, settings: Settings) -> Iterator[str]:
    """The address of the server that is named, and this process speaks to no other host; else of the one that
    holds the data folder, or of one that is started for the time of the block. Raises BadValue."""
    from cli.client import running
    from core.egress import guard

    if not named:
        with running(settings, wait_for_models=True) as server:
            yield server.address
        return
    host = urlsplit(named).hostname
    if urlsplit(named).scheme not in ("http", "https") or not host:
        raise BadValue(
            name=SERVER, problem=f"{named} is no address", fix="Write it as https://shoko.company.example"
        )
    guard([host])
    yield named.rstrip("/")


def _check(address: str, headers: dict[str, str]) -> None:
    """Raises KeyRefused if the key opens nothing, ServerAway if nothing answers there."""
    import httpx

    try:
        answer = httpx.get(f"{address}/api/session", headers=headers, timeout=30, trust_env=False)
    except httpx.TransportError as error:
        raise ServerAway(address=address) from error
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise KeyRefused
