"""What kind of answer a question asks for, and where a text has something of that kind. Pure.

Questions in Japanese, Chinese (both scripts) and English are told apart by their question words: 何年 and
"when" want a date, 何人 wants a number of persons, 誰 and "who" a name. A sentence that lacks what is asked
for can hardly answer, however many of the question's words it repeats.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import regex

_KANJI = "〇零一二三四五六七八九十百千万萬億亿兩两数數"
_DIGITS = r"\d++(?:[,.]\d++)*+[,.]*+"
_CHINESE = rf"(?<![{_KANJI}])[{_KANJI}]++"
_NUM = rf"(?:(?<!\d)(?<!\d[,.]){_DIGITS}|{_CHINESE})"
_OF_DATES = r"(?:年代?|月|日|世紀|世纪|号|號)"
MOST_CANDIDATES = 8  # of one text; a list of fifty numbers is no better than one of eight


class Kind(StrEnum):
    """A kind of answer."""

    DATE = "date"
    TIME = "time"
    NUMBER = "number"
    NAME = "name"
    PLACE = "place"
    REASON = "reason"
    MANNER = "manner"
    THING = "thing"  # the question does not tell


@dataclass(frozen=True)
class Wanted:
    """What a question asks for: a kind, and for numbers the unit or counter where it says one. `before` and
    `behind` are what the (normalised) question says around its question word."""

    kind: Kind
    unit: str = ""
    before: str = ""
    behind: str = ""


_QUESTIONS: list[tuple[str, Kind]] = [
    # Japanese
    (r"何年|いつ|何月|何日(?!間)|何世紀|何曜日|年号は|生年月日|誕生日|没年", Kind.DATE),
    (r"何時(?!代)|何分", Kind.TIME),
    (r"誰|だれ|何者|人物は|どなた|(?:氏名|本名|名前)は", Kind.NAME),
    (r"どこ|何処|どちらの(?:国|県|市)|場所は|出身は|どの(?:国|県|市|町|村|地|州|島)|何[県市国駅町村州島湖川山](?!\p{Han})", Kind.PLACE),
    (r"なぜ|何故|どうして|理由は|原因は", Kind.REASON),
    (r"いくつ|いくら|どのくらい|どれくらい|どれほど|何割|何[%]|(?:人口|面積|金額|料金|人数|年齢|高さ|長さ|全長|上限額?)は", Kind.NUMBER),
    (r"どのように|どうやって|どうな[るっ]|方法は", Kind.MANNER),
    # Chinese, simplified and traditional
    (r"哪一?年|何[时時]|什[么麼][时時](?:候|间|間)|[幾几]年|[幾几]月|哪一?天|日期|哪[个個]世[纪紀]", Kind.DATE),
    (r"[几幾][点點]", Kind.TIME),
    (r"[谁誰]|哪位|何人|哪一?[个個]人|什[么麼]人|姓名", Kind.NAME),
    (r"哪[里裡裏]|何[处處]|哪(?:一?[个個]|一)?(?:国|國|省|市|县|縣|城|地)|什[么麼]地方|位[于於]", Kind.PLACE),
    (r"[为為]什[么麼]|[为為]何|原因|[为為]了什[么麼]", Kind.REASON),
    (r"多少|[几幾](?=[\p{Han}])|多[大长長高远遠重久宽寬]", Kind.NUMBER),
    (r"如何|怎[么麼样樣]", Kind.MANNER),
    # English
    (r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b|\bin what (?:year|month)\b", Kind.DATE),
    (r"\bwhat time\b", Kind.TIME),
    (r"\bhow (?:many|much|long|far|old|often|tall|high|large|big|deep|fast|wide|heavy)\b|\bwhat (?:percent|percentage|number|amount|fraction|proportion)\b", Kind.NUMBER),
    (r"\bwho\b|\bwhom\b|\bwhose\b", Kind.NAME),
    (r"\bwhere\b|\b(?:what|which) (?:city|country|state|town|place|region|continent|location)\b", Kind.PLACE),
    (r"\bwhy\b", Kind.REASON),
    (r"\bhow\b", Kind.MANNER),
]  # fmt: skip
_ASKS = [(regex.compile(pattern), kind) for pattern, kind in _QUESTIONS]
# 何人, 何歳, 何メートル; 几个, 多少人: a number of that.
_SOME = "かヶヵカケ箇"  # of 何か月 and 何ヶ所
_COUNTER = regex.compile(
    r"(?<![如为為任])何(?P<ja>[かヶヵカケ箇][月所国年条回]|[\p{Han}](?<![年時月分者処故度県市国駅町村州島湖川山语語])|\p{Katakana}[\p{Katakana}ー]+|[kmgc]+|%)"
    r"|(?:多少|[几幾])(?P<zh>[\p{Han}](?<![年月点點时時的]))"
)
_ASKING = regex.compile(
    r"何(?:という|と|の)?|なん(?:という)?|いつ|どこ|誰|だれ|なぜ|ど(?:の|れ|う|んな|ちら|っち)|いく[つら]|どなた"
    r"|[什甚][么麼]|哪(?:里|裡|裏|兒|儿|一?[个個些種种位家座所])?|[谁誰]|多少|[几幾]|多[大长長高远遠久]|如何|怎[么麼]?[样樣]?"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how(?: (?:many|much|long|far|old|often))?)\b"
)

_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_HAS_PATTERNS = {
    Kind.DATE: (
        # within a run of digits only a century may begin
        rf"(?=\d)(?:(?<!\d)(?:\b(?:1\d|20)\d\d(?!\d)年?|(?<!\d[,.]){_DIGITS}\s*+{_OF_DATES}|\d++ ?(?=[jfmasond][aceopu])(?:{_MONTHS})\b"
        r"|\b\d{2,4}s\b)|\d{1,2}[snrt](?:(?<=s)t|(?<=[nr])d|(?<=t)h) century)"
        rf"|(?!\d)(?:{_CHINESE}\s*+{_OF_DATES}|\b(?:{_MONTHS})\b\.? ?\d+|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|[月火水木金土日]曜"
        r"|(?:明治|大正|昭和|平成|令和)|\b(?:night|morning|noon|afternoon|evening|midnight|weekend|daily|weekly|monthly)\b|毎[日週月年]|[朝夜]|夕方|[年月週]末|月初|期末|早上|晚上|每[天日周週月年]|\p{Han}朝|\p{Han}{1,2}時代|\p{Han}代(?=[，,の末初中]))"
    ),
    Kind.TIME: (rf"{_NUM}\s*+(?:時|时|点|點|分|:\d\d)|\d ?(?:a\.?m|p\.?m)\b|\b(?:noon|midnight)\b"),
    Kind.NUMBER: (
        rf"{_NUM}|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
        r"|hundred|thousand|million|billion|half|third|quarter|dozen|several|couple)\b|半分|過半数|半数|一半"
    ),
    Kind.REASON: (
        r"\b(?:because|due to|since|in order to|so that|as a result|reason|caused?|to (?:avoid|prevent|reduce|make|help))\b"
        r"|ため|から|ので|により|によって|理由|原因|因[为為]|由[于於]|所以|[为為]了"
    ),
    Kind.MANNER: (
        r"\b(?:by|through|using|via|with)\b|によって|により|を用いて|ことで|ように|通[过過]|利用|以|使用|[将將把]"
    ),
}  # fmt: skip
_HAS = {kind: regex.compile(pattern, regex.IGNORECASE) for kind, pattern in _HAS_PATTERNS.items()}
_NAME = regex.compile(
    r"\b\p{Lu}[\p{L}.'’-]+(?: \p{Lu}[\p{L}.'’-]+)*|[\p{Katakana}ー・=＝]{3,}|\p{Han}+[·・]\p{Han}+|\p{Han}{2,}"
)
_PLACE = regex.compile(
    r"\b\p{Lu}[\p{L}'’-]+|[\p{Katakana}ー・]{2,}|\p{Han}{1,8}[都道府県縣县省市区區町村国國州郡島岛洲城山川河湖港駅站街路]"
)
_THING = regex.compile(
    r"[「『《“\"](?P<quoted>[^」』》”\"]{1,40}+)[」』》”\"]|[\p{Katakana}ー・=]{2,}|\p{Han}{2,}|\p{Latin}{3,}|\d[\d,.]*"
)


def wanted(question: str) -> Wanted:
    """What the question asks for."""
    text = unicodedata.normalize("NFKC", question).lower()
    asking = _ASKING.search(text)
    before, behind = (text[: asking.start()], text[asking.end() :]) if asking else (text, "")
    counter = _COUNTER.search(text)
    if counter is not None:
        return Wanted(Kind.NUMBER, counter.group("ja") or counter.group("zh") or "", before, behind)
    for pattern, kind in _ASKS:
        if pattern.search(text):
            return Wanted(kind, "", before, behind)
    return Wanted(Kind.THING, "", before, behind)


def candidates(text: str, wanted: Wanted, question: str) -> list[tuple[int, int]]:
    """Where the text (NFKC) has something of the wanted kind that the (normalised) question does not say."""
    spans: list[tuple[int, int]] = []
    for match in _pattern(wanted).finditer(text):
        if match.group().lower() not in question:
            spans.append(match.span())
            if len(spans) == MOST_CANDIDATES:
                break
    return spans


def _pattern(wanted: Wanted) -> regex.Pattern[str]:
    if wanted.kind == Kind.NUMBER and wanted.unit:
        return _counted(wanted.unit)
    if wanted.kind in _HAS:
        return _HAS[wanted.kind]
    return {Kind.NAME: _NAME, Kind.PLACE: _PLACE}.get(wanted.kind, _THING)


def _counted(unit: str) -> regex.Pattern[str]:
    return regex.compile(rf"{_NUM}\s*+(?:余り?|数|數)?{_written(unit)}", regex.IGNORECASE)


def _written(unit: str) -> str:
    """The ways in which a unit is written: 3か月, 3ヶ月, 3カ月, 3箇月."""
    if unit[0] in _SOME and len(unit) > 1:
        return f"[{_SOME}]{regex.escape(unit[1:])}"
    return str(regex.escape(unit))
