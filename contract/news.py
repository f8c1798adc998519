"""What is new in one's spaces: as a list, as feeds, as a digest by mail."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from contract.base import Schema

NewsLanguage = Literal["ja", "en", "zh"]


class NewsOut(Schema):
    """A version that was published. `version` 1 is a new document, more is a changed one."""

    document_id: str
    document: str = Field(description="File name")
    title: str
    space: str
    version: int
    at: datetime
    in_force_from: date | None


class NewsList(Schema):
    """Newest first, of documents that you may read now."""

    news: list[NewsOut]


class FeedIn(Schema):
    """A feed to be made; `spaces` (ids) are those it is of, null: all that you read."""

    name: str = Field(max_length=200)
    language: NewsLanguage = "en"
    spaces: list[str] | None = Field(default=None, max_length=1000)


class FeedOut(Schema):
    """A feed of your own."""

    id: str
    name: str
    language: str
    spaces: list[str] | None
    created_at: datetime
    last_used_at: datetime | None


class MadeFeed(Schema):
    """A feed, and its addresses, which are shown this once: who knows one reads the feed."""

    feed: FeedOut
    atom: str
    rss: str


class DigestIn(Schema):
    """Where to, how often and in which language you are told by mail."""

    address: str = Field(max_length=254)
    every: Literal["day", "week"] = "week"
    language: NewsLanguage = "en"


class DigestOut(Schema):
    """Your digest. `available`: the company set a mail server. `confirmed` false: the code that was mailed to
    the address is to be entered first. `problem`: why the last one could not be sent."""

    available: bool
    address: str | None = None
    every: Literal["day", "week"] | None = None
    language: str | None = None
    confirmed: bool = False
    problem: str = ""


class DigestCode(Schema):
    """The code that was mailed to the address."""

    code: str = Field(max_length=20)
