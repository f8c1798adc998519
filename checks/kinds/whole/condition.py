"""condition: where a document says one thing, another must stand in it too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from checks.findings import CouldNotRun, NotApplicable, RuleMatch
from checks.kinds.field import holds
from checks.kinds.structure import found_headings, heading_fits
from checks.rules import Context, RegexText, Rule, RulePart, pattern_of


class Condition(RulePart):
    """What a document may say; all that is given must hold."""

    text: RegexText | None = None
    heading: RegexText | None = None
    field: dict[str, str] = {}

    @model_validator(mode="after")
    def _sound(self) -> Condition:
        if self.text is None and self.heading is None and not self.field:
            raise ValueError("text, heading or field is expected under if")
        return self


class Consequence(RulePart):
    """What it must have then."""

    heading: RegexText | None = None
    text: RegexText | None = None
    no_text: RegexText | None = None

    @model_validator(mode="after")
    def _sound(self) -> Consequence:
        if self.heading is None and self.text is None and self.no_text is None:
            raise ValueError("heading, text or no_text is expected under then")
        return self


class ConditionRule(Rule):
    """If this, then that."""

    kind: Literal["condition"] = "condition"
    if_: Condition = Field(alias="if")
    then: Consequence

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """What is missing, told where the condition is met."""
        cause = self._cause(context)
        if cause is None:
            raise NotApplicable("condition_unmet")
        index, start, end, shown = cause
        document, then = context.document, self.then
        if then.heading is not None and not any(
            heading_fits(then.heading, text) for _, text in found_headings(document, True)
        ):
            values = {"cause": shown, "wanted": then.heading.replace("|", " / ")}
            yield RuleMatch(index, start, end, "condition_heading", values)
        if then.text is not None:
            pattern = pattern_of(then.text)
            if not any(pattern.search(piece.text) for _, piece in document.of(self.zones)):
                values = {"cause": shown, "wanted": then.text.replace("|", " / ")}
                yield RuleMatch(index, start, end, "condition_text", values)
        if then.no_text is not None:
            pattern = pattern_of(then.no_text)
            for place, piece in document.of(self.zones):
                for match in pattern.finditer(piece.text):
                    values = {"cause": shown, "match": match[0]}
                    yield RuleMatch(place, match.start(), match.end(), "condition_no_text", values)

    def _cause(self, context: Context) -> tuple[int, int, int, str] | None:
        """Where all of the condition is met: a piece, characters, and what is said of it; None where not."""
        causes: list[tuple[int, int, int, str]] = []
        for name, wanted in self.if_.field.items():
            value = context.fields.get(name)
            if value is None:
                raise CouldNotRun("field_unknown", field=name)
            if not holds(wanted, value):
                return None
            causes.append((value.piece, value.start, value.end, f"{name}: {value.text}"))
        if self.if_.heading is not None:
            headings = found_headings(context.document, True)
            index = next((number for number, text in headings if heading_fits(self.if_.heading, text)), None)
            if index is None:
                return None
            text = context.document.pieces[index].text
            causes.append((index, 0, len(text), text))
        if self.if_.text is not None:
            pattern = pattern_of(self.if_.text)
            for index, piece, text in self.texts(context):
                if match := pattern.search(text):
                    causes.append((index, *match.span(), piece.text[match.start() : match.end()]))
                    break
            else:
                return None
        return causes[-1]
