"""The screens' entry point: who is signed in, in which language, is the back-end there, and which page."""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st

from ui import markup
from ui.client import BackendError
from ui.connection import backend
from ui.desk import Screen
from ui.language import LANGUAGES, Words, accepted, chosen, words_of
from ui.mishaps import told
from ui.records import Health, Me
from ui.screens import ask, documents, sign_in

log = logging.getLogger("shoko.ui")
HERE = Path(__file__).parent
TRY_AGAIN = 3.0  # seconds


def main() -> None:
    """Draw the page that the address names."""
    words = _words()
    st.set_page_config(
        page_title=words("app.name"),
        page_icon=str(HERE / "pictures" / "shoko.png"),
        layout="wide",
        menu_items={"Get help": None, "Report a bug": None, "About": None},
    )
    st.html(f"<style>{(HERE / 'style.css').read_text('utf-8')}</style>")
    st.html(_page_language(words), unsafe_allow_javascript=True)
    st.logo(
        str(HERE / "pictures" / "logo.svg"), icon_image=str(HERE / "pictures" / "shoko.png"), size="large"
    )
    me, health, away = _who()
    shelf = st.Page(
        lambda: None, title=words("pages.documents"), icon=":material/folder_open:", url_path="documents"
    )
    start = st.Page(
        lambda: None, title=words("pages.ask"), icon=":material/search:", url_path="ask", default=True
    )
    page = st.navigation([start, shelf], position="sidebar" if me else "hidden")
    with st.sidebar:
        aside = st.container(key="aside")
        _foot(words, me)
    if away is not None:
        _away(words, away)
    elif me is None or health is None:
        sign_in.show(words)
    else:
        if health.status != "ok":
            _degraded(words, health)
        screen = Screen(backend(), words, me, health, aside, shelf)
        with told(words):
            (documents.show if page == shelf else ask.show)(screen)


def _words() -> Words:
    """The language of the address, else the browser's. The choice stays in the address on every page."""
    asked = st.query_params.get("lang") or st.session_state.get("chosen_language")
    browser = [st.context.locale or "", *accepted(st.context.headers.get("Accept-Language", ""))]
    language = chosen(asked, browser)
    if asked == language:
        st.session_state["chosen_language"] = language
        st.query_params["lang"] = language
    return words_of(language)


def _choose() -> None:
    language = st.session_state["language"]
    st.session_state["chosen_language"] = language
    st.query_params["lang"] = language


def _page_language(words: Words) -> str:
    """Tell the browser the page's language: letter shapes, hyphenation and screen readers follow it."""
    return f'<script>document.documentElement.lang = "{words.language}";</script>'


def _who() -> tuple[Me | None, Health | None, BackendError | None]:
    """Who is signed in, how the back-end is, and the error where it is away."""
    try:
        health = backend().health()
        return backend().session(), health, None
    except BackendError as error:
        if error.status == 401:
            return None, None, None
        return None, None, error


def _foot(words: Words, me: Me | None) -> None:
    """Below the page's own part of the sidebar: the language, who one is, and the way out."""
    with st.container(key="foot"):
        st.session_state["language"] = words.language
        st.segmented_control(
            words("frame.language"),
            LANGUAGES,
            format_func=lambda language: words_of(language)("language"),
            key="language",
            required=True,
            on_change=_choose,
        )
        if me is not None:
            text = words("frame.signed_in", name=me.name)
            st.html(markup.block(text, "quiet", language=words.language))
            st.button(
                words("frame.sign_out"), key="sign-out", icon=":material/logout:", type="tertiary",
                on_click=_sign_out,
            )  # fmt: skip


def _sign_out() -> None:
    """End the sign-in at the back-end: the cookie that stays in the browser opens nothing any more."""
    try:
        backend().sign_out()
    except BackendError as error:
        log.warning("signing out: %s", error)
    st.session_state.pop("desk", None)


def _away(words: Words, error: BackendError) -> None:
    """A banner, and another try every few seconds until the back-end is there."""
    text = words("frame.away") if error.code == "server_away" else words.error(error)
    st.html(markup.notice(text, "error", language=words.language, more=words("frame.away_fix")))

    def look() -> None:
        try:
            backend().health()
        except BackendError:
            return
        st.rerun()

    st.fragment(look, run_every=TRY_AGAIN)()


def _degraded(words: Words, health: Health) -> None:
    st.html(markup.notice(words("frame.degraded"), "warning", language=words.language))
    with st.expander(words("frame.degraded_details")):
        for problem in health.problems:
            st.html(markup.block(problem, "calm", language="en"))


main()
