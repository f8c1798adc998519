"""The packs that a space's documents are held to, and its waivers: kept by the space's managers, recorded."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from checks.packs.loading import load_pack, shipped
from checks.packs.pack import Pack, merged
from checks.service.received_files import file_name
from checks.service.space_reports import recount
from core.access import Access, space, space_to_manage
from core.audit import record
from core.errors import BadValue, NotFound
from core.models import SpacePack, SpaceWaiver, User

MOST_PACKS = 20  # of one space
LONGEST_NAME = 200


def add_pack(access: Access, session: Session, space_name: str, name: str, path: Path | None) -> SpacePack:
    """Hold that space's documents to the pack that ships under that name, or to the one in that file, which
    stands alone. One of its name that was there goes. Raises NotFound, NotPermitted, BadValue, RulesBad."""
    shelf = space_to_manage(access, session, space_name)
    if path is None and name not in shipped():
        raise BadValue(name="pack", problem=f"there is no pack {name}", fix="See GET /api/packs.")
    pack = load_pack(path if path is not None else name)
    name = name if path is None else pack.name[:LONGEST_NAME]
    if path is not None and name in shipped():
        problem = f"a pack that ships is named {name}"
        raise BadValue(name="rules", problem=problem, fix="Give yours another name.")
    old = session.scalar(select(SpacePack).where(SpacePack.space_id == shelf.id, SpacePack.name == name))
    if old is not None:
        session.delete(old)
        session.flush()
    elif len(session.scalars(select(SpacePack.id).where(SpacePack.space_id == shelf.id)).all()) >= MOST_PACKS:
        raise BadValue(name="pack", problem=f"a space has at most {MOST_PACKS}", fix="Take one away first.")
    row = SpacePack(
        space_id=shelf.id,
        name=name,
        title=dict(pack.title),
        rules=len(pack.rules),
        suffix=path.suffix.lower() if path is not None else "",
        text=_text(path) if path is not None else "",
        added_by=access.user_id,
    )
    session.add(row)
    session.flush()
    record(session, access.user_id, "pack.added", shelf.id, pack=name, rules=row.rules)
    return row


def _text(path: Path) -> str:
    from language.encodings import decoded

    return decoded(path.read_bytes())


def remove_pack(access: Access, session: Session, space_name: str, pack_id: str) -> None:
    """Take that pack from that space. Raises NotFound, NotPermitted."""
    shelf = space_to_manage(access, session, space_name)
    row = session.get(SpacePack, pack_id)
    if row is None or row.space_id != shelf.id:
        raise NotFound(what="pack", name=pack_id)
    session.delete(row)
    record(session, access.user_id, "pack.removed", shelf.id, pack=row.name)


def read_space_pack(session: Session, row: SpacePack) -> Pack:
    """That pack, ready to run. Raises RulesBad."""
    if not row.suffix:
        return load_pack(row.name)
    with tempfile.TemporaryDirectory(prefix="shoko-pack-") as place:
        return load_pack(written(session, row, Path(place)))


def written(session: Session, row: SpacePack, folder: Path) -> Path:
    """The own pack of a space as a file in that folder."""
    path = folder / file_name(row.name, row.suffix)
    text = session.scalar(select(SpacePack.text).where(SpacePack.id == row.id)) or ""
    path.write_text(text, encoding="utf-8")
    return path


def packs_of(session: Session, space_id: str) -> Pack | None:
    """All packs of that space as one, ready to run; None where it has none. Raises RulesBad."""
    rows = session.scalars(
        select(SpacePack).where(SpacePack.space_id == space_id).order_by(SpacePack.name)
    ).all()
    loaded = [read_space_pack(session, row) for row in rows]
    if not loaded:
        return None
    return loaded[0] if len(loaded) == 1 else merged(" + ".join(pack.name for pack in loaded), loaded)


def waivers(access: Access, session: Session, space_name: str) -> Sequence[SpaceWaiver]:
    """The waivers of that space, newest first. Raises NotFound."""
    shelf = space(access, session, space_name)
    query = select(SpaceWaiver).where(SpaceWaiver.space_id == shelf.id)
    return session.scalars(query.order_by(SpaceWaiver.created_at.desc(), SpaceWaiver.id)).all()


def add_waiver(
    access: Access, session: Session, space_name: str, *, fingerprint: str, rule: str, document: str,
    reason: str, until: datetime.date,
) -> SpaceWaiver:  # fmt: skip
    """Let findings in that space's documents pass until that day. Raises NotFound, NotPermitted."""
    shelf = space_to_manage(access, session, space_name)
    row = SpaceWaiver(
        space_id=shelf.id, fingerprint=fingerprint, rule=rule, document=document or "*", reason=reason,
        by=name_of(session, access), until=until,
    )  # fmt: skip
    session.add(row)
    session.flush()
    recount(session, shelf.id)
    record(
        session, access.user_id, "waiver.added", shelf.id,
        rule=rule, fingerprint=fingerprint, document=row.document, reason=reason, until=until.isoformat(),
    )  # fmt: skip
    return row


def name_of(session: Session, access: Access) -> str:
    """The name of who asks."""
    return session.scalar(select(User.name).where(User.id == access.user_id)) or access.user_id


def remove_waiver(access: Access, session: Session, space_name: str, waiver_id: str) -> None:
    """Take that waiver away. Raises NotFound, NotPermitted."""
    shelf = space_to_manage(access, session, space_name)
    row = session.get(SpaceWaiver, waiver_id)
    if row is None or row.space_id != shelf.id:
        raise NotFound(what="waiver", name=waiver_id)
    session.delete(row)
    session.flush()
    recount(session, shelf.id)
    record(session, access.user_id, "waiver.removed", shelf.id, waiver=waiver_id)
