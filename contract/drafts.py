"""Templates and drafts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Base64Bytes, Field

from contract.answers import CitationOut, StruckOut
from contract.base import Schema
from contract.checks import FindingOut, RuleOut
from contract.values import FieldKind, SectionStatus


class TemplateColumn(Schema):
    """A column of a table that the asker gives."""

    name: str
    label: str
    number: bool
    required: bool
    times: list[str] = Field(description="The columns that it is worked out from, as their product")


class TemplateField(Schema):
    """A place for something that the asker knows; left empty, a required one is a marked blank."""

    name: str
    label: str
    kind: FieldKind
    required: bool
    choices: list[str] = Field(description="Of the kind choice")
    hint: str
    default: str = Field(description="Used if nothing is given; for a date `today` is the current day")
    columns: list[TemplateColumn] = Field(
        default=[],
        description="Of the kind rows; its value is a table as CSV, or as cells copied from a spreadsheet",
    )


class TemplateSection(Schema):
    """A place for text from the documents."""

    name: str
    label: str
    ask: str = Field(description="What is looked up; {field} stands for a field's value")
    required: bool
    quotes: int = Field(description="How many quotes at most")


class TemplateOut(Schema):
    """A template: its fields and sections in their order in the document."""

    id: str = Field(description="Of one that ships: its name")
    name: str
    title: dict[str, str] = Field(description="By language; may be empty")
    language: Literal["ja", "en", "zh"]
    space_id: str = Field(description="Empty for one that ships")
    space: str
    packs: list[str] = Field(description="Rule packs that ship, which its drafts are held against")
    own_rules: bool = Field(description="It brings rules of its own")
    managed: bool = Field(description="You may replace and remove it")
    fields: list[TemplateField]
    sections: list[TemplateSection]
    computed: list[str] = Field(default=[], description="Labels of the figures that a draft works out")


class DraftRequest(Schema):
    """A draft to make. `fields` are values by name or label of a field; a section's name takes your own text
    for it. `brief` is a text of lines `label: value`, for whatever is not in `fields`."""

    template: str = Field(description="Id or name")
    fields: dict[str, str] = Field({})
    brief: str = ""
    pictures: dict[str, Base64Bytes] = Field(
        default={},
        description="Picture files (PNG, JPEG) by name or label of a field of the kind picture, as base64",
    )
    spaces: list[str] | None = Field(default=None, description="Ids of spaces to look in; null: all")
    into: str = Field(
        default="",
        description="Id or name of the space that the document is for, whose packs check it too; empty: the"
        " template's own space",
    )
    prose: bool = Field(default=True, description="Let a model write where there is one; else quotes alone")
    language: Literal["ja", "en", "zh"] | None = Field(
        default=None, description="Of the findings' messages; null: the template's"
    )
    stream: bool = True


class DraftSentence(Schema):
    """A sentence or a quote; `marks` are numbers of citations."""

    text: str
    marks: list[int]


class DraftSection(Schema):
    """A section as it was written.

    `given`: your own text; `written`: a model's sentences, each checked; `quoted`: quotes alone; `conflict`:
    quotes that do not agree, and a marked blank; `missing`: a marked blank; `left_out`: nothing.
    """

    name: str
    label: str
    status: SectionStatus
    question: str = Field(description="What was looked up")
    sentences: list[DraftSentence]
    struck: list[StruckOut]
    why: str = Field(description="Code of an error where a model could not write it")
    model: str
    probability: float


class DraftField(Schema):
    """A field as it stands in the draft; an empty value is a blank."""

    name: str
    label: str
    value: str


class DraftCheck(Schema):
    """What the template's rules, and those of the space that it is for, say of the draft."""

    pack: str
    findings: list[FindingOut]
    rules: list[RuleOut]


class DraftShort(Schema):
    """A draft in a list."""

    id: str
    name: str = Field(description="Of the file")
    template: str
    created_at: datetime


class DraftOut(DraftShort):
    """A draft: its file is at `GET /api/drafts/{id}/file`."""

    language: str
    fields: list[DraftField]
    sections: list[DraftSection]
    citations: list[CitationOut]
    missing: list[str] = Field(description="Labels of the marked blanks that a person must fill")
    check: DraftCheck | None = Field(description="Null where the template names no rules")


class SectionEvent(Schema):
    """An event: a section that has just been written, the `number`th `of` so many."""

    number: int
    of: int
    section: DraftSection
