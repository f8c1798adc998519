"""The page beside the answer: its picture with the quote marked, pages before and after, the original. A file
without page pictures shows the page's text instead."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ui import markup
from ui.client import BackendError
from ui.desk import Desk, Place, Screen
from ui.language import Words, script_of
from ui.page_pictures import with_boxes
from ui.records import Version

PDF = "application/pdf"
WIDTH = 1100  # pixels; twice what the column shows, for sharp letters when enlarged


def show(screen: Screen, open_desk: Desk, place: Place) -> None:
    """The page that is open."""
    words = screen.words
    try:
        version = _version(screen, place)
        with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False):
            _title(words, place, version)
            _close(words, open_desk)
        _controls(screen, open_desk, place, version)
        if version.media_type == PDF:
            _picture(screen, place)
        else:
            _text(screen, place)
    except BackendError as error:
        st.html(markup.notice(words.error(error), "error", language=words.language))
        _close(words, open_desk)


def _version(screen: Screen, place: Place) -> Version:
    """The version that was quoted, which may not be the newest any more."""
    citation = place.citation
    for version in screen.backend.versions(citation.document_id):
        if version.id == citation.version_id:
            return version
    raise BackendError("not_found", "", {"what": "version", "name": citation.document})


def _title(words: Words, place: Place, version: Version) -> None:
    title = place.citation.title or place.citation.document
    of = words("viewer.of", page=place.page, pages=max(version.pages, 1))
    st.html(
        markup.block(title, "viewer-title", language=script_of(title, words.language), tag="h2")
        + markup.block(of, "quiet", language=words.language)
    )


def _controls(screen: Screen, open_desk: Desk, place: Place, version: Version) -> None:
    words, citation, backend = screen.words, place.citation, screen.backend
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
                on_click=_turn,
                args=(open_desk, place, page),
            )
        st.download_button(
            words("viewer.download"),
            data=lambda: backend.original(citation.document_id, version=citation.version_id),
            file_name=citation.document,
            mime="application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
            key="page-download",
        )
        if not place.on_quote:
            st.button(
                words("viewer.back", page=citation.page),
                key="page-back",
                icon=":material/undo:",
                type="tertiary",
                on_click=_turn,
                args=(open_desk, place, citation.page),
            )


def _close(words: Words, open_desk: Desk) -> None:
    st.button(
        words("viewer.close"),
        key="page-close",
        icon=":material/close:",
        on_click=_put_away,
        args=(open_desk,),
    )


def _turn(open_desk: Desk, place: Place, page: int) -> None:
    open_desk.place = replace(place, page=page)


def _put_away(open_desk: Desk) -> None:
    open_desk.place = None


def _picture(screen: Screen, place: Place) -> None:
    words, citation = screen.words, place.citation
    picture = screen.backend.picture(
        citation.document_id, place.page, version=citation.version_id, width=WIDTH
    )
    name = citation.title or citation.document
    key = "viewer.picture_marked" if place.boxes else "viewer.picture"
    drawn = with_boxes(picture, place.boxes, citation.page_width, citation.page_height)
    st.image(drawn, width="stretch", alt=words(key, page=place.page, name=name))
    if place.on_quote and not place.boxes:
        st.html(markup.block(words("viewer.no_boxes"), "calm", language=words.language))


def _text(screen: Screen, place: Place) -> None:
    words, citation = screen.words, place.citation
    page = screen.backend.page(citation.document_id, place.page, version=citation.version_id)
    start, end = (citation.start, citation.end) if place.on_quote else (0, 0)
    st.html(markup.block(words("viewer.text_only"), "quiet", language=words.language))
    st.html(markup.page_text(page.text, start, end, reader=words.language))
