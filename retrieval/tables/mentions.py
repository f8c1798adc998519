"""Where a question names a table's columns and values. Pure. The longest words win, and no two mentions
overlap; a word that a table's surroundings say is accounted for, and filters nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

import regex

from language.stems import stem
from language.tokens import CJK, ENGLISH_STOP
from retrieval.tables.intervals import in_intervals
from retrieval.tables.relation import Relation
from retrieval.tables.shared_names import KANA_ONLY, LEAST_SHARED, shared_part
from retrieval.tables.values import ValueKind, compiled, dates_in, plain_form
from retrieval.tables.vocabulary import PERSON, WEAK_ENGLISH, TableConcept
from retrieval.tables.wishes import Covered, Day, TableWish

MOST_ALIKE = 3  # values that a part of them may mean
MOST_WORDS = 8  # of a value that is named by one of its words
_WORD = regex.compile(r"[\p{Latin}\p{N}]+(?:[-.][\p{Latin}\p{N}]+)*")
_JOINT = regex.compile(r"[\s/・,、()]+")
_SUFFIX = compiled(
    r"(?<=..)(?:部门|部|课|室|系|係|局|支店|营业所|分公司|店|支社|都|府|県|县|市|区|省|工场|倉库|仓库|株式会社|有限公司|\(株\))$"
)
_AREA = compiled(
    r"(?:〒\d{3}-\d{4}\s?)?+(?:北海道|\p{Han}{2,3}?[都府县省]|\p{Han}{2,4}?市)"
)  # what an address begins with
_PREFECTURES = plain_form("都府県省")
_TITLE = compiled(
    r"(?<=(?P<name>[\p{Han}\p{Katakana}ー]{1,8}))(?:さん|様|氏|君|くん|ちゃん|先生|女士|部长|课长|经理)"
)
_WEEKDAY = compiled(
    r"(?P<ja>[月火水木金土日])曜日?|(?:星期|周|礼拜)(?P<zh>[一二三四五六日天])"
    r"|\b(?P<en>mon|tues|wednes|thurs|fri|satur|sun)days?\b"
)
_WEEKDAY_CELL = compiled(
    r"\(?(?:(?P<ja>[月火水木金土日])(?:曜日?)?|(?:星期|周|礼拜)?(?P<zh>[一二三四五六日天])|(?P<en>mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?)\)?"
)
_WEEK = {
    character: number
    for characters in ("月火水木金土日", "一二三四五六日", "一二三四五六天")
    for number, character in enumerate(characters)
}
_WEEK |= {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
Span = tuple[int, int]


@dataclass(frozen=True)
class ValueMention:
    """A value that the question says: of which columns, in which forms of theirs. `exact`: in full."""

    start: int
    end: int
    columns: dict[int, frozenset[str]]
    exact: bool = True


@dataclass(frozen=True)
class ColumnMention:
    """Columns that the question names. `concept`: by another word than their own."""

    start: int
    end: int
    columns: tuple[int, ...]
    concept: TableConcept | None = None


@dataclass
class Mentions:
    """What a question says of a table."""

    values: list[ValueMention] = field(default_factory=list)
    columns: list[ColumnMention] = field(default_factory=list)
    concepts: list[ColumnMention] = field(default_factory=list)
    named_days: set[Span] = field(default_factory=set)  # dates that name columns
    named_figures: set[Span] = field(default_factory=set)  # numbers that do


def mentions_of(wish: TableWish, relation: Relation, covered: Covered) -> Mentions:
    """What the question says of the table; `covered` is told of it."""
    mentions = Mentions()
    candidates: list[tuple[Span, bool, ValueMention | ColumnMention]] = []
    for value in _values(wish, relation):
        candidates.append(((value.start, value.end), value.exact, value))
    for column in _columns(wish, relation):
        candidates.append(((column.start, column.end), True, column))
    candidates = [
        (span, whole, mention)
        for span, whole, mention in candidates
        if isinstance(mention, ColumnMention) or not _asks(wish, span)
    ]
    candidates.sort(key=lambda pair: (not pair[1], pair[0][0] - pair[0][1], pair[0][0]))
    taken = Covered(wish.plain)
    spans: set[Span] = set()
    for span, _, mention in candidates:
        if span not in spans and not taken.is_free(*span):
            continue
        if span in spans and isinstance(mention, ValueMention):
            continue
        taken.cover(*span)
        spans.add(span)
        if isinstance(mention, ValueMention):
            mentions.values.append(mention)
        else:
            mentions.columns.append(mention)
    for start, end in spans:
        covered.cover(start, end)
    if wish.added >= 0:
        mentions.values = _replaced(mentions.values, wish.added)
    mentions.columns = _narrowed(mentions.columns, relation)
    mentions.named_days = {(start, end) for start, end, _ in wish.days if (start, end) in spans}
    figures = (*wish.figures, *wish.bounds)
    mentions.named_figures = {
        (figure.start, figure.end)
        for figure in figures
        if any(
            start < figure.end and figure.start < end and _holds_a_digit(wish.plain, start, end)
            for start, end in spans
        )
    }
    mentions.concepts = list(_concepts(wish, relation, covered))
    return mentions


def _holds_a_digit(plain: str, start: int, end: int) -> bool:
    """Whether a mention takes the number itself, and not its unit alone: the column 営業日 of 14営業日以上."""
    return any(character.isdecimal() for character in plain[start:end])


_TIMES = frozenset(("day", "days", "time", "times", "month", "months"))
_ASKS_FOR = regex.compile(r"\b(?:which|what|how many)\s$")


def _asks(wish: TableWish, span: Span) -> bool:
    """Whether a word that is a value too is what the question asks for: "which days", "how many days"."""
    if not any(wish.covered.marks[span[0] : span[1]]):
        return wish.plain[span[0] : span[1]] in _TIMES and bool(
            _ASKS_FOR.search(wish.plain, max(0, span[0] - 12), span[0])
        )
    return all(wish.covered.marks[span[0] : span[1]])


def _replaced(values: list[ValueMention], added: int) -> list[ValueMention]:
    """Without the values that what a follow-up adds takes the place of: those of the same columns."""
    new = {column for mention in values if mention.start >= added for column in mention.columns}
    return [mention for mention in values if mention.start >= added or not new & mention.columns.keys()]


# Values.


def _values(wish: TableWish, relation: Relation) -> Iterator[ValueMention]:
    by_span: dict[Span, dict[int, set[str]]] = {}
    exact: dict[Span, set[int]] = {}
    said = " ".join([relation.context, relation.title, *(column.name for column in relation.columns)])
    common = {stem(word.group()) for word in _WORD.finditer(plain_form(said))}
    for number, column in enumerate(relation.columns):
        if column.kind not in (ValueKind.TEXT, ValueKind.EMPTY):
            continue
        values = relation.values[number]
        for value in values:
            for start, end, whole in _places(value, wish):
                by_span.setdefault((start, end), {}).setdefault(number, set()).add(value)
                if whole:
                    exact.setdefault((start, end), set()).add(number)
        for start, end, value in _parts(list(values), wish, frozenset() if column.is_section else common):
            by_span.setdefault((start, end), {}).setdefault(number, set()).add(value)
        for start, end, value in _grades(column.names[-1], list(values), wish):
            by_span.setdefault((start, end), {}).setdefault(number, set()).add(value)
            exact.setdefault((start, end), set()).add(number)
        for start, end, value in _weekdays(list(values), wish):
            by_span.setdefault((start, end), {}).setdefault(number, set()).add(value)
            exact.setdefault((start, end), set()).add(number)
    for span, columns in by_span.items():
        whole_in = exact.get(span, columns.keys())
        held = {column: frozenset(columns[column]) for column in columns if column in whole_in}
        yield ValueMention(*span, held, span in exact)


def _places(value: str, wish: TableWish) -> Iterator[tuple[int, int, bool]]:
    """Where the question says that value: in full, or without what follows its name."""
    if not value:
        return
    if not CJK.search(value):
        words = [word.group() for word in _WORD.finditer(value)]
        for start, end in _word_places([stem(word) for word in words], wish):
            if _alike(words[-1], wish.plain[start:end]):
                yield start, end, True
        return
    forms = {value, value.replace(" ", "")}
    bare = _BRACKETS.sub("", value).strip()
    short = {bare, _SUFFIX.sub("", bare)} - forms
    for form in forms:
        yield from ((start, end, True) for start, end in _run_places(form, wish.plain))
    for form in short:
        for start, end in _run_places(form, wish.plain):
            if form == bare or not _HAN.match(wish.plain, end):
                yield start, end, True
    area = _AREA.match(value)
    if area is not None and area.end() < len(value):
        name = area.group()
        areas = [name, name[:-1]] if len(name) > 3 or name[-1] in _PREFECTURES else [name]
        yield from ((start, end, True) for form in areas for start, end in _run_places(form, wish.plain))
    parts = _JOINT.split(bare)
    if len(parts) > 1:
        for part in parts:
            yield from ((start, end, False) for start, end in _run_places(part, wish.plain))


def _alike(word: str, asked: str) -> bool:
    """Whether the question says a word itself, or its plural: an engineer is not Engineering."""
    last = _WORD.findall(asked)[-1].removesuffix("'s")
    return last == word or last in _plurals(word) or word in _plurals(last)


def _plurals(word: str) -> tuple[str, ...]:
    return word + "s", word + "es", word[:-1] + "ies"


_BRACKETS = regex.compile(r"\([^()]{0,40}\)|^[a-z\d]{1,2}[.)]\s?(?=[\p{Han}\p{Hiragana}\p{Katakana}]{2})")
_HAN = regex.compile(r"[\p{Han}]")
_KATAKANA = regex.compile(r"[\p{Katakana}ー]")
_LATIN = regex.compile(r"[\p{Latin}\p{N}]")


def _run_places(form: str, plain: str) -> Iterator[Span]:
    if len(form) < 2:
        return
    start = plain.find(form)
    while start >= 0:
        end = start + len(form)
        before, behind = plain[max(0, start - 1) : start], plain[end : end + 1]
        cut = any(
            kind.match(inside) and kind.match(outside)
            for inside, outside in ((form[0], before), (form[-1], behind))
            for kind in (_KATAKANA, _LATIN)
        )
        if not cut:
            yield start, end
        start = plain.find(form, end)


def _word_places(words: Sequence[str], wish: TableWish) -> Iterator[Span]:
    count = len(words)
    if not count or (count == 1 and (words[0] in ENGLISH_STOP or len(words[0]) < 2)):
        return
    own = wish.words
    for number in range(len(own) - count + 1):
        if own[number][0] == words[0] and all(
            own[number + offset][0] == word for offset, word in enumerate(words)
        ):
            yield own[number][1], own[number + count - 1][2]


def _grades(name: str, values: Sequence[str], wish: TableWish) -> Iterator[tuple[int, int, str]]:
    """Values of a letter, beside their column's name: 評価がC, rating A, B級."""
    name = plain_form(name)
    letters = [value for value in values if len(value) == 1 and value.isascii() and value.isalpha()]
    if not name or len(letters) < len(values):
        return
    for start, end in _run_places(name, wish.plain):
        match = _GRADE_BEHIND.match(wish.plain, end) or _GRADE_BEFORE.search(
            wish.plain, max(0, start - 4), start
        )
        if match is not None and match["grade"] in letters:
            yield *match.span("grade"), match["grade"]


