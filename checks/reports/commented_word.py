"""A copy of a Word document with a comment at each finding."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
from docx.text.run import Run as WordRun

from checks.findings import Report
from checks.readers.docx import paragraph_runs
from checks.readers.word_places import paragraph_at
from core.errors import FileDamaged

MOST_COMMENTS = 500


def commented_word(path: Path, report: Report) -> bytes:
    """The copy; findings outside the body (headers, pages) are told at the first paragraph."""
    try:
        document = docx.Document(str(path))
    except (KeyError, ValueError, OSError) as error:
        raise FileDamaged(name=path.name, problem=str(error)) from error
    body = document.element.body
    first = next((runs for paragraph in body.iter() if (runs := _runs(paragraph))), None)
    for finding in report.findings[:MOST_COMMENTS]:
        paragraph = paragraph_at(body, finding.place.path)
        runs = [] if paragraph is None else _runs(paragraph)
        begin, end = finding.place.runs
        chosen = runs[begin : end + 1] or runs or first
        if not chosen:
            continue
        text = f"{finding.rule}: {finding.message}"
        if finding.fix is not None:
            text += f"\n{finding.quote} → {finding.fix}"
        owner = document.paragraphs[0] if document.paragraphs else None
        shown: Any = [WordRun(run, owner) for run in (chosen[0], chosen[-1])]  # type: ignore[arg-type]  # the owner is only asked for its part
        who = "Shoko: the model's opinion" if finding.is_opinion else "Shoko"
        document.add_comment(runs=shown, text=text, author=who, initials="S")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _runs(paragraph: Any) -> list[Any]:
    if not str(paragraph.tag).endswith("}p"):
        return []
    return [run for run, _, _ in paragraph_runs(paragraph)]
