"""What is put into a template: paragraphs with their sources, ready to be sent to the child that fills it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True)
class StyledText:
    """A stretch of a paragraph; `notes` are the texts of the footnotes behind it, `blank` marks it."""

    text: str
    notes: tuple[str, ...] = ()
    blank: bool = False


@dataclass(frozen=True)
class DraftParagraph:
    """A paragraph of a section; `comment` goes to its margin."""

    stretches: tuple[StyledText, ...]
    comment: str = ""


@dataclass(frozen=True)
class FieldText:
    """A field's text, its day if it is a date, and what marks its place where the text is empty; of a table
    its rows by column, and what its columns add up to; of a picture the path of its file."""

    text: str
    day: date | None = None
    blank: str = ""
    rows: tuple[dict[str, FieldText], ...] = ()
    totals: dict[str, FieldText] = field(default_factory=dict)
    picture: str = ""


@dataclass(frozen=True)
class DraftContent:
    """All that a draft is filled with. A section without paragraphs leaves no paragraph behind."""

    fields: dict[str, FieldText] = field(default_factory=dict)
    sections: dict[str, tuple[DraftParagraph, ...]] = field(default_factory=dict)
    language: str = ""

    def packed(self) -> dict[str, Any]:
        """As JSON carries it."""
        packed: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return packed

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> DraftContent:
        """As JSON carried it."""
        return _adapter().validate_python(packed)


@cache
def _adapter() -> TypeAdapter[DraftContent]:
    return TypeAdapter(DraftContent)
