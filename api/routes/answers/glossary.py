"""The words of the company: a glossary for each space, in and out as a table too, and words that it may
lack."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from api.deps import AccessDep, LibraryDep, LongWork
from api.downloads import download_headers
from api.errors import REFUSALS
from checks.service.glossary_pack import hold_to_glossary
from contract.glossary import (
    GlossaryIn,
    GlossaryList,
    GlossaryOut,
    GlossaryProposal,
    GlossaryTaken,
    GlossaryWord,
)
from core import access as access_rules
from core.access import Access
from core.audit import record
from core.errors import FileTooLarge
from core.models import GlossaryEntry
from language.encodings import decoded
from language.terms import Use, WordForm
from operations.library import Library
from retrieval.glossary import csv_table, entries
from retrieval.glossary.entries import GlossaryWords, words_of
from retrieval.glossary.proposals import proposals

router = APIRouter(tags=["glossary"], responses=REFUSALS)
MOST_TABLE = 10 * 2**20  # bytes


def _out(row: GlossaryEntry) -> GlossaryOut:
    entry = words_of(row)
    words = [
        GlossaryWord(text=word.text, language=word.language, use=str(word.use))  # type: ignore[arg-type]  # checked
        for word in entry.words
    ]
    return GlossaryOut(
        id=row.id, term=row.term, words=words, but_not=list(entry.but_not), note=entry.note,
        changed_at=row.changed_at,
    )  # fmt: skip


def _given(order: GlossaryIn) -> GlossaryWords:
    words = tuple(WordForm(word.text, word.language, Use(word.use)) for word in order.words)
    return GlossaryWords(words, tuple(order.but_not), order.note)


def _changed(library: Library, access: Access, space_id: str) -> None:
    """After the change is in the records: the next question has it, and no earlier answer is given again.
    It is read again here, and no question waits for that."""
    library.glossaries.forget(space_id)
    library.index.changed()
    library.glossaries.of(access, [space_id])


@router.get("/api/spaces/{space}/glossary", summary="The words of a space")
def list_glossary(
    library: LibraryDep,
    access: AccessDep,
    space: str,
    q: Annotated[str, Query(description="Part of a term or a note", max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> GlossaryList:
    """By term."""
    with library.sessions.read() as session:
        rows, total = entries.listed(access, session, space, q=q, limit=limit, offset=offset)
        return GlossaryList(entries=[_out(row) for row in rows], total=total)


@router.post("/api/spaces/{space}/glossary", summary="Add an entry", status_code=201)
def add_entry(library: LibraryDep, access: AccessDep, space: str, order: GlossaryIn) -> GlossaryOut:
    """For the space's managers. It counts from the next question on."""
    with library.sessions.write() as session:
        row = entries.add(access, session, space, _given(order))
        hold_to_glossary(access, session, row.space_id)
        made, space_id = _out(row), row.space_id
    _changed(library, access, space_id)
    return made


@router.put("/api/glossary/{entry_id}", summary="Change an entry")
def change_entry(library: LibraryDep, access: AccessDep, entry_id: str, order: GlossaryIn) -> GlossaryOut:
    """For the space's managers."""
    with library.sessions.write() as session:
        row = entries.change(access, session, entry_id, _given(order))
        hold_to_glossary(access, session, row.space_id)
        made, space_id = _out(row), row.space_id
    _changed(library, access, space_id)
    return made


@router.delete("/api/glossary/{entry_id}", summary="Take an entry out", status_code=204)
def remove_entry(library: LibraryDep, access: AccessDep, entry_id: str) -> None:
    """For the space's managers."""
    with library.sessions.write() as session:
        space_id = entries.remove(access, session, entry_id)
        session.flush()
        hold_to_glossary(access, session, space_id)
    _changed(library, access, space_id)


@router.get(
    "/api/spaces/{space}/glossary/table",
    summary="The words of a space as a CSV table",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "CSV in UTF-8"}},
)
def table(library: LibraryDep, access: AccessDep, space: str) -> Response:
    """A row for each thing. Cells that a spreadsheet would run as a formula begin with `'`."""
    with library.sessions.write() as session:
        shelf, rows = entries.every(access, session, space)
        record(session, access.user_id, "glossary.exported", shelf.id, entries=len(rows))
    return Response(
        csv_table.written(rows),
        media_type="text/csv; charset=utf-8",
        headers=download_headers("glossary.csv"),
    )


@router.post(
    "/api/spaces/{space}/glossary/table", summary="Take in a CSV table of words", dependencies=[LongWork]
)
def take_in(
    library: LibraryDep,
    access: AccessDep,
    space: str,
    file: Annotated[UploadFile, File(description="CSV: columns ja, en, zh, ja_said, ja_avoid, …")],
    replace: Annotated[bool, Form(description="What is not in the table goes")] = False,
) -> GlossaryTaken:
    """For the space's managers. An entry of the same term is changed; where a line is wrong, nothing is."""
    with library.sessions.read() as session:  # before anything of the file is looked at
        access_rules.space_to_manage(access, session, space)
    content = file.file.read(MOST_TABLE + 1)
    if len(content) > MOST_TABLE:
        raise FileTooLarge(name=file.filename or "table", limit=f"{MOST_TABLE // 2**20} MB")
    given = list(csv_table.read(decoded(content)))
    with library.sessions.write() as session:
        taken = entries.take_in(access, session, space, given, replace_all=replace)
        hold_to_glossary(access, session, taken.space_id)
    _changed(library, access, taken.space_id)
    return GlossaryTaken(added=taken.added, changed=taken.changed, removed=taken.removed)


@router.get(
    "/api/spaces/{space}/glossary/proposals",
    summary="Words that the glossary may lack",
    dependencies=[LongWork],
)
def list_proposals(library: LibraryDep, access: AccessDep, space: str) -> list[GlossaryProposal]:
    """Of questions without an answer that were reported to the space's managers, for them: words that neither
    its documents nor its glossary know, the most asked first."""
    with library.sessions.read() as session:
        known = [library.index.terms(), *library.glossaries.of(access)]
        proposed = proposals(access, session, library.index, space, known)
    return [
        GlossaryProposal(
            word=word.word, language=word.language, questions=word.questions, examples=list(word.examples)
        )
        for word in proposed
    ]
