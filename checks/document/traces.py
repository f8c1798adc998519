"""What a reader meets beside the text: traces of editing that a final copy should not have, and pictures with
their alternative texts. Each has a spot, from which a finding gets its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.pages import Box


class TraceKind(StrEnum):
    """What kind of trace it is; a rule of kind `final` names these."""

    TRACKED = "tracked"  # a change that nobody has accepted or refused
    COMMENT = "comment"
    HIDDEN = "hidden"  # text, a sheet, a row, a column or a slide that is not shown
    HIGHLIGHT = "highlight"


@dataclass(frozen=True, slots=True)
class TraceSpot:
    """Where it stands: in the characters [start, end) of a piece, or, where that is -1, as the format names
    places. `source` is an offset in the source of a text format, `box` in points of the page."""

    piece: int = -1
    start: int = 0
    end: int = 0
    source: int = -1
    page: int = 0
    box: Box = (0.0, 0.0, 0.0, 0.0)
    part: str = ""
    sheet: str = ""
    cell: str = ""
    slide: int = 0
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace of editing. `how` says what was done, as the messages name it: inserted, deleted, moved,
    format, comment, text, sheet, row, column, slide, highlight. `text` may be empty."""

    kind: TraceKind
    how: str
    text: str
    spot: TraceSpot
    by: str = ""


@dataclass(frozen=True, slots=True)
class DocumentPicture:
    """A picture, chart or diagram; `decorative` is one that says of itself that it needs no text."""

    alt: str
    spot: TraceSpot
    name: str = ""
    decorative: bool = False
