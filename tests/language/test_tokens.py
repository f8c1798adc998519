"""Languages and tokens: the pure ground under search and quotes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import texts

from language.characters import one_form
from language.quantities import written
from language.tokens import (
    CJK,
    ENGLISH_STOP,
    counted_tokens,
    language_of,
    located_tokens,
    normalised,
    places_of,
    query_tokens,
    tokens,
)

pytestmark = pytest.mark.fast


@given(texts)
def test_tokens_hold_no_space_and_no_capital_and_the_width_of_letters_makes_no_difference(text: str) -> None:
    made = tokens(text)
    assert all(token and not any(character.isspace() for character in token) for token in made)
    assert made == tokens(normalised(text))


@given(texts)
def test_a_question_is_never_left_without_tokens_that_its_text_has(text: str) -> None:
    assert bool(query_tokens(text)) == bool(tokens(text))


@given(st.text(st.sampled_from("年次有休暇は十日の式程カタカナー"), min_size=2, max_size=12))
def test_a_run_of_chinese_or_japanese_becomes_its_characters_and_its_pairs(run: str) -> None:
    run = unicodedata.normalize("NFKC", run)
    numbers = [number.form for number in written(one_form(run))]
    assert sorted(tokens(run)) == sorted(
        [*run, *(run[index : index + 2] for index in range(len(run) - 1)), *numbers]
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Policies applied", ["polici", "appli"]),
        ("A-1024", ["a-1024", "a", "1024"]),
        ("3.5 MPa", ["3.5", "3", "5", "mpa"]),
        ("ＡＰ－２００", ["ap-200", "ap", "200"]),
        ("2026/04/01", ["2026/04/01", "2026", "04", "01"]),
        ("①②", ["12"]),
        ("㈱山田", ["株", "山", "田", "山田"]),
    ],
)
def test_words_are_stemmed_and_codes_are_whole_and_in_parts(text: str, wanted: list[str]) -> None:
    assert set(wanted) <= set(tokens(text))


def test_forms_of_one_character_find_one_another() -> None:
    assert tokens("國際圖書館") == tokens("国际图书馆") == tokens("国際図書館")
    assert tokens("後") == tokens("后")


@given(texts)
def test_every_token_stands_where_it_is_said_to(text: str) -> None:
    text = normalised(text)
    numbers = {(number.form, number.start) for number in written(one_form(text))}
    for token, start in located_tokens(text):
        if (token, start) not in numbers:
            assert tokens(text[start : start + len(token)])[0][:1] == token[:1]


@given(texts)
@example("國際圖書館の規程：A-1024/3.5 号、ﾃｽﾄ 図書図書")
def test_tokens_are_counted_and_found_as_they_are_located(text: str) -> None:
    plain = normalised(text)
    where: dict[str, list[int]] = {}
    for token, start in located_tokens(plain):
        where.setdefault(token, []).append(start)
    number, others = counted_tokens(one_form(plain))
    assert number == sum(map(len, where.values()))
    assert others == {token: starts for token, starts in where.items() if not CJK.match(token)}
    for token in where.keys() - others.keys():
        assert places_of(token, one_form(plain)) == where[token]
    assert places_of("縺", "abc") == []


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("大莱龙铁路位于哪里？", tokens("大莱龙铁路位于")),
        ("為什麼要申請？", tokens("要申请")),
        ("貸出冊数は何冊ですか。", ["贷", "贷出", "出", "出册", "册", "册数", "数", "数は", "册"]),
        ("何ですか", tokens("何ですか")),
    ],
)
def test_what_makes_a_sentence_a_question_is_not_looked_up(question: str, wanted: list[str]) -> None:
    assert query_tokens(question) == wanted


def test_words_without_a_topic_are_left_out_of_questions_and_kept_in_texts() -> None:
    assert query_tokens("What is the relief valve?") == ["relief", "valv"]
    assert "the" in tokens("the valve")
    assert query_tokens("who is it") == tokens("who is it")
    assert "company" not in ENGLISH_STOP
    assert query_tokens("the company's car") == tokens("company car")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("年次有給休暇は何日ですか", "ja"),
        ("カタログ", "ja"),
        ("有給休暇", "zh"),  # without kana nobody can tell; both are searched alike
        ("密码长度至少要多少位？", "zh"),
        ("VPN 连接的有效期是几天", "zh"),
        ("How many days?", "en"),
        ("The word 茶 means tea in this sentence about words", "en"),
        ("Wie viele Tage Urlaub?", "en"),
        ("", "en"),
        ("12345", "en"),
        ("AP-200の保証期間", "ja"),
    ],
)
def test_the_language_is_told_by_the_scripts(text: str, language: str) -> None:
    assert language_of(text) == language


@given(texts)
def test_every_text_has_one_of_the_three_languages(text: str) -> None:
    assert language_of(text) in ("ja", "en", "zh")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("At アサギリ製菓, how many days off do I get when I get married?", "en"),
        ("What do I do if I lose the office key at ハルカゼ設計?", "en"),
        ("ハルカゼ設計每周可以在家办公几天", "zh"),
        ("在アサギリ製菓，USB存储器可以用吗", "zh"),
        ("docker run --rm を実行する", "ja"),
        ("アサギリ製菓 休日一覧", "ja"),
        ("VPN クライアント", "ja"),
    ],
)
def test_a_name_in_katakana_does_not_make_a_question_japanese(text: str, language: str) -> None:
    assert language_of(text) == language
