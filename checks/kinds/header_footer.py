"""header_footer: what the header and the footer of each page say, and where they say it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from checks.document.document import CheckedDocument, DocumentFormat
from checks.document.surfaces import Surface, surfaces
from checks.findings import NotApplicable, RuleMatch
from checks.kinds.marking import PageNumber, applies, number_hits
from checks.rules import Context, RegexText, Rule, RulePart, pattern_of


class EdgeLine(RulePart):
    """A header or a footer."""

    text: RegexText | None = None
    forbidden: RegexText | None = None
    align: Literal["left", "center", "right"] | None = None
    empty: bool | None = Field(None, description="true: nothing may stand there; false: something must.")


class HeaderFooterRule(Rule):
    """Headers and footers."""

    kind: Literal["header_footer"] = "header_footer"
    header: EdgeLine | None = None
    footer: EdgeLine | None = None
    page_number: PageNumber | None = None
    pages: Literal["all", "first", "not_first"] = "all"

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """What is missing or should not be there."""
        edges = surfaces(context.document)
        if not edges:
            raise NotApplicable("no_pages")
        for surface in edges:
            if not applies(self.pages, surface):
                continue
            for name, line, indices in (
                ("header", self.header, surface.header),
                ("footer", self.footer, surface.footer),
            ):
                if line is not None:
                    yield from _line(context.document, surface, name, line, indices)
            if self.page_number is not None:
                yield from number_hits(context.document, surface, self.page_number)


def _line(
    document: CheckedDocument, surface: Surface, name: str, line: EdgeLine, indices: tuple[int, ...]
) -> Iterator[RuleMatch]:
    pieces = [(index, document.pieces[index]) for index in indices if document.pieces[index].text.strip()]
    values: dict[str, object] = {"page": surface.name, "text": (line.text or "").replace("|", " / ")}
    if line.empty is True and pieces:
        yield RuleMatch(pieces[0][0], 0, len(pieces[0][1].text), f"{name}_not_empty", values)
    if line.empty is False and not pieces:
        yield RuleMatch(-1, 0, 0, f"{name}_empty", values, place=surface.place)
    if line.text is not None:
        pattern = pattern_of(line.text)
        fitting = [(index, piece) for index, piece in pieces if pattern.search(piece.text)]
        if not fitting and not pattern.search("\n".join(piece.text for _, piece in pieces)):
            quote = " ".join(piece.text.strip() for _, piece in pieces)[:80]
            yield RuleMatch(
                -1, 0, 0, f"{name}_text", {**values, "found": quote or "–"}, place=surface.place, quote=quote
            )
        for index, piece in fitting:
            align = piece.shape if document.format is DocumentFormat.XLSX else piece.paragraph.align or "left"
            if line.align and document.format is not DocumentFormat.PDF and align != line.align:
                tabs = {0: "left", 1: "center"}.get(
                    piece.text.split(piece.text.strip())[0].count("\t"), "right"
                )
                if "\t" not in piece.text or tabs != line.align:
                    shown = {**values, "found": align, "align": line.align}
                    yield RuleMatch(index, 0, len(piece.text), "header_align", shown)
    if line.forbidden is not None:
        forbidden = pattern_of(line.forbidden)
        for index, piece in pieces:
            for match in forbidden.finditer(piece.text):
                yield RuleMatch(index, match.start(), match.end(), "pattern", {"found": match[0]})
