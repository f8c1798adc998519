"""What answers where nothing in force today does: documents of another day, named, or shown as of their last.

A day that a person set, or a file's properties, is an order: such a document is named with the day to ask
about, and never quoted. An end that was only read from a document's text or name is a reading, and "not in
your documents" on the strength of a reading would be a claim that may be wrong: its quotes are shown, as of
its last day and said to be so, never as more than what may answer. Why: decision 35.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from contract.values import Certainty
from retrieval.evidence.types import LIKELY, Evidence
from retrieval.index.other_days import OtherDay

DOUBTFUL = LIKELY - 0.01  # the highest probability of what has ended: it may answer, and no more is said


@dataclass(frozen=True)
class AnsweredThen:
    """A document of another day, and what it says to the question as of that day."""

    other: OtherDay
    evidence: Evidence

    @property
    def in_doubt(self) -> Evidence:
        """The evidence, shown in doubt however sure it would have been in its days."""
        return replace(self.evidence, probability=min(self.evidence.probability, DOUBTFUL))


def answered_then(
    near: Iterable[OtherDay], evidence_then: Callable[[OtherDay], Evidence], threshold: float
) -> list[AnsweredThen]:
    """Those of the documents that answer as of their day."""
    asked = (AnsweredThen(other, evidence_then(other)) for other in near)
    return [then for then in asked if then.evidence.certainty(threshold) is not Certainty.NONE]


def shown_instead(answering: Sequence[AnsweredThen], *, computed: bool) -> AnsweredThen | None:
    """The one whose evidence is shown; `computed`: only what was worked out from a table may take the place
    of what answers today in other words."""
    return next(
        (
            then
            for then in answering
            if then.other.by_its_text and (not computed or then.evidence.computed is not None)
        ),
        None,
    )
