"""What a check hands over: findings with place, quote and identity, and what became of each rule."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

import yaml

from checks.document.document import CheckedDocument, DocumentPlace
from checks.document.traces import TraceSpot

LANGUAGES = ("ja", "en", "zh")


class Level(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


SEVERITY = {Level.INFO: 0, Level.WARNING: 1, Level.ERROR: 2}


@dataclass(frozen=True)
class RuleMatch:
    """What a kind finds: the characters [start, end) of a piece (-1: of the document as a whole).

    `message` is a key of messages.yaml; `replacement` would stand in place of the quote.
    """

    piece: int
    start: int
    end: int
    message: str
    values: dict[str, Any] = field(default_factory=dict)
    replacement: str | None = None
    place: DocumentPlace | None = None
    quote: str | None = None
    confidence: float | None = None
    others: tuple[RuleMatch, ...] = ()  # the same at other places: one decision of the document, told once


@dataclass(frozen=True)
class Finding:
    """A breach of a rule. `fingerprint` stays the same while text elsewhere changes; `also` are the other
    places
    of what the whole document does the same way."""

    rule: str
    kind: str
    level: Level
    message: str
    place: DocumentPlace
    quote: str
    fix: str | None = None
    fix_is_safe: bool = False
    confidence: float | None = None  # of the model, for a judged rule: the share of votes
    fingerprint: str = ""
    document: str = ""
    link: str = ""
    messages: dict[str, str] = field(default_factory=dict)  # the message in every language
    reason: str = ""  # why it was let pass
    also: tuple[DocumentPlace, ...] = ()

    @property
    def is_opinion(self) -> bool:
        """Whether a model said it, and not a rule that can be followed."""
        return self.confidence is not None

    def as_dict(self) -> dict[str, Any]:
        """The shape that programs read."""
        fields: dict[str, Any] = {
            "rule": self.rule,
            "kind": self.kind,
            "level": str(self.level),
            "message": self.message,
            "place": self.place.as_dict(),
            "quote": self.quote,
            "fix": self.fix,
            "fix_is_safe": self.fix_is_safe,
            "fingerprint": self.fingerprint,
            "document": self.document,
        }
        if self.confidence is not None:
            fields |= {"confidence": self.confidence, "opinion": True}
        if self.link:
            fields["link"] = self.link
        if self.reason:
            fields["reason"] = self.reason
        if self.also:
            fields["also"] = [place.as_dict() for place in self.also]
        return fields


@dataclass(frozen=True)
class FindingGroup:
    """Findings that say the same, in their order; `numbers` are theirs in the report, from 1."""

    findings: tuple[Finding, ...]
    numbers: tuple[int, ...]

    @property
    def first(self) -> Finding:
        """The first of them, which speaks for all."""
        return self.findings[0]

    @property
    def places(self) -> list[str]:
        """Where they stand, in few words, each place once."""
        all_of_them = (place for each in self.findings for place in (each.place, *each.also))
        return list(dict.fromkeys(place.shown() or "–" for place in all_of_them))

    @property
    def count(self) -> int:
        """At how many places it was found, two on one line counted twice."""
        return sum(1 + len(each.also) for each in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The shape that programs read."""
        return {
            "rule": self.first.rule,
            "level": str(self.first.level),
            "message": self.first.message,
            "fix": self.first.fix,
            "count": self.count,
            "findings": list(self.numbers),
            "places": self.places,
        }


def grouped(findings: Sequence[Finding]) -> list[FindingGroup]:
    """The findings by rule and message, in the order of the first of each."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, finding in enumerate(findings, start=1):
        key = (
            finding.is_opinion,
            finding.rule,
            finding.level,
            finding.message,
            finding.fix,
            finding.document,
        )
        groups.setdefault(key, []).append(number)
    return [
        FindingGroup(tuple(findings[number - 1] for number in numbers), tuple(numbers))
        for numbers in groups.values()
    ]


class RuleState(StrEnum):
    """What became of a rule."""

    RAN = "ran"
    NOT_APPLICABLE = "not_applicable"  # nothing in this document that it speaks of
    COULD_NOT_RUN = "could_not_run"  # it should have, and `why` says what stopped it


@dataclass(frozen=True)
class RuleResult:
    """What became of one rule on one document."""

    id: str
    state: RuleState
    why: str = ""
    findings: int = 0
    kind: str = ""
    level: Level = Level.ERROR
    whys: dict[str, str] = field(default_factory=dict)  # the reason in every language

    def as_dict(self) -> dict[str, Any]:
        """The shape that programs read."""
        return {
            "id": self.id,
            "ran": self.state is RuleState.RAN,
            "why": self.why,
            "state": str(self.state),
            "findings": self.findings,
        }


@dataclass(frozen=True)
class CheckReport:
    """The outcome for one document."""

    document: CheckedDocument
    pack: str
    findings: tuple[Finding, ...]
    rules: tuple[RuleResult, ...]
    waived: tuple[Finding, ...] = ()
    unverified: tuple[dict[str, Any], ...] = ()  # opinions of a model whose quote does not stand there
    doctypes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The shape that programs read."""
        return {
            "document": self.document.name,
            "format": str(self.document.format),
            "pack": self.pack,
            "doctypes": list(self.doctypes),
            "findings": [finding.as_dict() for finding in self.findings],
            "groups": [group.as_dict() for group in grouped(self.findings)],
            "rules": [rule.as_dict() for rule in self.rules],
            "waived": [finding.as_dict() for finding in self.waived],
            "unverified": list(self.unverified),
            "notes": list(self.document.notes),
        }

    def spoken(self, language: str) -> CheckReport:
        """The same, told in that language."""
        return replace(
            self,
            findings=tuple(_spoken(finding, language) for finding in self.findings),
            waived=tuple(_spoken(finding, language) for finding in self.waived),
            rules=tuple(replace(rule, why=rule.whys.get(language, rule.why)) for rule in self.rules),
        )

    def levels(self) -> dict[str, int]:
        """How many findings there are of each level."""
        counted = Counter(finding.level for finding in self.findings)
        return {str(level): counted[level] for level in Level}

    def worst(self) -> Level | None:
        """The highest level among the findings."""
        return max((finding.level for finding in self.findings), key=SEVERITY.__getitem__, default=None)


