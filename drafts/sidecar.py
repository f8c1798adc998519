"""The YAML file beside a template, joined with what the template itself says. Errors name line and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field as Key

from checks.packs.loading import shipped as shipped_packs
from checks.packs.yaml_lines import MOST_VALUES_SENT, LoadedYaml, parse_yaml, validated
from checks.rules import RulePart
from contract.values import FieldKind
from drafts.expressions import DATES, NUMBERS, SECTION
from drafts.outline import MOST_QUOTES, DraftOutline, Field, OutlineSection, Placeholder

GUIDE = "docs/drafts.md"


class FieldEntry(RulePart):
    """What the sidecar may say of a field."""

    label: str = Key(default="", max_length=100)
    kind: FieldKind | None = None
    required: bool = True
    choices: list[str] = Key(default=[], max_length=200)
    hint: str = Key(default="", max_length=300)
    default: str = Key(default="", max_length=1000)


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
        if not _is_section(placeholder, sidecar)
    )
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
    return DraftOutline(spoken, title, packs, fields, sections)


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
    for part, entries in (("fields", sidecar.fields), ("sections", sidecar.sections)):
        for name in entries:
            if name not in names:
                problem = f"the template has no {{{{ {name} }}}}"
                raise loaded.bad((part, name), problem, f"It has {', '.join(names) or 'none'}.")
    for name, entry in sidecar.fields.items():
        if name in sidecar.sections:
            problem = f"{name} stands under fields and under sections"
            raise loaded.bad(("fields", name), problem, "Keep one of them.")
        if entry.kind not in (None, FieldKind.CHOICE) if entry.choices else entry.kind is FieldKind.CHOICE:
            problem = "choices belong to the kind choice, and it needs them"
            raise loaded.bad(("fields", name), problem, "Add choices, or take them out.")
    for name in sidecar.sections:
        if not names[name].alone:
            problem = f"{{{{ {name} }}}} does not stand alone in a paragraph of the body"
            raise loaded.bad(("sections", name), problem, "Give it a paragraph of its own, once.")


def _field(placeholder: Placeholder, entry: FieldEntry | None) -> Field:
    entry = entry or FieldEntry()
    kind = entry.kind
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
        tuple(entry.choices), entry.hint, entry.default,
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
