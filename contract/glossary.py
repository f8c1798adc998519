"""The words of the company: entries of a space's glossary."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from contract.base import Schema


class GlossaryWord(Schema):
    """A word for a thing. `use`: written (documents write it), said (an abbreviation, or what people say),
    avoided (not to be written: understood in questions, and reported by checks)."""

    text: str = Field(max_length=200)
    language: Literal["ja", "en", "zh"]
    use: Literal["written", "said", "avoided"] = "written"


class GlossaryIn(Schema):
    """An entry; the first written word names the thing."""

    words: list[GlossaryWord] = Field(min_length=1, max_length=60)
    but_not: list[str] = Field(
        default=[],
        max_length=60,
        description="Longer texts that hold one of the words and mean something else",
    )
    note: str = Field(default="", max_length=1000)


class GlossaryOut(GlossaryIn):
    """An entry of a space's glossary."""

    id: str
    term: str = Field(description="The word that names the thing")
    changed_at: datetime


class GlossaryList(Schema):
    """Entries by term, of `total`."""

    entries: list[GlossaryOut]
    total: int


class GlossaryTaken(Schema):
    """What a table did."""

    added: int
    changed: int
    removed: int


class GlossaryProposal(Schema):
    """A word of questions that nothing answered, which neither the space's documents nor its glossary
    know."""

    word: str
    language: str = Field(description="Of the question that has it first")
    questions: int = Field(description="How many have it")
    examples: list[str]
