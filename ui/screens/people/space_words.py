"""The words of a space: what there is, one more, a table in and out, and words that unanswered questions
have."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from contract.people import SpaceOut
from ui import markup
from ui.client import BackendError
from ui.language import Words
from ui.screens import actions
from ui.screens.documents import uploads
from ui.session_state import Screen

SHOWN = 50
USES = ("written", "said", "avoided")
LANGUAGES = ("ja", "en", "zh")


def show(screen: Screen, space: SpaceOut) -> None:
    """The glossary, for a manager of the space."""
    words = screen.words
    st.html(markup.block(words("glossary.explain"), "quiet", language=words.language))
    listed = screen.backend.read(f"/api/spaces/{space.id}/glossary", limit=SHOWN)
    for entry in listed["entries"]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            text = entry_text(words, entry)
            st.html(markup.block(text, "calm", language=words.language), width="stretch")
            st.button(
                words("spaces.take_away"), key=f"word-{entry['id']}", type="tertiary",
                icon=":material/close:", on_click=_take, args=(screen, entry["id"]),
            )  # fmt: skip
    if listed["total"] > len(listed["entries"]):
        more = words.count("glossary.more", listed["total"] - len(listed["entries"]))
        st.html(markup.block(more, "quiet", language=words.language))
    _add(screen, space)
    _tables(screen, space)
    if st.button(words("glossary.propose"), key=f"propose-{space.id}", icon=":material/lightbulb:"):
        _proposals(screen, space)


def entry_text(words: Words, entry: dict[str, Any]) -> str:
    """An entry on one line: its written words, then the others by their use."""
    parts = []
    for use in USES:
        texts = [word["text"] for word in entry["words"] if word["use"] == use]
        if texts:
            listed = ", ".join(texts)
            parts.append(listed if use == "written" else words(f"glossary.shown_{use}", words=listed))
    return " · ".join([*parts, *([entry["note"]] if entry["note"] else [])])


def _add(screen: Screen, space: SpaceOut) -> None:
    words = screen.words
    with st.form(f"word-{space.id}", clear_on_submit=True, border=True):
        given = {use: st.text_input(words(f"glossary.{use}"), max_chars=1000) for use in USES}
        language = st.radio(
            words("glossary.language"), LANGUAGES, horizontal=True, index=LANGUAGES.index(words.language),
            format_func=lambda language: words(f"glossary.in_{language}"),
        )  # fmt: skip
        note = st.text_input(words("glossary.note"), max_chars=1000)
        pressed = st.form_submit_button(words("glossary.add"), type="primary")
    if not pressed or not given["written"].strip():
        return
    body = {
        "words": [
            {"text": text, "language": language, "use": use}
            for use, line in given.items()
            for text in parted(line)
        ],
        "note": note.strip(),
    }
    actions.send(screen, "POST", f"/api/spaces/{space.id}/glossary", body, done=words("glossary.added"))
    st.rerun()


def parted(line: str) -> list[str]:
    """The words of a line, parted by commas and semicolons of any width."""
    for sign in "，、;；":
        line = line.replace(sign, ",")
    return [word.strip() for word in line.split(",") if word.strip()]


def _tables(screen: Screen, space: SpaceOut) -> None:
    words = screen.words
    path = f"/api/spaces/{space.id}/glossary/table"
    st.download_button(
        words("glossary.export"), data=partial(screen.backend.download, path), file_name="glossary.csv",
        mime="text/csv", icon=":material/download:", on_click="ignore", key=f"words-out-{space.id}",
    )  # fmt: skip
    st.html(uploads.wording(words, limit="faqs.import_limit"))
    file = st.file_uploader(words("glossary.import"), type=["csv"], key=f"words_in_{space.id}")
    if file is None or not st.button(words("glossary.import_go"), key=f"words-in-go-{space.id}"):
        return
    try:
        taken = screen.backend.post_file(path, {"file": (file.name, file.getvalue())}, {})
    except BackendError as error:
        st.html(markup.notice(words.error(error), "error", language=words.language))
        return
    st.html(markup.notice(words("glossary.imported", **taken), "good", language=words.language))


def _proposals(screen: Screen, space: SpaceOut) -> None:
    words = screen.words
    try:
        proposed = screen.backend.read(f"/api/spaces/{space.id}/glossary/proposals")
    except BackendError as error:
        st.html(markup.notice(words.error(error), "error", language=words.language))
        return
    if not proposed:
        st.html(markup.notice(words("glossary.nothing"), "info", language=words.language))
    for word in proposed:
        text = words("glossary.proposed", word=word["word"], question=word["examples"][0])
        st.html(markup.block(text, "calm", language=words.language))


def _take(screen: Screen, entry: str) -> None:
    actions.do(screen, lambda: screen.backend.send("DELETE", f"/api/glossary/{entry}"))
