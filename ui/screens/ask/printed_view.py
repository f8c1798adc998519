"""An Office file beside the answer as it is printed, with the quote marked where its words are found; the
text of the file is one click away, and stands there alone where nothing prints."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from contract.documents import PrintedVersionOut, VersionOut
from ui import markup
from ui.client import BackendError
from ui.page_pictures import with_boxes
from ui.session_state import OpenPage, Screen

OFFICE = "application/vnd.openxmlformats-officedocument."
WIDTH = 1100  # pixels
KEPT_SECONDS = 600
VIEWS = {"text": "viewer.as_text", "paper": "viewer.as_paper"}
WHY_NOT = {"no_printer": "viewer.no_printer", "failed": "viewer.failed", "no_paper": "viewer.no_paper"}
DOOR = "GET /api/documents/{document_id}/printed"


def paper_of(screen: Screen, place: OpenPage, version: VersionOut) -> PrintedVersionOut | None:
    """The printed pages, where a person chose to see them and there are some; it offers the choice."""
    words = screen.words
    if not version.media_type.startswith(OFFICE) or DOOR not in screen.doors:
        return None
    view = st.segmented_control(
        words("viewer.view"), list(VIEWS), default="text", required=True, key="page_view",
        format_func=lambda view: words(VIEWS[view]), label_visibility="collapsed",
    )  # fmt: skip
    if view != "paper":
        return None
    with st.spinner(words("viewer.printing")):
        paper = screen.lately(
            f"printed {_of(place)}", lambda: _ask(screen, place, version), seconds=KEPT_SECONDS
        )
    if paper.pages:
        return paper
    st.html(markup.block(words(WHY_NOT.get(paper.why, "viewer.failed")), "calm", language=words.language))
    return None


def _of(place: OpenPage) -> str:
    citation = place.citation
    return f"{citation.version_id} {citation.page} {citation.start} {citation.end}"


def _ask(screen: Screen, place: OpenPage, version: VersionOut) -> PrintedVersionOut:
    citation = place.citation
    try:
        printed = screen.backend.read(
            f"/api/documents/{citation.document_id}/printed", version=version.id, page=citation.page,
            start=citation.start, end=citation.end,
        )  # fmt: skip
    except BackendError:
        return PrintedVersionOut(pages=[], quote_page=0, boxes=[], why="failed")
    return PrintedVersionOut.model_validate(printed)


def show(screen: Screen, place: OpenPage, paper: PrintedVersionOut, beside: Callable[[], None]) -> None:
    """The printed page: that of the quote, until another is turned to; `beside` draws what stands beside the
    buttons."""
    words, citation = screen.words, place.citation
    count, key = len(paper.pages), f"paper {_of(place)}"
    number = min(max(1, st.session_state.get(key, paper.quote_page or 1)), count)

    def turn(page: int) -> None:
        st.session_state[key] = page

    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="page-controls"):
        for name, icon, page in (
            ("previous", "chevron_left", number - 1),
            ("next", "chevron_right", number + 1),
        ):
            st.button(
                words(f"viewer.{name}"), key=f"page-{name}", icon=f":material/{icon}:",
                disabled=not 1 <= page <= count, on_click=turn, args=(page,),
            )  # fmt: skip
        beside()
    where = words("viewer.printed_of", page=number, pages=count)
    st.html(markup.block(where, "quiet", language=words.language))
    picture = screen.lately(
        f"printed page {number} of {citation.version_id}",
        lambda: screen.backend.download(
            f"/api/documents/{citation.document_id}/printed/{number}/picture",
            version=citation.version_id, width=WIDTH,
        ),
        seconds=KEPT_SECONDS,
    )  # fmt: skip
    boxes = paper.boxes if number == paper.quote_page else []
    width, height = paper.pages[number - 1]
    alt = words("viewer.picture_marked" if boxes else "viewer.picture", page=number, name=citation.document)
    with st.container(key="page-picture"):
        st.image(with_boxes(picture, boxes, width, height), width="stretch", alt=alt)
    if boxes and height > 0:  # a script of the page brings the quote into sight
        top = min(box[1] for box in boxes) / height
        of_quote = markup.escape(f"printed {citation.version_id} {number} {top:.3f}")
        st.html(f'<span class="quote-top" hidden data-top="{top:.3f}" data-of="{of_quote}"></span>')
    elif not paper.quote_page:
        st.html(markup.block(words("viewer.not_on_paper"), "calm", language=words.language))
    st.html(markup.block(words("viewer.paper_note"), "quiet", language=words.language))
