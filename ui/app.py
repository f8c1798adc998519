"""The screens' entry point: who is signed in, in which language, is the back-end there, and which page."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from contract.people import Me
from contract.system import Health
from ui import markup
from ui.client import BackendError
from ui.connection import backend
from ui.errors import told
from ui.language import LANGUAGES, Words, accepted, chosen, words_of
from ui.render_queue import TURNS
from ui.screens.administration import audit, folders, machine, models, reports, storage, usage
from ui.screens.ask import ask
from ui.screens.checks import checks
from ui.screens.documents import documents, news, upkeep
from ui.screens.drafts import drafts
from ui.screens.faqs import faqs, gaps
from ui.screens.people import keys, people, sign_in, spaces
from ui.screens.search import search
from ui.session_state import Screen

log = logging.getLogger("shoko.ui")
HERE = Path(__file__).parent
TRY_AGAIN = 3.0  # seconds
SAME_DOORS = 60.0  # seconds
FRESH = 5.0  # seconds for which who is signed in is not asked again; every deed is checked by the back-end

Show = Callable[[Screen], None]
Pages = dict[str, tuple[Any, Show]]
# Name, icon, what draws it, and the door without which it is not there.
MANAGER: tuple[tuple[str, str, Show, str], ...] = (
    ("faqs", "fact_check", faqs.show, "GET /api/faqs"),
    ("gaps", "campaign", gaps.show, "GET /api/gaps"),
    ("upkeep", "cleaning_services", upkeep.show, "GET /api/spaces/{space}/upkeep"),
    ("spaces", "shelves", spaces.show, "GET /api/spaces/{space}/grants"),
)
ADMIN: tuple[tuple[str, str, Show, str], ...] = (
    ("people", "group", people.show, "GET /api/users"),
    ("folders", "drive_folder_upload", folders.show, "GET /api/folders"),
    ("keys", "key", keys.show, "GET /api/keys"),
    ("models", "memory", models.show, "GET /api/models/running"),
    ("machine", "monitor_heart", machine.show, "GET /health"),
    ("audit", "history_edu", audit.show, "GET /api/audit"),
    ("reports", "verified_user", reports.show, "GET /api/egress/reports"),
    ("usage", "monitoring", usage.show, "GET /api/usage"),
    ("storage", "hard_drive", storage.show, "GET /api/storage"),
)
# What Streamlit says in English by itself, by the key of its text in ui/texts.
STREAMLIT = {
    "send": "Send message",
    "submit": "Submit",
    "expand_sidebar": "Expand sidebar",
    "collapse_sidebar": "Collapse sidebar",
    "open_sidebar": "Open sidebar",
    "close_sidebar": "Close sidebar",
    "close": "Close",
    "clear_all": "Clear all",
    "clear_value": "Clear value",
    "no_results": "No results",
    "choose_options": "Choose options",
    "choose_option": "Choose an option",
    "remove": "Remove",
    "remove_file": "Remove {}",
    "delete": "Delete",
    "next_page": "Next page",
    "previous_page": "Previous page",
    "fullscreen": "Fullscreen",
    "view_fullscreen": "View fullscreen",
    "exit_fullscreen": "Close fullscreen",
    "help_for": "Help for {}",
    "show_password": "Show password text",
    "hide_password": "Hide password text",
    "skip": "Skip to main content",
    "home": "Navigate to home page",
    "open": "Open",
    "choose_date": "Choose date",
    "increment": "Increment",
    "decrement": "Decrement",
    "page_not_found": "Page not found",
    "page_not_found_more": "The page that you have requested does not seem to exist. "
    "Running the app's main page.",
}


def main() -> None:
    """Draw the page that the address names, when it is its turn."""
    with TURNS.turn():
        _draw()


def _draw() -> None:
    words = _words()
    st.set_page_config(
        page_title=words("app.name"),
        page_icon=str(HERE / "pictures" / "shoko.png"),
        layout="wide",
        menu_items={"Get help": None, "Report a bug": None, "About": None},
    )
    st.html(f"<style>{_file('style.css')}</style>")
    st.html(_manners(words), unsafe_allow_javascript=True)
    st.logo(
        str(HERE / "pictures" / "logo.svg"), icon_image=str(HERE / "pictures" / "shoko.png"), size="large"
    )
    me, health, away = _who()
    doors = _doors() if me is not None else frozenset()
    pages = _pages(words, me, doors)
    page = st.navigation(_sections(words, pages), position="sidebar" if me else "hidden", expanded=True)
    with st.sidebar:
        aside = st.container(key="aside")
        _foot(words, me)
    if away is not None:
        _away(words, away)
    elif me is None or health is None:
        sign_in.show(words)
    else:
        if health.status != "ok" and me.is_admin:
            _degraded(words, health)
        screen = Screen(
            backend(), words, me, health, aside, {name: place for name, (place, _) in pages.items()}, doors
        )
        show = next((show for place, show in pages.values() if place == page), ask.show)
        with told(words):
            show(screen)


def _pages(words: Words, me: Me | None, doors: frozenset[str]) -> Pages:
    """The pages whose doors are there and that this person may open, by name."""

    def page(name: str, icon: str, show: Show, *, default: bool = False) -> tuple[Any, Show]:
        title = words(f"pages.{name}")
        return (
            st.Page(lambda: None, title=title, icon=f":material/{icon}:", url_path=name, default=default),
            show,
        )

    pages = {
        "ask": page("ask", "forum", ask.show, default=True),
        "search": page("search", "search", search.show),
        "documents": page("documents", "folder_open", documents.show),
    }
    if "GET /api/news" in doors:
        pages["news"] = page("news", "newspaper", news.show)
    if "POST /api/checks" in doors:
        pages["checks"] = page("checks", "rule", checks.show)
    if "POST /api/drafts" in doors:
        pages["drafts"] = page("drafts", "edit_document", drafts.show)
    if me is not None:
        kept = (MANAGER if me.manages or me.is_admin else ()) + (ADMIN if me.is_admin else ())
        for name, icon, show, door in kept:
            if door in doors:
                pages[name] = page(name, icon, show)
    return pages


def _sections(words: Words, pages: Pages) -> dict[str, list[Any]]:
    admin = {name for name, *_ in MANAGER + ADMIN}
    sections = {"": [page for name, (page, _) in pages.items() if name not in admin]}
    if kept := [page for name, (page, _) in pages.items() if name in admin]:
        sections[words("pages.administration")] = kept
    return sections


@cache
def _file(name: str) -> str:
    return (HERE / name).read_text("utf-8")


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


def _manners(words: Words) -> str:
    """The script of the page: its language, keys, marks, copy and print, Streamlit's words in ours."""
    known = {english: words(f"streamlit.{key}", name="{}") for key, english in STREAMLIT.items()}
    script = _file("browser.js").replace("WORDS;", f"{json.dumps(known)};", 1)
    return f"<script>{script.replace('LANGUAGE;', f'{json.dumps(words.language)};', 1)}</script>"


def _who() -> tuple[Me | None, Health | None, BackendError | None]:
    """Who is signed in, how the back-end is, and the error where it is away; asked every few seconds."""
    kept = st.session_state.get("who")
    if kept is not None and time.monotonic() - kept[0] < FRESH:
        return kept[1], kept[2], None
    st.session_state.pop("who", None)
    try:
        health = backend().health()
        me = backend().session()
    except BackendError as error:
        if error.status == 401:
            return None, None, None
        return None, None, error
    st.session_state["who"] = (time.monotonic(), me, health)
    return me, health, None


def _doors() -> frozenset[str]:
    """What the back-end can do, asked once a minute; a newer one may have come meanwhile."""
    kept: tuple[float, frozenset[str]] | None = st.session_state.get("doors")
    if kept is not None and time.monotonic() - kept[0] < SAME_DOORS:
        return kept[1]
    try:
        doors = backend().doors()
    except BackendError as error:
        log.warning("the back-end did not say what it can do: %s", error)
        return frozenset()
    st.session_state["doors"] = (time.monotonic(), doors)
    return doors


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
    for name in ("desk", "who"):
        st.session_state.pop(name, None)


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
