"""style.characters: characters that nobody sees or that break search: decomposed, zero-width,
control and replacement characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from checks.findings import RuleMatch
from checks.patterns import Pattern
from checks.rules import Context, Rule

_DECOMPOSED = Pattern(r"[^\u3099\u309A\u0300-\u036f][\u3099\u309A\u0300-\u036f]+")
_ZERO_WIDTH = Pattern("[\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]+")
_CONTROL = Pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")
_REPLACEMENT = Pattern("\ufffd+")


class CharactersRule(Rule):
    """Characters that should not be in a document."""

    kind: Literal["style.characters"] = "style.characters"
    forbid: list[Literal["decomposed", "zero_width", "control", "replacement"]] = Field(
        default=["decomposed", "zero_width", "control", "replacement"], min_length=1
    )

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each such character."""
        for index, _, text in self.texts(context):
            for what in self.forbid:
                for match in _PATTERNS[what].finditer(text):
                    composed = unicodedata.normalize("NFC", match[0]) if what == "decomposed" else ""
                    if composed == match[0]:
                        continue  # a letter that has no composed form
                    codes = " ".join(f"U+{ord(character):04X}" for character in match[0])
                    fix = None if what == "replacement" else composed
                    yield RuleMatch(
                        index, match.start(), match.end(), f"characters_{what}", {"codes": codes}, fix
                    )


_PATTERNS = {
    "decomposed": _DECOMPOSED, "zero_width": _ZERO_WIDTH, "control": _CONTROL, "replacement": _REPLACEMENT,
}  # fmt: skip
