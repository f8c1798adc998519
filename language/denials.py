"""Words that deny, forbid or leave out, in Japanese, Chinese and English. Pure."""

from __future__ import annotations

import regex

_DENIALS = {
    "en": regex.compile(
        r"\b(?:not|never|without|cannot|none|neither|nor|no(?!\.?\s{0,4}\d)|unable|unless|except|exclud\w*|prohibit\w*"
        r"|forbid\w*|disallow\w*|refus\w*|bans?|banned)\b|n['’]t\b"
    ),
    "ja": regex.compile(
        r"(?<![少危])ない|ません|なかった|なく(?!な)|(?<![必ま])ず(?:、|に)|不可|禁止|禁ずる|禁じ|除く|除き|以外"
    ),
    "zh": regex.compile(r"不|没|沒|無|无|非|未|勿|禁|除外|以外"),
}
# What looks like a denial but is not one: "must", "may be", and words that hold its character.
_NO_DENIALS = regex.compile(
    r"(?:なければ|なくては|ねば)(?:なら|いけ)(?:ない|ません)|ざるを得(?:ない|ません)|かもしれ(?:ない|ません)|に違いない"
    r"|不得不|不仅|不僅|不但|不断|不斷|不同|不论|不論|不管|无论|無論|无线|無線|非常|未来|未來|没收"
)


# Of a Japanese noun: "取得しなかった休暇" are days that were not taken, whatever the sentence says of them.
_ATTRIBUTIVE = regex.compile(r"(?:ない|なかった)(?=[\p{Han}\p{Katakana}]|もの|とき)")


def denials(text: str, language: str, *, attributive: bool = True) -> int:
    """How often a text in lower case denies; with `attributive` false only what it says itself, and not what
    describes a noun in it."""
    text = _NO_DENIALS.sub("", text)
    if language == "ja" and not attributive:
        text = _ATTRIBUTIVE.sub("", text)
    return len(_DENIALS[language].findall(text))


# Of a Japanese sentence the end says whether it denies; what stands before describes ("取得しなかった休暇").
_CLAUSE_END = 16  # characters


def ends_in_denial(text: str, language: str) -> bool:
    """Whether the sentence itself denies, its text in lower case: in Japanese its end tells."""
    if language != "ja":
        return denials(text, language) > 0
    last = text.rstrip(" 。.!！」)）").rpartition("、")[2]
    return denials(last[-_CLAUSE_END:], "ja") > 0
