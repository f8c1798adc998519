"""Signing in and out, and who one is."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Cookie, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.deps import COOKIE, AdministratorDep, LibraryDep, SignedIn, SignInTry, TokenDep
from api.errors import REFUSALS
from contract.people import (
    LinkAnswer,
    LinkRequest,
    Me,
    PasswordChange,
    SignInAnswer,
    SignInRequest,
    SignInWays,
)
from core.audit import record
from core.errors import LinkUsedUp, ShokoError, SignInRefused, SingleSignOnFailed
from core.identity import people
from core.identity.accounts import (
    HANDOFF_LIFE,
    make_link,
    password_sign_in,
    renew,
    set_password,
    sign_in,
    sign_in_by_link,
    sign_out,
)
from core.identity.directory import DirectorySettings, ask_directory, enrol
from core.identity.passwords import fits
from core.models import AccountSource, User
from operations.library import Library

router = APIRouter(tags=["session"], responses=REFUSALS)
STATE_COOKIE = "shoko_sign_on"
STATE_SECONDS = 600


def _remember(library: Library, response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(library.sign_in_rules.life.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=library.settings.address.startswith("https:"),
    )


@router.get("/api/sign-in-ways", summary="How one can sign in here")
def ways(library: LibraryDep) -> SignInWays:
    """Open to all: what the sign-in page offers."""
    return SignInWays(
        password=True,
        directory=library.directory is not None,
        single_sign_on=f"{library.settings.address}/sign-in/oidc" if library.single_sign_on else None,
    )


@router.post("/api/session", summary="Sign in", dependencies=[SignInTry])
async def create(
    library: LibraryDep, order: SignInRequest, request: Request, response: Response
) -> SignInAnswer:
    """Exchange a one-time link's secret, or a name and a password, for a token."""
    if order.link:
        token = await run_in_threadpool(_by_link, library, order.link)
    else:
        host = request.client.host if request.client else "?"
        token = await _by_name(library, host, order.name.strip(), order.password.get_secret_value())
    _remember(library, response, token)
    return SignInAnswer(token=token)


def _by_link(library: Library, link: str) -> str:
    with library.sessions.write() as session:
        return sign_in_by_link(session, link, library.sign_in_rules)


async def _by_name(library: Library, host: str, name: str, password: str) -> str:
    """By the password that is kept here, else by the one that the company's directory knows. A crowd that
    signs in waits here, in turn between the addresses it comes from, and in nobody else's way."""
    try:
        async with library.passwords.turn(host):
            return await run_in_threadpool(
                password_sign_in, library.sessions, name, password, library.sign_in_rules
            )
    except SignInRefused:
        if library.directory is None:
            raise
        async with library.directory_asks.turn(host):
            token = await run_in_threadpool(_by_directory, library, library.directory, name, password)
        if token is None:
            raise
        return token


def _by_directory(library: Library, directory: DirectorySettings, name: str, password: str) -> str | None:
    person = ask_directory(directory, name, password)
    if person is None:
        return None
    with library.sessions.write() as session:
        group = library.settings.directory_administrators
        user = enrol(session, AccountSource.LDAP, person, group)
        return sign_in(session, user.id, library.sign_in_rules, way="ldap")


@router.post("/api/session/renewal", summary="Get a new token for the old one")
def renewal(library: LibraryDep, token: TokenDep, response: Response) -> SignInAnswer:
    """The old one is good for a minute more."""
    with library.sessions.write() as session:
        fresh = renew(session, token, library.sign_in_rules)
    _remember(library, response, fresh)
    return SignInAnswer(token=fresh)


@router.post("/api/session/handoff", summary="A link that gives this sign-in to a browser", status_code=201)
def handoff(library: LibraryDep, who: SignedIn) -> LinkAnswer:
    """Good once, for a minute: the screens send the browser there, and it gets a cookie that no script
    reads and that a reload keeps."""
    user, _ = who
    with library.sessions.write() as session:
        link = make_link(session, user.id, life=HANDOFF_LIFE)
    return LinkAnswer(address=f"{library.settings.address}/sign-in/{link}")


@router.put("/api/session/password", summary="Change your password", dependencies=[SignInTry])
async def change_password(
    library: LibraryDep, who: SignedIn, order: PasswordChange, response: Response
) -> SignInAnswer:
    """Every other sign-in of yours ends; the answer is the token of a new one. Without a password so far
    (who came by a link) the current one is left empty."""
    async with library.passwords.turn(who[0].id):
        token = await run_in_threadpool(_changed_password, library, who[0], order)
    _remember(library, response, token)
    return SignInAnswer(token=token)


