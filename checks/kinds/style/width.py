"""style.width: digits, letters, katakana and spaces in the width that the house writes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from checks.findings import RuleMatch
from checks.patterns import Pattern
from checks.rules import Context, Rule

_FULL = {"digits": Pattern("[０-９]+(?:[．，][０-９]+)*"), "latin": Pattern("[Ａ-Ｚａ-ｚ]+")}
_HALF = {"digits": Pattern(r"[0-9]+"), "latin": Pattern("[A-Za-z]+")}
_HALF_KATAKANA = Pattern("[｡-ﾟ]+")
_WIDE_SPACE_INSIDE = Pattern(r"(?<=[A-Za-z0-9])　+(?=[A-Za-z0-9])")


class WidthRule(Rule):
    """Widths: half, full, one of the two throughout (same), or as it comes (any)."""

    kind: Literal["style.width"] = "style.width"
    digits: Literal["half", "full", "same", "any"] = "any"
    latin: Literal["half", "full", "same", "any"] = "any"
    katakana: Literal["full", "any"] = "any"
    space_between_widths: Literal["never", "always", "any"] = "any"
    single_digit_full: bool = False  # 公用文: one digit may be full, two and more half

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each stretch of the wrong width."""
        texts = [(index, text) for index, _, text in self.texts(context)]
        for what, wanted in (("digits", self.digits), ("latin", self.latin)):
            yield from self._width(what, wanted, texts)
        if self.katakana == "full":
            for index, text in texts:
                for match in _HALF_KATAKANA.finditer(text):
                    wide = unicodedata.normalize("NFKC", match[0])
                    values = {"found": match[0], "expected": wide}
                    yield RuleMatch(index, match.start(), match.end(), "width_katakana", values, wide)
        if self.space_between_widths != "any":
            from checks.kinds.style.spacing import SpacingRule

            spacing = SpacingRule(id=self.id, between_widths=self.space_between_widths, scope=self.scope)
            yield from spacing.check(context)

    def _width(self, what: str, wanted: str, texts: list[tuple[int, str]]) -> Iterator[RuleMatch]:
        if wanted == "any":
            return
        if wanted == "same":
            count: Counter[str] = Counter()
            for _, text in texts:
                count["full"] += sum(1 for _ in _FULL[what].finditer(text))
                count["half"] += sum(1 for _ in _HALF[what].finditer(text))
            if not (count["full"] and count["half"]):
                return
            wanted = "full" if count["full"] > count["half"] else "half"
        for index, text in texts:
            for match in (_FULL if wanted == "half" else _HALF)[what].finditer(text):
                if wanted == "half" and self.single_digit_full and len(match[0]) == 1:
                    continue
                other = _half(match[0]) if wanted == "half" else _full(match[0])
                values = {"found": match[0], "expected": other}
                yield RuleMatch(index, match.start(), match.end(), f"width_{wanted}", values, other)


def _half(text: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)


def _full(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
