"""What changed between two versions of a document, by paragraph. Pure.

Paragraphs are the readers' blocks without hidden text and without running headers and footers, so that a new
date in a footer is no change on every page. White space and the width of characters make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from ingest.pages import BlockKind, PageContent
from ingest.structure.furniture import running_lines

ALIKE = 0.5  # share of common words from which two paragraphs count as one that was changed
MOST_PAIRS = 4000  # of paragraphs compared word by word within one stretch; beyond, all are removed and added
_WORDS = re.compile(r"[A-Za-z0-9]++|\s++|.", re.DOTALL)


class ChangeKind(StrEnum):
    """What became of a paragraph."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"  # the same words at another place


@dataclass(frozen=True)
class ComparedParagraph:
    """A paragraph and the page that it begins on; `marks` are the [start, end) of what differs in it."""

    text: str
    page: int
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Change:
    """A paragraph that is not the same in both versions."""

    kind: ChangeKind
    old: ComparedParagraph | None
    new: ComparedParagraph | None


def paragraphs(pages: Sequence[PageContent]) -> list[ComparedParagraph]:
    """The paragraphs of a version, in its order."""
    furniture = running_lines(pages)
    compared = []
    for page in pages:
        for number, block in enumerate(page.blocks):
            if block.kind == BlockKind.HIDDEN or (page.number, number) in furniture:
                continue
            text = page.text[block.start : block.end].strip()
            if text:
                compared.append(ComparedParagraph(text, page.number))
    return compared


def changes(old: Sequence[ComparedParagraph], new: Sequence[ComparedParagraph]) -> list[Change]:
    """What changed from `old` to `new`, in the order of the new one."""
    matcher = SequenceMatcher(
        None,
        [_key(paragraph.text) for paragraph in old],
        [_key(paragraph.text) for paragraph in new],
        autojunk=False,
    )
    changed: list[Change] = []
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag != "equal":
            changed += _stretch(old[old_from:old_to], new[new_from:new_to])
    return _with_moves(changed)


def _stretch(old: Sequence[ComparedParagraph], new: Sequence[ComparedParagraph]) -> Iterator[Change]:
    """Pair the similar paragraphs of a stretch, in order; the others were removed or added."""
    start = 0
    for paragraph in new:
        partner = None
        if len(old) * len(new) <= MOST_PAIRS:
            partner = next(
                (index for index in range(start, len(old)) if _alike(old[index].text, paragraph.text)), None
            )
        if partner is None:
            yield Change(ChangeKind.ADDED, None, paragraph)
            continue
        for left in old[start:partner]:
            yield Change(ChangeKind.REMOVED, left, None)
        before, after = _marks(old[partner].text, paragraph.text)
        yield Change(ChangeKind.CHANGED, replace(old[partner], marks=before), replace(paragraph, marks=after))
        start = partner + 1
    for left in old[start:]:
        yield Change(ChangeKind.REMOVED, left, None)


def _with_moves(changed: Sequence[Change]) -> list[Change]:
    """A paragraph that was removed at one place and added at one other was moved: it is listed once, where it
    is now."""
    lost = Counter(_key(change.old.text) for change in changed if change.old and not change.new)
    won = Counter(_key(change.new.text) for change in changed if change.new and not change.old)
    moved = {key for key in lost if lost[key] == won[key] == 1}
    before = {
        _key(change.old.text): change.old
        for change in changed
        if change.old and not change.new and _key(change.old.text) in moved
    }
    result = []
    for change in changed:
        if change.new is None and change.old is not None and _key(change.old.text) in moved:
            continue
        if change.old is None and change.new is not None and _key(change.new.text) in moved:
            change = Change(ChangeKind.MOVED, before[_key(change.new.text)], change.new)
        result.append(change)
    return result


def _key(text: str) -> str:
    """What makes two paragraphs the same: their characters, whatever their width, and no white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _alike(old: str, new: str) -> bool:
    matcher = SequenceMatcher(None, _WORDS.findall(old), _WORDS.findall(new), autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _marks(old: str, new: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """The stretches of characters that differ, in each of two paragraphs."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    old_at = [0]
    for word in before:
        old_at.append(old_at[-1] + len(word))
    new_at = [0]
    for word in after:
        new_at.append(new_at[-1] + len(word))
    lost, won = [], []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if b > a:
            lost.append((old_at[a], old_at[b]))
        if d > c:
            won.append((new_at[c], new_at[d]))
    return tuple(lost), tuple(won)
