"""Headings: which lines are written as one, how high each stands, and which number it bears. Pure.

`language.marks` reads the sign of any line, of which most are no headings; here a line must be short and no
sentence, or it is already known to be a heading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from language.marks import MarkKind, mark_of
from language.numerals import plain_number

_N = "(?:[0-9０-９]{1,4}|[〇零一二三四五六七八九十百千]{1,7})"
# The ladders of office documents: 公用文, 规范公文, numbered English headings. The sign decides the level.
_SIGNS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(rf"第{_N}[編编章部]"), 1),
    (re.compile(rf"第{_N}(?:[節节条條款项項](?:[の之]{_N})?)?(?=[\s　（(]|$)"), 2),
    (re.compile(r"(?:附[\s　]?[則则]|付則)(?=[\s　（(]|$)"), 1),
    (re.compile(r"[一二三四五六七八九十]+、"), 1),
    (re.compile(r"[（(][一二三四五六七八九十]+[）)]"), 2),
    (re.compile(r"[0-9０-９]{1,2}(?:[.．][0-9０-９]{1,2}){2}[.．]?[\s　]"), 3),
    (re.compile(r"[0-9０-９]{1,2}[.．][0-9０-９]{1,2}[.．]?[\s　]"), 2),
    (re.compile(r"[0-9０-９]{1,2}[.．、]?[\s　]*(?=\S)"), 1),
    (re.compile(r"[（(][0-9０-９]{1,2}[）)]"), 2),
    (re.compile(r"[■●◆□○◇▼▶]"), 1),
    (re.compile(r"【(?=[^】]{1,30}】\s*$)"), 1),
    (
        re.compile(
            r"(?:Section|Chapter|Article|Part|Appendix|Annex|Schedule)\s+(?:\d+|[IVXLC]{1,6}|[A-Z])\b"
        ),
        1,
    ),
)
_SENTENCE_END = re.compile(r"[。．.!?！？;；,，、:：]\s*$")
# 第5条 where it stands over or before its own text, and not 第5条に定める: behind it stands a space, a
# bracket, a range or nothing.
_NUMBERED = re.compile(
    rf"[\s　]*第[\s　]?(?P<number>{_N})[\s　]?(?P<unit>[編编章節节款条條])(?:[の之](?P<branch>{_N}))?"
    r"(?=[\s　（(【]|から|[～〜至-]|$)"
)
# In a line that is known to be a heading nothing need stand behind 第5条 (第一条劳动合同), 第1 by itself
# counts (the highest sign of 公用文), and a question has its number.
_NUMBER_OF_HEADING = re.compile(
    rf"[\s　]*(?:第[\s　]?{_N}"
    rf"(?:[编編章部節节款项項條条](?:[の之]{_N})?(?![ぁ-ん])"
    r"|[\s　]?[编編章部節节款目项項條条](?=[\s　（(【]|$)|(?=[\s　（(]|$))"
    r"|(?:Q|Ｑ|問|问)[\s　]?[0-9０-９]{1,3}(?:[.．:：、)）]|(?=[\s　]|$)))",
    re.IGNORECASE,
)
_BEHIND_NUMBER = re.compile(r"[\s　:：、.．]*")
# Signs that are no number but part of the name: 附則, Annex A, Note, Step 1.
_NAMES = frozenset({MarkKind.SUPPLEMENT, MarkKind.NOTE, MarkKind.STEP})
LONGEST_TITLE = 40  # characters in Chinese characters; in letters twice as many. A longer line is a sentence


def heading_level(line: str) -> int:
    """The level from 1 of a line that is written as a heading; 0 if it is none."""
    text = line.strip()
    if not is_title(text):
        return 0
    for sign, level in _SIGNS:
        if match := sign.match(text):
            rest = text[match.end() :].strip()
            if re.match(r"[年月日時分円個名人％%件回台冊枚頁]|\d", rest):
                return 0  # a date or an amount
            return level if rest or (level == 1 and text[0] in "第附付") else 0
    return 0


@dataclass(frozen=True)
class NumberedHead:
    """The head of an article, a chapter or the like: 第5条の2 has the unit 条, number 5 and branch 2 (0 is
    none). `unit_end` is where its unit ends, `end` where its branch does."""

    unit: str
    number: int
    branch: int
    unit_end: int
    end: int


def numbered_head(line: str) -> NumberedHead | None:
    """The 第N条, 章, 節, 款 or 編 that a line begins with; None if there is none, or it is only mentioned."""
    match = _NUMBERED.match(line)
    if match is None:
        return None
    branch = plain_number(match["branch"]) or 0 if match["branch"] else 0
    return NumberedHead(
        match["unit"], plain_number(match["number"]) or 0, branch, match.end("unit"), match.end()
    )


def number_end(heading: str) -> int:
    """Where the number of a heading ends, with the space behind it; 0 if it has none. The line is known to
    be a heading: what may be a reference or an amount elsewhere is its number here."""
    number = _NUMBER_OF_HEADING.match(heading)
    end = number.end() if number else 0
    if not end and (mark := mark_of(heading)) is not None and mark.kind not in _NAMES:
        end = mark.end
    behind = _BEHIND_NUMBER.match(heading, end) if end else None
    return behind.end() if behind else end


def without_number(heading: str) -> str:
    """The words of a heading: "第5条　休暇" is 休暇, "3.2 Scope" Scope; as it is if it has no number."""
    return heading[number_end(heading) :]


def is_title(text: str) -> bool:
    """Whether a text is short and ends as a title does, and no sentence."""
    longest = LONGEST_TITLE if _wide(text) else 2 * LONGEST_TITLE
    return bool(text) and len(text) <= longest and not _SENTENCE_END.search(text)


def _wide(text: str) -> bool:
    return any(ord(character) >= 0x2E80 for character in text)
