"""Domain errors to HTTP, in one place: the status, and the body {"error": {code, message, values}}."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from core import errors
from core.db import fault_of
from core.errors import BadValue, ShokoError

log = logging.getLogger("shoko.api")

# What every route may refuse with, for the description of the API. Its schema is named alone: a model for
# each status of each route would take half a second to build.
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}},
    }
    for status in (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)
}
# The first class that fits counts, so special ones stand before those they are made of.
STATUS: list[tuple[type[ShokoError], int]] = [
    (errors.NotFound, 404),
    (errors.ModelUnknown, 404),
    (errors.NotPermitted, 403),
    (errors.NotSignedIn, 401),
    (errors.LinkUsedUp, 401),
    (errors.FileTooLarge, 413),
    (errors.FileTypeUnknown, 415),
    (errors.ClosedFormat, 415),
    (errors.QuestionTooLong, 413),
    (errors.PromptTooLong, 413),
    (errors.ParameterRefused, 400),
    (errors.Unreadable, 422),
    (errors.QuestionEmpty, 422),
    (errors.BadValue, 422),
    (errors.RulesBad, 422),
    (errors.TemplateBad, 422),
    (errors.DraftWithdrawn, 409),
    (errors.FixRefused, 409),
    (errors.ModelFileBad, 422),
    (errors.ModelMissing, 409),
    (errors.RerankerMissing, 409),
    (errors.ModelInUse, 409),
    (errors.ModelTooBig, 409),
    (errors.NoPictureModel, 409),
    (errors.DataFolderInUse, 409),
    (errors.FolderAway, 409),
    (errors.ShareNotMounted, 422),
    (errors.FolderEmptied, 409),
    (errors.RightsAway, 409),
    (errors.EmbedderMissing, 409),
    (errors.PrinterMissing, 409),
    (errors.RecordsInUse, 409),
    (errors.RecordsMoved, 409),
    (errors.RecordsDiffer, 409),
    (errors.IndexEngineMissing, 409),
    (errors.IndexAway, 503),
    (errors.RecordsAway, 503),
    (errors.OriginalsAway, 503),
    (errors.OriginalBad, 500),
    (errors.LibraryMissing, 409),
    (errors.DiskFull, 507),
    (errors.ModelBusy, 503),
    (errors.ModelUnfit, 503),
    (errors.ModelDied, 503),
    (errors.SignInRefused, 401),
    (errors.PasswordTooWeak, 422),
    (errors.TooManyRequests, 429),
    (errors.TooManyAtOnce, 429),
    (errors.Crowded, 503),
    (errors.BodyTooLarge, 413),
    (errors.TooSlow, 408),
    (errors.CrossSiteRequest, 403),
    (errors.KeyTooNarrow, 403),
    (errors.LastAdministrator, 409),
    (errors.DirectoryAway, 503),
    (errors.MailServerAway, 503),
    (errors.SingleSignOnFailed, 401),
    (errors.UnderLegalHold, 409),
    (errors.BackupBad, 422),
    (errors.BundleFailed, 422),
    (errors.DownloadFailed, 502),
]

SCHEMA = "See /openapi.json for the expected schema."
# What is worth another try, after `seconds`.
RETRIED = (errors.RecordsAway, errors.ModelBusy, errors.TooManyRequests, errors.TooManyAtOnce, errors.Crowded)


def status_of(error: ShokoError) -> int:
    """The HTTP status of that error; 500 for a fault of our own."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def body(code: str, message: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """The one schema of every error."""
    return {"error": {"code": code, "message": message, "values": values or {}}}


def _speaks_openai(request: Request) -> bool:
    return request.url.path.startswith("/v1/")


def _openai_type(status: int) -> str:
    """OpenAI's word for that kind of error; its clients know the others by their status."""
    return {401: "authentication_error", 403: "permission_error"}.get(
        status, "invalid_request_error" if status < 500 else "server_error"
    )


def _unread(error: HTTPException) -> str | None:
    """What is wrong with a body that could not be taken apart; None for every other error."""
    cause = error.__cause__ or error.__context__
    if error.status_code != 400 or cause is None:
        return None
    if isinstance(cause, RecursionError):
        return "it is nested too deeply"
    if isinstance(cause, MultiPartException):
        return cause.message.rstrip(".")
    return "it is not what its Content-Type says" if isinstance(cause, ValueError) else None


def install(app: FastAPI) -> None:
    """Let the app answer every error in the one schema."""

    @app.exception_handler(ShokoError)
    async def _known(request: Request, error: ShokoError) -> JSONResponse:
        headers = {}
        if isinstance(error, RETRIED):
            headers["Retry-After"] = error.values.get("seconds", "30")
        status, answer = status_of(error), body(error.code, str(error), error.values)
        if _speaks_openai(request):
            answer["error"] |= {"type": _openai_type(status), "param": error.values.get("name")}
        return JSONResponse(answer, status, headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = f"{place}: {first['msg']}. See /openapi.json for the expected schema."
        values = {"name": place, "problem": first["msg"], "fix": "See /openapi.json"}
        answer = body("bad_value", message, values)
        if _speaks_openai(request):
            answer["error"] |= {"type": "invalid_request_error", "param": place.removeprefix("body.")}
            return JSONResponse(answer, 400)
        return JSONResponse(answer, 422)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        if isinstance(error.detail, ShokoError):
            return await _known(request, error.detail)
        if (problem := _unread(error)) is not None:
            return await _known(request, BadValue(name="body", problem=problem, fix=SCHEMA))
        return JSONResponse(
            body(f"http_{error.status_code}", str(error.detail)), error.status_code, error.headers
        )

    @app.exception_handler(Exception)
    async def _unknown(request: Request, error: Exception) -> JSONResponse:
        if (known := fault_of(error)) is not None:
            log.warning("%s: %s", known.code, type(error).__name__)
            return await _known(request, known)
        log.error("unexpected error", exc_info=error)
        message = "Something went wrong. Look at the log of the back-end."
        return JSONResponse(body("error", message), 500)
