"""Is a sentence carried by quotes in another language? Words cannot be compared there: figures, names,
denials and meaning are. Pure but for the embedder that is handed in.

What a small model gets wrong from one language to another is a thing's name ("pledge", "guarantee"), and no
sentence vector tells two of those apart. So a direction is only written where what is shown was judged right
on sentences that nothing was fitted to; `DIRECTIONS` holds those, and how near a sentence has to be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import regex

from language.clauses import announces
from language.denials import denials
from language.figures import DIRECT_UNIT, NEAR_UNIT, NUMBER, THOUSANDS
from language.tokens import language_of, normalised
from llm.embedder import Embedder
from retrieval.answers.writing.parts import quote_parts
from retrieval.answers.writing.verification import (
    BOUNDS,
    Flaw,
    Verdict,
    assented,
    codes,
    forms_of,
    without_marks,
)

# How like a sentence is to each of some texts in another language: cosines of their vectors.
Likeness = Callable[[str, Sequence[str]], Sequence[float]]

# (the quotes' language, the answer's): the least likeness to a part of a quote.
DIRECTIONS: dict[tuple[str, str], float] = {}
UNTRIED = 0.86  # of a direction that is not among these, where an administrator wants it all the same
MOST_PARTS = 24  # of the cited quotes that are compared


@dataclass(frozen=True)
class Translating:
    """How an answer in `language` from quotes of the language `quoted` is checked: what compares meanings,
    and how near a sentence has to be."""

    quoted: str
    language: str
    likeness: Likeness
    least: float


def translating(quoted: str, language: str, embedder: Embedder | None, wanted: str) -> Translating | None:
    """How answers in that language from quotes of that other one are checked; None where `quoted` is empty
    or they are not written: no embedder knows both, or `wanted` is "none", or it is "auto" and this
    direction is not right often enough."""
    least = DIRECTIONS.get((quoted, language), UNTRIED if wanted == "all" else None)
    if (
        not quoted
        or wanted == "none"
        or least is None
        or embedder is None
        or not embedder.languages >= {quoted, language}
    ):
        return None
    return Translating(quoted, language, partial(_likeness, embedder), least)


def _likeness(embedder: Embedder, said: str, texts: Sequence[str]) -> list[float]:
    """Cosines of the sentence to each text. Passages all: one is not the other's question."""
    vectors = embedder.passages([said, *texts])
    return [float(alike) for alike in vectors[1:] @ vectors[0]]


def _numbered(words: str, start: int) -> dict[str, str]:
    return {word: str(number) for number, word in enumerate(words.split(), start)}


_WORDS = _numbered(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty",
    0,
) | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100"}
_ORDINALS = _numbered("once twice", 1) | _numbered("first second third fourth fifth", 1)
_MONTHS = _numbered(
    "january february march april may june july august september october november december", 1
)
_ENGLISH = _WORDS | _ORDINALS | _MONTHS
_WORD = regex.compile(r"[a-z]+")
_AFTERNOON = regex.compile(r"(?<!\d)(\d{1,2})(?::\d{2})?\s?p\.?m\b|(?:午後|下午|夜|晚上)\s?(\d{1,2})")
_LARGE = regex.compile(r"(?<![\d.])(\d{1,15}+(?:\.\d{1,15}+)?)\s?(万|萬|億|亿|千|thousand|million|billion)")
_MYRIADS = regex.compile(r"(?<!\d)(\d{1,15}+)[万萬](\d)千")
_SCALES = {"千": 10**3, "thousand": 10**3, "万": 10**4, "萬": 10**4, "million": 10**6}
_SCALES |= {"億": 10**8, "亿": 10**8, "billion": 10**9}
_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"两": 2, "両": 2, "零": 0}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_KANJI = regex.compile(
    r"(?<![〇零一二三四五六七八九十百千两両])[〇零一二三四五六七八九十百千两両]{1,15}+(?=[日月年人名件回円か箇個個个週周時时小分条章天元点份次階楼倍割成])"
)
_WEEKDAYS = (
    ("mon", "月", "一"),
    ("tues", "火", "二"),
    ("wednes", "水", "三"),
    ("thurs", "木", "四"),
    ("fri", "金", "五"),
    ("satur", "土", "六"),
    ("sun", "日", "[日天]"),
)
_LATIN = regex.compile(r"(?<![\p{Latin}\d])\p{Latin}[\p{Latin}\d'’-]+")
_ORDINAL_END = regex.compile(r"(?<=\d)(?:st|nd|rd|th)\b")
_SECOND_LEVEL = 0xD0  # first byte in EUC-JP
_COUNTED = regex.compile(r"(?<!\S)[(（]?\d{1,2}[.)）．、](?=\D)")  # "2." before an item
_KANA = regex.compile(r"\p{Hiragana}")
_HAN = regex.compile(r"\p{Han}+")


