"""What the reading of a file left out, so that whoever looks at the document knows. Pure.

A reader says it beside the page that it came to next; `keep` adds it to the warnings of the version, which
stand in the records, on the screen of documents and in every answer about the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from ingest.pages import PageContent

MOST_NAMES = 50  # that a warning lists; its count covers all of them
LONGEST_NAME = 200


class LeftOutKind(StrEnum):
    """What a reader may leave out of a file; each is the code of a warning."""

    ATTACHMENTS = "attachments_unread"  # files in the file
    ATTACHMENTS_READ = "attachments_read"  # files that no page shows, and that were read with the file
    FORM = "form_unread"  # a form that only Adobe's programs can show (XFA)
    FORM_AS_TEXT = "form_as_text"  # such a form whose labels and values were read from its data
    FORMULAS = "formulas_without_value"  # cells whose result was never saved
    FORMULAS_COMPUTED = "formulas_computed"  # such cells that LibreOffice worked out
    PARTS = "parts_unread"  # parts of an Office file that hold text: charts, diagrams, inserted documents
    FONTS = "fonts_missing"  # page pictures lack the letters of fonts that are neither in the file nor here


# What each warning says to a person, in one sentence; the screens have their own in three languages.
SENTENCES = {
    "hidden_text": "{count} pieces of text cannot be seen on the pages; they are kept out of answers",
    "poor_text": "{count} pages hold text that may be nonsense: no font explains its letters",
    "scan_without_text": "{count} pages are scans without text; nothing on them can be found",
    "recognised_text": "the text of {count} pages was recognised from pictures",
    LeftOutKind.ATTACHMENTS: "{count} attached files were not read: {names}. Take them out and add them by"
    " themselves",
    LeftOutKind.FORM: "the form shows its contents in Adobe's programs alone; print it to a PDF there and add"
    " that",
    LeftOutKind.ATTACHMENTS_READ: "{count} attached files were read as parts of this document: {names}",
    LeftOutKind.FORM_AS_TEXT: "the form shows its pages in Adobe's programs alone; its labels and values were"
    " read from the file's data. Compare with the form before you rely on their order",
    LeftOutKind.FORMULAS: "{count} formulas have no saved result, so their values are missing: {names}. Save"
    " the workbook in Excel or LibreOffice and add it again",
    LeftOutKind.FORMULAS_COMPUTED: "{count} formulas had no saved result and were worked out here: {names}."
    " Compare with the workbook in Excel",
    LeftOutKind.PARTS: "{count} parts of the file were not read: {names}. Compare with the original",
    LeftOutKind.FONTS: "pictures of pages lack letters of fonts that are neither in the file nor here:"
    " {names}",
}
SHOWN_NAMES = 5


def sentence_of(warning: Mapping[str, Any]) -> str:
    """A warning in English; its code if this program does not know its kind."""
    code, names, count = str(warning.get("code", "")), list(warning.get("names", ())), warning.get("count", 0)
    shown = ", ".join(names[:SHOWN_NAMES]) + (", …" if len(names) > SHOWN_NAMES else "")
    return SENTENCES.get(code, code).format(count=count, names=shown)


class LeftOut:
    """Gathers what a reader leaves out while its pages go by."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def add(self, kind: LeftOutKind, name: str) -> None:
        """Something of that kind was left out."""
        self._names.setdefault(str(kind), []).append(" ".join(name.split())[:LONGEST_NAME])

    def beside(self, pages: Iterable[PageContent]) -> Iterator[PageContent]:
        """Those pages, each with what was left out until the next; an empty one if there is no page."""
        waiting: PageContent | None = None
        for page in pages:
            if waiting is not None:
                yield self._told(waiting)
            waiting = page
        if waiting is not None:
            yield self._told(waiting)
        elif self._names:
            yield self._told(PageContent(1, ""))

    def _told(self, page: PageContent) -> PageContent:
        if not self._names:
            return page
        names, self._names = self._names, {}
        return replace(page, left_out=merged(page.left_out, names))


def merged(left_out: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What either of them says was left out."""
    kinds = dict.fromkeys([*left_out, *other])
    return {kind: [*left_out.get(kind, ()), *other.get(kind, ())] for kind in kinds}


def keep(warnings: Sequence[Mapping[str, Any]], pages: Iterable[PageContent]) -> list[dict[str, Any]]:
    """The warnings of a version with what was left out beside those pages."""
    kept = {str(warning.get("code")): dict(warning) for warning in warnings}
    for page in pages:
        for kind, names in page.left_out.items():
            if kind not in [str(known) for known in LeftOutKind]:
                continue
            warning = kept.setdefault(kind, {"code": kind, "count": 0, "pages": [], "names": []})
            new = [name for name in names if name not in warning["names"]]
            warning["count"] += len(new)
            warning["names"] = [*warning["names"], *new][:MOST_NAMES]
            warning["pages"] = [*dict.fromkeys([*warning["pages"], page.number])][:MOST_NAMES]
    return list(kept.values())


def of_reading(warnings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Those of a version's warnings that only reading the file can give."""
    kinds = {str(kind) for kind in LeftOutKind}
    return [dict(warning) for warning in warnings if warning.get("code") in kinds]
