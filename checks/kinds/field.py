"""field: reads a value (an amount, a date, a number) by its label, and holds it to a form, a range, or the
sum of a table. Other rules take their conditions from it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from checks.document.document import CheckedDocument, Zone
from checks.document.tables import column, find_tables, folded, summed
from checks.findings import CouldNotRun, RuleMatch
from checks.kinds.style.date import written_dates
from checks.rules import Context, DayText, FieldValue, RegexText, Rule, RulePart, day_of, pattern_of, some_of
from language.amounts import money_in, number_of, template_pattern

Type = Literal["money", "money_jpy", "number", "date", "text"]


class Find(RulePart):
    """Where the value stands: behind or below a label, in a property of the file, or as a pattern's match."""

    label: list[str] | str | None = None
    property: str | None = None
    pattern: RegexText | None = None
    type: Type = "text"


class SumOf(RulePart):
    """A column of a table."""

    table: RegexText | None = None
    column: str


class Require(RulePart):
    """What the value must be."""

    present: bool = True
    format: str | None = None
    pattern: RegexText | None = None
    equals_sum_of: SumOf | None = None
    equals: str | None = Field(None, description="Another field's name.")
    min: float | None = None
    max: float | None = None
    one_of: list[str] = []
    not_before: DayText | None = Field(None, description="Another date field's name, today, or a day.")
    not_after: DayText | None = Field(None, description="The same, for the other side.")


class FieldRule(Rule):
    """A value of the document."""

    kind: Literal["field"] = "field"
    name: str = Field(min_length=1)
    find: Find
    require: Require = Require.model_validate({})

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """What is wrong with the value."""
        value = self._found(context.document)
        if value is None:
            if self.require.present:
                yield RuleMatch(-1, 0, 0, "field_missing", {"label": self._label()})
            return
        context.fields[self.name] = value
        yield from self._form(value)
        if self.require.equals_sum_of is not None:
            yield from self._sum(context, value, self.require.equals_sum_of)
        yield from self._days(context, value)
        if self.require.equals is not None:
            other = context.fields.get(self.require.equals)
            if other is None:
                raise CouldNotRun("field_unknown", field=self.require.equals)
            if _key(value) != _key(other):
                yield self._hit(value, "field_equals", {"other": other.text, "label": self._label()})

    def _days(self, context: Context, value: FieldValue) -> Iterator[RuleMatch]:
        """A date on the wrong side of another. Raises CouldNotRun where a date cannot be read."""
        for text, key in ((self.require.not_before, "before"), (self.require.not_after, "after")):
            if text is None:
                continue
            day, shown = day_of(context, text)
            if value.date is None or day is None:
                raise CouldNotRun("field_no_date", label=self._label() if value.date is None else text)
            if value.date < day if key == "before" else value.date > day:
                yield self._hit(value, f"field_{key}", {"other": shown, "label": self._label()})

    def _label(self) -> str:
        label = self.find.label or self.find.property or self.name
        return label if isinstance(label, str) else " / ".join(label)

    def _hit(self, value: FieldValue, message: str, values: Mapping[str, object]) -> RuleMatch:
        return RuleMatch(
            value.piece, value.start, value.end, message, {"found": value.text, **values}, quote=value.text
        )

    def _form(self, value: FieldValue) -> Iterator[RuleMatch]:
        require = self.require
        label = {"label": self._label()}
        if require.format and not re.search(f"^{template_pattern(require.format)}", value.text):
            yield self._hit(value, "field_format", {"form": require.format, **label})
        if require.pattern and not pattern_of(require.pattern).search(value.text):
            yield self._hit(value, "field_format", {"form": require.pattern, **label})
        if require.one_of and value.text.strip() not in require.one_of:
            yield self._hit(value, "field_choice", {"allowed": some_of(require.one_of), **label})
        if value.number is None:
            if self.find.type not in ("text", "date"):
                yield self._hit(value, "field_number", label)
            return
        if (require.min is not None and value.number < require.min) or (
            require.max is not None and value.number > require.max
        ):
            bounds = {"min": _shown(require.min), "max": _shown(require.max)}
            yield self._hit(value, "field_range", {**label, **bounds})

    def _sum(self, context: Context, value: FieldValue, of: SumOf) -> Iterator[RuleMatch]:
        tables = find_tables(context.document, of.table, [of.column])
        columns = [named_column for table in tables if (named_column := column(table, of.column)) is not None]
        if not columns:
            raise CouldNotRun("no_table", table=f"{of.table or ''} {of.column}".strip())
        if value.number is None:
            return
        total = summed(columns[0])
        if abs(total - value.number) > 0.005:
            values = {"sum": f"{total:,.10g}", "column": of.column, "label": self._label()}
            yield self._hit(value, "field_sum", values)

    def _found(self, document: CheckedDocument) -> FieldValue | None:
        if self.find.property is not None:
            text = document.property(self.find.property)
            return self._value(text, -1, 0) if text.strip() else None
        if self.find.pattern is not None:
            pattern = pattern_of(self.find.pattern)
            for index, piece in document.of(self.zones):
                if match := pattern.search(piece.text):
                    group = 1 if match.re.groups else 0
                    return self._value(match[group], index, match.start(group))
            return None
        labels = self.find.label or self.name
        for label in [labels] if isinstance(labels, str) else labels:
            for text, index, start in _beside(document, label):
                value = self._value(text, index, start)
                if value.text and (
                    self.find.type == "text" or value.number is not None or value.date is not None
                ):
                    return value
        return None

    def _value(self, text: str, index: int, start: int) -> FieldValue:
        lead = len(text) - len(text.lstrip())
        text, start = text.strip(), start + lead
        number = date = None
        if self.find.type in ("money", "money_jpy"):
            if money := money_in(text):
                begin, _, number = money
                text, start = text[begin:], start + begin
        elif self.find.type == "number":
            number = number_of(text)
        elif self.find.type == "date":
            dates = written_dates(text)
            date = dates[0].date if dates else None
        text = text.split("\n")[0]
        return FieldValue(text, number, date, index, start, start + len(text))