def verify_translated(
    sentence: str, quotes: Sequence[str], language: str, likeness: Likeness, least: float
) -> Verdict:
    """Judge one sentence, which should be in that language, against quotes in another one; mark [1] means
    quotes[0]."""
    bare = without_marks(sentence, quotes)
    if not bare.stands:
        return bare
    text, marks = bare.text, bare.marks

    def struck(flaw: Flaw, detail: str = "") -> Verdict:
        return Verdict(text, marks, flaw, detail)

    text, claim = assented(text)
    said, cited = normalised(claim), normalised("\n".join(quotes[mark - 1] for mark in marks))
    if said.endswith(("?", "か。", "か", "吗", "吗。")):
        return struck(Flaw.UNSUPPORTED, "a question")
    if announces(text) or text[-1] in ",、，:":
        return struck(Flaw.UNSUPPORTED, "a part of a list")  # and nothing completes it
    if missing := _missing_number(said, cited):
        return struck(Flaw.NUMBER, missing)
    least_here, most_here = (bool(bound.search(said)) for bound in BOUNDS)
    least_there, most_there = (bool(bound.search(cited)) for bound in BOUNDS)
    if (least_here, most_here) == (most_there, least_there) and least_here != most_here:
        return struck(Flaw.NUMBER, "another bound")
    if other := weekdays_of(said) - weekdays_of(cited):
        return struck(Flaw.NUMBER, f"weekday {min(other) + 1}")
    if missing := _missing_name(claim, cited):
        return struck(Flaw.NAME, missing)
    if untranslated := _untranslated(claim, language):
        return struck(Flaw.UNSUPPORTED, untranslated)
    parts = [part.whole for mark in marks for part in quote_parts(quotes[mark - 1])][:MOST_PARTS]
    whole = [quotes[mark - 1] for mark in marks]
    alike = list(likeness(claim, [*parts, *whole]))
    nearest = max(range(len(alike)), key=alike.__getitem__)
    if alike[nearest] < least:
        return struck(Flaw.UNSUPPORTED, f"{alike[nearest]:.3f}")
    carrier = normalised([*parts, *whole][nearest])
    if bool(denials(said, language)) != bool(denials(carrier, language_of(carrier))):
        return struck(Flaw.DENIAL)
    if numbers_of(_COUNTED.sub(" ", carrier)) and not numbers_of(_COUNTED.sub(" ", said)):
        return struck(Flaw.NUMBER, "left out")  # "by the 25th" became "by the end of the month"
    return Verdict(text, marks, None)


def numbers_of(text: str) -> set[str]:
    """The numbers of a normalised text in figures, however it writes them: "三か月", "three months", "1万円",
    "3 p.m." (3 and 15), "January" (1). Each part of a range, a date or a time counts."""
    numbers: set[str] = set()
    for match in NUMBER.finditer(text):
        for form in forms_of(match.group()):
            numbers |= {form, form.lstrip("0") or "0"}
    for match in _LARGE.finditer(THOUSANDS.sub("", text)):
        numbers.add(f"{round(float(match[1]) * _SCALES[match[2]])}")
    for match in _MYRIADS.finditer(text):
        numbers.add(str(int(match[1]) * 10_000 + int(match[2]) * 1000))
    for match in _AFTERNOON.finditer(text):
        numbers.add(str((int(match[1] or match[2]) % 12) + 12))
    numbers |= {_ENGLISH[word] for word in _WORD.findall(text) if word in _ENGLISH}
    numbers |= {str(_from_kanji(match.group())) for match in _KANJI.finditer(text)}
    return numbers


