"""style.grammar: Japanese habits that make a sentence hard to read, told by parts of speech.

Doubled particles, doubled 〜が, ら抜き, a word twice, a conjunction twice, a double negation. The conditions
follow the textlint rules of the same names, so that a company's known findings stay the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Literal

import regex
from pydantic import Field

from checks.document.document import Zone
from checks.findings import NotApplicable, RuleMatch
from checks.rules import Context, Rule, RuleScope
from language.morphology import JAPANESE, Word, words
from language.sentences import sentences

Fault = Literal[
    "doubled_particle",
    "doubled_ga",
    "ra_dropped",
    "doubled_word",
    "doubled_conjunction",
    "double_negative",
    "redundant_verb",
]
Found = tuple[int, int, dict[str, str]]


class GrammarRule(Rule):
    """Habits that make a sentence hard to read."""

    kind: Literal["style.grammar"] = "style.grammar"
    faults: list[Fault] = Field(min_length=1)
    interval: int = Field(1, ge=1, description="How near two of the same particle are too near.")
    allow: list[str] = []
    separators: str = "。．？！?!"
    commas: str = "、，"
    scope: RuleScope | list[Zone] | None = RuleScope(
        zones=[Zone.BODY, Zone.HEADING, Zone.LIST, Zone.TABLE, Zone.FOOTNOTE, Zone.TEXTBOX]
    )

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each such place."""
        japanese = False
        for index, piece in self.pieces(context):
            if not JAPANESE.search(piece.text):
                continue
            japanese = True
            text = piece.prose
            if "doubled_conjunction" in self.faults:
                for start, end, values in self._conjunctions(text):
                    yield RuleMatch(index, start, end, "grammar_doubled_conjunction", values)
            for start, end in sentences(text, self.separators, paragraph=True):
                tagged = words(text[start:end])
                for fault in self.faults:
                    if fault in _FINDERS:
                        for first, last, values in _FINDERS[fault](self, tagged):
                            yield RuleMatch(index, start + first, start + last, f"grammar_{fault}", values)
        if not japanese:
            raise NotApplicable("no_japanese")

    def _conjunctions(self, text: str) -> Iterator[Found]:
        before = ""
        for start, end in sentences(text, self.separators, paragraph=True):
            first = next(iter(words(text[start:end])), None)
            word = first if first is not None and first.kind == "接続詞" else None
            if word is not None and word.surface == before:
                yield start + word.start, start + word.end, {"word": word.surface}
            if word is not None:
                before = word.surface


def _particles(rule: GrammarRule, tagged: tuple[Word, ...]) -> Iterator[Found]:
    last: dict[tuple[str, str, str], int] = {}
    for place, group in enumerate(_particle_groups(rule, tagged)):
        word, surface = group[0], "".join(other.surface for other in group)
        if word.kind != "助詞" or (len(group) == 1 and _may_repeat(word)) or surface in rule.allow:
            continue
        key = (surface, word.detail, word.detail2)
        if key in last and place - last[key] <= rule.interval:
            yield word.start, group[-1].end, {"word": surface}
        last[key] = place


def _particle_groups(rule: GrammarRule, tagged: tuple[Word, ...]) -> list[list[Word]]:
    """The particles, those that touch taken together (には, としては), and between them what divides."""
    groups: list[list[Word]] = []
    for word in tagged:
        if word.kind == "助詞":
            last = groups[-1][-1] if groups else None
            if last is not None and last.kind == "助詞" and last.end == word.start:
                groups[-1].append(word)
            else:
                groups.append([word])
        elif _divides(rule, word):
            groups.append([word])
    return groups


def _divides(rule: GrammarRule, word: Word) -> bool:
    return (
        word.surface in rule.commas
        or word.detail in ("括弧開", "括弧閉", "読点")
        or word.surface in "（）()「」"
    )


def _may_repeat(word: Word) -> bool:
    return (
        word.detail in ("連体化", "並立助詞", "副助詞／並立助詞／終助詞")
        or (word.surface == "を" and word.detail == "格助詞")
        or (word.detail == "接続助詞" and word.surface in ("て", "で"))
    )


def _doubled_ga(rule: GrammarRule, tagged: tuple[Word, ...]) -> Iterator[Found]:
    places = [w for w in tagged if w.surface == "が" and w.kind == "助詞" and w.detail == "接続助詞"]
    if len(places) > 1:
        yield places[0].start, places[0].end, {"word": "が"}


