"""One's own earlier questions: searched, opened, deleted. Opening one shows its answer as it was
saved; nothing is asked again."""

from __future__ import annotations

import streamlit as st

from contract.answers import PastQuestionOut
from ui import markup
from ui.asking import Asking, failing
from ui.client import BackendError
from ui.screens.ask import saving
from ui.session_state import Screen, desk

SHOWN, FOUND = 8, 30
ICONS = {
    "answered": ":material/check_circle:",
    "quoted": ":material/format_quote:",
    "not_found": ":material/search_off:",
}


def show(screen: Screen) -> None:
    """The list, for the sidebar."""
    words = screen.words
    st.html(markup.block(words("history.title"), "label", language=words.language, tag="h2"))
    past = screen.lately("questions", lambda: screen.backend.questions(limit=SHOWN))
    if not past:
        st.html(markup.block(words("history.none"), "quiet", language=words.language))
        return
    wanted = ""
    if len(past) == SHOWN:
        wanted = st.text_input(
            words("history.look"), key="history_look", placeholder=words("history.look"), max_chars=200,
            label_visibility="collapsed", icon=":material/search:",
        ).strip()  # fmt: skip
    if wanted:
        rows = screen.backend.read("/api/questions", q=wanted, limit=FOUND)["questions"]
        past = [PastQuestionOut.model_validate(row) for row in rows]
        if not past:
            st.html(markup.block(words("history.none_found"), "quiet", language=words.language))
    with st.container(key="history", gap=None):
        for question in past:
            status = question.status or "open"
            st.button(
                markup.plain(markup.shortened(question.question, 70)),
                key=f"past-{question.id}",
                icon=ICONS.get(status, ":material/help:"),
                type="tertiary",
                help=f"{words(f'history.{status}')} · {words.moment(question.asked_at)}",
                on_click=_open,
                args=(screen, question.id, question.question),
            )
    if past:
        saving.all_of_them(screen)
    if "DELETE /api/questions" in screen.doors:
        with st.popover(words("history.delete"), icon=":material/delete:", type="tertiary"):
            _deleting(screen)


def _deleting(screen: Screen) -> None:
    """The question that is open, or all of them."""
    words, opened = screen.words, desk().question_id
    st.html(markup.block(words("history.delete_explain"), "calm", language=words.language))
    if opened:
        st.button(
            words("history.delete_this"), key="forget-one", on_click=_delete, args=(screen, f"/{opened}")
        )
    st.button(words("history.delete_all"), key="forget-all", on_click=_delete, args=(screen, ""))


def _delete(screen: Screen, which: str) -> None:
    try:
        screen.backend.send("DELETE", f"/api/questions{which}")
    except BackendError as error:
        st.toast(markup.plain(screen.words.error(error)), icon=":material/error:")
        return
    _new()
    screen.refresh("questions")


def new_question(screen: Screen) -> None:
    """The way back to the empty page; it stands with the question box, where a phone shows it too."""
    st.button(
        screen.words("ask.new"), key="new-question", icon=":material/add:", type="tertiary", on_click=_new
    )


def _new() -> None:
    desk().put_away()
    desk().thread.clear()


def _open(screen: Screen, question_id: str, question: str) -> None:
    open_desk = desk()
    _new()
    try:
        open_desk.answer = screen.backend.question(question_id)
    except BackendError as error:  # its answer never came: say so where the answer would stand
        open_desk.asking = Asking(question, failing(error))
        open_desk.asking.wait(5.0)
