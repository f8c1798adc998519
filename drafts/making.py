"""From a template and a brief to a document that was checked: written, filled, held against the rules, kept.

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

from checks.findings import Report
from checks.packs.pack import Pack, merged
from checks.packs.waivers import Waiver, waived, waiver_of
from checks.readers.reading import read_document
from checks.service.runner import run_pack
from checks.service.space_packs import packs_of
from contract.values import SectionStatus
from core import access as access_rules
from core.access import Access, made_within, own, readable_documents, renewed
from core.audit import record
from core.db import Sessions
from core.errors import DraftWithdrawn, NotFound
from core.holds import check_user
from core.models import Document, Draft, DraftSource, SpaceWaiver, User, new_id, today
from drafts.content import Content, FieldText
from drafts.outline import Outline, blank
from drafts.templates import LIMITS, Opened, pack_of
from drafts.values import Brief, read_brief
from drafts.writing import SectionText, Sought, paragraphs_of, place_of, quotes_of, section_text, with_quotes
from ingest.sandbox import ReadingLimits, answers
from retrieval.answers.answerer import Answerer
from retrieval.answers.cache import loaded_again
from retrieval.evidence.types import Quote


@dataclass(frozen=True)
class DraftOrder:
    """What is asked for. `language` is that of the findings; None: the template's. `into` is the space that
    the document is for, by id or name; empty: the template's own."""

    fields: Mapping[str, str] = field(default_factory=dict)
    brief: str = ""
    spaces: Collection[str] | None = None
    prose: bool = True
    language: str | None = None
    into: str = ""


@dataclass(frozen=True)
class House:
    """The rules of the space that a draft is for, and what may pass there."""

    pack: Pack | None = None
    waivers: tuple[Waiver, ...] = ()
    space_id: str = ""


@dataclass(frozen=True)
class Plan:
    """A template with what its asker gave, looked through."""

    template: Opened
    order: DraftOrder
    brief: Brief
    pack: Pack | None
    waivers: tuple[Waiver, ...] = ()
    space_ids: frozenset[str] = frozenset()  # of the template and the house

    @property
    def outline(self) -> Outline:
        """The template's outline."""
        return self.template.listed.outline


@dataclass(frozen=True)
class Made:
    """A finished draft. `missing` are the labels of its marked blanks; `report` None where the template
    names no rules; `spaces` as `core.access.made_within` says them."""

    id: str
    name: str
    template: str
    outline: Outline
    brief: Brief
    sections: tuple[SectionText, ...]
    quotes: list[Quote]
    missing: tuple[str, ...]
    report: Report | None
    content: bytes
    spaces: list[str] | None


def house_of(access: Access, session: Session, template: Opened, order: DraftOrder) -> House:
    """The rules of the space that the draft is for. Raises NotFound, RulesBad."""
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
    return House(packs_of(session, space_id), tuple(waiver_of(row) for row in rows), space_id)


def planned(template: Opened, order: DraftOrder, house: House = House()) -> Plan:  # it is frozen
    """What will be drafted, checked by the template's rules and the house's. Raises BadValue for what the
    template has not or cannot take, and RulesBad."""
    outline = template.listed.outline
    brief = read_brief(outline, order.fields, order.brief, today=today())
    pack = pack_of(outline, template.rules)
    if pack is not None and house.pack is not None:
        more = [rule for rule in house.pack.rules if rule not in pack.rules]
        pack = merged(f"{pack.name} + {house.pack.name}", [pack, replace(house.pack, rules=tuple(more))])
    spaces = frozenset(filter(None, (template.listed.space_id, house.space_id)))
    return Plan(template, order, brief, pack or house.pack, house.waivers, spaces)


def make_draft(
    access: Access, sessions: Sessions, answerer: Answerer, plan: Plan, *, limits: ReadingLimits
) -> Iterator[SectionText | Made]:
    """Each section as it is written, then the draft; `keep` stores it. Raises TemplateBad."""
    template, order, brief, pack, outline = plan.template, plan.order, plan.brief, plan.pack, plan.outline
    sought = Sought(order.spaces, order.prose)
    written: list[SectionText] = []
    with answerer.index.traffic.question():
        for section in outline.sections:
            places = [place_of(quote) for quote in quotes_of(written)]
            text = section_text(access, answerer, outline, section, brief, sought, places)
            written.append(text)
            yield text
    sections = tuple(_readable_still(access, sessions, written))
    missing = missing_of(outline, brief, sections)
    name = f"{outline.titled(outline.language, template.listed.name)}.docx"
    with tempfile.TemporaryDirectory(prefix="shoko-draft-") as folder:
        out = Path(folder) / "draft.docx"
        _fill(template, out, content_of(outline, brief, sections), Path(folder))
        report = None
        if pack is not None:
            document = read_document(out, name, limits=replace(limits, recognition=None))
            spoken = order.language or outline.language
            report = run_pack(document, pack, language=spoken)
            report = waived(report, plan.waivers, today(), spoken) if plan.waivers else report
        content = out.read_bytes()
    yield Made(
        new_id(), name, template.listed.name, outline, brief, sections, quotes_of(sections), missing, report,
        content, made_within(access, None if order.spaces is None else plan.space_ids.union(order.spaces)),
    )  # fmt: skip


