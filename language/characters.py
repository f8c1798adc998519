"""Which characters are one and the same: widths, compositions, variants of Chinese characters, and what
stands invisibly between them. Pure.

Two steps, because they promise different things. `folded` joins what is the same text (NFKC, radicals that
a PDF's font wrote for the characters, variation selectors, labels spread by spaces); a text may become
shorter by it, and `folded_with_places` says where each character came from. `one_form` joins forms of a
character (國 国, 髙 高, 邉 邊 辺), one for one, so that places stay.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import opencc
import regex

# Characters of "CJK Radicals Supplement" with the unified character that each looks like. NFKC leaves all
# but two as they are (the Kangxi radicals, U+2F00 on, it joins itself). PDFs are full of them: fonts draw 食
# and ⻝ with one glyph, and the way back from the glyph picks either.
_RADICALS = """
    ⺁厂 ⺂乛 ⺃乚 ⺄乙 ⺅亻 ⺆冂 ⺇几 ⺈刀 ⺉刂 ⺊卜 ⺋㔾 ⺌小 ⺍小 ⺎兀 ⺏尣 ⺐尢 ⺑尢 ⺒巳 ⺓幺 ⺔彑 ⺕彐 ⺖忄 ⺗心 ⺘扌 ⺙攵 ⺛旡 ⺜日 ⺝月 ⺞歹
    ⺟母 ⺠民 ⺡氵 ⺢氺 ⺣灬 ⺤爫 ⺥爫 ⺦丬 ⺧牛 ⺨犭 ⺩王 ⺪疋 ⺫目 ⺬示 ⺭礻 ⺮竹 ⺯糹 ⺰纟 ⺱网 ⺲罒 ⺳网 ⺴网 ⺵网 ⺶羊 ⺷羊 ⺸羊 ⺹耂 ⺺聿
    ⺻聿 ⺼肉 ⺽臼 ⺾艹 ⺿艹 ⻀艹 ⻁虎 ⻂衤 ⻃西 ⻄西 ⻅见 ⻆角 ⻇角 ⻈讠 ⻉贝 ⻊足 ⻋车 ⻌辶 ⻍辶 ⻎辶 ⻏阝 ⻐钅 ⻑長 ⻒镸 ⻓长 ⻔门 ⻕阜 ⻖阝
    ⻗雨 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食 ⻞食 ⻟飠 ⻠饣 ⻡首 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 ⻪黾 ⻫斉 ⻬齐 ⻭歯 ⻮齿 ⻯竜 ⻰龙 ⻱龜 ⻲亀 ⻳龟
"""
# Forms that OpenCC's tables of regions do not join: variants in names and in company registers, printing
# types of before 1946, and code points of other national standards for what is one character.
_VARIANTS = """
    高髙 崎﨑嵜碕 辺邊邉 浜濱濵 島嶋嶌 富冨 淵渕 吉𠮷 昇曻 柳栁 桑桒 薮藪籔 籠篭 戸戶户 呉吳 清淸 青靑 弁辨辯 線缐 鉱砿鑛礦 略畧
    窓窗窻 剣劍剱劔 柏栢 働仂 靭靱 焔焰熖 姉姊 你妳 它牠 舗舖鋪 衛衞卫 汚污 舎舍 郷鄉鄕 屏屛 姫姬 強强 参參叁 磯礒 賎賤
    兎兔 瓶缾 国國囯圀 挿插揷 隷隸 填塡 顚顛 闘鬭鬥鬪 閙鬧 園薗 駆駈 野埜 欅﨔 頬頰 繫繋 瀆涜 攢攅 驒騨 灌潅 倶俱 尚尙 娯娛
    俞兪 準凖 痹痺 糾糺 翠翆 刈苅 蓋葢 讐讎 闊濶 鄰隣 頸頚 飲飮 雁鴈 叱𠮟 壺壷 達逹 喜㐂 解觧 疎疏踈 讚讃 鬱欝 鯵鰺
