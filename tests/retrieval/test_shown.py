"""What counts as shown is what a person sees as the answer, and nothing else."""

from __future__ import annotations

from making import add, administrator

from llm.fakes import ScriptedModel
from operations.library import Library
from retrieval.answers.events import Done, Quotes
from retrieval.answers.shown import shown_text

FEE = "The fee for a lost card is 50 yuan."


def ask(library: Library, question: str) -> tuple[Quotes, Done]:
    events = list(library.answerer.ask(administrator(library), question))
    first, last = events[0], events[-1]
    assert isinstance(first, Quotes) and isinstance(last, Done)
    return first, last


def test_quotes_alone_are_all_that_is_shown(library: Library) -> None:
    add(library, "fee.txt", FEE)
    quotes, done = ask(library, "What is the fee for a lost card?")
    assert shown_text(quotes) == shown_text(done) == FEE


def test_written_sentences_stand_before_the_quotes_without_their_marks(library: Library) -> None:
    add(library, "fee.txt", FEE)
    library.answerer.model = ScriptedModel("The fee for a lost card is 50 yuan. [1]")
    _, done = ask(library, "What is the fee for a lost card?")
    assert done.text.endswith("[1]")
    assert shown_text(done) == f"The fee for a lost card is 50 yuan.\n{FEE}"


def test_what_is_shown_under_not_found_is_no_answer(library: Library) -> None:
    add(library, "fee.txt", FEE)
    quotes, done = ask(library, "Which insurance covers the helicopter of the chairman?")
    assert quotes.quotes and done.quotes
    assert shown_text(quotes) == shown_text(done) == ""
