"""From a question to an answer: quotes at once, then the model's sentences, each checked, then the record.

Everything is told as events, in this order: Quotes; Waiting and Sentence and Struck as they come; Done.
The first is sent before the model is asked. No transaction is open while the model works. Without a model,
or when it dies, the quotes are the answer, and Done says why.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.access import Access
from core.audit import record
from core.db import Sessions
from core.errors import ModelBusy, ModelDied, ModelUnfit, NotFound, QuestionEmpty, QuestionTooLong
from core.models import Answer, AnswerStatus, Citation, Document, Page, Question
from llm.gate import Gate
from llm.model import End, LanguageModel, Order
from retrieval.conflicts import conflicts
from retrieval.evidence import Evidence, Quote, Reading, read_closely
from retrieval.evidence import Question as AskedQuestion
from retrieval.followups import emphasised, standalone
from retrieval.index import SearchIndex
from retrieval.prompts import INSUFFICIENT, answer_grammar, answer_messages
from retrieval.search import Hit, search
from retrieval.text import language_of, query_tokens
from retrieval.verification import MARK, Verdict, verify

ERASED = "document_erased"  # why an answer has no text: what it was written from is gone
CONFLICT = "conflict"  # why no model wrote: the documents do not agree, and no model decides who is right


# The same two to forty characters four times in a row: no sentence of an office says that.
LOOP = re.compile(r"(.{2,40}?)\1{3,}$", re.S)


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
class Waiting:
    """The asker's place in the model's queue."""

    ahead: int
    seconds: float


@dataclass(frozen=True)
class Sentence:
    """A sentence of the model that passed the check, and the quotes it rests on."""

    text: str
    marks: tuple[int, ...]


@dataclass(frozen=True)
class Struck:
    """A sentence of the model that did not pass, and why."""

    text: str
    flaw: str


@dataclass(frozen=True)
class Done:
    """The whole answer as it was saved. `why` is an error's code where a model could not write it."""

    question_id: str
    status: AnswerStatus
    text: str
    quotes: list[Quote]
    struck: list[dict[str, str]]
    timings_ms: dict[str, float]
    model: str
    why: str = ""


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
    ) -> Iterator[Event]:
        """Answer from what is in force on the day `as_of` (None: today); `follows` is the id of the asker's
        question of before, of which this one may leave something out. Raises QuestionEmpty, QuestionTooLong
        or NotFound before the first event."""
        began = time.perf_counter()
        question = self.check(question)
        asked = standalone(question, self._before(access, follows)) if follows else question
        language = language_of(question)
        sought = emphasised(asked) if follows else asked
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

        verdicts: list[Verdict] = []
        why = CONFLICT if disagreeing else ""
        if answers and not disagreeing and self.model is not None:
            if _writes(self.model, language):
                why = yield from self._compose(asked, language, evidence.quotes, verdicts, timings, began)
            else:
                why = "model_language"
        timings["total"] = 1000 * (time.perf_counter() - began)
        done = self._save(access, row.id, evidence, answers, verdicts, why, timings)
        yield done

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

    def _compose(
        self,
        question: str,
        language: str,
        quotes: list[Quote],
        verdicts: list[Verdict],
        timings: dict[str, float],
        began: float,
    ) -> Generator[Event, None, str]:
        """Let the model write and check each sentence; the generator's value says why it could not."""
        model = self.model
        assert model is not None
        texts = [quote.text for quote in quotes]
        try:
            with self.gate.place() as place:
                while not place.wait(1.0):
                    yield Waiting(place.ahead, place.expected_seconds)
                started = time.perf_counter()
                used = self._fitting(model, question, language, quotes)
                if not used:
                    return "prompt_too_long"
                generation = model.generate(
                    Order(
                        answer_messages(question, language, used, secrets.token_hex(4)),
                        max_tokens=self.settings.answer_tokens,
                        grammar=answer_grammar(len(used)),
                        seconds=self.settings.answer_seconds,
                    )
                )
                with contextlib.closing(generation.pieces):
                    for sentence in _finished_sentences(generation.pieces, timings, began):
                        if sentence.strip() == INSUFFICIENT:
                            return "insufficient"
                        verdict = verify(sentence, texts)
                        if any(verdict.text == earlier.text for earlier in verdicts):
                            break  # the model repeats itself: nothing new will come
                        verdicts.append(verdict)
                        if verdict.flaw is None:
                            yield Sentence(verdict.text, verdict.marks)
                        else:
                            yield Struck(verdict.text, verdict.flaw)
                self.gate.took(time.perf_counter() - started)
                if generation.end in (End.DEADLINE, End.LENGTH):
                    return f"model_{generation.end}"
        except (ModelDied, ModelUnfit, ModelBusy) as error:
            return error.code
        return ""

    def _fitting(
        self, model: LanguageModel, question: str, language: str, quotes: list[Quote]
    ) -> list[Quote]:
        """As many of the best quotes as the context has room for, each whole."""
        for count in range(len(quotes), 0, -1):
            messages = answer_messages(question, language, quotes[:count], "0" * 8)
            used = sum(model.count_tokens([message.content for message in messages]))
            # 64: the template's own tokens (measured below 40 for the catalogue's models).
            if used + 64 + self.settings.answer_tokens <= model.context_tokens:
                return quotes[:count]
        return []

    def _save(
        self,
        access: Access,
        question_id: str,
        evidence: Evidence,
        answers: bool,
        verdicts: list[Verdict],
        why: str,
        timings: dict[str, float],
    ) -> Done:
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
            model = self.model.name if self.model is not None else "none"
            rounded = {name: round(value, 1) for name, value in timings.items()}
            session.add(
                Answer(
                    question_id=question_id,
                    status=status,
                    text=text,
                    model=model,
                    why=why,
                    probability=evidence.probability,
                    struck=struck,
                    timings_ms=rounded,
                )
            )
            session.flush()
            if status != AnswerStatus.NOT_FOUND:
                session.add_all(_citations(question_id, quotes))
            record(session, access.user_id, "question.answered", question_id, status=str(status))
        return Done(question_id, status, text, quotes, struck, rounded, model, why)


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


def _finished_sentences(pieces: Iterator[str], timings: dict[str, float], began: float) -> Iterator[str]:
    """Cut the stream after each sentence's marks; what is unfinished at the end is dropped.

    A sentence without any mark at the end of the stream is handed on, to be struck and counted.
    """
    held = ""
    for piece in pieces:
        timings.setdefault("first_token", 1000 * (time.perf_counter() - began))
        held += piece
        if LOOP.search(held):
            if isinstance(pieces, Generator):
                pieces.close()  # the model turns in a circle: it is stopped, what it said is struck
            break
        while (cut := _after_marks(held)) is not None:
            yield held[:cut]
            held = held[cut:]
    if held.strip(" .。"):
        yield held


def _after_marks(text: str) -> int | None:
    """Where the first sentence with its marks ends, once what follows shows that no mark follows."""
    match = MARK.search(text)
    while match is not None:
        at = match.end()
        if at == len(text) or text[at:].isspace():
            return None
        following = MARK.match(text, at)
        if following is None:
            if text[at] == "[":
                return None
            return at + 1 if text[at] in ".。" else at
        match = following
    return None
