"""A question that names a company is answered from that company's documents; one in another language finds
what only documents of other languages say."""

from __future__ import annotations

import pytest
from making import add, administrator, person

from operations.library import Library
from retrieval.index.naming import forms_of, named_documents, names_in
from retrieval.index.search import search

OWN = "# 慶弔見舞金規程\n\n結婚祝金は、従業員が結婚したときに5万円を支給する。"
OTHER = "# 慶弔規程\n\n結婚祝金は、社員が結婚したときに3万円を支給する。"


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("ミナトヤの結婚祝金はいくらですか", ["ミナトヤ"]),
        ("What does Minatoya pay when somebody marries?", ["Minatoya"]),
        ("在青川科技结婚有多少礼金？", ["在青川科技"]),
        ("休暇は何日ですか", []),
        ("伝票入力の画面IDは何ですか", []),
        ("What is the ID of the Minatoya form?", ["Minatoya"]),
        ("How many days off do I get?", []),
    ],
)
def test_names_that_a_question_says(question: str, names: list[str]) -> None:
    assert names_in(question) == names


def test_a_name_has_its_form_in_the_other_script() -> None:
    assert forms_of("ミナトヤ") == ["ミナトヤ", "minatoya"]
    assert forms_of("Minatoya") == ["Minatoya", "ミナトヤ"]
    assert forms_of("Acme") == ["Acme"]


def named(library: Library, question: str) -> frozenset[str]:
    access = administrator(library)
    with library.sessions.read() as session:
        return named_documents(access, session, library.index, question, access.readable)


@pytest.fixture
def two_companies(library: Library) -> tuple[str, str]:
    """One company's rules in a folder of its name, and another one's that says its name in the text; and a
    third document, so that neither name is everywhere."""
    own = add(library, "minatoya∕rules.md", OWN)
    other = add(library, "other.md", f"{OTHER}\n\nこの規程はアオカワ株式会社の全社員に適用する。")
    add(library, "menu.md", "# 献立\n\n月曜日はカレーである。")
    return own, other


@pytest.mark.parametrize(
    ("question", "which"),
    [
        ("ミナトヤの結婚祝金はいくらですか", 0),
        ("At Minatoya, how much is the wedding gift?", 0),
        ("アオカワでは結婚祝金はいくらですか", 1),
        ("At Aokawa, how much is the wedding gift?", 1),
    ],
)
def test_the_documents_of_a_name(
    library: Library, two_companies: tuple[str, str], question: str, which: int
) -> None:
    assert named(library, question) == {two_companies[which]}


def test_a_cover_page_with_the_name_does_not_hide_the_rules_that_say_it(library: Library) -> None:
    cover = add(library, "licence.md", "# ミナトヤの規程のライセンス\n\n自由に使ってよい。")
    rules = add(library, "gifts.md", f"{OWN}\n\nこの規程はミナトヤの全社員に適用する。")
    for number in range(3):
        add(library, f"{number}.md", f"# 献立{number}\n\n月曜日はカレーである。")
    assert named(library, "ミナトヤの結婚祝金はいくらですか") == {cover, rules}


def test_what_lies_among_a_companys_rules_is_that_companys(library: Library) -> None:
    said = "この規程はミナトヤの全社員に適用する。"
    own = [add(library, f"a∕{number}.md", f"# 規程{number}\n\n{said}第{number}号。") for number in range(2)]
    appendix = add(library, "a∕appendix.md", "# 別表\n\n祝金は5万円とする。")
    for number in range(3):
        add(library, f"b∕{number}.md", f"# 献立{number}\n\n月曜日はカレーである。")
    mentions = add(library, "b∕visit.md", "# 来訪\n\nミナトヤの担当者が来る。")
    assert named(library, "ミナトヤの祝金はいくらですか") == {*own, appendix, mentions}


def test_a_name_that_every_document_says_tells_none_apart(library: Library) -> None:
    for number in range(3):
        add(library, f"{number}.md", f"# 規程{number}\n\nミナトヤの規程の第{number}号である。")
    assert named(library, "ミナトヤの規程は何ですか") == frozenset()


def test_the_named_company_is_found_first(library: Library, two_companies: tuple[str, str]) -> None:
    access = administrator(library)
    for question, which in (("ミナトヤの結婚祝金はいくらですか", 0), ("アオカワの結婚祝金はいくらですか", 1)):
        with library.sessions.read() as session:
            hits = search(access, session, library.index, question, limit=5)
        assert hits[0].document.id == two_companies[which], question
        assert [hit.named for hit in hits] == [hit.document.id == two_companies[which] for hit in hits]


def test_names_of_documents_that_may_not_be_read_are_not_known(
    library: Library, two_companies: tuple[str, str]
) -> None:
    stranger = person(library.sessions, "stranger")
    question = "ミナトヤの結婚祝金はいくらですか"
    with library.sessions.read() as session:
        every = administrator(library).readable
        assert named_documents(stranger, session, library.index, question, every) == frozenset()


def test_a_name_whose_documents_are_all_in_another_language_is_looked_for_there_alone(
    library: Library,
) -> None:
    own = add(library, "minatoya∕rules.md", OWN)
    add(library, "gifts.md", "# Gifts\n\nA wedding gift of 100 dollars is paid when an employee marries.")
    add(library, "menu.md", "# Menu\n\nOn Monday there is curry.")
    with library.sessions.read() as session:
        hits = search(
            administrator(library), session, library.index, "What does Minatoya pay for 結婚祝金?", limit=9
        )
    assert {hit.document.id for hit in hits} == {own}


def test_a_long_table_does_not_hide_the_others_that_say_a_name(library: Library) -> None:
    rows = "\n".join(f"| {number} | MINATOYA{'-' * (number % 3)} |" for number in range(4000))
    table = add(library, "codes.md", f"# Codes\n\n| No | Maker |\n| --- | --- |\n{rows}\n")
    rules = add(
        library,
        "gifts.md",
        f"{OWN}\n\n贈り物の規程の全文であり、最後の一文だけが、会社の名を言う。この会社はMINATOYAという。",
    )
    for number in range(3):
        add(library, f"{number}.md", f"# 献立{number}\n\n月曜日はカレーである。")
    assert named(library, "MINATOYAの結婚祝金はいくらですか") == {table, rules}


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("How long is the lunch break at bxt?", ["bxt"]),
        ("What does 24seven pay for parking?", ["24seven"]),
        ("Can I ride my eBike to work?", ["eBike"]),
        ("Is it paid after 30days, or why not?", []),
        ("Who may try the gym for 2hours?", []),
    ],
)
def test_a_name_written_small_is_one_where_it_is_no_word(question: str, names: list[str]) -> None:
    assert names_in(question) == names
