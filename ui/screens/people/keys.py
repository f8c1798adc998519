"""One's keys for programs that speak to the archive: make, look at, revoke. A key is shown once."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from ui import markup
from ui.language import Words
from ui.screens import actions
from ui.session_state import Screen

SCOPES = ("ask", "read", "write", "admin")


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    actions.title(screen, "keys")
    actions.said(screen)
    made = st.session_state.get("made_key")
    if made is not None:
        with st.container(border=True, key="made-key"):
            text = words("keys.made")
            st.html(markup.notice(text, "good", language=words.language, more=words("keys.once")))
            st.code(made, language=None, wrap_lines=True)
            st.button(words("people.link_put_away"), key="put-key-away", on_click=_put_away)
    _make(screen)
    keys = [key for key in screen.backend.read("/api/keys") if key["revoked_at"] is None]
    if not keys:
        actions.nothing(screen, "keys.none")
    for key in keys:
        with st.container(border=True, key=f"key-{key['id']}"):
            left, right = st.columns([4, 1], vertical_alignment="center")
            used = (
                words("keys.used", date=words.date(datetime.fromisoformat(key["last_used_at"])))
                if key["last_used_at"]
                else words("keys.unused")
            )
            scopes = words.listed(_scope(words, scope) for scope in key["scopes"])
            end = words.date(datetime.fromisoformat(key["expires_at"])) if key["expires_at"] else "–"
            facts = [scopes, words("keys.expires", date=end), used]
            with left:
                st.html(
                    f'<div class="document"><span class="title">{markup.escaped(key["name"])}</span>'
                    f'<div class="where">{markup.escaped(" · ".join(facts))}</div></div>'
                )
            with right:
                st.button(
                    words("keys.revoke"), key=f"revoke-{key['id']}", icon=":material/block:", type="tertiary",
                    on_click=_revoke, args=(screen, key["id"]),
                )  # fmt: skip


def _make(screen: Screen) -> None:
    words = screen.words
    known = screen.lately("scopes", lambda: _scopes(screen), seconds=600)
    with st.form("make-key", clear_on_submit=True, border=True):
        actions.part(screen, "keys.add")
        name = st.text_input(words("keys.name"), max_chars=200, width=420)
        scopes = st.pills(
            words("keys.scopes"), known, selection_mode="multi", default=known[:1],
            format_func=lambda scope: _scope(words, scope),
        )  # fmt: skip
        days = st.number_input(words("keys.days"), 1, 400, 90, width=160)
        pressed = st.form_submit_button(words("keys.make"), type="primary")
    if pressed and name.strip():

        def make() -> None:
            body = {"name": name.strip(), "scopes": scopes, "days": int(days)}
            st.session_state["made_key"] = screen.backend.send("POST", "/api/keys", body)["secret"]

        actions.do(screen, make)
        st.rerun()


def _scopes(screen: Screen) -> list[str]:
    """What a key may be made for, as the back-end tells it."""
    shapes = screen.backend.read("/openapi.json")["components"]["schemas"]
    return [str(scope) for scope in shapes.get("Scope", {}).get("enum", SCOPES)]


def _scope(words: Words, scope: str) -> str:
    """What a scope opens, in words; a newer one by its name."""
    key = f"keys.scope_{scope}"
    return words(key) if words.has(key) else scope


def _revoke(screen: Screen, key: str) -> None:
    actions.do(screen, lambda: screen.backend.send("DELETE", f"/api/keys/{key}"))


def _put_away() -> None:
    st.session_state.pop("made_key", None)
