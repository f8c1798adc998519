"""What programs get from `shoko … --json` and from the tools of the MCP server: the same from both, in fewer
fields than the API's own bodies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field

from contract.answers import ComputedOut, OtherDayOut, StretchOut, StruckOut
from contract.base import Schema
from contract.checks import RuleOut
from contract.copies import CopyBesideOut
from contract.documents import PlaceOut
from contract.overviews import OverviewOut
from contract.values import CopyStandingCode

TIMINGS = ("search", "evidence", "first_token", "total")


class ProgramHit(Schema):
    """A passage that was found."""

    document: str = Field(description="File name")
    document_id: str
    version: int
    page: int
    last_page: int
    passage: str
    score: float
    place: PlaceOut | None


class ProgramHits(Schema):
    """Passages, best first."""

    hits: list[ProgramHit]
    widened: list[str] = Field(description="What was looked up beside the query's own words")

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> ProgramHits:
        """From the body of `GET /api/search`."""
        hits = [_chosen(ProgramHit, hit) for hit in answer["hits"]]
        return cls.model_validate({"hits": hits, "widened": answer["widened"]})


class ProgramCitation(Schema):
    """A quote: word for word what stands on that page of that version."""

    mark: int = Field(description="The number by which the answer cites it")
    document: str = Field(description="File name")
    document_id: str
    version: int
    page: int
    quote: str
    start: int
    end: int
    unit: str
    stretches: list[StretchOut]
    emphasis: list[tuple[int, int]]
    place: PlaceOut
    ocr: bool = Field(description="Recognised from a picture: compare it with the page")
    standing: CopyStandingCode = Field(
        default=CopyStandingCode.UNKNOWN, description="Among copies; likely_ ones are proposed, not decided"
    )
    copies: list[CopyBesideOut] = Field(
        default=[], description="Other copies of the document that say something else in its place"
    )


class ProgramAnswer(Schema):
    """An answer. `status`: answered (by a model, each sentence checked), quoted (quotes alone) or not_found:
    the documents do not say it, and nobody should make it up."""

    question_id: str
    status: str
    certainty: str
    answer: str = Field(description="Sentences with the marks of their citations; empty unless answered")
    computed: ComputedOut | None = Field(description="What was computed from a table, never by a model")
    citations: list[ProgramCitation]
    timings_ms: dict[str, float | None]
    struck: list[StruckOut] = Field(description="A model's sentences that its quotes do not carry")
    widened: list[str] = Field(description="What was looked up beside the question's own words")
    overview: OverviewOut | None
    as_of: date | None = Field(description="The day that the citations are of; null: today")
    other_days: list[OtherDayOut] = Field(
        description="Documents that are not in force today and would answer, or whose quotes these are"
    )

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> ProgramAnswer:
        """From the body of an answer."""
        kept = _chosen(cls, answer)
        kept["citations"] = [_chosen(ProgramCitation, citation) for citation in answer["citations"]]
        kept["timings_ms"] = {name: answer["timings_ms"].get(name) for name in TIMINGS}
        return cls.model_validate(kept)


class ProgramPage(Schema):
    """A page's text, as quotes are taken from it, with the document and the version that it is of."""

    document: str = Field(description="File name")
    document_id: str
    title: str
    space: str
    version: int
    in_force: bool = Field(description="Whether this version answers questions today")
    page: int
    pages: int
    place: str = Field(description="Name of the sheet or slide, or the page's printed label")
    text: str
    ocr: bool = Field(description="Recognised from a picture: compare it with the page")


class ProgramDocument(Schema):
    """A document and its newest version."""

    document: str = Field(description="File name")
    document_id: str
    title: str
    space: str
    version: int
    answers: int | None = Field(description="The version that answers questions today; null: none")
    state: str
    pages: int
    in_force_from: date | None
    in_force_until: date | None


class ProgramDocuments(Schema):
    """Documents, newest first, of `total`."""

    documents: list[ProgramDocument]
    total: int


class ProgramSpace(Schema):
    """A space that the key reads."""

    id: str
    name: str
    documents: int


class ProgramSpaces(Schema):
    """Spaces, by name."""

    spaces: list[ProgramSpace]


class ProgramPack(Schema):
    """A rule pack that texts can be checked against."""

    id: str
    name: str
    title: dict[str, str]
    rules: int
    space: str = Field(description="Name of the space that it is of; empty: it ships")


class ProgramPacks(Schema):
    """Rule packs: those that ship, then those of the spaces that the key reads."""

    packs: list[ProgramPack]


class ProgramFinding(Schema):
    """A breach of a rule; `fix` would replace `quote`."""

    rule: str
    level: Literal["error", "warning", "info"]
    message: str
    place: dict[str, Any]
    shown_place: str
    quote: str
    fix: str | None
    opinion: bool = Field(description="Whether a model said it: to be checked by a person")


class ProgramCheck(Schema):
    """What a text breaches, and of each rule whether it ran: one that did not run has not passed."""

    findings: list[ProgramFinding]
    rules: list[RuleOut]
    levels: dict[str, int]
    notes: list[str]

    @classmethod
    def of(cls, check: Mapping[str, Any]) -> ProgramCheck:
        """From the body of a check."""
        kept = _chosen(cls, check)
        kept["findings"] = [_chosen(ProgramFinding, finding) for finding in check["findings"]]
        return cls.model_validate(kept)


def _chosen(shape: type[Schema], body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of that body that the schema has."""
    return {name: body[name] for name in shape.model_fields}