def content_of(outline: Outline, brief: Brief, sections: Sequence[SectionText]) -> Content:
    """What the template is filled with."""
    fields = {}
    for one in outline.fields:
        given = brief.fields.get(one.name)
        marked = blank(one.label, outline.language) if one.required else ""
        fields[one.name] = FieldText(given.text if given else "", given.day if given else None, marked)
    texts = {one.section.name: tuple(paragraphs_of(one, outline.language)) for one in sections}
    return Content(fields, texts)


def missing_of(outline: Outline, brief: Brief, sections: Sequence[SectionText]) -> tuple[str, ...]:
    """The labels of what stands as a marked blank."""
    fields = [one.label for one in outline.fields if one.required and one.name not in brief.fields]
    blanks = (SectionStatus.MISSING, SectionStatus.CONFLICT)
    return (*fields, *(one.section.label for one in sections if one.status in blanks))


def keep(session: Session, access: Access, made: Made, outcome: dict[str, Any]) -> None:
    """Keep the draft for its owner, in the caller's transaction. Raises DraftWithdrawn where a document that
    it quotes was erased meanwhile."""
    ids = {quote.hit.document.id for quote in made.quotes}
    there = session.scalar(select(func.count(Document.id)).where(Document.id.in_(ids))) or 0
    if there < len(ids):
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
    session.add_all(DraftSource(draft_id=made.id, document_id=one) for one in sorted(ids))
    record(
        session, access.user_id, "draft.made", made.id, template=made.template, documents=sorted(ids),
        missing=len(made.missing),
    )  # fmt: skip


def drafts(access: Access, session: Session, *, limit: int) -> list[Draft]:
    """One's own drafts, newest first."""
    query = select(Draft).where(own(access, Draft)).order_by(Draft.created_at.desc(), Draft.id)
    return list(session.scalars(query.limit(limit)))


def draft(access: Access, session: Session, draft_id: str) -> Draft:
    """One's own draft, whole. Raises NotFound, or DraftWithdrawn where a document that it quotes may not be
    read any more."""
    found = _own(access, session, draft_id)
    cited = select(func.count(DraftSource.document_id)).where(DraftSource.draft_id == draft_id)
    readable = cited.where(
        DraftSource.document_id.in_(readable_documents(access).with_only_columns(Document.id))
    )
    if session.scalar(cited) != session.scalar(readable):
        raise DraftWithdrawn(name=found.name)
    return found


def remove(access: Access, session: Session, draft_id: str) -> None:
    """Remove one's own draft. Raises NotFound, UnderLegalHold."""
    found = _own(access, session, draft_id)
    check_user(session, session.get_one(User, access.user_id))
    record(session, access.user_id, "draft.removed", draft_id)
    session.delete(found)


def _own(access: Access, session: Session, draft_id: str) -> Draft:
    found = session.scalar(
        select(Draft)
        .where(Draft.id == draft_id, own(access, Draft))
        .options(undefer(Draft.content), undefer(Draft.outcome))
    )
    if found is None:
        raise NotFound(what="draft", name=draft_id)
    return found


def _readable_still(
    access: Access, sessions: Sessions, written: Sequence[SectionText]
) -> Iterator[SectionText]:
    """The sections on their quotes as they are now. A quote that may not be read any more, or is no longer in
    force, goes; what a model wrote goes with any of its quotes; where nothing is left, a blank is."""
    with sessions.read() as session:
        now_held = renewed(access, session)
        for one in written:
            left = [
                loaded[0] if loaded and loaded_again(now_held, session, [quote]) else None
                for quote in one.quotes
                for loaded in [loaded_again(access, session, [quote])]
            ]
            yield with_quotes(one, left)


def _fill(template: Opened, out: Path, content: Content, folder: Path) -> None:
    source = folder / "template.docx"
    source.write_bytes(template.content)
    name = f"{template.listed.name}.docx"
    order = {"path": str(source), "out": str(out), "name": name, "content": content.packed()}
    for _ in answers("drafts.filling_child", order, name, LIMITS):
        pass
