"""The page beside the answer: its picture with the quote marked, pages before and after, the original. A file
without page pictures shows the page's text instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from contract.documents import VersionOut
from ui import markup
from ui.client import BackendError
from ui.language import Words, script_of
from ui.page_layout import page_layout
from ui.page_pictures import with_boxes
from ui.screens.ask import printed_view
from ui.session_state import OpenPage, Screen, desk

Keep = Callable[[OpenPage | None], None]

PICTURED = ("application/pdf", "image/png", "image/jpeg", "image/tiff")  # kinds whose pages are drawn
WIDTH = 1100  # pixels; twice what the column shows, for sharp letters when enlarged


def show(screen: Screen, place: OpenPage, keep: Keep) -> None:
    """The page that is open; `keep` is told when another is wanted, or none."""
    words = screen.words
    try:
        version = _version(screen, place)
        with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False):
            _title(words, place)
            _close(words, keep)
        paper = printed_view.paper_of(screen, place, version)
        if paper is not None:
            printed_view.show(screen, place, paper, lambda: _beside(screen, place))
            return
        of = words("viewer.of", page=place.page, pages=max(version.pages, 1))
        st.html(markup.block(of, "quiet", language=words.language))
        _controls(screen, place, version, keep)
        if version.media_type not in PICTURED or not _picture(screen, place):
            _text(screen, place)
    except BackendError as error:
        st.html(markup.notice(words.error(error), "error", language=words.language))
        _close(words, keep)


def _version(screen: Screen, place: OpenPage) -> VersionOut:
    """The version that was quoted, which may not be the newest any more."""
    citation = place.citation
    versions = screen.lately(
        f"versions of {citation.document_id}", lambda: screen.backend.versions(citation.document_id)
    )
    for version in versions:
        if version.id == citation.version_id:
            return version
    raise BackendError("not_found", "", {"what": "version", "name": citation.document})


def _title(words: Words, place: OpenPage) -> None:
    title = place.citation.title or place.citation.document
    st.html(markup.block(title, "viewer-title", language=script_of(title, words.language), tag="h2"))


def _beside(screen: Screen, place: OpenPage) -> None:
    """What stands beside the buttons of a printed page."""
    st.html(zoom(screen.words), width="content")
    _download(screen, place)


def _controls(screen: Screen, place: OpenPage, version: VersionOut, keep: Keep) -> None:
    words, citation = screen.words, place.citation
    with st.container(horizontal=True, gap="small", key="page-controls"):
        for key, icon, page in (
            ("previous", ":material/chevron_left:", place.page - 1),
            ("next", ":material/chevron_right:", place.page + 1),
        ):
            st.button(
                words(f"viewer.{key}"),
                key=f"page-{key}",
                icon=icon,
                disabled=not 1 <= page <= version.pages,
                on_click=keep,
                args=(replace(place, page=page, wanted=True),),
            )
        if version.media_type in PICTURED:
            st.html(zoom(words), width="content")
        if not place.on_quote:
            st.button(
                words("viewer.back", page=citation.page),
                key="page-back",
                icon=":material/undo:",
                type="tertiary",
                on_click=keep,
                args=(replace(place, page=citation.page, wanted=True),),
            )
        _download(screen, place)


def _download(screen: Screen, place: OpenPage) -> None:
    """The button for the original, where this person may have it."""
    citation, backend = place.citation, screen.backend
    if _may_download(screen, citation.document_id):
        st.download_button(
            screen.words("viewer.download"),
            data=lambda: backend.original(citation.document_id, version=citation.version_id),
            file_name=citation.document,
            mime="application/octet-stream",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            key="page-download",
        )


def zoom(words: Words) -> str:
    """Smaller and larger; a script of the page does it, so that nothing is drawn anew."""
    return "".join(
        f'<span class="zoom" role="button" tabindex="0" data-zoom="{step}" title="{name}" '
        f'aria-label="{name}">{sign}</span>'
        for step, sign, name in (
            (-1, "−", markup.escape(words("viewer.zoom_out"))),
            (1, "+", markup.escape(words("viewer.zoom_in"))),
        )
    )


def _may_download(screen: Screen, document_id: str) -> bool:
    """Whether the document's space gives its originals out to this person."""
    if all(space.may_download for space in screen.spaces()):
        return True
    document = screen.lately(f"document {document_id}", lambda: screen.backend.document(document_id))
    return any(space.id == document.space_id and space.may_download for space in screen.spaces())


def _close(words: Words, keep: Keep) -> None:
    st.button(words("viewer.close"), key="page-close", icon=":material/close:", on_click=keep, args=(None,))


def _picture(screen: Screen, place: OpenPage) -> bool:
    """The page's picture with the quote marked; False where there is none."""
    words, citation = screen.words, place.citation
    of = (citation.version_id, place.page, str(place.boxes))
    kept = desk().drawn
    if kept is not None and kept[0] == of:  # the same page as before: nothing is fetched or drawn again
        drawn = kept[1]
    else:
        try:
            picture = screen.backend.picture(
                citation.document_id, place.page, version=citation.version_id, width=WIDTH
            )
        except BackendError as error:
            if error.status == 404:
                return False
            raise
        drawn = with_boxes(picture, place.boxes, citation.page_width, citation.page_height)
        desk().drawn = (of, drawn)
    name = citation.title or citation.document
    key = "viewer.picture_marked" if place.boxes else "viewer.picture"
    with st.container(key="page-picture"):
        st.image(drawn, width="stretch", alt=words(key, page=place.page, name=name))
    if place.boxes and citation.page_height > 0:  # a script of the page brings the quote into sight
        top = min(box[1] for box in place.boxes) / citation.page_height
        of_quote = markup.escape(f"{citation.version_id} {place.page} {top:.3f}")
        st.html(f'<span class="quote-top" hidden data-top="{top:.3f}" data-of="{of_quote}"></span>')
    if place.on_quote and not place.boxes and citation.quote:
        st.html(markup.block(words("viewer.no_boxes"), "calm", language=words.language))
    return True


def _text(screen: Screen, place: OpenPage) -> None:
    words, citation = screen.words, place.citation
    page = screen.backend.page(citation.document_id, place.page, version=citation.version_id)
    start, end = (citation.start, citation.end) if place.on_quote else (0, 0)
    st.html(markup.block(words("viewer.text_only"), "quiet", language=words.language))
    st.html(page_layout(page, start, end, words))
