"""What a PDF says of itself beside its pages: its title, its outline, and which lines the outline names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pypdfium2 as pdfium
import regex

from ingest.readers.pdf.layout import Line, together
from language.tokens import is_cjk

MOST_ENTRIES = 5000
MOST_LINES = 3  # that a heading may go over
DEEPEST = 6
# Not `language.headings.without_number`: a title stands here without its spaces, so that 第3章 and 3. are
# told from what follows by their characters alone.
_NUMBER = regex.compile(r"^[\d０-９.．第章節条條节项項一二三四五六七八九十ⅠⅡⅢⅣⅤivxIVX()（）、:：-]{1,12}")

Entries = dict[int, list[tuple[int, str]]]  # by page number: level from 1, and the title without spaces


def title_of(document: Any) -> str:
    """The title in the document's own data; empty if it has none."""
    try:
        return str(document.get_metadata_value("Title") or "").strip("\0 \t\r\n")
    except (pdfium.PdfiumError, UnicodeError, ValueError):
        return ""


def outline_of(document: Any) -> Entries:
    """The entries of the document's outline; what is broken in it is left out."""
    entries: Entries = {}
    try:
        for number, entry in enumerate(document.get_toc(max_depth=DEEPEST)):
            if number >= MOST_ENTRIES:
                break
            place, title = entry.get_dest(), plain(entry.get_title() or "")
            page = place.get_index() if place is not None else None
            if page is not None and page >= 0 and title:
                entries.setdefault(page + 1, []).append((int(entry.level) + 1, title))
    except (pdfium.PdfiumError, UnicodeError, ValueError, RecursionError):
        pass
    return entries


def plain(text: str) -> str:
    """A text without spaces and without differences of width."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def with_headings(lines: Sequence[Line], entries: Sequence[tuple[int, str]]) -> list[Line]:
    """The lines, with those that the outline names made headings of its levels."""
    wanted = {title: level for level, title in reversed(entries)}
    marked: list[Line] = []
    index = 0
    while index < len(lines):
        taken = _named(lines[index : index + MOST_LINES], wanted) if wanted else None
        if taken is None:
            marked.append(lines[index])
            index += 1
            continue
        count, title = taken
        heading = lines[index]
        for line in lines[index + 1 : index + count]:
            joint = "" if is_cjk(heading.text.rstrip()[-1:]) and is_cjk(line.text.lstrip()[:1]) else " "
            heading = together(heading, line, joint)
        marked.append(replace(heading, level=wanted.pop(title), cells=(), row=0))
        index += count
    return marked


def _named(lines: Sequence[Line], wanted: dict[str, int]) -> tuple[int, str] | None:
    """How many of the first lines are one of the titles wanted, and which."""
    text = ""
    for count, line in enumerate(lines, start=1):
        if line.hidden or line.level:
            return None
        text += plain(line.text)
        if text in wanted:
            return count, text
        bare = _NUMBER.sub("", text)
        for title in wanted:  # a number that only the page, or only the outline, has
            if len(bare) >= 2 and bare in (title, _NUMBER.sub("", title)):
                return count, title
        if not any(title.startswith(text) or title.startswith(bare) for title in wanted if bare):
            return None
    return None
