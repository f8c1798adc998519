"""Two sides stand beside one another, each cell a quote, and what only one of them says is named."""

from __future__ import annotations

import pytest
from wholes import asked, hit_of, whole

from retrieval.evidence.types import Evidence
from retrieval.overview.comparing import compared_cases, compared_documents, compared_versions, only_said
from retrieval.overview.sides import asks_what_changed, two_cases, two_documents
from retrieval.overview.subject import subject_text
from retrieval.overview.types import ChangedParagraph, Difference, OverviewEvidence

pytestmark = pytest.mark.fast

NORTH = """# Northwind travel rules

## Hotels

The hotel limit is 120 dollars a night.

## Meals

Meals are paid up to 40 dollars a day.
"""
SOUTH = """# Southridge travel rules

## Accommodation in hotels

A hotel is paid up to 95 dollars a night.

## Meals

Meals are paid up to 25 dollars a day.
"""
NOTHING = Evidence([], 0.6)


def nothing_kept_out(text: str) -> bool:
    return False


def rows(evidence: OverviewEvidence) -> list[tuple[str, str, str]]:
    """The topic of each row and what both sides say."""
    table = evidence.overview.table
    assert table is not None

    def said(marks: tuple[int, ...]) -> str:
        return " ".join(evidence.quotes[mark - 1].text for mark in marks)

    return [(row.topic, said(row.first), said(row.second)) for row in table.rows]


def test_what_two_documents_say_of_a_topic() -> None:
    north = whole(NORTH, title="Northwind travel rules", name="north.md")
    south = whole(SOUTH, title="Southridge travel rules", name="south.md")
    question = asked(subject_text("Compare the hotel limit of Northwind and Southridge", compares=True))
    compared = compared_documents(question, north, south, NOTHING, nothing_kept_out)
    assert compared is not None
    assert rows(compared)[0] == (
        "Hotels", "The hotel limit is 120 dollars a night.", "A hotel is paid up to 95 dollars a night.",
    )  # fmt: skip
    table = compared.overview.table
    assert table is not None
    assert (table.first.name, table.second.name) == ("Northwind travel rules", "Southridge travel rules")
    assert (table.rows[0].only_first, table.rows[0].only_second) == (("120 dollars",), ("95 dollars",))


def test_without_a_topic_all_that_differs_stands_side_by_side() -> None:
    north = whole(NORTH, title="Northwind travel rules", name="north.md")
    south = whole(SOUTH, title="Southridge travel rules", name="south.md")
    question = asked(subject_text("How do Northwind and Southridge travel rules differ?", compares=True))
    compared = compared_documents(question, north, south, NOTHING, nothing_kept_out)
    assert compared is not None
    assert {row[1:] for row in rows(compared)} == {
        ("The hotel limit is 120 dollars a night.", "A hotel is paid up to 95 dollars a night."),
        ("Meals are paid up to 40 dollars a day.", "Meals are paid up to 25 dollars a day."),
    }


def test_the_two_documents_that_a_question_names() -> None:
    documents = [
        whole(NORTH, title="Northwind travel rules", name="north.md"),
        whole("# Garden\n\nThe garden is open.\n", title="Garden", name="garden.md"),
        whole(SOUTH, title="Southridge travel rules", name="south.md"),
    ]
    pairs = [(hit_of(document), document) for document in documents]
    hits = [hit for hit, _ in pairs]
    pair = two_documents(asked("hotels northwind southridge"), pairs, hits)
    assert pair is not None and [whole.document.name for whole in pair] == ["north.md", "south.md"]
    assert two_documents(asked("hotels in the north"), pairs, hits) is None


@pytest.mark.parametrize(
    ("question", "cases"),
    [
        ("正社員と契約社員の賞与の違いは何ですか", ("正社員", "契約社員")),
        ("慶弔休暇で、本人の結婚と子の結婚の違いは？", ("本人の結婚", "子の結婚")),
        ("员工账户和管理员账户的密码有何区别", ("员工账户", "管理员账户")),
        ("What is the difference between interns and contractors in holidays?", ("interns", "contractors")),
        ("有給休暇は何日ですか", None),
    ],
)
def test_the_two_cases_that_a_question_names(question: str, cases: tuple[str, str] | None) -> None:
    pair = two_cases(question)
    assert (None if pair is None else (pair.first, pair.second)) == cases


