"""Tells a heading by how it is written, for formats that do not say which lines are headings."""

from __future__ import annotations

import re

# The ladders of office documents: 公用文, 规范公文, numbered English headings. The sign decides the level.
_SIGNS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"第[0-9０-９一二三四五六七八九十百]+[編章部]"), 1),
    (re.compile(r"第[0-9０-９一二三四五六七八九十百]+[節条款项項]?(?=[\s　（(]|$)"), 2),
    (re.compile(r"[一二三四五六七八九十]+、"), 1),
    (re.compile(r"[（(][一二三四五六七八九十]+[）)]"), 2),
    (re.compile(r"[0-9０-９]{1,2}(?:[.．][0-9０-９]{1,2}){2}[.．]?[\s　]"), 3),
    (re.compile(r"[0-9０-９]{1,2}[.．][0-9０-９]{1,2}[.．]?[\s　]"), 2),
    (re.compile(r"[0-9０-９]{1,2}[.．、]?[\s　]*(?=\S)"), 1),
    (re.compile(r"[（(][0-9０-９]{1,2}[）)]"), 2),
    (re.compile(r"[■●◆□○◇▼▶]"), 1),
    (re.compile(r"【(?=[^】]{1,30}】\s*$)"), 1),
    (re.compile(r"(?:Section|Chapter|Article|Part|Appendix)\s+(?:\d+|[A-Z])\b"), 1),
)
_SENTENCE_END = re.compile(r"[。．.!?！？;；,，、:：]\s*$")
LONGEST_TITLE = 40  # characters of a title in Chinese characters; of one in letters, twice as many
LONGEST = 40  # characters of a heading; a longer line is a sentence


def heading_level(line: str) -> int:
    """The level from 1 of a line that is written as a heading; 0 if it is none."""
    text = line.strip()
    if not text or len(text) > (LONGEST if _wide(text) else 2 * LONGEST) or _SENTENCE_END.search(text):
        return 0
    for sign, level in _SIGNS:
        if match := sign.match(text):
            rest = text[match.end() :].strip()
            if re.match(r"[年月日時分円個名人％%件回台冊枚頁]|\d", rest):
                return 0  # a date or an amount
            return level if rest or (level == 1 and text.startswith("第")) else 0
    return 0


def is_title(text: str) -> bool:
    """Whether a text is short and ends as a title does, and no sentence."""
    longest = LONGEST_TITLE if _wide(text) else 2 * LONGEST_TITLE
    return bool(text) and len(text) <= longest and not _SENTENCE_END.search(text)


def _wide(text: str) -> bool:
    return any(ord(character) >= 0x2E80 for character in text)
