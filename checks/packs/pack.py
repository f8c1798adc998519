"""A rule pack: rules that are ready to run, types of document, and how packs become one. It opens no pack."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checks.document.document import CheckedDocument, Zone
from checks.findings import RuleResult, RuleState
from checks.patterns import PatternTooSlow
from checks.rules import RegexText, Rule, RulePart, pattern_of
from core.errors import RulesBad
from language.encodings import decoded


class When(RulePart):
    """How a document of a type is told: all that is given must fit."""

    filename: RegexText | None = None
    any_heading: list[str] = []
    text: RegexText | None = None


class Doctype(RulePart):
    """A type of document."""

    when: When


@dataclass(frozen=True)
class Pack:
    """Rules ready to run. `broken` are rules of an import that are refused by name."""

    name: str
    rules: tuple[Rule, ...] = ()
    doctypes: dict[str, Doctype] = field(default_factory=dict)
    broken: tuple[RuleResult, ...] = ()
    warnings: tuple[str, ...] = ()
    title: dict[str, str] = field(default_factory=dict)


def merged(name: str, packs: Sequence[Pack]) -> Pack:
    """Those packs as one; a rule id that two of them use is told apart by its pack."""
    rules: list[Rule] = []
    taken: set[str] = set()
    for pack in packs:
        for rule in pack.rules:
            given = rule.id if rule.id not in taken else f"{pack.name}/{rule.id}"
            number = 2
            while given in taken:
                given, number = f"{pack.name}/{rule.id}-{number}", number + 1
            taken.add(given)
            rules.append(rule if given == rule.id else rule.model_copy(update={"id": given}))
    doctypes: dict[str, Doctype] = {}
    for pack in packs:
        doctypes |= pack.doctypes
    return Pack(
        name,
        tuple(rules),
        doctypes,
        tuple(broken for pack in packs for broken in pack.broken),
        tuple(warning for pack in packs for warning in pack.warnings),
        packs[0].title if packs else {},
    )


def doctypes_of(pack: Pack, document: CheckedDocument) -> tuple[str, ...]:
    """The types of the pack that the document is of. Raises RulesBad where a pattern takes too long."""
    names = []
    for name, doctype in pack.doctypes.items():
        try:
            if _is(doctype.when, document):
                names.append(name)
        except PatternTooSlow as error:
            problem = f"the pattern {str(error)[:80]} takes too long over {document.name}"
            fix = "Take repeats within repeats out of it."
            raise RulesBad(place=f"{pack.name}, doctypes.{name}", problem=problem, fix=fix) from error
    return tuple(names)


def _is(when: When, document: CheckedDocument) -> bool:
    named = when.filename is not None and pattern_of(when.filename).search(document.name) is not None
    if when.filename is not None and not named and not when.any_heading:
        return False  # where the pack names both, a name that says nothing leaves the headings to decide
    if when.any_heading:
        first = [piece.text for _, piece in document.of(frozenset(Zone) - {Zone.COMMENT})][:12]
        titles = [document.pieces[index].text for index in document.headings] + first
        folded = ["".join(title.split()) for title in titles]
        if not any(pattern_of(pattern).search(title) for pattern in when.any_heading for title in folded):
            return False
    if when.text is not None:
        pattern = pattern_of(when.text)
        return any(pattern.search(piece.text) for piece in document.pieces)
    return True


def broken_rule(rule_id: str, why: str, kind: str = "") -> RuleResult:
    """A rule that cannot run, for the report."""
    return RuleResult(rule_id, RuleState.COULD_NOT_RUN, why, kind=kind)


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV or TSV file."""
    text = decoded(path.read_bytes())
    delimiter = "\t" if path.suffix.lower() == ".tsv" or text.count("\t") > text.count(",") else ","
    return [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=delimiter)]
