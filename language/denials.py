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


def denials(text: str, language: str) -> int:
    """How often a text in lower case denies."""
    return len(_DENIALS[language].findall(_NO_DENIALS.sub("", text)))
