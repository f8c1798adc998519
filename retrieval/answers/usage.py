"""Questions over time, in counts alone: nobody's words and nobody's name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Answer, AnswerStatus, Feedback, Question, now


@dataclass
class DayOfUse:
    """What was asked on one day: questions, askers, answers by status, opinions, and how long they took."""

    day: date
    questions: int = 0
    people: set[str] = field(default_factory=set)
    statuses: dict[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, AnswerStatus), 0))
    helpful: int = 0
    not_helpful: int = 0
    durations: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def median_ms(self, step: str) -> float | None:
        """The median duration of that step (`evidence`, `total`) in milliseconds; None without any."""
        return round(median(self.durations[step]), 1) if self.durations[step] else None

    def count(self, user_id: str, status: str | None, timings: dict[str, Any], helpful: bool | None) -> None:
        """Add a question: `status` None where no answer came, `helpful` None without an opinion."""
        self.questions += 1
        self.people.add(user_id)
        if status is not None:
            self.statuses[status] += 1
        self.helpful += helpful is True
        self.not_helpful += helpful is False
        for step in ("evidence", "total"):
            if step in timings:
                self.durations[step].append(float(timings[step]))


def usage(session: Session, days: int) -> list[DayOfUse]:
    """The last `days` days, oldest first, today among them."""
    first = now().astimezone().date() - timedelta(days=days - 1)
    asked = (
        select(Question.asked_at, Question.user_id, Answer.status, Answer.timings_ms, Feedback.helpful)
        .outerjoin(Answer, Answer.question_id == Question.id)
        .outerjoin(Feedback, Feedback.question_id == Question.id)
        .where(Question.asked_at >= datetime.combine(first, time.min).astimezone())
    )
    counted = {day: DayOfUse(day) for day in (first + timedelta(days=number) for number in range(days))}
    for asked_at, user_id, status, timings, helpful in session.execute(asked):
        day = asked_at.astimezone().date()
        if day in counted:  # midnight may pass while this is read
            counted[day].count(user_id, status, timings or {}, helpful)
    return list(counted.values())
