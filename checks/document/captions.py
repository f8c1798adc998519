"""Captions of figures and tables, and the words that point to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from checks.document.document import READ_TEXT, CheckedDocument, Zone
from language.numerals import plain_number

What = Literal["figure", "table", "section", "article", "attachment"]
_N = "([0-9０-９]+(?:[-‐－.][0-9０-９]+)?|[一二三四五六七八九十]+)"
_WORDS: dict[What, str] = {
    "figure": r"(?:図|图|圖|Figure|Fig\.)",
    "table": r"(?:表|Table)",
    "section": r"(?:Section|Chapter|第(?=[0-9０-９一二三四五六七八九十]+[章節节]))",
    "article": r"(?:Article|第(?=[0-9０-９一二三四五六七八九十]+[条條]))",
    "attachment": r"(?:別紙|別添|別表|添付資料|附件|附录|Appendix|Annex|Attachment)",
}
# Before 表 or 図 these make another word: 代表3名, 地図2枚, 年表1.
_NOT_BEFORE = r"(?<![A-Za-zァ-ヴー代発发公年別别図图時刻覧览附付仪報报外制列地略意構构版挿企合星])"
_COUNTER = r"(?![0-9０-９]|[\s]*[年月日時分枚個件人名点つ本台種列行])"


@dataclass(frozen=True)
class Mention:
    """A word that names a figure, table or section by number: where, and which."""

    what: What
    number: str
    piece: int
    start: int
    end: int
    text: str


def captions(document: CheckedDocument) -> list[Mention]:
    """The captions of figures and tables, in order."""
    found = []
    for index, piece in document.of(frozenset({Zone.CAPTION})):
        for what in ("figure", "table"):
            match = re.match(rf"\s*{_WORDS[what]}[\s　]*{_N}", piece.whole, re.IGNORECASE)
            if match:
                number = _folded(match[1])
                end = min(match.end(), len(piece.text))
                found.append(Mention(what, number, index, 0, end, match[0].strip()))
                break
    return found


def mentions(document: CheckedDocument, what: What) -> Iterator[Mention]:
    """The places in the text that point to a figure, table, section, article or attachment."""
    pattern = re.compile(rf"{_NOT_BEFORE}({_WORDS[what]}[\s　]*){_N}{_COUNTER}", re.IGNORECASE)
    for index, piece in document.of(READ_TEXT - {Zone.CAPTION, Zone.HEADER, Zone.FOOTER}):
        for found in pattern.finditer(piece.prose):
            if piece.zone is Zone.HEADING and found.start() == 0:
                continue  # the heading itself
            if what in ("article", "section") and found.start() == 0 and piece.prose[:1] == "第":
                continue
            yield Mention(what, _folded(found[2]), index, found.start(), found.end(), found[0])


def targets(document: CheckedDocument, what: What) -> set[str]:
    """The numbers that exist."""
    if what in ("figure", "table"):
        return {one.number for one in captions(document) if one.what == what}
    found = set()
    pattern = {
        "section": re.compile(rf"^(?:Section|Chapter)?\s*第?{_N}[章節节.\s]?", re.IGNORECASE),
        "article": re.compile(rf"^(?:Article\s+|第){_N}", re.IGNORECASE),
        "attachment": re.compile(rf"^{_WORDS['attachment']}[\s　]*{_N}", re.IGNORECASE),
    }[what]
    zones = {Zone.HEADING, Zone.BODY, Zone.LIST, Zone.TABLE}
    if what == "section":
        zones = {Zone.HEADING}
    for _, piece in document.of(frozenset(zones)):
        if match := pattern.match(piece.whole.strip()):
            found.add(_folded(match[1]))
    return found


def _folded(text: str) -> str:
    number = plain_number(text)
    return (
        str(number)
        if number is not None
        else text.translate(str.maketrans("０１２３４５６７８９－‐", "0123456789--"))
    )
