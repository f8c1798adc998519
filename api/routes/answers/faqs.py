"""Approved answers: drafts, review, candidates for new ones, and CSV tables in and out."""

from __future__ import annotations

import csv
import itertools
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from api.citations import citations_of
from api.deps import AccessDep, AdministratorDep, LibraryDep, LongWork
from api.errors import REFUSALS
from contract.answers import CitationOut
from contract.faqs import (
    CandidateList,
    CandidateOut,
    FaqImport,
    FaqIn,
    FaqList,
    FaqOut,
    FaqProblem,
    FaqSourceOut,
    NewFaq,
    SourceSearch,
)
from core import access as access_rules
from core.audit import record
from core.errors import BadValue, ShokoError
from core.models import FaqState, today
from retrieval.answers.feedback import close_answered, managed_gap
from retrieval.faq import csv_table, faqs, listing
from retrieval.faq.candidates import candidates
from retrieval.faq.faqs import Content, Source
from retrieval.faq.listing import ListedFaq

router = APIRouter(tags=["faqs"], responses=REFUSALS)
TABLE_LIMIT_MB = 10
MOST_ROWS = 1000  # of a table


@router.get("/api/faqs", summary="Approved answers, and drafts where you write")
def list_faqs(
    library: LibraryDep,
    access: AccessDep,
    state: Annotated[list[FaqState] | None, Query(description="draft, approved, review, withdrawn")] = None,
) -> FaqList:
    """Those past their date, or with a source that is no longer in force, are put into review first."""
    with library.sessions.write() as session:
        faqs.put_into_review(session, today=today())
        answers = listing.listed(access, session, states=state or tuple(FaqState))
        return FaqList(faqs=[_out(listed) for listed in answers])


@router.post("/api/faqs", summary="Write a draft", status_code=201)
def add_faq(library: LibraryDep, access: AccessDep, order: NewFaq) -> FaqOut:
    """It answers nobody until it is approved."""
    with library.sessions.write() as session:
        faq = faqs.add(access, session, order.space, _content(order))
        if order.gap:
            managed_gap(access, session, order.gap).faq_id = faq.id
        return _out(listing.one(access, session, faq.id))


@router.post("/api/faqs/sources", summary="Quotes that an answer may rest on")
def find_sources(library: LibraryDep, access: AccessDep, order: SourceSearch) -> list[CitationOut]:
    """The best quotes for a question or an answer. No model writes, and it is no question of yours."""
    text = library.answerer.check(order.text)
    evidence, _, _ = library.answerer.evidence(access, text, spaces=order.spaces)
    return citations_of(library, evidence.quotes)


