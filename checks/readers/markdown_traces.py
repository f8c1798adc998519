"""Traces and pictures in Markdown: comments of HTML, marked text, images with the text in their brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.document.traces import DocumentPicture, Trace, TraceKind, TraceSpot

MARKDOWN_TRACES = (TraceKind.COMMENT, TraceKind.HIGHLIGHT)
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)[^`\n]+(?<!`)\1(?!`)")
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\](?=[(\[])")
_ADDRESS = re.compile(r"\(([^()\s]{1,200})")
_HTML_IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_ALT = re.compile(r"\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_MARK = re.compile(r"<mark>([^<]*)</mark>|==(?![\s=])([^=\n]+)(?<!\s)==(?!=)", re.IGNORECASE)


def _without_code(text: str) -> str:
    lines, open_fence = [], ""
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if open_fence or fence is not None:
            lines.append(" " * len(line))
            if fence is None:
                continue
            if not open_fence:
                open_fence = fence[1]
            elif fence[1].startswith(open_fence):
                open_fence = ""
        else:
            lines.append(_CODE.sub(lambda code: " " * len(code[0]), line))
    return "\n".join(lines)


def markdown_traces(text: str) -> Iterator[Trace]:
    """Comments and marked text, at their place in the source."""
    prose = _without_code(text)
    traces = list(_marked(prose))
    start = prose.find("<!--")
    while start >= 0 and (end := prose.find("-->", start + 4)) >= 0:
        traces.append(
            Trace(TraceKind.COMMENT, "comment", text[start + 4 : end].strip(), TraceSpot(source=start))
        )
        start = prose.find("<!--", end + 3)
    return iter(sorted(traces, key=lambda trace: trace.spot.source))


def _marked(prose: str) -> Iterator[Trace]:
    for match in _MARK.finditer(prose):
        words = match[1] or match[2] or ""
        yield Trace(TraceKind.HIGHLIGHT, "highlight", words, TraceSpot(source=match.start()))


def markdown_pictures(text: str) -> Iterator[DocumentPicture]:
    """The images. An empty `alt` of HTML says that a picture is decoration; empty brackets say nothing."""
    prose = _without_code(text)
    for match in _IMAGE.finditer(prose):
        address = _ADDRESS.match(prose, match.end())
        name = address[1] if address is not None else ""
        yield DocumentPicture(match[1].strip(), TraceSpot(source=match.start()), name)
    for match in _HTML_IMAGE.finditer(prose):
        alt = _ALT.search(match[0])
        given = "" if alt is None else (alt[1] or alt[2] or "")
        yield DocumentPicture(
            given.strip(), TraceSpot(source=match.start()), decorative=alt is not None and not given
        )
