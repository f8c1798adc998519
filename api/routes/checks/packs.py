"""Rule packs: those that ship, and those that the documents of a space are held to, with its waivers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from api.deps import AccessDep, LibraryDep, LongWork, sent_file
from api.errors import REFUSALS
from checks.packs.loading import shipped
from checks.packs.sources import PackSource, PackSources
from checks.service import space_packs
from checks.service.limited import pack_head
from checks.service.pack_heads import PackHead
from checks.service.received_files import MOST_PACK, received
from contract.checks import PackDetailOut, PackOut, PackRuleOut, RuleOut, SpacePackOut, WaiverIn, WaiverOut
from core import access as access_rules
from core.errors import BadValue
from core.models import SpacePack, SpaceWaiver, today

router = APIRouter(tags=["checks"], responses=REFUSALS)


@router.get("/api/packs", summary="The rule packs that you may check by")
def packs(library: LibraryDep, access: AccessDep) -> list[PackOut]:
    """Those that ship, with their titles in three languages, then those of the spaces that you read."""
    shipping = [_shipped(name, _head(name)) for name in shipped()]
    with library.sessions.read() as session:
        own = space_packs.own_packs(access, session)
    return shipping + [_own(row, space) for row, space in own]


def _head(name: str) -> PackHead:
    return pack_head(PackSources((PackSource(name),)))


def _shipped(name: str, pack: PackHead) -> PackOut:
    return PackOut(id=name, name=name, title=pack.title, rules=len(pack.rules), ships=True)


def _own(row: SpacePack, space: str) -> PackOut:
    return PackOut(
        id=row.id, name=row.name, title=row.title, rules=row.rules, ships=False, space=space,
        space_id=row.space_id,
    )  # fmt: skip


@router.get("/api/packs/{pack}", summary="A rule pack", dependencies=[LongWork])
def pack(library: LibraryDep, access: AccessDep, pack: str) -> PackDetailOut:
    """With its rules: the name of one that ships, or the id of one of a space that you read."""
    if pack in shipped():
        loaded = _head(pack)
        head = _shipped(pack, loaded)
    else:
        with library.sessions.read() as session:
            row, space, sources = space_packs.own_pack(access, session, pack)
        loaded = pack_head(sources)
        head = _own(row, space)
    return PackDetailOut(
        **head.model_dump(),
        doctypes=list(loaded.doctypes),
        rule_list=[
            PackRuleOut(
                id=rule.id, kind=rule.kind, level=rule.level.value, doctypes=list(rule.doctypes),
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
def list_space_packs(library: LibraryDep, access: AccessDep, space: str) -> list[SpacePackOut]:
    """By name: what its documents are checked against."""
    with library.sessions.read() as session:
        return [_space_pack(row) for row in space_packs.listed(access, session, space)]


@router.post(
    "/api/spaces/{space}/packs",
    summary="Add a pack to a space",
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
    """For its managers. New versions are checked against it. It replaces one of the same name."""
    with library.sessions.read() as session:
        access_rules.space_to_manage(access, session, space)
    sent = sent_file(rules)
    if (sent is not None) == bool(pack):
        raise BadValue(
            name="pack", problem="one pack is expected", fix="Name one in `pack`, or send `rules`."
        )
    with tempfile.TemporaryDirectory(prefix="shoko-pack-") as place:
        path = None
        if sent is not None:
            path = received(Path(place), sent.name, sent.stream, MOST_PACK)
        offered = space_packs.offered_pack(pack, path)
    with library.sessions.write() as session:
        return _space_pack(space_packs.add_pack(access, session, space, offered))


@router.delete("/api/spaces/{space}/packs/{pack}", summary="Remove a pack from a space", status_code=204)
def remove_space_pack(library: LibraryDep, access: AccessDep, space: str, pack: str) -> None:
    """By its id, for the space's managers."""
    with library.sessions.write() as session:
        space_packs.remove_pack(access, session, space, pack)


def _waiver(row: SpaceWaiver) -> WaiverOut:
    return WaiverOut(
        id=row.id, fingerprint=row.fingerprint, rule=row.rule, document=row.document, reason=row.reason,
        by=row.by, until=row.until, ended=row.until < today(), created_at=row.created_at,
    )  # fmt: skip


@router.get("/api/spaces/{space}/waivers", summary="The waivers of a space")
def list_waivers(library: LibraryDep, access: AccessDep, space: str) -> list[WaiverOut]:
    """Newest first, with those that have ended: they are reported as findings until they are removed."""
    with library.sessions.read() as session:
        return [_waiver(row) for row in space_packs.waivers(access, session, space)]


@router.post("/api/spaces/{space}/waivers", summary="Waive findings in a space", status_code=201)
def add_space_waiver(library: LibraryDep, access: AccessDep, space: str, order: WaiverIn) -> WaiverOut:
    """For its managers, with a reason and an end. It counts in every check of the space's documents."""
    if not order.fingerprint and not order.rule:
        fix = "Name a fingerprint or a rule."
        raise BadValue(name="waiver", problem="it names no finding", fix=fix)
    with library.sessions.write() as session:
        row = space_packs.add_waiver(
            access, session, space, fingerprint=order.fingerprint, rule=order.rule, document=order.document,
            reason=order.reason, until=order.until,
        )  # fmt: skip
        return _waiver(row)


@router.delete("/api/spaces/{space}/waivers/{waiver}", summary="Remove a waiver", status_code=204)
def remove_space_waiver(library: LibraryDep, access: AccessDep, space: str, waiver: str) -> None:
    """For the space's managers."""
    with library.sessions.write() as session:
        space_packs.remove_waiver(access, session, space, waiver)
