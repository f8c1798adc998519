"""An answer as a file: Word, PDF, Markdown, mail; and all answers of one's own as a file for an audit. The
back-end makes each when it is asked for, with the rights of that moment."""

from __future__ import annotations

from functools import partial

import streamlit as st

from contract.answers import AnswerOut
from ui import markup
from ui.session_state import Screen

FORMS = {
    "docx": ("description", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": ("picture_as_pdf", "application/pdf"),
    "md": ("code", "text/markdown"),
    "eml": ("mail", "message/rfc822"),
}


def show(screen: Screen, answer: AnswerOut) -> None:
    """The forms in which an answer can be saved."""
    words = screen.words
    with st.popover(words("saving.button"), icon=":material/save:", type="tertiary"):
        st.html(markup.block(words("saving.explain"), "calm", language=words.language))
        for form, (icon, media_type) in FORMS.items():
            path = f"/api/questions/{answer.question_id}/file"
            st.download_button(
                words(f"saving.{form}"),
                data=partial(screen.backend.download, path, form=form, language=words.language),
                file_name=f"answer-{answer.question_id}.{form}", mime=media_type, icon=f":material/{icon}:",
                type="tertiary", on_click="ignore", key=f"save-{form}",
            )  # fmt: skip


def all_of_them(screen: Screen) -> None:
    """One's own answers as a file for an audit."""
    words = screen.words
    st.download_button(
        words("saving.all"), data=partial(screen.backend.download, "/api/answers/file"),
        file_name="answers.jsonl", mime="application/x-ndjson", icon=":material/download:",
        type="tertiary", on_click="ignore", key="save-all", help=words("saving.all_explain"),
    )  # fmt: skip
