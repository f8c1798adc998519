"""What a question wants of a table, told by its words alone: an operation, bounds, dates, how many. Pure.

It knows no table. `retrieval.tables.planning` grounds a wish in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import regex

from language.stems import stem
from language.tokens import CJK, ENGLISH_STOP, language_of
from retrieval.tables import vocabulary
from retrieval.tables.values import compiled, dates_in, plain_form, unit_of
from retrieval.tables.vocabulary import ADJECTIVES, CONCEPTS, Operation, TableConcept

LATIN_WORD = 2.0  # what a word in Latin letters weighs, in Chinese characters
Day = tuple[int, int, int]

_WORD = regex.compile(r"[\p{Latin}\p{N}]+(?:[-.][\p{Latin}\p{N}]+)*")
_HAN_NUMBER = {character: value for value, character in enumerate("一二三四五六七八九十", start=1)} | {
    "两": 2
}
_WORD_NUMBER = {
    word: n
    for n, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1
    )
}  # shorter so
_SCALES = {"百万": 10**6, "千万": 10**7, "万": 10**4, "亿": 10**8, "千": 10**3, "k": 10**3, "million": 10**6, "thousand": 10**3}  # fmt: skip
_FIGURE = compiled(
    r"(?<![\p{Latin}\d.,/:-])(?P<money>[¥$€£]|us\$)?\s?(?P<digits>\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?P<decimals>\.\d{1,6})?\s?"
    r"(?P<scale>百万|千万|万|亿|千(?=[円元])|million\b|thousand\b|k\b)?\s?"
    r"(?P<unit>%|円|元|(?:営業|营业|稼働|工作)日|人|名|个|件|台|本|枚|册|箱|袋|回|次|日|天|时间|小时|分|歳|岁|kg\b|hours?\b|(?:business |working )?days?\b|yen\b|usd\b|dollars?\b|percent\b|units?\b|people\b|years?\b)?"
    r"(?![\d\p{Latin}:/-])"
)
_BEHIND = compiled(
    r"\s?+(?:(?P<ge>以上|か[らり](?=\s|、|$)|或以上|及以上|起|or more|or higher|or above|or over|and above|and over)|(?P<le>以下|以内|まで|或以下|及以下|or less|or fewer|or below|or under|at most)"
    r"|(?P<gt>を?超|より(?:も)?(?:高|多|大|上|长|重)|を上回)|(?P<lt>未满|より(?:も)?(?:安|少|低|小|下|短|轻)|を下回|を?切))"
)
_BEFORE = compiled(
    r"(?:(?P<ge>at least|no less than|not less than|minimum of|>=|不低于|不少于|至少|大于等于|≥)|(?P<le>at most|no more than|not more than|up to|maximum of|<=|不超过|不高于|至多|小于等于|≤)"
    r"|(?P<gt>(?:more|greater|higher|larger|longer|heavier) than|over|above|exceed(?:s|ing)?|>|超过|大于|高于|多于|超出)"
    r"|(?P<lt>(?:less|fewer|lower|cheaper|smaller|shorter) than|under|below|<|低于|小于|少于|不到|不足))\s?$"
)
_DAY_BEHIND = compiled(
    r"\s?+(?:(?P<ge>以降|以后|から(?!.{0,12}まで)|起|开始|or later|onwards?|and after)|(?P<le>以前|まで|之前(?:（含）)|为止|or earlier)|(?P<gt>より(?:も)?后|(?:の)?后|之后|后)|(?P<lt>より(?:も)?前|(?:の)?前|之前|前))"
)
_DAY_BEFORE = compiled(
    r"(?:(?P<ge>on or after|since|from|starting(?: on)?|自)|(?P<le>on or before|by|until|till|through|截至)|(?P<gt>after|later than)|(?P<lt>before|earlier than|prior to))\s?(?:the\s)?$"
)
_RANGE = compiled(r"\s?(?:から|~|～|-|–|—|至|到|to|and|through)\s?")
_RANGE_END = compiled(r"\s?(?:まで|の间|之间|间)")
_TOP = compiled(
    r"(?:\btop|\bfirst|\bbest|上位|トップ|ベスト|排名前|前)\s?(?P<before>\d{1,2}|[一二两三四五六七八九十]|two|three|four|five|six|seven|eight|nine|ten)(?:\s?[つ名个位件社])?(?![月日号年]|\d)"
    r"|(?:顺に|最\p{L}{1,3}的)(?P<behind>\d{1,2}|[二三四五六七八九十])\s?[つ名个位件社种家款]"
    r"|\b(?P<number>two|three|four|five|six|seven|eight|nine|ten|\d{1,2}) (?=(?:most|least|highest|lowest|cheapest|largest|biggest|smallest|oldest|newest|latest|earliest)\b)"
)
_COMPARE = {"ge": ">=", "le": "<=", "gt": ">", "lt": "<"}


@dataclass(frozen=True)
class Bound:
    """A limit that values are compared with: a number with its unit, or a day. [start, end) in the question,
    the words of comparison included."""

    sign: str  # >=, <=, >, < or =
    start: int
    end: int
    number: Decimal | None = None
    unit: str = ""
    day: Day | None = None


@dataclass
class Covered:
    """Which characters of a question are accounted for."""

    plain: str
    marks: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        if not self.marks:
            self.marks = bytearray(len(self.plain))

    def copy(self) -> Covered:
        """To go on from here in two ways."""
        return Covered(self.plain, bytearray(self.marks))

    def cover(self, start: int, end: int) -> None:
        """Account for [start, end)."""
        self.marks[start:end] = b"\1" * (end - start)

    def is_free(self, start: int, end: int) -> bool:
        """Whether none of it is accounted for yet."""
        return not any(self.marks[start:end])

    def without_weak(self) -> Covered:
        """With the words accounted for that ask and bind and carry no topic."""
        made = Covered(self.plain, bytearray(self.marks))
        for match in vocabulary.WEAK.finditer(self.plain):
            if self.is_free(*match.span()):
                made.cover(*match.span())
        return made

    def left(self) -> Iterator[str]:
        """The words that nothing accounts for: Latin words and numbers, runs of Chinese characters and
        katakana."""
        text = "".join(
            " " if mark else character for character, mark in zip(self.plain, self.marks, strict=True)
        )
        yield from (match.group() for match in _CONTENT.finditer(text))


_CONTENT = regex.compile(r"[\p{Latin}\p{N}][\p{Latin}\p{N}.'-]*|[\p{Han}々〇]+|[\p{Katakana}ー]{2,}")


@dataclass(frozen=True)
class TableWish:
    """What a question asks of a table. `superlative`: whether the largest is asked for, and of what;
    `aggregates`: what else is computed; `concepts`: what it names, each with its place; `covered`: what of it
    the operation's words account for."""

    text: str
    plain: str
    language: str
    words: tuple[tuple[str, int, int], ...]  # the stems of Latin words, with their places
    aggregates: frozenset[Operation]
    superlative: tuple[bool, str] | None
    counter: str
    most: int  # how many of the first are asked for
    each: bool
    negations: tuple[tuple[int, int], ...]
    bounds: tuple[Bound, ...]
    days: tuple[tuple[int, int, Day], ...]  # that are not bounds
    figures: tuple[Bound, ...]  # numbers that are not bounds, as "="
    concepts: tuple[tuple[TableConcept, int, int], ...]
    covered: Covered
    people: tuple[int, int] | None = None  # the place of 人数, which may be a column's name
    added: int = -1  # from where on it stands what a follow-up put behind: "… (総務部)"

    @property
    def computes(self) -> bool:
        """Whether it says an operation."""
        return bool(self.aggregates) or self.superlative is not None or self.each

    def text_at(self, start: int, end: int) -> str:
        """What the question says at [start, end) of its plain form, in its own writing where both are of one
        length."""
        whole = self.text if len(self.text) == len(self.plain) else self.plain
        return whole[start:end].strip()

    def weight(self) -> float:
        """What all its words weigh."""
        return sum(weight_of(word) for word in Covered(self.plain).without_weak().left()) or 1.0


