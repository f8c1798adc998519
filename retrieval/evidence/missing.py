"""What a question speaks of that its evidence does not: the nouns, figures and names that a person would look
for on the page before believing that it answers. Pure.

"How much is the family allowance?" is not answered by a table of other allowances, however many of the
question's words stand in it. A thing counts as said where any of its words stands, those of the widening too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

from language.characters import one_form
from language.morphology import words
from language.quantities import written
from language.tokens import ENGLISH_STOP, normalised, tokens
from retrieval.evidence.asked import AskedQuestion

LEAST_TERM = 2  # characters of a noun in Chinese characters or kana
MOST_TERMS = 12  # of one question
MOSTLY = 0.5  # of a term's tokens, that a thing of the question has where it is the same
_NOUNS = frozenset(("一般", "サ変接続", "固有名詞", "形容動詞語幹", "接尾", "ナイ形容詞語幹"))
# What asks, and what stands in every question of the office without being looked for.
_ASKED_WORDS = """
    いくら いくつ 場合 方法 内容 詳細 何 誰 どこ 会社 弊社 当社 社員 従業員 場所 金額 月額 合計 全部
    一覧 目安 ルール 規定 規程 教え 予定 必要 可能 対象 条件 手続 手続き 流れ 仕方 違い 期限 期間
    期日 時間 人数 回数 日数 上限 上限額
"""
_ASKS = frozenset(_ASKED_WORDS.split())
_FIGURE = regex.compile(
    r"\d{4}年(?:度|\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日|第(?!一次|1次)[\d一二三四五六七八九十]{1,3}\p{Han}?"
    r"|(?<![\d.,])(?:19|20)\d\d(?![\d.,])|[一二三四五六七八九十]{1,2}(?:車間|车间|号楼|期|班)"
    r"|\b(?:first|second|third|fourth) (?:quarter|half|floor|plant)\b"
)
_BETWEEN = regex.compile(
    r"[的了吗嗎呢吧是有在和与與或及对對于於可以能要会會给給我你他她它们們这這那哪些什么麼怎样樣多少几幾谁誰为為個个被把从從到由"
    r"\p{P}\s\p{Latin}\d請请問问應应该該須须需每]+"
)


@dataclass(frozen=True)
class MissingTerms:
    """How much of a question's terms some texts leave out, in shares from 0 to 1: of the term that is said
    least, of all (their mean), of the longest, and of the last, which is mostly what is asked."""

    most: float
    mean: float
    longest: float
    last: float


@lru_cache(maxsize=256)
def terms_of(text: str, language: str) -> tuple[str, ...]:
    """The nouns that a question looks for, in `one_form`, each once."""
    split = {"ja": _japanese, "zh": _chinese, "en": _english}[language]
    return tuple(dict.fromkeys(split(text)))[:MOST_TERMS]


def _japanese(text: str) -> Iterator[str]:
    compound = ""
    for word in (*words(normalised(text)), None):
        noun = word is not None and word.kind == "名詞" and word.detail in _NOUNS
        if word is not None and noun and word.surface not in _ASKS:
            compound += word.surface
            continue
        if len(compound) >= LEAST_TERM:
            yield one_form(compound)
        compound = ""


def _chinese(text: str) -> Iterator[str]:
    for run in _BETWEEN.split(normalised(text)):
        if len(run) >= LEAST_TERM:
            yield one_form(run)


def _english(text: str) -> Iterator[str]:
    for token in tokens(normalised(text)):
        if token.isalpha() and token not in ENGLISH_STOP and len(token) > LEAST_TERM:
            yield token


def missing_terms(question: AskedQuestion, texts: Sequence[str]) -> MissingTerms:
    """What is left out of the question's terms by those texts, each term by the text that says most of it."""
    terms = terms_of(question.text, question.language)
    forms = [one_form(normalised(text)) for text in texts]
    shares = {term: min((_missing(question, term, form) for form in forms), default=1.0) for term in terms}
    if not shares:
        return MissingTerms(0.0, 0.0, 0.0, 0.0)
    return MissingTerms(
        max(shares.values()),
        sum(shares.values()) / len(shares),
        shares[max(terms, key=len)],
        shares[terms[-1]],
    )


def missing_figures(question: AskedQuestion, text: str) -> int:
    """How many of the dates, years and ordinals that a question says a text does not say, in its own way of
    counting years or another: 1964年 is 昭和39年."""
    form = one_form(normalised(text))
    figures = [one_form(figure) for figure in _FIGURE.findall(normalised(question.text))]
    missing = [figure for figure in figures if figure not in form]
    if not missing:
        return 0
    plain = _in_plain_digits(form)
    return sum(_in_plain_digits(figure) not in plain for figure in missing)


def _in_plain_digits(form: str) -> str:
    """A text in `one_form` with its numbers and years as plain digits."""
    for number in reversed(list(written(form))):
        form = form[: number.start] + number.form + form[number.end :]
    return form


def _missing(question: AskedQuestion, term: str, form: str) -> float:
    """The share of a term that a text in `one_form` does not say; 0 where another word for it stands."""
    if term in form:
        return 0.0
    held = set(tokens(form)) if question.language == "en" else set()
    if question.language == "en":
        return float(term not in held and not _meant(question, {term}, form, held))
    parts = set(tokens(term))
    if _meant(question, parts, form, held):
        return 0.0
    pairs = [term[place : place + 2] for place in range(len(term) - 1)] or [term]
    return sum(pair not in form for pair in pairs) / len(pairs)


def _meant(question: AskedQuestion, parts: set[str], form: str, held: set[str]) -> bool:
    return any(
        MOSTLY * len(parts) <= len(thing.tokens & parts) and thing.stands_in(form, held or set(tokens(form)))
        for thing in question.meant
    )
