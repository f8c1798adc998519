"""Which lines are headings, and how high each stands. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import regex

from ingest.pages import BlockKind, PageContent
from ingest.structure.lines import TextLine
from language.headings import LONGEST_TITLE, is_title
from language.marks import HEADS, Mark, MarkKind, mark_of

HEADING_SIZE = 1.12  # letters this much larger than the text's are a heading's
LONGEST_HEADING = 90  # characters
# Ranks of headings whose level the format does not give: below those it gives (1 to 9), and below those that
# larger letters show (100 less their size).
_RANKS = {
    MarkKind.PART: 101.0,
    MarkKind.CHAPTER: 101.5,
    MarkKind.SUPPLEMENT: 101.5,
    MarkKind.SECTION: 102.0,
    MarkKind.SUBSECTION: 102.5,
    MarkKind.ARTICLE: 103.0,
}
_NUMBERED = 104.0
_TITLE_BEHIND = regex.compile(r"[\s　]*[（(【\[][^（()）】\]]{1,40}[)）】\]]")
_STOPPED = "。.、，,;；"


def body_size(pages: Sequence[PageContent]) -> float:
    """The letter size that most of the text has; 0 if the format knows no sizes."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for block in page.blocks:
            if block.size:
                sizes[round(block.size * 2) / 2] += block.end - block.start
    return sizes.most_common(1)[0][0] if sizes else 0.0


def head_rank(lines: Sequence[TextLine], number: int, body: float) -> float | None:
    """How high a heading stands (smaller is higher); None for what is not a heading."""
    line = lines[number]
    block, text, mark = line.block, line.text, line.mark
    if block.kind == BlockKind.HEADING:
        return float(block.level)
    if block.kind == BlockKind.ROW:
        return None
    if mark is not None and mark.kind == MarkKind.ARTICLE and is_inline_article(line):
        return _RANKS[MarkKind.ARTICLE]
    if len(text) > LONGEST_HEADING or text[-1] in _STOPPED or "\n" in text:
        return None
    larger = body > 0 and block.size >= HEADING_SIZE * body
    if mark is not None and mark.kind in HEADS and (larger or len(text) <= LONGEST_TITLE):
        return _RANKS[mark.kind]
    if larger:
        return 100.0 - block.size  # the larger the letters, the higher
    if mark is not None and mark.kind in (MarkKind.DECIMAL, MarkKind.NUMBER):
        bold = block.bold and body > 0 and block.size >= 0.98 * body
        if bold or (body == 0 and _heads_text(lines, number, mark)):
            return _NUMBERED + mark.depth - 1
    return None


def is_inline_article(line: TextLine) -> bool:
    """Whether the text of an article begins on the line of its number: 第五条 劳动合同期限不满一年的，…"""
    mark = line.mark
    if mark is None or mark.kind != MarkKind.ARTICLE or line.block.kind == BlockKind.HEADING:
        return False
    rest = line.page.text[title_end(line) : line.end].strip()
    return bool(rest) and (len(rest) > LONGEST_TITLE or rest[-1] in "。.：:；;" or "。" in rest)


def title_end(line: TextLine) -> int:
    """Where an article's number ends, with the title in brackets behind it, on the page."""
    assert line.mark is not None
    end = line.start + line.mark.end
    title = _TITLE_BEHIND.match(line.page.text[end : line.end])
    return end + title.end() if title else end


def _heads_text(lines: Sequence[TextLine], number: int, mark: Mark) -> bool:
    """Whether a numbered short line of a text without sizes stands over a text, and in no list: the last
    step, directly behind the one before it, is none, whatever follows."""
    line = lines[number]
    before = mark_of(lines[number - 1].text) if number else None
    own = (mark.kind, mark.depth, mark.number - 1)
    if before is not None and mark.number > 1 and (before.kind, before.depth, before.number) == own:
        return False
    if line.block.kind == BlockKind.ITEM and line.block.level > 0:
        return False
    if not is_title(line.text[mark.end :].strip()) or number + 1 >= len(lines):
        return False
    after = lines[number + 1]
    if after.block.kind == BlockKind.ROW:
        return True
    behind = mark_of(after.text)
    if behind is not None and behind.kind == mark.kind and behind.depth <= mark.depth:
        return False
    plain = behind is None and after.block.kind == BlockKind.PARAGRAPH and not after.label
    return (plain and len(after.text) > len(line.text)) or (behind is not None and behind.depth > mark.depth)