"""
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d"  # a form of the character before (IVS, SVS)
_UNSEEN = regex.compile(rf"[{_SELECTORS}\u00ad\u200b\u2060\ufeff]+")
_CHARACTER = r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々〇〆ヶ]"
MOST_SPACES = 8
# 支 払 期 日, 氏　　名: every character stands alone, so the spaces are the typesetter's. A tab parts cells.
_SPREAD = regex.compile(
    rf"(?<!{_CHARACTER}){_CHARACTER}(?:[ \u00a0\u3000]{{1,{MOST_SPACES}}}{_CHARACTER}(?!{_CHARACTER}))+"
)
_SPACES = regex.compile(r"[ \u00a0\u3000]+")
# Nothing of these changes by itself, so whole runs of them keep their places.
_UNCHANGED = r"[ -~\n\t\u3041-\u3096\u30a1-\u30fa\u30fc\u3001\u3002\u300c\u300d\u4e00-\u9fff]"
# What joins the character before: accents, the half-width marks of voiced kana, selectors, parts of hangul.
_JOINS = rf"[\p{{M}}\uff9e\uff9f\u1160-\u11ff{_SELECTORS}]"
_CLUSTER = regex.compile(rf"{_UNCHANGED}+(?!{_JOINS})|.{_JOINS}*", regex.DOTALL)


def folded(text: str) -> str:
    """One form for what is the same text; the case of letters stays."""
    if text.isascii():
        return text
    joined: str = _SPREAD.sub(lambda match: _SPACES.sub("", match.group()), _unified(text))
    return joined


def folded_with_places(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text as `folded` makes it, and for each of its characters the [start, end) in `text` that it came
    from."""
    made: list[str] = []
    places: list[tuple[int, int]] = []
    for match in _CLUSTER.finditer(text):
        start, end = match.span()
        part = _unified(match.group())
        made.append(part)
        if len(part) == end - start:
            places += [(offset, offset + 1) for offset in range(start, end)]
        else:
            places += [(start, end)] * len(part)
    plain = "".join(made)
    spread = [
        index + match.start()
        for match in _SPREAD.finditer(plain)
        for index, character in enumerate(match.group())
        if character == " "
    ]
    if spread:
        left_out = set(spread)
        plain = "".join(character for index, character in enumerate(plain) if index not in left_out)
        places = [place for index, place in enumerate(places) if index not in left_out]
    return plain, places


def _unified(text: str) -> str:
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).translate(_radicals())


def radicals_joined(text: str) -> str:
    """The text with each radical that a PDF wrote for a character as that character. Places stay."""
    return text.translate(_written_radicals())


def one_form(text: str) -> str:
    """The text with each Chinese character that has several forms in its simplified one. Places stay."""
    return text.translate(_forms())


@cache
def _radicals() -> dict[int, str]:
    return {ord(pair[0]): pair[1] for pair in _RADICALS.split()}


@cache
def _written_radicals() -> dict[int, str]:
    kangxi = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
    return kangxi | _radicals()


@cache
def _forms() -> dict[int, str]:
    """The one form of each character that has several: OpenCC's tables, and the variants above."""
    characters = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    traditional = opencc.OpenCC("jp2t").convert("\n".join(characters))
    simplified = opencc.OpenCC("t2s").convert(traditional).split("\n")
    forms = {
        own: other if len(other) == 1 else own for own, other in zip(characters, simplified, strict=True)
    }
    joined: dict[str, str] = {}  # of a form to the form that it is to be
    for group in _VARIANTS.split():
        target = forms[group[0]]
        for variant in group:
            form = forms.get(variant, variant)
            if form != target:
                joined[form] = target
            forms.setdefault(variant, variant)
    closed = {own: joined.get(form, form) for own, form in forms.items()}
    for own, form in closed.items():
        seen = {own}
        while form not in seen:  # OpenCC takes some in two steps, and 敘 and 叙 to one another
            seen.add(form)
            form = closed.get(form, form)
        closed[own] = form
    return {ord(own): form for own, form in closed.items() if form != own}


def by_first_character(words: str) -> str:
    """The alternatives put together by their first character, so that a place tries the few that begin there;
    those of one character keep their order among themselves."""
    tails: dict[str, list[str]] = {}
    for word in _alternatives(words):
        tails.setdefault(word[0], []).append(word[1:])
    alone = "".join(first for first, rest in tails.items() if rest == [""])
    groups = [f"{first}(?:{'|'.join(rest)})" for first, rest in tails.items() if rest != [""]]
    return "|".join([f"[{alone}]", *groups] if alone else groups)


def _alternatives(words: str) -> list[str]:
    """The alternatives of an expression; a bar within brackets belongs to its alternative."""
    parts: list[str] = []
    for piece in words.split("|"):
        if parts and parts[-1].count("(") > parts[-1].count(")"):
            parts[-1] += "|" + piece
        else:
            parts.append(piece)
    return parts
