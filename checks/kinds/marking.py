"""marking: a confidentiality mark, and a page number, on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from checks.document.document import CheckedDocument, DocumentFormat
from checks.document.surfaces import Surface, shown, surfaces
from checks.findings import NotApplicable, RuleMatch
from checks.rules import Context, RegexText, Rule, RulePart, pattern_of

Where = Literal["header", "footer", "header_or_footer", "any"]


class PageNumber(RulePart):
    """Where the page number stands, and how: N is the page, M the number of pages."""

    where: Where = "footer"
    format: str = "N"


class MarkingRule(Rule):
    """What must stand on every page."""

    kind: Literal["marking"] = "marking"
    text: RegexText | None = None
    where: Where = "header"
    pages: Literal["all", "first", "not_first"] = "all"
    same: bool = True
    page_number: PageNumber | None = None
    property: str | None = None

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each page without its mark or number, and marks that differ."""
        document = context.document
        edges = surfaces(document)
        if not edges:
            yield from self._plain(document)
            return
        marks: dict[str, Surface] = {}
        for surface in edges:
            if not applies(self.pages, surface):
                continue
            if self.text is not None:
                mark = self._mark(document, surface)
                if mark is None:
                    values = {
                        "text": self.text.replace("|", " / "),
                        "page": surface.name,
                        "where": self.where,
                    }
                    yield RuleMatch(-1, 0, 0, f"marking_missing_{self.where}", values, place=surface.place)
                else:
                    marks.setdefault(mark, surface)
            if self.page_number is not None:
                yield from number_hits(document, surface, self.page_number)
        if self.same and len(marks) > 1:
            for mark in list(marks)[1:]:
                values = {"found": mark, "other": next(iter(marks)), "page": marks[mark].name}
                yield RuleMatch(-1, 0, 0, "marking_differs", values, place=marks[mark].place, quote=mark)
        if self.property is None or self.text is None:
            return
        if not pattern_of(self.text).search(document.property(self.property)):
            yield RuleMatch(-1, 0, 0, "marking_property", {"property": self.property, "text": self.text})

    def _plain(self, document: CheckedDocument) -> Iterator[RuleMatch]:
        """Markdown and text have no pages: the mark must stand before the text."""
        if (
            self.text is None
            or self.where == "footer"
            or (document.format is DocumentFormat.TEXT and not document.pieces)
        ):
            raise NotApplicable("no_pages")
        first = [piece.text for piece in document.pieces[:3]]
        if not any(pattern_of(self.text).search(text) for text in first):
            yield RuleMatch(
                -1, 0, 0, "marking_missing_any", {"text": self.text.replace("|", " / "), "page": "1"}
            )

    def _mark(self, document: CheckedDocument, surface: Surface) -> str | None:
        assert self.text is not None
        pattern = pattern_of(self.text)
        for index in places(surface, self.where):
            if match := pattern.search("".join(document.pieces[index].text.split())) or pattern.search(
                document.pieces[index].text
            ):
                return str(match[0])
        return None


def applies(pages: str, surface: Surface) -> bool:
    """Whether a rule for those pages speaks of that surface."""
    return pages == "all" or (surface.first if pages == "first" else not surface.first)


def places(surface: Surface, where: str) -> tuple[int, ...]:
    """The pieces that stand there."""
    return {
        "header": surface.header,
        "footer": surface.footer,
        "header_or_footer": (*surface.header, *surface.footer),
        "any": (*surface.header, *surface.footer, *surface.body),
    }[where]


def number_hits(document: CheckedDocument, surface: Surface, spec: PageNumber) -> Iterator[RuleMatch]:
    """That a surface has no page number of that form; of a PDF, also that it is not this page's."""
    pieces = [document.pieces[index] for index in places(surface, spec.where)]
    text = shown(pieces)
    body = re.sub(r"\s+", r"\\s*", re.escape(spec.format).replace(r"\ ", " "))
    page, pages = (
        ("\x01", "\x02") if document.format is not DocumentFormat.PDF else (r"([0-9]{1,9})", r"([0-9]{1,9})")
    )
    if document.format is DocumentFormat.PPTX:
        page, pages = "(?:\x01|[0-9]{1,9})", "(?:\x02|[0-9]{1,9})"
    pattern = re.sub(r"(?<![A-Za-z])N(?![A-Za-z])", lambda _: page, body)
    pattern = re.sub(r"(?<![A-Za-z])M(?![A-Za-z])", lambda _: pages, pattern)
    marked = next((match for line in text.split("\n") if (match := re.search(pattern, line))), None)
    values = {"form": spec.format, "page": surface.name}
    if marked is None:
        yield RuleMatch(-1, 0, 0, "page_number_missing", values, place=surface.place)
    elif document.format is DocumentFormat.PDF and marked.groups():
        numbers = [int(group) for group in marked.groups()]
        if len(numbers) > 1 and (numbers[0] > numbers[1] or numbers[1] > surface.last):
            values |= {"found": marked[0]}
            yield RuleMatch(-1, 0, 0, "page_number_wrong", values, place=surface.place, quote=marked[0])
