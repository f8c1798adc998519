"""What the back-end tells of templates and drafts, as values. Fields that a newer back-end adds are passed
over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ui.check_records import Finding, RuleOutcome
from ui.records import Citation, Struck


@dataclass(frozen=True)
class TemplateField:
    """A place for something that the asker knows; `kind` is text, long_text, date, number or choice."""

    name: str
    label: str
    kind: str
    required: bool
    choices: list[str]
    hint: str
    default: str  # `today` of a date is this day


@dataclass(frozen=True)
class TemplateSection:
    """A place for text from the documents; `ask` is what is looked up."""

    name: str
    label: str
    ask: str
    required: bool


@dataclass(frozen=True)
class Template:
    """A template; `title` by language, `space` empty for one that ships."""

    id: str
    name: str
    title: dict[str, str]
    language: str
    space: str
    managed: bool
    fields: list[TemplateField]
    sections: list[TemplateSection]

    def shown(self, language: str) -> str:
        """Its title in that language, else its name, with the space that keeps it."""
        title = self.title.get(language) or self.title.get(self.language) or self.name
        return f"{title} ({self.space})" if self.space else title


@dataclass(frozen=True)
class DraftSentence:
    """A sentence or a quote; `marks` are numbers of citations."""

    text: str
    marks: list[int]


@dataclass(frozen=True)
class DraftSection:
    """A section as it was written: `status` is given, written, quoted, conflict, missing or left_out."""

    name: str
    label: str
    status: str
    question: str
    sentences: list[DraftSentence]
    struck: list[Struck]
    why: str = ""


@dataclass(frozen=True)
class DraftField:
    """A field as it stands in the draft; an empty value is a blank."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class DraftCheck:
    """What the template's rules say of the draft."""

    pack: str
    findings: list[Finding]
    rules: list[RuleOutcome]


@dataclass(frozen=True)
class DraftShort:
    """A draft in a list."""

    id: str
    name: str
    template: str
    created_at: datetime


@dataclass(frozen=True)
class Draft(DraftShort):
    """A whole draft; `missing` are the labels of the blanks that a person must fill."""

    language: str = ""
    fields: list[DraftField] = field(default_factory=list)
    sections: list[DraftSection] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    check: DraftCheck | None = None


@dataclass(frozen=True)
class SectionDone:
    """A section that has just been written: the `number`th `of` so many."""

    number: int
    of: int
    section: DraftSection


DraftEvent = SectionDone | Draft
