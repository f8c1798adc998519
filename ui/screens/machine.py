"""The back-end's health and its models, for administrators: what runs, what fits, what to do."""

from __future__ import annotations

import streamlit as st

from ui import markup
from ui.desk import Screen
from ui.language import Words
from ui.records import Model
from ui.screens import deeds


def show(screen: Screen) -> None:
    """The page."""
    words, health = screen.words, screen.backend.health()
    deeds.title(screen, "machine")
    if health.status == "ok":
        st.html(markup.notice(words("machine.well"), "good", language=words.language))
    for problem in health.problems:
        st.html(markup.notice(words("frame.degraded"), "warning", language=words.language, more=problem))
    writer = health.chat_model if health.chat_model != "none" else words("machine.no_writer")
    finder = health.embedder if health.embedder != "none" else words("machine.no_finder")
    deeds.table(
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
    deeds.part(screen, "machine.models")
    st.html(markup.block(words("machine.models_explain"), "quiet", language=words.language))
    for model in sorted(
        screen.backend.models(), key=lambda one: (not one.in_use, not one.installed, one.bytes)
    ):
        with st.container(border=True, key=f"model-{model.name}"):
            st.html(_described(words, model))
            if not model.installed and model.fits:
                st.code(f"shoko models pull {model.name}", language=None)


def _described(words: Words, model: Model) -> str:
    badges = markup.badge(words("machine.in_use"), "good") if model.in_use else ""
    if model.installed and not model.in_use:
        badges += markup.badge(words("machine.installed"), "calm")
    fits = words("machine.fits" if model.fits else "machine.too_big")
    badges += markup.badge(fits, "calm" if model.fits else "warning")
    facts = [words(f"machine.role_{model.role}") if words.has(f"machine.role_{model.role}") else model.role]
    facts += [words.size(model.bytes), ", ".join(model.languages), model.licence]
    note = model.note.get(words.language, "")
    return (
        f'<div class="document"><span class="title">{markup.escaped(model.title)}</span> {badges}'
        f'<div class="where" lang="{words.language}">'
        f"{markup.escaped(' · '.join(fact for fact in facts if fact))}</div>"
        f'<div class="calm" lang="{words.language}">{markup.escaped(note)}</div></div>'
    )
