"""`/mcp`: the archive's tools over HTTP, for assistants on other computers. It takes keys alone, in the
header; the tools ask this application itself, inside the process.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import status_of
from core.errors import KeyRefused, NotSignedIn, ShokoError, TooManyRequests
from core.identity.keys import PREFIX, keyholder
from core.settings import Settings
from operations.library import Library

if TYPE_CHECKING:  # a second, which a command of its own need not pay
    from mcp.server.mcpserver import Context
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PATH = "/mcp"
REFUSED = -32001  # the code of JSON-RPC for what is refused here; the error's own code stands in `data`
MOST_BODY = 2**20  # bytes
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class McpDoor:
    """The application behind that path; it is open while `opened` is."""

    def __init__(self, app: ASGIApp, library: Library) -> None:
        self.app, self.library = app, library
        self._manager: StreamableHTTPSessionManager | None = None
        self._wanted, self._ready = anyio.Event(), anyio.Event()

    @property
    def route(self) -> Route:
        """Where it stands in an application. A call comes by POST; no stream is held open beside."""
        return Route(PATH, endpoint=self)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Take calls for the time of the block. The protocol's library is loaded at the first of them: it
        takes a second, which no command should wait for."""
        self._wanted, self._ready = anyio.Event(), anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._serve)
            yield
            tasks.cancel_scope.cancel()

    async def _serve(self) -> None:
        await self._wanted.wait()
        self._manager = await run_in_threadpool(self._made)
        async with self._manager.run():
            self._ready.set()
            await anyio.sleep_forever()

    def _made(self) -> StreamableHTTPSessionManager:
        import httpx
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
        from mcp.server.transport_security import TransportSecuritySettings

        from api.mcp_tools import ANSWER_SECONDS, archive_server

        inside = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(  # it holds no connection that would have to be closed
            transport=inside, base_url="http://archive", timeout=ANSWER_SECONDS, trust_env=False
        )
        hosts, origins = own_names(self.library.settings)
        return StreamableHTTPSessionManager(
            archive_server(client, _credential)._lowlevel_server,
            stateless=True,
            max_request_body_size=MOST_BODY,
            security_settings=TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["method"] != "POST":
            answer = JSONResponse(_refusal("Only POST is taken here.", "http_405"), 405, {"Allow": "POST"})
            await answer(scope, receive, send)
            return
        try:
            await run_in_threadpool(self._known, Headers(scope=scope))
        except ShokoError as error:
            await _refused(error)(scope, receive, send)
            return
        self._wanted.set()
        await self._ready.wait()
        assert self._manager is not None
        await self._manager.handle_request(scope, receive, send)

    def _known(self, headers: Headers) -> None:
        """Raises NotSignedIn where no key that is good comes in the header, TooManyRequests."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip().startswith(PREFIX):
            raise KeyRefused
        try:
            with self.library.sessions.read() as session:
                holder = keyholder(session, secret.strip())
        except NotSignedIn as error:
            raise KeyRefused from error
        # What a tool asks for is counted as that request; this counts calls that ask for nothing.
        self.library.requests.take(f"mcp {holder.key_id}", holder.requests_a_minute)


def own_names(settings: Settings) -> tuple[list[str], list[str]]:
    """The hosts that a call may be addressed to, and the origins of pages that may make one: a page of the
    outside that lets its own name lead to this server is told no."""
    addresses = {
        settings.address,
        settings.screens,
        f"{settings.scheme}://{settings.named_host}:{settings.port}",
    }
    hosts = {urlsplit(address).netloc for address in addresses}
    origins = {f"{urlsplit(address).scheme}://{urlsplit(address).netloc}" for address in addresses}
    hosts |= {f"{name}:*" for name in LOOPBACK}
    origins |= {f"{scheme}://{name}:*" for name in LOOPBACK for scheme in ("http", "https")}
    return sorted(hosts), sorted(origins)


def _credential(context: Context[Any, Any]) -> dict[str, str]:
    headers = context.headers or {}
    return {"Authorization": headers.get("authorization", "")}


def _refusal(message: str, code: str) -> dict[str, Any]:
    """As JSON-RPC tells an error, so that a client shows its sentence."""
    return {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": REFUSED, "message": message, "data": {"code": code}},
    }


def _refused(error: ShokoError) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, KeyRefused) else {}
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.values.get("seconds", "30"))
    return JSONResponse(_refusal(str(error), error.code), status_of(error), headers)