@router.get("/api/faqs/candidates", summary="Questions that want an approved answer")
def list_candidates(
    library: LibraryDep, access: AdministratorDep, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> CandidateList:
    """Questions without an answer, or with one that did not help, of everybody. For administrators."""
    with library.sessions.read() as session:
        wanted = candidates(session, limit=limit)
    return CandidateList(
        candidates=[
            CandidateOut(
                question=candidate.question,
                language=candidate.language,
                people=len(candidate.people),
                unanswered=candidate.unanswered,
                unhelpful=candidate.unhelpful,
                last_asked=candidate.last_asked,
                space_id=candidate.space_id,
            )
            for candidate in wanted
        ]
    )


@router.get(
    "/api/faqs/table",
    summary="Approved answers and drafts as a CSV table",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
def export(
    library: LibraryDep,
    access: AccessDep,
    space: Annotated[str | None, Query(description="Id or name; else all spaces")] = None,
) -> Response:
    """What you may read, in the format that the import takes."""
    with library.sessions.write() as session:
        space_id = access_rules.space(access, session, space).id if space else None
        rows = [
            csv_table.FaqRow(
                line=0,
                question=listed.faq.question,
                answer=listed.faq.answer,
                wordings=listed.faq.wordings,
                valid_until=listed.faq.valid_until,
                sources=[
                    csv_table.SourceRow(name, source.page, source.quote) for source, name in listed.sources
                ],
            )
            for listed in listing.listed(access, session, space_id=space_id)
        ]
        record(session, access.user_id, "faq.exported", space_id or "*", count=len(rows))
    return Response(
        csv_table.written(rows).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="faqs.csv"'},
    )


@router.post("/api/faqs/table", summary="Take in a CSV table as drafts", dependencies=[LongWork])
def import_table(
    library: LibraryDep,
    access: AccessDep,
    file: Annotated[UploadFile, File(description="CSV in UTF-8; the export shows the form")],
    space: Annotated[str, Form(description="Id or name of the space")],
) -> FaqImport:
    """Each row becomes a draft; a faulty row is reported with its line and stops no other."""
    content = file.file.read(TABLE_LIMIT_MB * 2**20 + 1)
    if len(content) > TABLE_LIMIT_MB * 2**20:
        raise BadValue(name="file", problem=f"it is larger than {TABLE_LIMIT_MB} MB", fix="Split it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadValue(name="file", problem="it is not UTF-8", fix="Save it as CSV UTF-8") from error
    with library.sessions.read() as session:  # who may not write there learns nothing of the table's faults
        access_rules.space_to_write(access, session, space)
    try:
        rows = list(itertools.islice(csv_table.read(text), MOST_ROWS + 1))
    except csv.Error as error:  # a cell of more than 131,072 characters, say
        raise BadValue(name="file", problem=str(error), fix="Correct the table.") from error
    if len(rows) > MOST_ROWS:  # they are entered in one go, and nobody else writes meanwhile
        raise BadValue(name="file", problem=f"it has more than {MOST_ROWS:,} answers", fix="Split it")
    added: list[str] = []
    problems: list[FaqProblem] = []
    with library.sessions.write() as session:
        shelf = access_rules.space_to_write(access, session, space)
        documents = listing.documents_by_name(access, session, shelf.id)
        for row in rows:
            try:
                with session.begin_nested():
                    added.append(faqs.add(access, session, shelf.id, _from_table(row, documents)).id)
            except ShokoError as error:
                problems.append(FaqProblem(line=row.line, problem=str(error)))
    return FaqImport(added=added, problems=problems)


@router.get("/api/faqs/{faq_id}", summary="One approved answer or draft")
def read_faq(library: LibraryDep, access: AccessDep, faq_id: str) -> FaqOut:
    """With the quotes that support it."""
    with library.sessions.read() as session:
        return _out(listing.one(access, session, faq_id))


@router.put("/api/faqs/{faq_id}", summary="Change it")
def change_faq(library: LibraryDep, access: AccessDep, faq_id: str, order: FaqIn) -> FaqOut:
    """It becomes a draft until it is approved again."""
    with library.sessions.write() as session:
        faqs.change(access, session, faq_id, _content(order))
        return _out(listing.one(access, session, faq_id))


@router.post("/api/faqs/{faq_id}/approve", summary="Let it answer")
def approve_faq(library: LibraryDep, access: AccessDep, faq_id: str) -> FaqOut:
    """For managers of the space. It needs quotes that stand in documents in force. Reported questions that it
    was written for are closed with it, and their askers see it."""
    with library.sessions.write() as session:
        faq = faqs.approve(access, session, faq_id, today=today())
        close_answered(access, session, faq_id, faq.answer)
        return _out(listing.one(access, session, faq_id))


@router.post("/api/faqs/{faq_id}/withdraw", summary="Take it back")
def withdraw_faq(library: LibraryDep, access: AccessDep, faq_id: str) -> FaqOut:
    """For managers of the space. It answers no longer."""
    with library.sessions.write() as session:
        faqs.withdraw(access, session, faq_id)
        return _out(listing.one(access, session, faq_id))


@router.delete("/api/faqs/{faq_id}", summary="Delete it", status_code=204)
def delete_faq(library: LibraryDep, access: AccessDep, faq_id: str) -> None:
    """For managers of the space."""
    with library.sessions.write() as session:
        faqs.remove(access, session, faq_id)


def _content(order: FaqIn) -> Content:
    return Content(
        order.question,
        order.answer,
        order.wordings,
        order.valid_until,
        order.owner_id,
        [Source(source.document_id, source.page, source.start, source.quote) for source in order.sources],
    )


def _from_table(row: csv_table.FaqRow, documents: dict[str, str]) -> Content:
    for source in row.sources:
        if source.document not in documents:
            raise BadValue(
                name="document",
                problem=f"there is no document {source.document} in this space",
                fix="Write its name as the list of documents shows it",
            )
    sources = [Source(documents[source.document], source.page, 0, source.quote) for source in row.sources]
    return Content(row.question, row.answer, row.wordings, row.valid_until, "", sources)


def _out(listed: ListedFaq) -> FaqOut:
    faq = listed.faq
    return FaqOut(
        id=faq.id,
        space=listed.space,
        space_id=faq.space_id,
        question=faq.question,
        wordings=faq.wordings,
        answer=faq.answer,
        language=faq.language,
        state=faq.state,
        reason=faq.reason,
        owner=listed.owner,
        owner_id=faq.owner_id,
        valid_until=faq.valid_until,
        served=faq.served,
        approved_by=listed.approved_by,
        approved_at=faq.approved_at,
        sources=[
            FaqSourceOut(
                mark=source.mark,
                document=document,
                document_id=source.document_id,
                page=source.page,
                start=source.start,
                end=source.end,
                quote=source.quote,
            )
            for source, document in listed.sources
        ],
        created_at=faq.created_at,
        changed_at=faq.changed_at,
    )