def _changed_password(library: Library, known: User, order: PasswordChange) -> str:
    if known.source != AccountSource.LOCAL:
        raise SignInRefused(minutes=0)
    current = order.current.get_secret_value()
    if known.password_hash is not None and not fits(current, known.password_hash):
        raise SignInRefused(minutes=0)
    with library.sessions.write() as session:
        user = session.get_one(User, known.id)
        set_password(session, user, order.new.get_secret_value(), library.sign_in_rules)
        record(session, user.id, "password.changed", user.id)
        return sign_in(session, user.id, library.sign_in_rules, way="password")


def _screens(library: Library, request: Request) -> str:
    # The host by which the browser came: the cookie holds for that name alone.
    settings = library.settings
    return settings.ui_url or f"{settings.scheme}://{request.url.hostname}:{settings.ui_port}/"


def _back(library: Library, request: Request, error: ShokoError) -> RedirectResponse:
    """A browser that could not be signed in goes to the screens, which say why; a program gets the error."""
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    return RedirectResponse(f"{_screens(library, request)}?problem={error.code}", 303)


@router.get("/sign-in/oidc", summary="Begin single sign-on", status_code=303, dependencies=[SignInTry])
def begin_sign_on(library: LibraryDep, request: Request) -> RedirectResponse:
    """Send the browser to the company's provider."""
    try:
        if library.single_sign_on is None:
            raise SingleSignOnFailed(problem="none is set up")
        address, state = library.single_sign_on.begin()
    except SingleSignOnFailed as error:
        return _back(library, request, error)
    response = RedirectResponse(address, 303)
    response.set_cookie(
        STATE_COOKIE, state, max_age=STATE_SECONDS, httponly=True, samesite="lax", path="/sign-in",
        secure=library.settings.address.startswith("https:"),
    )  # fmt: skip
    return response


@router.get("/sign-in/oidc/callback", summary="End single sign-on", status_code=303, dependencies=[SignInTry])
def end_sign_on(
    library: LibraryDep,
    request: Request,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=400)] = "",
    error: Annotated[str, Query(max_length=400, description="What the provider refused")] = "",
    shoko_sign_on: Annotated[str | None, Cookie()] = None,
) -> RedirectResponse:
    """Where the provider sends the browser back to."""
    try:
        if library.single_sign_on is None or error:
            raise SingleSignOnFailed(problem=error or "none is set up")
        if not state or not secrets.compare_digest(state.encode(), (shoko_sign_on or "").encode()):
            raise SingleSignOnFailed(problem="it was begun in another browser")
        person = library.single_sign_on.end(state, code)
        with library.sessions.write() as session:
            group = library.settings.directory_administrators
            user = enrol(session, AccountSource.OIDC, person, group)
            token = sign_in(session, user.id, library.sign_in_rules, way="oidc")
    except (SingleSignOnFailed, SignInRefused) as problem:
        return _back(library, request, problem)
    response = RedirectResponse(_screens(library, request), 303)
    response.delete_cookie(STATE_COOKIE, path="/sign-in")
    _remember(library, response, token)
    return response


@router.get("/sign-in/{link}", summary="Open a one-time link in a browser", status_code=303)
def follow(
    library: LibraryDep, request: Request, link: Annotated[str, Path(max_length=200)]
) -> RedirectResponse:
    """Sign the browser in by cookie and send it on to the screens; they tell a person of a link used up."""
    try:
        with library.sessions.write() as session:
            token = sign_in_by_link(session, link, library.sign_in_rules)
    except LinkUsedUp as error:
        return _back(library, request, error)
    response = RedirectResponse(_screens(library, request), 303)
    _remember(library, response, token)
    return response


@router.post("/api/sign-in-links", summary="Make a one-time sign-in link", status_code=201)
def make(library: LibraryDep, access: AdministratorDep, order: LinkRequest | None = None) -> LinkAnswer:
    """For the administrator who asks, or for the user who is named; good once, for a day."""
    with library.sessions.write() as session:
        wanted = people.user(access, session, order.user).id if order and order.user else access.user_id
        link = make_link(session, wanted)
        record(session, access.user_id, "link.made", wanted)
    return LinkAnswer(address=f"{library.settings.address}/sign-in/{link}")


@router.get("/", include_in_schema=False)
def home(library: LibraryDep) -> RedirectResponse:
    """A person who opens the API's address wants the screens."""
    return RedirectResponse(f"{library.settings.screens}/", 307)


@router.get("/api/session", summary="Who is signed in")
def read(who: SignedIn) -> Me:
    """The user of this token."""
    user, access = who
    manages = bool(access.is_admin or access.managed & access.writable)
    return Me(id=user.id, name=user.name, is_admin=access.is_admin, source=user.source, manages=manages)


@router.delete("/api/session", summary="Sign out", status_code=204)
def delete(library: LibraryDep, token: TokenDep, response: Response) -> None:
    """End this sign-in."""
    with library.sessions.write() as session:
        sign_out(session, token)
    response.delete_cookie(COOKIE)
