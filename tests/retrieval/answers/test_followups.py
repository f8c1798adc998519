"""Follow-up questions stand alone: made of the asker's own words, and unchanged where nothing is missing."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import add, administrator, person

from contract.values import Role
from core.errors import NotFound
from core.models import Question
from language.tokens import normalised
from operations.library import Library
from retrieval.answers.events import Done, Quotes
from retrieval.answers.followups import LONGEST_TOPIC, standalone

LEAVE = "How many days of paid leave do employees get?"
YUKYU = "年次有給休暇は、勤続6か月で何日付与されますか。"
NIANJIA = "正式员工的年假有几天？"


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [
        (LEAVE, "What about managers?", f"{LEAVE} (managers)"),
        (LEAVE, "And for part-time staff?", f"{LEAVE} (part-time staff)"),
        (LEAVE, "And in Osaka?", f"{LEAVE} (in Osaka)"),
        (f"{LEAVE} (managers)", "How about interns?", f"{LEAVE} (interns)"),
        ("Up to what amount is a housing allowance paid?", "Is it taxable?",
         "Is it taxable? (housing allowance paid)"),
        ("Who approves overseas trips?", "When must they be requested?",
         "When must they be requested? (approves overseas trips)"),
        (YUKYU, "アルバイトの場合は？", f"{YUKYU}（アルバイト）"),
        (YUKYU, "では、管理職は？", f"{YUKYU}（管理職）"),
        ("通勤手当の限度額は月額いくらですか。", "それはいつ支払われますか。",
         "それはいつ支払われますか。（通勤手当 限度額 月額）"),
        ("試用期間は何か月ですか", "延長されることはありますか", "延長されることはありますか（試用期間）"),
        ("How do I ask for parental leave?", "And what comes after the birth?",
         "And what comes after the birth? (ask parental leave)"),
        ("转正考核怎么进行？", "如果没有通过怎么办？", "如果没有通过怎么办？（转正考核 进行）"),
        (NIANJIA, "那经理呢？", f"{NIANJIA}（经理）"),
        (NIANJIA, "实习生呢？", f"{NIANJIA}（实习生）"),
        ("门禁卡遗失时，补办费用是多少？", "它由谁支付？", "它由谁支付？（门禁卡遗失时 补办费用）"),
    ],
)  # fmt: skip
def test_what_is_missing_comes_from_the_question_before(before: str, question: str, alone: str) -> None:
    assert standalone(question, before) == alone


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (LEAVE, "Who approves an overseas trip?"),
        (LEAVE, "Is it possible to work from home?"),
        (YUKYU, "通勤手当の限度額は月額いくらですか。"),
        (YUKYU, "試用期間は何か月ですか"),
        (NIANJIA, "密码长度至少要多少位？"),
        ("", "What about managers?"),
    ],
)
def test_a_whole_question_stays_as_it_is(before: str, question: str) -> None:
    assert standalone(question, before) == question


TEXT = st.text(alphabet="abc it? （）()はその呢那年休何日？。、 what about", max_size=60)


@given(TEXT, TEXT)
def test_it_holds_only_the_asker_s_words_and_does_not_grow_without_end(question: str, before: str) -> None:
    alone = standalone(question, before)
    said = set(normalised(question + before)) | set(" ()（）")
    assert set(normalised(alone)) <= said
    assert len(alone) <= len(question.strip()) + max(len(before.strip()), LONGEST_TOPIC) + 4
    for _ in range(5):
        alone = standalone(question, alone)
    assert len(alone) <= len(question.strip()) + max(len(before.strip()), LONGEST_TOPIC) + 4 + 4 * len(
        question
    )


def test_a_follow_up_is_looked_up_as_a_whole_and_kept_as_it_was_asked(library: Library) -> None:
    add(library, "rules.md", "Employees get 10 days of paid leave.\n\nManagers get 14 days of paid leave.")
    asker = administrator(library)
    before = next(iter(library.answerer.ask(asker, LEAVE)))
    assert isinstance(before, Quotes)
    first, *_, done = library.answerer.ask(asker, "What about managers?", follows=before.question_id)
    assert isinstance(first, Quotes)
    assert isinstance(done, Done)
    assert first.asked == f"{LEAVE} (managers)"
    assert "14 days" in first.quotes[0].text
    third = next(iter(library.answerer.ask(asker, "And interns?", follows=done.question_id)))
    assert isinstance(third, Quotes)
    assert third.asked == f"{LEAVE} (interns)"
    with library.sessions.read() as session:
        row = session.get_one(Question, done.question_id)
    assert (row.text, row.standalone, row.follows) == (
        "What about managers?", first.asked, before.question_id
    )  # fmt: skip


def test_nobody_follows_another_s_question(library: Library) -> None:
    add(library, "rules.md", "Employees get 10 days of paid leave.")
    before = next(iter(library.answerer.ask(administrator(library), LEAVE)))
    assert isinstance(before, Quotes)
    other = person(library.sessions, "Mori", General=Role.MANAGER)
    with pytest.raises(NotFound):
        list(library.answerer.ask(other, "What about managers?", follows=before.question_id))
    with pytest.raises(NotFound):
        list(library.answerer.ask(other, "What about managers?", follows="nothing"))


def test_the_door_takes_the_question_before(library: Library, client: httpx.Client) -> None:
    add(library, "rules.md", "Employees get 10 days of paid leave.\n\nManagers get 14 days of paid leave.")
    before = client.post("/api/questions", json={"question": LEAVE, "stream": False}).json()
    order = {"question": "What about managers?", "follows": before["question_id"], "stream": False}
    after = client.post("/api/questions", json=order).json()
    assert after["asked"] == f"{LEAVE} (managers)"
    assert "14 days" in after["citations"][0]["quote"]
    again = client.get(f"/api/questions/{after['question_id']}").json()
    assert (again["question"], again["asked"]) == (after["question"], after["asked"])


def test_a_follow_up_asks_of_the_same_day_unless_it_names_another(
    library: Library, client: httpx.Client
) -> None:
    add(library, "rules.md", "Employees get 10 days of paid leave.\n\nManagers get 14 days of paid leave.")
    order = {"question": LEAVE, "stream": False, "as_of": "2999-01-01"}
    before = client.post("/api/questions", json=order).json()
    order = {"question": "What about managers?", "follows": before["question_id"], "stream": False}
    assert client.post("/api/questions", json=order).json()["as_of"] == "2999-01-01"
    other = client.post("/api/questions", json=order | {"as_of": "2998-01-01"}).json()
    assert client.get(f"/api/questions/{other['question_id']}").json()["as_of"] == "2998-01-01"


def test_what_was_nearest_is_still_there_when_a_question_is_opened_again(
    library: Library, client: httpx.Client
) -> None:
    add(library, "rules.md", "Employees get 10 days of paid leave.")
    order = {"question": "Who is the landlord of the paid parking garage in 1987?", "stream": False}
    answer = client.post("/api/questions", json=order).json()
    assert answer["status"] == "not_found" and answer["nearest"] and not answer["citations"]
    again = client.get(f"/api/questions/{answer['question_id']}").json()
    assert again["nearest"] == answer["nearest"] and not again["citations"]
