"""Under which headings the paragraphs of a version stand, for who reads what changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingest.pages import PageContent

Piece = tuple[int, int, int, str]  # page, start, end, heading


def pieces_of(passages: Iterable[tuple[str, Sequence[Any]]]) -> list[Piece]:
    """The stretches of passages with the path of headings above each."""
    return [(page, start, end, heading) for heading, pieces in passages for page, start, end in pieces]


def headings(pages: Sequence[PageContent], pieces: Iterable[Piece]) -> Mapping[tuple[int, str], str]:
    """The path of headings of each paragraph, by its page and its text; what stands in no passage has none.
    If the same words stand twice on a page, the first count."""
    by_page: dict[int, list[Piece]] = {}
    for piece in pieces:
        by_page.setdefault(piece[0], []).append(piece)
    paths: dict[tuple[int, str], str] = {}
    for page in pages:
        near = sorted(by_page.get(page.number, ()), key=lambda piece: piece[1])
        index = 0
        for block in sorted(page.blocks, key=lambda block: block.start):
            while index < len(near) and near[index][2] <= block.start:
                index += 1
            if index < len(near) and near[index][1] < block.end:
                paths.setdefault((page.number, page.text[block.start : block.end].strip()), near[index][3])
    return paths
