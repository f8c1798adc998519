"""What every rule has in common: who it is, where it looks, how much it matters.

Each kind is a model of its own in `checks.kinds`: its fields are the keys that a pack may write, its
`check` yields what it finds. A kind opens no file and knows no other kind.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from checks.document.days import named_day
from checks.document.document import READ_TEXT, CheckedDocument, DocumentPiece, Zone
from checks.findings import CouldNotRun, Level, NotApplicable, RuleMatch
from checks.patterns import Pattern, PatternBad, PatternDialect
from llm.model import LanguageModel

_SHOWN = 12  # values of a list that a message names


class RulePart(BaseModel):
    """A part of a pack: unknown keys are errors, so that a typing error is no silent pass."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _compiles(source: str) -> str:
    try:
        Pattern(*regex_of(source)).compiled  # noqa: B018  # compiling is the question
    except PatternBad as error:
        raise ValueError(f"the pattern does not compile: {error}") from error
    return source


RegexText = Annotated[str, AfterValidator(_compiles)]


def _is_day(text: str) -> str:
    try:
        named_day(text, datetime.date(2000, 1, 1))
    except ValueError as error:
        raise ValueError(f"there is no day {text}") from error
    if re.match(r"today\b", text) and named_day(text, datetime.date(2000, 1, 1)) is None:
        raise ValueError(f"write today, today+30 or today-30, and not {text}")
    return text


DayText = Annotated[str, AfterValidator(_is_day)]  # today, today+30, 2026-04-01, or the name of a field


def regex_of(
    source: str, dialect: PatternDialect = PatternDialect.PYTHON
) -> tuple[str, PatternDialect, bool]:
    """Source, dialect and whether case is ignored, of `…` or `/…/i`."""
    if match := re.fullmatch(r"/(.*)/([gimyus]*)", source, re.DOTALL):
        return match[1], dialect, "i" in match[2]
    return source, dialect, False


def pattern_of(source: str) -> Pattern:
    """The pattern that a pack's `…` or `/…/i` means."""
    return Pattern(*regex_of(source))


class RuleScope(RulePart):
    """Where a rule looks: in which zones, and below which heading."""

    zones: list[Zone] | None = None
    section: RegexText | None = None
    skip: list[Literal["code", "link", "emphasis"]] = ["code"]


@dataclass(frozen=True)
class FieldValue:
    """What a `field` rule read: its text, its value in numbers or as a date, and where it stands."""

    text: str
    number: float | None = None
    date: datetime.date | None = None
    piece: int = -1
    start: int = 0
    end: int = 0


@dataclass
class Context:
    """One document under check, and what rules share: the fields read so far, the model, today."""

    document: CheckedDocument
    fields: dict[str, FieldValue] = field(default_factory=dict)
    model: LanguageModel | None = None
    why_no_model: str = "no_model"  # a key of messages.yaml
    seconds: float = 0.0  # that all rules have together, and when those end (time.monotonic)
    deadline: float | None = None
    today: datetime.date = field(default_factory=datetime.date.today)
    unverified: list[dict[str, Any]] = field(default_factory=list)


def some_of(values: Sequence[str]) -> str:
    """The values for a message; of a long list the first, and how many there are."""
    return ", ".join(values) if len(values) <= _SHOWN else f"{', '.join(values[:_SHOWN])} … ({len(values)})"


def day_of(context: Context, text: str) -> tuple[datetime.date | None, str]:
    """The day that a rule names, and how it is told; None for a field that is no date. Raises CouldNotRun for
    a field that was not read."""
    day = named_day(text, context.today)
    if day is not None:
        return day, f"{day:%Y-%m-%d}"
    value = context.fields.get(text)
    if value is None:
        raise CouldNotRun("field_unknown", field=text)
    return value.date, value.text


class Rule(RulePart):
    """A rule of a pack."""

    zones: ClassVar[frozenset[Zone]] = READ_TEXT

    id: Annotated[str, Field(min_length=1, max_length=120)]
    level: Level = Level.ERROR
    message: str | dict[Literal["ja", "en", "zh"], str] = ""
    for_: Annotated[list[str], Field(alias="for")] = []
    scope: RuleScope | list[Zone] | None = None
    fix: Literal["safe", "suggest", "none"] = "suggest"
    link: str = ""
    note: str = ""
    ignorable: bool = True  # a comment in the document may let its findings pass

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """What it finds. Raises NotApplicable or CouldNotRun."""
        raise NotImplementedError

    @property
    def kind_name(self) -> str:
        """The kind's name."""
        return str(getattr(self, "kind", ""))

    @cached_property
    def _scope(self) -> RuleScope:
        if isinstance(self.scope, RuleScope):
            return self.scope
        return RuleScope(zones=self.scope)

    def pieces(self, context: Context) -> Iterator[tuple[int, DocumentPiece]]:
        """The pieces that the rule looks at."""
        scope = self._scope
        zones = self.zones if scope.zones is None else frozenset(scope.zones)
        section = pattern_of(scope.section) if scope.section else None
        for index, piece in context.document.of(zones):
            if section is not None and not section.search(context.document.heading_path(index)):
                continue
            yield index, piece

    def read(self, piece: DocumentPiece) -> str:
        """The piece's text as the rule reads it, masked where it must not look."""
        skip = self._scope.skip
        if "link" in skip or "emphasis" in skip:
            return piece.plain
        return piece.prose if "code" in skip else piece.text

    def texts(self, context: Context) -> Iterator[tuple[int, DocumentPiece, str]]:
        """The pieces with their texts. Raises NotApplicable where there are none."""
        any_found = False
        for index, piece in self.pieces(context):
            any_found = True
            yield index, piece, self.read(piece)
        if not any_found:
            raise NotApplicable("no_text_in_scope")
