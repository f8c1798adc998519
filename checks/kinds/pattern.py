"""pattern: a regular expression that must not (or must) be found, with a message and perhaps a
replacement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from checks.findings import RuleMatch
from checks.patterns import SECONDS, Pattern, PatternBad, PatternDialect, PatternTooSlow
from checks.rules import Context, Rule, RulePart, regex_of


class Sample(RulePart):
    """Tests that run at load: texts in which the rule must find something, and in which nothing."""

    bad: list[str] = []
    good: list[str] = []


class PatternRule(Rule):
    """Something that must not be written, or must be."""

    kind: Literal["pattern"] = "pattern"
    pattern: str | list[str]
    dialect: PatternDialect = PatternDialect.PYTHON
    ignore_case: bool = False
    replace: str | None = None
    required: bool = False
    group: int = Field(0, ge=0, le=99, description="Report this group of the match instead of all of it.")
    except_: list[str] = Field([], alias="except")
    tests: Sample = Sample()

    @cached_property
    def compiled(self) -> list[Pattern]:
        """The patterns. Raises PatternBad."""
        given = [self.pattern] if isinstance(self.pattern, str) else self.pattern
        out = []
        for source in given:
            body, dialect, ignore = regex_of(source, self.dialect)
            out.append(Pattern(body, dialect, ignore or self.ignore_case))
        return out

    @cached_property
    def excepted(self) -> list[Pattern]:
        """What a match may be all the same. Raises PatternBad."""
        return [Pattern(source, self.dialect) for source in self.except_]

    @model_validator(mode="after")
    def _sound(self) -> PatternRule:
        try:
            for pattern in self.compiled:
                if self.group > pattern.compiled.groups:
                    raise ValueError(f"the pattern has no group {self.group}")
            for pattern in self.excepted:
                pattern.compiled  # noqa: B018  # compiling is the question
        except PatternBad as error:
            raise ValueError(f"the pattern does not compile: {error}") from error
        try:
            self._tried()
        except PatternTooSlow as error:
            raise ValueError(
                f"the pattern {str(error)[:80]} takes more than {SECONDS:g} s over its own test:"
                " take out repeats within repeats"
            ) from error
        return self

    def _tried(self) -> None:
        for text in self.tests.bad:
            if not any(self._found(text)):
                raise ValueError(f"its own test fails: nothing is found in {text!r}")
        for text in self.tests.good:
            if hit := next(self._found(text), None):
                raise ValueError(f"its own test fails: {hit[2]!r} is found in {text!r}")

    def _found(self, text: str) -> Iterator[tuple[int, int, str, str | None]]:
        taken = -1
        matches = [match for pattern in self.compiled for match in pattern.finditer(text)]
        for match in sorted(matches, key=lambda match: (match.start(), -match.end())):
            start, end = match.span(self.group)
            if start < 0 or start < taken or any(exception.match(match[0]) for exception in self.excepted):
                continue
            taken = max(end, start + 1)
            yield start, end, match[self.group], self._replaced(match)

    def _replaced(self, match: Any) -> str | None:
        if self.replace is None:
            return None
        return re.sub(r"\$([0-9]{1,2}|&)", lambda reference: self._group(match, reference), self.replace)

    @staticmethod
    def _group(match: Any, reference: re.Match[str]) -> str:
        if reference[1] == "&":
            return str(match[0])
        number = int(reference[1])
        return (match[number] or "") if number <= match.re.groups else reference[0]

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each match; or, where one is required, that there is none."""
        any_found = False
        for index, _, text in self.texts(context):
            for start, end, quote, replacement in self._found(text):
                any_found = True
                if not self.required:
                    yield RuleMatch(index, start, end, "pattern", {"found": quote}, replacement)
        if self.required and not any_found:
            yield RuleMatch(-1, 0, 0, "pattern_required", {"pattern": self.compiled[0].source})
