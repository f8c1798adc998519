"""Signing in and out, and who one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import COOKIE, AdministratorDep, LibraryDep, SignedIn, TokenDep
from api.schemas import LinkAnswer, Me, SignInAnswer, SignInRequest
from core.accounts import SIGN_IN_LIFE, make_link, sign_in_by_link, sign_out
from core.audit import record
from core.errors import LinkUsedUp

router = APIRouter(tags=["session"])


def _remember(response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE, token, max_age=int(SIGN_IN_LIFE.total_seconds()), httponly=True, samesite="lax"
    )


@router.post("/api/session", summary="Sign in by a one-time link")
def create(library: LibraryDep, order: SignInRequest, response: Response) -> SignInAnswer:
    """Exchange a one-time link's secret for a token."""
    with library.sessions.write() as session:
        token = sign_in_by_link(session, order.link)
    _remember(response, token)
    return SignInAnswer(token=token)


@router.get("/sign-in/{link}", summary="Open a one-time link in a browser", status_code=303)
def follow(
    library: LibraryDep, request: Request, link: Annotated[str, Path(max_length=200)]
) -> RedirectResponse:
    """Sign the browser in by cookie and send it on to the screens; they tell a person of a link used up."""
    # The host by which the browser came: the cookie holds for that name alone.
    screens = library.settings.ui_url or f"http://{request.url.hostname}:{library.settings.ui_port}/"
    try:
        with library.sessions.write() as session:
            token = sign_in_by_link(session, link)
    except LinkUsedUp as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return RedirectResponse(f"{screens}?problem={error.code}", 303)
    response = RedirectResponse(screens, 303)
    _remember(response, token)
    return response


@router.post("/api/sign-in-links", summary="Make a one-time sign-in link", status_code=201)
def make(library: LibraryDep, access: AdministratorDep) -> LinkAnswer:
    """For the administrator who asks; good once, for a day."""
    with library.sessions.write() as session:
        link = make_link(session, access.user_id)
        record(session, access.user_id, "link.made", access.user_id)
    settings = library.settings
    return LinkAnswer(address=f"http://{settings.host}:{settings.port}/sign-in/{link}")


@router.get("/", include_in_schema=False)
def home(library: LibraryDep) -> RedirectResponse:
    """A person who opens the API's address wants the screens."""
    return RedirectResponse(f"{library.settings.screens}/", 307)


@router.get("/api/session", summary="Who is signed in")
def read(who: SignedIn) -> Me:
    """The user of this token."""
    user, access = who
    return Me(id=user.id, name=user.name, is_admin=access.is_admin)


@router.delete("/api/session", summary="Sign out", status_code=204)
def delete(library: LibraryDep, token: TokenDep, response: Response) -> None:
    """End this sign-in."""
    with library.sessions.write() as session:
        sign_out(session, token)
    response.delete_cookie(COOKIE)
