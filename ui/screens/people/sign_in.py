"""For those who are not signed in: a place for the one-time link, and how to get one. The back-end sets the
cookie; the screens never hold what could be read by a script."""

from __future__ import annotations

import json

import streamlit as st

from ui import markup
from ui.client import BackendError
from ui.connection import backend, sign_in_address
from ui.language import Words


def show(words: Words) -> None:
    """The page."""
    with st.container(key="sign-in"):
        st.html(markup.block(words("sign_in.title"), "title", language=words.language, tag="h1"))
        if st.query_params.get("problem") == "link_used_up":
            more = words("sign_in.used_up_fix")
            st.html(markup.notice(words("sign_in.used_up"), "error", language=words.language, more=more))
        _by_name(words)
        st.html(markup.block(words("sign_in.explain"), "calm", language=words.language))
        with st.form("sign-in-form", border=False):
            pasted = st.text_input(words("sign_in.link"), key="link", autocomplete="off")
            pressed = st.form_submit_button(words("sign_in.link_button"))
        if pressed:
            _go(words, pasted or "")
        st.html(markup.block(words("sign_in.how"), "label", language=words.language, tag="h2"))
        st.html(
            markup.block(words("sign_in.how_employee"), "calm", language=words.language)
            + markup.block(words("sign_in.how_administrator"), "calm", language=words.language)
        )


def _by_name(words: Words) -> None:
    """Name and password, and the company's single sign-on, where this library offers them."""
    try:
        ways = backend().sign_in_ways()
    except BackendError:
        return  # an older back-end: links alone
    if ways.get("single_sign_on"):
        st.link_button(words("sign_in.single"), str(ways["single_sign_on"]), icon=":material/badge:")
    if not (ways.get("password") or ways.get("directory")):
        return
    with st.form("password-form", border=True):
        name = st.text_input(words("sign_in.name"), key="sign-in-name", autocomplete="username")
        password = st.text_input(
            words("sign_in.password"), key="sign-in-password", type="password",
            autocomplete="current-password",
        )  # fmt: skip
        pressed = st.form_submit_button(words("sign_in.button"), type="primary")
    if not pressed:
        return
    try:
        address = backend().sign_in_by_password(name.strip(), password)
    except BackendError as error:
        st.html(markup.notice(words.error(error), "error", language=words.language))
        return
    _go(words, address)


def _go(words: Words, pasted: str) -> None:
    address = sign_in_address(pasted, str(st.context.url or ""))
    if not address:
        st.html(markup.notice(words("sign_in.not_a_link"), "error", language=words.language))
        return
    st.html(markup.block(words("sign_in.going"), "calm", language=words.language))
    # Of what was pasted there is a secret of letters, digits, - and _, and at most a port number in it.
    script = f"window.location.assign({json.dumps(address)})"
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
