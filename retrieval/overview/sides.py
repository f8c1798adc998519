"""What a question compares: two versions of a document, two documents, or two cases that documents tell apart.
Pure.

Two documents are told by what each says of the question in its title, name and opening that the other does
not ("Aoba's rules and Harbor Street's"); two cases by how the question names them ("XとYの違い").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from language.tokens import CJK, language_of, normalised, tokens
from retrieval.evidence.asked import AskedQuestion
from retrieval.index.search import Hit
from retrieval.overview.subject import spoken_name
from retrieval.overview.whole_document import WholeDocument

OWN = 0.1  # share of the question that each of two documents must say and the other not
BOTH = 0.3  # and that both together must say
CASE = 40  # characters of the name of a case

_CHANGED = regex.compile(
    r"変わ(?:り|っ|る)|変更(?:点|され|があ)|改[定訂正](?:点|で|後|前|に|され|内容)|新旧|前の版|旧版|以前の版|前回の版"
    r"|变化|变动|變化|修订|修訂|改了|新版|旧版|舊版|上一版|更新了"
    r"|\b(?:what(?:'s| is| has| have)? (?:new|changed)|changes?|changed|revis(?:ed|ion)|updated?|(?:old|previous|last|earlier|new) version)\b"
)
_COMPARING = regex.compile(r"違|異な|比べ|比較|差|区别|區別|不同|相比|对比|對比|有何|有什么")
_BREAK = regex.compile(r"[、,，。;；]|は|(?<=\p{Han})で(?!\p{Hiragana})|在(?!\p{Han}宅)")
_JOINS = {
    "ja": regex.compile(r"と(?!も)|および|及び|又は"),
    "zh": regex.compile(r"[和与跟與]|同(?!\p{Han}?时)"),
    "en": regex.compile(r" (?:and|vs\.?|versus|with|to) "),
}
_TRAILING = regex.compile(r"(?:では|には|とで|の間|之间|之間|[のでをにが的有])$")
_BEFORE_IN_LATIN = regex.compile(r"^.*\b(?:between|compare|do|does|are|is)\b|^(?:an?|the)\b")
_BEHIND_IN_LATIN = regex.compile(r"(?s)\b(?:in|for|of|differ|different|when|at|on|according)\b.*$|[?.,].*$")


@dataclass(frozen=True)
class Cases:
    """Two cases by name, with the words that each has and the other not."""

    first: str
    second: str
    only_first: frozenset[str]
    only_second: frozenset[str]


def asks_what_changed(question: str) -> bool:
    """Whether a question asks for the history of one document."""
    return bool(_CHANGED.search(normalised(question)))


def two_documents(
    asked: AskedQuestion, wholes: Sequence[tuple[Hit, WholeDocument]], hits: Sequence[Hit]
) -> tuple[WholeDocument, WholeDocument] | None:
    """The two documents that the question names and that speak of its topic, in the order in which they were
    found; `hits` are the passages that were found of them."""
    weigh = _telling_words(asked)
    said = [
        weigh & asked.said_in(f"{hit.title} {spoken_name(hit.document.name)} {whole.called}")
        for hit, whole in wholes
    ]
    speaks = [_spoken_of(asked, whole, hits) for _, whole in wholes]
    best: tuple[float, int, int] | None = None
    for first in range(len(wholes)):
        for second in range(first + 1, len(wholes)):
            mine, other = said[first], said[second]
            both = asked.share(mine | other)
            if min(asked.share(mine - other), asked.share(other - mine)) < OWN or both < BOTH:
                continue
            value = both + min(asked.share(mine), asked.share(other)) - 0.02 * (first + second)
            topic = weigh - mine - other
            value += 2.0 * min(
                max((asked.share(topic & passage) for passage in speaks[place]), default=0.0)
                for place in (first, second)
            )
            if best is None or value > best[0]:
                best = (value, first, second)
    return None if best is None else (wholes[best[1]][1], wholes[best[2]][1])


def _telling_words(asked: AskedQuestion) -> set[str]:
    """The words of a question; of Chinese and Japanese the pairs of characters, for single ones stand
    everywhere."""
    return {word for word in asked.weights if len(word) > 1 or not CJK.match(word)}


def _spoken_of(asked: AskedQuestion, whole: WholeDocument, hits: Sequence[Hit]) -> list[set[str]]:
    """What each passage that was found of a document says of the question."""
    return [
        asked.said_in(f"{hit.passage.heading} {hit.passage.text}")
        for hit in hits
        if hit.passage.version_id == whole.version.id
    ]


def two_cases(question: str) -> Cases | None:
    """The two cases that the question names; None where it names none."""
    plain, language = normalised(question), language_of(question)
    for segment in [plain] if language == "en" else _segments(plain):
        sides = _JOINS[language].split(segment)
        if len(sides) != 2:
            continue
        first, second = (_named(side, language, last=last) for last, side in enumerate(sides))
        if (
            language != "en" and first and first[-1] in second
        ):  # 正社員と契約社員の賞与: the second ends as the first
            second = second[: second.index(first[-1]) + 1]
        mine, theirs = frozenset(tokens(first)), frozenset(tokens(second))
        if max(len(first), len(second)) <= CASE and mine - theirs and theirs - mine:
            return Cases(first, second, mine - theirs, theirs - mine)
    return None


def _segments(plain: str) -> list[str]:
    """The parts of a Chinese or Japanese question before what says that it compares."""
    match = _COMPARING.search(plain)
    return [part for part in _BREAK.split(plain[: match.start()] if match else plain) if part]


def _named(side: str, language: str, *, last: int) -> str:
    """A case's name without what stands around it."""
    side = side.strip()
    if language == "en":
        side = _BEHIND_IN_LATIN.sub("", side) if last else _BEFORE_IN_LATIN.sub("", side)
        return str(_BEFORE_IN_LATIN.sub("", side.strip())).strip()
    while (shorter := _TRAILING.sub("", side)) != side:
        side = shorter
    return side
