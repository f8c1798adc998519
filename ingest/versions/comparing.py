"""Compares two versions in a child process of its own, with limits on time and memory.

Texts can be made whose comparison takes hours; in the process that serves everybody it would hold up
everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.errors import FileDamaged
from ingest.sandbox import ReadingLimits, answers
from ingest.versions.comparison import Change, ChangeKind, ComparedParagraph

LIMITS = ReadingLimits(seconds=60.0, memory_mb=1500)
MODULE = "ingest.versions.comparison_child"


def compared(
    name: str,
    old: Sequence[ComparedParagraph],
    new: Sequence[ComparedParagraph],
    limits: ReadingLimits = LIMITS,
) -> list[Change]:
    """What changed from `old` to `new`, in the order of the new one. Raises ReaderGaveUp if a limit was
    met."""
    sides = {"old": old, "new": new}
    order = {
        side: [(paragraph.text, paragraph.page) for paragraph in paragraphs]
        for side, paragraphs in sides.items()
    }
    try:
        return [
            Change(ChangeKind(change["kind"]), _paragraph(change["old"]), _paragraph(change["new"]))
            for message in answers(MODULE, order, name, limits)
            for change in message["changes"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise FileDamaged(name=name, problem="its comparison answered with something else") from error


def _paragraph(value: dict[str, Any] | None) -> ComparedParagraph | None:
    if value is None:
        return None
    marks = tuple((int(start), int(end)) for start, end in value["marks"])
    return ComparedParagraph(str(value["text"]), int(value["page"]), marks)
