"""Where a question says a part of a column's name for it: 単価 for 販売単価. Pure. It refuses a part from
which the question goes on to another thing: 検査手順 is not 検査概要."""

from __future__ import annotations

import regex

from language.tokens import CJK
from retrieval.tables.values import compiled

LEAST_SHARED = 2  # characters of a column's name that a question must have
KANA_ONLY = regex.compile(r"\p{Hiragana}+")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_LIMITS = compiled(r"以上|以下|以内|未满|以外")
_THING = r"(?:\p{Han}|[\p{Katakana}ー]|\p{Latin})"
_COMPOUND = regex.compile(rf"(?P<thing>{_THING}{{2,20}}+)")
# What a thing has, and no row is: an ID, a name, a way.
_ATTRIBUTE = compiled(
    r"[の的](?P<thing>(?:\p{Han}|[\p{Katakana}ー]|\p{Latin}){0,20}"
    r"(?:名|名称|id|番号|编号|コード|代码|方式|方法|形式|区分|种别|种类|类型|サイズ|大小|尺寸|时刻|时间|日|额|率|型|先))"
    r"(?:は|が|を|是|为|[?？]|$)"
)


def shared_part(name: str, plain: str) -> tuple[int, int] | None:
    """[start, end) of the longest part of a name that a question says, both in `plain_form`: at least half of
    it, and not where the question goes on from there to another thing than the name does."""
    place = _longest_shared(name, plain)
    if place is None or 2 * (place[1] - place[0]) < len(name):
        return None
    part = plain[slice(*place)]
    rest = name[name.find(part) + len(part) :]
    if name.startswith(part) and rest:
        goes_on = _ATTRIBUTE.match(plain, place[1])
        if goes_on is None and _KANA.search(plain):  # in Chinese the next word is written without a space too
            goes_on = _COMPOUND.match(plain, place[1])
        if goes_on is not None and goes_on["thing"][0] != rest[0]:
            return None
    return place


def _longest_shared(name: str, plain: str) -> tuple[int, int] | None:
    for length in range(min(len(name), len(plain)) - 1, LEAST_SHARED - 1, -1):
        for start in range(len(name) - length + 1):
            part = name[start : start + length]
            if not CJK.fullmatch(part) or KANA_ONLY.fullmatch(part) or _LIMITS.fullmatch(part):
                continue
            offset = plain.find(part)
            if offset >= 0:
                return offset, offset + length
    return None
