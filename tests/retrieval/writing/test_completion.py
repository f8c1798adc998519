"""What an answer left out of its quotes and needs to be whole."""

from __future__ import annotations

import pytest

from retrieval.answers.writing.completion import MOST_PARTS, LeftOutPart, left_out

pytestmark = pytest.mark.fast

SHOES = "安全靴は、次の者に貸与する。\n(1) 倉庫の作業者\n(2) 工場の見学者\n(3) 配送の担当者"


def parts(question: str, written: str, quote: str) -> list[str]:
    return [part.text for part in left_out(question, [(written, (1,))], [quote])]


def test_the_items_that_a_list_left_out_are_given() -> None:
    written = "安全靴は倉庫の作業者と工場の見学者に貸与されます。"
    assert parts("安全靴は誰に貸与されますか", written, SHOES) == ["(3) 配送の担当者"]


def test_all_items_behind_a_stem_that_stands_alone_are_given() -> None:
    assert len(parts("安全靴は誰に貸与されますか", "安全靴は、次の者に貸与する。", SHOES)) == 3
    listed = "Boots are lent to the following:\nwarehouse workers\nvisitors of the plant"
    assert parts("Who gets boots?", "Boots are lent to the following.", listed) == listed.split("\n")[1:]


def test_a_whole_list_needs_nothing() -> None:
    written = "倉庫の作業者、工場の見学者、配送の担当者に貸与されます。"
    assert parts("安全靴は誰に貸与されますか", written, SHOES) == []


def test_one_item_is_the_whole_answer_where_one_was_asked_for() -> None:
    prices = "The fees are as follows:\n- a copy: 10 yen\n- a scan: 20 yen\n- a map: 300 yen"
    assert parts("How much is a scan?", "A scan is 20 yen.", prices) == []


@pytest.mark.parametrize(
    ("question", "written", "quote", "expected"),
    [
        (
            "旅費は前払いされますか",
            "旅費は前払いされます。",
            "旅費は前払いする。ただし、日帰り出張を除く。",
            "ただし、日帰り出張を除く。",
        ),
        (
            "May I take the car home?",
            "Yes, the car may be taken home.",
            "The car may be taken home. However, it must be back by 8:00.",
            "However, it must be back by 8:00.",
        ),
        (
            "可以带家属参加吗？",
            "可以，员工可以带家属参加。",
            "员工可以带家属参加。但人数不得超过三人。",
            "但人数不得超过三人。",
        ),
    ],
)
def test_the_exception_behind_a_rule_is_given(question: str, written: str, quote: str, expected: str) -> None:
    assert parts(question, written, quote) == [expected]
    assert parts(question, f"{written} {expected}", quote) == []


def test_an_exception_to_something_else_is_not_given() -> None:
    quote = "食事代は1日2,000円とする。宿泊費は実費とする。ただし、自宅に泊まる場合は支給しない。"
    assert parts("食事代はいくらですか", "食事代は1日2,000円です。", quote) == []


def test_the_condition_within_a_rule_is_given() -> None:
    quote = "私有車の使用は、公共の交通機関がなく、上長の承認を得た者に限り認める。"
    assert parts("私有車を使用できますか", "私有車の使用が認められます。", quote) == [quote]


def test_parts_have_the_mark_of_their_quote() -> None:
    quotes = ["The gate opens at 6.", "Doors are locked at 20. Except for the gate, nothing opens at night."]
    written = [("The gate opens at 6.", (1,)), ("Doors are locked at 20.", (2,))]
    given = left_out("When are gate and doors open?", written, quotes)
    assert given == [LeftOutPart(2, "Except for the gate, nothing opens at night.")]


def test_nothing_is_given_to_an_empty_answer_and_never_too_much() -> None:
    assert left_out("休日は", [], [SHOES]) == []
    long = "The parts are as follows:\n" + "\n".join(f"- part {number}" for number in range(40))
    assert len(parts("Which parts are there?", "The parts are as follows.", long)) <= MOST_PARTS


def test_the_paragraphs_of_an_article_are_no_list() -> None:
    article = "1. 自転車での通勤は届出を要する。\n2. 会社は事故の責任を負わない。\n3. 無届の者は処分する。"
    assert parts("自転車で通勤する条件は何ですか", "自転車での通勤は届出を要します。", article) == []


def test_all_items_are_given_where_a_list_was_asked_for_and_none_was_written() -> None:
    quote = "There are five schedules. They are:\n- gliding\n- variable day\n- maxiflex"
    given = parts("Which types of schedules does the company allow?", "There are five schedules.", quote)
    assert given == ["- gliding", "- variable day", "- maxiflex"]


def test_what_was_announced_and_not_written_is_given() -> None:
    quote = "転換を希望する者は申請書を提出する。会社は面接を行う。"
    assert parts("転換の手続は", "転換は以下の手順で行います。", quote) == [
        "転換を希望する者は申請書を提出する。",
        "会社は面接を行う。",
    ]


def test_a_quote_in_another_language_completes_nothing() -> None:
    assert parts("Who gets boots?", "Boots are lent to the following:", SHOES) == []
