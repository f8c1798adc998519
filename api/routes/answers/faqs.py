"""The FAQ desk: approved answers, what waits for review, candidates, and tables in and out."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.deps import AccessDep, AdministratorDep, LibraryDep, LongWork
from api.errors import REFUSALS
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
)
from core import access as access_rules
from core.access import Access
from core.audit import record
from core.errors import BadValue, ShokoError
from core.models import Document, Faq, FaqSource, FaqState, Space, User, today
from retrieval.faq import csv_table, faqs
from retrieval.faq.candidates import candidates
from retrieval.faq.faqs import Content, Source

router = APIRouter(tags=["faqs"], responses=REFUSALS)
TABLE_LIMIT_MB = 10
MOST_ROWS = 1000  # of a table


@router.get("/api/faqs", summary="Approved answers, and drafts where one writes")
def list_faqs(
    library: LibraryDep,
    access: AccessDep,
    state: Annotated[list[FaqState] | None, Query(description="draft, approved, review, withdrawn")] = None,
) -> FaqList:
    """Those whose date has passed or whose source is no longer in force are put into review first."""
    with library.sessions.write() as session:
        faqs.put_into_review(session, today=today())
        return FaqList(faqs=_shown(session, faqs.listed(access, session, states=state or tuple(FaqState))))


@router.post("/api/faqs", summary="Write a draft", status_code=201)
def add_faq(library: LibraryDep, access: AccessDep, order: NewFaq) -> FaqOut:
    """It answers nobody until it is approved."""
    with library.sessions.write() as session:
        faq = faqs.add(access, session, order.space, _content(order))
        return _one(access, session, faq.id)


@router.get("/api/faqs/candidates", summary="Questions that want an approved answer")
def list_candidates(
    library: LibraryDep, access: AdministratorDep, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> CandidateList:
    """Asked and not answered, or answered to no use, over everyone's questions: for administrators."""
    with library.sessions.read() as session:
        found = candidates(session, limit=limit)
    return CandidateList(
        candidates=[
            CandidateOut(
                question=one.question,
                language=one.language,
                people=len(one.people),
                unanswered=one.unanswered,
                unhelpful=one.unhelpful,
                last_asked=one.last_asked,
            )
            for one in found
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
    """What one may read, in the form that the import takes."""
    with library.sessions.write() as session:
        kept = access_rules.space(access, session, space).id if space else None
        rows = [
            csv_table.FaqRow(
                line=0,
                question=faq.question,
                answer=faq.answer,
                wordings=faq.wordings,
                valid_until=faq.valid_until,
                sources=[
                    csv_table.SourceRow(name, source.page, source.quote)
                    for source, name in _named(session, sources)
                ],
            )
            for faq, sources in faqs.listed(access, session)
            if kept in (None, faq.space_id)
        ]
        record(session, access.user_id, "faq.exported", kept or "*", count=len(rows))
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
    """Each row becomes a draft; a row that is wrong is told with its line and stops no other."""
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
        raise BadValue(name="file", problem=str(error), fix="Mend the table.") from error
    if len(rows) > MOST_ROWS:  # they are entered in one go, and nobody else writes meanwhile
        raise BadValue(name="file", problem=f"it has more than {MOST_ROWS:,} answers", fix="Split it")
    added: list[str] = []
    problems: list[FaqProblem] = []
    with library.sessions.write() as session:
        place = access_rules.space_to_write(access, session, space)
        names = {
            row.name: row.id
            for row in session.scalars(
                access_rules.readable_documents(access).where(Document.space_id == place.id)
            )
        }
        for row in rows:
            try:
                with session.begin_nested():
                    added.append(faqs.add(access, session, place.id, _from_table(row, names)).id)
            except ShokoError as error:
                problems.append(FaqProblem(line=row.line, problem=str(error)))
    return FaqImport(added=added, problems=problems)


@router.get("/api/faqs/{faq_id}", summary="One of them")
def read_faq(library: LibraryDep, access: AccessDep, faq_id: str) -> FaqOut:
    """With the quotes that it rests on."""
    with library.sessions.read() as session:
        return _one(access, session, faq_id)


@router.put("/api/faqs/{faq_id}", summary="Write it anew")
def change_faq(library: LibraryDep, access: AccessDep, faq_id: str, order: FaqIn) -> FaqOut:
    """It becomes a draft until it is approved again."""
    with library.sessions.write() as session:
        faqs.change(access, session, faq_id, _content(order))
        return _one(access, session, faq_id)


@router.post("/api/faqs/{faq_id}/approve", summary="Let it answer")
def approve_faq(library: LibraryDep, access: AccessDep, faq_id: str) -> FaqOut:
    """For managers of the space. It needs quotes that stand in documents in force."""
    with library.sessions.write() as session:
        faqs.approve(access, session, faq_id, today=today())
        return _one(access, session, faq_id)


@router.post("/api/faqs/{faq_id}/withdraw", summary="Take it back")
def withdraw_faq(library: LibraryDep, access: AccessDep, faq_id: str) -> FaqOut:
    """For managers of the space. It answers no longer."""
    with library.sessions.write() as session:
        faqs.withdraw(access, session, faq_id)
        return _one(access, session, faq_id)


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
        [Source(one.document_id, one.page, one.start, one.quote) for one in order.sources],
    )


def _from_table(row: csv_table.FaqRow, names: dict[str, str]) -> Content:
    for source in row.sources:
        if source.document not in names:
            raise BadValue(
                name="document",
                problem=f"there is no document {source.document} in this space",
                fix="Write its name as the list of documents shows it",
            )
    sources = [Source(names[one.document], one.page, 0, one.quote) for one in row.sources]
    return Content(row.question, row.answer, row.wordings, row.valid_until, "", sources)


def _one(access: Access, session: Session, faq_id: str) -> FaqOut:
    return _shown(session, [faqs.one(access, session, faq_id)])[0]


def _named(session: Session, sources: Sequence[FaqSource]) -> list[tuple[FaqSource, str]]:
    """Those sources, each with its document's name."""
    ids = {source.document_id for source in sources}
    rows = session.execute(select(Document.id, Document.name).where(Document.id.in_(ids)))
    names = {row.id: row.name for row in rows}
    return [(source, names[source.document_id]) for source in sources]


def _shown(session: Session, found: Sequence[tuple[Faq, list[FaqSource]]]) -> list[FaqOut]:
    spaces = {row.id: row.name for row in session.execute(select(Space.id, Space.name))}
    owners = {faq.owner_id for faq, _ in found}
    people = {
        row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(owners)))
    }
    named = iter(_named(session, [source for _, sources in found for source in sources]))
    return [
        FaqOut(
            id=faq.id,
            space=spaces[faq.space_id],
            space_id=faq.space_id,
            question=faq.question,
            wordings=faq.wordings,
            answer=faq.answer,
            language=faq.language,
            state=faq.state,
            reason=faq.reason,
            owner=people.get(faq.owner_id, ""),
            owner_id=faq.owner_id,
            valid_until=faq.valid_until,
            served=faq.served,
            sources=[
                FaqSourceOut(
                    mark=source.mark,
                    document=name,
                    document_id=source.document_id,
                    page=source.page,
                    start=source.start,
                    end=source.end,
                    quote=source.quote,
                )
                for source, name in (next(named) for _ in sources)
            ],
            created_at=faq.created_at,
            changed_at=faq.changed_at,
        )
        for faq, sources in found
    ]
