"""Questions that the documents do not answer, told to the spaces that one manages."""

from __future__ import annotations

import streamlit as st

from contract.answers import GapOut
from ui import markup
from ui.client import BackendError
from ui.language import script_of
from ui.session_state import Screen


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    st.html(markup.block(words("gaps.title"), "title", language=words.language, tag="h1"))
    st.html(markup.block(words("gaps.explain"), "quiet", language=words.language))
    closed = st.segmented_control(
        words("gaps.which"), ("open", "closed"), default="open", required=True, key="gaps_which",
        format_func=lambda one: words(f"gaps.{one}"), label_visibility="collapsed",
    ) == "closed"  # fmt: skip
    found = screen.backend.gaps(closed=closed)
    if not found:
        st.html(markup.notice(words("gaps.none"), "info", language=words.language))
    for gap in found:
        with st.container(border=True, key=f"gap-{gap.id}"):
            text, control = st.columns([5, 1], vertical_alignment="center")
            with text:
                st.html(_described(screen, gap))
            if not closed:
                with control:
                    st.button(
                        words("gaps.close"), key=f"close-{gap.id}", icon=":material/check:",
                        on_click=_close, args=(screen, gap.id),
                    )  # fmt: skip


def _described(screen: Screen, gap: GapOut) -> str:
    words = screen.words
    facts = " · ".join((gap.space, gap.asked_by, words.moment(gap.told_at)))
    note = f'<blockquote lang="{script_of(gap.note, words.language)}">{markup.escape(gap.note)}</blockquote>'
    return (
        f'<div class="quote"><div class="title" lang="{script_of(gap.question, words.language)}">'
        f"{markup.escape(gap.question)}</div>"
        f'<div class="where" lang="{words.language}">{markup.escape(facts)}</div>'
        f"{note if gap.note else ''}</div>"
    )


def _close(screen: Screen, gap_id: str) -> None:
    try:
        screen.backend.close_gap(gap_id)
    except BackendError as error:
        st.toast(markup.plain(screen.words.error(error)), icon=":material/error:")