_GRADE_BEHIND = regex.compile(
    r"\s?(?:が|は|の|を|为|为了|是|等于|为|of|is|:|=)?\s?(?P<grade>[a-z])(?![\p{Latin}\p{N}])"
)
_GRADE_BEFORE = regex.compile(r"(?<![\p{Latin}\p{N}])(?P<grade>[a-z])(?:の|级|等|-| )?$")


def _parts(values: Sequence[str], wish: TableWish, common: Set[str]) -> Iterator[tuple[int, int, str]]:
    """Words of the question that are a part of few values: a first name, the beginning of a name with a
    title behind it. `common` are stems that the table's surroundings say: none of them tells rows apart."""
    for match in _TITLE.finditer(wish.plain):
        for length in range(len(match["name"]), 0, -1):
            name = match["name"][-length:]
            alike = [value for value in values if value.startswith(name) and len(value) <= 8]
            if alike and len(alike) <= MOST_ALIKE:
                yield match.end("name") - length, match.end("name"), alike[0]
                yield from ((match.end("name") - length, match.end("name"), other) for other in alike[1:])
                break
    asked = {word: (start, end) for word, start, end in wish.words}
    held: Counter[str] = Counter()
    owners: dict[str, list[str]] = {}
    for value in values:
        if CJK.search(value):
            continue
        words = {stem(word.group()) for word in _WORD.finditer(value)}
        if not 2 <= len(words) <= MOST_WORDS:  # one word is the whole value, and a sentence names nothing
            continue
        for word in (words & asked.keys()) - common:
            held[word] += 1
            owners.setdefault(word, []).append(value)
    for word, count in held.items():
        start, end = asked[word]
        written = wish.plain[start:end]
        if count <= MOST_ALIKE and len(written) > 2 and written not in ENGLISH_STOP | WEAK_ENGLISH:
            yield from ((start, end, value) for value in owners[word])


