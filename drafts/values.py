"""What the asker gives, as the template needs it: names matched, kinds read, texts made fit. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from contract.values import FieldKind
from core.errors import BadValue
from drafts.outline import DraftOutline, Field
from ingest.dates import parsed

LONGEST_VALUE = 20_000
LONGEST_BRIEF = 200_000
MOST_LINES = 500  # of one value: `for` goes through them
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")
_KEYED = re.compile(r"^\s*+(?:[・\-*•]\s*+)?([^:：\n]{1,60}?)(?<!\s)\s*+[:：]\s*+(.*)$")
_NUMBER = re.compile(
    r"^[¥$€£]?\s*+(-?\d{1,3}(?:,\d{3})+|-?\d+)(\.\d++)?\s*+(円|元|yen|yuan|人民币元)?$", re.IGNORECASE
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Given:
    """A field's text as it will stand in the document; `day` if it is a date."""

    text: str
    day: date | None = None


@dataclass(frozen=True)
class Brief:
    """What the asker gave, by the names of fields and sections; the others are missing."""

    fields: dict[str, Given]
    sections: dict[str, str]


def read_brief(outline: DraftOutline, fields: Mapping[str, str], text: str, *, today: date) -> Brief:
    """The values of `fields` (by name or label) and of a text of lines `label: value`; the first win.

    Raises BadValue for a name that the template has not, and for a value that is not of its kind.
    """
    written = {**_lines(outline, text), **{_known(outline, name): value for name, value in fields.items()}}
    given: dict[str, Given] = {}
    for field in outline.fields:
        value = cleaned(written.get(field.name, ""), field.label).strip()
        if not value and field.default:
            value = field.default
            if field.kind is FieldKind.DATE and value == "today":
                value = today.isoformat()
        if value:
            given[field.name] = _of_kind(field, value, outline.language)
    sections = {
        section.name: value
        for section in outline.sections
        if (value := cleaned(written.get(section.name, ""), section.label).strip())
    }
    return Brief(given, sections)


def cleaned(text: str, name: str) -> str:
    """The text without what no document can hold. Raises BadValue if it is too long."""
    text = _UNFIT.sub("", _LINE_ENDS.sub("\n", text))
    if len(text) > LONGEST_VALUE or text.count("\n") > MOST_LINES:
        problem = f"longer than {LONGEST_VALUE:,} characters or {MOST_LINES} lines"
        raise BadValue(name=name, problem=problem, fix="Shorten it, or upload it as a document.")
    return text


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _names(outline: DraftOutline) -> dict[str, str]:
    """Names by how they may be written: the label or the name."""
    parts = outline.parts
    by_label = {_folded(part.label): part.name for part in parts}
    return by_label | {_folded(part.name): part.name for part in parts}


def _known(outline: DraftOutline, name: str) -> str:
    field_name = _names(outline).get(_folded(name))
    if field_name is None:
        there = ", ".join(part.name for part in outline.parts)
        raise BadValue(name=name, problem="the template has no such field", fix=f"It has: {there}.")
    return field_name


def _lines(outline: DraftOutline, text: str) -> dict[str, str]:
    """The values in a text of lines `label: value`; lines without a known label go on with the value."""
    if len(text) > LONGEST_BRIEF:
        problem = f"longer than {LONGEST_BRIEF:,} characters"
        raise BadValue(name="brief", problem=problem, fix="Shorten it.")
    names, values, current = _names(outline), dict[str, list[str]](), ""
    for line in _LINE_ENDS.sub("\n", text).split("\n"):
        keyed = _KEYED.match(line)
        name = names.get(_folded(keyed[1])) if keyed else None
        if keyed and name is not None:
            current = name
            values.setdefault(name, []).append(keyed[2])
        elif current:
            values[current].append(line)
        elif line.strip():
            labels = ", ".join(part.label for part in outline.parts)
            fix = f"Begin with a line “label: value”. Labels are: {labels}."
            raise BadValue(name="brief", problem=f"“{line.strip()[:60]}” belongs to no field", fix=fix)
    return {name: "\n".join(lines).strip() for name, lines in values.items()}


def _of_kind(field: Field, value: str, language: str) -> Given:
    match field.kind:
        case FieldKind.DATE:
            day = parsed(value)
            if day is None:
                raise BadValue(name=field.label, problem=f"{value[:40]} is no day", fix="Write 2026-04-01.")
            return Given(shown_day(day, language), day)
        case FieldKind.NUMBER:
            match = _NUMBER.match(unicodedata.normalize("NFKC", value))
            if match is None:
                raise BadValue(name=field.label, problem=f"{value[:40]} is no number", fix="Write 1200000.")
            whole = int(match[1].replace(",", ""))
            return Given(f"{whole:,}{match[2] or ''}")
        case FieldKind.CHOICE:
            for choice in field.choices:
                if _folded(choice) == _folded(value):
                    return Given(choice)
            fix = f"Choose one of: {', '.join(field.choices)}."
            raise BadValue(name=field.label, problem=f"{value[:40]} is none of its choices", fix=fix)
        case FieldKind.TEXT | FieldKind.LONG_TEXT:
            return Given(value)


def shown_day(day: date, language: str) -> str:
    """A day as that language writes it."""
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"
