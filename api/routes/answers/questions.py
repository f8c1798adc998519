"""Search and questions; answers come as server-sent events or as one body."""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections.abc import Generator, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.types import Receive, Scope, Send

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from api.routes.answers.feedback import feedback_out
from contract.answers import (
    AnswerOut,
    AskRequest,
    CitationOut,
    PastQuestionOut,
    QuestionList,
    QuotesOut,
    SearchAnswer,
    SearchHit,
    StretchOut,
    StruckOut,
)
from contract.documents import PlaceOut
from contract.values import Certainty
from core import access as access_rules
from core.access import Access
from core.errors import NotFound, ShokoError
from core.models import (
    Answer,
    AnswerStatus,
    Citation,
    Document,
    Feedback,
    Page,
    Passage,
    Question,
    Space,
    Version,
)
from ingest.pages import Block, marked_boxes
from ingest.places import Place, place_in
from operations.library import Library
from retrieval.answers.answerer import CONFLICT, Done, Quotes
from retrieval.answers.conflicts import disagree
from retrieval.answers.generation import Sentence, Struck, Waiting
from retrieval.evidence.types import Quote, Stretch
from retrieval.evidence.units import UnitKind
from retrieval.highlight import marked_words
from retrieval.index.search import Hit, search

router = APIRouter(tags=["questions"], responses=REFUSALS)
log = logging.getLogger("shoko.api")
ON_PAGE = (Page.boxes, Page.width, Page.height, Page.source, Page.kind, Page.name, Page.blocks,
           Version.number, Version.in_force_from, Version.in_force_until)  # fmt: skip
MOST_FOUND = 200  # passages among which the filters of a search choose


class Sorting(StrEnum):
    """The order of what a search found."""

    BEST = "best"
    NEWEST = "newest"
    TITLE = "title"


EVENTS = """A stream of server-sent events:

- `quotes` {question_id, asked, answers, probability, language, citations, conflicts, faq_id, timings_ms}:
  before the model's first word
- `waiting` {ahead, seconds}: the place in the model's queue
- `sentence` {text, marks}: a sentence that passed the check
- `struck` {text, flaw}: one that did not
- `done`: the whole answer, in the shape of the body below
- `error` {code, message, values}
"""


@router.get("/api/search", summary="Search passages")
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
    filtered = media_type is not None or since is not None or until is not None
    with library.index.traffic.question(), library.sessions.read() as session:
        found = search(
            access,
            session,
            library.index,
            question,
            limit=MOST_FOUND if filtered else max(limit, library.settings.passages),
            spaces=space,
            as_of=as_of,
        )
        hits = library.answerer.read(question, found).hits
        names = {row.id: row.name for row in session.scalars(select(Space))}
        versions = _versions_of(session, hits)
    if media_type is not None:
        hits = [hit for hit in hits if versions[hit.passage.version_id].media_type in media_type]
    if since is not None:
        hits = [hit for hit in hits if day_of(versions[hit.passage.version_id]) >= since]
    if until is not None:
        hits = [hit for hit in hits if day_of(versions[hit.passage.version_id]) <= until]
    hits = hits[:limit]
    if sort is Sorting.NEWEST:
        hits.sort(key=lambda hit: day_of(versions[hit.passage.version_id]), reverse=True)
    elif sort is Sorting.TITLE:
        hits.sort(key=lambda hit: (hit.title.casefold(), hit.passage.ordinal))
    shown = [
        SearchHit(
            document=hit.document.name,
            document_id=hit.document.id,
            title=hit.title,
            space=names[hit.document.space_id],
            page=hit.passage.first_page,
            last_page=hit.passage.last_page,
            passage=hit.passage.text,
            heading=hit.passage.heading,
            score=round(hit.score, 4),
            place=_place_out(Place(**hit.passage.place)) if hit.passage.place else None,
            marks=marked_words(question, hit.passage.text),
            version_id=hit.passage.version_id,
            version=versions[hit.passage.version_id].number,
            media_type=versions[hit.passage.version_id].media_type,
            day=day_of(versions[hit.passage.version_id]),
            in_force_from=versions[hit.passage.version_id].in_force_from,
            in_force_until=versions[hit.passage.version_id].in_force_until,
        )
        for hit in hits
    ]
    return SearchAnswer(hits=shown, timings_ms={"search": _ms(began)})


def _versions_of(session: Session, hits: Sequence[Hit]) -> dict[str, Version]:
    ids = {hit.passage.version_id for hit in hits}
    return {version.id: version for version in session.scalars(select(Version).where(Version.id.in_(ids)))}


def day_of(version: Version) -> date:
    """The day by which a person looks for a version: since when it is in force, else its upload."""
    return version.in_force_from or version.created_at.astimezone().date()


