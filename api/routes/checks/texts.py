"""A text that is sent, against rule packs: nothing of it is kept, so a key that may only ask does it too."""

from __future__ import annotations

from pathlib import PurePath

from fastapi import APIRouter

from api.deps import AccessDep, LibraryDep, LongWork
from api.errors import REFUSALS
from api.render import check_out
from checks.service.chosen_rules import chosen_rules
from checks.service.received_files import plain_name
from checks.service.saved_checks import FILE
from contract.checks import CheckOut, TextCheckIn
from core.audit import record
from core.errors import BadValue

router = APIRouter(tags=["texts"], responses=REFUSALS)
ENDINGS = (".txt", ".md", ".markdown")


@router.post("/api/texts/check", summary="Check a text that is sent", dependencies=[LongWork])
def check_text(library: LibraryDep, access: AccessDep, order: TextCheckIn) -> CheckOut:
    """By packs that ship and those of spaces that you read. Nothing is kept but the log's line that it was
    done."""
    name = plain_name(order.name)
    if PurePath(name).suffix.lower() not in ENDINGS:
        fix = f"Name it with one of {', '.join(ENDINGS)}"
        raise BadValue(name="name", problem=f"{name} is no text's name", fix=fix)
    with library.checks.making() as folder:
        path = folder / FILE
        path.write_text(order.text, encoding="utf-8", newline="")
        chosen = chosen_rules(access, library.sessions, folder, order.packs)
        report = library.checks.checked(access, path, name, chosen.sources)
    packs = [pack["name"] for pack in chosen.packs]
    with library.sessions.write() as session:
        record(session, access.user_id, "text.checked", name, packs=packs, findings=len(report.findings))
    return check_out(library.checks.shown(chosen, report), order.language)