def _weekdays(values: Sequence[str], wish: TableWish) -> Iterator[tuple[int, int, str]]:
    asked = list(_WEEKDAY.finditer(wish.plain))
    if not asked or not values or len(values) > 14:
        return
    known = {value: _weekday(_WEEKDAY_CELL.fullmatch(value)) for value in values}
    if any(day is None for day in known.values()):
        return
    for match in asked:
        for value, day in known.items():
            if day == _weekday(match):
                yield match.start(), match.end(), value


def _weekday(match: regex.Match[str] | None) -> int | None:
    if match is None:
        return None
    text = match["ja"] or match["zh"] or match["en"][:3]
    return _WEEK[text]


# Columns.


def _columns(wish: TableWish, relation: Relation) -> Iterator[ColumnMention]:
    by_name: dict[str, list[int]] = {}
    for number, column in enumerate(relation.columns):
        for name in column.names:
            by_name.setdefault(name, []).append(number)
    for name, columns in by_name.items():
        for start, end in _name_places(plain_form(name), wish):
            yield ColumnMention(start, end, tuple(columns))
    yield from (ColumnMention(start, end, (column,)) for start, end, column in in_intervals(wish, relation))


def _name_places(name: str, wish: TableWish) -> list[Span]:
    day = next(dates_in(name), None)
    if day is not None and (day[0], day[1]) == (0, len(name)):
        return [(start, end) for start, end, asked in wish.days if asked == day[2] or _is_of(asked, day[2])]
    if name.isdigit():
        same = [(figure.start, figure.end) for figure in wish.figures if str(figure.number) == name]
        return same + [(start, end) for start, end, asked in wish.days if asked == (int(name), 0, 0)]
    if CJK.search(name):
        whole = list(_run_places(name, wish.plain))
        whole = whole or [place for part in _JOINT.split(name) for place in _run_places(part, wish.plain)]
        if whole:
            return whole
        if len(name) == 1:
            return _alone(name, wish.plain)
        shared = shared_part(name, wish.plain)
        return [shared] if shared is not None else []
    words = [stem(word.group()) for word in _WORD.finditer(name)]
    whole = list(_word_places(words, wish))
    for months, other in _PERIODS:
        if not whole and name.startswith(months):
            whole = [match.span() for match in other.finditer(wish.plain)]
    if whole or len(words) < 2:
        return whole
    # Of a name of several words the last one says what it is: the price of "Unit price", not the units.
    last = words[-2] if words[-1].isdigit() else words[-1]  # "Target 2024" is a target
    return [(start, end) for word, start, end in wish.words if word == last and word not in ENGLISH_STOP]


