"""A figure out of a table, the whole way: from files to an answer whose rows stand on their pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from making import add, add_all, administrator, settings_in
from table_documents import DOCUMENTS

from ingest.lifecycle.erasure import erase_document
from llm.fakes import ScriptedModel
from operations.library import Library, open_library
from retrieval.answers import history
from retrieval.answers.events import Done, Quotes
from retrieval.answers.quoted import stands_on_its_pages
from retrieval.answers.shown import shown_text


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library of all the made tables; its tests change nothing in it."""
    with open_library(settings_in(tmp_path_factory.mktemp("office"), embedder="none")) as opened:
        add_all(opened, [(name, make()) for name, make in DOCUMENTS.items()])
        yield opened


def ask(library: Library, question: str) -> tuple[Quotes, Done]:
    events = list(library.answerer.ask(administrator(library), question))
    first, last = events[0], events[-1]
    assert isinstance(first, Quotes) and isinstance(last, Done)
    return first, last


@pytest.mark.parametrize(
    ("question", "value", "cells"),
    [
        ("営業部には何人いますか", "5人", ["岡本 浩二", "加納 優"]),
        ("2025年度第1四半期で売上が最も低い支店はどこですか", "広島", ["2900"]),
        ("What is the total quantity of items in the Leeds warehouse?", "1,110", ["42", "17"]),
        ("沈涛和冯丽的月薪相差多少", "12,500元", ["35000", "22500"]),
        ("コピー用紙A4の仕入先の電話番号を教えてください", "03-1234-0001", ["03-1234-0001"]),
    ],
)
def test_the_rows_of_a_computed_answer_are_its_quote(
    office: Library, question: str, value: str, cells: list[str]
) -> None:
    quotes, done = ask(office, question)
    assert done.computed is not None and quotes.computed == done.computed
    assert value in done.computed.value and done.computed.sure
    assert quotes.certainty == "sure" and done.status == "quoted" and done.why == "computed"
    [quote] = done.quotes
    with office.sessions.read() as session:
        assert stands_on_its_pages(session, quote)
    marked = [quote.text[start:end] for start, end in quote.emphasis]
    assert [cell for cell in cells if cell not in marked] == []
    assert shown_text(done) == f"{done.computed.text}\n{quote.text}"


def test_a_question_that_no_table_answers_is_answered_as_before(office: Library) -> None:
    _, done = ask(office, "Who is the chairman of the board?")
    assert done.computed is None


def test_the_arithmetic_is_said_in_the_language_of_the_question(office: Library) -> None:
    assert ask(office, "What is the average price of the tools?")[1].computed.words.endswith(
        "(89.5 + 129) ÷ 2 = $109.25"
    )  # type: ignore[union-attr]
    japanese = ask(office, "2025年度第2四半期の全支店の合計はいくら")[1].computed
    assert japanese is not None and japanese.words == (
        "表の全4行の「2025年度 > 第2四半期」の合計: 5,000 + 3,600 + 8,050 + 2,650 = 19,300千円"
    )
    chinese = ask(office, "市场部的平均月薪是多少？")[1].computed
    assert chinese is not None and "÷ 3 = 13,333.33元" in chinese.words


STOCK = "Item,Warehouse,Quantity\nBolt,Osaka,120\nNut,Osaka,80\nPanel,Kobe,15\n"
TOTAL = "What is the total quantity in the Osaka warehouse?"


def test_no_model_writes_a_figure(library: Library) -> None:
    add(library, "stock.csv", STOCK)
    library.answerer.model = ScriptedModel("It is 999. [1]")
    _, done = ask(library, TOTAL)
    assert done.computed is not None and done.computed.value == "200"
    assert done.text == "" and done.why == "computed"


def test_it_is_kept_with_the_answer_and_goes_with_the_document(library: Library) -> None:
    document = add(library, "stock.csv", STOCK)
    access = administrator(library)
    _, done = ask(library, TOTAL)
    again = ask(library, TOTAL)[1]  # of the cache
    assert again.computed == done.computed
    with library.sessions.read() as session:
        saved = history.own_answer(access, session, done.question_id)
        assert saved.answer.computed["value"] == "200"
        assert [cell["text"] for cell in saved.answer.computed["rows"][0]] == ["Bolt", "Osaka", "120"]
    erase_document(access, library.sessions, library.files, library.index, document)
    with library.sessions.read() as session:
        assert history.own_answer(access, session, done.question_id).answer.computed == {}


def test_a_document_of_a_space_that_may_not_be_read_is_not_computed_with(library: Library) -> None:
    from making import person

    from contract.values import Role

    add(library, "stock.csv", STOCK)
    stranger = person(library.sessions, "stranger", Elsewhere=Role.READER)
    done = list(library.answerer.ask(stranger, TOTAL))[-1]
    assert isinstance(done, Done) and done.computed is None and done.quotes == []


def test_what_changed_is_computed_anew(library: Library) -> None:
    add(library, "stock.csv", STOCK)
    assert ask(library, TOTAL)[1].computed.value == "200"  # type: ignore[union-attr]
    add(library, "stock.csv", STOCK.replace("120", "125"))
    assert ask(library, TOTAL)[1].computed.value == "205"  # type: ignore[union-attr]


def test_two_tables_that_say_two_figures_give_none(library: Library, tmp_path: Path) -> None:
    add(library, "stock-a.md", "# Stock\n\n| Item | Warehouse | Quantity |\n|---|---|---|\n| Bolt | Osaka | 1 |\n"
        "| Nut | Osaka | 2 |\n\n# Stock\n\n| Item | Warehouse | Quantity |\n|---|---|---|\n| Cap | Osaka | 7 |\n"
        "| Pin | Osaka | 9 |\n")  # fmt: skip
    assert ask(library, TOTAL)[1].computed is None


GAPS = """日付,曜日,早番,遅番,夜間待機
11/1,土,宮川,,野添
11/2,日,,島村,
11/3,月,宮川,島村,野添
11/4,火,宮川,,
11/5,水,樋口,宮川,
"""


@pytest.mark.parametrize("question", ["夜間待機は何人いますか", "夜間待機がある日は何日ありますか"])
def test_a_column_with_gaps_is_not_counted(library: Library, question: str) -> None:
    add(library, "当番表.csv", GAPS)
    assert ask(library, question)[0].computed is None


def test_kinds_are_counted_over_gaps(library: Library) -> None:
    add(library, "当番表.csv", GAPS)
    computed = ask(library, "遅番は何種類ありますか")[0].computed
    assert computed is not None and computed.value == "2種類"
