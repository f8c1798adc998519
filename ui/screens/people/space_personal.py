"""Warnings about personal data in a space's documents: turned on or off, and listed, for its managers."""

from __future__ import annotations

import streamlit as st

from contract.people import SpaceOut
from contract.safety import PersonalDataOut
from ui import markup
from ui.screens import actions
from ui.session_state import Screen

SHOWN = 100


def show(screen: Screen, space: SpaceOut) -> None:
    """The list, masked, and the choice."""
    words = screen.words
    st.html(markup.block(words("personal.explain"), "quiet", language=words.language))
    path = f"/api/spaces/{space.id}/personal-data"
    known = PersonalDataOut.model_validate(screen.backend.read(path))
    if not known.on or known.since is None:
        st.button(
            words("personal.turn_on"), key=f"personal-on-{space.id}", icon=":material/search:",
            on_click=_choose, args=(screen, path, True),
        )  # fmt: skip
        return
    on = words("personal.on", date=words.date(known.since))
    st.html(markup.block(on, "calm", language=words.language))
    if not known.found:
        st.html(markup.block(words("personal.none"), "calm", language=words.language))
    for place in known.found[:SHOWN]:
        text = words(
            "personal.place", document=place.document, page=place.page, version=place.version,
            kind=words(f"personal.kind_{place.kind}"), shown=place.shown,
        )  # fmt: skip
        st.html(markup.block(text, "calm", language=words.language))
    left = len(known.found[SHOWN:]) + known.more
    if left:
        st.html(markup.block(words.count("personal.more", left), "quiet", language=words.language))
    st.button(
        words("personal.turn_off"), key=f"personal-off-{space.id}", type="tertiary",
        icon=":material/visibility_off:", on_click=_choose, args=(screen, path, False),
    )  # fmt: skip


def _choose(screen: Screen, path: str, on: bool) -> None:
    done = screen.words("personal.turned_on" if on else "personal.turned_off")
    actions.send(screen, "PUT", path, {"on": on}, done=done)
