"""From a question to an answer: quotes first, every sentence checked, and a model that may fail."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from making import add, add_all, administrator, finish_work, person, settings_in, space_named, upload
from sqlalchemy import delete, select

from contract.values import Role
from core.errors import ModelBusy, ModelUnfit, QuestionEmpty, QuestionTooLong
from core.models import Answer, AnswerStatus, AuditEntry, Citation, Grant, Question
from ingest.lifecycle.erasure import erase_document
from llm.fakes import HashEmbedder, ScriptedModel
from llm.gate import Gate
from llm.model import End, Generation, GenerationRequest
from operations.library import Library, open_library
from retrieval.answers.cache import AnswerCache
from retrieval.answers.events import Done, Event, Quotes
from retrieval.answers.writing.generation import Sentence, Struck, Waiting
from retrieval.answers.writing.prompts import answer_grammar

TRAVEL = """# Travel expenses

An expense claim must be submitted within 10 business days after the end of the trip.

The use of a private car is reimbursed at JPY 25 per kilometer.
"""
RULES = """第1条 年次有給休暇は、勤続6か月で10日付与する。

第2条 在宅勤務は、1週につき2日を限度とする。
"""
SECURITY = """密码长度不得少于12位。

连续5次输入错误密码的账户锁定30分钟。
"""
DOCUMENTS = [("travel.md", TRAVEL), ("rules.txt", RULES), ("security.txt", SECURITY)]
CLAIM = "Within how many business days must an expense claim be submitted?"
GOOD = "An expense claim must be submitted within 10 business days after the trip [1]."
WRONG = "An expense claim must be submitted within 99 business days after the trip [1]."
ABSENT = "Which insurance company covers the helicopter of the chairman?"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("answering")
    with open_library(settings_in(folder), embedder=HashEmbedder(), load_models=False) as opened:
        add_all(opened, DOCUMENTS)
        yield opened


@pytest.fixture
def asked(shared: Library) -> Iterator[Library]:
    """The shared library, without a model of another test, and without its answers."""
    shared.answerer.cache = AnswerCache(0)
    yield shared
    shared.answerer.model = None
    shared.answerer.gate = Gate(16)


def ask(library: Library, question: str, *texts: str) -> list[Event]:
    if texts:
        library.answerer.model = ScriptedModel(*texts)
    return list(library.answerer.ask(administrator(library), question))


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def first(events: list[Event]) -> Quotes:
    assert isinstance(events[0], Quotes)
    return events[0]


def done(events: list[Event]) -> Done:
    assert isinstance(events[-1], Done)
    return events[-1]


@pytest.mark.parametrize(
    ("question", "answer", "language"),
    [
        (CLAIM, "within 10 business days", "en"),
        ("年次有給休暇は何日付与されますか", "10日付与する", "ja"),
        ("密码长度不得少于多少位？", "不得少于12位", "zh"),
    ],
)
def test_without_a_model_the_quotes_are_the_answer(
    asked: Library, question: str, answer: str, language: str
) -> None:
    events = ask(asked, question)
    assert kinds(events) == ["Quotes", "Done"]
    quotes = first(events)
    assert quotes.answers
    assert quotes.language == language
    assert answer in quotes.quotes[0].text
    end = done(events)
    assert (end.status, end.text, end.model, end.why, end.struck) == (AnswerStatus.QUOTED, "", "none", "", [])
    assert end.quotes == quotes.quotes


def test_the_quotes_come_before_the_model_is_asked(asked: Library) -> None:
    asked.answerer.model = model = ScriptedModel(GOOD)
    events = asked.answerer.ask(administrator(asked), CLAIM)
    assert isinstance(next(events), Quotes)
    assert model.requests == []
    assert kinds(list(events)) == ["Sentence", "Done"]
    assert len(model.requests) == 1


def test_a_sentence_that_the_quotes_carry_is_told_and_answers(asked: Library) -> None:
    events = ask(asked, CLAIM, GOOD)
    assert events[1] == Sentence(GOOD.replace(" [1]", ""), (1,))
    end = done(events)
    assert (end.status, end.model, end.why) == (AnswerStatus.ANSWERED, "scripted", "")
    assert end.text == "An expense claim must be submitted within 10 business days after the trip. [1]"
    assert {"search", "evidence", "first_token", "total"} <= set(end.timings_ms)


def test_a_sentence_that_they_do_not_carry_is_struck_and_counted(asked: Library) -> None:
    events = ask(asked, CLAIM, f"{GOOD} {WRONG}")
    assert kinds(events) == ["Quotes", "Sentence", "Struck", "Done"]
    assert isinstance(events[2], Struck)
    assert events[2].flaw == "number"
    end = done(events)
    assert (end.status, [row["flaw"] for row in end.struck]) == (AnswerStatus.ANSWERED, ["number"])
    assert "99" not in end.text


def test_what_follows_an_answer_that_was_struck_is_not_shown(asked: Library) -> None:
    """The answer comes first; what a model adds to one that does not hold is about something else."""
    end = done(ask(asked, CLAIM, f"{WRONG} {GOOD}"))
    assert (end.status, end.text, len(end.struck)) == (AnswerStatus.QUOTED, "", 1)


def test_where_every_sentence_is_struck_the_quotes_are_the_answer(asked: Library) -> None:
    end = done(ask(asked, CLAIM, WRONG))
    assert (end.status, end.text, len(end.struck)) == (AnswerStatus.QUOTED, "", 1)


def test_a_sentence_without_a_mark_is_struck(asked: Library) -> None:
    end = done(ask(asked, CLAIM, "I believe it is ten days."))
    assert (end.status, [row["flaw"] for row in end.struck]) == (AnswerStatus.QUOTED, ["no_mark"])


def test_a_model_that_finds_the_quotes_insufficient_leaves_them_as_the_answer(asked: Library) -> None:
    end = done(ask(asked, CLAIM, "INSUFFICIENT"))
    assert (end.status, end.why, end.struck) == (AnswerStatus.QUOTED, "insufficient", [])


def test_a_model_that_dies_leaves_the_quotes_and_says_so(asked: Library) -> None:
    events = ask(asked, CLAIM, "DIE")
    assert kinds(events) == ["Quotes", "Done"]
    assert (done(events).status, done(events).why) == (AnswerStatus.QUOTED, "model_died")
    assert asked.answerer.gate.waiting == 0


class Dying(ScriptedModel):
    """Says a whole sentence, then dies."""

    def _pieces(
        self, text: str, request: GenerationRequest, generation: Generation
    ) -> Generator[str, None, None]:
        yield from super()._pieces(text, request, generation)
        yield from super()._pieces("DIE", request, generation)


def test_what_a_model_said_before_it_died_stands_if_it_was_checked(asked: Library) -> None:
    asked.answerer.model = Dying(f"{GOOD} And")
    end = done(list(asked.answerer.ask(administrator(asked), CLAIM)))
    assert (end.status, end.why) == (AnswerStatus.ANSWERED, "model_died")
    assert "10 business days" in end.text


class Unfit(ScriptedModel):
    """Cannot run here."""

    def generate(self, request: GenerationRequest) -> Generation:
        raise ModelUnfit(name="x", problem="y")


def test_a_model_that_cannot_run_leaves_the_quotes_and_says_so(asked: Library) -> None:
    asked.answerer.model = Unfit()
    end = done(list(asked.answerer.ask(administrator(asked), CLAIM)))
    assert (end.status, end.why) == (AnswerStatus.QUOTED, "model_unfit")
    assert asked.answerer.gate.waiting == 0


def test_a_full_queue_leaves_the_quotes_and_says_so(asked: Library) -> None:
    asked.answerer.gate = gate = Gate(1)
    with gate.place(), gate.place():
        end = done(ask(asked, CLAIM, GOOD))
    assert (end.status, end.why) == (AnswerStatus.QUOTED, ModelBusy.code)


def test_who_waits_is_told_the_place(asked: Library) -> None:
    asked.answerer.model = ScriptedModel(GOOD)
    with asked.answerer.gate.place():
        events = asked.answerer.ask(administrator(asked), CLAIM)
        next(events)
        waiting = next(events)
        assert isinstance(waiting, Waiting)
        assert waiting.ahead == 1
        assert waiting.seconds > 0
    assert kinds(list(events))[-2:] == ["Sentence", "Done"]


def test_an_asker_who_leaves_frees_the_model(asked: Library) -> None:
    asked.answerer.model = ScriptedModel(f"{GOOD} {WRONG} {GOOD}")
    events = asked.answerer.ask(administrator(asked), CLAIM)
    assert [type(next(events)) for _ in range(2)] == [Quotes, Sentence]
    assert asked.answerer.gate.waiting == 1
    events.close()  # type: ignore[attr-defined]  # it is a generator
    assert asked.answerer.gate.waiting == 0


def test_a_model_that_repeats_itself_is_stopped(asked: Library) -> None:
    asked.answerer.model = model = ScriptedModel(f"{GOOD} " * 30)
    events = list(asked.answerer.ask(administrator(asked), CLAIM))
    assert kinds(events) == ["Quotes", "Sentence", "Done"]
    assert done(events).text.count("[1]") == 1
    assert len(model.requests) == 1


def test_an_answer_that_was_cut_off_at_its_limit_keeps_what_was_whole(asked: Library) -> None:
    asked.answerer.model = ScriptedModel(GOOD + " And then it says " + " ".join(map(str, range(900))))
    end = done(list(asked.answerer.ask(administrator(asked), CLAIM)))
    assert (end.status, end.why) == (AnswerStatus.ANSWERED, f"model_{End.LENGTH}")


class Marking(ScriptedModel):
    """Writes English alone."""

    @property
    def languages(self) -> frozenset[str]:
        return frozenset({"en"})


def test_a_model_is_not_asked_in_a_language_that_it_does_not_write(asked: Library) -> None:
    asked.answerer.model = model = Marking(GOOD)
    end = done(list(asked.answerer.ask(administrator(asked), "年次有給休暇は何日付与されますか")))
    assert (end.status, end.why) == (AnswerStatus.QUOTED, "model_language")
    assert model.requests == []
    assert done(list(asked.answerer.ask(administrator(asked), CLAIM))).status == AnswerStatus.ANSWERED


def test_nothing_is_written_where_the_best_quote_is_in_another_language(
    asked: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.answerer.model = model = ScriptedModel(GOOD)
    real = asked.answerer.evidence

    def in_japanese(*given: Any, **named: Any) -> Any:
        evidence, hits, timings = real(*given, **named)
        best = evidence.quotes[0]
        monkeypatch.setattr(best.hit.passage, "language", "ja")
        foreign = replace(best, text="出張の終了後10営業日以内に精算する。")
        return replace(evidence, quotes=[foreign, *evidence.quotes[1:]]), hits, timings

    monkeypatch.setattr(asked.answerer, "evidence", in_japanese)
    end = done(list(asked.answerer.ask(administrator(asked), CLAIM)))
    assert (end.status, end.why) == (AnswerStatus.QUOTED, "other_language")
    assert model.requests == []


def test_what_the_documents_do_not_say_is_not_found_and_no_model_writes(asked: Library) -> None:
    asked.answerer.model = model = ScriptedModel(GOOD)
    events = list(asked.answerer.ask(administrator(asked), ABSENT))
    assert kinds(events) == ["Quotes", "Done"]
    assert not first(events).answers
    assert done(events).status == AnswerStatus.NOT_FOUND
    # It may translate the question for the documents in other languages.
    assert all("Translate" in request.messages[0].content for request in model.requests)
    with asked.sessions.read() as session:
        kept = select(Citation.quote).where(Citation.question_id == done(events).question_id)
        nearest = session.scalars(kept.order_by(Citation.mark)).all()
    assert nearest == [quote.text for quote in first(events).quotes] != []


def test_an_empty_library_finds_nothing(library: Library) -> None:
    events = ask(library, CLAIM, GOOD)
    assert (first(events).quotes, first(events).probability) == ([], 0.0)
    assert done(events).status == AnswerStatus.NOT_FOUND


@pytest.mark.parametrize("question", ["", "   ", "\n\u3000\t"])
def test_an_empty_question_is_refused_before_anything_is_kept(asked: Library, question: str) -> None:
    with asked.sessions.read() as session:
        before = len(session.scalars(select(Question.id)).all())
    with pytest.raises(QuestionEmpty):
        ask(asked, question)
    with pytest.raises(QuestionTooLong, match="4000"):
        ask(asked, "x" * 4001)
    with asked.sessions.read() as session:
        assert len(session.scalars(select(Question.id)).all()) == before


def test_the_longest_question_and_a_strange_one_are_answered(asked: Library) -> None:
    for question in ("pump " * 800, "?!", "\x00", "\U0001f600", 'AND OR NOT ( " * [1]', "%_\\'; DROP TABLE"):
        assert kinds(ask(asked, question)) == ["Quotes", "Done"]


def test_the_model_is_given_the_quotes_whole_and_the_grammar_of_their_marks(asked: Library) -> None:
    asked.answerer.model = model = ScriptedModel(GOOD)
    quotes = first(list(asked.answerer.ask(administrator(asked), CLAIM))).quotes
    request = model.requests[0]
    user = request.messages[-1].content
    assert all(quote.text in user for quote in quotes)
    assert request.grammar == answer_grammar(len(quotes))
    assert CLAIM in user


def test_quotes_that_do_not_fit_are_dropped_whole(asked: Library) -> None:
    used: list[int] = []
    for context in range(500, 1200, 10):
        asked.answerer.model = model = ScriptedModel(GOOD, context_tokens=context)
        end = done(list(asked.answerer.ask(administrator(asked), CLAIM)))
        if not model.requests:
            assert (end.status, end.why) == (AnswerStatus.QUOTED, "prompt_too_long")
            used.append(0)
            continue
        request = model.requests[0]
        prompt = sum(model.count_tokens([message.content for message in request.messages]))
        assert prompt + request.max_tokens <= context
        used.append(request.messages[-1].content.count("<<"))
        assert all(quote.text in request.messages[-1].content for quote in end.quotes[: used[-1]])
    assert used == sorted(used)
    assert set(used) == set(range(1 + len(end.quotes))) and len(end.quotes) > 1


class Watching(ScriptedModel):
    """Tries, at each piece, to write to the records as another process would."""

    def __init__(self, path: Path, *texts: str) -> None:
        super().__init__(*texts)
        self.path, self.writes = path, 0

    def _pieces(
        self, text: str, request: GenerationRequest, generation: Generation
    ) -> Generator[str, None, None]:
        for piece in super()._pieces(text, request, generation):
            other = sqlite3.connect(self.path, timeout=0, isolation_level=None)
            other.execute("BEGIN EXCLUSIVE")
            other.execute("ROLLBACK")
            checkpoint = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            other.close()
            assert checkpoint[0] == 0, "a reader holds the records back"
            self.writes += 1
            yield piece


def test_no_transaction_is_open_while_the_model_works(asked: Library) -> None:
    asked.answerer.model = model = Watching(asked.settings.data / "shoko.sqlite3", GOOD)
    assert done(list(asked.answerer.ask(administrator(asked), CLAIM))).status == AnswerStatus.ANSWERED
    assert model.writes > 10


def test_question_answer_citations_and_audit_are_kept(asked: Library) -> None:
    events = ask(asked, f"  {CLAIM} ", f"{GOOD} {WRONG}")
    end, quotes = done(events), first(events)
    with asked.sessions.read() as session:
        question = session.get_one(Question, end.question_id)
        answer = session.get_one(Answer, end.question_id)
        citations = session.scalars(
            select(Citation).where(Citation.question_id == end.question_id).order_by(Citation.mark)
        ).all()
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.subject == end.question_id).order_by(AuditEntry.number)
        ).all()
    assert (question.text, question.language, question.user_id) == (CLAIM, "en", administrator(asked).user_id)
    assert (answer.status, answer.text, answer.model) == ("answered", end.text, "scripted")
    assert [row["flaw"] for row in answer.struck] == ["number"]
    assert answer.timings_ms == end.timings_ms
    assert [(c.mark, c.page, c.start, c.end, c.quote) for c in citations] == [
        (mark, quote.page, quote.start, quote.end, quote.text)
        for mark, quote in enumerate(quotes.quotes, start=1)
    ]
    assert [entry.action for entry in entries] == ["question.asked", "question.answered"]
    assert entries[1].detail["status"] == "answered"


def test_nobody_gets_a_quote_of_a_space_that_he_may_not_read(library: Library) -> None:
    space_named(library.sessions, "Board")
    add(library, "open.txt", "The visitor badge is returned at the north gate.")
    add(
        library,
        "secret.txt",
        "The visitor badge of the board opens the safe at the north gate.",
        space="Board",
    )
    question = "Where is the visitor badge returned, at which gate?"
    reader = person(library.sessions, "Mori", General=Role.READER)
    nobody = person(library.sessions, "Abe")
    names = {
        name: [quote.hit.document.name for event in library.answerer.ask(access, question)
               if isinstance(event, Quotes) for quote in event.quotes]
        for name, access in (("admin", administrator(library)), ("reader", reader), ("nobody", nobody))
    }  # fmt: skip
    assert set(names["admin"]) == {"open.txt", "secret.txt"}
    assert set(names["reader"]) == {"open.txt"}
    assert names["nobody"] == []
    board = list(library.answerer.ask(reader, question, spaces=[*administrator(library).readable]))
    assert {quote.hit.document.name for quote in first(board).quotes} == {"open.txt"}


def test_a_search_can_be_narrowed_to_spaces(library: Library) -> None:
    board = space_named(library.sessions, "Board")
    add_all(library, [("a.txt", "The valve opens at night.")])
    add_all(library, [("b.txt", "The valve opens at noon.")], space="Board")
    quotes = first(list(library.answerer.ask(administrator(library), "valve opens", spaces=[board]))).quotes
    assert {quote.hit.document.name for quote in quotes} == {"b.txt"}


def test_a_right_that_was_taken_away_shows_in_the_next_question(library: Library) -> None:
    add(library, "a.txt", "The valve opens at night.")
    reader = person(library.sessions, "Mori", General=Role.READER)
    assert first(list(library.answerer.ask(reader, "valve opens"))).quotes
    with library.sessions.write() as session:
        session.execute(delete(Grant))
        from core.access import access_of

        reader = access_of(session, reader.user_id)
    assert first(list(library.answerer.ask(reader, "valve opens"))).quotes == []


def test_only_the_version_in_force_is_quoted(library: Library) -> None:
    add(library, "fee.txt", "The fee for a lost card is 50 yuan.")
    upload(library, "fee.txt", "The fee for a lost card is 80 yuan.")
    before = first(list(library.answerer.ask(administrator(library), "fee for a lost card"))).quotes
    assert [quote.text for quote in before] == ["The fee for a lost card is 50 yuan."]
    finish_work(library)
    after = first(list(library.answerer.ask(administrator(library), "fee for a lost card"))).quotes
    assert [quote.text for quote in after] == ["The fee for a lost card is 80 yuan."]


def test_a_document_replaced_many_times_is_found_as_on_the_first_day(library: Library) -> None:
    add(library, "other.txt", "The canteen opens at noon.")
    for price in range(8):
        add(library, "fee.txt", f"The fee for a lost card is {price}0 yuan.")
    events = ask(library, "How much is the fee for a lost card?")
    assert first(events).answers
    assert first(events).quotes[0].text == "The fee for a lost card is 70 yuan."


def test_a_document_that_is_erased_while_the_model_writes_harms_nobody(library: Library) -> None:
    document = add(library, "travel.md", TRAVEL)

    class Erasing(ScriptedModel):
        def _pieces(
            self, text: str, request: GenerationRequest, generation: Generation
        ) -> Generator[str, None, None]:
            erase_document(administrator(library), library.sessions, library.files, library.index, document)
            yield from super()._pieces(text, request, generation)

    library.answerer.model = Erasing(GOOD)
    events = list(library.answerer.ask(administrator(library), CLAIM))
    end = done(events)
    assert (end.status, end.text, end.quotes) == (AnswerStatus.NOT_FOUND, "", [])
    with library.sessions.read() as session:
        assert session.scalars(select(Citation)).all() == []
        assert session.get_one(Answer, end.question_id).text == ""


def test_two_who_ask_at_once_are_both_answered(asked: Library) -> None:
    asked.answerer.model = ScriptedModel(GOOD)
    begun = asked.answerer.ask(administrator(asked), CLAIM)
    two = asked.answerer.ask(administrator(asked), CLAIM)
    firsts = [next(begun), next(begun), next(two), next(two)]
    assert kinds(firsts) == ["Quotes", "Sentence", "Quotes", "Waiting"]
    rest = [*itertools.chain(begun, two)]
    assert [event.status for event in rest if isinstance(event, Done)] == [AnswerStatus.ANSWERED] * 2


def test_a_model_that_turns_in_a_circle_is_stopped_and_struck(asked: Library) -> None:
    end = done(ask(asked, CLAIM, "The claim is " + "closed, closed, " * 200 + "[1]."))
    assert (end.status, [sentence["flaw"] for sentence in end.struck]) == (AnswerStatus.QUOTED, ["no_mark"])
    assert len(end.struck[0]["text"]) < 200


def test_a_small_model_is_given_the_best_quote_alone(asked: Library) -> None:
    asked.answerer.model = model = ScriptedModel(GOOD, small=True)
    end = done(list(asked.answerer.ask(administrator(asked), CLAIM)))
    assert end.status == AnswerStatus.ANSWERED
    prompt = model.requests[0].messages[-1].content
    assert end.quotes[0].text in prompt
    assert not any(quote.text in prompt for quote in end.quotes[1:])
    assert end.quotes[0].text in model.requests[0].grammar
