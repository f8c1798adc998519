"""pdfa: a PDF says of itself that it is PDF/A, for the archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from checks.document.document import DocumentFormat
from checks.findings import NotApplicable, RuleMatch
from checks.rules import Context, Rule

Standard = Literal["1A", "1B", "2A", "2B", "2U", "3A", "3B", "3U", "4", "4E", "4F"]


class PdfaRule(Rule):
    """What a PDF declares to be."""

    kind: Literal["pdfa"] = "pdfa"
    levels: list[Standard] = []

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """That it declares nothing, or another standard."""
        document = context.document
        if document.format is not DocumentFormat.PDF:
            raise NotApplicable("pdfa_no_pdf")
        if not document.pdfa:
            yield RuleMatch(-1, 0, 0, "pdfa_missing", {})
        elif self.levels and document.pdfa not in self.levels:
            wanted = ", ".join(f"PDF/A-{level.lower()}" for level in self.levels)
            values = {"found": f"PDF/A-{document.pdfa.lower()}", "wanted": wanted}
            yield RuleMatch(-1, 0, 0, "pdfa_other", values)
