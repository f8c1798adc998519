"""Checks, rule packs and waivers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from contract.base import ErrorDetail, Schema

Language = Literal["ja", "en", "zh"]


class PackOut(Schema):
    """A rule pack that may be named in a check: one that ships, or one of a space that you read."""

    id: str = Field(description="What `pack` takes: the name of one that ships, else the pack's id")
    name: str
    title: dict[str, str] = Field(description="By language: ja, en, zh; may be empty")
    rules: int
    ships: bool
    space: str = Field(default="", description="Name of the space that it belongs to; empty where it ships")
    space_id: str = ""


class PackRuleOut(Schema):
    """A rule of a pack."""

    id: str
    kind: str
    level: Literal["error", "warning", "info"]
    doctypes: list[str] = Field(description="Types of document that it is for; empty: all")
    fix: Literal["safe", "suggest", "none"]
    link: str
    note: str


class PackDetailOut(PackOut):
    """A pack with its rules, and the rules of its imports that cannot run, with why."""

    doctypes: list[str]
    rule_list: list[PackRuleOut]
    broken: list[RuleOut]
    warnings: list[str]


class SpacePackOut(Schema):
    """A pack that a space's documents are checked against."""

    id: str
    name: str
    title: dict[str, str]
    rules: int
    ships: bool
    added_at: datetime


class RuleOut(Schema):
    """Whether a rule ran, and if not, why."""

    id: str
    ran: bool
    why: str
    state: Literal["ran", "not_applicable", "could_not_run"]
    findings: int


class TextCheckIn(Schema):
    """A text to be checked, which is not kept. `name` is what it is called; its ending says what it is."""

    text: str = Field(max_length=500_000)
    packs: list[str] = Field(min_length=1, max_length=50, description="Names or ids from GET /api/packs")
    name: str = Field(default="text.txt", max_length=255, description="It ends in .txt or .md")
    language: Language = Field(default="en", description="Of the messages")


class FindingOut(Schema):
    """A breach of a rule. `place` holds what the format has; `fix` would replace `quote`."""

    number: int = Field(default=0, description="Its number in the report, from 1; boxes and marks name it")
    rule: str
    kind: str
    level: Literal["error", "warning", "info"]
    message: str
    place: dict[str, Any]
    shown_place: str = Field(default="", description="The place in few words: `12:3`, `p. 4`, `Sheet1!B2`")
    page: int = Field(default=0, description="Number of the page, sheet or slide of `pages`; 0: the whole")
    quote: str
    fix: str | None
    fix_is_safe: bool
    fingerprint: str
    document: str
    opinion: bool = Field(default=False, description="Whether a model said it: to be checked by a person")
    confidence: float | None = None
    link: str = ""
    reason: str = Field(default="", description="Why it is waived")
    state: Literal["open", "accepted", "ignored"] = Field(
        default="open", description="What its person did with it in this check"
    )
    can_fix: bool = Field(default=False, description="Whether its fix can be made where it is chosen")
    before: str = Field(default="", description="The text before the quote, for a preview")
    after: str = Field(default="", description="The text behind it")
    also: list[dict[str, Any]] = Field(
        default=[], description="The other places of what the whole document does the same way"
    )


class FindingGroupOut(Schema):
    """Findings that say the same: how many, their numbers in the report, and where they stand."""

    rule: str
    level: Literal["error", "warning", "info"]
    message: str
    fix: str | None
    count: int
    findings: list[int]
    places: list[str]


class UnverifiedOut(Schema):
    """An opinion of a model whose quote does not stand in the document: no finding."""

    rule: str
    quote: str
    reason: str


class CheckOut(Schema):
    """The outcome for one document. `findings` are those that the query chose, of `total`."""

    document: str
    format: str
    pack: str
    doctypes: list[str]
    findings: list[FindingOut]
    rules: list[RuleOut]
    waived: list[FindingOut] = Field(description="Findings that a waiver or the baseline covers")
    unverified: list[UnverifiedOut]
    notes: list[str]
    groups: list[FindingGroupOut] = Field(
        default=[], description="All findings, those that say the same as one"
    )
    id: str = Field(default="", description="Of the kept check; empty where it is not kept")
    document_id: str | None = Field(default=None, description="Of the library's document that was checked")
    created_at: datetime | None = None
    expires_at: datetime | None = Field(default=None, description="When it is erased")
    total: int = Field(default=0, description="Findings before the query's filters")
    levels: dict[str, int] = Field(default={}, description="Findings by level: error, warning, info")
    fixable: int = Field(default=0, description="Findings whose fix is safe")
    can_fix: bool = Field(default=False, description="Whether its format can be fixed: docx, markdown, text")
    reports: list[str] = Field(default=[], description="Formats of its report")
    fixes: int = Field(default=0, description="Fixes made in this copy; 0: it is as it was sent")
    settled: int = Field(
        default=0, description="Findings accepted, ignored, let pass or fixed, of `to_settle`"
    )
    to_settle: int = Field(default=0, description="All findings, with those let pass and those fixed")


