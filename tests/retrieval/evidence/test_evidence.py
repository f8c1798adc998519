"""Which sentences are quoted, and how sure the evidence is: features, fitted weights, headings, tables."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from core.models import Document, Passage
from language.tokens import normalised, query_tokens, tokens
from retrieval.evidence.answer_types import Kind, candidates, wanted
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.features import read_passages
from retrieval.evidence.ranking import read_closely
from retrieval.evidence.trees import Trees
from retrieval.evidence.types import Evidence
from retrieval.index.search import Hit

pytestmark = pytest.mark.fast


def hit(text: str, title: str = "", number: int = 1) -> Hit:
    passage = Passage(
        id=f"p{number}",
        version_id="v",
        heading="",
        text=text,
        pieces=[[1, 0, len(text)]],
        first_page=1,
        last_page=1,
    )
    return Hit(
        passage, Document(id=f"d{number}", name=f"{number}.txt", title=title), 1.0 / number, 10.0 / number
    )


def parsed(question: str, *texts: str) -> AskedQuestion:
    standing = Counter(token for text in texts for token in set(tokens(text)))
    asked = query_tokens(question)
    return AskedQuestion.parse(question, {token: standing[token] for token in asked}, max(100, len(texts)))


def quotes(question: str, *texts: str, title: str = "") -> Evidence:
    hits = [hit(text, title, number) for number, text in enumerate(texts, start=1)]
    return read_closely(parsed(question, *texts), hits).evidence(3)


@pytest.mark.parametrize(
    ("question", "kind", "unit", "text", "expected"),
    [
        ("会社は何年に設立されましたか", Kind.DATE, "", "会社は1998年に設立された。", "1998年"),
        ("社員は何人いますか", Kind.NUMBER, "人", "2020年の社員は35人である。", "35人"),
        ("試用期間は何か月ですか", Kind.NUMBER, "か月", "試用期間は3ヶ月とする。", "3ヶ月"),
        ("拠点は何ヶ所ありますか", Kind.NUMBER, "ヶ所", "拠点は全国に5か所ある。", "5か所"),
        ("社長は誰ですか", Kind.NAME, "", "社長はヤマダである。", "ヤマダ"),
        ("この规定由谁批准？", Kind.NAME, "", "规定由 Li Wei 批准。", "Li Wei"),
        ("一共有几个会议室？", Kind.NUMBER, "个", "共有12个会议室。", "12个"),
        ("如何看待此事", Kind.MANNER, "", "通过调查", "通过"),
        ("When was the plant opened?", Kind.DATE, "", "It was opened in May 2011.", "May 2011"),
        ("Who signs the form?", Kind.NAME, "", "It is signed by Ann Lee.", "Ann Lee"),
        ("How many days are there?", Kind.NUMBER, "", "There are 14 days.", "14"),
        ("What is the colour?", Kind.THING, "", "The paint is green.", "paint"),
    ],
)
def test_what_is_asked_for_is_told_and_found(
    question: str, kind: Kind, unit: str, text: str, expected: str
) -> None:
    asked = wanted(question)
    assert (asked.kind, asked.unit) == (kind, unit)
    spans = [text[start:end] for start, end in candidates(text, asked, normalised(question))]
    assert any(expected in span for span in spans)


def test_a_question_does_not_answer_itself() -> None:
    question = "What happened in 1998?"
    assert candidates("1998", wanted("When, 1998?"), normalised(question)) == []


def test_a_heading_alone_is_never_quoted() -> None:
    heading = "8.2 Time limit and receipts"
    text = f"{heading}\nA claim is handed in within ten days.\nReceipts are kept for seven years."
    evidence = quotes("What is the time limit for receipts?", text)
    assert evidence.quotes
    assert all(quote.text != heading for quote in evidence.quotes)
    assert all(text[quote.start : quote.end] == quote.text for quote in evidence.quotes)


def test_the_words_of_a_heading_count_for_the_sentences_below_it() -> None:
    question = "書籍購入補助の上限はいくらですか"
    text = "第4条 書籍購入補助\n補助額の上限は、1事業年度につき20,000円までとする。"
    (passage,) = read_passages(parsed(question, text), [hit(text)])
    assert [unit.sentence.text[:4] for unit in passage.sentences] == ["補助額の"]
    assert passage.sentences[0].features["own"] > passage.sentences[0].features["bare"]


def test_the_first_row_of_a_table_counts_for_every_row() -> None:
    text = "Grade\tDaily allowance\nManager\tJPY 3,000\nStaff\tJPY 2,000"
    (passage,) = read_passages(parsed("What is the daily allowance of staff?", text), [hit(text)])
    by_text = {unit.sentence.text.split("\t")[0]: unit.features["own"] for unit in passage.sentences}
    assert by_text["Staff"] > by_text["Manager"] > 0


def test_a_quote_of_two_sentences_is_one_stretch_of_its_page() -> None:
    text = "会議室は予約が必要である。予約は三日前までに行う。鍵は総務課が貸し出す。使用後は清掃する。"
    evidence = quotes("会議室の予約はいつまでに行いますか", text)
    assert "三日前まで" in evidence.quotes[0].text
    for quote in evidence.quotes:
        assert text[quote.start : quote.end] == quote.text


def test_evidence_that_lacks_what_the_question_names_is_less_sure() -> None:
    text = "The Osaka plant was opened in 2011 by the mayor. It makes relief valves for pumps."
    right = quotes("When was the Osaka plant opened?", text)
    other = quotes("When was the helicopter of the chairman insured?", text)
    assert 0 <= other.probability < right.probability <= 1


def test_nothing_found_is_nothing_quoted() -> None:
    assert read_closely(parsed("anything"), []).evidence(3) == Evidence([], 0.0)


def test_copies_of_one_document_answer_once() -> None:
    text = "An expense claim must be submitted within 10 business days."
    evidence = quotes("When must an expense claim be submitted?", text, text)
    assert [quote.text for quote in evidence.quotes] == [text]


def test_trees_add_up_a_sum_and_the_leaf_of_each_row() -> None:
    given = {
        "columns": ["a", "b"],
        "linear": [1.0, 0.0],
        "depth": 2,
        "trees": [
            [
                [0, 0.5, 1, 2, 0],
                [0, 0, 1, 1, 10.0],
                [1, 2.0, 3, 4, 0],
                [0, 0, 3, 3, 20.0],
                [0, 0, 4, 4, 30.0],
            ],
            [[0, 0, 0, 0, 0.5]],
        ],
    }
    trees = Trees.read(given, ("a", "b"))
    rows = np.array([[0.5, 9.0], [1.0, 2.0], [1.0, 2.5]], np.float32)
    assert trees.score(rows).tolist() == [11.0, 21.5, 31.5]
    with pytest.raises(ValueError, match=r"bench\.answers\.fitting"):
        Trees.read(given, ("a", "c"))


@pytest.mark.parametrize(
    ("question", "label", "sentence"),
    [
        ("When must visitors be accompanied?", "Effective date: 2026-04-01",
         "Visitors must be accompanied by an employee at all times."),
        ("この規程の施行日はいつですか。", "施行日 2026年4月1日", "この規程は、社員の旅費について定める。"),
        ("本办法的生效日期是什么时候？", "生效日期：2026年4月1日", "本办法适用于全体员工的差旅。"),
    ],
)  # fmt: skip
def test_a_label_with_its_value_is_not_joined_with_the_sentence_behind_it(
    question: str, label: str, sentence: str
) -> None:
    for text in (f"{label}\n{sentence}", f"{sentence}\n{label}"):
        quoted = quotes(question, text).quotes
        assert sorted(quote.text for quote in quoted) == sorted((label, sentence))


STEPS = """# 備品の返却

返却は、次の順に行う。

1. 返却届に品名を書く。
2. 返却届を総務課に出す。
3. 総務課が備品を確かめる。
4. 受領印を受け取る。
"""


def test_items_that_answer_about_alike_are_quoted_as_their_list() -> None:
    evidence = quotes("備品を返却する担当はどこで、届はいつ出しますか", STEPS)
    assert all(f"{number}. " in evidence.quotes[0].text for number in (1, 2, 3, 4))
    assert evidence.quotes[0].text.startswith("返却は、次の順に行う。")
