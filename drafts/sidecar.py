"""The YAML file beside a template, joined with what the template itself says. Errors name line and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Literal

from pydantic import Field as Key

from checks.packs.loading import shipped as shipped_packs
from checks.packs.yaml_lines import MOST_VALUES_SENT, LoadedYaml, parse_yaml, validated
from checks.rules import RulePart
from contract.values import FieldKind
from drafts.expressions import DATES, NUMBERS, SECTION
from drafts.outline import MOST_QUOTES, Column, Computed, DraftOutline, Field, OutlineSection, Placeholder

GUIDE = "docs/drafts.md"
Rounding = Literal["down", "half_up", "up", "ceiling"]


class ColumnEntry(RulePart):
    """What the sidecar may say of a table's column."""

    label: str = Key(default="", max_length=100)
    kind: Literal["text", "number"] | None = None
    required: bool = False
    times: list[str] = Key(default=[], max_length=5)
    rounding: Rounding | None = None
    decimals: int | None = Key(default=None, ge=0, le=4)


class ComputedEntry(RulePart):
    """A figure that is worked out: a sum, of some rows or all, and a rate of it."""

    label: str = Key(default="", max_length=100)
    sum: str | list[str]
    where: dict[str, str | int | float] = Key(default={})
    rate: str | int | float | None = None
    rounding: Rounding | None = None
    decimals: int | None = Key(default=None, ge=0, le=4)


class FieldEntry(RulePart):
    """What the sidecar may say of a field."""

    label: str = Key(default="", max_length=100)
    kind: FieldKind | None = None
    required: bool = True
    choices: list[str] = Key(default=[], max_length=200)
    hint: str = Key(default="", max_length=300)
    default: str = Key(default="", max_length=1000)
    columns: dict[str, ColumnEntry] = Key(default={})


class SectionEntry(RulePart):
    """What the sidecar may say of a section."""

    label: str = Key(default="", max_length=100)
    ask: str = Key(default="", max_length=1000)
    required: bool = True
    quotes: int = Key(default=2, ge=1, le=MOST_QUOTES)


class Sidecar(RulePart):
    """A sidecar."""

    title: str | dict[Literal["ja", "en", "zh"], str] = ""
    language: Literal["ja", "en", "zh"] | None = None
    pack: str | list[str] = Key(default=[])
    fields: dict[str, FieldEntry] = Key(default={})
    sections: dict[str, SectionEntry] = Key(default={})
    computed: dict[str, ComputedEntry] = Key(default={})


def outline_of(
    placeholders: Sequence[Placeholder], language: str, name: str, source: str = ""
) -> DraftOutline:
    """The template's outline. Raises RulesBad with the place in the sidecar."""
    loaded = (
        parse_yaml(source, name, most_values=MOST_VALUES_SENT)
        if source.strip()
        else LoadedYaml(name, {}, None)
    )
    if loaded.data is not None and not isinstance(loaded.data, dict):
        raise loaded.bad((), "a mapping with fields and sections is expected", f"See {GUIDE}.")
    sidecar = validated(Sidecar, loaded, (), loaded.data or {}, guide=GUIDE)
    names = {placeholder.name: placeholder for placeholder in placeholders}
    _check(sidecar, names, loaded)
    fields = tuple(
        _field(placeholder, sidecar.fields.get(placeholder.name))
        for placeholder in placeholders
        if not _is_section(placeholder, sidecar) and placeholder.name not in sidecar.computed
    )
    computed = _computed(sidecar, fields, loaded)
    sections = tuple(
        _section(placeholder, sidecar.sections.get(placeholder.name))
        for placeholder in placeholders
        if _is_section(placeholder, sidecar)
    )
    spoken = sidecar.language or language
    title: dict[str, str] = (
        {str(key): text for key, text in sidecar.title.items()}
        if isinstance(sidecar.title, dict)
        else {spoken: sidecar.title} if sidecar.title else {}
    )  # fmt: skip
    packs = (sidecar.pack,) if isinstance(sidecar.pack, str) else tuple(sidecar.pack)
    return DraftOutline(spoken, title, packs, fields, sections, computed)


