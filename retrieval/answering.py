"""From a question to an answer: quotes at once, then the model's sentences, each checked, then the record.

Everything is told as events, in this order: Quotes; Waiting and Sentence and Struck as they come; Done.
The first is sent before the model is asked. No transaction is open while the model works. Without a model,
or when it dies, the quotes are the answer, and Done says why.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.access import Access
from core.audit import record
from core.db import Sessions
from core.errors import NotFound, QuestionEmpty, QuestionTooLong
from core.models import Answer, AnswerStatus, Citation, Document, Page, Question
from llm.gate import Gate
from llm.model import LanguageModel
from retrieval.composing import Limits, Sentence, Struck, Waiting, Wishes, Writing, compose
from retrieval.conflicts import conflicts
from retrieval.conversation import Turn
from retrieval.evidence import Evidence, Quote, Reading, read_closely
from retrieval.evidence import Question as AskedQuestion
from retrieval.followups import emphasised, standalone
from retrieval.index import SearchIndex
from retrieval.search import Hit, search
from retrieval.text import language_of, query_tokens

ERASED = "document_erased"  # why an answer has no text: what it was written from is gone
CONFLICT = "conflict"  # why no model wrote: the documents do not agree, and no model decides who is right


@dataclass(frozen=True)
class AnsweringSettings:
    """How answers are made; see `core.settings` for the meaning of each."""

    passages: int = 40
    quotes: int = 3
    refusal_threshold: float = 0.4
    answer_tokens: int = 220
    answer_seconds: float = 90.0
    question_characters: int = 4000


@dataclass(frozen=True)
class Quotes:
    """The evidence, checked against the pages. `answers` is False where the documents do not answer:
    then the quotes are the nearest that there is. `asked` is the question as it was looked up, whole where
    it was a follow-up; `conflicts` are pairs of marks whose quotes do not agree."""

    question_id: str
    asked: str
    quotes: list[Quote]
    probability: float
    answers: bool
    language: str
    timings_ms: dict[str, float]
    conflicts: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Done:
    """The whole answer as it was saved. `why` is an error's code where a model could not write it; `writing`
    counts its tokens and says what of the quotes and the conversation had no room."""

    question_id: str
    status: AnswerStatus
    text: str
    quotes: list[Quote]
    struck: list[dict[str, str]]
    timings_ms: dict[str, float]
    model: str
    why: str = ""
    writing: dict[str, Any] = field(default_factory=dict)


Event = Quotes | Waiting | Sentence | Struck | Done


@dataclass
class Answerer:
    """Answers questions over one library. `model` None means quotes alone."""

    sessions: Sessions
    index: SearchIndex
    gate: Gate
    settings: AnsweringSettings = field(default_factory=AnsweringSettings)
    model: LanguageModel | None = None

    def check(self, question: str) -> str:
        """The question, trimmed, without halves of characters that no text can hold. Raises QuestionEmpty
        or QuestionTooLong."""
        question = question.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
        if not question:
            raise QuestionEmpty
        limit = self.settings.question_characters
        if len(question) > limit:
            raise QuestionTooLong(length=len(question), limit=limit)
        return question

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Those hits in the order of what their sentences say."""
        frequencies, total = self.index.keywords.document_frequencies(query_tokens(question))
        return read_closely(AskedQuestion.parse(question, frequencies, total), hits)

    def evidence(
        self,
        access: Access,
        question: str,
        *,
        spaces: Collection[str] | None = None,
        as_of: date | None = None,
    ) -> tuple[Evidence, list[Hit], dict[str, float]]:
        """The evidence with every quote verified on its page, the hits, and how long each took in ms."""
        began = time.perf_counter()
        with self.sessions.read() as session:
            hits = search(
                access,
                session,
                self.index,
                question,
                limit=self.settings.passages,
                spaces=spaces,
                as_of=as_of,
            )
            searched = time.perf_counter()
            reading = self.read(question, hits)
            found = reading.evidence(self.settings.quotes)
            quotes = [quote for quote in found.quotes if _stands_on_its_page(session, quote)]
        timings = {
            "search": 1000 * (searched - began),
            "evidence": 1000 * (time.perf_counter() - began),
        }
        return Evidence(quotes, found.probability if quotes else 0.0), reading.hits, timings

    def ask(
        self,
        access: Access,
        question: str,
        *,
        spaces: Collection[str] | None = None,
        follows: str | None = None,
        as_of: date | None = None,
        turns: Sequence[Turn] = (),
        wishes: Wishes | None = None,
    ) -> Iterator[Event]:
        """Answer from what is in force on the day `as_of` (None: today); `follows` is the id of the asker's
        question of before, of which this one may leave something out, or `turns` are the conversation as a
        program tells it. Raises QuestionEmpty, QuestionTooLong or NotFound before the first event."""
        began = time.perf_counter()
        question = self.check(question)
        before = self._before(access, follows) if follows else ""
        for turn in turns:
            before = standalone(turn.question, before) if before else turn.question
        asked = standalone(question, before) if before else question
        language = language_of(question)
        sought = emphasised(asked) if follows or turns else asked
        evidence, _, timings = self.evidence(access, sought, spaces=spaces, as_of=as_of)
        answers = bool(evidence.quotes) and evidence.probability >= self.settings.refusal_threshold
        disagreeing = conflicts(asked, evidence.quotes) if answers else []
        row = Question(
            user_id=access.user_id,
            text=question,
            standalone=asked,
            follows=follows,
            language=language,
            as_of=as_of,
        )
        with self.sessions.write() as session:
            session.add(row)
            session.flush()
            record(session, access.user_id, "question.asked", row.id)
        yield Quotes(
            row.id, asked, evidence.quotes, evidence.probability, answers, language, timings, disagreeing
        )

        written = Writing(why=CONFLICT if disagreeing else "")
        model = self.model  # another may take its place while this one writes
        if model is not None:
            written.model = model.name
        if answers and not disagreeing and model is not None:
            if _writes(model, language):
                limits = Limits(self.settings.answer_tokens, self.settings.answer_seconds)
                asked_at = time.perf_counter()
                yield from compose(
                    model, self.gate, access.user_id, asked, language, evidence.quotes, limits, written,
                    turns=turns, wishes=wishes,
                )  # fmt: skip
                if written.first_token_ms is not None:
                    timings["first_token"] = 1000 * (asked_at - began) + written.first_token_ms
            else:
                written.why = "model_language"
        timings["total"] = 1000 * (time.perf_counter() - began)
        yield self._save(access, row.id, evidence, answers, written, timings)

    def _before(self, access: Access, question_id: str) -> str:
        """The asker's own earlier question, as it stands alone. Raises NotFound."""
        with self.sessions.read() as session:
            row = session.execute(
                select(Question.standalone, Question.text).where(
                    Question.id == question_id, Question.user_id == access.user_id
                )
            ).one_or_none()
        if row is None:
            raise NotFound(what="question", name=question_id)
        return str(row.standalone or row.text)

    def _save(
        self,
        access: Access,
        question_id: str,
        evidence: Evidence,
        answers: bool,
        written: Writing,
        timings: dict[str, float],
    ) -> Done:
        verdicts, why = written.verdicts, written.why
        with self.sessions.write() as session:
            quotes = _left(session, evidence.quotes)
            if len(quotes) < len(evidence.quotes):  # what was written from an erased document goes with it
                verdicts, answers, why = [], answers and bool(quotes), ERASED
            standing = [verdict for verdict in verdicts if verdict.stands]
            struck = [
                {"text": verdict.text, "flaw": str(verdict.flaw), "detail": verdict.detail}
                for verdict in verdicts
                if not verdict.stands
            ]
            text = " ".join(
                f"{verdict.text} {''.join(f'[{mark}]' for mark in verdict.marks)}" for verdict in standing
            )
            if standing:
                status = AnswerStatus.ANSWERED
            else:
                status = AnswerStatus.QUOTED if answers else AnswerStatus.NOT_FOUND
            rounded = {name: round(value, 1) for name, value in timings.items()}
            session.add(
                Answer(
                    question_id=question_id,
                    status=status,
                    text=text,
                    model=written.model,
                    why=why,
                    writing=written.record(),
                    probability=evidence.probability,
                    struck=struck,
                    timings_ms=rounded,
                )
            )
            session.flush()
            if status != AnswerStatus.NOT_FOUND:
                session.add_all(_citations(question_id, quotes))
            record(session, access.user_id, "question.answered", question_id, status=str(status))
        return Done(question_id, status, text, quotes, struck, rounded, written.model, why, written.record())


