"""filename: how the file is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Literal

from checks.findings import RuleMatch
from checks.rules import Context, RegexText, Rule, pattern_of
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
        if self.date_exists:
            for digits in pattern_of(r"(?<!\d)(?:19|20)\d{6}(?!\d)").finditer(stem):
                text = digits[0]
                if date_of(int(text[:4]), int(text[4:6]), int(text[6:])) is None:
                    yield RuleMatch(-1, 0, 0, "filename_date", {"name": name, "found": text}, quote=name)
