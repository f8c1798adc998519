"""How much Shoko is used and how much room it takes, for administrators: counts alone, nobody's words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.system import StorageOut, StoragePart, UsageDay, UsageOut
from core.models import AnswerStatus
from operations.storage import disk_use
from retrieval.answers.usage import DayOfUse
from retrieval.answers.usage import usage as usage_of

router = APIRouter(tags=["system"], responses=REFUSALS)


@router.get("/api/usage", summary="Questions over time")
def usage(
    library: LibraryDep, _access: AdministratorDep, days: Annotated[int, Query(ge=1, le=366)] = 30
) -> UsageOut:
    """The last `days` days, today among them. For administrators."""
    with library.sessions.read() as session:
        return UsageOut(days=[_day(day) for day in usage_of(session, days)])


def _day(day: DayOfUse) -> UsageDay:
    return UsageDay(
        day=day.day,
        questions=day.questions,
        people=len(day.people),
        answered=day.statuses[AnswerStatus.ANSWERED],
        quoted=day.statuses[AnswerStatus.QUOTED],
        not_found=day.statuses[AnswerStatus.NOT_FOUND],
        helpful=day.helpful,
        not_helpful=day.not_helpful,
        quotes_ms=day.median_ms("evidence"),
        total_ms=day.median_ms("total"),
    )


@router.get("/api/storage", summary="What the library takes on the disk")
def storage(library: LibraryDep, _access: AdministratorDep) -> StorageOut:
    """Part by part, and what is free. For administrators."""
    use = disk_use(library.settings.data, library.settings.models_folder)
    return StorageOut(
        parts=[StoragePart(**asdict(part)) for part in use.parts],
        free_bytes=use.free_bytes,
        total_bytes=use.total_bytes,
    )
