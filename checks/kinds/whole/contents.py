"""contents: the table of contents says what the headings say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from checks.document.document import CheckedDocument, DocumentFormat, Zone
from checks.document.tables import folded
from checks.findings import CouldNotRun, NotApplicable, RuleMatch
from checks.rules import Context, Rule
from language.headings import number_end, without_number

# The leader and the page number at the end of an entry.
_PAGE = re.compile(r"(?<![\s.．…·・‥0-9０-９])[\s.．…·・‥]+([0-9０-９]{1,4})\s*$")
_TITLES = re.compile(r"目次|目录|目錄|もくじ|contents|tableofcontents", re.IGNORECASE)


@dataclass(frozen=True)
class _ContentsEntry:
    piece: int
    start: int
    end: int
    text: str  # folded
    numbered: bool
    page: int  # as printed; 0 where none is


class ContentsRule(Rule):
    """The table of contents against the headings."""

    kind: Literal["contents"] = "contents"
    required: bool = False
    depth: int | None = Field(None, ge=1, le=9, description="Levels of headings that it lists.")
    pages: bool | None = Field(None, description="Whether page numbers are compared.")

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Entries without a heading, headings without an entry, another order, another page."""
        document = context.document
        entries = list(_entries(document))
        if not entries:
            if self.required:
                yield RuleMatch(-1, 0, 0, "contents_missing", {})
                return
            raise NotApplicable("no_contents")
        last = max(entry.piece for entry in entries)
        headings = [
            index
            for index in document.headings
            if document.pieces[index].level >= 1
            and not _TITLES.fullmatch(folded(document.pieces[index].text))
        ]
        matched = _matched(document, entries, headings)
        deepest = self.depth or max(
            (document.pieces[index].level for index in matched if index >= 0), default=1
        )
        for entry, index in zip(entries, matched, strict=True):
            if index < 0:
                shown = document.pieces[entry.piece].text[entry.start : entry.end].strip()
                yield RuleMatch(entry.piece, entry.start, entry.end, "contents_no_heading", {"entry": shown})
        listed = set(matched)
        for index in headings:
            piece = document.pieces[index]
            if piece.level <= deepest and index not in listed and index > last:
                values = {"heading": piece.whole.strip()}
                yield RuleMatch(index, 0, len(piece.text), "contents_no_entry", values)
        yield from _order(document, entries, matched)
        if self.pages is not False:
            yield from self._pages(document, entries, matched)

    def _pages(
        self, document: CheckedDocument, entries: list[_ContentsEntry], matched: list[int]
    ) -> Iterator[RuleMatch]:
        if document.format is not DocumentFormat.PDF:
            if self.pages:
                raise CouldNotRun("contents_pages", form=str(document.format))
            return
        pairs = [
            (entry, document.pieces[index].page)
            for entry, index in zip(entries, matched, strict=True)
            if entry.page and index >= 0
        ]
        if not pairs:
            return
        # A cover or a preface shifts what is printed; what most entries agree on is the shift.
        shift, agree = Counter(page - entry.page for entry, page in pairs).most_common(1)[0]
        if 2 * agree <= len(pairs) and len(pairs) > 1:
            shift = 0
        for entry, page in pairs:
            if entry.page + shift != page:
                values = {"page": entry.page, "right": page - shift}
                yield RuleMatch(entry.piece, entry.start, entry.end, "contents_page", values)


def _entries(document: CheckedDocument) -> Iterator[_ContentsEntry]:
    for index, piece in document.of(frozenset({Zone.CONTENTS})):
        start = 0
        for line in piece.text.split("\n"):
            shown = line if not piece.number or start else f"{piece.number}{line}"
            page = _PAGE.search(shown)
            text = folded(shown[: page.start()] if page else shown)
            text = text.rstrip(".．…·・‥")
            if text and not _TITLES.fullmatch(text):
                number, numbered = int(folded(page[1])) if page else 0, number_end(shown) > 0
                yield _ContentsEntry(index, start, start + len(line), text, numbered, number)
            start += len(line) + 1


def _matched(document: CheckedDocument, entries: list[_ContentsEntry], headings: list[int]) -> list[int]:
    """For each entry the heading that it names, -1 where there is none; each heading once."""
    whole: dict[str, list[int]] = {}
    bare: dict[str, list[int]] = {}
    for index in headings:
        piece = document.pieces[index]
        whole.setdefault(folded(piece.whole), []).append(index)
        bare.setdefault(folded(without_number(piece.whole)), []).append(index)
    out: list[int] = []
    used: set[int] = set()
    for entry in entries:
        same = whole.get(entry.text, [])
        if not same and not entry.numbered:
            same = bare.get(entry.text, [])  # a table of contents may leave the numbers out
        chosen = next((index for index in same if index not in used), -1)
        used.add(chosen)
        out.append(chosen)
    return out


def _order(
    document: CheckedDocument, entries: list[_ContentsEntry], matched: list[int]
) -> Iterator[RuleMatch]:
    highest = -1
    for entry, index in zip(entries, matched, strict=True):
        if 0 <= index < highest:
            values = {"entry": document.pieces[index].whole.strip()}
            yield RuleMatch(entry.piece, entry.start, entry.end, "contents_order", values)
        highest = max(highest, index)
