"""From a template and a brief to a checked document: written, filled, held against the rules, kept.

What a document says of others is loaded through the asker's access once more before it is filled in, and a
draft is handed out again only while every document that it quotes may still be read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from checks.findings import CheckReport
from checks.packs.sources import PackSources
from checks.packs.waivers import Waiver, waived, waiver_of
from checks.service.limited import check_file, pack_head
from checks.service.space_packs import sources_of
from contract.values import FieldKind, SectionStatus
from core import access as access_rules
from core.access import Access, made_within, own, published_passages, readable_documents, renewed
from core.audit import record
from core.db import Sessions
from core.errors import DraftWithdrawn, NotFound
from core.holds import check_user
from core.models import Document, Draft, DraftSource, Passage, SpaceWaiver, User, new_id, today
from drafts.content import DraftContent, FieldText
from drafts.outline import Computed, DraftOutline, Field, blank
from drafts.rows import GivenRows, incomplete
from drafts.templates import LIMITS, Opened, rules_of
from drafts.values import Brief, pictures_of, read_brief
from drafts.writing import SectionText, Sought, paragraphs_of, place_of, quotes_of, section_text, with_quotes
from ingest.sandbox import ReadingLimits, answers
from retrieval.answers.answerer import Answerer
from retrieval.evidence.types import Quote


@dataclass(frozen=True)
class DraftOrder:
    """What is asked for. `language` is that of the findings; None: the template's. `into` is the space that
    the document is for, by id or name; empty: the template's own. `pictures` are files (PNG, JPEG and the
    like) by name or label of a field."""

    fields: Mapping[str, str] = field(default_factory=dict)
    brief: str = ""
    spaces: Collection[str] | None = None
    prose: bool = True
    language: str | None = None
    into: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class House:
    """The rules of the space that a draft is for, and what may pass there."""

    rules: PackSources | None = None
    waivers: tuple[Waiver, ...] = ()
    space_id: str = ""


@dataclass(frozen=True)
class Plan:
    """A template with what its asker gave, looked through."""

    template: Opened
    order: DraftOrder
    brief: Brief
    rules: PackSources | None
    waivers: tuple[Waiver, ...] = ()
    space_ids: frozenset[str] = frozenset()  # of the template and the house
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def outline(self) -> DraftOutline:
        """The template's outline."""
        return self.template.listed.outline


@dataclass(frozen=True)
class Made:
    """A finished draft. `missing` are the labels of its marked blanks; `report` None if the template
    names no rules; `spaces` as `core.access.made_within` says them."""

    id: str
    name: str
    template: str
    outline: DraftOutline
    brief: Brief
    sections: tuple[SectionText, ...]
    quotes: list[Quote]
    missing: tuple[str, ...]
    report: CheckReport | None
    content: bytes
    spaces: list[str] | None


def house_of(access: Access, session: Session, template: Opened, order: DraftOrder) -> House:
    """The rules of the space that the draft is for. Raises NotFound."""
    space_id = template.listed.space_id
    if order.into:
        space_id = access_rules.space(access, session, order.into).id
    if not space_id:
        return House()
    rows = session.scalars(
        select(SpaceWaiver)
        .where(SpaceWaiver.space_id == space_id)
        .order_by(SpaceWaiver.created_at, SpaceWaiver.id)
    )
    return House(sources_of(session, space_id), tuple(waiver_of(row) for row in rows), space_id)


def planned(template: Opened, order: DraftOrder, house: House = House()) -> Plan:  # it is frozen
    """What will be drafted, checked by the template's rules and the house's. Raises BadValue for what the
    template has not or cannot take, and RulesBad."""
    outline = template.listed.outline
    brief = read_brief(outline, order.fields, order.brief, today=today())
    rules = rules_of(outline, template.rules)
    if rules is not None and house.rules is not None:
        rules = replace(rules, more=house.rules.packs)
    rules = rules or house.rules
    if rules is not None:
        pack_head(rules)  # what cannot be run is reported now, not once all is written
    spaces = frozenset(filter(None, (template.listed.space_id, house.space_id)))
    return Plan(template, order, brief, rules, house.waivers, spaces, pictures_of(outline, order.pictures))


