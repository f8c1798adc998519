"""The HTTP application over an open library."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors, openai
from api.intake import Intake
from api.mcp_door import McpDoor
from api.routes.administration import (
    audit,
    evaluations,
    jobs,
    models,
    observing,
    reports,
    system,
    usage,
)
from api.routes.answers import embed, faqs, feedback, glossary, pictures, questions, suggestions, taken_out
from api.routes.checks import checks, drafts, packs, printed, settling, space_checks, templates, texts
from api.routes.documents import (
    copies,
    documents,
    duplicates,
    folders,
    news,
    personal_data,
    printed_pages,
    retention,
    summaries,
    versions,
)
from api.routes.people import keys, people, session, spaces
from core.observing.logs import new_request_id, request_id
from core.observing.metrics import REQUEST_SECONDS, REQUESTS
from core.observing.traces import span
from core.version import VERSION
from operations.library import Library
from operations.maintenance import keep

log = logging.getLogger("shoko.api")
log_of_requests = logging.getLogger("shoko.requests")
REQUEST_ID = "X-Request-ID"
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",  # another port of this host is the same site
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",  # a route that may be kept says so itself
}
# The interactive documentation loads scripts of another host; here the plain OpenAPI file is served.
OPENAPI = "/openapi.json"
THREADS = 64  # in which requests run: three times what one asker has at once, so that none has them all


class Frame:
    """Around every request: headers that browsers obey, its number, its line in the log, its figures."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the application's start and end."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope)
        number = new_request_id(given.get(REQUEST_ID))
        mark = request_id.set(number)
        began, status = time.perf_counter(), 500

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault(REQUEST_ID, number)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
                REQUEST_SECONDS.labels(_route(scope)).observe(time.perf_counter() - began)
            await send(message)

        try:
            with span("request", given, request=number) as took:
                try:
                    await self.app(scope, receive, framed)
                finally:
                    took.put(route=_route(scope), method=_method(scope), status=status)
        finally:
            route, method = _route(scope), str(scope["method"])
            REQUESTS.labels(route, _method(scope), str(status)).inc()
            milliseconds = round(1000 * (time.perf_counter() - began), 1)
            fields = {"route": route, "method": method, "status": status, "ms": milliseconds}
            log_of_requests.info("request", extra={"fields": fields})
            request_id.reset(mark)


def _method(scope: Scope) -> str:
    """The request's method, where it is one of those that there are."""
    return str(scope["method"]) if scope["method"] in METHODS else "other"


def _route(scope: Scope) -> str:
    """The pattern of the route that took the request: no path, which may hold a name."""
    return str(getattr(scope.get("route"), "path", "other"))


def make_app(library: Library, *, work: bool = True) -> FastAPI:
    """The application; `work` starts the thread that carries out jobs."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        worker = threading.Thread(target=library.pipeline.work, daemon=True, name="ingest")
        keeper = threading.Thread(target=keep, args=(library,), daemon=True, name="keep")
        checker = threading.Thread(target=library.checker.work, daemon=True, name="checks")
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        checks_here = library.standing.share.checks
        if work:
            if checks_here:
                checker.start()
            worker.start()
            keeper.start()
        async with tools.opened():
            yield
        library.pipeline.stopping.set()
        if work:
            worker.join(timeout=30)
            if checks_here:
                checker.join(timeout=30)

    app = FastAPI(
        title="Shoko",
        version=VERSION,
        summary="A private document assistant: answers with quotes that can be checked on the page.",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=OPENAPI,
        form_limits={"max_files": 4, "max_fields": 100, "max_part_size": 2**16},
    )
    app.state.library = library
    tools = McpDoor(app, library)
    app.router.routes.append(tools.route)
    errors.install(app)
    app.add_middleware(Intake, library=library)
    app.add_middleware(Frame)  # the last that is added stands outermost: a refusal gets its headers too
    for part in (
        session, spaces, documents, jobs, questions, system, faqs, feedback, suggestions, usage, versions,
        summaries, printed_pages,
        people, keys, folders, duplicates, audit, retention, checks, settling, packs, space_checks, templates,
        drafts,
        models, pictures, printed, reports, evaluations, observing, openai, texts, taken_out, glossary,
        copies, personal_data, news, embed,
    ):  # fmt: skip
        # As they are: `include_router` builds each again at the first request, which took half a second.
        app.router.routes.extend(part.router.routes)
    return app
