"""Names in katakana and in Latin letters are told to be one."""

import pytest

from language.transliteration import katakana_of, latin_of

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("katakana", "latin"),
    [
        ("ミナトヤ", "minatoya"),
        ("サッポロ", "sapporo"),
        ("キョウワ", "kyouwa"),
        ("フジミ", "fujimi"),
        ("マッチャ", "matcha"),
        ("トーヨー", "toyo"),
    ],
)
def test_a_name_in_katakana_in_latin_letters(katakana: str, latin: str) -> None:
    assert latin_of(katakana) == latin


def test_a_name_in_latin_letters_in_katakana() -> None:
    assert katakana_of("Minatoya") == "ミナトヤ"
    assert katakana_of("Sapporo") == "サッポロ"
    assert katakana_of("Shinsei") == "シンセイ"


@pytest.mark.parametrize("name", ["Smith", "Apple", "Handbook", "Q3", "", "株式会社"])
def test_what_is_no_japanese_name_has_no_katakana(name: str) -> None:
    assert katakana_of(name) == ""


@pytest.mark.parametrize("name", ["みなと", "MINATO", "港", "ミナト株"])
def test_only_katakana_is_put_into_latin_letters(name: str) -> None:
    assert latin_of(name) == ""
