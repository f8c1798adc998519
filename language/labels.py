"""Tells a line that is a label with its value from a line of prose that was wrapped: "Effective date:
2026-04-01", "施行日 2026年4月1日", "所管：総務部". Pure.

Such a line ends where it ends, though no sign says so: it is joined with no sentence behind it. Only what can
be nothing else counts; a wrapped line taken for a label would be cut in the middle of its sentence.
"""

from __future__ import annotations

import regex

LONGEST = 80  # characters
_N = r"[\p{N}〇一二三四五六七八九十元]"
_DATE = (
    rf"(?:(?:明治|大正|昭和|平成|令和|民國|民国)?\s*+{_N}{{1,4}}\s*+年\s*+{_N}{{1,3}}\s*+月(?:\s*+{_N}{{1,3}}\s*+日)?"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    r"|(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?,?\s+)?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?\s+[A-Z][a-z]{2,8}\.?,?\s+\d{4}|[A-Z][a-z]{2,8}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}))"
    r"(?:\s*\p{Han}{1,4})?(?:\s*[（(][^（()）]{1,12}[)）])?"  # 施行, （水）
)
_CODE = (
    r"\p{Han}{0,2}[A-Za-zＡ-Ｚ._/#-]*+[0-9０-９][A-Za-z0-9０-９Ａ-Ｚ._/#-]*+\p{Han}{0,2}"  # SOP-001, 第3版
)
_NAME = (
    r"(?:\p{Lu}[\p{Latin}.'’&-]*+(?:\s++(?:(?:of|and|for|&)\s++)?\p{Lu}[\p{Latin}.'’&-]*+){0,3}"
    r"|[\p{Script=Han}\p{Script=Katakana}ー・]{1,10})"
)
_LABEL = r"\p{L}[\p{L}\p{M}\p{N} .・/()（）&'’-]{0,30}?"
# Without a colon only what is a label by its words: "effect on 1 April 2026" may be the middle of a sentence.
_KNOWN = (
    r"(?:[\p{Han}\p{Katakana}ー]{2,8}|(?i:effective|valid|in force|issued?|revised|approved|adopted|published"
    r"|updated|last updated|expires|expiry|date)(?-i: (?:date|from|on|of issue|as of|until|since))?)"
)
_LABELLED = regex.compile(
    r"[\s・●○■□◆*•\-(（【\[]*+"
    rf"(?:{_LABEL}(?:\s*+[:：]|[】\]])\s*+(?:{_DATE}|{_CODE}|{_NAME})|{_KNOWN}[\s　]++{_DATE})[\s)）】\]]*+"
)


def stands_alone(line: str, following: str) -> bool:
    """Whether a line is a label with its value, so that the next line starts something new."""
    if len(line) > LONGEST or following.lstrip()[:1].islower() or line.rstrip()[-1:] in (".", "。"):
        return False
    return bool(_LABELLED.fullmatch(line.strip()))
