"""definition: a term or an abbreviation is explained where it is used first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from checks.document.document import Zone
from checks.findings import NotApplicable, RuleMatch
from checks.rules import Context, RegexText, Rule, pattern_of

_SHORT = re.compile(r"(?<![A-Za-z0-9_.@/-])[A-Z][A-Z0-9]{1,7}(?![A-Za-z0-9_@/]|[.-][A-Za-z0-9])")
# What every office reads without being told.
_KNOWN = frozenset(
    """A3 A4 A5 B4 B5 AI AM CD CPU CSV DVD EU FAQ FAX GB GDP HTML HTTP HTTPS ID ISBN ISO IT JIS KB LAN MB
    NG NGO NPO OA OECD OK OS PC PDF PM PR QR QA SNS TB TEL TV UK UN URL US USA USB VIP VS WC WWW XML ZIP
    I II III IV V VI VII VIII IX X XI XII""".split()  # noqa: SIM905  # a list of words is read better so
)
_OPENED = re.compile(r"[（(](?:以下简称|以下簡称|以下|下称|hereinafter|the)?[ 、，,]{0,2}[「『“\"‘'【]?$")
_CLOSED = re.compile(r"[」』”\"’'】]?\s?(?:という|といいます|と略す|とする)?。?\s?(?:[）)]|[、，,;；：:])")
_BEHIND = re.compile(r"[」』”\"’'】]?\s?[（(]([^（）()]{2,})[）)]")
_FIGURES = re.compile(r"[0-9０-９%％年月日.,、]+")
_MEANS = re.compile(
    r"[」』”\"’'】]?\s?"
    r"(?:とは|means\b|stands for\b|refers to\b|is defined as\b|是指|指的是|即指)"
)
_MOST_SIGNS = 120  # characters behind or before a term in which its explanation stands


class DefinitionRule(Rule):
    """Terms that are explained at their first use."""

    zones: ClassVar[frozenset[Zone]] = frozenset(
        {Zone.BODY, Zone.LIST, Zone.TABLE, Zone.QUOTE, Zone.FOOTNOTE, Zone.TEXTBOX}
    )
    kind: Literal["definition"] = "definition"
    terms: list[str] = []
    abbreviations: bool = False
    except_: list[str] = Field([], alias="except")
    form: RegexText | None = Field(None, description="How an explanation is written; {term} is the term.")

    @model_validator(mode="after")
    def _sound(self) -> DefinitionRule:
        if not self.terms and not self.abbreviations:
            raise ValueError("terms, or abbreviations: true, is expected")
        if self.form is not None and "{term}" not in self.form:
            raise ValueError("form must hold {term}")
        return self

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each term whose first use does not explain it."""
        texts = list(self.texts(context))
        first: dict[str, tuple[int, int, int]] = {}
        explained: dict[str, tuple[int, int]] = {}
        order = {index: number for number, (index, _, _) in enumerate(texts)}
        for index, _, text in texts:
            for term, start, end in self._used(text):
                if term not in first:
                    first[term] = (index, start, end)
                if term not in explained and self._explains(text, term, start, end):
                    explained[term] = (index, start)
        if not first:
            raise NotApplicable("no_terms")
        for term, (index, start, end) in first.items():
            place = explained.get(term)
            if place is None:
                yield RuleMatch(index, start, end, "definition_missing", {"term": term})
            elif (order[place[0]], place[1]) > (order[index], start):
                where = context.document.place(*place).shown()
                yield RuleMatch(index, start, end, "definition_late", {"term": term, "place": where})

    def _used(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Each use of a term, in the order of the text."""
        uses: list[tuple[int, int, str]] = []
        for term in self.terms:
            start = text.find(term)
            while start >= 0:
                end = start + len(term)
                if not _within_word(text, start, end):
                    uses.append((start, end, term))
                start = text.find(term, end)
        if self.abbreviations:
            taken = {*self.terms, *self.except_} | _KNOWN
            uses += [(*match.span(), match[0]) for match in _SHORT.finditer(text) if match[0] not in taken]
        for start, end, term in sorted(uses):
            if term not in self.except_:
                yield term, start, end

    def _explains(self, text: str, term: str, start: int, end: int) -> bool:
        if self.form is not None:
            return pattern_of(self.form.replace("{term}", re.escape(term))).search(text) is not None
        before, after = text[max(0, start - _MOST_SIGNS) : start], text[end : end + _MOST_SIGNS]
        opened = _OPENED.search(before)
        if opened is not None and before[: opened.start()].strip():
            # 情報処理推進機構（以下「IPA」という。）, Key Performance Indicator (KPI), （IPA、英語名…）
            return _CLOSED.match(after) is not None
        behind = _BEHIND.match(after)
        if behind is not None and not _FIGURES.fullmatch(behind[1]):
            return True
        return _MEANS.match(after) is not None


def _within_word(text: str, start: int, end: int) -> bool:
    """Whether a term of letters is part of a longer word."""
    if not text[start:end].isascii():
        return False
    left, right = text[start - 1 : start], text[end : end + 1]
    return (left.isascii() and left.isalnum()) or (right.isascii() and right.isalnum())
