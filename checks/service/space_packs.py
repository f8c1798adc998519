"""The packs that a space's documents are held to, and its waivers: kept by the space's managers, recorded."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from checks.packs.loading import shipped
from checks.packs.sources import PackSource, PackSources
from checks.service.limited import pack_head
from checks.service.pack_heads import PackHead
from checks.service.received_files import file_name
from checks.service.saved_checks import name_of
from checks.service.space_reports import recount
from core.access import Access, space, space_pack, space_to_manage
from core.audit import record
from core.errors import BadValue, NotFound
from core.models import Space, SpacePack, SpaceWaiver

MOST_PACKS = 20  # of one space
LONGEST_NAME = 200


@dataclass(frozen=True)
class OfferedPack:
    """A pack that was looked through, to be held to by a space: one that ships, or a file that was sent."""

    name: str
    head: PackHead
    suffix: str = ""
    text: str = ""


def offered_pack(name: str, path: Path | None) -> OfferedPack:
    """The pack that ships under that name, or the one in that file, which stands alone. It is read in a child
    process, so no transaction should wait for it. Raises BadValue, RulesBad."""
    if path is None:
        if name not in shipped():
            raise BadValue(name="pack", problem=f"there is no pack {name}", fix="See GET /api/packs.")
        return OfferedPack(name, pack_head(PackSources((PackSource(name),))))
    head = pack_head(PackSources((PackSource(path.stem, path.name, path.read_bytes()),)))
    name = head.name[:LONGEST_NAME]
    if name in shipped():
        problem = f"a pack that ships is named {name}"
        raise BadValue(name="rules", problem=problem, fix="Give yours another name.")
    return OfferedPack(name, head, path.suffix.lower(), _text(path))


def add_pack(access: Access, session: Session, space_name: str, offered: OfferedPack) -> SpacePack:
    """Hold that space's documents to that pack. One of its name that was there goes. Raises NotFound,
    NotPermitted, BadValue."""
    shelf = space_to_manage(access, session, space_name)
    name = offered.name
    old = session.scalar(select(SpacePack).where(SpacePack.space_id == shelf.id, SpacePack.name == name))
    if old is not None:
        session.delete(old)
        session.flush()
    elif len(session.scalars(select(SpacePack.id).where(SpacePack.space_id == shelf.id)).all()) >= MOST_PACKS:
        raise BadValue(name="pack", problem=f"a space has at most {MOST_PACKS}", fix="Take one away first.")
    row = SpacePack(
        space_id=shelf.id,
        name=name,
        title=offered.head.title,
        rules=len(offered.head.rules),
        suffix=offered.suffix,
        text=offered.text,
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


def listed(access: Access, session: Session, space_name: str) -> Sequence[SpacePack]:
    """The packs of that space, by name. Raises NotFound."""
    shelf = space(access, session, space_name)
    return session.scalars(_of_space(shelf.id)).all()


def own_packs(access: Access, session: Session) -> list[tuple[SpacePack, str]]:
    """The packs that readable spaces brought themselves, each with its space's name, by space and name."""
    rows = session.execute(
        select(SpacePack, Space.name)
        .join(Space, Space.id == SpacePack.space_id)
        .where(SpacePack.space_id.in_(access.readable), SpacePack.suffix != "")
        .order_by(Space.name, SpacePack.name)
    )
    return [(row, space_name) for row, space_name in rows]


def own_pack(access: Access, session: Session, pack_id: str) -> tuple[SpacePack, str, PackSources]:
    """That pack of a space, the space's name, and where its rules stand. Raises NotFound."""
    row = space_pack(access, session, pack_id)
    return row, session.get_one(Space, row.space_id).name, PackSources((_source(row),))


def readable_packs(access: Access, session: Session, ids: Collection[str]) -> dict[str, SpacePack]:
    """Those of the packs with these ids whose space may be read, by id, with their text."""
    rows = session.scalars(
        select(SpacePack)
        .where(SpacePack.id.in_(ids), SpacePack.space_id.in_(access.readable))
        .options(undefer(SpacePack.text))
    )
    return {row.id: row for row in rows}


def pack_names(session: Session, space_id: str) -> list[str]:
    """What a check of that space's documents names: packs that ship by name, its own by id."""
    return [row.id if row.suffix else row.name for row in session.scalars(_of_space(space_id))]


def _of_space(space_id: str) -> Select[SpacePack]:
    return select(SpacePack).where(SpacePack.space_id == space_id).order_by(SpacePack.name)


def written(row: SpacePack, folder: Path) -> Path:
    """The own pack of a space as a file in that folder."""
    path = folder / file_name(row.name, row.suffix)
    path.write_text(row.text, encoding="utf-8")
    return path


def sources_of(session: Session, space_id: str) -> PackSources | None:
    """All packs of that space; None where it has none."""
    rows = session.scalars(_of_space(space_id).options(undefer(SpacePack.text)))
    sources = tuple(_source(row) for row in rows)
    return PackSources(sources) if sources else None


def _source(row: SpacePack) -> PackSource:
    if not row.suffix:
        return PackSource(row.name)
    return PackSource(row.name, file_name(row.name, row.suffix), row.text.encode())


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