def _ra_dropped(rule: GrammarRule, tagged: tuple[Word, ...]) -> Iterator[Found]:
    special = (
        "来れる",
        "見れる",
        "出れる",
        "着れる",
        "寝れる",
        "起きれる",
        "食べれる",
        "決めれる",
        "考えれる",
    )
    for word, after in zip(tagged, [*tagged[1:], None], strict=True):
        if word.kind == "動詞" and word.base in special:
            yield (
                word.start + len(word.surface) - (2 if word.surface.endswith("れる") else 1),
                word.end,
                {"word": word.surface},
            )
        elif (
            after is not None
            and word.kind == "動詞"
            and word.detail == "自立"
            and word.inflection.startswith("一段")
            and word.form == "未然形"
            and after.base == "れる"
        ):
            yield after.start, after.end, {"word": word.surface + after.surface}


def _doubled_word(rule: GrammarRule, tagged: tuple[Word, ...]) -> Iterator[Found]:
    for word, after in itertools.pairwise(tagged):
        if word.surface != after.surface or word.end != after.start or word.kind == "記号":
            continue
        if word.detail == "数" or not any("ぁ" <= c <= "ん" or "一" <= c <= "龠" for c in word.surface):
            continue
        if word.kind != after.kind or word.kind in ("副詞", "感動詞", "形容詞") or word.surface in _TWICE:
            continue  # 課題で出た by で and でた; for emphasis
        if word.kind == "名詞" and _on_purpose(word):
            continue
        yield after.start, after.end, {"word": word.surface}


_TWICE = ("など", "いろ", "ちょい", "まあ", "よし", "だめ")  # said twice as one expression


def _on_purpose(word: Word) -> bool:
    """Whether a noun is one that is doubled on purpose: 一つ一つ, 人人."""
    return word.detail not in ("非自立", "代名詞") and (len(word.surface) < 2 or word.surface[0] in "一各")


def _double_negative(rule: GrammarRule, tagged: tuple[Word, ...]) -> Iterator[Found]:
    """A negation that another takes back. Marked is the second one, where the reader has to turn round."""
    taken = 0
    for index, word in enumerate(tagged):
        if word.start < taken or not _negates(word) or word.surface not in _FIRST_NEGATIONS:
            continue
        read = ""
        for after in tagged[index + 1 : index + 8]:
            if _negates(after) and after.surface in _SECOND_NEGATIONS and _BETWEEN_NEGATIONS.fullmatch(read):
                taken = after.end
                yield after.start, after.end, {"word": f"{word.surface}{read}{after.surface}"}
                break
            read += after.surface


def _negates(word: Word) -> bool:
    return word.base in ("ない", "無い") and word.kind in ("形容詞", "助動詞")


def _redundant_verb(rule: GrammarRule, tagged: tuple[Word, ...]) -> Iterator[Found]:
    """確認を行う and 確認を実行 say no more than 確認する. Words that are no verb by themselves stay: 処理, foreign
    words, and compounds such as 懲戒処分."""
    for index, word in enumerate(tagged):
        before = tagged[index - 1] if index else None
        if word.detail != "サ変接続" or word.surface in rule.allow or _FOREIGN.fullmatch(word.surface):
            continue
        if before is not None and before.kind in ("名詞", "接頭詞") and before.end == word.start:
            continue  # 定期健康診断を行う: the last word of a compound is no verb
        after = list(tagged[index + 1 : index + 4])
        if len(after) < 2 or after[0].surface != "を":
            continue
        verb = after[2] if after[1].surface in (*rule.commas, ",") and len(after) > 2 else after[1]
        if verb.base == "行う" or verb.surface == "実行":
            values = {"word": f"{word.surface}を{verb.base}", "short": f"{word.surface}する"}
            yield word.start, verb.end, values


_FOREIGN = regex.compile(r"処理|[\p{Katakana}ーA-Za-zＡ-Ｚａ-ｚ]+")
_FIRST_NEGATIONS = ("ない", "無い", "なく", "無く")
_SECOND_NEGATIONS = ("ない", "無い", "なく", "無く", "なかっ", "無かっ")
_BETWEEN_NEGATIONS = regex.compile(
    "[もは]|(?:こと|事)[もは]|(?:わけ|訳)で[もは]|でも|もので[もは]"
    "|と[はも](?:限ら|かぎら)|とは(?:言い|いい)(?:切れ|きれ)"
)
_FINDERS: dict[str, Callable[[GrammarRule, tuple[Word, ...]], Iterator[Found]]] = {
    "doubled_particle": _particles,
    "doubled_ga": _doubled_ga,
    "ra_dropped": _ra_dropped,
    "doubled_word": _doubled_word,
    "double_negative": _double_negative,
    "redundant_verb": _redundant_verb,
}
