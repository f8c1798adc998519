"""What a person has in front of them, kept while the page is open: the question that was asked, the page that
was opened, the files that were uploaded. One typed object, instead of names in a dictionary."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from contract.answers import AnswerOut, CitationOut, FeedbackOut
from contract.base import ErrorDetail
from contract.checks import CheckOut, FindingOut, FixesOut
from contract.drafts import DraftOut
from contract.people import Me, SpaceOut
from contract.system import Health
from ui.asking import Asking
from ui.client import Backend, BackendError
from ui.drafting import Drafting
from ui.language import Words
from ui.page_pictures import Box

T = TypeVar("T")
FRESH = 10.0  # seconds for which what seldom changes is not asked again


@dataclass(frozen=True)
class Screen:
    """What every page is given."""

    backend: Backend
    words: Words
    me: Me
    health: Health
    aside: Any = None  # the part of the sidebar that the page may fill
    pages: dict[str, Any] = field(default_factory=dict)  # by name: where a link to it leads
    doors: frozenset[str] = frozenset()  # what the back-end can do

    def spaces(self) -> list[SpaceOut]:
        """The spaces that may be read, as they were a moment ago."""
        readable: list[SpaceOut] = self.lately("spaces", self.backend.spaces)
        return readable

    def lately(self, name: str, ask: Callable[[], T], *, seconds: float = FRESH) -> T:
        """What the back-end said of it a moment ago, else what it says now."""
        kept = desk().kept.get(name)
        if kept is None or time.monotonic() - kept[0] > seconds:
            kept = desk().kept[name] = (time.monotonic(), ask())
        value: T = kept[1]
        return value

    def refresh(self, *names: str) -> None:
        """Ask again for what was just changed."""
        for name in names:
            desk().kept.pop(name, None)


@dataclass(frozen=True)
class OpenPage:
    """A page that is open beside the answer, and the quote for which it was opened. `wanted`: a person asked
    for it; else it is only offered, and a phone leaves it out."""

    citation: CitationOut
    page: int
    wanted: bool = True

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
    """What became of one uploaded file: taken (with its document), a duplicate, or refused. `alike`: it was
    left aside, since another of the same name was sent with it."""

    name: str
    document_id: str = ""
    duplicate: bool = False
    refused: ErrorDetail | None = None
    alike: bool = False


@dataclass
class CheckDesk:
    """The check that is open, and which of its findings and pages."""

    outcome: CheckOut | None = None
    language: str = ""  # of its messages
    opened: int = 0  # number of the finding whose place is shown
    page: int = 0  # that is shown; 0: the first with a finding
    paper: int = (
        0  # of its printed pages the one that is shown; 0: that of the finding, or the first with one
    )
    wanted: bool = False  # a person asked for the page; else it is only offered, and a phone leaves it out
    waiving: int = 0  # number of the finding that is to be let pass
    fixed: FixesOut | None = None  # the copy that was just made

    def put_away(self) -> None:
        """Nothing is open."""
        self.outcome, self.fixed = None, None
        self.opened = self.page = self.paper = self.waiving = 0
        self.wanted = False

    def open(self, finding: FindingOut) -> None:
        """Show where a finding stands."""
        self.opened, self.page, self.paper, self.wanted = finding.number, finding.page, 0, True

    def turn(self, page: int) -> None:
        """Show another page."""
        self.page, self.wanted = page, True

    def turn_paper(self, page: int) -> None:
        """Show another printed page."""
        self.paper, self.wanted = page, True

    def close(self) -> None:
        """On a phone: the page goes away from above the findings."""
        self.wanted = False

    def waive(self, number: int) -> None:
        """Ask for the reason to let a finding pass."""
        self.waiving = number


@dataclass
class DraftDesk:
    """The draft that is open or on its way, and the page of one of its quotes."""

    drafting: Drafting | None = None
    draft: DraftOut | None = None
    place: OpenPage | None = None

    def put_away(self) -> None:
        """Nothing is open."""
        self.drafting, self.draft, self.place = None, None, None

    def open(self, citation: CitationOut) -> None:
        """Open the page of a quote."""
        self.place = OpenPage(citation, citation.page)

    def keep_page(self, place: OpenPage | None) -> None:
        """Show that page beside the draft; None closes it."""
        self.place = place


@dataclass
class Desk:
    """The state of one open browser page."""

    asking: Asking | None = None
    answer: AnswerOut | None = None  # an earlier one, opened again; then there is no `asking`
    thread: list[tuple[str, str]] = field(default_factory=list)  # ids and texts of the questions before it
    place: OpenPage | None = None
    page_closed: bool = False  # the reader closed the page: the next quote's is not opened unasked
    searched: str = ""  # the search whose page is shown
    found: OpenPage | None = None  # that page
    found_closed: bool = False
    drawn: tuple[tuple[str, int, str], bytes] | None = None  # the last page's picture, and of what it is
    opinions: dict[str, FeedbackOut] = field(default_factory=dict)  # by question
    told: dict[str, str] = field(default_factory=dict)  # names of the spaces told, by question
    sent: list[Sending] = field(default_factory=list)
    sent_files: set[str] = field(default_factory=set)  # Streamlit's ids: a file is sent once
    uploader: int = 0  # part of the uploader's key; a new one is empty
    opened_document: str = ""  # id of the document whose details are shown
    reading: OpenPage | None = None  # the page of a document that was opened from the list
    erasing: str = ""  # id of the document whose erasure awaits a yes
    erased: str = ""  # name of the one that was just erased
    failures: dict[str, BackendError] = field(default_factory=dict)  # by the id of document or job
    first: int = 0  # where the shown part of the list of documents begins
    check: CheckDesk = field(default_factory=CheckDesk)
    draft: DraftDesk = field(default_factory=DraftDesk)
    kept: dict[str, tuple[float, Any]] = field(default_factory=dict)  # see Screen.lately

    @property
    def question_id(self) -> str:
        """The question whose answer is shown; empty where none is."""
        if self.asking is not None:
            return self.asking.question_id
        return self.answer.question_id if self.answer is not None else ""

    @property
    def question(self) -> str:
        """Its text."""
        if self.asking is not None:
            return self.asking.question
        return self.answer.question if self.answer is not None else ""

    @property
    def citations(self) -> Sequence[CitationOut]:
        """The quotes that are shown, or the nearest places."""
        answer = self.asking.answer if self.asking is not None else self.answer
        if answer is not None:
            return answer.citations or answer.nearest
        if self.asking is not None and self.asking.quotes is not None:
            return self.asking.quotes.citations
        return []

    def put_away(self) -> None:
        """Clear the question and its page; the thread of questions stays."""
        self.asking, self.answer, self.place = None, None, None

    def open(self, citation: CitationOut) -> None:
        """Open the page of a quote."""
        self.place, self.page_closed = OpenPage(citation, citation.page), False

    def show_first(self, citation: CitationOut) -> None:
        """Offer the page of the best quote, unasked."""
        self.place = OpenPage(citation, citation.page, wanted=False)

    def keep_page(self, place: OpenPage | None) -> None:
        """Show that page beside the answer; None closes it until a quote is chosen."""
        self.place, self.page_closed = place, place is None

    def keep_reading(self, place: OpenPage | None) -> None:
        """The same below its document in the list."""
        self.reading = place

    def keep_found(self, place: OpenPage | None) -> None:
        """The same beside what a search found."""
        if place is not None:
            self.found = place
        self.found_closed = place is None


def desk() -> Desk:
    """This session's desk."""
    if "desk" not in st.session_state:
        st.session_state["desk"] = Desk()
    open_desk: Desk = st.session_state["desk"]
    return open_desk
