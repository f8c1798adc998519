"""The HTTP application over an open library."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors, openai
from api.keeping import keep
from api.routes import (
    audit,
    checks,
    documents,
    drafts,
    duplicates,
    faqs,
    feedback,
    folders,
    jobs,
    keys,
    models,
    packs,
    people,
    pictures,
    printed,
    questions,
    reports,
    retention,
    session,
    space_checks,
    spaces,
    suggestions,
    system,
    templates,
    usage,
    versions,
)
from api.wiring import Library
from core.errors import FileTooLarge
from core.version import VERSION

log = logging.getLogger("shoko.api")

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


class Frame:
    """Around every request: headers that browsers obey, and a limit on what may be sent, which holds also
    where the sender does not say how much it will be."""

    def __init__(self, app: ASGIApp, library: Library) -> None:
        self.app, self.library = app, library

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the application's start and end."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        megabytes = self.library.settings.upload_limit_mb
        limit, taken = (megabytes + 1) * 2**20, 0  # a form is a little longer than its file
        error = FileTooLarge(name="(upload)", limit=f"{megabytes} MB")

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413, error)
            return message

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        length = Headers(scope=scope).get("content-length", "0")
        if length.isdigit() and int(length) > limit:  # refused before a byte of it is taken
            refused = JSONResponse(errors.body(error.code, str(error), error.values), 413)
            await refused(scope, receive, framed)
            return
        await self.app(scope, counted, framed)


def make_app(library: Library, *, work: bool = True) -> FastAPI:
    """The application; `work` starts the thread that carries out jobs."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        worker = threading.Thread(target=library.pipeline.work, daemon=True, name="ingest")
        keeper = threading.Thread(target=keep, args=(library,), daemon=True, name="keep")
        checker = threading.Thread(target=library.checker.work, daemon=True, name="checks")
        if work:
            checker.start()
            worker.start()
            keeper.start()
        yield
        library.pipeline.stopping.set()
        if work:
            worker.join(timeout=30)
            checker.join(timeout=30)

    app = FastAPI(
        title="Shoko",
        version=VERSION,
        summary="A private document assistant: answers with quotes that can be checked on the page.",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=OPENAPI,
    )
    app.state.library = library
    errors.install(app)
    app.add_middleware(Frame, library=library)
    for part in (
        session, spaces, documents, jobs, questions, system, faqs, feedback, suggestions, usage, versions,
        people, keys, folders, duplicates, audit, retention, checks, packs, space_checks, templates, drafts,
        models, pictures, printed, reports, openai,
    ):  # fmt: skip
        # As they are: `include_router` builds each anew at the first request, which took it half a second.
        app.router.routes.extend(part.router.routes)
    return app
