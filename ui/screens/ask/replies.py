"""What became of questions that the reader reported: the reply of those who manage the documents."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from contract.answers import GapOut
from ui import markup
from ui.client import BackendError
from ui.language import script_of
from ui.session_state import Screen

SECONDS = 60.0  # for which it is not asked again


def show(screen: Screen, ask_again: Callable[[Screen, str], None]) -> None:
    """Each until it was seen; nothing where there is none."""
    if "GET /api/gaps/mine" not in screen.doors:
        return
    words = screen.words
    reported = screen.lately("own gaps", lambda: _answered(screen), seconds=SECONDS)
    if not reported:
        return
    with st.container(border=True, key="replies"):
        title = words("gaps.answered_title")
        st.html(markup.block(title, "label", language=words.language, tag="h2"))
        for gap in reported:
            with st.container(key=f"reply-{gap.id}", gap="xsmall"):
                st.html(_told(screen, gap))
                with st.container(horizontal=True, gap="small"):
                    st.button(
                        words("gaps.ask_again"), key=f"ask-again-{gap.id}", type="tertiary",
                        icon=":material/refresh:", on_click=ask_again, args=(screen, gap.question),
                    )  # fmt: skip
                    st.button(
                        words("gaps.read"), key=f"read-{gap.id}", type="tertiary",
                        icon=":material/check:", on_click=_seen, args=(screen, gap.id),
                    )  # fmt: skip


def _answered(screen: Screen) -> list[GapOut]:
    rows = screen.backend.read("/api/gaps/mine")["gaps"]
    gaps = [GapOut.model_validate(row) for row in rows]
    return [gap for gap in gaps if gap.closed_at is not None and gap.read_at is None]


def _told(screen: Screen, gap: GapOut) -> str:
    words = screen.words
    reply = gap.reply or words("gaps.closed_without", space=gap.space)
    return (
        f'<div class="quote"><div class="title" lang="{script_of(gap.question, words.language)}">'
        f"{markup.escape(gap.question)}</div>"
        f'<blockquote lang="{script_of(reply, words.language)}">{markup.escape(reply)}</blockquote></div>'
    )


def _seen(screen: Screen, gap_id: str) -> None:
    try:
        screen.backend.send("POST", f"/api/gaps/{gap_id}/read")
    except BackendError as error:
        st.toast(markup.plain(screen.words.error(error)), icon=":material/error:")
        return
    screen.refresh("own gaps")
