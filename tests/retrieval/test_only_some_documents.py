"""A question that is narrowed to some documents is asked as if there were no others; no right is gained."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from making import add, add_all, administrator, person, space_named

from contract.values import Role
from core.access import Access
from core.models import Document, Passage
from llm.fakes import HashEmbedder
from operations.library import Library
from retrieval.answers.events import Done, Quotes
from retrieval.index.index import SearchIndex
from retrieval.index.keywords import Keywords
from retrieval.index.retrievers import IndexedPassage
from retrieval.index.search import Hit, _newest_of_the_same, search
from retrieval.index.vectors import ChromaVectors

GATE = "The fee for a lost card is 50 yuan."
YARD = "A lost card of the yard costs a fee of 70 yuan."


def ask(
    library: Library,
    access: Access,
    documents: Collection[str] | None,
    question: str = "fee for a lost card?",
) -> tuple[Quotes, Done]:
    events = list(library.answerer.ask(access, question, documents=documents))
    first, last = events[0], events[-1]
    assert isinstance(first, Quotes) and isinstance(last, Done)
    return first, last


def named(quotes: Quotes) -> set[str]:
    return {hit.document.name for hit in quotes.hits} | {quote.hit.document.name for quote in quotes.quotes}


def test_nothing_comes_from_a_document_that_is_not_among_them(library: Library) -> None:
    gate, yard = add(library, "gate.txt", GATE), add(library, "yard.txt", YARD)
    access = administrator(library)
    assert named(ask(library, access, None)[0]) == {"gate.txt", "yard.txt"}
    assert named(ask(library, access, [yard])[0]) == {"yard.txt"}
    assert named(ask(library, access, [gate])[0]) == {"gate.txt"}  # and none of it is remembered of before
    assert named(ask(library, access, [])[0]) == set()


def test_a_document_that_many_better_ones_hide_is_found(library: Library) -> None:
    hidden = add(library, "hidden.txt", "Whoever has no card any more pays a fee at the desk.")
    desks = [(f"better{n}.txt", f"{GATE} Desk {n} takes the fee for a lost card.") for n in range(6)]
    add_all(library, desks)
    access = administrator(library)
    library.answerer.settings = type(library.answerer.settings)(passages=4)
    assert "hidden.txt" not in named(ask(library, access, None)[0])
    assert named(ask(library, access, [hidden])[0]) == {"hidden.txt"}


def test_naming_a_document_gives_nobody_the_right_to_read_it(library: Library) -> None:
    space_named(library.sessions, "Board")
    board = add(library, "board.txt", YARD, space="Board")
    reader = person(library.sessions, "Sato", General=Role.READER)
    assert named(ask(library, reader, [board])[0]) == set()


def test_vectors_too_are_those_of_the_named_passages_alone(tmp_path: Path) -> None:
    index = SearchIndex(Keywords(tmp_path / "words"))
    index.attach(HashEmbedder(languages="en"), ChromaVectors(tmp_path / "vectors", "hash"))
    passages = [
        IndexedPassage(f"p{n}", f"v{n}", "s", "", "", f"The valve opens at {n} MPa.") for n in range(9)
    ]
    index.add_words(passages, [passage.version for passage in passages])
    index.add_vectors(passages, lambda done: True)
    match = index.search("At what pressure does the valve open?", ["s"], 5, only={"p7": "v7"})
    assert {hit for hit, _ in match.fused} == {hit for hit, _ in match.dense} == {"p7"}
    assert [hit for hit, _ in match.keyword] == ["p7"]
    index.keywords.close()


def test_of_two_documents_that_say_the_same_the_newest_is_found_first(library: Library) -> None:
    add(library, "copy of the rules.txt", "社員食堂は正午に開く。戸締まりは総務課とする。")
    add(
        library, "rules.txt", "社員⻝堂は正午に開く。当番は総務課とする。"
    )  # with a radical, as PDFs write it
    access = administrator(library)
    with library.sessions.read() as session:
        hits = search(access, session, library.index, "社員食堂はいつ開く", limit=5)
    assert [hit.document.name for hit in hits] == ["rules.txt", "copy of the rules.txt"]
    assert hits[0].score >= hits[1].score


def test_a_document_that_the_question_names_keeps_its_place_before_a_newer_copy_of_another(
    library: Library,
) -> None:
    add(library, "minatoya∕rules.md", "# 規程\n\n結婚祝金は5万円を支給する。")
    add(library, "aokawa∕rules.md", "# 規程\n\n結婚祝金は5万円を支給する。")  # from the same template
    add(library, "menu.md", "# 献立\n\n月曜日はカレーである。")
    access = administrator(library)
    with library.sessions.read() as session:
        hits = search(access, session, library.index, "ミナトヤの結婚祝金はいくらですか", limit=5)
    assert hits[0].document.name == "minatoya∕rules.md" and hits[0].named


def test_the_same_words_twice_in_a_document_stay_in_the_order_of_their_scores() -> None:
    rules = Document(name="rules.md", created_at=datetime(2026, 4, 1, tzinfo=UTC))
    older = Document(name="older.md", created_at=datetime(2025, 4, 1, tzinfo=UTC))
    hits = [
        Hit(Passage(heading=heading, text="当番は総務課とする。"), document, score)
        for heading, document, score in (("1", older, 0.9), ("2", rules, 0.8), ("3", rules, 0.7))
    ]
    ordered = _newest_of_the_same(hits)
    assert [(hit.passage.heading, hit.score) for hit in ordered] == [("2", 0.9), ("3", 0.8), ("1", 0.7)]
