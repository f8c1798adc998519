"""One way to cut a text into sentences, for quotes, passages and rules alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import texts

from language.sentences import is_wrapped, sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@given(texts)
def test_sentences_lie_in_order_beside_one_another_trimmed_and_inside_the_text(text: str) -> None:
    before = 0
    for start, end in sentences(text):
        assert before <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        before = end


@given(texts)
def test_no_letter_falls_between_two_sentences(text: str) -> None:
    outside, before = "", 0
    for start, end in sentences(text):
        outside += text[before:start]
        before = end
    # A list's number that counts nothing is no sentence.
    assert len((outside + text[before:]).split()) <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("年次有給休暇は10日とする。翌年に繰り越す。", ["年次有給休暇は10日とする。", "翌年に繰り越す。"]),
        ("本当か？そうだ！", ["本当か？", "そうだ！"]),
        ("「終わり。」", ["「終わり。」"]),
        ("未完（途中。\n次の行。", ["未完（途中。", "次の行。"]),
        ("密码长度不得少于12位。账户锁定30分钟！", ["密码长度不得少于12位。", "账户锁定30分钟！"]),
        ("他说“可以。”然后离开。再见。", ["他说“可以。”", "然后离开。", "再见。"]),
        ("It opens at 1.2 MPa. Close it.", ["It opens at 1.2 MPa.", "Close it."]),
        ("Mr. Smith signed. Dr. Lee did not.", ["Mr. Smith signed.", "Dr. Lee did not."]),
        ("See e.g. the manual. Use No. 5 only.", ["See e.g. the manual.", "Use No. 5 only."]),
        ("The U.S. office is closed. Call Tokyo.", ["The U.S. office is closed.", "Call Tokyo."]),
        ("It costs approx. 5 yen. Fine.", ["It costs approx. 5 yen.", "Fine."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("Is it? Yes! Good.", ["Is it?", "Yes!", "Good."]),
        ("One line\nAnother line\n\nA third", ["One line", "Another line", "A third"]),
        ("Version 1.2.3 of shoko.toml is old.", ["Version 1.2.3 of shoko.toml is old."]),
        ("a) first) point. Second.", ["a) first) point.", "Second."]),
        ("  \n \u3000 ", []),
        ("", []),
        ("…", ["…"]),
    ],
)
def test_a_text_is_cut_where_a_reader_would_cut_it(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("「はい。」と答えた。終わり。", ["「はい。」と答えた。", "終わり。"]),
        ("費用（税込。送料別。）は会社が払う。以上。", ["費用（税込。送料別。）は会社が払う。", "以上。"]),
    ],
)
def test_an_end_inside_brackets_ends_nothing_where_the_sentence_goes_on(
    text: str, expected: list[str]
) -> None:
    assert cut(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4. 休職の期間は、次のとおりとする。5. 復職", ["4. 休職の期間は、次のとおりとする。", "5. 復職"]),
        ("１．目的を定める。\n２．範囲を定める。", ["１．目的を定める。", "２．範囲を定める。"]),
        ("1. 日曜日\n2. 祝日\n", ["1. 日曜日", "2. 祝日"]),
        ("(1) 日曜日\n(2) 祝日", ["(1) 日曜日", "(2) 祝日"]),
        ("第3条 会社は届け出る。第4条 従業員は守る。", ["第3条 会社は届け出る。", "第4条 従業員は守る。"]),
        ("日曜日\n2.", ["日曜日"]),
        ("7.\n休日を定める。", ["7.\n休日を定める。"]),
        ("a. Ask first. b. Then go.", ["a. Ask first. b. Then go."]),
        ("3.2. Limits apply. 3.3. Exceptions do not.", ["3.2. Limits apply.", "3.3. Exceptions do not."]),
        ("See Art. 5 for details.", ["See Art. 5 for details."]),
        ("It was 1990. Then it ended.", ["It was 1990.", "Then it ended."]),
        ("７．５点とする。次に進む。", ["７．５点とする。", "次に進む。"]),
        ("申請する．承認を得る．", ["申請する．", "承認を得る．"]),
        ("Read https://a.example/?a=1 first. Go.", ["Read https://a.example/?a=1 first.", "Go."]),
    ],
)
def test_a_number_belongs_to_what_it_counts(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_a_wrapped_line_goes_on_and_a_list_does_not() -> None:
    wrapped = "従業員は、休暇を取得しようとするときは、あらかじめ所属長に\n届け出て承認を得なければならない。"
    assert cut(wrapped) == [wrapped]
    english = "Employees who want to take annual leave must ask their supervisor\nfor approval in the system."
    assert cut(english) == [english]
    assert not is_wrapped("Lunch and coffee", "Travel by train")
    assert not is_wrapped("従業員は次の書類を提出しなければならないものとし、", "(1) 履歴書")
    assert not is_wrapped("Employees who want to take annual leave must ask:", "their supervisor")


def test_in_one_paragraph_no_line_ends_a_sentence() -> None:
    text = "One line\nand more. Next."
    spans = sentences(text, ".?!", paragraph=True)
    assert [text[start:end] for start, end in spans] == ["One line\nand more.", "Next."]
