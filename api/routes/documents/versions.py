"""A document's versions: their dates in force, and what changed from one to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AccessDep, LibraryDep, LongWork
from api.errors import REFUSALS
from api.render import version_out
from contract.documents import ChangeOut, DatesIn, DifferencesOut, ParagraphOut, VersionOut
from ingest.lifecycle.effective_dates import UNCHANGED, set_dates
from ingest.lifecycle.erasure import erase_version
from ingest.records import documents
from ingest.versions.comparing import compared
from ingest.versions.comparison import ChangeKind, ComparedParagraph, paragraphs

router = APIRouter(tags=["documents"], responses=REFUSALS)


@router.patch("/api/documents/{document_id}/versions/{version_id}", summary="Set a version's dates in force")
def change_dates(
    library: LibraryDep, access: AccessDep, document_id: str, version_id: str, order: DatesIn
) -> VersionOut:
    """A field that is left out stays as it is; null removes the date. Answers follow at once."""
    sent = order.model_fields_set
    set_dates(
        access, library.sessions, library.index, document_id, version_id,
        first=order.in_force_from if "in_force_from" in sent else UNCHANGED,
        last=order.in_force_until if "in_force_until" in sent else UNCHANGED,
    )  # fmt: skip
    with library.sessions.read() as session:
        _, version = documents.version(access, session, document_id, version_id)
        return version_out(version)


@router.delete(
    "/api/documents/{document_id}/versions/{version_id}", summary="Erase one version", status_code=204
)
def erase_one(library: LibraryDep, access: AccessDep, document_id: str, version_id: str) -> None:
    """And what was answered from it. The others stay, and the one then in force answers."""
    erase_version(access, library.sessions, library.files, library.index, document_id, version_id)


@router.get(
    "/api/documents/{document_id}/differences",
    summary="What changed between two versions",
    dependencies=[LongWork],
)
def differences(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    old: Annotated[int | None, Query(description="Number of a version; else the one before `new`")] = None,
    new: Annotated[
        int | None, Query(description="Number of a version; else the newest that was read")
    ] = None,
) -> DifferencesOut:
    """Paragraph by paragraph, in the order of the new version. 422 if the comparison takes a minute."""
    with library.sessions.read() as session:
        pair = documents.version_pair(access, session, document_id, old, new)
    changes = compared(pair.name, paragraphs(pair.old_pages), paragraphs(pair.new_pages))
    counts = Counter(change.kind for change in changes)
    return DifferencesOut(
        old=version_out(pair.old),
        new=version_out(pair.new),
        counts={str(kind): counts[kind] for kind in ChangeKind},
        changes=[
            ChangeOut(
                kind=change.kind,
                old=_paragraph(change.old, pair.old_headings),
                new=_paragraph(change.new, pair.new_headings),
            )
            for change in changes
        ],
    )


def _paragraph(
    paragraph: ComparedParagraph | None, headings: Mapping[tuple[int, str], str]
) -> ParagraphOut | None:
    if paragraph is None:
        return None
    return ParagraphOut(
        text=paragraph.text, page=paragraph.page, marks=list(paragraph.marks),
        heading=headings.get((paragraph.page, paragraph.text), ""),
    )  # fmt: skip
