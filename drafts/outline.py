"""What a template asks for: fields, sections, language and its rules. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from contract.values import FieldKind

LANGUAGES = ("ja", "en", "zh")
MOST_QUOTES = 5
MOST_NAMES = 300
MOST_SECTIONS = 40


@dataclass(frozen=True)
class Column:
    """A column of a field of the kind rows: a text or a number. `times` are the columns that it is the
    product of; `unit` is what the template writes beside it or in its header (円, 千円, USD)."""

    name: str
    label: str
    number: bool = False
    required: bool = False
    times: tuple[str, ...] = ()
    rounding: str = ""
    decimals: int | None = None
    unit: str = ""


@dataclass(frozen=True)
class Computed:
    """A figure that the draft works out: the sum of `terms` (columns as rows.column, fields, or figures
    above it), of the rows where `where` holds, times `rate` percent."""

    name: str
    label: str
    terms: tuple[str, ...]
    where: tuple[tuple[str, str], ...] = ()
    rate: str = ""
    rounding: str = ""
    decimals: int | None = None


@dataclass(frozen=True)
class Field:
    """A place for something that the asker knows. Missing, a required one is a marked blank."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = True
    choices: tuple[str, ...] = ()
    hint: str = ""
    default: str = ""
    unit: str | None = None  # of money, beside it in the template; None where nobody looked
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class OutlineSection:
    """A place for text from the documents: `ask` is what is looked up, with `{field}` for a field's value."""

    name: str
    label: str
    ask: str = ""
    required: bool = True
    quotes: int = 2


@dataclass(frozen=True)
class Placeholder:
    """A name in the template: its filters, the label beside it, whether `for` goes over it, the instruction
    that stands with it, whether it is alone in a paragraph of the body, the unit beside it, the columns that
    a loop over it takes, and whether it marks a picture."""

    name: str
    filters: frozenset[str]
    label: str
    looped: bool
    ask: str
    alone: bool
    unit: str = ""
    columns: tuple[Column, ...] = ()
    picture: bool = False


@dataclass(frozen=True)
class DraftOutline:
    """A template as its users see it; titles by language, `packs` are names of packs that ship."""

    language: str
    title: dict[str, str] = field(default_factory=dict)
    packs: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    sections: tuple[OutlineSection, ...] = ()
    computed: tuple[Computed, ...] = ()

    @property
    def parts(self) -> tuple[Field | OutlineSection, ...]:
        """Fields, then sections."""
        return (*self.fields, *self.sections)

    def titled(self, language: str, name: str) -> str:
        """Its title in that language, else in its own, else its name."""
        return self.title.get(language) or self.title.get(self.language) or name

    def packed(self) -> dict[str, Any]:
        """As it is stored."""
        packed: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return packed

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> DraftOutline:
        """As it was stored."""
        return _adapter().validate_python(packed)


@cache
def _adapter() -> TypeAdapter[DraftOutline]:
    return TypeAdapter(DraftOutline)


_BLANK = {"ja": "【要記入：{label}】", "en": "[to fill: {label}]", "zh": "【待填写：{label}】"}


def blank(label: str, language: str) -> str:
    """What stands, marked, where a fact is missing."""
    return _BLANK.get(language, _BLANK["en"]).format(label=label)
