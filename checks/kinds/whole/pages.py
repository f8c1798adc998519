"""pages: how many pages a document has, and that it says so rightly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from checks.document.document import DocumentFormat
from checks.findings import CouldNotRun, NotApplicable, RuleMatch
from checks.rules import Context, RegexText, Rule, pattern_of
from language.amounts import number_of


class PagesRule(Rule):
    """The number of pages."""

    kind: Literal["pages"] = "pages"
    min: int | None = Field(None, ge=1)
    max: int | None = Field(None, ge=1)
    even: bool = Field(False, description="An even number, as for print on both sides.")
    stated: RegexText | None = Field(None, description="Where the text says how many: the first group.")

    @model_validator(mode="after")
    def _sound(self) -> PagesRule:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min}) is greater than max ({self.max})")
        if self.min is None and self.max is None and not self.even and self.stated is None:
            raise ValueError("min, max, even or stated is expected")
        if self.stated is not None and pattern_of(self.stated).compiled.groups < 1:
            raise ValueError("stated needs a group for the number, such as 全([0-9]+)ページ")
        return self

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Too few, too many, another number than the text says."""
        document = context.document
        if document.format in (DocumentFormat.MARKDOWN, DocumentFormat.TEXT):
            raise NotApplicable("no_pages")
        count = document.pages
        if document.format is DocumentFormat.XLSX or count < 1:
            raise CouldNotRun("pages_unknown", form=str(document.format))
        if self.min is not None and count < self.min:
            yield RuleMatch(-1, 0, 0, "pages_few", {"count": count, "least": self.min})
        if self.max is not None and count > self.max:
            yield RuleMatch(-1, 0, 0, "pages_many", {"count": count, "most": self.max})
        if self.even and count % 2:
            yield RuleMatch(-1, 0, 0, "pages_odd", {"count": count})
        if self.stated is None:
            return
        pattern = pattern_of(self.stated)
        for index, piece in document.of(self.zones):
            for match in pattern.finditer(piece.text):
                number = number_of(match[1] or "")
                if number is not None and number != count:
                    values = {"found": match[0], "count": count}
                    yield RuleMatch(index, match.start(), match.end(), "pages_stated", values)
