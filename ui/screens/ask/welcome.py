"""The first five minutes of a new library: what to do, step by step, and what is done already. It is shown
until the steps are done or the administrator puts it away."""

from __future__ import annotations

import streamlit as st

from ui import markup
from ui.session_state import Screen, desk

FIRST_SPACE = "General"


def show(screen: Screen, documents: int) -> None:
    """The steps for an administrator; for others a word on an empty library."""
    words = screen.words
    if screen.me.is_admin:
        if not _put_away(screen):
            _steps(screen, documents)
    elif documents == 0:
        writes = any(space.writable for space in screen.spaces())
        text = words("ask.empty" if writes else "ask.empty_reader")
        st.html(markup.notice(text, "info", language=words.language))
        if writes:
            _link(screen, "documents", words("ask.empty_link"), ":material/upload_file:")


def _put_away(screen: Screen) -> bool:
    return "welcome" in desk().told


def _steps(screen: Screen, documents: int) -> None:
    words = screen.words
    people = screen.lately("people", lambda: _people(screen), seconds=60)
    done = {
        "space": len(screen.spaces()) > 1 or any(space.name != FIRST_SPACE for space in screen.spaces()),
        "upload": documents > 0,
        "ask": bool(screen.lately("questions", lambda: screen.backend.questions(limit=8))),
        "invite": people > 1,
    }
    if done["upload"] and done["ask"] and (done["invite"] or "people" not in screen.pages):
        return
    steps = [
        ("space", "spaces", ":material/shelves:"),
        ("upload", "documents", ":material/upload_file:"),
        ("ask", "", ""),
        ("invite", "people", ":material/person_add:"),
    ]
    with st.container(border=True, key="welcome"):
        st.html(markup.block(words("welcome.title"), "label", language=words.language, tag="h2"))
        number = 0
        for step, page, icon in steps:
            if page and page not in screen.pages:
                continue
            number += 1
            mark = "✓" if done[step] else str(number)
            state = words("welcome.done" if done[step] else "welcome.to_do")
            kind = "done" if done[step] else "open"
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"step-{step}"):
                st.html(
                    f'<div class="step {kind}" lang="{words.language}"><span class="number">{mark}</span>'
                    f"<span><strong>{markup.escape(words(f'welcome.{step}'))}</strong>"
                    f'<span class="unseen"> {markup.escape(state)}</span> '
                    f"<span>{markup.escape(words(f'welcome.{step}_explain'))}</span></span></div>"
                )
                if page and not done[step]:
                    _link(screen, page, words(f"welcome.{step}_link"), icon)
        st.button(words("welcome.close"), key="welcome-close", type="tertiary", on_click=_close)


def _people(screen: Screen) -> int:
    if "GET /api/users" not in screen.doors:
        return 1
    users = screen.backend.read("/api/users")
    return len(users["users"] if isinstance(users, dict) else users)


def _close() -> None:
    desk().told["welcome"] = "closed"


def _link(screen: Screen, page: str, label: str, icon: str) -> None:
    if page in screen.pages:
        st.page_link(screen.pages[page], label=label, icon=icon)
