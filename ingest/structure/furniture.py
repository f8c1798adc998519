"""Running headers and footers, recognised by their repetition near a page's edges. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.pages import PageContent

EDGE = 0.12  # running headers and footers lie in this share of the page's height at its top and bottom
STRETCH = 4  # pages at the least that a chapter's running header stands on
_DIGITS = re.compile(r"\d+")


def running_lines(pages: Sequence[PageContent]) -> set[tuple[int, int]]:
    """The running headers and footers: (page number, block number) of each.

    What stands near the top or bottom edge and says the same, but for its numbers, on most pages (or the
    like on every other page, as books have it) is furniture and no part of the text.
    """
    if len(pages) < 2:
        return set()
    places: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    for page in pages:
        if page.height <= 0:
            continue
        for number, block in enumerate(page.blocks):
            top, bottom = block.box[1], block.box[3]
            upper = bottom <= EDGE * page.height
            if upper or top >= (1 - EDGE) * page.height:
                key = _DIGITS.sub("#", page.text[block.start : block.end].strip())
                places.setdefault((key, upper), []).append((page.number, number))
    least = max(2, len(pages) * 2 // 5)
    return {
        place for occurrences in places.values() if _runs_through(occurrences, least) for place in occurrences
    }


def _runs_through(occurrences: Sequence[tuple[int, int]], least: int) -> bool:
    """Whether it stands on most pages, or on most of a stretch of them, as a chapter's title does."""
    numbers = {page for page, _ in occurrences}
    stretch = max(numbers) - min(numbers) + 1
    return len(numbers) >= least or (len(numbers) >= STRETCH and 2 * len(numbers) >= stretch)
