"""Questions that the documents do not answer, told to the spaces that one manages."""

from __future__ import annotations

import streamlit as st

from contract.answers import GapOut
from ui import markup
from ui.client import BackendError
from ui.language import script_of
from ui.screens.faqs import faq_writing
from ui.session_state import Screen


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    st.html(markup.block(words("gaps.title"), "title", language=words.language, tag="h1"))
    st.html(markup.block(words("gaps.explain"), "quiet", language=words.language))
    closed = st.segmented_control(
        words("gaps.which"), ("open", "closed"), default="open", required=True, key="gaps_which",
        format_func=lambda state: words(f"gaps.{state}"), label_visibility="collapsed",
    ) == "closed"  # fmt: skip
    gaps = screen.backend.gaps(closed=closed)
    if not gaps:
        st.html(markup.notice(words("gaps.none"), "info", language=words.language))
    for gap in gaps:
        with st.container(border=True, key=f"gap-{gap.id}"):
            st.html(_described(screen, gap))
            if not closed:
                _deeds(screen, gap)


def _deeds(screen: Screen, gap: GapOut) -> None:
    """Reply and close, or write an answer that closes it once it is approved."""
    words = screen.words
    if gap.faq_id:
        st.html(markup.block(words("gaps.drafted"), "quiet", language=words.language))
    st.text_area(words("gaps.reply"), key=f"reply-{gap.id}", max_chars=4000, height=80)
    st.html(markup.block(words("gaps.reply_explain"), "quiet", language=words.language))
    with st.container(horizontal=True, gap="small"):
        st.button(
            words("gaps.close"), key=f"close-{gap.id}", icon=":material/check:",
            on_click=_close, args=(screen, gap.id),
        )  # fmt: skip
        if (
            "faqs" in screen.pages
            and not gap.faq_id
            and st.button(
                words("gaps.answer"), key=f"write-{gap.id}", icon=":material/edit:", type="tertiary"
            )
        ):
            faq_writing.begin(question=gap.question, space=gap.space_id, gap=gap.id)
            st.switch_page(screen.pages["faqs"])


def _described(screen: Screen, gap: GapOut) -> str:
    words = screen.words
    facts = " · ".join((gap.space, gap.asked_by, words.moment(gap.told_at)))
    note = f'<blockquote lang="{script_of(gap.note, words.language)}">{markup.escape(gap.note)}</blockquote>'
    sent = words("gaps.replied", reply=gap.reply)
    reply = markup.block(sent, "calm", language=script_of(gap.reply, words.language)) if gap.reply else ""
    return (
        f'<div class="quote"><div class="title" lang="{script_of(gap.question, words.language)}">'
        f"{markup.escape(gap.question)}</div>"
        f'<div class="where" lang="{words.language}">{markup.escape(facts)}</div>'
        f"{note if gap.note else ''}{reply}</div>"
    )


def _close(screen: Screen, gap_id: str) -> None:
    try:
        reply = str(st.session_state.get(f"reply-{gap_id}") or "")
        screen.backend.send("POST", f"/api/gaps/{gap_id}/close", {"reply": reply})
    except BackendError as error:
        st.toast(markup.plain(screen.words.error(error)), icon=":material/error:")
