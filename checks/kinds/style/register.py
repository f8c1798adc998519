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
    found = [word for word in words(text) if word.surface != MASK]
    for at, word in enumerate(found):
        polite = word.inflection in ("特殊・デス", "特殊・マス") and word.base in ("です", "ます")
        begin = at
        if not polite:
            plain = _plain(found, at, text)
            if plain is None or (not da and word.surface == "だ"):
                continue
            begin = plain
        last = _tail(found, at)
        if not strict and last < len(found):
            continue
        out.append((found[begin].start, found[min(last, len(found)) - 1].end, polite))
    return tuple(out)


def _plain(found: list[Word], at: int, text: str) -> int | None:
    """Where a である begins that the word at `at` makes; None where it makes none."""
    word = found[at]
    if word.inflection != "特殊・ダ":
        return None
    following = found[at + 1] if at + 1 < len(found) else None
    if word.surface == "で":
        if following is None or not (following.base == "ある" and following.form in ("基本形", "連用タ接続")):
            return None
        after = found[at + 2] if at + 2 < len(found) else None
        if text[following.end : following.end + 1] == MASK:
            return None
        if text.startswith(_SUBORDINATE, following.end):
            return None
        if after is not None and after.kind in ("名詞", "連体詞", "形容詞", "動詞", "副詞", "接頭詞"):
            return None
        return at
    if word.surface == "だ" and word.form == "基本形":
        if (
            following is not None
            and following.kind == "助詞"
            and following.surface in ("と", "という", "とは")
        ):
            return None
        return at - 1 if at and found[at - 1].surface in ("の", "ん") else at
    return None


# であっても, であるなら and である以上 join clauses in either register.
_SUBORDINATE = ("ても", "なら", "という", "といった", "との", "とは", "ものの", "以上", "限り")


def _tail(found: list[Word], at: int) -> int:
    """The index after the ending: after auxiliaries, final particles and the end mark."""
    at += 1
    while at < len(found) and (
        found[at].kind == "助動詞"
        or found[at].base == "ある"
        or (found[at].kind == "助詞" and found[at].detail in ("終助詞", "副助詞／並立助詞／終助詞"))
        or (found[at].kind == "助詞" and found[at].detail == "接続助詞" and at + 1 == len(found))
        or found[at].kind == "記号"
    ):
        at += 1
    return at
