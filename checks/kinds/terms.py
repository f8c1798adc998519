"""terms: words that are written one way, with prh's semantics, and tests of their own that run at load."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from checks.document.document import MASK
from checks.findings import RuleMatch
from checks.literals import folded, needed
from checks.patterns import Pattern, PatternBad, PatternDialect
from checks.rules import Context, Rule, RulePart

_REGEX = re.compile(r"^/(.*)/([gimy]*)$", re.DOTALL)
_MUST_EMPTY = re.compile(r"^\$([0-9]+)$")
_ASCII = re.compile(r"[A-Za-z0-9]")


class Spec(RulePart):
    """A test of a term: applied to `from`, it must give `to`."""

    from_: str = Field(alias="from", min_length=1)
    to: str = Field(min_length=1)


class Options(RulePart):
    """prh's options of a term."""

    wordBoundary: bool = False  # noqa: N815  # prh's own spelling


class ListedTerm(RulePart):
    """One word: what is expected, and what stands there instead."""

    expected: str
    pattern: str | list[str] | None = None
    patterns: str | list[str] | None = None
    regexpMustEmpty: str = ""  # noqa: N815  # prh's own spelling
    options: Options = Options()
    specs: list[Spec] = []
    prh: str = ""
    note: str = ""

    @property
    def sources(self) -> list[str]:
        """The patterns as written; empty where they follow from `expected`."""
        given = self.pattern if self.pattern is not None else self.patterns
        return [given] if isinstance(given, str) else list(given or [])

    @cached_property
    def compiled(self) -> Pattern:
        """All its patterns as one. Raises PatternBad."""
        return union(self.sources, self.expected, self.options.wordBoundary)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """What a text must contain for the term to be in it (`checks.literals`); empty: nothing is known."""
        regexes = [match[1] if (match := _REGEX.match(source)) else quoted(source) for source in self.sources]
        return needed(regexes or [quoted(self.expected)])

    @model_validator(mode="after")
    def _sound(self) -> ListedTerm:
        try:
            if any(map(_REGEX.match, self.sources)):  # words alone always compile, and then when they are met
                self.compiled.compiled  # noqa: B018  # compiling is the question
            else:
                self.compiled  # noqa: B018  # so is joining them
        except PatternBad as error:
            raise ValueError(f"the pattern of {self.expected} does not compile: {error}") from error
        for spec in self.specs:
            got = applied([self], spec.from_)
            if got != spec.to:
                raise ValueError(
                    f"the test of {self.expected} fails: {spec.from_} gives {got} and should give {spec.to}"
                )
        return self


def union(sources: Sequence[str], expected: str, word_boundary: bool) -> Pattern:
    """Those patterns as one; where there are none, that of the expected word. Raises PatternBad."""
    if not sources:
        body, ignore = _spread(expected), False
    else:
        parts, cases = [], []
        for source in sources:
            if match := _REGEX.match(source):
                parts.append(match[1])
                cases.append("i" in match[2])
            else:
                parts.append(quoted(source))
                cases.append(False)
        if len(set(cases)) > 1:
            raise PatternBad("some of its patterns ignore case and some do not")
        ignore = cases[0]
        body = parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
    if word_boundary:
        body = f"\\b{body}\\b" if len(sources) != 1 else f"\\b(?:{body})\\b"
    return Pattern(body, PatternDialect.JS, ignore)


def quoted(text: str) -> str:
    """A text as a pattern that matches it alone."""
    return re.sub(r"[\\^$.*+?()\[\]{}|/-]", lambda match: "\\" + match[0], text)


def _spread(expected: str) -> str:
    """prh's own pattern for a term without one: each letter in either case and width."""

    def either(sign: re.Match[str]) -> str:
        character = sign[0]
        wide = chr(ord(character) + 0xFEE0)
        if character.isdigit():
            return f"[{character}{wide}]"
        upper, lower = character.upper(), character.lower()
        return f"[{upper}{lower}{chr(ord(upper) + 0xFEE0)}{chr(ord(lower) + 0xFEE0)}]"

    parts, done = [], 0
    for match in _ASCII.finditer(expected):
        parts += [quoted(expected[done : match.start()]), either(match)]
        done = match.end()
    return "".join([*parts, quoted(expected[done:])])


@dataclass(frozen=True)
class TermChange:
    """A place where a term is written otherwise."""

    start: int
    end: int
    found: str
    replacement: str
    term: ListedTerm
    order: int
    groups: tuple[tuple[int, int], ...] = ()  # where the pattern's groups stand

    def shown(self, text: str) -> str:
        """The replacement with its groups read from that text, in which nothing is masked."""
        parts = [text[start:end] for start, end in self.groups]
        return _filled(self.term.expected, parts) if MASK in self.replacement else self.replacement