def weight_of(word: str) -> float:
    """What a word carries of a question: a Chinese character 1, a Latin word 2, one without topic 0."""
    if not CJK.match(word):
        bare = word.strip(".'-").removesuffix("'s")
        if bare in ENGLISH_STOP or bare in vocabulary.WEAK_ENGLISH or (len(bare) == 1 and bare.isalpha()):
            return 0.0
        return LATIN_WORD
    return float(len(word))


def wish_of(question: str) -> TableWish:
    """What the question asks of a table."""
    plain = plain_form(question)
    covered = Covered(plain)
    days, bounds = _days(plain)
    figures, more = _figures(plain, [(start, end) for start, end, _ in days] + _spans(bounds))
    bounds += more
    for start, end in _spans(bounds):
        covered.cover(start, end)
    aggregates, counter, people = _aggregates(plain, question, covered)
    most, top = _top(plain, covered)
    figures = [figure for figure in figures if not top or figure.end <= top[0] or figure.start >= top[1]]
    superlative = _superlative(plain, covered)
    if superlative is None and top is not None:  # 売上上位3商品, the top three
        superlative = (True, "")
    added = _ADDED.search(plain)
    if Operation.MEAN in aggregates:  # a mean month is one figure, no group for each
        for match in vocabulary.OF_A_TIME.finditer(plain):
            covered.cover(*match.span())
    each = [
        match.span()
        for match in vocabulary.EACH.finditer(plain)
        if covered.is_free(*match.span()) and not (superlative is not None and match.group() == "by")
    ]
    for start, end in each:
        covered.cover(start, end)
    words = tuple((stem(match.group()), *match.span()) for match in _WORD.finditer(plain))
    concepts = tuple(
        (concept, *match.span()) for concept in CONCEPTS for match in concept.asked.finditer(plain)
    )
    return TableWish(
        question, plain, language_of(question), words, frozenset(aggregates), superlative, counter, most,
        bool(each), tuple(match.span() for match in vocabulary.NEGATION.finditer(plain)), tuple(bounds),
        tuple(days), tuple(figures), concepts, covered, people, added.start() if added else -1,
    )  # fmt: skip


