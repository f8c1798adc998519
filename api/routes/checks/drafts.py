"""Drafts: a template filled from a brief and from what the asker may read, checked and kept for its owner."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.citations import citations_of
from api.deps import AccessDep, LibraryDep
from api.downloads import word_file
from api.errors import REFUSALS
from api.render import finding_out
from api.streaming import Event, EventStream, encoded
from contract.answers import StruckOut
from contract.checks import RuleOut
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
from core.models import now
from drafts import making, templates
from drafts.making import DraftOrder, Made, Plan
from drafts.writing import SectionText, place_of, quotes_of
from operations.library import Library
from retrieval.evidence.types import Quote

router = APIRouter(tags=["drafts"], responses=REFUSALS)

EVENTS = """Server-sent events, in this order: `section` for each section as it is written ({number, of,
section}; its marks count the citations so far), then `done` with the draft, or `error`."""


@router.post(
    "/api/drafts",
    summary="Make a draft",
    response_model=DraftOut,
    responses={200: {"content": {"text/event-stream": {}}, "description": EVENTS}},
)
def make(library: LibraryDep, access: AccessDep, order: DraftRequest) -> Any:
    """One section after another, then the draft with the findings of its rules; with `stream` false one body.
    A field or name that does not fit is refused before anything is written."""
    wanted = DraftOrder(
        order.fields, order.brief, order.spaces, order.prose, order.language, order.into, order.pictures
    )
    with library.sessions.read() as session:
        template = templates.template(access, session, order.template)
        house = making.house_of(access, session, template, wanted)
    plan = making.planned(template, wanted, house)
    if order.stream:
        return EventStream(encoded(_events(library, access, plan), "a draft"))
    made = next(step for step in _made(library, access, plan) if isinstance(step, Made))
    return _kept(library, access, made)


@router.get("/api/drafts", summary="Your drafts")
def list_drafts(
    library: LibraryDep, access: AccessDep, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> list[DraftShort]:
    """Newest first."""
    with library.sessions.read() as session:
        return [
            DraftShort(id=draft.id, name=draft.name, template=draft.template, created_at=draft.created_at)
            for draft in making.drafts(access, session, limit=limit)
        ]


@router.get("/api/drafts/{draft}", summary="A draft of yours")
def read_draft(library: LibraryDep, access: AccessDep, draft: str) -> DraftOut:
    """Withheld (409) if it quotes a document that you may not read any more."""
    with library.sessions.read() as session:
        return DraftOut.model_validate(making.draft(access, session, draft).outcome)


@router.get("/api/drafts/{draft}/file", summary="A draft's Word file", response_class=Response)
def draft_file(library: LibraryDep, access: AccessDep, draft: str) -> Response:
    """As a download; withheld as the draft is."""
    with library.sessions.write() as session:
        kept = making.draft(access, session, draft)
        record(session, access.user_id, "draft.downloaded", kept.id)
        return word_file(kept.name, kept.content)


@router.delete("/api/drafts/{draft}", summary="Remove a draft of yours", status_code=204)
def remove_draft(library: LibraryDep, access: AccessDep, draft: str) -> None:
    """It cannot be brought back."""
    with library.sessions.write() as session:
        making.remove(access, session, draft)


def _made(library: Library, access: Access, plan: Plan) -> Generator[SectionText | Made, None, None]:
    yield from making.make_draft(access, library.sessions, library.answerer, plan, limits=library.limits)


def _events(library: Library, access: Access, plan: Plan) -> Generator[Event, None, None]:
    written: list[SectionText] = []
    for step in _made(library, access, plan):
        if isinstance(step, Made):
            yield "done", _kept(library, access, step).model_dump(mode="json")
            continue
        written.append(step)
        section = _section(step, quotes_of(written)).model_dump(mode="json")
        yield "section", {"number": len(written), "of": len(plan.outline.sections), "section": section}


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
            DraftField(name=field.name, label=field.label, value=value.text if value else "")
            for field in made.outline.fields
            for value in [made.brief.fields.get(field.name)]
        ]
        + [
            DraftField(name=figure.name, label=figure.label, value=value.text if value else "")
            for figure in made.outline.computed
            for value in [made.brief.computed.get(figure.name)]
        ],
        sections=[_section(section, made.quotes) for section in made.sections],
        citations=citations_of(library, made.quotes),
        missing=list(made.missing),
        check=None
        if report is None
        else DraftCheck(
            pack=report.pack,
            findings=[
                finding_out(finding, number) for number, finding in enumerate(report.findings, start=1)
            ],
            rules=[RuleOut.model_validate(rule.as_dict()) for rule in report.rules],
        ),
    )


def _section(text: SectionText, quotes: Sequence[Quote]) -> DraftSection:
    marks = {place_of(quote): mark for mark, quote in enumerate(quotes, start=1)}
    return DraftSection(
        name=text.section.name,
        label=text.section.label,
        status=text.status,
        question=text.question,
        sentences=[
            DraftSentence(
                text=sentence.text,
                marks=[marks[place_of(text.quotes[source])] for source in sentence.sources],
            )
            for sentence in text.sentences
        ],
        struck=[StruckOut(**struck) for struck in text.struck],
        why=text.why,
        model=text.model,
        probability=round(text.probability, 4),
    )
