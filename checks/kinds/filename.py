"""filename: how the file is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Literal

from pydantic import Field, model_validator

from checks.document.tables import folded
from checks.findings import CouldNotRun, RuleMatch
from checks.kinds.style.date import written_dates
from checks.rules import Context, FieldValue, RegexText, Rule, pattern_of
from language.amounts import number_of
from language.eras import date_of


class FilenameRule(Rule):
    """The name of the file."""

    kind: Literal["filename"] = "filename"
    pattern: RegexText | None = None
    example: str = ""
    forbidden: str = ""
    max_length: int | None = None
    extensions: list[str] = []
    date_exists: bool = False
    equals: dict[str, str] = Field({}, description="By named group of the pattern, the field it is.")

    @model_validator(mode="after")
    def _sound(self) -> FilenameRule:
        if not self.equals:
            return self
        groups = pattern_of(self.pattern).compiled.groupindex if self.pattern is not None else {}
        for group in self.equals:
            if group not in groups:
                raise ValueError(f"the pattern has no group {group}: write (?P<{group}>…)")
        return self

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """What is wrong with the name."""
        name = PurePath(context.document.name).name
        stem = PurePath(name).stem
        if self.pattern is not None:
            compiled = pattern_of(self.pattern)
            if not compiled.search(stem) and not compiled.search(name):
                values = {"name": name, "example": self.example or self.pattern}
                yield RuleMatch(-1, 0, 0, "filename_pattern", values, quote=name)
        bad = sorted({character for character in stem if character in self.forbidden})
        if bad:
            yield RuleMatch(
                -1, 0, 0, "filename_characters", {"name": name, "found": " ".join(bad)}, quote=name
            )
        if self.max_length is not None and len(stem) > self.max_length:
            sizes: dict[str, object] = {"name": name, "length": len(stem), "max": self.max_length}
            yield RuleMatch(-1, 0, 0, "filename_length", sizes, quote=name)
        if self.extensions and PurePath(name).suffix.lstrip(".").lower() not in self.extensions:
            values = {"name": name, "allowed": ", ".join(self.extensions)}
            yield RuleMatch(-1, 0, 0, "filename_extension", values, quote=name)
        yield from self._fields(context, stem)
        if self.date_exists:
            for digits in pattern_of(r"(?<!\d)(?:19|20)\d{6}(?!\d)").finditer(stem):
                text = digits[0]
                if date_of(int(text[:4]), int(text[4:6]), int(text[6:])) is None:
                    yield RuleMatch(-1, 0, 0, "filename_date", {"name": name, "found": text}, quote=name)

    def _fields(self, context: Context, stem: str) -> Iterator[RuleMatch]:
        """Parts of the name that are not what the document says."""
        match = pattern_of(self.pattern).search(stem) if self.equals and self.pattern is not None else None
        if match is None:
            return
        for group, name in self.equals.items():
            part, value = match[group], context.fields.get(name)
            if value is None:
                raise CouldNotRun("field_unknown", field=name)
            if part is not None and not _same(part, value):
                values = {"found": part, "field": name, "value": value.text}
                yield RuleMatch(
                    value.piece, value.start, value.end, "filename_field", values, quote=value.text
                )


def _same(part: str, value: FieldValue) -> bool:
    """Whether a part of a file's name means what the field does: the text, the day, or the number."""
    if folded(part) == folded(value.text):
        return True
    if value.date is not None:
        if part.isdigit() and len(part) in (6, 8):
            return part in (f"{value.date:%Y%m%d}", f"{value.date:%y%m%d}", f"{value.date:%Y%m}")
        return any(written.date == value.date for written in written_dates(part))
    return value.number is not None and number_of(part) == value.number
