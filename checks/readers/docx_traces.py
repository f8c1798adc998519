"""Traces of editing and pictures in a Word document: tracked changes, hidden and highlighted text, comments
where they are anchored, alternative texts.

Runs in the sandbox's child. A change of format that Word tracks is told once a paragraph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checks.document.document import TextRun
from checks.document.traces import DocumentPicture, Trace, TraceKind, TraceSpot
from checks.readers.docx_formats import W, flag, value

WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
V = "{urn:schemas-microsoft-com:vml}"
MC_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SEEN = ("}pic", "}chart", "}relIds")  # a picture, a chart, a diagram; a shape with text is none
_ADDED = {W + "ins": "inserted", W + "moveTo": "moved"}
_GONE = {W + "del": "deleted", W + "moveFrom": "moved"}
_MARKS = {W + "ins": "inserted", W + "del": "deleted", W + "moveTo": "moved", W + "moveFrom": "moved"}
DOCX_TRACES = tuple(TraceKind)


def paragraph_traces(
    element: Any, elements: Sequence[Any], runs: Sequence[TextRun], piece: int, hidden: frozenset[str]
) -> list[Trace]:
    """The traces in one paragraph; `elements` are its runs in order, which `runs` number. `hidden` are
    the styles whose text is not shown."""
    spans: dict[int, tuple[int, int]] = {}
    for run in runs:
        first, last = spans.get(run.index, (run.start, run.end))
        spans[run.index] = (min(first, run.start), max(last, run.end))
    traces = [*_deleted(element, elements, spans, piece)]
    properties = element.find(W + "pPr")
    quiet = value(properties, "pStyle") in hidden
    for index, (run, added) in enumerate(_runs_and_their_changes(element, elements)):
        if index not in spans:
            continue
        spot, text = TraceSpot(piece, *spans[index]), ""
        form = run.find(W + "rPr")
        if added is not None:
            traces.append(
                Trace(TraceKind.TRACKED, _ADDED[added.tag], text, spot, added.get(W + "author", ""))
            )
        if form is None and not quiet:
            continue
        shown = flag(form, "vanish")
        if shown is None:
            shown = quiet or value(form, "rStyle") in hidden
        if shown:
            traces.append(Trace(TraceKind.HIDDEN, "text", text, spot))
        if value(form, "highlight") not in ("", "none"):
            traces.append(Trace(TraceKind.HIGHLIGHT, "highlight", text, spot))
    joined = _joined(sorted(traces, key=lambda trace: (trace.kind, trace.how, trace.spot.start)))
    return [*joined, *_properties(element, properties, piece)]


def _runs_and_their_changes(element: Any, elements: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Each run with the insertion that it stands in."""
    for run in elements:
        above = run.getparent()
        while above is not None and above is not element and above.tag not in _ADDED:
            above = above.getparent()
        yield run, above if above is not None and above is not element else None


def _deleted(
    element: Any, elements: Sequence[Any], spans: Mapping[int, tuple[int, int]], piece: int
) -> Iterator[Trace]:
    numbers = {id(run): index for index, run in enumerate(elements)}
    offset = 0
    for child in element.iter(W + "r", *_GONE):
        if child.tag in _GONE:
            text = "".join(part.text or "" for part in child.iter(W + "delText", W + "t"))
            if text:
                who = child.get(W + "author", "")
                yield Trace(TraceKind.TRACKED, _GONE[child.tag], text, TraceSpot(piece, offset, offset), who)
        elif (span := spans.get(numbers.get(id(child), -1))) is not None:
            offset = span[1]


def _properties(element: Any, properties: Any, piece: int) -> Iterator[Trace]:
    """What was changed of the paragraph itself, and of the format of its runs."""
    mark = None if properties is None else properties.find(W + "rPr")
    for child in [] if mark is None else mark:
        if child.tag in _MARKS:
            who = child.get(W + "author", "")
            yield Trace(TraceKind.TRACKED, "break", "¶", TraceSpot(piece, 0, 0), who)
    changed = next(element.iter(W + "rPrChange", W + "pPrChange"), None)
    if changed is not None:
        yield Trace(TraceKind.TRACKED, "format", "", TraceSpot(piece, 0, 0), changed.get(W + "author", ""))


def row_traces(row: Any, piece: int) -> Iterator[Trace]:
    """That a row of a table was inserted or deleted; `piece` is the first in it."""
    properties = row.find(W + "trPr")
    for child in [] if properties is None else properties:
        if child.tag in _MARKS:
            how = f"row_{_MARKS[child.tag]}"
            yield Trace(TraceKind.TRACKED, how, "", TraceSpot(piece, 0, 0), child.get(W + "author", ""))


def _joined(traces: Sequence[Trace]) -> list[Trace]:
    """Traces of one kind that follow one another as one."""
    out: list[Trace] = []
    for trace in traces:
        last = out[-1] if out else None
        if (
            last is not None
            and (last.kind, last.how, last.by) == (trace.kind, trace.how, trace.by)
            and last.spot.end == trace.spot.start
            and trace.spot.end > trace.spot.start
            and last.spot.end > last.spot.start
        ):
            out[-1] = replace(last, spot=replace(last.spot, end=trace.spot.end))
        else:
            out.append(trace)
    return out


def comment_traces(part: Any, anchors: Mapping[str, tuple[int, int]]) -> Iterator[Trace]:
    """The comments, each at the first paragraph that it is on."""
    for element in [] if part is None else part:
        if element.tag != W + "comment":
            continue
        text = "\n".join("".join(t.text or "" for t in p.iter(W + "t")) for p in element.iter(W + "p"))
        first = anchors.get(element.get(W + "id", ""), (-1, -1))[0]
        yield Trace(TraceKind.COMMENT, "comment", text, TraceSpot(first), element.get(W + "author", ""))


def paragraph_pictures(element: Any, piece: int) -> Iterator[DocumentPicture]:
    """The pictures of a paragraph; what an older Word would show instead of one is not another."""
    for drawing in element.iter(W + "drawing", W + "pict"):
        if any(above.tag == MC_FALLBACK for above in drawing.iterancestors()):
            continue
        if next((p for p in drawing.iterancestors(W + "p")), None) is not element:
            continue  # of a text box, whose own paragraphs are read by themselves
        if drawing.tag == W + "pict":
            for shape in drawing.iter(V + "shape"):
                if shape.find(V + "imagedata") is not None:
                    yield DocumentPicture(shape.get("alt", "").strip(), TraceSpot(piece), shape.get("id", ""))
            continue
        if not any(str(inner.tag).endswith(_SEEN) for inner in drawing.iter()):
            continue
        named = next(drawing.iter(WP + "docPr"), None)
        if named is None:
            continue
        decorative = any(
            str(inner.tag).endswith("}decorative") and inner.get("val") in ("1", "true")
            for inner in named.iter()
        )
        yield DocumentPicture(
            named.get("descr", "").strip(), TraceSpot(piece), named.get("name", ""), decorative
        )
