"""What a question names and the evidence leaves out speaks against it; other words for it do not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from core.models import Document, Passage
from language.tokens import query_tokens
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.ranking import read_closely
from retrieval.evidence.reservations import (
    ALL_THERE,
    NO_SUCH_VALUE,
    OTHER_COMPANY,
    OTHER_YEAR,
    reservations,
)
from retrieval.evidence.topics import left_out, topics_of
from retrieval.index.search import Hit
from retrieval.index.widening import shipped, widened

pytestmark = pytest.mark.fast


@dataclass(frozen=True)
class Text:
    """A document of one passage."""

    name: str
    title: str
    text: str
    language: str = "ja"


def against(question: str, *texts: Text) -> float:
    """The log-odds against an answer by those documents, found in that order."""
    hits = [_hit(number, text) for number, text in enumerate(texts)]
    asked = _asked(question)
    reading = read_closely(asked, hits)
    chosen = [unit for unit in reading.chosen(3) if unit.passage.hit.document.id == "0"]
    return reservations(asked, reading.read, chosen)


def _asked(question: str) -> AskedQuestion:
    return AskedQuestion.parse(
        question, dict.fromkeys(query_tokens(question), 3), 100, widened(question, shipped())
    )


def _hit(number: int, text: Text) -> Hit:
    passage = Passage(
        id=str(number), version_id=str(number), ordinal=0, heading="", text=text.text,
        pieces=[[1, 0, len(text.text)]], first_page=1, last_page=1, language=text.language,
    )  # fmt: skip
    document = Document(id=str(number), name=text.name, title=text.title)
    return replace(Hit(passage, document, 1.0 - 0.1 * number), words=5.0 - number)


ALLOWANCES = Text("a/賃金規程.md", "賃金規程", "住宅手当は月額18,000円、通勤手当は実費とする。")


@pytest.mark.parametrize(
    ("question", "language", "topics"),
    [
        ("家族手当は月いくらですか", "ja", ("家族手当",)),
        ("課長は何人いますか。名前も教えて", "ja", ("课长",)),
        ("博士的学历津贴是多少", "zh", ("博士", "学历津贴")),
        ("What is the average purchase cost of a welder?", "en", ("purchas", "cost", "welder")),
    ],
)
def test_topics_are_what_a_question_names(question: str, language: str, topics: tuple[str, ...]) -> None:
    assert topics_of(question, language) == topics


def test_a_thing_under_another_word_is_not_left_out() -> None:
    assert left_out(_asked("ボーナスはいつ出ますか"), "賞与は7月に支給する。") == 0
    assert left_out(_asked("ストックオプションはいつ出ますか"), "賞与は7月に支給する。") == 1


def test_what_is_named_and_not_said_speaks_against_an_answer() -> None:
    assert against("住宅手当はいくらですか", ALLOWANCES) == -ALL_THERE
    assert against("資格手当はいくらですか", ALLOWANCES) > -ALL_THERE


def test_the_plan_of_another_fiscal_year_is_none_of_the_year_that_is_asked_for() -> None:
    plan = Text("a/令和5年度研修計画.md", "令和5年度研修計画", "安全研修は令和6年2月に行う。")
    assert against("令和6年度の研修計画を教えて", plan) >= OTHER_YEAR - ALL_THERE
    assert against("令和5年度の研修計画を教えて", plan) <= 0


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("駐輪場の料金はいくらですか", Text("a/d.md", "駐輪場", "駐輪場の料金は窓口で払う。")),
        ("停车费多少钱？", Text("a/d.md", "停车", "停车费在前台交。", "zh")),
        ("定期存款的利率是多少？", Text("a/d.md", "存款", "定期存款的利率由银行公布。", "zh")),
        ("How much does the locker cost?", Text("a/d.md", "Lockers", "Its cost is paid at the desk.", "en")),
    ],
)  # fmt: skip
def test_an_amount_is_not_told_by_a_text_without_one(question: str, text: Text) -> None:
    assert against(question, text) >= NO_SUCH_VALUE - ALL_THERE
    priced = replace(
        text,
        text=text.text + {"ja": "月に500円。", "zh": "每月5元，年2%。", "en": " It is $4."}[text.language],
    )
    assert against(question, priced) < against(question, text)


def test_a_bare_number_in_a_column_of_amounts_is_an_amount() -> None:
    rows = Text("a/p.md", "価格表", "品名: 脚立 | 単価: 80\n品名: 滑車 | 単価: 95")
    assert against("脚立はいくらですか", rows) <= 0


def test_a_figure_of_another_year_is_none_of_the_year_that_is_asked_for() -> None:
    sales = Text("a/sales-2024.md", "Repair sales 2024", "Hull sold repairs for 845 in the year.", "en")
    assert against("What were the repair sales of Hull in 2023?", sales) >= OTHER_YEAR - ALL_THERE
    assert against("What were the repair sales of Hull in 2024?", sales) < 0


def test_another_company_s_rules_do_not_answer() -> None:
    other = Text("b/ガイド.md", "ハルカゼ設計 ガイド", "テレワークは週3日までです。")
    own = Text("a/規則.md", "アサギリ製菓 規則", "定年は62歳とする。")
    assert against("アサギリ製菓のテレワークは週何日までですか", other, own) >= OTHER_COMPANY - ALL_THERE
    assert against("ハルカゼ設計のテレワークは週何日までですか", other, own) < 0


def test_a_telephone_number_is_told_by_its_shape() -> None:
    people = Text("a/list.md", "First aiders", "The first aider is Nadia Forsyth, phone in the office.", "en")
    assert against("What is Nadia Forsyth's phone number?", people) > 0
    with_number = replace(people, text="First aider: Nadia Forsyth, phone 0151 555 0199.")
    assert against("What is Nadia Forsyth's phone number?", with_number) < NO_SUCH_VALUE