def _spans(bounds: list[Bound]) -> list[tuple[int, int]]:
    return [(bound.start, bound.end) for bound in bounds]


def _aggregates(
    plain: str, question: str, covered: Covered
) -> tuple[set[Operation], str, tuple[int, int] | None]:
    operations: set[Operation] = set()
    counter = ""
    people = None
    for operation, pattern in (
        (Operation.DIFFERENCE, vocabulary.DIFFERENCE),
        (Operation.RATIO, vocabulary.RATIO),
        (Operation.MEAN, vocabulary.MEAN),
        (Operation.SUM, vocabulary.SUM),
        (Operation.COUNT, vocabulary.COUNT),
    ):
        for match in pattern.finditer(plain):
            if not covered.is_free(*match.span()):
                continue
            if operation is Operation.COUNT:
                if match["people"]:
                    people = match.span()
                name = next((name for name, text in match.groupdict().items() if text), "")
                if name and not counter:  # as the question writes it
                    whole = question if len(question) == len(plain) else plain
                    counter = whole[match.start(name) : match.end(name)]
            operations.add(operation)
            more = _COUNTED_MORE.search(match.group()) if operation is Operation.DIFFERENCE else None
            if more is not None:
                operations.add(Operation.COUNT)
                counter = counter or more["counter"] or ""
            covered.cover(*match.span())
    return operations, counter, people


_COUNTED_MORE = compiled(r"何(?P<counter>[人名件社回日台店])|几|\bhow many\b|\bby how many\b")


def _top(plain: str, covered: Covered) -> tuple[int, tuple[int, int] | None]:
    match = _TOP.search(plain)
    if match is None or not covered.is_free(*match.span()):
        return 1, None
    text = match["before"] or match["behind"] or match["number"]
    number = int(text) if text.isdigit() else _HAN_NUMBER.get(text) or _WORD_NUMBER.get(text, 1)
    covered.cover(*match.span())
    return max(1, number), match.span()


def _superlative(plain: str, covered: Covered) -> tuple[bool, str] | None:
    for match in vocabulary.SUPERLATIVE.finditer(plain):
        word = match["ja"] or match["zh"] or match["en"] or match["when"] or match["first"] or "oldest"
        if not covered.is_free(*match.span()):
            continue
        if word in ("most", "least") and plain[max(0, match.start() - 3) : match.start()] == "at ":
            continue
        covered.cover(*(match.span("when") if match["when"] else match.span()))
        return ADJECTIVES.get(word, (True, ""))
    order = _ORDER.search(plain)
    if order is not None:
        covered.cover(*order.span())
        word = order["word"] or order["zh"] or ""
        return ADJECTIVES.get(word, (True, ""))
    return None


