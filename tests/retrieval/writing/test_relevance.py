"""A true sentence that answers another question."""

from __future__ import annotations

import pytest

from retrieval.answers.writing.relevance import another_named, fitting, says_nothing_new, value_missing
from retrieval.answers.writing.verification import Flaw, Verdict, verify

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("question", "said", "nothing"),
    [
        ("給料日が休日のときはいつ支払われますか", "支払われます。", True),
        ("給料日が休日のときはいつ支払われますか", "前日に支払われます。", False),
        ("When is the salary paid?", "The salary is paid.", True),
        ("When is the salary paid?", "The salary is paid on the 25th.", False),
        ("May I use the canteen?", "You may use the canteen.", False),
        ("年假有多少天？", "年假。", True),
    ],
)
def test_an_answer_that_only_says_the_question_again(question: str, said: str, nothing: bool) -> None:
    assert says_nothing_new(question, said, "You may use the canteen daily.") is nothing


@pytest.mark.parametrize(
    ("question", "cited", "other"),
    [
        ("仙台支店の電話番号は", "札幌支店の電話番号は0120である。", "札幌支店"),
        ("仙台支店の電話番号は", "仙台支店と札幌支店の電話番号は同じである。", ""),
        ("札幌支店と仙台支店の違いは", "札幌支店の電話番号は0120である。", ""),
        ("電話番号は", "札幌支店の電話番号は0120である。", ""),
        ("沈阳分公司有多少个车位？", "大连分公司有24个车位。", "大连分公司"),
        (
            "How many spaces does the Sendai branch have?",
            "The Sapporo branch has 24 spaces.",
            "Sapporo branch",
        ),
        ("How many spaces does the Sendai branch have?", "The branch in Sendai has 24 spaces.", ""),
        ("Which schedules does GSA allow?", "Five types of schedules are allowed.", ""),
    ],
)
def test_another_branch_than_was_asked_about(question: str, cited: str, other: str) -> None:
    assert another_named(question, cited) == other


def test_a_sentence_of_another_branch_is_struck() -> None:
    cited = "大连分公司有24个车位。"
    verdict = fitting("沈阳分公司有多少个车位？", verify("24个车位。[1]", [cited]), cited)
    assert verdict.flaw == Flaw.OTHER
    assert fitting("大连分公司有多少个车位？", verify("24个车位。[1]", [cited]), cited).stands


@pytest.mark.parametrize(
    ("question", "said", "unit"),
    [
        ("応募締切から採用予定日まで何日ですか", "17:00。", "day"),
        ("応募締切から採用予定日まで何日ですか", "195日です。", ""),
        ("有給は何日前に申請しますか", "2週間前までに申請します。", ""),
        ("操業開始は何時ですか", "7:45です。", ""),
        ("手当は何円ですか", "手当は3日以内に支給します。", "yen"),
        ("手当は何円ですか", "手当は支給されません。", ""),
        ("何か必要な書類はありますか", "申請書3枚です。", ""),
        ("试用期几个月？", "试用期为3个月。", ""),
        ("年假有多少天？", "年假从2026年起计算。", ""),
        ("年假有多少天？", "年假津贴300元。", "day"),
        ("How many days may I carry over?", "Up to 20 days may be carried over.", ""),
        ("How many days may I carry over?", "See rule 14.", "day"),
    ],
)
def test_a_figure_of_another_kind_than_was_asked_for_is_no_answer(
    question: str, said: str, unit: str
) -> None:
    assert value_missing(question, said) == unit


def test_a_yes_before_something_else_is_left_out() -> None:
    cited = "Salary is paid in full for days of jury duty."
    verdict = verify("Yes, salary is paid in full for days of jury duty. [1]", [cited])
    assert fitting("Is my salary paid during family care leave?", verdict, cited).text == cited
    kept = fitting("Is my salary paid for days of jury duty?", verdict, cited)
    assert kept.text.startswith("Yes,")


def test_a_yes_to_what_no_quote_speaks_of_says_nothing() -> None:
    cited = "裁判員として出頭する日の給与は全額支払う。"
    assert says_nothing_new("介護休業中の給与は支払われますか", "支払われます。", cited)


@pytest.mark.parametrize(
    ("question", "said", "cited"),
    [
        ("車で通勤してもいいですか", "車で通勤できます。", "車での通勤は、上長の承認を得た者に限り認める。"),
        (
            "May I take a dog along?",
            "Yes, dogs may be taken along.",
            "Dogs may be taken along only with the consent of all who work in the same room.",
        ),
    ],
)
def test_a_rule_without_its_condition_is_given_in_the_documents_words(
    question: str, said: str, cited: str
) -> None:
    assert fitting(question, verify(f"{said}[1]", [cited]), cited).text == cited
    assert fitting(question, verify(f"{cited}[1]", [cited]), cited).text == cited


def test_a_figure_alone_is_not_taken_from_another_row() -> None:
    table = (
        "備品 | 1日の使用料 | 弁償額\n備品: パソコン | 1日の使用料: 500円 | 弁償額: 120,000円\n"
        "備品: プロジェクター | 1日の使用料: 300円 | 弁償額: 80,000円"
    )
    question = "プロジェクターを失くしたらいくら払うの"
    for said, stands in (
        ("120,000円。", False), ("80,000円。", True), ("プロジェクターは80,000円です。", True),
    ):  # fmt: skip
        assert fitting(question, Verdict(said, (1,), None), table).stands is stands, said
