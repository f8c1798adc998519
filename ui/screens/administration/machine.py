"""The back-end's health, for administrators: whether it works as it should, and what it uses."""

from __future__ import annotations

import streamlit as st

from contract.system import Health
from ui import markup
from ui.language import LANGUAGES, Words, words_of
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
    if health.demonstration:
        text, more = (
            words("machine.demonstration", name=health.chat_model),
            words("machine.demonstration_fix"),
        )
        st.html(markup.notice(text, "warning", language=words.language, more=more))
    actions.part(screen, "machine.documents")
    _figures(screen, _documents(words, health))
    actions.part(screen, "machine.models")
    _figures(screen, _models(words, health))


def _figures(screen: Screen, rows: list[tuple[str, str]]) -> None:
    actions.table(screen, ("machine.what", "machine.state"), rows)


def _documents(words: Words, health: Health) -> list[tuple[str, str]]:
    """What is found and what is to be done still; the passages by meaning and those that wait are all."""
    known = health.passages + health.older_passages
    rows = [
        (words("machine.reading"), words.number(health.reading)),
        (words("machine.passages"), words.number(health.passages)),
        (words("machine.older"), words.number(health.older_passages)),
    ]
    if health.embedder != "none":
        rows += [
            (
                words("machine.vectors"),
                words("machine.of", part=words.number(health.vectors), all=words.number(known)),
            ),
            (words("machine.by_words"), words.number(health.without_vectors)),
        ]
    return rows


def _models(words: Words, health: Health) -> list[tuple[str, str]]:
    missing = {"writer": "machine.no_writer", "finder": "machine.no_finder"}
    if health.loading:
        missing = dict.fromkeys(missing, "machine.loading")
    writer = health.chat_model if health.chat_model != "none" else words(missing["writer"])
    finder = health.embedder if health.embedder != "none" else words(missing["finder"])
    rows = [(words("machine.writer"), writer)]
    if health.chat_model != "none":
        rows.append((words("machine.writes"), _languages(words, health.chat_languages)))
    rows.append((words("machine.finder"), finder))
    if health.embedder != "none":
        rows.append((words("machine.finds"), _languages(words, health.embed_languages)))
    return [
        *rows,
        (words("machine.waiting"), words.number(health.waiting)),
        (words("machine.version"), health.version),
    ]


def _languages(words: Words, languages: list[str]) -> str:
    """Their names; of a language that these screens do not speak its code."""
    if not languages:
        return words("machine.languages_unknown")
    named = [language for language in LANGUAGES if language in languages]
    more = len(languages) - len(named)
    listed = words.listed(words_of(language)("language") for language in named)
    return words("machine.and_more", names=listed, count=more) if more else listed
