"""Health, usage and storage."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from contract.base import Schema


class Health(Schema):
    """Whether the back-end works, and what is not as it should be."""

    status: str
    version: str
    passages: int
    vectors: int
    chat_model: str
    chat_ready: bool
    embedder: str
    waiting: int = Field(description="Questions that hold or await the chat model")
    problems: list[str]
    loading: bool = Field(default=False, description="Models of the settings are still being loaded")
    demonstration: bool = Field(default=False, description="The chat model is for trying out, not for work")
    chat_languages: list[str] = Field(default=[], description="That it writes well; empty: nobody said")
    embed_languages: list[str] = Field(default=[], description="That the embedder knows")
    reading: int = Field(default=0, description="Documents that wait to be read or are read")
    embedding: int = Field(default=0, description="Documents that wait to be found by meaning too")
    older_passages: int = Field(default=0, description="Of versions that are not in force today")
    without_vectors: int = Field(default=0, description="Passages that are found by their words alone so far")


class Ready(Schema):
    """Whether questions are answered and documents taken in."""

    ready: bool
    lacking: list[str] = Field(description="models, records, words, vectors, disk or stopping")


class UsageDay(Schema):
    """What was asked on one day, in the time zone of the computer that serves."""

    day: date
    questions: int
    people: int
    answered: int
    quoted: int
    not_found: int
    helpful: int
    not_helpful: int
    quotes_ms: float | None = Field(description="Median until the quotes were there; null: nothing asked")
    total_ms: float | None = Field(description="Median until the whole answer was there")


class UsageOut(Schema):
    """Every day of the span, the days without a question too; oldest first."""

    days: list[UsageDay]


class StoragePart(Schema):
    """How much one part of the library takes."""

    part: str = Field(description="originals, pictures, words, vectors, records, logs, models or other")
    bytes: int
    files: int


class StorageOut(Schema):
    """What the library takes on the disk, and what is left there."""

    parts: list[StoragePart]
    free_bytes: int
    total_bytes: int


class ReindexOut(Schema):
    """Passages that are searchable by words again, and the jobs that compute their vectors."""

    passages: int
    jobs: list[str]