def _beside(document: CheckedDocument, label: str) -> Iterator[tuple[str, int, int]]:
    """What stands behind, beside or below a label: text, piece, where it begins in the piece."""
    wanted = folded(label)
    for index, piece in enumerate(document.pieces):
        if piece.zone in (Zone.COMMENT, Zone.CONTENTS, Zone.CODE):
            continue
        match = re.match(r"\s*+([^:：\n]{1,30}?)(?<!\s)\s*+[:：]\s*+(?=\S)", piece.text)
        if match and _same(match[1], wanted):
            yield piece.text[match.end() :], index, match.end()
            continue
        if not _same(piece.text.rstrip(":： 　"), wanted):
            continue
        if piece.table >= 0:
            yield from _cells_beside(document, index)
        else:
            for place in range(index + 1, min(index + 4, len(document.pieces))):
                below = document.pieces[place]
                if below.text.strip() and below.zone is not Zone.HEADING:
                    yield below.text, place, 0
                    break


def _cells_beside(document: CheckedDocument, index: int) -> Iterator[tuple[str, int, int]]:
    piece = document.pieces[index]
    cells = [
        c for t in document.tables if t.index == piece.table for c in t.cells if c.pieces and c.text.strip()
    ]
    right = sorted(
        (c for c in cells if c.row == piece.row and c.column > piece.column), key=lambda c: c.column
    )
    below = sorted((c for c in cells if c.column == piece.column and c.row > piece.row), key=lambda c: c.row)
    for cell in [*right[:1], *below[:1]]:
        first_written = next(piece for piece in cell.pieces if document.pieces[piece].text.strip())
        yield document.pieces[first_written].text, first_written, 0


def _same(text: str, wanted: str) -> bool:
    """Whether a text is that label, its numbering aside."""
    shown = folded(text)
    return shown == wanted or bool(
        re.fullmatch(rf"(?:第?[0-9]+|[(][0-9]+[)])?[.、)]?{re.escape(wanted)}", shown)
    )


def _key(value: FieldValue) -> object:
    if value.number is not None:
        return value.number
    return value.date or folded(unicodedata.normalize("NFKC", value.text))


def _shown(bound: float | None) -> str:
    return "–" if bound is None else f"{bound:,.10g}"


def holds(condition: str, value: FieldValue) -> bool:
    """Whether a field is as a condition such as `>= 1000000` or `東京` says."""
    match = re.fullmatch(r"(>=|<=|==|!=|>|<|=)\s*+(.+)", condition.strip())
    sign, wanted = (match[1], match[2]) if match else ("=", condition.strip())
    number = number_of(wanted)
    if value.number is None or number is None:
        same = value.text.strip() == wanted
        return not same if sign == "!=" else same
    compared = {
        ">=": value.number >= number, "<=": value.number <= number, ">": value.number > number,
        "<": value.number < number, "!=": value.number != number,
    }  # fmt: skip
    return compared.get(sign, value.number == number)
