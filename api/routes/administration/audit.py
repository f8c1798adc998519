"""The log of who did what: read it, verify it, take it away. For administrators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.safety import AuditEntryOut, CheckpointOut, VerificationOut
from core import audit, ocsf
from core.audit import Seal, record
from core.models import AuditCheckpoint
from operations.library import Library

router = APIRouter(tags=["audit"], responses=REFUSALS)
PAGE = 1000
Since = Annotated[datetime | None, Query(description="From this moment on")]
Until = Annotated[datetime | None, Query(description="Before this moment")]


def _seal(library: Library) -> Seal:
    return library.seal or Seal(library.settings.seal)


@router.get("/api/audit", summary="Who did what")
def read(
    library: LibraryDep,
    _access: AdministratorDep,
    since: Since = None,
    until: Until = None,
    action: Annotated[str, Query(max_length=64, description="Begin of the action: document.")] = "",
    after: Annotated[int, Query(ge=0, le=2**62, description="Only entries of higher numbers")] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
) -> list[AuditEntryOut]:
    """Oldest first."""
    with library.sessions.read() as session:
        entries = audit.entries(session, since=since, until=until, action=action, after=after, limit=limit)
    return [
        AuditEntryOut(
            number=entry.number, at=entry.at, user_id=entry.user_id, user=name, action=entry.action,
            subject=entry.subject, detail=entry.detail, hash=entry.hash,
        )
        for entry, name in entries
    ]  # fmt: skip


@router.get("/api/audit/verification", summary="Whether the log is as it was written")
def verification(library: LibraryDep, _access: AdministratorDep) -> VerificationOut:
    """Every entry is compared with its hash, every checkpoint with its entry and its signature."""
    with library.sessions.read() as session:
        verified = audit.verify(session, _seal(library).public)
    return VerificationOut(
        whole=verified.whole, entries=verified.entries, checkpoints=verified.checkpoints,
        broken_entry=verified.broken_entry, broken_checkpoint=verified.broken_checkpoint, key=verified.key,
    )  # fmt: skip


@router.get(
    "/api/audit/export",
    summary="The log as OCSF events",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {}}, "description": "One JSON object a line"}},
)
def export(
    library: LibraryDep, access: AdministratorDep, since: Since = None, until: Until = None
) -> StreamingResponse:
    """JSON lines, oldest first; the export itself is recorded."""
    with library.sessions.write() as session:
        record(session, access.user_id, "audit.exported", "audit")

    def lines() -> Iterator[str]:
        after = 0
        while True:
            with library.sessions.read() as session:
                page = audit.entries(session, since=since, until=until, after=after, limit=PAGE)
            if not page:
                return
            after = page[-1][0].number
            yield "".join(
                json.dumps(ocsf.event(entry, name), ensure_ascii=False) + "\n" for entry, name in page
            )

    return StreamingResponse(lines(), media_type="application/x-ndjson")


def _out(checkpoint: AuditCheckpoint) -> CheckpointOut:
    text = audit.signed_text(checkpoint.number, checkpoint.at, checkpoint.hash)
    return CheckpointOut(
        number=checkpoint.number,
        at=checkpoint.at,
        hash=checkpoint.hash,
        key=checkpoint.key,
        signature=checkpoint.signature,
        signed=text,
    )


@router.post("/api/audit/checkpoints", summary="Seal the log now", status_code=201)
def seal_now(library: LibraryDep, access: AdministratorDep) -> CheckpointOut:
    """A signature over the log's end. One is made every day by itself; keep copies of them elsewhere."""
    with library.sessions.write() as session:
        record(session, access.user_id, "audit.sealed", "audit")
        checkpoint = audit.checkpoint(session, _seal(library))
        assert checkpoint is not None  # an entry was written just now
        return _out(checkpoint)
