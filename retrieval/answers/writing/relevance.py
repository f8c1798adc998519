"""Does a sentence that its quotes carry answer the question that was asked? Pure.

A true sentence can be a wrong answer: it speaks of a sibling ("24 spaces", of another branch), says the
question again, or puts a "yes" before something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import regex

from language.denials import denials
from language.figures import DIRECT_UNIT, NUMBER, figures
from language.tokens import language_of, normalised
from retrieval.answers.writing.parts import CONDITION, quote_parts
from retrieval.answers.writing.verification import ASSENT, LEAST_SHARE, Flaw, Verdict, share_carried
from retrieval.evidence.question_kinds import QuestionKind, question_kind

_HOW_MANY = regex.compile(r"何(?!か所|ヶ所)|幾|几个?|多少个?|how many (?:business |working )?")
# A time may be written without its unit; tens of thousands and the like are no unit of what is asked.
_UNSURE = frozenset(
    {"clock", "minute", "second", "thousand", "ten_thousand", "million", "hundred_million", "billion"}
)
CELL = " | "  # between the cells of a row
_SPANS = frozenset({"hour", "day", "week", "month", "months", "year"})
SPOKEN_OF = 0.5  # of the question's content words in the quotes
SAID = 0.6  # of a rule's content words in the sentence: then it says the rule
LONGEST_RULE = 300  # characters
ASSENTS = 0.75  # of the question's content words in a sentence: then its "yes" or "no" speaks of the question
# A place or part of a company is a name with its kind behind it; the last characters of the name tell it from
# others.
_KIND_JA = regex.compile(
    r"(?:支店|支社|本店|本社|工場|営業所|事業所|研究所|事務所|センター|店舗|倉庫|病院|病棟|部門|部|課|室|棟|寮|駅|市|県|区)"
    r"(?![\p{Han}\p{Katakana}])"
)
_KIND_ZH = regex.compile(r"分公司|子公司|工厂|分店|门店|仓库|办事处|研究院|学院|医院|中心")
_NAME = regex.compile(r"[\p{Han}\p{Katakana}ー]{2}")
NAME = 2  # characters
_ANY = regex.compile(r"[本当弊我该各全他同某]$")  # no name: "our company", "each branch"
_NAMED_LATIN = regex.compile(r"(?<![.!?]\s)(?<!^)\b\p{Lu}[\p{L}\p{N}]+ (?P<kind>\p{Ll}{3,20})\b")


def fitting(question: str, verdict: Verdict, cited: str) -> Verdict:
    """The verdict on a sentence as an answer to that question; `cited` is the text of its quotes."""
    if not verdict.stands:
        return verdict
    if other := another_named(question, cited):
        return replace(verdict, flaw=Flaw.OTHER, detail=other)
    if row := of_another_row(question, verdict.text, cited):
        return replace(verdict, flaw=Flaw.OTHER, detail=row)
    if unit := value_missing(question, verdict.text):
        return replace(verdict, flaw=Flaw.OTHER, detail=f"no {unit}")
    if says_nothing_new(question, verdict.text, cited):
        return replace(verdict, flaw=Flaw.ECHO)
    if rule := _rule_behind(verdict.text, cited):
        return replace(verdict, text=rule)
    assent = ASSENT.match(verdict.text)
    if assent is not None and assent.end() < len(verdict.text):
        claim = verdict.text[assent.end() :]
        if share_carried(normalised(question), normalised(claim)) < ASSENTS:
            return replace(verdict, text=claim[:1].upper() + claim[1:])
    return verdict


def of_another_row(question: str, said: str, cited: str) -> str:
    """The row that an answer has its figures from, where it does not say whose they are and another row of
    the table has more words of the question; else empty."""
    rows = [normalised(line) for line in cited.split("\n") if CELL in line]
    numbers = {match.group() for match in NUMBER.finditer(normalised(said))}
    holding = [row for row in rows if numbers and numbers <= {m.group() for m in NUMBER.finditer(row)}]
    if not holding or any(_thing_of(row) in normalised(said) for row in holding):
        return ""
    asked = normalised(question)
    best = max(holding, key=lambda row: share_carried(asked, row))
    most = max(share_carried(asked, row) for row in rows)
    return best if share_carried(asked, best) < most else ""


def _thing_of(row: str) -> str:
    """What a row is about: its first cell, without the name of its column."""
    first = row.split(CELL, 1)[0]
    return first.rpartition(": ")[2].strip()


def value_missing(question: str, said: str) -> str:
    """The unit that the question asks for ("何日", "how many yen") where a text with figures has none of its
    kind: "17:00" is no number of days. Empty for a text without figures, which may lead to one, and for
    questions that ask for no unit. A time of the day may be written without one."""
    plain, asked = normalised(said), normalised(question)
    units = [unit for match in _HOW_MANY.finditer(asked) if (unit := DIRECT_UNIT.match(asked, match.end()))]
    given = figures(plain)
    if len(units) != 1 or not given or (unit := str(units[0].lastgroup)) in _UNSURE:
        return ""
    kind = _SPANS if unit in _SPANS else {unit}
    return "" if any(its_unit in kind for _, its_unit in given) else unit


def says_nothing_new(question: str, said: str, cited: str = "") -> bool:
    """Whether an answer has no word that the question does not have. To a question for yes or no that says
    something, if the quotes speak of what was asked."""
    plain, asked = normalised(said), normalised(question)
    if share_carried(plain, asked) < 1.0 or denials(plain, language_of(plain)):
        return False
    return (
        question_kind(question) is not QuestionKind.YES_NO
        or share_carried(asked, normalised(cited)) < SPOKEN_OF
    )


def _rule_behind(said: str, cited: str) -> str:
    """The rule that the sentence gives without its condition, in the document's words: "you may come by car"
    rests on "… only with the manager's approval". Empty where it says the condition, or there is none."""
    plain = normalised(said)
    if CONDITION.search(plain):
        return ""
    parts = [part for part in quote_parts(cited) if not part.item]
    shares = [share_carried(plain, normalised(part.text)) for part in parts]
    if not shares or max(shares) < LEAST_SHARE:
        return ""
    rule = parts[shares.index(max(shares))].text
    if not CONDITION.search(normalised(rule)) or share_carried(normalised(rule), plain) >= SAID:
        return ""
    return rule if len(rule) <= LONGEST_RULE else ""


def another_named(question: str, cited: str) -> str:
    """What the text names in the place of what the question names: another branch where it asks for one,
    another plant. Empty where it names that one too, or nothing of the kind."""
    asked = dict.fromkeys(_named(question))
    for name, kind in asked:
        if name in cited:
            continue
        others = {other for other, its_kind in _named(cited) if its_kind == kind and other not in question}
        if others:
            return min(others)
    return ""


def _named(text: str) -> Iterator[tuple[str, str]]:
    for pattern in (_KIND_JA, _KIND_ZH):
        for kind in pattern.finditer(text):
            name = text[max(0, kind.start() - NAME) : kind.start()]
            if _NAME.fullmatch(name) and not _ANY.search(name):
                yield name + kind.group(), kind.group()
    for match in _NAMED_LATIN.finditer(text):
        yield match.group(), match["kind"]