def make_draft(
    access: Access, sessions: Sessions, answerer: Answerer, plan: Plan, *, limits: ReadingLimits
) -> Iterator[SectionText | Made]:
    """Each section as it is written, then the draft; `keep` stores it. Raises TemplateBad."""
    template, order, brief, outline = plan.template, plan.order, plan.brief, plan.outline
    sought = Sought(order.spaces, order.prose)
    written: list[SectionText] = []
    with answerer.index.traffic.question():
        for section in outline.sections:
            above = quotes_of(written)
            places, said = [place_of(quote) for quote in above], [quote.text for quote in above]
            text = section_text(access, answerer, outline, section, brief, sought, places, said)
            written.append(text)
            yield text
    sections = tuple(_readable_still(access, sessions, written))
    missing = missing_of(outline, brief, sections, plan.pictures)
    name = f"{outline.titled(outline.language, template.listed.name)}.docx"
    with tempfile.TemporaryDirectory(prefix="shoko-draft-") as folder:
        out = Path(folder) / "draft.docx"
        _fill(template, out, content_of(outline, brief, sections, plan.pictures), Path(folder), plan.pictures)
        report = None
        if plan.rules is not None:
            spoken = order.language or outline.language
            costs = replace(limits, recognition=None)
            report = check_file(out, name, plan.rules, limits=costs, language=spoken)
            report = waived(report, plan.waivers, today(), spoken) if plan.waivers else report
        content = out.read_bytes()
    yield Made(
        new_id(), name, template.listed.name, outline, brief, sections, quotes_of(sections), missing, report,
        content, made_within(access, None if order.spaces is None else plan.space_ids.union(order.spaces)),
    )  # fmt: skip


def content_of(
    outline: DraftOutline,
    brief: Brief,
    sections: Sequence[SectionText],
    pictures: Collection[str] = (),
) -> DraftContent:
    """What the template is filled with; `pictures` are the fields of which one was given."""
    fields = {}
    places: tuple[Field | Computed, ...] = (*outline.fields, *outline.computed)
    for place in places:
        value = brief.fields.get(place.name) or brief.computed.get(place.name)
        marked = blank(place.label, outline.language) if isinstance(place, Computed) or place.required else ""
        text = FieldText(value.text if value else "", value.day if value else None, marked)
        if isinstance(place, Field) and place.kind is FieldKind.PICTURE:
            text = replace(text, text=place.label if place.name in pictures else "")
        if isinstance(place, Field) and value is not None and value.rows is not None:
            text = replace(text, **_table(place, value.rows, outline.language))
        fields[place.name] = text
    texts = {text.section.name: tuple(paragraphs_of(text, outline.language)) for text in sections}
    return DraftContent(fields, texts, outline.language)


def _table(place: Field, given: GivenRows, language: str) -> dict[str, Any]:
    """Its rows and totals as they are filled in; a number, or what is required, is a marked blank where it is
    missing."""
    rows = tuple(
        {
            column.name: FieldText(
                row.get(column.name, ""),
                blank=blank(column.label, language) if column.number or column.required else "",
            )
            for column in place.columns
        }
        for row in given.rows
    )
    totals = {
        column.name: FieldText(
            given.totals[column.name].text if column.name in given.totals else "",
            blank=blank(column.label, language),
        )
        for column in place.columns
        if column.number
    }
    return {"rows": rows, "totals": totals}


def missing_of(
    outline: DraftOutline, brief: Brief, sections: Sequence[SectionText], pictures: Collection[str] = ()
) -> tuple[str, ...]:
    """The labels of what stands as a marked blank."""
    given = {*brief.fields, *pictures}
    fields = [place.label for place in outline.fields if place.required and place.name not in given]
    for place in outline.fields:
        table = brief.fields[place.name].rows if place.name in brief.fields else None
        fields += [f"{place.label}: {column.label}" for column in incomplete(place.columns, table)]
    fields += [figure.label for figure in outline.computed if figure.name not in brief.computed]
    blanks = (SectionStatus.MISSING, SectionStatus.CONFLICT)
    return (*fields, *(text.section.label for text in sections if text.status in blanks))