def changes(terms: Sequence[ListedTerm], text: str) -> list[TermChange]:
    """What those terms would change in a text: of two that begin together the longer, of two that overlap
    the first; of two of the same place that of the earlier term."""
    return _changes(looked_up(terms), text)


@dataclass(frozen=True)
class LookedUp:
    """Terms with what a text must contain for them: of hundreds few are in a paragraph, and those run."""

    single: tuple[tuple[str, int, ListedTerm], ...]
    other: tuple[tuple[tuple[str, ...], int, ListedTerm], ...]

    def near(self, plain: str) -> list[tuple[int, ListedTerm]]:
        """Those that may be in a folded text, with their places in the list."""
        terms = [(order, term) for part, order, term in self.single if part in plain]
        terms += [
            (order, term)
            for parts, order, term in self.other
            if not parts or any(part in plain for part in parts)
        ]
        return terms


def looked_up(terms: Sequence[ListedTerm]) -> LookedUp:
    """Those terms, made ready once for many texts."""
    listed = list(enumerate(terms))
    return LookedUp(
        tuple((term.needed[0], order, term) for order, term in listed if len(term.needed) == 1),
        tuple((term.needed, order, term) for order, term in listed if len(term.needed) != 1),
    )


def _changes(terms: LookedUp, text: str) -> list[TermChange]:
    replacements: list[TermChange] = []
    for order, term in terms.near(folded(text)):
        for match in term.compiled.finditer(text):
            whole = str(match[0])
            if whole == term.expected:
                continue
            if (group := _MUST_EMPTY.match(term.regexpMustEmpty)) and match[int(group[1])]:
                continue
            replacement = _expanded(term.expected, match)
            if replacement != whole:
                groups = tuple(match.span(number) for number in range(1, match.re.groups + 1))
                replacements.append(
                    TermChange(match.start(), match.end(), whole, replacement, term, order, groups)
                )
    replacements.sort(key=lambda change: (change.start, change.start - change.end, change.order))
    kept: list[TermChange] = []
    for change in replacements:
        if not kept or (change.start >= kept[-1].end and change.start >= kept[-1].start):
            if kept and change.start == kept[-1].start and change.end == kept[-1].end:
                continue
            kept.append(change)
    return kept


def _expanded(expected: str, match: Any) -> str:
    return _filled(expected, [match[number] or "" for number in range(1, match.re.groups + 1)])


def _filled(expected: str, groups: Sequence[str]) -> str:
    def value(reference: re.Match[str]) -> str:
        number = int(reference[1])
        return groups[number - 1] if 0 < number <= len(groups) else reference[0]

    return re.sub(r"\$([0-9]{1,2})", value, expected)


def applied(terms: Sequence[ListedTerm], text: str) -> str:
    """The text with every change made."""
    for change in reversed(changes(terms, text)):
        text = text[: change.start] + change.replacement + text[change.end :]
    return text


class TermsRule(Rule):
    """Words that are written one way."""

    kind: Literal["terms"] = "terms"
    rules: list[ListedTerm] = Field(min_length=1)

    @cached_property
    def _looked_up(self) -> LookedUp:
        return looked_up(self.rules)

    def changes(self, text: str) -> list[TermChange]:
        """What the terms would change in a text."""
        return _changes(self._looked_up, text)

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each place where a term is written otherwise."""
        for index, piece, text in self.texts(context):
            disabled = _disabled(text)
            for change in self.changes(text):
                if any(pattern is None or pattern.search(change.found) for pattern in disabled):
                    continue
                note = change.term.prh or change.term.note
                shown = change.shown(piece.text)
                yield RuleMatch(
                    index,
                    change.start,
                    change.end,
                    "term_noted" if note else "term",
                    {"found": piece.text[change.start : change.end], "expected": shown, "note": note},
                    # What is code or a link is not written anew: there the finding has no fix.
                    None if MASK in change.found else change.replacement,
                )


def _disabled(text: str) -> list[Pattern | None]:
    """What `prh:disable` comments in the text switch off: everything (None), or matches of a pattern."""
    if "prh:disable" not in text:
        return []
    return [
        Pattern(match[1], PatternDialect.JS) if match[1] else None
        for match in re.finditer(r"prh:disable(?::(\S+))?", text)
    ]
