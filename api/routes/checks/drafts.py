"""Drafts: a template filled from a brief and from what the asker may read, checked and kept for its owner."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from api.routes.answers.questions import EventStream, citations_of, event_text
from api.routes.checks.templates import word_file
from checks.findings import Finding
from contract.answers import StruckOut
from contract.checks import FindingOut, RuleOut
from contract.drafts import (
    DraftCheck,
    DraftField,
    DraftOut,
    DraftRequest,
    DraftSection,
    DraftSentence,
    DraftShort,
)
from core.access import Access
from core.audit import record
from core.errors import ShokoError
from core.models import now
from drafts import making, templates
from drafts.making import DraftOrder, Made, Plan
from drafts.writing import SectionText, place_of, quotes_of
from operations.library import Library
from retrieval.evidence.types import Quote

router = APIRouter(tags=["drafts"], responses=REFUSALS)
log = logging.getLogger("shoko.api")

EVENTS = """Server-sent events, in this order: `section` for each section as it is written ({number, of,
section}; its marks count the citations so far), then `done` with the draft, or `error`."""


@router.post(
    "/api/drafts",
    summary="Make a draft",
    response_model=DraftOut,
    responses={200: {"content": {"text/event-stream": {}}, "description": EVENTS}},
)
def make(library: LibraryDep, access: AccessDep, order: DraftRequest) -> Any:
    """A section after the other, then the draft with what its rules say of it; with `stream` false one body.
    A field or name that does not fit is refused before anything is written."""
    wanted = DraftOrder(order.fields, order.brief, order.spaces, order.prose, order.language, order.into)
    with library.sessions.read() as session:
        template = templates.template(access, session, order.template)
        house = making.house_of(access, session, template, wanted)
    plan = making.planned(template, wanted, house)
    if order.stream:
        return EventStream(_events(library, access, plan))
    made = next(one for one in _made(library, access, plan) if isinstance(one, Made))
    return _kept(library, access, made)


@router.get("/api/drafts", summary="Your drafts")
def list_drafts(
    library: LibraryDep, access: AccessDep, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> list[DraftShort]:
    """Newest first."""
    with library.sessions.read() as session:
        return [
            DraftShort(id=one.id, name=one.name, template=one.template, created_at=one.created_at)
            for one in making.drafts(access, session, limit=limit)
        ]


@router.get("/api/drafts/{draft}", summary="A draft of yours")
def read_draft(library: LibraryDep, access: AccessDep, draft: str) -> DraftOut:
    """Withheld (409) where it quotes a document that you may not read any more."""
    with library.sessions.read() as session:
        return DraftOut.model_validate(making.draft(access, session, draft).outcome)


@router.get("/api/drafts/{draft}/file", summary="A draft's Word file", response_class=Response)
def draft_file(library: LibraryDep, access: AccessDep, draft: str) -> Response:
    """As a download; withheld as the draft is."""
    with library.sessions.write() as session:
        found = making.draft(access, session, draft)
        record(session, access.user_id, "draft.downloaded", found.id)
        return word_file(found.name, found.content)


@router.delete("/api/drafts/{draft}", summary="Remove a draft of yours", status_code=204)
def remove_draft(library: LibraryDep, access: AccessDep, draft: str) -> None:
    """For good."""
    with library.sessions.write() as session:
        making.remove(access, session, draft)


def _made(library: Library, access: Access, plan: Plan) -> Generator[SectionText | Made, None, None]:
    yield from making.make_draft(access, library.sessions, library.answerer, plan, limits=library.limits)


def _events(library: Library, access: Access, plan: Plan) -> Generator[str, None, None]:
    written: list[SectionText] = []
    try:
        for one in _made(library, access, plan):
            if isinstance(one, Made):
                yield event_text("done", _kept(library, access, one).model_dump(mode="json"))
                continue
            written.append(one)
            section = _section(one, quotes_of(written)).model_dump(mode="json")
            number, of = len(written), len(plan.outline.sections)
            yield event_text("section", {"number": number, "of": of, "section": section})
    except ShokoError as error:
        yield event_text("error", {"code": error.code, "message": str(error), "values": error.values})
    except Exception as error:  # the stream has begun: nobody else can tell the asker
        log.exception("a draft broke off")
        told = ShokoError()
        yield event_text(
            "error", {"code": told.code, "message": str(told), "values": {"kind": type(error).__name__}}
        )


def _kept(library: Library, access: Access, made: Made) -> DraftOut:
    out = _out(library, made)
    with library.sessions.write() as session:
        making.keep(session, access, made, out.model_dump(mode="json"))
    return out


def _out(library: Library, made: Made) -> DraftOut:
    report = made.report
    return DraftOut(
        id=made.id,
        name=made.name,
        template=made.template,
        created_at=now(),
        language=made.outline.language,
        fields=[
            DraftField(name=one.name, label=one.label, value=given.text if given else "")
            for one in made.outline.fields
            for given in [made.brief.fields.get(one.name)]
        ],
        sections=[_section(one, made.quotes) for one in made.sections],
        citations=citations_of(library, made.quotes),
        missing=list(made.missing),
        check=None
        if report is None
        else DraftCheck(
            pack=report.pack,
            findings=[_finding(one, at) for at, one in enumerate(report.findings, start=1)],
            rules=[RuleOut.model_validate(one.as_dict()) for one in report.rules],
        ),
    )


def _finding(finding: Finding, number: int) -> FindingOut:
    return FindingOut(
        **finding.as_dict(),
        number=number,
        opinion=finding.is_opinion,
        shown_place=finding.place.shown(),
    )


def _section(text: SectionText, quotes: Sequence[Quote]) -> DraftSection:
    marks = {place_of(quote): mark for mark, quote in enumerate(quotes, start=1)}
    return DraftSection(
        name=text.section.name,
        label=text.section.label,
        status=text.status,
        question=text.question,
        sentences=[
            DraftSentence(text=one.text, marks=[marks[place_of(text.quotes[at])] for at in one.sources])
            for one in text.sentences
        ],
        struck=[StruckOut(**struck) for struck in text.struck],
        why=text.why,
        model=text.model,
        probability=round(text.probability, 4),
    )