def _is_section(placeholder: Placeholder, sidecar: Sidecar) -> bool:
    return SECTION in placeholder.filters or placeholder.name in sidecar.sections


def _check(sidecar: Sidecar, names: Mapping[str, Placeholder], loaded: LoadedYaml) -> None:
    """Raises RulesBad if the sidecar speaks of what is not there."""
    known = shipped_packs()
    packs = [sidecar.pack] if isinstance(sidecar.pack, str) else sidecar.pack
    for number, pack in enumerate(packs):
        if pack not in known:
            path: tuple[str | int, ...] = ("pack",) if isinstance(sidecar.pack, str) else ("pack", number)
            raise loaded.bad(path, f"there is no pack {pack}", f"Packs are {', '.join(known)}.")
    for part, entries in (
        ("fields", sidecar.fields),
        ("sections", sidecar.sections),
        ("computed", _shown(sidecar, names)),
    ):
        for name in entries:
            if name not in names:
                problem = f"the template has no {{{{ {name} }}}}"
                raise loaded.bad((part, name), problem, f"It has {', '.join(names) or 'none'}.")
    for name, entry in sidecar.fields.items():
        if name in sidecar.sections:
            problem = f"{name} stands under fields and under sections"
            raise loaded.bad(("fields", name), problem, "Keep one of them.")
        _check_columns(name, entry, names[name], loaded)
        if entry.kind not in (None, FieldKind.CHOICE) if entry.choices else entry.kind is FieldKind.CHOICE:
            problem = "choices belong to the kind choice, and it needs them"
            raise loaded.bad(("fields", name), problem, "Add choices, or take them out.")
    for name in sidecar.computed:
        if name in sidecar.fields or name in sidecar.sections:
            problem = f"{name} stands under computed and elsewhere"
            raise loaded.bad(("computed", name), problem, "Keep one of them.")
    for name in sidecar.sections:
        if not names[name].alone:
            problem = f"{{{{ {name} }}}} does not stand alone in a paragraph of the body"
            raise loaded.bad(("sections", name), problem, "Give it a paragraph of its own, once.")


def _shown(sidecar: Sidecar, names: Mapping[str, Placeholder]) -> set[str]:
    """The computed names that have to stand in the template: those that no other figure is made of."""
    inner = {term for entry in sidecar.computed.values() for term in _terms(entry)}
    return {name for name in sidecar.computed if name in names or name not in inner}


def _terms(entry: ComputedEntry) -> tuple[str, ...]:
    return (entry.sum,) if isinstance(entry.sum, str) else tuple(entry.sum)


def _check_columns(name: str, entry: FieldEntry, placeholder: Placeholder, loaded: LoadedYaml) -> None:
    """Raises RulesBad if the columns do not fit the template's, or one another."""
    there = [column.name for column in placeholder.columns]
    is_table = entry.kind is FieldKind.ROWS or bool(entry.columns)
    if is_table and not there:
        problem = f"no row of the template takes a column of {name}"
        raise loaded.bad(
            ("fields", name), problem, f"Write {{%tr for item in {name} %}} and {{{{ item.column }}}}."
        )
    if there and entry.kind not in (None, FieldKind.ROWS):
        raise loaded.bad(
            ("fields", name, "kind"), f"{name} is a table", "Write kind: rows, or take kind out."
        )
    if entry.kind is FieldKind.PICTURE and not placeholder.picture:
        problem = f"{{{{ {name} }}}} is no picture's alternative text"
        raise loaded.bad(
            ("fields", name, "kind"), problem, "Write it as the alternative text of a picture in Word."
        )
    known = [*there, *(column for column in entry.columns if column not in there)]
    for column, of in entry.columns.items():
        for factor in of.times:
            if factor not in known or factor == column or entry.columns.get(factor, ColumnEntry()).times:
                problem = f"{factor} is no column that is given"
                fix = f"Columns are {', '.join(known)}."
                raise loaded.bad(("fields", name, "columns", column, "times"), problem, fix)


