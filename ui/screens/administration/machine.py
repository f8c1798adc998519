"""The back-end's health, for administrators: whether it works as it should, and what it uses."""

from __future__ import annotations

import streamlit as st

from ui import markup
from ui.screens import actions
from ui.session_state import Screen


def show(screen: Screen) -> None:
    """The page."""
    words, health = screen.words, screen.backend.health()
    actions.title(screen, "machine")
    if health.status == "ok":
        st.html(markup.notice(words("machine.well"), "good", language=words.language))
    for problem in health.problems:
        st.html(markup.notice(words("frame.degraded"), "warning", language=words.language, more=problem))
    writer = health.chat_model if health.chat_model != "none" else words("machine.no_writer")
    finder = health.embedder if health.embedder != "none" else words("machine.no_finder")
    actions.table(
        screen,
        ("machine.what", "machine.state"),
        (
            (words("machine.version"), health.version),
            (words("machine.passages"), words.number(health.passages)),
            (words("machine.vectors"), words.number(health.vectors)),
            (words("machine.writer"), writer),
            (words("machine.finder"), finder),
            (words("machine.waiting"), words.number(health.waiting)),
        ),
    )