class KeptCheckOut(Schema):
    """A check that is still kept, without its findings."""

    id: str
    document: str
    document_id: str | None
    format: str
    packs: list[str]
    levels: dict[str, int]
    fixes: int
    created_at: datetime
    expires_at: datetime


class PageViewOut(Schema):
    """A page, sheet or slide of a checked document, or its whole text as one; size in points, 0: none."""

    number: int
    kind: Literal["page", "sheet", "slide", "text"]
    name: str
    width: float
    height: float
    findings: int
    picture: bool = Field(description="Whether it has a picture; else there is its text")


class PageBoxOut(Schema):
    """Where the finding of that number stands: [left, top, right, bottom], points from the upper left."""

    finding: int
    box: tuple[float, float, float, float]


class PrintedPageOut(Schema):
    """A page of an Office file as it is printed; size in points, and the boxes of findings on it."""

    number: int
    width: float
    height: float
    boxes: list[PageBoxOut]


class PrintedOut(Schema):
    """An Office file as it is printed. Without pages `why` says why: no_printer (LibreOffice is not
    installed), failed, no_paper (no Office file)."""

    pages: list[PrintedPageOut]
    why: Literal["", "no_printer", "failed", "no_paper"]


class TextPieceOut(Schema):
    """A piece of a page's text. `marks`: [finding's number, start, end] in it."""

    index: int
    zone: str
    level: int
    place: str
    text: str
    marks: list[tuple[int, int, int]]


class PageDetailOut(PageViewOut):
    """A page with the boxes of its findings, and its text with marks; `pieces` are some of `total`."""

    boxes: list[PageBoxOut]
    pieces: list[TextPieceOut]
    total: int


class ChosenFindings(Schema):
    """Findings by number in the report, by fingerprint, or all of a rule; a rule may hold * and ?."""

    findings: list[int] = Field(default=[], max_length=5000, description="Their `number`s")
    fingerprints: list[str] = Field(default=[], max_length=5000)
    rules: list[str] = Field(default=[], max_length=500)


class SettleIn(ChosenFindings):
    """What is done with findings: accepted (they are right), ignored, or open again."""

    state: Literal["accepted", "ignored", "open"]


class FixesIn(ChosenFindings):
    """How fixes are made, and which: without a choice the safe ones."""

    tracked: bool = Field(default=False, description="In Word: as tracked changes")


class FixPreviewOut(Schema):
    """What a fix would change: `before`, then `fix` in place of `quote`, then `after`."""

    finding: int = Field(description="Its number in the report")
    fingerprint: str
    rule: str
    shown_place: str
    before: str
    quote: str
    fix: str
    after: str
    safe: bool = Field(description="Whether it is made without being chosen")


class FixesOut(Schema):
    """A copy with fixes, checked again: it is a check of its own, with its file."""

    check: str = Field(description="Id of the copy's check")
    applied: int
    left: int = Field(description="Findings that the copy still has")


class WaiverIn(Schema):
    """Findings that are waived for a time: one by its fingerprint, or those of a rule. `rule` and `document`
    may hold * and ?."""

    fingerprint: str = Field(default="", max_length=16)
    rule: str = Field(default="", max_length=200)
    document: str = Field("*", max_length=500)
    reason: str = Field(min_length=3, max_length=500)
    until: date


class WaiverOut(WaiverIn):
    """A waiver of a space."""

    id: str
    by: str
    ended: bool
    created_at: datetime


class SpaceJobOut(Schema):
    """A check of a whole space on its way: `done` of `total` documents."""

    id: str
    state: str = Field(description="waiting, running, done, failed or cancelled")
    done: int
    total: int
    error: ErrorDetail | None
    created_at: datetime
    finished_at: datetime | None
    seconds_left: float | None = Field(description="At the pace so far; null where it is not known")


class RuleTallyOut(Schema):
    """A rule over a space: its findings, in how many documents, and in how many it ran or could not."""

    rule: str
    kind: str
    level: Literal["error", "warning", "info"]
    findings: int
    documents: int
    ran: int
    could_not_run: int


class DepartmentOut(Schema):
    """The documents of a folder: the first part of their names; empty for those in none."""

    name: str
    documents: int
    levels: dict[str, int]


class SpaceCheckOut(Schema):
    """A space in figures, of the documents that you may read, and the last check of the whole of it."""

    space: str
    space_id: str
    packs: list[str]
    job: SpaceJobOut | None
    documents: int
    checked: int
    unreadable: int
    unchecked: int
    waived: int
    levels: dict[str, int]
    rules: list[RuleTallyOut]
    departments: list[DepartmentOut]


class CheckedDocumentOut(Schema):
    """A document of a space with what its check found, or why there is none."""

    document_id: str
    document: str
    department: str
    levels: dict[str, int]
    waived: int
    could_not_run: int
    error: ErrorDetail | None
    checked_at: datetime | None


class CheckedDocumentList(Schema):
    """Documents of a space, most errors first."""

    documents: list[CheckedDocumentOut]
    total: int


class BaselineOut(Schema):
    """How many findings are known from now on."""

    findings: int