def _computed(sidecar: Sidecar, fields: Sequence[Field], loaded: LoadedYaml) -> tuple[Computed, ...]:
    """The figures in their order, each from what stands before it. Raises RulesBad."""
    columns = {f"{field.name}.{column.name}": column.number for field in fields for column in field.columns}
    known = {name for name, number in columns.items() if number}
    known |= {field.name for field in fields if field.kind is FieldKind.NUMBER}
    made = list[Computed]()
    for name, entry in sidecar.computed.items():
        for term in _terms(entry):
            if term not in known:
                fix = f"Write one of: {', '.join(sorted(known)) or 'none is a number'}."
                raise loaded.bad(("computed", name, "sum"), f"{term} is no figure above it", fix)
            for key in entry.where:
                if f"{term.partition('.')[0]}.{key}" not in columns:
                    raise loaded.bad(
                        ("computed", name, "where"), f"{key} is no column of it", "Name a column."
                    )
        rate = "" if entry.rate is None else str(entry.rate).strip().rstrip("%％")
        if not _is_rate(rate or "0"):
            raise loaded.bad(("computed", name, "rate"), f"{entry.rate} is no rate", "Write 10%.")
        where = tuple((key, str(value)) for key, value in entry.where.items())
        label = entry.label or name.replace("_", " ")
        made.append(Computed(name, label, _terms(entry), where, rate, entry.rounding or "", entry.decimals))
        known.add(name)
    return tuple(made)


def _is_rate(text: str) -> bool:
    """Whether it is a number of percent that can be reckoned with."""
    try:
        rate = Decimal(text)
    except InvalidOperation:
        return False
    return rate.is_finite() and len(text) <= 20 and abs(rate) <= 10_000


def _columns(placeholder: Placeholder, entry: FieldEntry) -> tuple[Column, ...]:
    """The template's columns, then those that the sidecar alone has: they are given and count, unseen."""
    factors = {factor for each in entry.columns.values() for factor in each.times}
    there = {column.name: column for column in placeholder.columns}
    names = dict.fromkeys([*there, *entry.columns])
    columns = []
    for name in names:
        column, each = (
            there.get(name, Column(name, name.replace("_", " "))),
            entry.columns.get(name, ColumnEntry()),
        )
        number = column.number or bool(each.times) or name in factors
        columns.append(
            replace(
                column, label=each.label or column.label, required=each.required, times=tuple(each.times),
                number=number if each.kind is None else each.kind == "number", rounding=each.rounding or "",
                decimals=each.decimals,
            )
        )  # fmt: skip
    return tuple(columns)


def _field(placeholder: Placeholder, entry: FieldEntry | None) -> Field:
    entry = entry or FieldEntry()
    kind = entry.kind
    if kind is None and placeholder.columns:
        kind = FieldKind.ROWS
    if kind is None and placeholder.picture:
        kind = FieldKind.PICTURE
    if kind is None and entry.choices:
        kind = FieldKind.CHOICE
    if kind is None and placeholder.filters & DATES:
        kind = FieldKind.DATE
    if kind is None and placeholder.filters & NUMBERS:
        kind = FieldKind.NUMBER
    if kind is None:
        kind = FieldKind.LONG_TEXT if placeholder.looped else FieldKind.TEXT
    return Field(
        placeholder.name, entry.label or placeholder.label or placeholder.name, kind, entry.required,
        tuple(entry.choices), entry.hint, entry.default, placeholder.unit, _columns(placeholder, entry),
    )  # fmt: skip


def _section(placeholder: Placeholder, entry: SectionEntry | None) -> OutlineSection:
    entry = entry or SectionEntry()
    return OutlineSection(
        placeholder.name,
        entry.label or placeholder.label or placeholder.name,
        entry.ask or placeholder.ask,
        entry.required,
        entry.quotes,
    )