def test_two_cases_of_one_document_have_a_row() -> None:
    document = whole("# Rules\n\n## Bonus\n\nInterns get 100 dollars.\n\nContractors get 200 dollars.\n")
    cases = two_cases("What is the difference between interns and contractors?")
    quote = document.quote([document.structure.stretch(1)], 0.5, "sentence")  # type: ignore[arg-type]  # as any
    assert cases is not None
    body = next(
        document.quote([document.structure.stretch(node)], 0.5, "sentence")  # type: ignore[arg-type]  # as any
        for node in range(len(document.structure))
        if document.own_text(node).startswith("Interns")
    )
    assert body is not None and quote is not None
    evidence = Evidence([body], 0.7)
    compared = compared_cases(
        asked("interns contractors bonus"), cases, evidence, [document], nothing_kept_out
    )
    assert compared is not None
    assert rows(compared) == [("Bonus", "Interns get 100 dollars.", "Contractors get 200 dollars.")]


def test_the_difference_of_two_versions_is_shown_as_it_was_found() -> None:
    old = whole(
        "# Leave\n\n## Days\n\nYou get 10 days.\n\n## Notice\n\nAsk 5 days before.\n", name="l.md", number=1
    )
    new = whole(
        "# Leave\n\n## Days\n\nYou get 12 days.\n\n## Notice\n\nAsk 5 days before.\n", name="l.md", number=2
    )
    change = Difference(ChangedParagraph(1, "You get 10 days."), ChangedParagraph(1, "You get 12 days."))
    gone = Difference(ChangedParagraph(1, "Words that stand nowhere."), None)
    compared = compared_versions(asked("leave"), old, new, [change, gone], NOTHING, nothing_kept_out)
    assert compared is not None
    assert rows(compared) == [("Days", "You get 10 days.", "You get 12 days.")]
    table = compared.overview.table
    assert table is not None and table.versions == (1, 2)
    assert table.rows[0].only_second == ("12 days",)


def test_only_the_changes_on_the_topic_are_shown() -> None:
    text = "# Leave\n\n## Days of vacation\n\nYou get {} days.\n\n## Notice period\n\nAsk {} days before.\n"
    old, new = whole(text.format(10, 5), name="l.md"), whole(text.format(12, 3), name="l.md", number=2)
    changes = [
        Difference(ChangedParagraph(1, f"You get {a} days."), ChangedParagraph(1, f"You get {b} days."))
        for a, b in [(10, 12)]
    ] + [Difference(ChangedParagraph(1, "Ask 5 days before."), ChangedParagraph(1, "Ask 3 days before."))]
    compared = compared_versions(asked("notice period"), old, new, changes, NOTHING, nothing_kept_out)
    assert compared is not None
    assert [row[0] for row in rows(compared)] == ["Notice period"]


def test_texts_that_speak_to_the_machine_are_in_no_cell() -> None:
    north = whole(NORTH.replace("40", "IGNORE 40"), title="Northwind travel rules", name="north.md")
    south = whole(SOUTH, title="Southridge travel rules", name="south.md")
    question = asked("northwind southridge")
    compared = compared_documents(question, north, south, NOTHING, lambda text: "IGNORE" in text)
    assert compared is not None
    assert not any("IGNORE" in quote.text for quote in compared.quotes)


@pytest.mark.parametrize(
    "question",
    [
        "What changed in the leave policy?",
        "休暇規程は何が変わりましたか",
        "采购制度修订后有什么变化",
        "改定点を教えて",
    ],
)
def test_questions_for_what_changed(question: str) -> None:
    assert asks_what_changed(question)
    assert not asks_what_changed("How do interns and contractors differ?")


def test_what_only_one_side_says() -> None:
    assert only_said("年10日を上限とする。", "年12日、月2日を上限とする。") == (["10日"], ["12日", "2日"])
