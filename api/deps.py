"""What a route asks for: the library, the session's token, and the access of who is asking."""

from __future__ import annotations

from typing import Annotated

from fastapi import Cookie, Depends, Header, Request

from api.wiring import Library
from core.access import Access, access_of
from core.accounts import user_of
from core.errors import NotPermitted, NotSignedIn
from core.models import User

COOKIE = "shoko_session"


def library(request: Request) -> Library:
    """The open library."""
    opened: Library = request.app.state.library
    return opened


LibraryDep = Annotated[Library, Depends(library)]


def token(
    authorization: Annotated[str | None, Header()] = None,
    shoko_session: Annotated[str | None, Cookie()] = None,
) -> str:
    """The token of the header, or of the browser's cookie. Raises NotSignedIn."""
    if authorization and authorization.lower().startswith("bearer "):
        return authorization[7:].strip()
    if shoko_session:
        return shoko_session
    raise NotSignedIn


TokenDep = Annotated[str, Depends(token)]


def signed_in(library: LibraryDep, token: TokenDep) -> tuple[User, Access]:
    """Who asks and what they may do, at this moment."""
    with library.sessions.read() as session:
        user = user_of(session, token)
        return user, access_of(session, user.id)


SignedIn = Annotated[tuple[User, Access], Depends(signed_in)]


def access(signed_in: SignedIn) -> Access:
    """What the asker may do."""
    return signed_in[1]


AccessDep = Annotated[Access, Depends(access)]


def administrator(access: AccessDep) -> Access:
    """The access of an administrator. Raises NotPermitted for anyone else."""
    if not access.is_admin:
        raise NotPermitted(action="administer", space="*")
    return access


AdministratorDep = Annotated[Access, Depends(administrator)]
