"""What a person has in front of them, kept while the page is open: the question that was asked, the page that
was opened, the files that were uploaded. One typed object, instead of names in a dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from ui.asking import Asking
from ui.client import Backend, BackendError
from ui.language import Words
from ui.page_pictures import Box
from ui.records import Answer, Citation, Health, Me, Problem


@dataclass(frozen=True)
class Screen:
    """What every page is given."""

    backend: Backend
    words: Words
    me: Me
    health: Health
    aside: Any = None  # the part of the sidebar that the page may fill
    documents_page: Any = None  # where a link to the documents leads


@dataclass(frozen=True)
class Place:
    """A page that is open beside the answer, and the quote for which it was opened."""

    citation: Citation
    page: int

    @property
    def on_quote(self) -> bool:
        """Whether this is the quote's own page."""
        return self.page == self.citation.page

    @property
    def boxes(self) -> Sequence[Box]:
        """What to mark on it."""
        return self.citation.boxes if self.on_quote else []


@dataclass(frozen=True)
class Sending:
    """What became of one uploaded file: taken (with its document), a duplicate, or refused."""

    name: str
    document_id: str = ""
    duplicate: bool = False
    refused: Problem | None = None


@dataclass
class Desk:
    """The state of one open browser page."""

    asking: Asking | None = None
    answer: Answer | None = None  # one of before, opened again; then there is no `asking`
    place: Place | None = None
    sent: list[Sending] = field(default_factory=list)
    sent_files: set[str] = field(default_factory=set)  # Streamlit's ids: a file is sent once
    uploader: int = 0  # part of the uploader's key; a new one is empty
    erasing: str = ""  # id of the document whose erasure awaits a yes
    erased: str = ""  # name of the one that was just erased
    failures: dict[str, BackendError] = field(default_factory=dict)  # by the id of document or job
    first: int = 0  # where the shown part of the list of documents begins


def desk() -> Desk:
    """This session's desk."""
    if "desk" not in st.session_state:
        st.session_state["desk"] = Desk()
    found: Desk = st.session_state["desk"]
    return found
