"""A rule of textlint as a rule of a pack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from checks.findings import RuleMatch
from checks.packs.imports.textlint.body_style import BODY_RULES
from checks.packs.imports.textlint.sign_rules import JTF_RULES, SPACING_RULES
from checks.packs.imports.textlint.word_rules import WORD_RULES, Finder
from checks.rules import Context, Rule

_NUMBER = re.compile(r"[0-9](?:\.[0-9]{1,2}){1,2}")


class TextlintRule(Rule):
    """One of textlint's rules, under the options that a `.textlintrc` gives it."""

    kind: Literal["textlint"] = "textlint"
    name: str
    options: dict[str, Any] = {}

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Its findings, in the document's order as far as the rule goes through it."""
        finder = finder_of(self.name)
        assert finder is not None
        yield from finder(context.document, self.options)


def finder_of(name: str) -> Finder | None:
    """What looks for that rule's findings: by the package's name without `textlint-rule-`, or by the
    number of a
    JTF rule; None where there is no counterpart."""
    if number := _NUMBER.match(name):
        return JTF_RULES.get(number[0]) or BODY_RULES.get(number[0])
    return WORD_RULES.get(name) or SPACING_RULES.get(name)
