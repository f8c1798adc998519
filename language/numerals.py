"""Signs of a numbering (第1, (ア), 1.1, 一、): read as a level of a ladder and a number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_KANJI = "一二三四五六七八九十百"
_UNITS = {"十": 10, "百": 100, "千": 1000}
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_TOKENS = (
    (r"1(?:\.1)+", r"([0-9]+(?:\.[0-9]+){{{depth}}})", "dotted"),
    (r"[0-9０-９]+|N", r"([0-9０-９]+)", "decimal"),
    (rf"[{_KANJI}]+", rf"([{_KANJI}]+)", "kanji"),
    (rf"[{KATAKANA}]", rf"([{KATAKANA}])", "katakana"),
    (rf"[{_CIRCLED}]", rf"([{_CIRCLED}])", "circled"),
    (r"[IVX]+", r"([IVX]+)", "roman"),
    (r"[a-z]", r"([a-z])", "lower"),
    (r"[A-Z]", r"([A-Z])", "upper"),
)
_LETTERS = (f"[{KATAKANA}]", f"[{_CIRCLED}]")  # of which a sign has one alone
SPACES = " \t　\u00a0"


@dataclass(frozen=True)
class Sign:
    """A rung of a ladder: how its sign is written, and how to read its number."""

    text: str
    pattern: re.Pattern[str]
    form: str
    order: int

    def read(self, line: str) -> tuple[int, int] | None:
        """Number and length of the sign that the line begins with; None if it begins otherwise."""
        match = self.pattern.match(line)
        if match is None:
            return None
        number = number_of(match[1], self.form)
        return None if number is None else (number, match.end())


def sign(text: str, order: int) -> Sign:
    """The rung that is written so. Raises ValueError if no number stands in it."""
    for token, group, form in _TOKENS:
        searched = text
        if form in ("lower", "upper", "roman") and re.search("[A-Za-z]{3,}", text):
            searched = re.sub("[A-Za-z]{3,}", lambda word: "\0" * len(word[0]), text)
        match = re.search(token, searched)
        if match is None:
            continue
        before, after = text[: match.start()], text[match.end() :]
        if form == "dotted":
            group = group.format(depth=match[0].count("."))
        if any(re.fullmatch(other, character) for character in after for other in _LETTERS):
            raise ValueError(f"{text} is more than one sign: write one rung for each, with its first number")
        end = (
            _either(after)
            if after
            else r"(?![0-9０-９.．,、)）年月日時分人名円個件%％年回台階つかヶヵ]|[A-Za-z]"
            r"|ページ|ちゃん|ステップ)"
        )
        if after and after[-1] in ".．":  # 2.3 is a sign of another numbering
            end += "(?![0-9０-９])"
        if not after and form in ("katakana", "lower", "upper", "roman"):
            end = r"(?=[\s　\u00a0「（(『]|[一-龠]|$)"  # a word that begins with that letter is no sign
        return Sign(text, re.compile(_either(before) + group + end), form, order)
    raise ValueError(f"there is no number in the sign {text}")


def _either(text: str) -> str:
    """Brackets and stops in either width."""
    pairs = {"(": "[(（]", "（": "[(（]", ")": "[)）]", "）": "[)）]", ".": "[.．]", "．": "[.．]"}
    return "".join(pairs.get(character, re.escape(character)) for character in text)


def number_of(text: str, form: str) -> int | None:
    """The number that a sign's token writes; None if it writes none."""
    text = unicodedata.normalize("NFKC", text) if form in ("decimal", "dotted") else text
    if form == "dotted":
        return int(text.rsplit(".", 1)[1])
    if form == "decimal":
        return int(text)
    if form == "katakana":
        return KATAKANA.index(text) + 1
    if form == "circled":
        return _CIRCLED.index(text) + 1
    if form in ("lower", "upper"):
        return ord(text.lower()) - ord("a") + 1
    if form == "roman":
        return _roman(text)
    return kanji_number(text)


def kanji_number(text: str) -> int | None:
    """二十三 and 二三 are 23; None if it writes none."""
    total = current = 0
    for character in text:
        if character in _UNITS:
            total += (current or 1) * _UNITS[character]
            current = 0
        elif (digit := "〇一二三四五六七八九".find(character.replace("零", "〇"))) >= 0:
            current = 10 * current + digit
        else:
            return None
    return total + current or None


def _roman(text: str) -> int | None:
    values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    total = 0
    for character, after in zip(text, [*text[1:], " "], strict=True):
        value = values.get(character)
        if value is None:
            return None
        total += -value if value < values.get(after, 0) else value
    return total or None


def plain_number(text: str) -> int | None:
    """A number in Arabic digits of either width, or in kanji."""
    folded = unicodedata.normalize("NFKC", text)
    if folded.isdigit():
        return int(folded)
    return kanji_number(text) if text and all(character in _KANJI for character in text) else None
