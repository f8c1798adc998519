"""The HTTP application over an open library."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from api import errors
from api.routes import documents, jobs, questions, session, spaces, system
from api.schemas import ErrorBody
from api.wiring import Library
from core.errors import FileTooLarge
from core.version import VERSION

log = logging.getLogger("shoko.api")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
# The interactive documentation loads scripts of another host; here the plain OpenAPI file is served.
OPENAPI = "/openapi.json"


def make_app(library: Library, *, work: bool = True) -> FastAPI:
    """The application; `work` starts the thread that carries out jobs."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        worker = threading.Thread(target=library.pipeline.work, daemon=True, name="ingest")
        if work:
            worker.start()
        yield
        library.pipeline.stopping.set()
        if work:
            worker.join(timeout=30)

    app = FastAPI(
        title="Shoko",
        version=VERSION,
        summary="A private document assistant: answers with quotes that can be checked on the page.",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=OPENAPI,
        responses={
            status: {"model": ErrorBody} for status in (400, 401, 403, 404, 409, 413, 415, 422, 500, 503)
        },
    )
    app.state.library = library
    errors.install(app)
    limit = (library.settings.upload_limit_mb + 1) * 2**20

    @app.middleware("http")
    async def _frame(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > limit:
            # Refused before a byte of it is stored; uploads without a length are cut off while stored.
            error = FileTooLarge(name="(upload)", limit=f"{library.settings.upload_limit_mb} MB")
            return JSONResponse(errors.body(error.code, str(error), error.values), 413)
        response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    for router in (
        session.router, spaces.router, documents.router, jobs.router, questions.router, system.router,
    ):  # fmt: skip
        app.include_router(router)
    return app
