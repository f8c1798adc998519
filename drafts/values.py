"""What the asker gives, as the template needs it: names matched, kinds read, texts made fit. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from contract.values import FieldKind
from core.errors import BadValue
from drafts.outline import DraftOutline, Field
from drafts.rows import Figure, GivenRows, computed_figures, number_shown, read_rows
from ingest.dates import parsed
from language.amounts import amount_of, tax_of

LONGEST_VALUE = 20_000
LONGEST_BRIEF = 200_000
LARGEST_PICTURE = 10 * 2**20  # bytes
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
MOST_LINES = 500  # of one value: `for` goes through them
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")
_KEYED = re.compile(r"^\s*+(?:[・\-*•]\s*+)?([^:：\n]{1,60}?)(?<!\s)\s*+[:：]\s*+(.*)$")
_TAX_WORDS = {
    "ja": {"incl": "税込", "excl": "税抜"}, "zh": {"incl": "含税", "excl": "不含税"},
    "en": {"incl": "incl. tax", "excl": "excl. tax"},
}  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Given:
    """A field's text as it will stand in the document; `day` if it is a date, `figure` if it is a number,
    `rows` if it is a table."""

    text: str
    day: date | None = None
    figure: Figure | None = None
    rows: GivenRows | None = None


@dataclass(frozen=True)
class Brief:
    """What the asker gave, by the names of fields and sections; the others are missing. `computed` are the
    figures that are worked out of it."""

    fields: dict[str, Given]
    sections: dict[str, str]
    computed: dict[str, Given] = field(default_factory=dict)


def read_brief(outline: DraftOutline, fields: Mapping[str, str], text: str, *, today: date) -> Brief:
    """The values of `fields` (by name or label) and of a text of lines `label: value`; the first win.

    Raises BadValue for a name that the template has not, and for a value that is not of its kind.
    """
    written = {**_lines(outline, text), **{_known(outline, name): value for name, value in fields.items()}}
    given: dict[str, Given] = {}
    for place in outline.fields:
        value = cleaned(written.get(place.name, ""), place.label).strip()
        if not value and place.default:
            value = place.default
            if place.kind is FieldKind.DATE and value == "today":
                value = today.isoformat()
        if value and place.kind is not FieldKind.PICTURE:
            given[place.name] = _of_kind(place, value, outline.language)
    _place_tax_words(outline, written, given)
    sections = {
        section.name: value
        for section in outline.sections
        if (value := cleaned(written.get(section.name, ""), section.label).strip())
    }
    figures = computed_figures(
        outline.computed,
        {name: value.rows for name, value in given.items() if value.rows is not None},
        {name: value.figure for name, value in given.items() if value.figure is not None},
        written,
        outline.language,
    )
    return Brief(
        given, sections, {name: Given(figure.text, figure=figure) for name, figure in figures.items()}
    )


def _place_tax_words(outline: DraftOutline, written: Mapping[str, str], given: dict[str, Given]) -> None:
    """What was said of tax with an amount goes to the field that asks for it, else beside the amount. Raises
    BadValue if that field was given something else."""
    choices = {
        place.name: {tax: choice for choice in place.choices if (tax := tax_of(choice))}
        for place in outline.fields
        if place.kind is FieldKind.CHOICE
    }
    asked = next((name for name, taxes in choices.items() if taxes), "")
    for place in outline.fields:
        amount = amount_of(written.get(place.name, "")) if place.kind is FieldKind.NUMBER else None
        if amount is None or not amount.tax or place.name not in given:
            continue
        if choice := choices.get(asked, {}).get(amount.tax):
            if written.get(asked, "").strip() and asked in given and given[asked].text != choice:
                problem = (
                    f"{written[place.name].strip()[:40]} says {choice}, and {asked} says {given[asked].text}"
                )
                raise BadValue(name=place.label, problem=problem, fix="Give the same for both.")
            given[asked] = Given(choice)
            continue
        words = _TAX_WORDS.get(outline.language, _TAX_WORDS["en"])[amount.tax]
        shown = given[place.name].text
        behind = outline.language == "en"
        given[place.name] = replace(
            given[place.name], text=f"{shown} ({words})" if behind else f"{words}{shown}"
        )


def pictures_of(outline: DraftOutline, given: Mapping[str, bytes]) -> dict[str, bytes]:
    """The pictures by their fields' names. Raises BadValue for a name that is no picture of the template, for
    a file that is too large, and for one that is no picture."""
    pictures: dict[str, bytes] = {}
    places = {place.name: place for place in outline.fields if place.kind is FieldKind.PICTURE}
    for name, content in given.items():
        known = _names(outline).get(_folded(name), "")
        if known not in places:
            there = ", ".join(places) or "none"
            raise BadValue(
                name=name, problem="the template has no such picture", fix=f"Its pictures: {there}."
            )
        if len(content) > LARGEST_PICTURE:
            problem = f"larger than {LARGEST_PICTURE // 2**20} MB"
            raise BadValue(name=places[known].label, problem=problem, fix="Save it smaller.")
        if not content.startswith(_PICTURES) and content[8:12] != b"WEBP":
            fix = "Give a PNG or JPEG file."
            raise BadValue(name=places[known].label, problem="the file is no picture", fix=fix)
        pictures[known] = content
    return pictures


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
    parts = (*outline.parts, *outline.computed)
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


def _of_kind(place: Field, value: str, language: str) -> Given:
    match place.kind:
        case FieldKind.DATE:
            day = parsed(value)
            if day is None:
                raise BadValue(name=place.label, problem=f"{value[:40]} is no day", fix="Write 2026-04-01.")
            return Given(shown_day(day, language), day)
        case FieldKind.NUMBER:
            figure = number_shown(place.label, value, place.unit, language)
            return Given(figure.text, figure=figure)
        case FieldKind.ROWS:
            rows = read_rows(place, value, language)
            lines = (" ".join(cell for cell in row.values() if cell) for row in rows.rows)
            return Given("\n".join(lines), rows=rows)
        case FieldKind.CHOICE:
            for choice in place.choices:
                if _folded(choice) == _folded(value):
                    return Given(choice)
            fix = f"Choose one of: {', '.join(place.choices)}."
            raise BadValue(name=place.label, problem=f"{value[:40]} is none of its choices", fix=fix)
        case FieldKind.TEXT | FieldKind.LONG_TEXT | FieldKind.PICTURE:
            return Given(value)


def shown_day(day: date, language: str) -> str:
    """A day as that language writes it."""
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"
