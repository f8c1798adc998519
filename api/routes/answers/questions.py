"""Search and questions; answers come as server-sent events or as one body."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from api.citations import citations_of, computed_out, place_out
from api.copies import with_copies
from api.deps import AccessDep, LibraryDep, LookUp
from api.errors import REFUSALS
from api.overviews import overview_out
from api.saved_answers import approval_out, saved_answer
from api.streaming import Event, EventStream, encoded
from contract.answers import (
    AnswerOut,
    AskRequest,
    OtherDayOut,
    PastQuestionOut,
    QuestionList,
    QuotesOut,
    SearchAnswer,
    SearchHit,
    StruckOut,
)
from core.access import Access
from core.models import AnswerStatus
from ingest.places import Place
from operations.library import Library
from retrieval.answers import history
from retrieval.answers.events import Done, Quotes
from retrieval.answers.events import Event as AnswerEvent
from retrieval.answers.writing.generation import Sentence, Struck, Waiting
from retrieval.highlight import marked_words
from retrieval.index.filtered import Filters, Sorting, VersionHit, day_of, filtered_search
from retrieval.index.widening import Widening

router = APIRouter(tags=["questions"], responses=REFUSALS)

Item = TypeVar("Item")

EVENTS = """A stream of server-sent events:

- `quotes` {question_id, asked, answers, probability, language, citations, conflicts, computed, faq_id,
  overview, timings_ms}: before the model's first word
- `waiting` {ahead, seconds}: the place in the model's queue
- `sentence` {text, marks}: a sentence that passed the check
- `struck` {text, flaw}: one that did not
- `done`: the whole answer, as the body below
- `error` {code, message, values}
"""


@router.get("/api/search", summary="Search passages", dependencies=[LookUp])
def search_passages(
    library: LibraryDep,
    access: AccessDep,
    q: Annotated[str, Query(description="Words or a question")],
    space: Annotated[list[str] | None, Query(description="Ids of spaces")] = None,
    media_type: Annotated[
        list[str] | None, Query(alias="type", description="Media types of the files")
    ] = None,
    since: Annotated[date | None, Query(description="In force, or uploaded, on this day or later")] = None,
    until: Annotated[date | None, Query(description="In force, or uploaded, on this day or before")] = None,
    sort: Annotated[Sorting, Query(description="best, newest or title")] = Sorting.BEST,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    as_of: Annotated[date | None, Query(description="What was in force that day; else today")] = None,
) -> SearchAnswer:
    """The best passages, by words and by meaning; the filters choose among the best 200."""
    question = library.answerer.check(q)
    began = time.perf_counter()
    widening = library.answerer.widened(access, question, space)
    with library.index.traffic.question(), library.sessions.read() as session:
        hits = filtered_search(
            access,
            session,
            library.index,
            question,
            filters=Filters(media_type, since, until),
            sorting=sort,
            limit=limit,
            at_least=library.settings.passages,
            spaces=space,
            as_of=as_of,
            rank=lambda hits: library.answerer.read(question, hits, widening).hits,
            widening=widening,
        )
    shown = [_hit(question, widening, hit) for hit in hits]
    took = round(1000 * (time.perf_counter() - began), 1)
    return SearchAnswer(hits=shown, widened=widening.words, timings_ms={"search": took})


def _hit(question: str, widening: Widening, described: VersionHit) -> SearchHit:
    hit, version = described.hit, described.version
    return SearchHit(
        document=hit.document.name,
        document_id=hit.document.id,
        title=hit.title,
        space=described.space,
        page=hit.passage.first_page,
        last_page=hit.passage.last_page,
        passage=hit.passage.text,
        heading=hit.passage.heading,
        score=round(hit.score, 4),
        place=place_out(Place(**hit.passage.place)) if hit.passage.place else None,
        marks=marked_words(question, hit.passage.text, widening.words),
        version_id=version.id,
        version=version.number,
        media_type=version.media_type,
        day=day_of(version),
        in_force_from=version.in_force_from,
        in_force_until=version.in_force_until,
    )


@router.post(
    "/api/questions",
    summary="Ask",
    response_model=AnswerOut,
    responses={200: {"content": {"text/event-stream": {}}, "description": EVENTS}},
)
async def ask(library: LibraryDep, access: AccessDep, order: AskRequest) -> Any:
    """Quotes at once, then the model's sentences as each is checked; with `stream` false one body. What is
    looked up waits for its turn, without a thread; what is written has a queue of its own."""
    order = order.model_copy(update={"question": library.answerer.check(order.question)})
    if order.stream:
        return EventStream(
            await _begun(library, access, encoded(_events(library, access, order), "an answer"))
        )
    events = await _begun(library, access, _asked(library, access, order))
    return await run_in_threadpool(_whole, library, access, order, events)


async def _begun(
    library: Library, access: Access, events: Generator[Item, None, None]
) -> Generator[Item, None, None]:
    """Those events, of which the first was made in the asker's turn."""

    def resumed() -> Generator[Item, None, None]:
        try:
            yield first
            yield from events
        finally:
            events.close()

    async with library.lookups.turn(access.user_id):
        first = await run_in_threadpool(next, events)
    return resumed()


