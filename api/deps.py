"""What a route asks for: the library, the session's token, and the access of who is asking.

What only looks at the request is `async`: it then runs at once, where each other one waits for a thread.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Cookie, Depends, Header, Query, Request, UploadFile

from checks.service.received_files import SentFile
from contract.checks import Language
from contract.values import Scope
from core.access import Access, access_of
from core.errors import CrossSiteRequest, KeyTooNarrow, NotPermitted, NotSignedIn
from core.identity.accounts import first_administrator, held, needs_writing, write_use
from core.identity.keys import PREFIX, keyholder, write_key_use
from core.models import User
from operations.library import Library

COOKIE = "shoko_session"
SAFE = ("GET", "HEAD", "OPTIONS")
# What a key's scope opens follows from a route's tag and method, so a new route is never open to a key that
# was not made for it.
ASKING = {"questions", "openai", "drafts", "texts"}
ADMINISTERING = {"people", "audit", "retention", "metrics"}
NOT_BY_KEY = {"session", "keys"}  # else a narrow key could make itself a wide one
SIGN_IN_TRIES_A_MINUTE = 120  # of one address; the screens of a whole company come from one


async def library(request: Request) -> Library:
    """The open library."""
    opened: Library = request.app.state.library
    return opened


LibraryDep = Annotated[Library, Depends(library)]


async def token(
    request: Request,
    library: LibraryDep,
    authorization: Annotated[str | None, Header()] = None,
    shoko_session: Annotated[str | None, Cookie()] = None,
) -> str:
    """The token of the header, or of the browser's cookie. Raises NotSignedIn, or CrossSiteRequest where
    another page let the browser send its cookie: also one of another port of this host, which cookies and
    browsers take for the same site."""
    if authorization and authorization.lower().startswith("bearer "):
        return authorization[7:].strip()
    if shoko_session:
        same_site(request, library)
        return shoko_session
    raise NotSignedIn


def same_site(request: Request, library: Library) -> None:
    """Raises CrossSiteRequest where a browser says that a page of another origin made it ask."""
    origin = request.headers.get("origin")
    if origin is None:
        followed = request.method in SAFE and request.headers.get("sec-fetch-mode") == "navigate"  # a link
        if request.headers.get("sec-fetch-site", "none") in ("cross-site", "same-site") and not followed:
            raise CrossSiteRequest(origin="?")
        return  # no browser: those send the origin with everything that changes something
    settings = library.settings
    host = request.url.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    own = {settings.address, settings.screens, f"{request.url.scheme}://{request.url.netloc}"}
    if not settings.ui_url:
        own.add(f"{settings.scheme}://{shown}:{settings.ui_port}")
    if origin not in {f"{urlsplit(address).scheme}://{urlsplit(address).netloc}" for address in own}:
        raise CrossSiteRequest(origin=origin)


TokenDep = Annotated[str, Depends(token)]


def signed_in(request: Request, library: LibraryDep, token: TokenDep) -> tuple[User, Access]:
    """Who asks and what they may do, at this moment. Raises NotSignedIn, TooManyRequests, KeyTooNarrow."""
    if token.startswith(PREFIX):
        return _by_key(request, library, token)
    if hmac.compare_digest(token.encode(), library.command_token.encode()):
        with library.sessions.read() as session:
            user = first_administrator(session)
            return user, access_of(session, user.id)
    with library.sessions.read() as session:
        user, sign_in = held(session, token, library.sign_in_rules)
        access = access_of(session, user.id)
    library.requests.take(f"user {user.id}", library.settings.requests_a_minute)
    if needs_writing(sign_in):
        with library.sessions.write() as session:
            write_use(session, token)
    return user, access


def _by_key(request: Request, library: Library, secret: str) -> tuple[User, Access]:
    with library.sessions.read() as session:
        holder = keyholder(session, secret)
    library.requests.take(f"key {holder.key_id}", holder.requests_a_minute)
    needed = scope_of(request)
    if needed is None or needed not in holder.scopes:
        raise KeyTooNarrow(scope=needed or "-")
    if holder.written_long_ago:
        with library.sessions.write() as session:
            write_key_use(session, holder.key_id)
    return holder.user, holder.access


def scope_of(request: Request) -> Scope | None:
    """The scope that a key needs for this request; None where no key will do."""
    tags = set(getattr(request.scope.get("route"), "tags", ()))
    if tags & NOT_BY_KEY:
        return Scope.READ if request.method in SAFE and "keys" not in tags else None
    if tags & ADMINISTERING:
        return Scope.ADMIN
    if tags & ASKING:
        return Scope.ASK
    return Scope.READ if request.method in SAFE else Scope.WRITE


SignedIn = Annotated[tuple[User, Access], Depends(signed_in)]


async def access(signed_in: SignedIn) -> Access:
    """What the asker may do."""
    return signed_in[1]


AccessDep = Annotated[Access, Depends(access)]


async def administrator(access: AccessDep) -> Access:
    """The access of an administrator. Raises NotPermitted for anyone else."""
    if not access.is_admin:
        raise NotPermitted(action="administer", space="*")
    return access


AdministratorDep = Annotated[Access, Depends(administrator)]


LanguageQuery = Annotated[Language, Query(description="Of the messages")]


def sent_file(upload: UploadFile | None) -> SentFile | None:
    """A file that may have been sent with a form; None without one (browsers send an empty one then)."""
    if upload is None or not upload.filename:
        return None
    return SentFile(upload.filename, upload.file)


async def sign_in_try(request: Request, library: LibraryDep) -> None:
    """Count a try to sign in by the address it comes from. Raises TooManyRequests."""
    host = request.client.host if request.client else "?"
    library.requests.take(f"address {host}", SIGN_IN_TRIES_A_MINUTE)


SignInTry = Depends(sign_in_try)


async def look_up(library: LibraryDep, access: AccessDep) -> AsyncIterator[None]:
    """Wait for a turn among those who look something up. Raises TooManyAtOnce, Crowded."""
    async with library.lookups.turn(access.user_id):
        yield


LookUp = Depends(look_up, scope="function")


async def long_work(library: LibraryDep, access: AccessDep) -> AsyncIterator[None]:
    """Wait for a turn among those whose request is long work. Raises TooManyAtOnce, Crowded."""
    async with library.long_work.turn(access.user_id):
        yield


# Its turn ends with the route, not with the last byte that a slow reader takes.
LongWork = Depends(long_work, scope="function")
