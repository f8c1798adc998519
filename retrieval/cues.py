"""What kind of answer a question asks for, and whether a text has one of that kind. Pure.

Questions in Japanese, Chinese (both scripts) and English are told apart by their question words: 何年 and
"when" want a date, 何人 wants a number of persons, 誰 and "who" a name. A sentence that lacks what is asked
for can hardly answer, however many of the question's words it repeats.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import regex

_NUM = r"(?:\d[\d,.]*|[〇零一二三四五六七八九十百千万萬億亿兩两数数數]+)"


class Kind(StrEnum):
    """A kind of answer."""

    DATE = "date"
    TIME = "time"
    NUMBER = "number"
    NAME = "name"
    PLACE = "place"
    REASON = "reason"


@dataclass(frozen=True)
class Wanted:
    """What a question asks for: a kind, and for numbers the unit or counter where it says one."""

    kind: Kind
    unit: str = ""


_QUESTIONS: list[tuple[str, Kind]] = [
    # Japanese
    (r"何年|いつ|何月|何日(?!間)|何世紀|何曜日|年号は|生年月日|誕生日|没年", Kind.DATE),
    (r"何時|何分", Kind.TIME),
    (r"誰|だれ|何者|人物は|どなた", Kind.NAME),
    (r"どこ|何処|どちらの(?:国|県|市)|場所は|出身は", Kind.PLACE),
    (r"なぜ|何故|どうして|理由は|原因は", Kind.REASON),
    (r"いくつ|いくら|どのくらい|どれくらい|どれほど|何割|何[％%]|(?:人口|面積|金額|料金|人数|年齢|高さ|長さ|全長)は", Kind.NUMBER),
    # Chinese, simplified and traditional
    (r"哪一?年|何[时時]|什[么麼][时時](?:候|间|間)|幾年|几年|幾月|几月|哪一?天|日期|哪个世纪|哪個世紀", Kind.DATE),
    (r"几点|幾點", Kind.TIME),
    (r"谁|誰|哪位|何人|哪一?(?:个|個)人|什[么麼]人|姓名", Kind.NAME),
    (r"哪里|哪裡|哪裏|何[处處]|哪(?:一?个|一?個|一)?(?:国|國|省|市|县|縣|城)|什[么麼]地方|位[于於]", Kind.PLACE),
    (r"为什[么麼]|為什[么麼]|为何|為何|原因", Kind.REASON),
    (r"多少|[几幾](?=[\p{Han}])|多[大长長高远遠重久宽寬]", Kind.NUMBER),
    # English
    (r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b|\bin what (?:year|month)\b", Kind.DATE),
    (r"\bwhat time\b", Kind.TIME),
    (r"\bhow (?:many|much|long|far|old|often|tall|high|large|big|deep|fast|wide|heavy)\b|\bwhat (?:percent|percentage|number|amount|fraction|proportion)\b", Kind.NUMBER),
    (r"\bwho\b|\bwhom\b|\bwhose\b", Kind.NAME),
    (r"\bwhere\b|\b(?:what|which) (?:city|country|state|town|place|region|continent|location)\b", Kind.PLACE),
    (r"\bwhy\b", Kind.REASON),
]  # fmt: skip
_ASKS = [(regex.compile(pattern), kind) for pattern, kind in _QUESTIONS]
# 何人, 何歳, 何メートル; 几个, 多少人: a number of that.
_COUNTER = regex.compile(
    r"何(?P<ja>[\p{Han}](?<![年時月分者処故度])|\p{Katakana}[\p{Katakana}ー]+|[kmgcｋｍ]+|％|%)"
    r"|(?:多少|[几幾])(?P<zh>[\p{Han}](?<![年月点點时時]))"
)

_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_HAS = {
    Kind.DATE: regex.compile(
        rf"\b1\d{{3}}\b|\b20\d\d\b|{_NUM}\s*(?:年|月|日|世紀|世纪|号|號)|\b(?:{_MONTHS})\b\.? ?\d|\d ?(?:{_MONTHS})\b"
        r"|\d{1,2}(?:st|nd|rd|th) century|\b\d{2,4}s\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|[月火水木金土日]曜"
        r"|(?:明治|大正|昭和|平成|令和)"
    ),
    Kind.TIME: regex.compile(rf"{_NUM}\s*(?:時|时|点|點|分|:\d\d)|\d ?(?:a\.?m|p\.?m)\b|\b(?:noon|midnight)\b"),
    Kind.NUMBER: regex.compile(
        rf"{_NUM}|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
        r"|hundred|thousand|million|billion|half|third|quarter|dozen|several|couple)\b|半分|過半数|半数|一半"
    ),
    Kind.REASON: regex.compile(
        r"\b(?:because|due to|since|in order to|so that|as a result|reason|caused?|to (?:avoid|prevent|reduce|make|help))\b"
        r"|ため|から|ので|により|によって|理由|原因|因为|因為|由于|由於|所以|为了|為了"
    ),
}  # fmt: skip
_NAME = regex.compile(
    r"\b\p{Lu}[\p{L}.'’-]+(?: \p{Lu}[\p{L}.'’-]+)*|[\p{Katakana}ー・=＝]{3,}|\p{Han}{2,4}(?=氏|さん|先生|博士|大佐|教授|皇帝)"
    r"|[\p{Han}]{2,}|\p{Han}+[·・]\p{Han}+"
)
_PLACE = regex.compile(
    r"\b\p{Lu}[\p{L}'’-]+|[\p{Katakana}ー・]{2,}|\p{Han}{1,8}[都道府県縣县省市区區町村国國州郡島岛洲城山川河湖港駅站街路]"
)


def wanted(question: str) -> Wanted | None:
    """What the question asks for; None where its words do not tell."""
    text = unicodedata.normalize("NFKC", question).lower()
    counter = _COUNTER.search(text)
    if counter is not None:
        return Wanted(Kind.NUMBER, counter.group("ja") or counter.group("zh") or "")
    for pattern, kind in _ASKS:
        if pattern.search(text):
            return Wanted(kind)
    return None


def carries(text: str, wanted: Wanted, question: str) -> bool:
    """Whether the text has something of the wanted kind that the question itself does not say."""
    plain = unicodedata.normalize("NFKC", text)
    asked = unicodedata.normalize("NFKC", question).lower()
    if wanted.kind == Kind.NUMBER and wanted.unit:
        pattern = regex.compile(rf"(?:{_NUM})\s*(?:余り?|数|數)?{regex.escape(wanted.unit)}")
        found = pattern.findall(plain.lower())
    elif wanted.kind in _HAS:
        found = _HAS[wanted.kind].findall(plain.lower())
    else:
        found = (_NAME if wanted.kind == Kind.NAME else _PLACE).findall(plain)
    return any(str(one).lower() not in asked for one in found)