# Statements of accounts say "three months ended", and those who ask say "quarter".
_PERIODS = (
    ("three months", regex.compile(r"\b(?:(?:first|second|third|fourth) )?quarter(?: ended)?\b")),
    (
        "six months",
        regex.compile(r"\b(?:first )?half(?:[ -]year)?(?: ended)?\b|\bfirst six months(?: of)?\b"),
    ),
    ("nine months", regex.compile(r"\b(?:first )?nine months(?: of| ended)?\b")),
    ("twelve months", regex.compile(r"\b(?:full|whole|fiscal) year(?: ended)?\b")),
)


def _alone(name: str, plain: str) -> list[Span]:
    """Where a name of one character stands by itself: 部 in 部ごと, どの部, 各部."""
    return [
        (index, index + 1)
        for index, character in enumerate(plain)
        if character == name
        and not (_HAN.match(plain[index - 1 : index]) and plain[index - 1] not in _EACH)
        and not _HAN.match(plain, index + 1)
    ]


_EACH = "各每哪个"


def _is_of(asked: Day, named: Day) -> bool:
    """Whether a date of the question is the one that a header names without its year."""
    return not named[0] and asked[1:] == named[1:] and named != (0, 0, 0)


def _narrowed(mentions: list[ColumnMention], relation: Relation) -> list[ColumnMention]:
    """Of the columns below several storeys of names, those of which most storeys are named."""
    said = Counter(column for mention in mentions for column in set(mention.columns))
    most: dict[int, int] = {}
    for column, count in said.items():
        depth = len(relation.columns[column].names)
        most[depth] = max(most.get(depth, 0), count)
    narrowed = []
    for mention in mentions:
        kept = tuple(
            column
            for column in mention.columns
            if said[column] == most[len(relation.columns[column].names)]
            or len(relation.columns[column].names) == 1
        )
        narrowed.append(ColumnMention(mention.start, mention.end, kept or mention.columns))
    return narrowed


