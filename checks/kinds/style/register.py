"""style.register: です・ます or である, by zone: one of them throughout, or the one that the pack names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import Field

from checks.document.document import MASK, Zone
from checks.findings import NotApplicable, RuleMatch
from checks.rules import Context, Rule, RuleScope
from language.morphology import JAPANESE, Word, words
from language.sentences import sentences

Register = Literal["ですます", "である", "same", "any"]
_ZONES = {
    "body": (Zone.BODY, Zone.FOOTNOTE, Zone.TABLE, Zone.TEXTBOX),
    "heading": (Zone.HEADING,),
    "list": (Zone.LIST,),
}


@dataclass(frozen=True)
class _Ending:
    piece: int
    start: int
    end: int
    polite: bool


class RegisterRule(Rule):
    """One register in the body, one in headings, one in each list."""

    kind: Literal["style.register"] = "style.register"
    body: Register = "same"
    heading: Register = "same"
    list_: Register = Field("same", alias="list")
    da: bool = Field(True, description="Whether 〜だ counts as である.")
    strict: bool = Field(False, description="Look inside sentences too, not at their ends alone.")
    scope: RuleScope | list[Zone] | None = RuleScope(skip=["code", "link"])

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """The endings of the other register."""
        japanese = False
        groups: dict[tuple[str, int], list[_Ending]] = {}
        for index, piece in self.pieces(context):
            text = self.read(piece)
            if not JAPANESE.search(text):
                continue
            japanese = True
            for zone, zones in _ZONES.items():
                if piece.zone in zones:
                    group = piece.group if zone == "list" else 0
                    groups.setdefault((zone, group), []).extend(_endings(index, text, self.strict, self.da))
        if not japanese:
            raise NotApplicable("no_japanese")
        for (zone, _), endings in groups.items():
            wanted = {"body": self.body, "heading": self.heading, "list": self.list_}[zone]
            polite = sum(ending.polite for ending in endings)
            plain = len(endings) - polite
            if wanted == "any" or (wanted == "same" and not (polite and plain)):
                continue
            keep_polite = polite >= plain if wanted == "same" else wanted == "ですます"
            for ending in endings:
                if ending.polite != keep_polite:
                    values = {
                        "wanted": "です・ます" if keep_polite else "である",
                        "polite": polite,
                        "plain": plain,
                    }
                    yield RuleMatch(ending.piece, ending.start, ending.end, f"register_{zone}", values)


def _endings(piece: int, text: str, strict: bool, da: bool) -> Iterator[_Ending]:
    for start, end in sentences(text, "。．？！?!", paragraph=True):
        for first, stop, polite in _of_sentence(text[start:end], strict, da):
            yield _Ending(piece, start + first, start + stop, polite)


@lru_cache(maxsize=4096)  # several packs have such a rule, and all ask for the same sentences
def _of_sentence(text: str, strict: bool, da: bool) -> tuple[tuple[int, int, bool], ...]:
    """The endings in a sentence: start, end, whether polite."""
    out = []
    tagged = [word for word in words(text) if word.surface != MASK]
    for index, word in enumerate(tagged):
        polite = word.inflection in ("特殊・デス", "特殊・マス") and word.base in ("です", "ます")
        begin = index
        if not polite:
            plain = _plain(tagged, index, text)
            if plain is None or (not da and word.surface == "だ"):
                continue
            begin = plain
        last = _tail(tagged, index)
        if not strict and last < len(tagged):
            continue
        out.append((tagged[begin].start, tagged[min(last, len(tagged)) - 1].end, polite))
    return tuple(out)


def _plain(tagged: list[Word], index: int, text: str) -> int | None:
    """Where a である begins that the word at `at` makes; None where it makes none."""
    word = tagged[index]
    if word.inflection != "特殊・ダ":
        return None
    following = tagged[index + 1] if index + 1 < len(tagged) else None
    if word.surface == "で":
        if following is None or not (following.base == "ある" and following.form in ("基本形", "連用タ接続")):
            return None
        after = tagged[index + 2] if index + 2 < len(tagged) else None
        if text[following.end : following.end + 1] == MASK:
            return None
        if text.startswith(_SUBORDINATE, following.end):
            return None
        if after is not None and after.kind in ("名詞", "連体詞", "形容詞", "動詞", "副詞", "接頭詞"):
            return None
        return index
    if word.surface == "だ" and word.form == "基本形":
        if (
            following is not None
            and following.kind == "助詞"
            and following.surface in ("と", "という", "とは")
        ):
            return None
        return index - 1 if index and tagged[index - 1].surface in ("の", "ん") else index
    return None


# であっても, であるなら and である以上 join clauses in either register.
_SUBORDINATE = ("ても", "なら", "という", "といった", "との", "とは", "ものの", "以上", "限り")


def _tail(tagged: list[Word], index: int) -> int:
    """The index after the ending: after auxiliaries, final particles and the end mark."""
    index += 1
    while index < len(tagged) and (
        tagged[index].kind == "助動詞"
        or tagged[index].base == "ある"
        or (tagged[index].kind == "助詞" and tagged[index].detail in ("終助詞", "副助詞／並立助詞／終助詞"))
        or (tagged[index].kind == "助詞" and tagged[index].detail == "接続助詞" and index + 1 == len(tagged))
        or tagged[index].kind == "記号"
    ):
        index += 1
    return index
