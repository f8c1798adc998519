"""The first page: a question box that is ready at once, and under it what the documents answer."""

from __future__ import annotations

import streamlit as st

from ui import markup
from ui.asking import Asking
from ui.desk import Desk, Screen, desk
from ui.screens import answers, history, page_view

QUOTES_SECONDS = 3.0  # the quotes are there in a fraction of it; then the page is drawn once, complete
SUGGESTIONS = 3
FOCUS = """<script>
(() => {
  if (!matchMedia("(pointer: fine)").matches) return;  // no keyboard that jumps up on a phone
  let tries = 100;
  const timer = setInterval(() => {
    const box = document.querySelector('[data-testid="stChatInputTextArea"]');
    if (box) box.focus();
    if (box || --tries === 0) clearInterval(timer);
  }, 50);
})();
</script>"""


def show(screen: Screen) -> None:
    """The page."""
    open_desk, words = desk(), screen.words
    idle = open_desk.asking is None and open_desk.answer is None
    heading = st.container(key="ask-heading")
    with st.container(key="question-box"):
        written = st.chat_input(words("ask.placeholder"), key="question")
        _spaces(screen)
    if written:
        ask(screen, str(written))
        idle = False
    if idle:
        with heading:
            st.html(markup.block(words("ask.title"), "title", language=words.language, tag="h1"))
        _start(screen)
    else:
        _answer(screen, open_desk)
    with screen.aside:
        history.show(screen)


def ask(screen: Screen, question: str) -> None:
    """Ask, and wait the moment until the quotes are there."""
    open_desk = desk()
    spaces = st.session_state.get("ask_in") or None
    open_desk.place, open_desk.answer = None, None
    open_desk.asking = Asking(question, screen.backend.ask(question, spaces=spaces))
    open_desk.asking.wait_for_quotes(QUOTES_SECONDS)


def _spaces(screen: Screen) -> None:
    """A choice of where to look, for those who may read more than one space."""
    names = {space.id: space.name for space in screen.backend.spaces()}
    if len(names) > 1:
        st.multiselect(
            screen.words("ask.spaces"),
            list(names),
            format_func=lambda space: names.get(space, ""),
            placeholder=screen.words("ask.all_spaces"),
            label_visibility="collapsed",
            key="ask_in",
        )


def _start(screen: Screen) -> None:
    words = screen.words
    total = screen.backend.documents(limit=1).total
    if total == 0:
        st.html(markup.notice(words("ask.empty"), "info", language=words.language))
        if screen.documents_page is not None:
            st.page_link(screen.documents_page, label=words("ask.empty_link"), icon=":material/upload_file:")
        return
    st.html(markup.block(words.count("ask.library", total), "quiet", language=words.language))
    title, questions = _suggested(screen)
    if questions:
        with st.container(key="suggestions"):
            st.html(markup.block(title, "label", language=words.language))
            for number, question in enumerate(questions):
                st.button(
                    markup.plain(markup.shortened(question, 120)),
                    key=f"suggested-{number}",
                    icon=":material/arrow_forward:",
                    on_click=ask,
                    args=(screen, question),
                )
    st.html(FOCUS, unsafe_allow_javascript=True)  # a fixed text of ours


def _suggested(screen: Screen) -> tuple[str, list[str]]:
    """Questions on the sample documents that are there, else what the person asked lately."""
    words, backend = screen.words, screen.backend
    found: list[str] = []
    there: dict[str, bool] = {}
    number = 1
    while words.has(f"sample.{number}.question"):
        name = words(f"sample.{number}.document")
        if name not in there:
            there[name] = any(one.name == name for one in backend.documents(name=name, limit=5).documents)
        if there[name]:
            found.append(words(f"sample.{number}.question"))
        number += 1
    if found:
        return words("ask.suggestions"), found
    lately = list(dict.fromkeys(past.question for past in backend.questions(limit=20)))
    return words("ask.recent"), lately[:SUGGESTIONS]


def _answer(screen: Screen, open_desk: Desk) -> None:
    if open_desk.place is None:
        with st.container(key="answer"):
            answers.show(screen, open_desk, again=ask)
        return
    left, right = st.columns([10, 9], gap="large")
    with left:
        answers.show(screen, open_desk, again=ask)
    with right, st.container(key="page-view"):
        page_view.show(screen, open_desk, open_desk.place)
