"""Keys for programs."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from contract.people import KeyOut, MadeKey, NewKey
from core.identity import keys
from core.models import ApiKey, User, now

router = APIRouter(tags=["keys"], responses=REFUSALS)


def _out(key: ApiKey, user: str) -> KeyOut:
    return KeyOut(
        id=key.id,
        name=key.name,
        user=user,
        scopes=key.scopes,
        spaces=key.spaces,
        requests_a_minute=key.requests_a_minute,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )


@router.get("/api/keys", summary="Your keys")
def list_keys(library: LibraryDep, access: AccessDep) -> list[KeyOut]:
    """Newest first, without their secrets; an administrator sees everyone's."""
    with library.sessions.read() as session:
        return [_out(key, user) for key, user in keys.keys(access, session)]


@router.post("/api/keys", summary="Make a key", status_code=201)
def make_key(library: LibraryDep, access: AccessDep, order: NewKey) -> MadeKey:
    """It acts for you, within its scopes, its spaces and its end date. The secret is shown this once."""
    with library.sessions.write() as session:
        key, secret = keys.make_key(
            access,
            session,
            order.name,
            scopes=set(order.scopes),
            expires_at=now() + timedelta(days=order.days),
            spaces=order.spaces,
            requests_a_minute=order.requests_a_minute,
        )
        return MadeKey(key=_out(key, session.get_one(User, key.user_id).name), secret=secret)


@router.delete("/api/keys/{key}", summary="Revoke a key", status_code=204)
def revoke(library: LibraryDep, access: AccessDep, key: str) -> None:
    """It opens nothing from the next request on."""
    with library.sessions.write() as session:
        keys.revoke_key(access, session, key)
