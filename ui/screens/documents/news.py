"""What is new in one's spaces, and how to be told of it: feeds for a feed reader, a digest by mail."""

from __future__ import annotations

from typing import Any

import streamlit as st

from contract.news import DigestOut, FeedOut, MadeFeed, NewsList, NewsOut
from ui import markup
from ui.screens import actions
from ui.session_state import Screen

EVERY = ("week", "day")


def show(screen: Screen) -> None:
    """The page."""
    actions.title(screen, "news")
    actions.said(screen)
    entries = NewsList.model_validate(screen.backend.read("/api/news")).news
    if not entries:
        actions.nothing(screen, "news.none")
    for entry in entries:
        _row(screen, entry)
    _feeds(screen)
    _digest(screen)


def _row(screen: Screen, entry: NewsOut) -> None:
    """A version that came: its title leads to the document."""
    words = screen.words
    kind = words("news.fresh") if entry.version == 1 else words("news.changed", version=entry.version)
    where = f"{entry.space} · {words.moment(entry.at)}"
    with st.container(border=True, gap="xsmall"):
        if "documents" in screen.pages:
            st.page_link(
                screen.pages["documents"], label=markup.plain(entry.title), icon=":material/description:",
                query_params={"lang": words.language, "document": entry.document_id},
            )  # fmt: skip
        st.html(
            f'<div class="source"><span class="file">{markup.escape(entry.document)}</span>'
            f"{markup.badge(kind, 'good')}</div>"
            f'<div class="where" lang="{words.language}">{markup.escape(where)}</div>'
        )


def _feeds(screen: Screen) -> None:
    words = screen.words
    actions.part(screen, "news.feeds")
    st.html(markup.block(words("news.feeds_explain"), "quiet", language=words.language))
    for feed in [FeedOut.model_validate(row) for row in screen.backend.read("/api/feeds")]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            text = f"{feed.name} · {words.date(feed.created_at)}"
            st.html(markup.block(text, "calm", language=words.language), width="stretch")
            st.button(
                words("news.feed_end"), key=f"feed-{feed.id}", type="tertiary", icon=":material/close:",
                on_click=_end_feed, args=(screen, feed.id),
            )  # fmt: skip
    with st.form("make-feed", clear_on_submit=True, border=True):
        name = st.text_input(words("news.feed_name"), max_chars=200)
        pressed = st.form_submit_button(words("news.feed_make"))
    if pressed and name.strip():
        made: list[Any] = []
        body = {"name": name.strip(), "language": words.language}
        if actions.do(screen, lambda: made.append(screen.backend.send("POST", "/api/feeds", body))):
            shown = MadeFeed.model_validate(made[0])
            text = words("news.feed_made", atom=shown.atom, rss=shown.rss)
            st.html(markup.notice(text, "good", language=words.language))
        else:
            st.rerun()


def _end_feed(screen: Screen, feed: str) -> None:
    actions.send(screen, "DELETE", f"/api/feeds/{feed}", done=screen.words("news.feed_ended"))


def _digest(screen: Screen) -> None:
    words = screen.words
    actions.part(screen, "news.digest")
    known = DigestOut.model_validate(screen.backend.read("/api/digest"))
    if not known.available:
        st.html(markup.block(words("news.digest_off"), "calm", language=words.language))
        return
    if known.address:
        if known.confirmed:
            on = words("news.digest_on", address=known.address)
            st.html(markup.block(on, "calm", language=words.language))
        if known.problem:
            warning = words("news.digest_problem", problem=known.problem)
            st.html(markup.notice(warning, "warning", language=words.language))
        if not known.confirmed:
            with st.form("digest-code", border=True):
                code = st.text_input(words("news.digest_code"), max_chars=20, autocomplete="one-time-code")
                entered = st.form_submit_button(words("news.digest_confirm"), type="primary")
            if entered and code.strip():
                done = words("news.digest_begun")
                actions.send(screen, "POST", "/api/digest/confirmation", {"code": code.strip()}, done=done)
                st.rerun()
        st.button(words("news.digest_end"), key="digest-end", type="tertiary", on_click=_end, args=(screen,))
    with st.form("digest", border=True):
        address = st.text_input(words("news.digest_address"), value=known.address or "", max_chars=254)
        every = st.radio(
            words("news.digest_every"), EVERY, horizontal=True, index=EVERY.index(known.every or "week"),
            format_func=lambda days: words(f"news.digest_{days}"),
        )  # fmt: skip
        pressed = st.form_submit_button(words("news.digest_ask"))
    if pressed and address.strip():
        body = {"address": address.strip(), "every": every, "language": words.language}
        actions.send(screen, "PUT", "/api/digest", body, done=words("news.digest_asked"))
        st.rerun()


def _end(screen: Screen) -> None:
    actions.send(screen, "DELETE", "/api/digest", done=screen.words("news.digest_ended"))
