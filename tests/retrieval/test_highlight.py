"""Which words of a text a search shows as its own, in three scripts."""

import itertools

import pytest

from retrieval.highlight import marked_words

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("query", "text", "words"),
    [
        ("expense claims", "An expense claim. Claiming ＥＸ", ["expense claim", "Claiming"]),
        ("有給休暇は何日", "年次有給休暇は、勤続6か月で休日とする。", ["有給休暇"]),
        ("密码长度至少多少位", "密码长度不得少于12位", ["密码长度"]),
        ("AP-200", "The AP-200's valve; AP 300", ["AP-200", "AP"]),
        ("the of", "of the day", []),  # they carry nothing: the whole text would be yellow
        ("税", "消費税と税金", ["税", "税"]),
        ("nothing", "", []),
        ("期日の3万円", "支 払 期 日：30,000円", ["期 日", "30,000"]),
        ("高崎のガイド", "髙﨑市のｶﾞｲﾄﾞ㈱", ["髙﨑", "ｶﾞｲﾄﾞ"]),
    ],
)  # fmt: skip
def test_the_words_of_the_query_are_found_in_the_text(query: str, text: str, words: list[str]) -> None:
    spans = marked_words(query, text)
    assert [text[start:end] for start, end in spans] == words
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))
