"""Captions of figures and tables, and the words that point to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import regex

from checks.document.document import READ_TEXT, CheckedDocument, Zone
from language.headings import numbered_head
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


# A statute, or another set of rules, that an article is named after: 労働基準法第81条, 《劳动法》第三十六条.
_STATUTE = regex.compile(
    r"(?:([\p{Han}\p{Katakana}ー・]{1,24}(?:法|法律|令|規則|規程|条例|規約|条約|憲法|約款|協定|契約書?|準則|基準|要領|要綱|办法|條例|规定|细则)"
    r"|(?<=る)(?:法律|政令|省令|条例|規則|規程)|[法令])|同[法令条]|同(?:規則|規程|条例)|《([^《》]{1,60})》|\b(?:GDPR|Act|Code|Law|Regulation|Directive|Treaty)\s)"
    r"(?:[（(][^（）()]{0,60}[）)])?[\s　]{0,20}$",
    regex.REVERSE,  # from the end, where it must stand
)
_OWN = regex.compile(r"(?:この|本|当|当社の|本会社の|会社の)[\p{Han}]{1,6}$|^(?:本|当)\p{Han}{1,6}$")
_OF_ANOTHER = re.compile(r"\s{0,3}(?:\([^()]{1,20}\)\s?)?of (?:the )?(?!this\b|these\b)[A-Z]")
_GOES_ON = re.compile(
    r"(?:[条條章節节]|の[0-9０-９一二三四五六七八九十]{1,3}|第[0-9０-９一二三四五六七八九十]{1,4}[項号]|[（(][^（）()]{0,40}[）)]|[\s　])*"
    r"(?:及び|又は|並びに|若しくは|または|および|ならびに|もしくは|から|ないし|乃至|[、，,・〜～~\-–]|和|或|至|and|or|to)[\s　]*"
)


def _of_another_text(text: str, start: int, end: int, titles: frozenset[str]) -> bool:
    """Whether what is named at [start, end) is of another statute or set of rules than this document."""
    if _OF_ANOTHER.match(text, end):
        return True
    match = _STATUTE.search(text[max(0, start - 130) : start])
    if match is None:
        return False
    name = match[1] or match[2] or ""
    if _OWN.search(name) or _OWN.search(text[max(0, start - 12) : start]):
        return False
    return not any(name and (name in title or title in name) for title in titles)


def captions(document: CheckedDocument) -> list[Mention]:
    """The captions of figures and tables, in order."""
    named = []
    for index, piece in document.of(frozenset({Zone.CAPTION})):
        for what in ("figure", "table"):
            match = re.match(rf"\s*{_WORDS[what]}[\s　]*{_N}", piece.whole, re.IGNORECASE)
            if match:
                number = _folded(match[1])
                end = min(match.end(), len(piece.text))
                named.append(Mention(what, number, index, 0, end, match[0].strip()))
                break
    return named


def mentions(document: CheckedDocument, what: What) -> Iterator[Mention]:
    """The places in the text that point to a figure, table, section, article or attachment."""
    pattern = re.compile(rf"{_NOT_BEFORE}({_WORDS[what]}[\s　]*){_N}{_COUNTER}", re.IGNORECASE)
    statutes = what in ("article", "section", "attachment")
    titles = _titles(document) if statutes else frozenset()
    for index, piece in document.of(READ_TEXT - {Zone.CAPTION, Zone.HEADER, Zone.FOOTER}):
        foreign = -1  # where the last one ends that is of another statute
        for mention in pattern.finditer(piece.prose):
            if statutes:
                goes_on = foreign >= 0 and _GOES_ON.fullmatch(piece.prose, foreign, mention.start())
                if goes_on or _of_another_text(piece.prose, mention.start(), mention.end(), titles):
                    foreign = mention.end()
                    continue
                foreign = -1
            if piece.zone is Zone.HEADING and mention.start() == 0:
                continue  # the heading itself
            if what in ("article", "section") and mention.start() == 0 and numbered_head(piece.prose):
                continue  # the article itself
            # Its counter belongs to it: 第8条, and not 第8.
            end = mention.end() + (piece.prose[mention.end() : mention.end() + 1] in tuple("条條章節节"))
            yield Mention(
                what, _folded(mention[2]), index, mention.start(), end, piece.prose[mention.start() : end]
            )


def targets(document: CheckedDocument, what: What) -> set[str]:
    """The numbers that exist."""
    if what in ("figure", "table"):
        return {caption.number for caption in captions(document) if caption.what == what}
    numbers = set()
    # Not `language.marks`: what a mention may write is looked for, 3-1 and 3.1 as well as 3.
    pattern = {
        "section": re.compile(rf"^(?:Section|Chapter)?\s*第?{_N}[章節节.\s]?", re.IGNORECASE),
        "article": re.compile(rf"^(?:Article\s+{_N}|第{_N}(?=[条條]))", re.IGNORECASE),
        "attachment": re.compile(rf"^{_WORDS['attachment']}[\s　]*{_N}", re.IGNORECASE),
    }[what]
    zones = {Zone.HEADING, Zone.BODY, Zone.LIST, Zone.TABLE}
    if what == "section":
        zones = {Zone.HEADING}
    for _, piece in document.of(frozenset(zones)):
        text = piece.whole.strip()
        if text[:1] == "第" and piece.zone is not Zone.HEADING and not numbered_head(text):
            continue
        if match := pattern.match(text):
            numbers.add(_folded(next(group for group in match.groups() if group)))
    return numbers


def _titles(document: CheckedDocument) -> frozenset[str]:
    """What the document may call itself: its title, its first heading, its file's name."""
    first = next((document.pieces[index].text for index in document.headings), "")
    names = (document.metadata.get("title", ""), first, document.name.rsplit(".", 1)[0])
    return frozenset(regex.sub(r"[\s　《》]", "", name) for name in names if len(name.strip()) > 2)


def _folded(text: str) -> str:
    number = plain_number(text)
    return (
        str(number)
        if number is not None
        else text.translate(str.maketrans("０１２３４５６７８９－‐", "0123456789--"))
    )
