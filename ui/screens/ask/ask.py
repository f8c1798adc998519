"""The first page: a question box that is ready at once, and under it what the documents answer."""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePath

import streamlit as st

from contract.answers import SuggestionOut
from contract.people import SpaceOut
from ui import markup
from ui.asking import Asking
from ui.language import Words
from ui.render_queue import TURNS
from ui.screens.ask import answers, history, page_view, readiness, replies, welcome
from ui.screens.days import day_input
from ui.session_state import Desk, Screen, desk

QUOTES_SECONDS = 3.0  # the quotes are there in a fraction of it; then the page is drawn once, complete
SUGGESTIONS = 4
FEW_SPACES = 6  # so many are shown side by side; more go into a list
FOCUS = """<script>
(() => {
  if (!matchMedia("(pointer: fine)").matches) return;  // no keyboard that jumps up on a phone
  let tries = 100;
  const timer = setInterval(() => {
    const box = document.querySelector('[data-testid="stChatInputTextArea"]');
    if (box) box.focus({ preventScroll: true });
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
        written = st.chat_input(words("ask.placeholder" if idle else "ask.placeholder_again"), key="question")
        scope = st.container(key="scope")
        notes = st.container(key="readiness")
    if written:  # first of all: whoever asks waits for nothing else on this page
        ask(screen, str(written))
        idle = False
    with scope, st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _spaces(screen)
        _as_of(screen)
    if idle:
        with heading:
            st.html(markup.block(words("ask.title"), "title", language=words.language, tag="h1"))
        st.empty()  # the answer's place. It is never a block of this page: Streamlit would fill it with these
        with st.container(key="start"):
            _start(screen)
    else:
        with heading:
            history.new_question(screen)
        _answer(screen, open_desk)
    with notes:
        readiness.show(screen)
    with screen.aside:
        history.show(screen)
    if idle or written:
        st.html(FOCUS, unsafe_allow_javascript=True)  # a fixed text of ours


def ask(screen: Screen, question: str, *, alone: bool = False) -> None:
    """Ask, and wait the moment until the quotes are there. What was on the desk is what it follows, unless
    it stands `alone`."""
    open_desk = desk()
    spaces = st.session_state.get("ask_in") or None
    follows = "" if alone else open_desk.question_id
    if alone:
        open_desk.thread.clear()
    elif follows:
        open_desk.thread.append((follows, open_desk.question))
    open_desk.put_away()
    day = st.session_state.get("ask_as_of")
    events = screen.backend.ask(
        question, spaces=spaces, follows=follows or None, as_of=day if isinstance(day, date) else None
    )
    open_desk.asking = Asking(question, events, follows=follows)
    with TURNS.away():
        open_desk.asking.wait_for_quotes(QUOTES_SECONDS)
    screen.refresh("questions")


def ask_alone(screen: Screen, question: str) -> None:
    """Ask a question that follows none."""
    ask(screen, question, alone=True)


def _spaces(screen: Screen) -> None:
    """A choice of where to look, for those who may read more than one space."""
    spaces: list[SpaceOut] = screen.spaces()
    names = {space.id: space.name for space in spaces}
    if len(names) < 2:
        return
    label = screen.words("ask.spaces")
    said = markup.block(screen.words("ask.spaces_said"), "quiet", language=screen.words.language)
    st.html(said, width="content")
    if len(names) <= FEW_SPACES:
        st.pills(
            label, list(names), format_func=lambda space: markup.plain(names.get(space, "")),
            selection_mode="multi", label_visibility="collapsed", key="ask_in",
        )  # fmt: skip
    else:
        st.multiselect(
            label, list(names), format_func=lambda space: names.get(space, ""),
            placeholder=screen.words("ask.all_spaces"), label_visibility="collapsed", key="ask_in",
        )  # fmt: skip


def _as_of(screen: Screen) -> None:
    """The day that is asked about, for those who need what held then."""
    words, day = screen.words, st.session_state.get("ask_as_of")
    label = words("ask.as_of_day", date=words.date(day)) if isinstance(day, date) else words("ask.as_of")
    with st.popover(label, icon=":material/event:", type="tertiary"):
        day_input(words("ask.as_of_label"), key="ask_as_of")
        st.html(markup.block(words("ask.as_of_explain"), "quiet", language=words.language))


def _start(screen: Screen) -> None:
    words = screen.words
    replies.show(screen, ask_alone)
    total = screen.backend.documents(limit=1).total
    welcome.show(screen, total)
    if total == 0:
        return
    questions = _suggested(screen)
    if questions:
        with st.container(key="suggestions"):
            st.html(markup.block(words("ask.suggestions"), "label", language=words.language, tag="h2"))
            for number, question in enumerate(questions):
                st.button(
                    markup.plain(markup.shortened(question, 120)),
                    key=f"suggested-{number}",
                    icon=":material/arrow_forward:",
                    on_click=ask_alone,
                    args=(screen, question),
                )
    st.html(markup.block(words.count("ask.library", total), "quiet", language=words.language))


def _suggested(screen: Screen) -> list[str]:
    """Questions on the sample documents that are there, then headings of the documents to ask about."""
    words, backend = screen.words, screen.backend
    questions: list[str] = []
    there: dict[str, bool] = {}
    number = 1
    while words.has(f"sample.{number}.question"):
        name = words(f"sample.{number}.document")
        if name not in there:
            there[name] = any(
                document.name == name for document in backend.documents(name=name, limit=5).documents
            )
        if there[name]:
            questions.append(words(f"sample.{number}.question"))
        number += 1
    if len(questions) < SUGGESTIONS:
        headings = backend.suggestions(words.language, limit=3 * SUGGESTIONS)
        own = [heading for heading in headings if heading.language == words.language]
        questions += [suggested_question(words, heading) for heading in own or headings]
    return questions[:SUGGESTIONS]


def suggested_question(words: Words, suggestion: SuggestionOut) -> str:
    """A question as a person would ask it: a heading that is one is asked as it stands, and a document
    without a title that people use is not named."""
    heading = suggestion.heading
    if heading.endswith(("?", "？")):
        return heading
    title = suggestion.title
    if title == suggestion.document:
        title = PurePath(title).stem
        named = re.search(r"[\u3040-\u9fff]", title) if words.language != "en" else " " in title
        if not named:
            return words("ask.suggestion_plain", heading=heading)
    return words("ask.suggestion", heading=heading, title=title)


def _answer(screen: Screen, open_desk: Desk) -> None:
    citations = open_desk.citations
    if open_desk.place is None and not open_desk.page_closed and citations:
        open_desk.show_first(citations[0])
    place = open_desk.place
    if place is None:
        with st.container(key="answer"):
            answers.show(screen, open_desk, again=ask_alone)
        return
    left, right = st.columns([11, 10], gap="large")
    with left, st.container(key="answer"):
        answers.show(screen, open_desk, again=ask_alone)
    with right, st.container(key="page-view" if place.wanted else "page-view-offered"):
        page_view.show(screen, place, open_desk.keep_page)
