"""Rule packs: those that ship, and those that the documents of a space are held to, with its waivers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from sqlalchemy import select

from api.deps import AccessDep, LibraryDep, LongWork
from api.errors import REFUSALS
from checks.packs.loading import load_pack, shipped
from checks.packs.pack import Pack
from checks.service.received_files import MOST_PACK, pack_alone, received
from checks.service.space_packs import (
    add_pack,
    add_waiver,
    read_space_pack,
    remove_pack,
    remove_waiver,
    waivers,
)
from contract.checks import PackDetailOut, PackOut, PackRuleOut, RuleOut, SpacePackOut, WaiverIn, WaiverOut
from core import access as access_rules
from core.errors import BadValue
from core.models import Space, SpacePack, SpaceWaiver, today

router = APIRouter(tags=["checks"], responses=REFUSALS)


@router.get("/api/packs", summary="The rule packs that you may check by")
def packs(library: LibraryDep, access: AccessDep) -> list[PackOut]:
    """Those that ship, with their titles in three languages, then those of the spaces that you read."""
    found = [_shipped(name, load_pack(name)) for name in shipped()]
    with library.sessions.read() as session:
        rows = session.execute(
            select(SpacePack, Space.name)
            .join(Space, Space.id == SpacePack.space_id)
            .where(SpacePack.space_id.in_(access.readable), SpacePack.suffix != "")
            .order_by(Space.name, SpacePack.name)
        ).all()
    return found + [_own(row, space) for row, space in rows]


def _shipped(name: str, pack: Pack) -> PackOut:
    return PackOut(id=name, name=name, title=pack.title, rules=len(pack.rules), ships=True)


def _own(row: SpacePack, space: str) -> PackOut:
    return PackOut(
        id=row.id, name=row.name, title=row.title, rules=row.rules, ships=False, space=space,
        space_id=row.space_id,
    )  # fmt: skip


@router.get("/api/packs/{pack}", summary="A rule pack")
def pack(library: LibraryDep, access: AccessDep, pack: str) -> PackDetailOut:
    """With its rules: the name of one that ships, or the id of one of a space that you read."""
    if pack in shipped():
        loaded = load_pack(pack)
        head = _shipped(pack, loaded)
    else:
        with library.sessions.read() as session:
            row = access_rules.space_pack(access, session, pack)
            space = session.get_one(Space, row.space_id)
            loaded = read_space_pack(session, row)
            head = _own(row, space.name)
    return PackDetailOut(
        **head.model_dump(),
        doctypes=list(loaded.doctypes),
        rule_list=[
            PackRuleOut(
                id=rule.id, kind=rule.kind_name, level=rule.level.value, doctypes=list(rule.for_),
                fix=rule.fix, link=rule.link, note=rule.note,
            )
            for rule in loaded.rules
        ],
        broken=[RuleOut.model_validate(rule.as_dict()) for rule in loaded.broken],
        warnings=list(loaded.warnings),
    )  # fmt: skip


def _space_pack(row: SpacePack) -> SpacePackOut:
    return SpacePackOut(
        id=row.id, name=row.name, title=row.title, rules=row.rules, ships=not row.suffix,
        added_at=row.added_at,
    )  # fmt: skip


@router.get("/api/spaces/{space}/packs", summary="The packs of a space")
def space_packs(library: LibraryDep, access: AccessDep, space: str) -> list[SpacePackOut]:
    """By name: what its documents are held to."""
    with library.sessions.read() as session:
        found = access_rules.space(access, session, space)
        query = select(SpacePack).where(SpacePack.space_id == found.id).order_by(SpacePack.name)
        return [_space_pack(row) for row in session.scalars(query)]


@router.post(
    "/api/spaces/{space}/packs",
    summary="Hold a space's documents to a pack",
    status_code=201,
    dependencies=[LongWork],
)
def add_space_pack(
    library: LibraryDep,
    access: AccessDep,
    space: str,
    pack: Annotated[str, Form(description="Name of a pack that ships", max_length=200)] = "",
    rules: Annotated[UploadFile | None, File(description="Or your own: YAML, CSV, TSV or Excel")] = None,
) -> SpacePackOut:
    """For its managers. New versions are checked by it. It takes the place of one of the same name."""
    with library.sessions.read() as session:
        access_rules.space_to_manage(access, session, space)
    sent = rules is not None and bool(rules.filename)
    if sent == bool(pack):
        raise BadValue(
            name="pack", problem="one pack is expected", fix="Name one in `pack`, or send `rules`."
        )
    with tempfile.TemporaryDirectory(prefix="shoko-pack-") as place:
        path = None
        if sent and rules is not None:
            path = received(Path(place), rules.filename or "", rules.file, MOST_PACK)
            pack_alone(path)
        with library.sessions.write() as session:
            return _space_pack(add_pack(access, session, space, pack, path))


@router.delete("/api/spaces/{space}/packs/{pack}", summary="Take a pack from a space", status_code=204)
def remove_space_pack(library: LibraryDep, access: AccessDep, space: str, pack: str) -> None:
    """By its id, for the space's managers."""
    with library.sessions.write() as session:
        remove_pack(access, session, space, pack)


def _waiver(row: SpaceWaiver) -> WaiverOut:
    return WaiverOut(
        id=row.id, fingerprint=row.fingerprint, rule=row.rule, document=row.document, reason=row.reason,
        by=row.by, until=row.until, ended=row.until < today(), created_at=row.created_at,
    )  # fmt: skip


@router.get("/api/spaces/{space}/waivers", summary="The waivers of a space")
def list_waivers(library: LibraryDep, access: AccessDep, space: str) -> list[WaiverOut]:
    """Newest first, ended ones too: those are told as findings until they are taken away."""
    with library.sessions.read() as session:
        return [_waiver(row) for row in waivers(access, session, space)]


@router.post("/api/spaces/{space}/waivers", summary="Let findings in a space pass", status_code=201)
def add_space_waiver(library: LibraryDep, access: AccessDep, space: str, order: WaiverIn) -> WaiverOut:
    """For its managers, with a reason and an end. It counts in every check of the space's documents."""
    if not order.fingerprint and not order.rule:
        fix = "Name a fingerprint or a rule."
        raise BadValue(name="waiver", problem="it names no finding", fix=fix)
    with library.sessions.write() as session:
        row = add_waiver(
            access, session, space, fingerprint=order.fingerprint, rule=order.rule, document=order.document,
            reason=order.reason, until=order.until,
        )  # fmt: skip
        return _waiver(row)


@router.delete("/api/spaces/{space}/waivers/{waiver}", summary="Take a waiver away", status_code=204)
def remove_space_waiver(library: LibraryDep, access: AccessDep, space: str, waiver: str) -> None:
    """For the space's managers."""
    with library.sessions.write() as session:
        remove_waiver(access, session, space, waiver)