_ADDED = regex.compile(r"[（(][^（）()]{1,80}[)）]$")
_ORDER = compiled(
    r"(?P<word>高|安|低|多|少な|大き|小さ|长|短|早|新し|古)い顺(?:番)?に?|从(?P<zh>高|低|大|小|多|少)到\p{Han}"
)


_COUNTED = compiled(r"以上|以下|以内|未满|間|间|を?超|より|の?差|分(?!の)")  # behind 5日: that many days


def _days(plain: str) -> tuple[list[tuple[int, int, Day]], list[Bound]]:
    """The dates of a question: those that are meant as such, and those that values are compared with."""
    spans = [span for span in dates_in(plain) if span[2][:2] != (0, 0) or not _COUNTED.match(plain, span[1])]
    days: list[tuple[int, int, Day]] = []
    bounds: list[Bound] = []
    skip = -1
    for number, (start, end, day) in enumerate(spans):
        if number == skip:
            continue
        if number + 1 < len(spans):
            behind_start, behind_end, other = spans[number + 1]
            between = _RANGE.fullmatch(plain, end, behind_start)
            if between is not None and (between[0].strip() not in ("and",) or "between" in plain[:start]):
                closing = _RANGE_END.match(plain, behind_end)
                last = closing.end() if closing else behind_end
                first = _filled(day, other)
                opening = _opening(plain, start)
                bounds.append(Bound(">=", opening, last, day=first))
                bounds.append(Bound("<=", opening, last, day=_filled(other, first)))
                skip = number + 1
                continue
        sign, begin, stop = _sign(plain, start, end, _DAY_BEFORE, _DAY_BEHIND)
        if sign:
            bounds.append(Bound(sign, begin, stop, day=day))
        else:
            days.append((start, end, day))
    return days, bounds


def _opening(plain: str, start: int) -> int:
    """Where "between" or "from" stands before a range."""
    for word in ("between ", "from ", "从"):
        if plain.startswith(word, start - len(word)) and start >= len(word):
            return start - len(word)
    return start


def _filled(day: Day, other: Day) -> Day:
    """What a date of a range leaves out, by the other one: 8月10日から15日まで."""
    year, month, number = day
    return (year or other[0], month or other[1], number)


def _sign(
    plain: str, start: int, end: int, before: regex.Pattern[str], behind: regex.Pattern[str]
) -> tuple[str, int, int]:
    """How a value at [start, end) is compared, and its place with the words that say so."""
    match = behind.match(plain, end)
    if match is not None and match.lastgroup in _COMPARE:
        return _COMPARE[match.lastgroup], start, match.end()
    match = before.search(plain, max(0, start - 24), start)
    if match is not None and match.lastgroup in _COMPARE:
        return _COMPARE[match.lastgroup], match.start(), end
    return "", start, end


def _figures(plain: str, taken: list[tuple[int, int]]) -> tuple[list[Bound], list[Bound]]:
    """The numbers of a question that are no dates: those that stand for themselves, and those that values
    are compared with."""
    alone: list[Bound] = []
    bounds: list[Bound] = []
    matches = [
        match
        for match in _FIGURE.finditer(plain)
        if not any(match.start() < end and start < match.end() for start, end in taken)
    ]
    for number, match in enumerate(matches):
        start, end = match.span()
        value = Decimal(match["digits"].replace(",", "") + (match["decimals"] or ""))
        value *= _SCALES.get(match["scale"] or "", 1)
        unit = unit_of(match["money"] or match["unit"] or "")
        sign, begin, stop = _sign(plain, start, end, _BEFORE, _BEHIND)
        behind = matches[number + 1] if number + 1 < len(matches) else None
        between = _RANGE.fullmatch(plain, end, behind.start()) if behind is not None else None
        if between is not None and (between[0].strip() != "and" or "between" in plain[:start]):
            sign, begin = ">=", _opening(plain, start)
        elif number and not sign:
            previous = matches[number - 1]
            ends = _RANGE.fullmatch(plain, previous.end(), start)
            if ends is not None and (ends[0].strip() != "and" or "between" in plain[:start]):
                closing = _RANGE_END.match(plain, end)
                sign, stop = "<=", closing.end() if closing else end
                begin = ends.start()
        made = Bound(sign or "=", begin, stop, number=value, unit=unit)
        (bounds if sign else alone).append(made)
    return alone, bounds
