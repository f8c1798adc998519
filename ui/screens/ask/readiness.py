"""What answers do without for now: documents that are still being read, or found by their words alone, and a
language model that is still starting. Nothing is said where nothing is missing."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from ui import markup
from ui.screens import states
from ui.session_state import Screen

MOMENT = 5.0  # seconds for which it is not asked again


def show(screen: Screen) -> None:
    """A line for each; it is drawn after the answer, which waits for none of it."""
    words = screen.words
    for text in missing(screen):
        st.html(markup.block(text, "quiet readiness", language=words.language))


def missing(screen: Screen) -> Iterator[str]:
    """What is missing, in the reader's words."""
    words, health = screen.words, screen.health
    if health.reading or health.embedding:  # of all documents; how many of the reader's own is asked for
        jobs = screen.lately("jobs", lambda: states.jobs_now(screen), seconds=MOMENT)
        reading = {document for document, job in jobs.items() if job.kind == "ingest"}
        by_words = {document for document, job in jobs.items() if job.kind == "embed"} - reading
        if reading:
            yield words.count("ask.being_read", len(reading))
        if by_words:
            yield words.count("ask.by_words_only", len(by_words))
    if health.loading or (health.chat_model != "none" and not health.chat_ready and not health.problems):
        yield words("ask.model_starting")
