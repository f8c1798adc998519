"""A question gets the smallest complete unit: the stem with its items, the article with its provisos, the row
with its header; every stretch stands on its page."""

from __future__ import annotations

import pytest

from core.models import Document, Passage
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.ranking import read_closely
from retrieval.evidence.types import Evidence, Quote
from retrieval.evidence.units import UnitKind
from retrieval.index.search import Hit

RULES = """第12条　休日

1. 休日は、次のとおりとする。
    1. 日曜日
    2. 土曜日
    3. 会社が指定する日
2. 会社は、業務上の必要があるときは、休日を振り替えることがある。ただし、前日までに通知する。
"""
STEPS = """Ordering a badge

1. Fill in the badge form.
2. Have it signed by your manager.
3. Hand it in at the front desk.
4. Collect the badge after two days.
"""
TABLE = """宿泊費の上限は、次の表による。

| 職位 | 東京 | 大阪 | その他 |
| --- | --- | --- | --- |
| 課長 | 12,000円 | 11,000円 | 9,000円 |
| 係長 | 10,000円 | 9,000円 | 8,000円 |
| 一般 | 9,000円 | 8,000円 | 7,000円 |
"""
FARES = """区分 片道 往復 回数券
大人 300 円
550 円
2,400
円
小人 150 円
280 円
1,200 円
"""
PETS = "Visitors must not bring pets. Guide dogs, however, are welcome in every building."


def evidence_of(question: str, *texts: str, heading: str = "") -> Evidence:
    hits = []
    for number, text in enumerate(texts):
        passage = Passage(
            id=f"p{number}", version_id=f"v{number}", ordinal=0, first_page=1, last_page=1, heading=heading,
            pieces=[[1, 0, len(text)]], text=text, language="",
        )  # fmt: skip
        document = Document(id=f"d{number}", name=f"d{number}.md", title="", current_version_id=f"v{number}")
        hits.append(Hit(passage, document, 1.0 - number / 10, 10.0 - number))
    evidence = read_closely(AskedQuestion.parse(question, {}, 50), hits).evidence(3)
    for quote in evidence.quotes:
        _stands(quote, texts[int(quote.hit.document.id[1:])])
    return evidence


def _stands(quote: Quote, text: str) -> None:
    assert quote.text == "\n".join(stretch.text for stretch in quote.stretches)
    for stretch in quote.stretches:
        assert stretch.text == text[stretch.start : stretch.end]
    for start, end in quote.emphasis:
        assert quote.text[start:end].strip()


@pytest.mark.parametrize(
    "question", ["休日はいつですか", "休日にはどんな種類がありますか", "休日を一覧で教えて"]
)
def test_a_stem_comes_with_all_its_items(question: str) -> None:
    first = evidence_of(question, RULES, heading="第12条　休日").quotes[0]
    assert all(
        item in first.text for item in ("休日は、次のとおりとする。", "日曜日", "土曜日", "会社が指定する日")
    )
    assert not first.text.rstrip().endswith("2.")


def test_a_procedure_is_all_its_steps() -> None:
    first = evidence_of("How do I order a badge?", STEPS, heading="Ordering a badge").quotes[0]
    assert first.unit is UnitKind.SECTION
    assert all(step in first.text for step in ("Fill in", "signed", "Hand it in", "Collect"))
    assert not first.text.startswith("Ordering")


def test_a_proviso_is_shown_with_what_it_limits() -> None:
    first = evidence_of("Can visitors bring pets?", PETS).quotes[0]
    assert "must not bring pets" in first.text and "Guide dogs" in first.text


def test_a_row_comes_with_its_header() -> None:
    first = evidence_of("係長の大阪での宿泊費はいくらですか", TABLE).quotes[0]
    assert "| 職位 | 東京 | 大阪 | その他 |" in first.text and "| 係長 | 10,000円 | 9,000円 |" in first.text
    assert first.unit is UnitKind.ROWS


def test_copies_of_one_text_are_quoted_once() -> None:
    evidence = evidence_of("Can visitors bring pets?", PETS, PETS)
    assert [quote.hit.document.id for quote in evidence.quotes] == ["d0"]


def test_what_a_model_reads_are_whole_units_under_their_headings() -> None:
    evidence = evidence_of("休日はいつですか", RULES, heading="就業規則 > 第12条　休日")
    unit = evidence.units[0]
    assert unit.headings == ("就業規則", "第12条　休日")
    assert unit.parts[1:] == ("1. 日曜日", "2. 土曜日", "3. 会社が指定する日")


def test_a_line_of_cells_comes_with_its_header_and_the_rest_of_its_row() -> None:
    first = evidence_of("舟の小人の往復はいくらですか", FARES, heading="舟の料金").quotes[0]
    assert first.unit is UnitKind.ROWS
    assert "区分 片道 往復 回数券" in first.text
    assert "小人 150 円\n280 円\n1,200 円" in first.text


CUT = (
    "第14条　会社は、年次有給休暇を買い上げない。ただし、社員からの申出があり、退職日の時点で未取得の日数が",
    "残る場合に限り、未取得の年次有給休暇を買い上げることがある。買取上限日数は、20日とする。",
)


@pytest.mark.parametrize(
    "question", ["年次有給休暇を買い上げるのは、どのような場合か", "未取得の年次有給休暇を買い上げるか"]
)
def test_a_sentence_that_a_page_cuts_in_two_is_quoted_whole(question: str) -> None:
    passage = Passage(
        id="p", version_id="v", ordinal=0, first_page=1, last_page=2, heading="", text="\n".join(CUT),
        pieces=[[1, 0, len(CUT[0])], [2, 0, len(CUT[1])]], language="ja",
    )  # fmt: skip
    document = Document(id="d", name="d.pdf", title="", current_version_id="v")
    hits = [Hit(passage, document, 1.0, 10.0)]
    best = read_closely(AskedQuestion.parse(question, {}, 50), hits).evidence(3).quotes[0]
    assert [stretch.page for stretch in best.stretches] == [1, 2]
    whole = "日数が残る場合に限り、未取得の年次有給休暇を買い上げることがある。"
    assert whole in best.text.replace("\n", "")