def _from_kanji(text: str) -> int:
    total = digit = 0
    for sign in text:
        if sign in _PLACES:
            total, digit = total + (digit or 1) * _PLACES[sign], 0
        else:
            digit = digit * 10 + _DIGITS[sign]
    return total + digit


def _missing_number(said: str, cited: str) -> str:
    """The first number of the sentence that is not in the cited text, or has only other units there."""
    have = numbers_of(cited)
    units: dict[str, set[str]] = {}
    for match in NUMBER.finditer(cited):
        unit = NEAR_UNIT.match(cited, match.end())
        if unit:
            for form in forms_of(match.group()):
                units.setdefault(form, set()).add(str(unit.lastgroup))
    afternoon = {match[1] or match[2] for match in _AFTERNOON.finditer(said)}
    for match in NUMBER.finditer(said):
        number = THOUSANDS.sub("", match.group())
        forms = {number, number.lstrip("0") or "0", *forms_of(match.group())}
        if number in afternoon:
            forms.add(str(int(number) % 12 + 12))
        large = _LARGE.match(said, match.start())
        if large:
            forms = {f"{round(float(large[1]) * _SCALES[large[2]])}"} if large[1] == number else forms
        if not forms & have:
            return str(match.group())
        unit = DIRECT_UNIT.match(said, match.end())
        if unit and units.get(number) and unit.lastgroup not in units[number] and not large:
            return f"{match.group()} {unit.lastgroup}"
    spelled = {_WORDS[word] for word in _WORD.findall(said) if word in _WORDS and word != "one"}
    spelled |= {str(_from_kanji(match.group())) for match in _KANJI.finditer(said)}
    return next(iter(sorted(spelled - have)), "")


def weekdays_of(text: str) -> set[int]:
    """The days of the week that a normalised text names, Monday first."""
    return {
        number
        for number, (english, japanese, chinese) in enumerate(_WEEKDAYS)
        if regex.search(rf"\b{english}days?\b|{japanese}曜|(?:星期|周|週|礼拜){chinese}", text)
    }


def _missing_name(claim: str, cited: str) -> str:
    """The first code, or Latin word in a Japanese or Chinese sentence, or word in capitals, that the cited
    text has not."""
    claim = _ORDINAL_END.sub("", claim)
    names = list(codes(claim))
    words = _LATIN.findall(claim)
    if language_of(claim) == "en":
        words = [word for word in words if len(word) > 1 and word.isupper()]
    elif lower := next((word for word in words if word.islower() and len(word) > 2), ""):
        return lower  # an English word that was not translated; names and units have capitals or are short
    names += words
    return next((name for name in names if normalised(name) not in cited), "")


def _untranslated(claim: str, language: str) -> str:
    """What in the sentence is of another language: "员工" in Japanese, "従業員" in Chinese."""
    if language == "en":
        return next(iter(_HAN.findall(claim)), "")
    if language == "ja" and not _KANA.search(claim):
        return claim
    usual = _usual_in_japanese if language == "ja" else _usual_in_chinese
    return next((sign for word in _HAN.findall(claim) for sign in word if not usual(sign)), "")


def _usual_in_japanese(sign: str) -> bool:
    """Whether it is of the first level of JIS X 0208, which has all usual characters."""
    encoded = sign.encode("euc_jp", "ignore")
    return len(encoded) == 2 and encoded[0] < _SECOND_LEVEL


def _usual_in_chinese(sign: str) -> bool:
    """Whether it is simplified Chinese, or traditional."""
    return bool(sign.encode("gb2312", "ignore") or sign.encode("big5", "ignore"))
