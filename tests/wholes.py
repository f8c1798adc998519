"""Whole documents made of text, without records or files."""

from __future__ import annotations

from collections.abc import Sequence

from core.models import Document, Version
from ingest.pages import PageContent
from ingest.passages import passage_row
from ingest.readers.plain.text import read_plain
from ingest.splitter import split
from ingest.structure.tree import build
from language.tokens import query_tokens
from retrieval.evidence.asked import AskedQuestion
from retrieval.index.search import Hit
from retrieval.overview.whole_document import WholeDocument


def whole_of_pages(pages: Sequence[PageContent], *, title: str, name: str, number: int = 1) -> WholeDocument:
    document = Document(
        id=f"d-{name}", space_id="space", name=name, title=title, current_version_id=f"v-{name}"
    )
    version = Version(
        id=f"v-{name}-{number}", document_id=document.id, number=number, in_force_sources={}, created_by="me"
    )
    structure = build(pages)
    passages = [
        passage_row(version, ordinal, passage) for ordinal, passage in enumerate(split(pages, structure))
    ]
    return WholeDocument(document, version, structure, {page.number: page.text for page in pages}, passages)


def whole(text: str, *, title: str = "Rules", name: str = "rules.md", number: int = 1) -> WholeDocument:
    """A document of that text; Markdown where its name says so."""
    pages = list(read_plain(text.encode(), name, markdown=name.endswith(".md"), page_limit=400))
    return whole_of_pages(pages, title=title, name=name, number=number)


def asked(text: str) -> AskedQuestion:
    """A question over a library in which each of its words is equally rare."""
    return AskedQuestion.parse(text, dict.fromkeys(query_tokens(text), 1), 100)


def hit_of(whole: WholeDocument, place: int = 0) -> Hit:
    return Hit(whole.passages[place], whole.document, 1.0)
