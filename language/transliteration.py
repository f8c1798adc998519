"""Names in katakana written in Latin letters, and back: デンキヤギ and "Denkiyagi". Pure.

Hepburn's way without marks of length, as file names and addresses have it; what is no Japanese name in Latin
letters (two consonants in a row, letters that it does not know) has no katakana.
"""

from __future__ import annotations

import unicodedata

import regex

_ROWS = """
ア a イ i ウ u エ e オ o カ ka キ ki ク ku ケ ke コ ko サ sa シ shi
ス su セ se ソ so タ ta チ chi ツ tsu テ te ト to ナ na ニ ni ヌ nu ネ ne
ノ no ハ ha ヒ hi フ fu ヘ he ホ ho マ ma ミ mi ム mu メ me モ mo ヤ ya
ユ yu ヨ yo ラ ra リ ri ル ru レ re ロ ro ワ wa ヲ o ン n ガ ga ギ gi
グ gu ゲ ge ゴ go ザ za ジ ji ズ zu ゼ ze ゾ zo ダ da ヂ ji ヅ zu デ de
ド do バ ba ビ bi ブ bu ベ be ボ bo パ pa ピ pi プ pu ペ pe ポ po ヴ vu
キャ kya キュ kyu キョ kyo シャ sha シュ shu ショ sho シェ she チャ cha チュ chu チョ cho チェ che ニャ nya
ニュ nyu ニョ nyo ヒャ hya ヒュ hyu ヒョ hyo ミャ mya ミュ myu ミョ myo リャ rya リュ ryu リョ ryo ギャ gya
ギュ gyu ギョ gyo ジャ ja ジュ ju ジョ jo ジェ je ビャ bya ビュ byu ビョ byo ピャ pya ピュ pyu ピョ pyo
ファ fa フィ fi フェ fe フォ fo ティ ti ディ di デュ dyu ウィ wi ウェ we ウォ wo ヴァ va ヴィ vi
ヴェ ve ヴォ vo トゥ tu ドゥ du ツァ tsa
"""
_PARTS = _ROWS.split()
_TO_LATIN = dict(zip(_PARTS[::2], _PARTS[1::2], strict=True))
_TO_KATAKANA: dict[str, str] = {}
for _kana, _latin in _TO_LATIN.items():
    _TO_KATAKANA.setdefault(_latin, _kana)  # ヂ, ヅ and ヲ are rarer than ジ, ズ and オ
LONGEST = 40  # characters of a name
_KATAKANA = regex.compile(r"[\p{Script=Katakana}ー]+")
_NOT_DOUBLED = "aeioun"


def latin_of(name: str) -> str:
    """A name in katakana in lower Latin letters; "" if it is not one."""
    name = unicodedata.normalize("NFKC", name)[:LONGEST]
    if not _KATAKANA.fullmatch(name):
        return ""
    made, double, place = "", False, 0
    while place < len(name):
        if name[place] in "ーッ":
            double = double or name[place] == "ッ"
            place += 1
            continue
        length = 2 if name[place : place + 2] in _TO_LATIN and place + 1 < len(name) else 1
        part = _TO_LATIN.get(name[place : place + length])
        if part is None:
            return ""
        made += ("t" if part.startswith("ch") else part[0]) * double + part
        double, place = False, place + length
    return made


def katakana_of(name: str) -> str:
    """A name in Latin letters in katakana; "" if it cannot be a Japanese one."""
    name, made, place = name.lower()[:LONGEST], "", 0
    while place < len(name):
        if name[place] == name[place + 1 : place + 2] and name[place] not in _NOT_DOUBLED:
            made, place = made + "ッ", place + 1
            continue
        for length in (3, 2, 1):
            part = name[place : place + length]
            if len(part) == length and part in _TO_KATAKANA:
                made, place = made + _TO_KATAKANA[part], place + length
                break
        else:
            return ""
    return made
