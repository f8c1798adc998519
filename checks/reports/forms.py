"""Every form of a report, by name: what the command line writes and the HTTP door hands out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from checks.document.document import DocumentFormat
from checks.findings import CheckReport
from checks.reports.annotated_pdf import annotated_pdf
from checks.reports.commented_word import commented_word
from checks.reports.html import Sheets, html
from checks.reports.junit import junit
from checks.reports.sarif import sarif
from checks.service.folders import FileOutcome, as_shape
from checks.service.pages import page_boxes, page_sizes
from checks.service.printed import OFFICE, printed
from core.errors import BadValue, OriginalBad
from ingest.formats import PDF
from ingest.records.printing import NotPrinted
from ingest.sandbox import ReadingLimits, render_page


class ReportForm(StrEnum):
    """The forms of a report."""

    HTML = "html"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    PDF = "pdf"  # a copy of one PDF, with highlights and notes
    DOCX = "docx"  # a copy of one Word document, with comments


MOST_PICTURES = 60  # in one HTML file, of all its documents
MEDIA_TYPES = {
    ReportForm.HTML: "text/html; charset=utf-8",
    ReportForm.JSON: "application/json",
    ReportForm.SARIF: "application/sarif+json",
    ReportForm.JUNIT: "application/xml",
    ReportForm.PDF: "application/pdf",
    ReportForm.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
SUFFIXES = {form: f".{form}" for form in ReportForm} | {ReportForm.JUNIT: ".xml"}
_COPIES = {ReportForm.PDF: DocumentFormat.PDF, ReportForm.DOCX: DocumentFormat.DOCX}


def forms_for(kind: DocumentFormat) -> list[ReportForm]:
    """The forms in which a report on a document of that format can be had."""
    return [form for form in ReportForm if _COPIES.get(form, kind) is kind]


def form_of(target: Path) -> ReportForm:
    """The form that a file's ending names. Raises BadValue."""
    suffix = {".htm": ".html"}.get(target.suffix.lower(), target.suffix.lower())
    for form, ending in SUFFIXES.items():
        if ending == suffix:
            return form
    raise _no_form(target.name)


def _no_form(name: str) -> BadValue:
    fix = "Forms are html, sarif, junit (.xml), json; pdf of one PDF, docx of one Word document."
    return BadValue(name="report", problem=f"{name} cannot be written", fix=fix)


def written(
    form: ReportForm,
    outcomes: Sequence[FileOutcome],
    language: str,
    limits: ReadingLimits | None = None,
    *,
    folder: Path | None = None,
) -> bytes:
    """The report on those documents; in `folder` the printing of an Office file is kept. Raises BadValue
    where the form is a copy of another kind of file, and FileDamaged."""
    given = [(outcome, outcome.report) for outcome in outcomes if outcome.report is not None]
    reports = [report for _, report in given]
    unread = [(outcome.path.name, str(outcome.error)) for outcome in outcomes if outcome.error is not None]
    match form:
        case ReportForm.JSON:
            return _json(as_shape(outcomes))
        case ReportForm.SARIF:
            return _json(sarif(reports, unread))
        case ReportForm.JUNIT:
            return junit(reports, unread).encode("utf-8")
        case ReportForm.HTML:
            departments = [outcome.department for outcome in outcomes if outcome.report is not None]
            with tempfile.TemporaryDirectory(prefix="shoko-printed-") as scratch:
                desk = _Desk(given, folder or Path(scratch), limits or ReadingLimits())
                text = html(reports, language, desk.sheets, departments=departments, unread=unread)
            return text.encode("utf-8")
        case ReportForm.PDF | ReportForm.DOCX:
            if len(given) != 1 or reports[0].document.format is not _COPIES[form]:
                raise _no_form(f"a {form} copy")
            (outcome, report), copy = given[0], annotated_pdf if form is ReportForm.PDF else commented_word
            return copy(outcome.path, report)


class _Desk:
    """The pages of the documents of one HTML report; it draws no more than MOST_PICTURES."""

    def __init__(
        self, given: Sequence[tuple[FileOutcome, CheckReport]], folder: Path, limits: ReadingLimits
    ) -> None:
        self.outcomes = {id(report): outcome for outcome, report in given}
        self.folder, self.limits, self.left = folder, limits, MOST_PICTURES

    def sheets(self, report: CheckReport) -> Sheets:
        """Those of a PDF; those of the one Office file as it is printed; else why there are none."""
        if not report.findings or report.document.format not in (DocumentFormat.PDF, *OFFICE):
            return Sheets()
        office = report.document.format in OFFICE
        if office and len(self.outcomes) > 1:  # each would take seconds
            return Sheets(why="pages_of_one")
        path = self._file(report)
        if path is None:
            return Sheets()
        if not office:
            by_page = {number: page_boxes(report, number) for number in page_sizes(report.document)}
            boxes = {
                number: [(boxed.finding, boxed.box) for boxed in of] for number, of in by_page.items() if of
            }
            return Sheets(page_sizes(report.document), boxes, self._drawing(path))
        paper = printed(path, report, self.folder, self.limits)
        if paper.path is None:
            return Sheets(
                why=f"pages_{paper.why if paper.why is NotPrinted.NO_PRINTER else NotPrinted.FAILED}"
            )
        sizes = {page.number: (page.width, page.height) for page in paper.pages}
        boxes = {number: [(boxed.finding, boxed.box) for boxed in paper.on(number)] for number in sizes}
        marked = {number: of for number, of in boxes.items() if of}
        return Sheets(sizes, marked, self._drawing(paper.path), "pages_printed")

    def _file(self, report: CheckReport) -> Path | None:
        """The file that was checked; None where it is not there any more."""
        outcome = self.outcomes[id(report)]
        try:
            path = outcome.bring() if outcome.bring is not None else outcome.path
        except OriginalBad:
            return None
        return path if path.exists() else None

    def _drawing(self, path: Path) -> Callable[[int, int], bytes]:
        def picture(page: int, width: int) -> bytes:
            if self.left == 0:
                return b""
            self.left -= 1
            return render_page(path, path.name, PDF, page, width, self.limits)

        return picture


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8")