def _whole(library: Library, access: Access, order: AskRequest, events: Iterator[AnswerEvent]) -> AnswerOut:
    quotes: Quotes | None = None
    done: Done | None = None
    for event in events:
        if isinstance(event, Quotes):
            quotes = event
        elif isinstance(event, Done):
            done = event
    assert quotes is not None and done is not None
    return _answer(library, access, order, quotes, done)


def _asked(library: Library, access: Access, order: AskRequest) -> Generator[AnswerEvent, None, None]:
    yield from library.answerer.ask(
        access, order.question, spaces=order.spaces, follows=order.follows, as_of=order.as_of
    )


def _events(library: Library, access: Access, order: AskRequest) -> Generator[Event, None, None]:
    quotes: Quotes | None = None
    for event in _asked(library, access, order):
        match event:
            case Quotes():
                quotes = event
                yield "quotes", _quotes(library, access, event).model_dump(mode="json")
            case Waiting():
                yield "waiting", {"ahead": event.ahead, "seconds": round(event.seconds, 1)}
            case Sentence():
                yield "sentence", {"text": event.text, "marks": list(event.marks)}
            case Struck():
                yield "struck", {"text": event.text, "flaw": event.flaw}
            case Done():
                assert quotes is not None
                yield "done", _answer(library, access, order, quotes, event).model_dump(mode="json")


def _quotes(library: Library, access: Access, quotes: Quotes) -> QuotesOut:
    citations = with_copies(library, access, citations_of(library, quotes.quotes))
    return QuotesOut(
        question_id=quotes.question_id,
        asked=quotes.asked,
        answers=quotes.answers,
        probability=round(quotes.probability, 4),
        certainty=quotes.certainty,
        language=quotes.language,
        citations=citations,
        conflicts=quotes.conflicts,
        widened=quotes.widened,
        faq_id=quotes.faq_id,
        timings_ms={name: round(value, 1) for name, value in quotes.timings_ms.items()},
        computed=computed_out(quotes.computed),
        as_of=quotes.as_of,
        overview=overview_out(quotes.overview, whole=len(citations) == len(quotes.quotes)),
        other_days=_other_days(quotes),
        writing=quotes.writing,
    )


def _other_days(quotes: Quotes) -> list[OtherDayOut]:
    return [
        OtherDayOut(
            document_id=other.document.id,
            document=other.document.name,
            title=other.document.title or other.document.name,
            in_force_from=other.first,
            in_force_until=other.last,
            day=other.day,
        )
        for other in quotes.other_days
    ]


def _answer(library: Library, access: Access, order: AskRequest, quotes: Quotes, done: Done) -> AnswerOut:
    citations = with_copies(library, access, citations_of(library, done.quotes))
    answered = done.status != AnswerStatus.NOT_FOUND
    return AnswerOut(
        question_id=done.question_id,
        question=order.question,
        asked=quotes.asked,
        as_of=quotes.as_of,
        status=done.status,
        answer=done.text,
        citations=citations if answered else [],
        nearest=[] if answered else citations,
        probability=round(quotes.probability, 4),
        certainty=quotes.certainty,
        struck=[StruckOut(**struck) for struck in done.struck],
        timings_ms=done.timings_ms,
        model=done.model,
        why=done.why,
        conflicts=quotes.conflicts if answered and len(citations) == len(quotes.quotes) else [],
        widened=quotes.widened,
        other_days=_other_days(quotes),
        writing=done.writing,
        computed=computed_out(done.computed),
        faq_id=done.faq_id,
        approved=approval_out(library, done.faq_id),
        overview=overview_out(done.overview, whole=answered and len(citations) == len(done.quotes)),
        language=quotes.language,
    )


@router.get("/api/questions", summary="Your own questions")
def list_questions(
    library: LibraryDep,
    access: AccessDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    q: Annotated[str, Query(description="Words of the question or its answer", max_length=400)] = "",
) -> QuestionList:
    """Newest first, each with how it was answered."""
    with library.sessions.read() as session:
        rows = history.own_questions(access, session, limit=limit, words=q)
    return QuestionList(
        questions=[
            PastQuestionOut(id=question.id, question=question.text, asked_at=question.asked_at, status=status)
            for question, status in rows
        ]
    )


@router.delete("/api/questions", summary="Delete your own questions", status_code=204)
def forget_all(library: LibraryDep, access: AccessDep) -> None:
    """All of them, with their answers. What was reported of them to managers goes too."""
    with library.sessions.write() as session:
        history.forget_questions(access, session)


@router.delete("/api/questions/{question_id}", summary="Delete one of your questions", status_code=204)
def forget(library: LibraryDep, access: AccessDep, question_id: str) -> None:
    """With its answer, and with what was reported of it."""
    with library.sessions.write() as session:
        history.forget_questions(access, session, question_id)


@router.get("/api/questions/{question_id}", summary="A past answer")
def read_question(library: LibraryDep, access: AccessDep, question_id: str) -> AnswerOut:
    """To your own question; quotes of documents that may not be read any more are left out."""
    with library.sessions.read() as session:
        saved = history.own_answer(access, session, question_id)
    return saved_answer(library, access, saved)