def keep(session: Session, access: Access, made: Made, outcome: dict[str, Any]) -> None:
    """Keep the draft for its owner, in the caller's transaction. Raises DraftWithdrawn if a document that
    it quotes was erased meanwhile."""
    ids = {quote.hit.document.id for quote in made.quotes}
    left = session.scalar(select(func.count(Document.id)).where(Document.id.in_(ids))) or 0
    if left < len(ids):
        raise DraftWithdrawn(name=made.name)
    session.add(
        Draft(
            id=made.id,
            user_id=access.user_id,
            template=made.template,
            spaces=made.spaces,
            name=made.name[:300],
            outcome=outcome,
            content=made.content,
        )
    )
    session.flush()
    session.add_all(DraftSource(draft_id=made.id, document_id=document_id) for document_id in sorted(ids))
    record(
        session, access.user_id, "draft.made", made.id, template=made.template, documents=sorted(ids),
        missing=len(made.missing),
    )  # fmt: skip


def drafts(access: Access, session: Session, *, limit: int) -> list[Draft]:
    """One's own drafts, newest first."""
    query = select(Draft).where(own(access, Draft)).order_by(Draft.created_at.desc(), Draft.id)
    return list(session.scalars(query.limit(limit)))


def draft(access: Access, session: Session, draft_id: str) -> Draft:
    """One's own draft, whole. Raises NotFound, or DraftWithdrawn if a document that it quotes may not be
    read any more."""
    row = _own(access, session, draft_id)
    cited = select(func.count(DraftSource.document_id)).where(DraftSource.draft_id == draft_id)
    readable = cited.where(
        DraftSource.document_id.in_(readable_documents(access).with_only_columns(Document.id))
    )
    if session.scalar(cited) != session.scalar(readable):
        raise DraftWithdrawn(name=row.name)
    return row


def remove(access: Access, session: Session, draft_id: str) -> None:
    """Remove one's own draft. Raises NotFound, UnderLegalHold."""
    row = _own(access, session, draft_id)
    check_user(session, session.get_one(User, access.user_id))
    record(session, access.user_id, "draft.removed", draft_id)
    session.delete(row)


def _own(access: Access, session: Session, draft_id: str) -> Draft:
    row = session.scalar(
        select(Draft)
        .where(Draft.id == draft_id, own(access, Draft))
        .options(undefer(Draft.content), undefer(Draft.outcome))
    )
    if row is None:
        raise NotFound(what="draft", name=draft_id)
    return row


def _readable_still(
    access: Access, sessions: Sessions, written: Sequence[SectionText]
) -> Iterator[SectionText]:
    """The sections on their quotes as they are now. A quote that may not be read any more, or is no longer in
    force, goes; what a model wrote goes with any of its quotes; if nothing is left, a blank is."""
    passages = {quote.hit.passage.id for section in written for quote in section.quotes}
    with sessions.read() as session:
        current = {
            passage.id: (passage, document)
            for passage, document in session.execute(published_passages(access, sorted(passages)))
        }
        now_held = published_passages(renewed(access, session), sorted(current))
        still = {passage.id for passage, _ in session.execute(now_held)}
    for section in written:
        yield with_quotes(section, [_as_now(quote, current, still) for quote in section.quotes])


def _as_now(quote: Quote, current: dict[str, tuple[Passage, Document]], still: set[str]) -> Quote | None:
    passage_id = quote.hit.passage.id
    if passage_id not in still:
        return None
    passage, document = current[passage_id]
    return replace(quote, hit=replace(quote.hit, passage=passage, document=document))


def _fill(
    template: Opened, out: Path, content: DraftContent, folder: Path, pictures: Mapping[str, bytes]
) -> None:
    source = folder / "template.docx"
    source.write_bytes(template.content)
    for number, (field_name, picture) in enumerate(pictures.items()):
        file = folder / f"picture-{number}"
        file.write_bytes(picture)
        content.fields[field_name] = replace(content.fields[field_name], picture=str(file))
    name = f"{template.listed.name}.docx"
    order = {"path": str(source), "out": str(out), "name": name, "content": content.packed()}
    for _ in answers("drafts.filling_child", order, name, LIMITS):
        pass
