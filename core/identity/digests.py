"""Digests by mail: asked for by a person, begun once the code that was mailed to the address is entered."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy.orm import Session

from core.access import Access
from core.audit import record
from core.errors import BadValue, NotFound
from core.identity.accounts import hash_of
from core.models import Digest, now

CODE_DIGITS = 8
CODE_TRIES = 5
CODE_LIFE = timedelta(hours=1)
LONGEST_ADDRESS = 254
_NEVER = frozenset(' ,;<>"()[]\\@:')  # in the part before the @: they would make two addresses of one


def checked_address(address: str, domains: Collection[str]) -> str:
    """The address, where mail may be sent to it: nothing goes to a domain that the company did not name.
    Raises BadValue."""
    plain = address.strip()
    local, _, domain = plain.rpartition("@")
    labels = domain.split(".")
    bad = not local or len(plain) > LONGEST_ADDRESS or not plain.isascii() or not plain.isprintable()
    bad = bad or any(letter in _NEVER for letter in local)
    if bad or not all(label.replace("-", "").isalnum() for label in labels):
        raise BadValue(
            name="address", problem="it is no mail address", fix="Write it as name@company.example"
        )
    if domain.lower() not in {allowed.strip().lower() for allowed in domains if allowed.strip()}:
        fix = "Give an address of the company; SHOKO_SMTP_DOMAINS lists where mail may go"
        raise BadValue(name="address", problem=f"no mail is sent to {domain}", fix=fix)
    return f"{local}@{domain.lower()}"


def digest_of(access: Access, session: Session) -> Digest | None:
    """One's own digest."""
    return session.get(Digest, access.user_id)


def ask_for(access: Access, session: Session, address: str, *, every_days: int, language: str) -> str:
    """Write down that the asker wants a digest; the code to be mailed to a new address, else empty."""
    row = session.get(Digest, access.user_id)
    if row is None:
        row = Digest(user_id=access.user_id, address="", every_days=every_days, language=language)
        session.add(row)
    row.every_days, row.language, row.problem = every_days, language, ""
    code = ""
    if row.address != address or row.code_hash:
        code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
        row.address, row.code_hash = address, hash_of(code)
        row.code_tries, row.code_until, row.told_until = 0, now() + CODE_LIFE, now()
    session.flush()
    record(session, access.user_id, "digest.asked", access.user_id, every_days=every_days)
    return code


def confirm(access: Access, session: Session, code: str) -> bool:
    """Begin to send where the code is right, which is told; a few tries are counted. Raises NotFound."""
    row = session.get(Digest, access.user_id)
    if row is None or not row.code_hash:
        raise NotFound(what="digest", name=access.user_id)
    open_still = row.code_tries < CODE_TRIES and row.code_until is not None and row.code_until > now()
    right = open_still and hmac.compare_digest(row.code_hash, hash_of(code.strip()))
    row.code_tries += 1
    if right:
        row.code_hash, row.code_until, row.told_until = "", None, now()
        record(session, access.user_id, "digest.begun", access.user_id)
    return right


def end_digest(access: Access, session: Session) -> None:
    """Send no more. Raises NotFound."""
    row = session.get(Digest, access.user_id)
    if row is None:
        raise NotFound(what="digest", name=access.user_id)
    session.delete(row)
    record(session, access.user_id, "digest.ended", access.user_id)