def _spoken(finding: Finding, language: str) -> Finding:
    return replace(finding, message=finding.messages.get(language, finding.message))


class NotApplicable(Exception):
    """The document has nothing that the rule speaks of: key of messages.yaml, values."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key, self.values = key, values


class CouldNotRun(NotApplicable):
    """Something kept the rule from looking, although it should: key of messages.yaml, values."""


class RanInPart(NotApplicable):
    """It looked, and part of what it asks cannot be told in this format: key of messages.yaml, values."""


def match_at(
    document: CheckedDocument, spot: TraceSpot, key: str, values: dict[str, Any], quote: str = ""
) -> RuleMatch:
    """A match at a trace or a picture; where characters of a piece are meant, these are what is quoted."""
    if spot.piece >= 0:
        given = None if spot.end > spot.start else quote
        return RuleMatch(spot.piece, spot.start, spot.end, key, values, quote=given)
    return RuleMatch(-1, 0, 0, key, values, place=document.spot(spot), quote=quote)


@cache
def _messages() -> dict[str, dict[str, str]]:
    text = resources.files("checks").joinpath("messages.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded


def message(key: str, language: str, values: dict[str, Any]) -> str:
    """That message in that language; English where the language has none."""
    texts = _messages()[key]
    return filled(texts.get(language) or texts["en"], values)


def filled(template: str, values: dict[str, Any]) -> str:
    """A template with its `{names}` filled; a name without value stays as it is."""

    def value(match: re.Match[str]) -> str:
        return str(values[match[1]]) if match[1] in values else match[0]

    return re.sub(r"\{(\w+)\}", value, template)


def messages(key: str, values: dict[str, Any]) -> dict[str, str]:
    """That message in every language."""
    return {language: message(key, language, values) for language in LANGUAGES}


def of_exception(document: str, key: str, values: dict[str, Any], language: str) -> Finding:
    """A finding about what lets findings pass: a waiver or an ignore comment that ended or fits nothing."""
    return Finding(
        rule=key.replace("_", "-"),
        kind="waiver",
        level=Level.WARNING,
        message=message(key, language, values),
        messages=messages(key, values),
        place=DocumentPlace(),
        quote="",
        document=document,
        fingerprint=key,
    )


# Not `language.headings.without_number`: waivers and baselines keep fingerprints for years, so what is left
# out of them never changes.
_SIGN = re.compile(
    r"^(?:第[0-9一二三四五六七八九十百]+[章節条編款项項部]?|[（(]?[0-9一二三四五六七八九十ア-ンa-z]{1,3}[)）.．、]|[0-9.]+)\s*"
)


def folded(text: str) -> str:
    """NFKC, without spaces: how two quotes are compared."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def identified(findings: Iterable[Finding], keys: Iterable[str]) -> list[Finding]:
    """The findings with their fingerprints: rule, what was found, and the headings above without their
    numbers; the second of the same kind in one place is its own."""
    seen: Counter[str] = Counter()
    out = []
    for finding, key in zip(findings, keys, strict=True):
        if finding.also:  # of the whole document: it stays the same wherever it stands first
            base = "\n".join([finding.rule, key])
            seen[base] += 1
            digest = hashlib.sha256(f"{base}\n{seen[base]}".encode()).hexdigest()[:16]
            out.append(replace(finding, fingerprint=digest))
            continue
        above = ">".join(_SIGN.sub("", part.strip()) for part in finding.place.section.split(" > "))
        where = finding.place.sheet
        base = "\n".join([finding.rule, folded(finding.quote) or key, folded(above), where])
        seen[base] += 1
        digest = hashlib.sha256(f"{base}\n{seen[base]}".encode()).hexdigest()[:16]
        out.append(replace(finding, fingerprint=digest))
    return out
