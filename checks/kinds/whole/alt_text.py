"""alt_text: every picture has a text for those who do not see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from checks.findings import CouldNotRun, NotApplicable, RuleMatch, match_at
from checks.rules import Context, RegexText, Rule, pattern_of

# What programs write where nobody has: a file's name, or "image 3".
_NO_TEXT = re.compile(
    r"(?:[^\s/\\]{1,200}\.(?:png|jpe?g|gif|bmp|svg|tiff?|webp|emf|wmf)"
    r"|(?:image|picture|img|graphic|figure|photo|screenshot|画像|図|写真|图片|图像|圖片)[\s_\-]?[0-9]{0,6})",
    re.IGNORECASE,
)


class AltTextRule(Rule):
    """Alternative texts of pictures."""

    kind: Literal["alt_text"] = "alt_text"
    min_chars: int = Field(1, ge=1)
    max_chars: int | None = Field(None, ge=1)
    forbidden: RegexText | None = None
    decorative: bool = Field(True, description="A picture that says that it is decoration needs none.")

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each picture without a text, or with one that says nothing."""
        document = context.document
        if document.pictures is None:
            raise CouldNotRun("alt_unknown", form=str(document.format))
        if not document.pictures:
            raise NotApplicable("no_pictures")
        for picture in document.pictures:
            if picture.decorative and self.decorative:
                continue
            values: dict[str, object] = {"name": picture.name or "–", "alt": picture.alt}
            key = ""
            if len(picture.alt) < self.min_chars:
                key = "alt_short" if picture.alt else "alt_missing"
                values |= {"length": len(picture.alt), "least": self.min_chars}
            elif _NO_TEXT.fullmatch(picture.alt) or (
                self.forbidden is not None and pattern_of(self.forbidden).search(picture.alt)
            ):
                key = "alt_says_nothing"
            elif self.max_chars is not None and len(picture.alt) > self.max_chars:
                key = "alt_long"
                values |= {"length": len(picture.alt), "most": self.max_chars}
            if key:
                yield match_at(document, picture.spot, key, values, picture.alt or picture.name)
