"""What a request may bring before anybody looks at it: how much, and from whom.

A body is refused by what its sender says of its length, else as soon as it is longer than its route takes; a
long one is taken from people who are signed in alone. No route is entered here, and nothing is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from http.cookies import CookieError, SimpleCookie

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from core.errors import BadValue, BodyTooLarge, Crowded, FileTooLarge, NotSignedIn, ShokoError, TooManyAtOnce
from core.identity.accounts import held
from core.identity.keys import PREFIX, keyholder
from operations.library import Library

KB, MB = 2**10, 2**20
FORM = MB  # by which a form may be longer than its files
OPEN_LIMIT = 16 * KB  # of a body from anybody: a name and a password
LIMIT = MB  # of any other
# Routes that take more, with a body's limit; 0: what SHOKO_UPLOAD_LIMIT_MB allows for a file.
LONG: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"/api/documents"), 0),
    (re.compile(r"/api/checks"), 0),
    (re.compile(r"/api/templates"), 0),
    (re.compile(r"/api/question-sets"), 0),
    (re.compile(r"/api/pictures/questions"), 10 * MB + FORM),
    (re.compile(r"/api/faqs/table"), 10 * MB + FORM),
    (re.compile(r"/api/spaces/[^/]+/glossary/table"), 10 * MB + FORM),
    (re.compile(r"/api/spaces/[^/]+/packs"), 8 * MB + FORM),
    (re.compile(r"/api/drafts"), 16 * MB),  # with pictures in it
    (re.compile(r"/v1/chat/completions"), 16 * MB),  # with pictures in it
    (re.compile(r"/v1/embeddings"), 16 * MB),
)
# What is open to nobody in particular.
OPEN = re.compile(r"/api/session|/sign-in/.*|/health|/ready|/openapi\.json|/")
# Takes no place of its asker's: it is told nothing of anybody, or what it asks for takes one by itself.
UNCOUNTED = frozenset(("/health", "/ready", "/mcp"))
COOKIE = "shoko_session"
# Signs that begin a value in JSON: a body of nothing but them takes fifty times its length in memory, and its
# parsing stands in everybody's way.
_VALUES = (b"[", b"{", b",")
MOST_VALUES = 400_000


def limit_of(path: str, upload_limit: int) -> int:
    """The longest body in bytes that a route takes."""
    if OPEN.fullmatch(path):
        return OPEN_LIMIT
    longer = next((limit for pattern, limit in LONG if pattern.fullmatch(path)), LIMIT)
    return longer or upload_limit + FORM


class Intake:
    """Around every request: limits on what is sent, which hold also where the sender does not say how much it
    will be."""

    def __init__(self, app: ASGIApp, library: Library) -> None:
        self.app, self.library = app, library

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the application's start and end."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), str(scope["path"])
        upload_limit = self.library.settings.upload_limit_mb * MB
        limit = limit_of(path, upload_limit)
        error = _too_large(limit, self.library.settings.upload_limit_mb)
        values, taken = 0, 0
        # A text that a file holds may have as many commas as it likes.
        is_json = not headers.get("content-type", "").startswith("multipart/")

        async def counted() -> Message:
            nonlocal taken, values
            message = await receive()
            body = message.get("body", b"")
            taken += len(body)
            if taken > limit:
                raise HTTPException(413, error)
            if is_json and taken > LIMIT // 16:
                values += sum(map(body.count, _VALUES))
                if values > MOST_VALUES:
                    problem = f"it holds more than {MOST_VALUES:,} values"
                    raise HTTPException(422, BadValue(name="body", problem=problem, fix="Send less at once."))
            return message

        length = headers.get("content-length", "")
        expected = int(length) if length.isdigit() and len(length) < 20 else None
        if expected is None and "transfer-encoding" not in headers:
            expected = 0
        if expected is not None and expected > limit:  # refused before a byte of it is taken
            await _refused(error)(scope, receive, send)
            return
        long = limit > OPEN_LIMIT and (expected is None or expected > OPEN_LIMIT)
        # More than a sign-in is taken from people who are known. It opens nothing: the route asks again.
        if long and not await run_in_threadpool(_known, self.library, headers):
            await _refused(NotSignedIn())(scope, receive, send)
            return
        if path in UNCOUNTED:
            await self.app(scope, counted, send)
            return
        try:
            async with self.library.askers.turn(asker_of(scope)):
                await self.app(scope, counted, send)
        except (TooManyAtOnce, Crowded) as crowd:
            await _refused(crowd)(scope, receive, send)


def _too_large(limit: int, upload_mb: int) -> ShokoError:
    if limit == upload_mb * MB + FORM:
        return FileTooLarge(name="(upload)", limit=f"{upload_mb} MB")
    return BodyTooLarge(limit=f"{limit // MB} MB" if limit >= MB else f"{limit // KB} kB")


def _refused(error: ShokoError) -> JSONResponse:
    # The rest of the body stays unread, so nothing else can come over this connection.
    headers = {"Connection": "close"}
    if isinstance(error, errors.RETRIED):
        headers["Retry-After"] = error.values["seconds"]
    return JSONResponse(errors.body(error.code, str(error), error.values), errors.status_of(error), headers)


def credential(headers: Headers) -> str:
    """The token or key that the request brings, in its header or as its cookie; empty without."""
    header = headers.get("authorization", "")
    if header.lower().startswith("bearer "):
        return header[7:].strip()
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie is not None else ""


def _known(library: Library, headers: Headers) -> bool:
    """Whether the request brings the token of somebody, or a key."""
    secret = credential(headers)
    if not secret:
        return False
    if hmac.compare_digest(secret.encode(), library.command_token.encode()):
        return True
    try:
        with library.sessions.read() as session:
            if secret.startswith(PREFIX):
                keyholder(session, secret)
            else:
                held(session, secret, library.sign_in_rules)
    except ShokoError:
        return False
    return True


def asker_of(scope: Scope) -> str:
    """What distinguishes one asker's requests before anybody knows whose they are: the credential that they
    bring, else their address."""
    secret = credential(Headers(scope=scope))
    if secret:
        return hashlib.sha256(secret.encode()).hexdigest()
    client = scope.get("client")
    return str(client[0]) if client else "?"
