"""How much Shoko is used and how much room it takes, for administrators: counts alone, nobody's words."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.system import StorageOut, StoragePart, UsageDay, UsageOut
from core.models import Answer, Feedback, Question, now

router = APIRouter(tags=["system"], responses=REFUSALS)


@router.get("/api/usage", summary="Questions over time")
def usage(
    library: LibraryDep, _access: AdministratorDep, days: Annotated[int, Query(ge=1, le=366)] = 30
) -> UsageOut:
    """The last `days` days, today among them. For administrators."""
    today = now().astimezone().date()
    first = today - timedelta(days=days - 1)
    since = datetime.combine(first, time.min).astimezone()
    asked = (
        select(Question.asked_at, Question.user_id, Answer.status, Answer.timings_ms, Feedback.helpful)
        .outerjoin(Answer, Answer.question_id == Question.id)
        .outerjoin(Feedback, Feedback.question_id == Question.id)
        .where(Question.asked_at >= since)
    )
    counted: dict[date, _Day] = defaultdict(_Day)
    with library.sessions.read() as session:
        for asked_at, user_id, status, timings, helpful in session.execute(asked):
            counted[asked_at.astimezone().date()].count(user_id, status, timings or {}, helpful)
    span = (first + timedelta(days=number) for number in range(days))
    return UsageOut(days=[counted[day].out(day) for day in span])


@dataclass
class _Day:
    """One day's counts."""

    questions: int = 0
    people: set[str] = field(default_factory=set)
    statuses: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    opinions: dict[bool, int] = field(default_factory=lambda: defaultdict(int))
    spans: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def count(self, user_id: str, status: str | None, timings: dict[str, Any], helpful: bool | None) -> None:
        self.questions += 1
        self.people.add(user_id)
        if status is not None:
            self.statuses[status] += 1
        if helpful is not None:
            self.opinions[helpful] += 1
        for name in ("evidence", "total"):
            if name in timings:
                self.spans[name].append(float(timings[name]))

    def out(self, day: date) -> UsageDay:
        return UsageDay(
            day=day,
            questions=self.questions,
            people=len(self.people),
            answered=self.statuses["answered"],
            quoted=self.statuses["quoted"],
            not_found=self.statuses["not_found"],
            helpful=self.opinions[True],
            not_helpful=self.opinions[False],
            quotes_ms=_median(self.spans["evidence"]),
            total_ms=_median(self.spans["total"]),
        )


def _median(values: list[float]) -> float | None:
    return round(median(values), 1) if values else None


@router.get("/api/storage", summary="What the library takes on the disk")
def storage(library: LibraryDep, _access: AdministratorDep) -> StorageOut:
    """Per part, and what is left. For administrators."""
    settings = library.settings
    counted: dict[str, list[int]] = {}
    for path in _files(settings.data):
        _count(counted, _part(path.relative_to(settings.data)), path)
    if not settings.models_folder.is_relative_to(settings.data):
        for path in _files(settings.models_folder):
            _count(counted, "models", path)
    disk = shutil.disk_usage(settings.data)
    parts = [StoragePart(part=part, bytes=sizes[0], files=sizes[1]) for part, sizes in counted.items()]
    return StorageOut(
        parts=sorted(parts, key=lambda one: -one.bytes), free_bytes=disk.free, total_bytes=disk.total
    )


def _files(folder: Path) -> list[Path]:
    return [Path(at, name) for at, _, names in os.walk(folder) for name in names]


def _part(path: Path) -> str:
    top = path.parts[0]
    if top == "index" and len(path.parts) > 2:
        return path.parts[1] if path.parts[1] in ("words", "vectors") else "other"
    if top.startswith("shoko.sqlite3"):
        return "records"
    return top if top in ("originals", "pictures", "logs", "models") else "other"


def _count(counted: dict[str, list[int]], part: str, path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError:  # a file that is being replaced
        return
    sizes = counted.setdefault(part, [0, 0])
    sizes[0] += size
    sizes[1] += 1