def _left(session: Session, quotes: list[Quote]) -> list[Quote]:
    """Those quotes whose documents are still there."""
    ids = {quote.hit.document.id for quote in quotes}
    there = set(session.scalars(select(Document.id).where(Document.id.in_(ids))))
    return [quote for quote in quotes if quote.hit.document.id in there]


def _citations(question_id: str, quotes: list[Quote]) -> list[Citation]:
    return [
        Citation(
            question_id=question_id,
            mark=mark,
            document_id=quote.hit.document.id,
            version_id=quote.hit.passage.version_id,
            passage_id=quote.hit.passage.id,
            page=quote.page,
            start=quote.start,
            end=quote.end,
            quote=quote.text,
            score=quote.score,
        )
        for mark, quote in enumerate(quotes, start=1)
    ]


def _writes(model: LanguageModel, language: str) -> bool:
    return not model.languages or language in model.languages


def _stands_on_its_page(session: Session, quote: Quote) -> bool:
    """The promise of the whole product: the quote is that page's text at that place, to the letter."""
    length = quote.end - quote.start
    text = session.scalar(
        select(func.substr(Page.text, quote.start + 1, length)).where(
            Page.version_id == quote.hit.passage.version_id, Page.number == quote.page
        )
    )
    return bool(length > 0 and text == quote.text)
