"""Which characters are one: of PDFs, names, half-width forms, spread labels; and where each came from."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from strategies import texts

from language.characters import folded, folded_with_places, one_form, radicals_joined
from language.tokens import normalised, tokens

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("⻝堂の⽉次報告", "食堂の月次報告"),
        ("葛\U000e0100城市", "葛城市"),
        ("ﾊﾟｽﾎﾟｰﾄ", "パスポート"),
        ("届 出 先：総務課", "届出先:総務課"),
        ("氏　　名", "氏名"),
        ("ご 案 内", "ご案内"),
        ("山田 太郎", "山田 太郎"),  # words, not single characters
        ("受 付 窓口", "受付 窓口"),
        ("甲\t乙", "甲\t乙"),  # cells
        ("re\u00adport", "report"),
        ("plain ASCII  stays", "plain ASCII  stays"),
    ],
)
def test_what_is_the_same_text_has_one_form(written: str, plain: str) -> None:
    assert folded(written) == plain
    assert folded(plain) == plain


@given(texts)
@example("ｶﾞ ㈱ 支 払 İ e\u0301 \r\n か\u3099\ufe0f")
def test_every_character_is_known_by_where_it_came_from(text: str) -> None:
    plain, places = folded_with_places(text)
    assert len(plain) == len(places)
    before = (0, 0)
    for character, (start, end) in zip(plain, places, strict=True):
        assert 0 <= start < end <= len(text)
        assert start >= before[0]
        assert character in folded(text[start:end]) or character.isspace()
        before = (start, end)


@pytest.mark.parametrize(
    "text", ["髙橋㈱のｶﾞｲﾄﾞ", "支 払 日、氏　名", "A\u00adB ⻝", "１２３ km²", "がぎ か\u3099"]
)
def test_both_ways_of_folding_make_the_same(text: str) -> None:
    assert folded_with_places(text)[0] == folded(text)


@pytest.mark.parametrize(
    "forms",
    [
        "高髙",
        "園薗园",
        "駆驅駈驱",
        "野埜",
        "欅﨔榉",
        "頬頰颊",
        "達逹达",
        "喜㐂",
        "隣鄰邻",
        "壺壷壶",
        "崎﨑",
        "辺邉邊边",
        "島嶋嶌岛",
        "富冨",
        "浜濱濵滨",
        "沢澤泽",
        "斎齋斋",
        "吉𠮷",
        "国國国",
        "円圓圆",
        "戸戶户",
    ],
)
def test_the_forms_of_a_character_are_one(forms: str) -> None:
    assert len({one_form(form) for form in forms}) == 1


@pytest.mark.parametrize("other", ["著着", "大犬", "未末", "千干", "斉斎"])
def test_other_characters_stay_apart(other: str) -> None:
    assert len({one_form(character) for character in other}) == 2


def test_one_form_is_one_and_takes_no_room() -> None:
    every = "".join(map(chr, range(0x3400, 0xA000)))
    assert len(one_form(every)) == len(every)
    assert one_form(one_form(every)) == one_form(every)


def test_every_radical_that_looks_like_a_character_is_that_character() -> None:
    radicals = [chr(code) for code in range(0x2E80, 0x2FD6) if unicodedata.name(chr(code), "")]
    left = [radical for radical in radicals if folded(radical) == radical]
    assert left == ["⺀"]  # a mark of repetition, and no character
    assert radicals_joined("".join(radicals[1:])) == folded("".join(radicals[1:]))
    assert radicals_joined("㈱⻝堂 ﾃｽﾄ") == "㈱食堂 ﾃｽﾄ"  # and nothing else is touched


def test_names_find_one_another() -> None:
    assert tokens("髙﨑 太郎") == tokens("高崎 太郎")
    assert set(tokens("支払期日")) <= set(tokens("支 払 期 日"))
    assert normalised("Ｔｅｓｔ ﾃｽﾄ") == "test テスト"
