"""The signs that begin a heading, an article, an item, a step or a note: 第5条, 3.1, (1), ア, ①, •, ※.
Pure. A reference in running text ("第5条の規定により") is not one."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import regex

from language.numerals import KATAKANA, kanji_number, number_of

NUMERAL = r"[\p{Nd}〇零一二三四五六七八九十百千]"


class MarkKind(StrEnum):
    """What a sign says of the line that it begins."""

    PART = "part"  # 第1編, Part II
    CHAPTER = "chapter"  # 第1章, Chapter 3
    SECTION = "section"  # 第1節, Section 3
    SUBSECTION = "subsection"  # 第1款, 第1目
    ARTICLE = "article"  # 第5条, 第5条の2, Article 5
    SUPPLEMENT = "supplement"  # 附則, 別表, Appendix A
    DECIMAL = "decimal"  # 3.1, 3.1.2
    NUMBER = "number"  # 1. 1) 1、 １
    PAREN_NUMBER = "paren_number"  # (1) ⑴
    HAN = "han"  # 一、 一
    PAREN_HAN = "paren_han"  # （一）
    KANA = "kana"  # ア　 イ.
    PAREN_KANA = "paren_kana"  # (ア)
    CIRCLED = "circled"  # ①
    LETTER = "letter"  # a. a)
    PAREN_LETTER = "paren_letter"  # (a)
    ROMAN = "roman"  # iv. IV.
    PAREN_ROMAN = "paren_roman"  # (iv)
    BULLET = "bullet"
    STEP = "step"  # Step 1, 手順1, 第一步
    NOTE = "note"  # ※, 注1, Note:


HEADS = frozenset(
    {
        MarkKind.PART,
        MarkKind.CHAPTER,
        MarkKind.SECTION,
        MarkKind.SUBSECTION,
        MarkKind.ARTICLE,
        MarkKind.SUPPLEMENT,
    }
)
ITEMS = frozenset(MarkKind) - HEADS - {MarkKind.NOTE, MarkKind.DECIMAL}


@dataclass(frozen=True)
class Mark:
    """A sign at [start, end) of a line, `end` without the space behind it; `number` is what it counts, 0
    if it counts nothing, `depth` how many numbers it has (3.1.2: 3)."""

    kind: MarkKind
    label: str
    start: int
    end: int
    number: int = 0
    depth: int = 1


_GAP = r"(?=[\s　]|$)"
_TITLE = r"(?=[\s　（(【\[「:：.．]|$)"  # what may follow 第5条 where it begins an article
_WORDS = r"(?P<n>\d{1,3}|[IVXLC]{1,6}|[A-Z])(?![\w'’-])"
# The first pattern that fits counts. (?P<n>…) is the number.
_PATTERNS: tuple[tuple[MarkKind, str], ...] = (
    (MarkKind.STEP, r"(?i:step|phase)\s*(?P<n>\d{1,2})\b[.:)]?"),
    (MarkKind.STEP, rf"(?:手順|ステップ|步骤|步驟)\s*(?P<n>{NUMERAL}{{1,3}})(?:[.．:：、]|(?=[\s　]|$))"),
    (MarkKind.STEP, rf"第(?P<n>{NUMERAL}{{1,3}})步[：:，,、]?"),
    (MarkKind.PART, rf"第\s*(?P<n>{NUMERAL}{{1,6}})\s*[編编部篇]{_TITLE}"),
    (MarkKind.CHAPTER, rf"第\s*(?P<n>{NUMERAL}{{1,6}})\s*章"),
    (MarkKind.SECTION, rf"第\s*(?P<n>{NUMERAL}{{1,6}})\s*[節节]{_TITLE}"),
    (MarkKind.SUBSECTION, rf"第\s*(?P<n>{NUMERAL}{{1,6}})\s*[款目]{_TITLE}"),
    (
        MarkKind.ARTICLE,
        rf"第\s*(?P<n>{NUMERAL}{{1,6}})\s*[条條](?:\s?の\s?{NUMERAL}{{1,3}}|之{NUMERAL}{{1,3}}){{0,3}}{_TITLE}",
    ),
    (MarkKind.PART, rf"(?:PART|Part)\s+{_WORDS}"),
    (MarkKind.CHAPTER, rf"(?:CHAPTER|Chapter)\s+{_WORDS}"),
    (MarkKind.ARTICLE, rf"(?:ARTICLE|Article)\s+{_WORDS}[.:]?"),
    (
        MarkKind.SECTION,
        r"(?:SECTION|Section|§)\s*(?P<n>\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6})(?![\w'’-])[.:]?",
    ),
    (MarkKind.SUPPLEMENT, rf"(?:APPENDIX|Appendix|ANNEX|Annex|SCHEDULE|Schedule)\s+{_WORDS}"),
    (
        MarkKind.SUPPLEMENT,
        rf"(?:附[\s　]*[則则]|(?:別[表紙記]|附[表件録录]|别表)(?:第?\s*(?P<n>{NUMERAL}{{1,3}}))?|前[\s　]*文)"
        r"(?=[\s　（(:：]|$)",
    ),
    (MarkKind.NOTE, r"※\s*(?P<n>\d{0,2})"),
    (MarkKind.NOTE, r"[（(〔［\[]?(?:注|註|備考|备注)(?P<n>\p{Nd}{0,2})[)）〕］\]]?(?=[\s　:：)）])[:：]?"),
    (MarkKind.NOTE, r"(?:NOTE|Note|Notes|N\.B\.)\s?(?P<n>\d{0,2})[:.]"),
    (MarkKind.DECIMAL, rf"(?P<n>\p{{Nd}}{{1,3}})(?:[.．]\p{{Nd}}{{1,3}}){{1,4}}[.．]?{_GAP}"),
    (MarkKind.NUMBER, r"(?P<n>\p{Nd}{1,3})(?:[.．](?!\p{Nd})|[、)）]|(?=[\s　]))"),
    (MarkKind.PAREN_NUMBER, r"[（(](?P<n>\p{Nd}{1,3})[)）]"),
    (MarkKind.PAREN_NUMBER, r"[⑴-⒇]"),
    (MarkKind.PAREN_HAN, r"[（(](?P<n>[一二三四五六七八九十]{1,3})[)）]"),
    (MarkKind.PAREN_KANA, r"[（(](?P<n>[ア-ンｱ-ﾝ])[)）]"),
    (MarkKind.PAREN_ROMAN, r"[（(](?P<n>[ivx]{2,5}|[vx])[)）]"),
    (MarkKind.PAREN_LETTER, r"[（(](?P<n>[a-zA-Zａ-ｚ])[)）]"),
    (MarkKind.HAN, r"(?P<n>[一二三四五六七八九十]{1,3})(?:[、．.]|(?=[\s　]))"),
    (MarkKind.CIRCLED, r"[①-⑳⓪㉑-㉟㊱-㊿❶-❿]"),
    (MarkKind.KANA, r"(?P<n>[ア-ンｱ-ﾝ])(?:[.．、)）]|(?=[\s　]))"),
    (MarkKind.ROMAN, r"(?P<n>[ivx]{2,5}|[IVX]{2,5})[.)](?=\s)"),
    (MarkKind.LETTER, r"(?P<n>[a-zA-Zａ-ｚ])[.．)）](?=[\s　])"),
    (MarkKind.BULLET, r"[・•‣◦●○◯◎■□◆◇▪▫►▶➢→★☆✓✔☑☐❏](?:[\s　]*)(?=\S)"),
    (MarkKind.BULLET, r"[-*+–—][\s　]+(?=\S)"),
)
_COMPILED = tuple((kind, regex.compile(r"[\s　]*(?P<sign>" + pattern + ")")) for kind, pattern in _PATTERNS)
# What begins with none of these begins with no sign: most lines are done with one look.
_FIRST = regex.compile(
    r"[\s　]*[\p{Nd}⑴-⒇①-⑳⓪㉑-㉟㊱-㊿❶-❿第附別别前（(〔［\[一二三四五六七八九十ア-ンｱ-ﾝ手ス步a-zA-Zａ-ｚ§※"
    r"注註備备・•‣◦●○◯◎■□◆◇▪▫►▶➢→★☆✓✔☑☐❏*+–—-]"
)
# A number with a space behind it may be an amount or a date: "10 days", "3 月", "25 people".
_NOT_BEHIND = regex.compile(
    r" ?(?:年(?!次|間|度末)|月(?!額|次|例)|日(?!当|常|割|程)|時(?!間外|季|短|差)|分(?!割|担|類)|個(?!人|別)"
    r"|名(?!称|義|簿)|人(?!事|件)|件(?!名)|回(?!答|収)|円(?!滑)|[秒元台冊枚頁歳か箇ヶカケ％%‰℃°]|[a-z]|[¥￥$＄€£]|[-–—~～〜+×/=]|\p{Nd})"
)
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def mark_of(line: str) -> Mark | None:
    """The sign that a line begins with; None if it begins with none."""
    if not _FIRST.match(line):
        return None
    first = line.lstrip("\t 　")[:1]
    for kind, pattern in _beginning_with(first):
        sign = pattern.match(line)
        if sign is None or (kind == MarkKind.NUMBER and not _counts(line, sign.end("sign"))):
            continue
        label = sign["sign"].strip()
        start = sign.start("sign")
        depth = 1 + sum(label.count(dot) for dot in ".．") - (label[-1:] in ".．") if kind == "decimal" else 1
        written = sign.groupdict().get("n") or (label[0] if kind in ("circled", "paren_number") else "")
        return Mark(kind, label, start, start + len(label), _number(kind, written), depth)
    return None


@cache
def _beginning_with(first: str) -> tuple[tuple[MarkKind, regex.Pattern[str]], ...]:
    """The patterns of signs that can begin with that character: a few of many."""
    return tuple((kind, pattern) for kind, pattern in _COMPILED if pattern.match(first, partial=True))


def _counts(line: str, end: int) -> bool:
    """Whether a number at a line's start counts what follows, and is no amount or year."""
    return line[end - 1] in ".．、)）" or not _NOT_BEHIND.match(line, end)


def _number(kind: MarkKind, written: str) -> int:
    folded = unicodedata.normalize("NFKC", written)
    if not folded:
        return 0
    if folded.isdecimal():
        return int(folded)
    if kind in (MarkKind.KANA, MarkKind.PAREN_KANA):
        return KATAKANA.find(folded) + 1
    if folded in _LETTERS and kind in (MarkKind.LETTER, MarkKind.PAREN_LETTER, MarkKind.SUPPLEMENT):
        return number_of(folded, "lower") or 0
    if folded.isascii():
        return number_of(folded.upper(), "roman") or 0
    return kanji_number(folded) or 0
