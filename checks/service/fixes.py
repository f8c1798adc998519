"""Applies safe fixes to a copy: from the last to the first, inside runs, which keep their format.

The copy is checked again and refused where it got worse; the original is never touched. PDF, Excel and
PowerPoint are not mended.
"""

from __future__ import annotations

import copy
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx

from checks.document.document import CheckedDocument, DocumentFormat
from checks.findings import CheckReport, Finding
from checks.readers.docx import paragraph_runs, run_text
from checks.readers.docx_formats import W
from checks.readers.word_places import paragraph_at
from checks.service.settling import Choice, can_be_fixed
from core.errors import FixRefused

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(frozen=True)
class Mended:
    """A mended copy: its bytes, how many fixes were made, and the findings that are left."""

    content: bytes
    applied: int
    report: CheckReport


def mend(
    path: Path,
    report: CheckReport,
    check: Callable[[Path], CheckReport],
    *,
    tracked: bool = False,
    author: str = "Shoko",
    choice: Choice | None = None,
) -> Mended:
    """A mended copy of the document, checked by `check`: the safe fixes, or those of the findings that are
    chosen, safe or not, which a person has seen. Raises FixRefused where it has a finding that the original
    had not, or the format cannot be mended, or nothing chosen has a fix; BadValue for a choice that fits
    no finding."""
    wanted = choice.of(report.findings) if choice else [f for f in report.findings if f.fix_is_safe]
    chosen = _without_overlaps([finding for finding in wanted if can_be_fixed(finding)])
    if choice and not chosen:
        raise FixRefused(name=report.document.name, problem="none of the chosen findings has a fix")
    kind = report.document.format
    if kind is DocumentFormat.DOCX:
        content, applied = _mend_word(path, chosen, tracked, author)
    elif kind in (DocumentFormat.MARKDOWN, DocumentFormat.TEXT):
        content, applied = _mend_text(report.document, chosen)
    else:
        raise FixRefused(name=report.document.name, problem=f"{kind} files are not changed")
    with tempfile.TemporaryDirectory(prefix="shoko-mend-") as place:
        copied = Path(place) / path.name
        copied.write_bytes(content)
        after = check(copied)
    # What is tracked is read as if accepted, so this holds for it too.
    before = {finding.fingerprint for finding in report.findings}
    new = [finding for finding in after.findings if finding.fingerprint not in before]
    if len(after.findings) > len(report.findings) or (new and len(new) > applied):
        problem = f"it has new findings ({new[0].rule}: {new[0].message})" if new else "it has more findings"
        raise FixRefused(name=report.document.name, problem=problem)
    return Mended(content, applied, after)


def _without_overlaps(findings: list[Finding]) -> list[Finding]:
    """The findings, last first, of two that overlap the first."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.place.piece, f.place.characters)):
        last = kept[-1].place if kept else None
        if last and last.piece == finding.place.piece and finding.place.characters[0] < last.characters[1]:
            continue
        kept.append(finding)
    return kept[::-1]


def _mend_text(document: CheckedDocument, chosen: list[Finding]) -> tuple[bytes, int]:
    text, applied = document.source, 0
    for finding in chosen:
        piece = document.pieces[finding.place.piece]
        first, end = finding.place.characters
        start = piece.source(first)
        stop = piece.source(end - 1) + 1 if end > first else start
        if text[start:stop] == finding.quote:
            text, applied = text[:start] + (finding.fix or "") + text[stop:], applied + 1
    return text.encode("utf-8"), applied


def _mend_word(path: Path, chosen: list[Finding], tracked: bool, author: str) -> tuple[bytes, int]:
    document = docx.Document(str(path))
    applied = 0
    for number, finding in enumerate(chosen):
        paragraph = paragraph_at(document.element.body, finding.place.path)
        if paragraph is None:
            continue
        change = _track if tracked else _replace
        applied += change(
            paragraph, *finding.place.characters, finding.quote, finding.fix or "", author, number
        )
    out = io.BytesIO()
    document.save(out)
    return out.getvalue(), applied


def _characters(paragraph: Any) -> list[tuple[Any, Any, int]]:
    """For each character of the shown text: its run, the element it stands in, and its place there."""
    places = []
    open_fields = list[bool]()
    for run, _, _ in paragraph_runs(paragraph):
        for child in run:
            if child.tag == W + "fldChar":
                which = child.get(W + "fldCharType")
                if which == "begin":
                    open_fields.append(False)
                elif which == "separate" and open_fields:
                    open_fields[-1] = True
                elif which == "end" and open_fields:
                    open_fields.pop()
            elif not open_fields or open_fields[-1]:
                places += [(run, child, index) for index in range(len(run_text(child)))]
    return places


def _replace(paragraph: Any, start: int, end: int, quote: str, fix: str, author: str, number: int) -> bool:
    places = _characters(paragraph)
    touched = places[start:end]
    if not touched or any(child.tag != W + "t" for _, child, _ in touched):
        return False
    if "".join(child.text[offset] for _, child, offset in touched) != quote:
        return False
    if len({_hidden(run) for run, _, _ in touched}) > 1:
        return False  # the new text would stand in one of them, and show or hide what was not so
    first = touched[0][1]
    spans: dict[int, tuple[Any, int, int]] = {}
    for _, child, offset in touched:
        known = spans.get(id(child))
        spans[id(child)] = (child, known[1] if known else offset, offset + 1)
    for child, begin, stop in spans.values():
        child.text = child.text[:begin] + (fix if child is first else "") + child.text[stop:]
        child.set(_SPACE, "preserve")
    return True


def _hidden(run: Any) -> bool:
    """Whether a run is hidden text by its own format."""
    properties = run.find(W + "rPr")
    mark = properties.find(W + "vanish") if properties is not None else None
    return mark is not None and mark.get(W + "val", "true") not in ("0", "false", "off")


def _track(paragraph: Any, start: int, end: int, quote: str, fix: str, author: str, number: int) -> bool:
    """The same as tracked changes: what goes is `w:del`, what comes `w:ins`."""
    places = _characters(paragraph)
    touched = places[start:end]
    if not touched or any(child.tag != W + "t" for _, child, _ in touched):
        return False
    run, child, first = touched[0]
    # Only inside one text of one run: a change across runs is made untracked, run by run, by `_replace`.
    if any(place[1] is not child for place in touched) or child.text[first : first + len(quote)] != quote:
        return _replace(paragraph, start, end, quote, fix, author, number)
    if len([child_of_run for child_of_run in run if child_of_run.tag != W + "rPr"]) != 1:
        return _replace(paragraph, start, end, quote, fix, author, number)
    before, after = child.text[:first], child.text[first + len(quote) :]
    parts = []
    if before:
        parts.append(_run_of(run, "t", before))
    for tag, inner, text in (("del", "delText", quote), ("ins", "t", fix)):
        if text:
            wrapper = run.makeelement(
                W + tag, {W + "id": str(9000 + 2 * number + (tag == "ins")), W + "author": author}
            )
            wrapper.append(_run_of(run, inner, text))
            parts.append(wrapper)
    if after:
        parts.append(_run_of(run, "t", after))
    parent = run.getparent()
    index = parent.index(run)
    parent.remove(run)
    for offset, part in enumerate(parts):
        parent.insert(index + offset, part)
    return True


def _run_of(run: Any, tag: str, text: str) -> Any:
    made = run.makeelement(W + "r", {})
    properties = run.find(W + "rPr")
    if properties is not None:
        made.append(copy.deepcopy(properties))
    element = made.makeelement(W + tag, {_SPACE: "preserve"})
    element.text = text
    made.append(element)
    return made
