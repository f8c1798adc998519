"""Words put together by their first character."""

from __future__ import annotations

import pytest
import regex

from language.characters import by_first_character

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("規則|規定|表", "規定の表と規則"),
        ("规则|规定", "规定和规则"),
        ("哪(?:[天个]|一?版)|几号", "哪一版在几号，哪天"),
        ("表|番", "番号の表"),
        ("多少钱?|多", "多少钱，多少，多"),
    ],
)
def test_the_same_is_found_as_by_the_words_in_a_row(words: str, text: str) -> None:
    found_apart = [match.group() for match in regex.finditer(words, text)]
    assert [match.group() for match in regex.finditer(by_first_character(words), text)] == found_apart
    assert found_apart