def _concepts(wish: TableWish, relation: Relation, covered: Covered) -> Iterator[ColumnMention]:
    """Columns that the question names by other words than their own."""
    for concept, start, end in wish.concepts:
        if not covered.is_free(start, end):
            continue
        named = [
            number
            for number, column in enumerate(relation.columns)
            if any(concept.named.search(plain_form(name)) for name in column.names)
        ]
        if concept.kind is not None:
            alike = [n for n, column in enumerate(relation.columns) if column.kind is concept.kind]
            named = [number for number in named if number in alike] or alike
        behind_value = start > 0 and bool(covered.marks[start - 1])  # 一般社員, Sales staff
        if named or concept.bare or (concept.name == PERSON and behind_value):
            covered.cover(start, end)
            yield ColumnMention(start, end, tuple(named), concept)


def cover_context(wish: TableWish, relation: Relation, covered: Covered) -> set[Span]:
    """Account for the words that the table's surroundings say; the spans of dates among them."""
    context = plain_form(f"{relation.context} {relation.title}")
    free = covered.copy()
    for start, end in (
        *(day[:2] for day in wish.days),
        *((figure.start, figure.end) for figure in wish.figures),
    ):
        free.cover(start, end)
    for start, end in _shared_runs(wish.plain, context, free):
        covered.cover(start, end)
    words = {stem(word.group()) for word in _WORD.finditer(context)}
    for word, start, end in wish.words:
        if word in words and covered.is_free(start, end) and not word.isdigit():
            covered.cover(start, end + 2 if wish.plain.startswith("'s", end) else end)
    known = [day for _, _, day in dates_in(context)]
    figures = set(_FIGURES.findall(context))
    for figure in wish.figures:  # the year that the table's title says
        in_day = any(start <= figure.start < end for start, end, _ in wish.days)
        if str(figure.number) in figures and not figure.unit and not in_day:
            covered.cover(figure.start, figure.end)
    dated: set[Span] = set()
    for start, end, day in wish.days:
        year, month, number = day
        said = any((not year or year == y) and (not month or month == m) and not number for y, m, _ in known)
        if said or (str(year) in figures and not month and not number):
            dated.add((start, end))
    return dated


_FIGURES = regex.compile(r"\d{4}")


def _shared_runs(plain: str, context: str, covered: Covered) -> Iterator[Span]:
    """The runs of two or more Chinese or katakana characters that both say."""
    start = 0
    while start < len(plain):
        end = start
        while end < len(plain) and CJK.match(plain[end]) and covered.is_free(end, end + 1):
            if plain[start : end + 1] not in context:
                break
            end += 1
        if end - start >= LEAST_SHARED and not KANA_ONLY.fullmatch(plain[start:end]):
            yield start, end
        start = max(end, start + 1)
