"""From a question to an answer: quotes at once, then the model's sentences, each checked, then the record.

Everything is told as events, in this order: Quotes; Waiting and Sentence and Struck as they come; Done.
The first is sent before the model is asked. No transaction is open while the model works. Without a model,
or when it dies, the quotes are the answer, and Done says why.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import update

from contract.values import Certainty
from core.access import Access
from core.audit import record
from core.db import Sessions
from core.errors import QuestionEmpty, QuestionTooLong
from core.models import Answer, AnswerStatus, Faq, Question, today
from language.terms import Terms
from language.tokens import normalised, query_tokens
from llm.gate import Gate
from llm.model import LanguageModel
from llm.reranker import Reranker
from retrieval.answers.cache import AnswerCache, Kept, Key, loaded_again
from retrieval.answers.conflicts import conflicts
from retrieval.answers.conversation import Turn
from retrieval.answers.ended import AnsweredThen, answered_then, shown_instead
from retrieval.answers.events import COMPUTED, CONFLICT, ERASED, Done, Event, Quotes
from retrieval.answers.followups import emphasised
from retrieval.answers.injection import speaks_to_machine
from retrieval.answers.observed import observed
from retrieval.answers.overviews import Overviews
from retrieval.answers.question_translation import FoundInTranslation, Translator, found_in_translation
from retrieval.answers.quoted import citations_of, stands_on_its_pages, still_there
from retrieval.answers.request import AnswerRequest, question_row
from retrieval.answers.writing.generation import (
    Limits,
    SamplingOptions,
    Sentence,
    Struck,
    Writing,
    generate_answer,
)
from retrieval.answers.writing.prompts import PROMPT_VERSION, other_language
from retrieval.answers.writing.translation import translating
from retrieval.answers.writing.verification import Verdict
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.ranking import PASSAGES_READ, Reading, read_closely, weights_for
from retrieval.evidence.surroundings import Surroundings, surroundings
from retrieval.evidence.types import Evidence
from retrieval.evidence.unit_values import shown_of
from retrieval.faq.faqs import FaqMatch, match
from retrieval.index.index import SearchIndex
from retrieval.index.other_days import OtherDay, of_other_days
from retrieval.index.search import Hit, search
from retrieval.index.widening import NOT_WIDENED, Widening
from retrieval.overview.answering import Differences, no_differences
from retrieval.overview.types import overview_of
from retrieval.tables.computing import asks_a_figure, compute, with_computed

OTHER_DAYS = 2  # documents that are not in force and that a refused question is tried on
SPARE = 3  # quotes beyond those that are shown, for those that are no evidence
# What a model gave up for may be otherwise the next time; these answers stand.
LASTING = frozenset({"", "computed", "conflict", "insufficient", "model_language", "other_language"})


@dataclass(frozen=True)
class AnsweringSettings:
    """How answers are made; see `core.settings` for the meaning of each."""

    passages: int = 40
    quotes: int = 3
    refusal_threshold: float = 0.25
    answer_tokens: int = 320
    answer_seconds: float = 90.0
    translated_answers: str = "auto"
    question_characters: int = 4000
    keep_questions: bool = True  # their texts, and what a model wrote to them
    question_tag: Callable[[str], str] | None = None  # a keyed hash of a text, for the log


@dataclass
class Answerer:
    """Answers questions over one library. `model` None means quotes alone."""

    sessions: Sessions
    index: SearchIndex
    gate: Gate
    settings: AnsweringSettings = field(default_factory=AnsweringSettings)
    model: LanguageModel | None = None
    cache: AnswerCache = field(default_factory=lambda: AnswerCache(256))
    reranker: Reranker | None = None
    differences: Differences = no_differences  # between two versions of a document
    # The words of the company, of the spaces that are read and looked in.
    glossaries: Callable[[Access, Collection[str] | None], Sequence[Terms]] = lambda access, spaces: ()
    # Questions that are looked up at once: one for each core. More would be worked on side by side, and all
    # of them be there when the last one is.
    places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(os.cpu_count() or 1))

    @property
    def overviews(self) -> Overviews:
        """Makes summaries, comparisons and cards over this library."""
        return Overviews(self.sessions, self.index, self.places, self.differences)

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

    def widened(self, access: Access, question: str, spaces: Collection[str] | None = None) -> Widening:
        """What else a question is looked up with, by the words of the spaces that are looked in."""
        return self.index.widened(question, self.glossaries(access, spaces))

    def read(
        self,
        question: str,
        hits: Sequence[Hit],
        widening: Widening = NOT_WIDENED,
        around: Mapping[str, Surroundings] | None = None,
    ) -> Reading:
        """Those hits in the order of what their sentences say; `around` are the passages beside them."""
        sought = [*query_tokens(question), *widening.tokens]
        frequencies, total = self.index.keywords.document_frequencies(sought)
        judged = None
        if self.reranker is not None:
            judged = self.reranker.scores(question, [hit.passage.text for hit in hits[:PASSAGES_READ]])
        embedder = self.index.embedder
        by_meaning = embedder is not None and any(hit.meaning for hit in hits)
        return read_closely(
            AskedQuestion.parse(question, frequencies, total, widening),
            hits,
            judged,
            around=around,
            weights=weights_for(embedder.name if embedder is not None and by_meaning else ""),
        )

    def evidence(
        self,
        access: Access,
        question: str,
        *,
        spaces: Collection[str] | None = None,
        as_of: date | None = None,
        documents: Collection[str] | None = None,
        computed_for: str = "",
    ) -> tuple[Evidence, list[Hit], dict[str, float]]:
        """The evidence with every quote verified on its page, the hits, and how long each took in ms,
        the wait for others' questions included. `computed_for` is the question as tables are asked it, where
        it is another than is looked up."""
        began = time.perf_counter()
        widening = self.widened(access, question, spaces)
        with self.places, self.index.traffic.question(), self.sessions.read() as session:
            hits = search(
                access,
                session,
                self.index,
                question,
                limit=self.settings.passages,
                spaces=spaces,
                as_of=as_of,
                widening=widening,
                documents=documents,
            )
            searched = time.perf_counter()
            around = surroundings(access, session, hits, as_of)
            reading = self.read(question, hits, widening, around)
            best = reading.evidence(self.settings.quotes + SPARE)
            quotes = [
                quote
                for quote in best.quotes
                if not speaks_to_machine(quote.text) and stands_on_its_pages(session, quote)
            ][: self.settings.quotes]
            quotes = quotes[: shown_of(reading.question, quotes)]
            evidence = Evidence(quotes, best.probability if quotes else 0.0)
            computation = compute(access, session, computed_for or question, reading.hits, as_of)
            if computation is not None and stands_on_its_pages(session, computation.quote):
                evidence = with_computed(evidence, computation)
        timings = {
            "search": 1000 * (searched - began),
            "evidence": 1000 * (time.perf_counter() - began),
        }
        return evidence, reading.hits, timings

    def ask(
        self,
        access: Access,
        question: str,
        *,
        spaces: Collection[str] | None = None,
        follows: str | None = None,
        as_of: date | None = None,
        turns: Sequence[Turn] = (),
        options: SamplingOptions | None = None,
        documents: Collection[str] | None = None,
    ) -> Iterator[Event]:
        """Answer from what is in force on the day `as_of` (None: that of the question before, or today);
        `follows` is the id of the asker's earlier question, of which this one may leave something out, or
        `turns` are the conversation as a program tells it; `documents` (ids) are the only ones that may be
        used, of those that may be read, and then no approved answer is given. Raises QuestionEmpty,
        QuestionTooLong or NotFound before the first event. Work in the background gives way meanwhile."""
        with self.index.traffic.question():
            asked = AnswerRequest(self.check(question), spaces, follows, as_of, turns, options, documents)
            yield from observed(self._ask(access, asked))

    def _ask(self, access: Access, request: AnswerRequest) -> Iterator[Event]:
        began = time.perf_counter()
        row = question_row(self.sessions, access, request)
        asked, as_of = row.standalone, row.as_of
        if as_of is None and request.documents is None:  # an approved answer is today's, of every document
            with self.sessions.read() as session:
                approved = match(access, session, asked, today=today(), spaces=request.spaces)
            if approved is not None:
                yield from self._approved(access, approved, row, began)
                return
        sought = emphasised(asked) if request.follows or request.turns else asked
        key = self._key(access, sought, request, as_of or today())
        kept = self._kept(access, key, as_of) if request.plain else None
        model, translation = self.model, ""  # another may take its place while this one writes
        translator = Translator.of(model, self.gate, access.user_id)
        if kept is None:
            evidence, hits, timings = self.evidence(
                access, sought, spaces=request.spaces, as_of=as_of, documents=request.documents,
                computed_for=asked,
            )  # fmt: skip
            if evidence.computed is None:
                there = replace(request, as_of=as_of)
                elsewhere = self._in_translation(access, asked, there, evidence, hits, translator)
                if elsewhere is not None:
                    evidence, hits, translation = elsewhere.evidence, elsewhere.hits, elsewhere.question
                    timings["evidence"] = 1000 * (time.perf_counter() - began)
                evidence = self.overviews.of(access, translation or sought, hits, evidence, timings)
        else:
            hits, translation = [], kept.translation
            evidence, spent = kept.evidence, 1000 * (time.perf_counter() - began)
            timings = {"search": spent, "evidence": spent}
        others: list[AnsweredThen] = []
        lacks_a_figure = evidence.computed is None and overview_of(evidence) is None and asks_a_figure(asked)
        refused = evidence.certainty(self.settings.refusal_threshold) is Certainty.NONE
        if (refused or lacks_a_figure) and as_of is None and request.documents is None:
            others = self._of_other_days(access, asked, sought, request)
            ended = shown_instead(others, computed=not refused)
            if ended is not None:
                evidence, row.as_of = ended.in_doubt, ended.other.day
            others = [ended] if ended is not None else others if refused else []
        certainty = evidence.certainty(self.settings.refusal_threshold)
        answers = certainty is not Certainty.NONE
        overview, computed = overview_of(evidence), evidence.computed
        whole = overview is not None or computed is not None  # sides and sections may well differ
        disagreeing = conflicts(asked, evidence.quotes) if answers and not whole else []
        writes = kept is None and model is not None and answers and not disagreeing and computed is None
        question_id = self._write_question(row)
        yield Quotes(
            question_id, asked, evidence.quotes, evidence.probability, answers, row.language, timings,
            disagreeing, as_of=row.as_of, certainty=certainty,
            widened=[
                *([translation] if translation else []),
                *self.widened(access, sought, request.spaces).words,
            ],
            hits=hits, overview=overview, computed=computed,
            other_days=[then.other for then in others], writing=writes,
        )  # fmt: skip

        written = (
            replace(kept.written)
            if kept
            else Writing(why=CONFLICT if disagreeing else COMPUTED if computed else "")
        )
        if kept is not None:
            yield from (_told(verdict) for verdict in written.verdicts)
        elif model is not None:
            written.model = model.name
            if writes:
                yield from self._write(model, access, row, request, evidence, written, timings, began)
        timings["total"] = 1000 * (time.perf_counter() - began)
        done = self._save(access, question_id, evidence, answers, written, timings)
        missed = translator.failed if translator is not None else model is not None  # that was not ready
        if request.plain and done.why in LASTING and row.as_of == as_of and not missed:
            self.cache.keep(key, Kept(evidence, written, translation))
        yield done

    def _in_translation(
        self,
        access: Access,
        asked: str,
        request: AnswerRequest,
        evidence: Evidence,
        hits: Sequence[Hit],
        translator: Translator | None,
    ) -> FoundInTranslation | None:
        """What documents in other languages answer, where the model can ask in them."""
        if translator is None:
            return None

        def look_up(translation: str) -> tuple[Evidence, list[Hit]]:
            return self.evidence(
                access, emphasised(translation) if request.follows else translation, spaces=request.spaces,
                as_of=request.as_of, documents=request.documents, computed_for=translation,
            )[:2]  # fmt: skip

        least = self.settings.refusal_threshold
        return found_in_translation(translator, asked, hits, evidence, least, look_up)

    def _of_other_days(
        self, access: Access, asked: str, sought: str, request: AnswerRequest
    ) -> list[AnsweredThen]:
        """What documents that are not in force today say to the question as of a day when they are."""
        widening = self.widened(access, sought, request.spaces)
        with self.places, self.sessions.read() as session:
            near = of_other_days(
                access,
                session,
                self.index,
                sought,
                limit=OTHER_DAYS,
                spaces=request.spaces,
                widening=widening,
            )

        def then(other: OtherDay) -> Evidence:
            return self.evidence(
                access, sought, spaces=request.spaces, as_of=other.day, documents=[other.document.id],
                computed_for=asked,
            )[0]  # fmt: skip

        return answered_then(near, then, self.settings.refusal_threshold)

    def _write(
        self,
        model: LanguageModel,
        access: Access,
        row: Question,
        request: AnswerRequest,
        evidence: Evidence,
        written: Writing,
        timings: dict[str, float],
        began: float,
    ) -> Iterator[Event]:
        """The model's part, where it writes the question's language."""
        if model.languages and row.language not in model.languages:
            written.why = "model_language"
            return
        # What answers is in the first quote; a model would take what it can write from a worse one.
        quoted, embedder = other_language(evidence.quotes[0], row.language), self.index.embedder
        how = translating(quoted, row.language, embedder, self.settings.translated_answers)
        if quoted and how is None:
            written.why = "other_language"
            return
        limits = Limits(self.settings.answer_tokens, self.settings.answer_seconds)
        asked_at = time.perf_counter()
        yield from generate_answer(
            model, self.gate, access.user_id, row.standalone, row.language, evidence.quotes, limits,
            written, probability=evidence.probability, turns=request.turns, options=request.options,
            translating=how,
        )  # fmt: skip
        if written.first_token_ms is not None:
            timings["first_token"] = 1000 * (asked_at - began) + written.first_token_ms

    def _approved(self, access: Access, approved: FaqMatch, row: Question, began: float) -> Iterator[Event]:
        """An approved answer, with the quotes that it rests on."""
        spent = 1000 * (time.perf_counter() - began)
        timings = {"search": spent, "evidence": spent}
        faq, marks = approved.faq, tuple(range(1, len(approved.quotes) + 1))
        question_id = self._write_question(row)
        yield Quotes(
            question_id,
            row.standalone,
            approved.quotes,
            1.0,
            True,
            row.language,
            timings,
            faq_id=faq.id,
            certainty=Certainty.SURE,
        )
        yield Sentence(faq.answer, marks)
        timings["total"] = 1000 * (time.perf_counter() - began)
        written = Writing(verdicts=[Verdict(faq.answer, marks, None)])
        yield self._save(access, question_id, Evidence(approved.quotes, 1.0), True, written, timings, faq.id)

    def _key(self, access: Access, sought: str, request: AnswerRequest, day: date) -> Key:
        spaces, documents = request.spaces, request.documents
        return Key(
            normalised(sought),
            access.fingerprint,
            None if spaces is None else frozenset(spaces),
            day,
            self.index.generation,
            self.model.name if self.model is not None else "",
            PROMPT_VERSION,
            None if documents is None else frozenset(documents),
        )

    def _kept(self, access: Access, key: Key, as_of: date | None) -> Kept | None:
        """What was answered under that key, its quotes loaded through this access and seen on their pages
        once more; None where there is nothing or a quote does not come through."""
        kept = self.cache.find(key)
        if kept is None:
            return None
        with self.sessions.read() as session:
            overview = overview_of(kept.evidence)
            if overview is not None and overview.records:
                return None  # what the records say may have changed without any passage
            quotes = loaded_again(access, session, kept.evidence.quotes, as_of)
            if quotes is None or not all(stands_on_its_pages(session, quote) for quote in quotes):
                return None
        return replace(kept, evidence=replace(kept.evidence, quotes=quotes))

    def _write_question(self, row: Question) -> str:
        tag = self.settings.question_tag
        detail = {"question_hash": tag(row.text)} if tag is not None else {}
        if not self.settings.keep_questions:
            row = Question(
                user_id=row.user_id, text="", standalone="", follows=row.follows, language=row.language,
                spaces=row.spaces, as_of=row.as_of,
            )  # fmt: skip
        with self.sessions.write() as session:
            session.add(row)
            session.flush()
            record(session, row.user_id, "question.asked", row.id, **detail)
            return row.id

    def _save(
        self,
        access: Access,
        question_id: str,
        evidence: Evidence,
        answers: bool,
        written: Writing,
        timings: dict[str, float],
        faq_id: str | None = None,
    ) -> Done:
        verdicts, why, overview = written.verdicts, written.why, overview_of(evidence)
        with self.sessions.write() as session:
            quotes = still_there(session, evidence.quotes)
            if len(quotes) < len(evidence.quotes):  # what was written from an erased document goes with it
                verdicts, answers, why, overview = [], answers and bool(quotes), ERASED, None
                evidence = replace(evidence, computed=None)
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
            if faq_id is not None:
                session.execute(update(Faq).where(Faq.id == faq_id).values(served=Faq.served + 1))
            rounded = {name: round(value, 1) for name, value in timings.items()}
            session.add(
                Answer(
                    question_id=question_id,
                    status=status,
                    text=text if self.settings.keep_questions else "",
                    model=written.model,
                    why=why,
                    writing=written.record(),
                    faq_id=faq_id,
                    probability=evidence.probability,
                    certainty=evidence.certainty(self.settings.refusal_threshold) if answers else "",
                    struck=struck if self.settings.keep_questions else [],
                    overview=overview.packed() if overview else {},
                    timings_ms=rounded,
                    computed=evidence.computed.packed()
                    if evidence.computed is not None and self.settings.keep_questions
                    else {},
                )
            )
            session.flush()
            session.add_all(citations_of(question_id, quotes))  # of one that was not found: the nearest
            read = sorted({quote.hit.document.id for quote in quotes})
            record(
                session, access.user_id, "question.answered", question_id, status=str(status), documents=read
            )
        return Done(
            question_id, status, text, quotes, struck, rounded, written.model, why, written.record(), faq_id,
            overview, evidence.computed,
        )  # fmt: skip


def _told(verdict: Verdict) -> Sentence | Struck:
    if verdict.flaw is None:
        return Sentence(verdict.text, verdict.marks)
    return Struck(verdict.text, verdict.flaw)