@router.post(
    "/api/questions",
    summary="Ask",
    response_model=AnswerOut,
    responses={200: {"content": {"text/event-stream": {}}, "description": EVENTS}},
)
def ask(library: LibraryDep, access: AccessDep, order: AskRequest) -> Any:
    """Quotes at once, then the model's sentences as each is checked; with `stream` false one body."""
    order = order.model_copy(update={"question": library.answerer.check(order.question)})
    if order.stream:
        return EventStream(_events(library, access, order))
    done: Done | None = None
    quotes: Quotes | None = None
    for event in library.answerer.ask(
        access, order.question, spaces=order.spaces, follows=order.follows, as_of=order.as_of
    ):
        if isinstance(event, Quotes):
            quotes = event
        elif isinstance(event, Done):
            done = event
    assert done is not None and quotes is not None
    return _answer(library, order, quotes, done)


class EventStream(StreamingResponse):
    """A stream of events whose generator is closed when the asker leaves: left to itself it would hold its
    place before the model until Python happens to collect it."""

    def __init__(self, events: Generator[str, None, None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self.events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events, to their end or to the asker's."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self.events.close)


def _events(library: Library, access: Access, order: AskRequest) -> Generator[str, None, None]:
    quotes: Quotes | None = None
    try:
        for event in library.answerer.ask(
            access, order.question, spaces=order.spaces, follows=order.follows, as_of=order.as_of
        ):
            match event:
                case Quotes():
                    quotes = event
                    shown = QuotesOut(
                        question_id=event.question_id,
                        asked=event.asked,
                        answers=event.answers,
                        probability=round(event.probability, 4),
                        certainty=event.certainty,
                        language=event.language,
                        citations=citations_of(library, event.quotes),
                        conflicts=event.conflicts,
                        faq_id=event.faq_id,
                        timings_ms={name: round(value, 1) for name, value in event.timings_ms.items()},
                        as_of=event.as_of,
                    )
                    yield event_text("quotes", shown.model_dump(mode="json"))
                case Waiting():
                    yield event_text("waiting", {"ahead": event.ahead, "seconds": round(event.seconds, 1)})
                case Sentence():
                    yield event_text("sentence", {"text": event.text, "marks": list(event.marks)})
                case Struck():
                    yield event_text("struck", {"text": event.text, "flaw": event.flaw})
                case Done():
                    assert quotes is not None
                    body = _answer(library, order, quotes, event).model_dump(mode="json")
                    yield event_text("done", body)
    except ShokoError as error:
        yield event_text("error", {"code": error.code, "message": str(error), "values": error.values})
    except Exception as error:  # the stream has begun: nobody else can tell the asker
        log.exception("an answer broke off")
        told = ShokoError()
        yield event_text(
            "error", {"code": told.code, "message": str(told), "values": {"kind": type(error).__name__}}
        )


def event_text(name: str, data: dict[str, Any]) -> str:
    """A server-sent event."""
    # Only ASCII: clients that split lines as Python does would cut the data at U+2028 or U+0085.
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _answer(library: Library, order: AskRequest, quotes: Quotes, done: Done) -> AnswerOut:
    citations = citations_of(library, done.quotes)
    found = done.status != AnswerStatus.NOT_FOUND
    return AnswerOut(
        question_id=done.question_id,
        question=order.question,
        asked=quotes.asked,
        as_of=quotes.as_of,
        status=done.status,
        answer=done.text,
        citations=citations if found else [],
        nearest=[] if found else citations,
        probability=round(quotes.probability, 4),
        certainty=quotes.certainty,
        struck=[StruckOut(**struck) for struck in done.struck],
        timings_ms=done.timings_ms,
        model=done.model,
        why=done.why,
        conflicts=quotes.conflicts if found and len(citations) == len(quotes.quotes) else [],
        writing=done.writing,
        faq_id=done.faq_id,
        language=quotes.language,
    )


def citations_of(library: Library, quotes: list[Quote]) -> list[CitationOut]:
    """Quotes with their places on the page."""
    with library.sessions.read() as session:
        cited = []
        for mark, quote in enumerate(quotes, start=1):
            place = session.execute(
                select(*ON_PAGE)
                .join(Version, Version.id == Page.version_id)
                .where(Page.version_id == quote.hit.passage.version_id, Page.number == quote.page)
            ).one_or_none()
            if place is not None:  # else it was erased since it was found
                cited.append(
                    _citation(session, mark, quote.hit.document, quote.hit.passage, quote, tuple(place))
                )
    return cited


def _citation(
    session: Session, mark: int, document: Document, passage: Passage, quote: Quote, place: tuple[Any, ...]
) -> CitationOut:
    _, width, height, source, kind, name, packed, version, in_force_from, in_force_until = place
    blocks = [Block.unpacked(block) for block in packed]
    stretches = _stretches_out(session, passage.version_id, quote)
    return CitationOut(
        mark=mark,
        document=document.name,
        document_id=document.id,
        version_id=passage.version_id,
        title=document.title or document.name,
        heading=passage.heading,
        page=quote.page,
        quote=quote.text,
        unit=quote.unit,
        stretches=stretches,
        emphasis=list(quote.emphasis),
        start=quote.start,
        end=quote.end,
        boxes=[box for stretch in stretches if stretch.page == quote.page for box in stretch.boxes],
        page_width=width,
        page_height=height,
        source=source,
        ocr=source == "ocr",
        place=_place_out(place_in(kind, quote.page, name, blocks, quote.start, quote.end)),
        score=round(quote.score, 4),
        version=version,
        superseded=passage.version_id != document.current_version_id,
        in_force_from=in_force_from,
        in_force_until=in_force_until,
    )


def _stretches_out(session: Session, version_id: str, quote: Quote) -> list[StretchOut]:
    """The quote's stretches with their boxes; of several pages."""
    numbers = {stretch.page for stretch in quote.stretches}
    rows = session.execute(
        select(Page.number, Page.boxes).where(Page.version_id == version_id, Page.number.in_(numbers))
    )
    boxes: dict[int, bytes] = dict(rows.all())
    return [
        StretchOut(
            page=stretch.page,
            start=stretch.start,
            end=stretch.end,
            text=stretch.text,
            boxes=marked_boxes(boxes[stretch.page], stretch.start, stretch.end),
        )
        for stretch in quote.stretches
        if stretch.page in boxes
    ]


def _quote_of(citation: Citation, document: Document, passage: Passage) -> Quote:
    """The quote that was saved."""
    hit, own = Hit(passage, document, citation.score), citation
    if not own.stretches:  # of before quotes had several
        return Quote(hit, own.page, own.start, own.end, own.quote, own.score)
    stretches, offset = [], 0
    for page, start, end in own.stretches:
        stretches.append(Stretch(page, start, end, own.quote[offset : offset + end - start]))
        offset += end - start + 1
    emphasis = [(start, end) for start, end in own.emphasis]
    return Quote.of(hit, stretches, own.score, unit=UnitKind(own.unit), emphasis=emphasis)


def _place_out(place: Place) -> PlaceOut:
    return PlaceOut(**place.packed(), shown=place.shown)


@router.get("/api/questions", summary="Your own questions")
def list_questions(
    library: LibraryDep, access: AccessDep, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> QuestionList:
    """Newest first, each with how it was answered."""
    with library.sessions.read() as session:
        rows = session.execute(
            select(Question, Answer.status)
            .outerjoin(Answer, Answer.question_id == Question.id)
            .where(access_rules.own(access, Question))
            .order_by(Question.asked_at.desc())
            .limit(limit)
        ).all()
    return QuestionList(
        questions=[
            PastQuestionOut(id=row.id, question=row.text, asked_at=row.asked_at, status=status)
            for row, status in rows
        ]
    )


@router.get("/api/questions/{question_id}", summary="An answer of before")
def read_question(library: LibraryDep, access: AccessDep, question_id: str) -> AnswerOut:
    """One's own question; quotes of documents that may not be read any more are left out."""
    with library.sessions.read() as session:
        row = session.execute(
            select(Question, Answer)
            .join(Answer, Answer.question_id == Question.id)
            .where(Question.id == question_id, access_rules.own(access, Question))
        ).one_or_none()
        if row is None:
            raise NotFound(what="question", name=question_id)
        question, answer = row
        cited = session.execute(
            select(Citation, Document, Passage, *ON_PAGE)
            .join(Document, Document.id == Citation.document_id)
            .join(Passage, Passage.id == Citation.passage_id)
            .join(Page, (Page.version_id == Citation.version_id) & (Page.number == Citation.page))
            .join(Version, Version.id == Citation.version_id)
            .where(
                Citation.question_id == question_id,
                Document.id.in_(access_rules.readable_documents(access).with_only_columns(Document.id)),
            )
            .order_by(Citation.mark)
        ).all()
        count = session.query(Citation).where(Citation.question_id == question_id).count()
        given = session.get(Feedback, question_id)
        citations = [
            _citation(session, c.mark, document, passage, _quote_of(c, document, passage), tuple(place))
            for c, document, passage, *place in cited
        ]
    complete = len(cited) == count
    found = answer.status != AnswerStatus.NOT_FOUND
    return AnswerOut(
        question_id=question.id,
        question=question.text,
        asked=question.standalone or question.text,
        status=answer.status,
        answer=answer.text if complete else "",
        citations=citations if found else [],
        nearest=[] if found else citations,
        probability=round(answer.probability, 4),
        certainty=Certainty(answer.certainty),
        struck=[StruckOut(**struck) for struck in answer.struck] if complete else [],
        timings_ms=answer.timings_ms,
        model=answer.model,
        why=answer.why if complete else "not_readable_any_more",
        conflicts=_conflicts(question, cited) if complete and answer.why == CONFLICT else [],
        writing={name: value for name, value in answer.writing.items() if name != "unfinished" or complete},
        faq_id=answer.faq_id,
        language=question.language,
        asked_at=question.asked_at,
        as_of=question.as_of,
        feedback=feedback_out(given) if given is not None else None,
    )


def _conflicts(question: Question, cited: Sequence[Any]) -> list[tuple[int, int]]:
    """The pairs of citations that do not agree, of an answer that was saved as a conflict."""
    asked = question.standalone or question.text
    rows = [row[0] for row in cited]
    return [
        (one.mark, other.mark)
        for one, other in itertools.combinations(rows, 2)
        if one.document_id != other.document_id and disagree(asked, one.quote, other.quote)
    ]


def _ms(began: float) -> float:
    return round(1000 * (time.perf_counter() - began), 1)
