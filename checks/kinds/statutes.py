"""The numbers of a text in articles: 第1章, 第1節, 第1条 throughout, paragraphs from 2, items from (1) or 一.

Such a text climbs a ladder of its own: articles go on from chapter to chapter, and an article's first
paragraph has no number. What is no such text is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.document.document import CheckedDocument, DocumentPiece, Zone
from checks.findings import RuleMatch
from language.headings import NumberedHead, numbered_head
from language.numerals import plain_number

LEAST_ARTICLES = 2
_N = "([0-9０-９]{1,4}|[一二三四五六七八九十百]{1,6})"
_PARAGRAPH = re.compile(r"[\s　]*([0-9０-９]{1,2})(?=[\s　])")
_ITEM = re.compile(r"[\s　]*(?:[(（]([0-9０-９]{1,2})[)）]|([一二三四五六七八九十]{1,3})(?=[\s　、]))")
_RANK = {"編": 0, "编": 0, "章": 1, "節": 2, "节": 2, "款": 3}
_ZONES = frozenset({Zone.HEADING, Zone.BODY, Zone.LIST})


@dataclass
class _ArticlePlace:
    """Where a reader of the text is: the last number of each rung; 0 before the first."""

    named: dict[int, int]
    article: int = 0
    branch: int = 1  # of 第5条の2
    paragraph: int = 1
    item: int = 0


def is_statute(document: CheckedDocument) -> bool:
    """Whether the text is one in articles: at least two paragraphs or headings begin with 第N条."""
    heads = 0
    for _, piece in document.of(_ZONES):
        head = numbered_head(piece.whole)
        heads += head is not None and head.unit in "条條"
    return heads >= LEAST_ARTICLES


def statute_faults(document: CheckedDocument) -> Iterator[RuleMatch]:
    """Each number that does not follow the one before it."""
    place = _ArticlePlace({})
    for index, piece in document.of(_ZONES):
        text = piece.whole
        if head := numbered_head(text):
            if head.unit in "条條":
                yield from _article(index, piece, place, head)
            else:
                rank = _RANK[head.unit]
                yield from _fault(index, piece, head.number, place.named.get(rank, 0) + 1, head.unit_end)
                place.named = {rung: last for rung, last in place.named.items() if rung < rank} | {
                    rank: head.number
                }
        elif place.article and (item := _ITEM.match(text)):
            number = plain_number(item[1] or item[2]) or 0
            if number == 1 or place.item:  # a kanji that begins a sentence is no item: 三 者 …
                yield from _fault(index, piece, number, number if number == 1 else place.item + 1, item.end())
                place.item = number
        elif place.article and (paragraph := _PARAGRAPH.match(text)):
            number = plain_number(paragraph[1]) or 0
            expected = number if number == 1 and place.paragraph == 1 else place.paragraph + 1
            yield from _fault(index, piece, number, expected, paragraph.end())
            place.paragraph, place.item = number, 0


def _article(
    index: int, piece: DocumentPiece, place: _ArticlePlace, head: NumberedHead
) -> Iterator[RuleMatch]:
    if head.branch:
        yield from _fault(index, piece, head.number, place.article, head.end)
        place.branch = head.branch
    else:
        yield from _fault(index, piece, head.number, place.article + 1, head.unit_end)
        place.branch = 1
    # 第3条から第5条まで 削除: the range stands for all of them.
    range_end = re.match(rf"(?:から|～|〜|-|至)第{_N}[条條]", piece.whole[head.end :])
    place.article = (plain_number(range_end[1]) or head.number) if range_end else head.number
    place.paragraph, place.item = 1, 0


def _fault(index: int, piece: DocumentPiece, number: int, expected: int, length: int) -> Iterator[RuleMatch]:
    if number != expected:
        end = max(0, min(length - len(piece.number), len(piece.text)))
        values = {"number": number, "expected": expected}
        yield RuleMatch(index, 0, end or len(piece.text), "numbering_sequence", values)
