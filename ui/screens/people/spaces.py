"""Spaces: who reads, writes and manages in each; for administrators and those who manage one."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from contract.people import SpaceOut
from ui import markup
from ui.screens import actions
from ui.screens.people import space_personal, space_rules, space_words
from ui.session_state import Screen

ROLES = ("reader", "author", "manager", "administrator")


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    actions.title(screen, "spaces")
    actions.said(screen)
    if screen.me.is_admin:
        with st.form("add-space", clear_on_submit=True, border=True):
            actions.part(screen, "spaces.add")
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                name = st.text_input(words("spaces.name"), max_chars=200, width=320)
                pressed = st.form_submit_button(words("spaces.make"), type="primary")
        if pressed and name.strip():
            actions.do(
                screen, lambda: _make(screen, name.strip()), done=words("spaces.made", name=name.strip())
            )
            screen.refresh("spaces")
            st.rerun()
    for space in screen.backend.spaces():
        if space.managed:
            _space(screen, space)


def _make(screen: Screen, name: str) -> None:
    """Make it; what is uploaded next goes into it, unless another is chosen."""
    st.session_state["upload_space"] = str(screen.backend.send("POST", "/api/spaces", {"name": name})["id"])


def _space(screen: Screen, space: SpaceOut) -> None:
    words = screen.words
    with st.container(border=True, key=f"space-{space.id}"):
        count = words.count("documents.count", space.documents)
        st.html(
            f'<div class="document"><span class="title">{markup.escaped(space.name)}</span> '
            f'<span class="quiet">{markup.escaped(count)}</span></div>'
        )
        if not space.documents and space.writable and "documents" in screen.pages:
            link, icon = words("welcome.upload_link"), ":material/upload_file:"
            st.page_link(screen.pages["documents"], label=link, icon=icon)
        grants = screen.backend.read(f"/api/spaces/{space.id}/grants")
        if not grants:
            st.html(markup.block(words("spaces.nobody"), "quiet", language=words.language))
        for grant in grants:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                kind = words(f"spaces.{grant['kind']}")
                role = words(f"spaces.{grant['role']}")
                more = "" if grant["may_download"] else f" · {words('spaces.no_download')}"
                text = f"{words('spaces.named', name=grant['holder'], kind=kind)} · {role}{more}"
                st.html(markup.block(text, "calm", language=words.language), width="stretch")
                st.button(
                    words("spaces.take_away"), key=f"take-{grant['id']}", type="tertiary",
                    icon=":material/close:", on_click=_take, args=(screen, space.id, grant["id"]),
                )  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            with st.popover(words("spaces.give"), icon=":material/person_add:"):
                _give(screen, space)
            if space.administered:
                with st.popover(words("spaces.rename"), icon=":material/edit:", type="tertiary"):
                    _rename(screen, space)
            if space.administered:
                with st.popover(words("spaces.delete"), icon=":material/delete:", type="tertiary"):
                    _delete(screen, space)
        with st.expander(words("spaces.rules"), icon=":material/rule:"):
            space_rules.show(screen, space)
        with st.expander(words("glossary.title"), icon=":material/dictionary:"):
            space_words.show(screen, space)
        if "GET /api/spaces/{space}/personal-data" in screen.doors:
            with st.expander(words("personal.title"), icon=":material/privacy_tip:"):
                space_personal.show(screen, space)


def _rename(screen: Screen, space: SpaceOut) -> None:
    words = screen.words
    with st.form(f"rename-{space.id}", border=False):
        name = st.text_input(words("spaces.new_name"), value=space.name, max_chars=200).strip()
        pressed = st.form_submit_button(words("spaces.rename"), type="primary")
    if pressed and name and name != space.name:
        path, done = f"/api/spaces/{space.id}", words("spaces.renamed", name=name)
        actions.send(screen, "PATCH", path, {"name": name}, done=done)
        screen.refresh("spaces")
        st.rerun()


def _delete(screen: Screen, space: SpaceOut) -> None:
    """With all that is in it, once its name was typed."""
    words = screen.words
    text = words.count("spaces.delete_explain", space.documents)
    st.html(markup.notice(text, "warning", language=words.language))
    with st.form(f"delete-{space.id}", border=False):
        name = st.text_input(words("spaces.delete_name", name=space.name), max_chars=200, autocomplete="off")
        pressed = st.form_submit_button(words("spaces.delete_yes"), type="primary")
    if not pressed:
        return
    if name.strip() != space.name:
        text = words("spaces.delete_other", name=space.name)
        st.html(markup.notice(text, "error", language=words.language))
        return
    path = f"/api/spaces/{space.id}?{urlencode({'name': space.name})}"
    with st.spinner(words("spaces.deleting", name=space.name)):
        actions.send(screen, "DELETE", path, done=words("spaces.deleted", name=space.name))
    screen.refresh("spaces", "holders")
    st.rerun()


def _give(screen: Screen, space: SpaceOut) -> None:
    words = screen.words
    holders = screen.lately("holders", lambda: screen.backend.read("/api/holders"))
    holders = {
        (holder["kind"], holder["name"]): words(
            "spaces.named", name=holder["name"], kind=words(f"spaces.{holder['kind']}")
        )
        for holder in holders
    }
    with st.form(f"give-{space.id}", border=False):
        holder = st.selectbox(
            words("spaces.holder"), list(holders), format_func=lambda holder: holders.get(holder, ""),
            placeholder=words("spaces.holder"), index=None,
        )  # fmt: skip
        role = st.radio(
            words("spaces.role"), ROLES, format_func=lambda role: words(f"spaces.{role}"),
            captions=[words(f"spaces.{role}_explain") for role in ROLES],
        )  # fmt: skip
        download = st.checkbox(words("spaces.may_download"), value=True)
        pressed = st.form_submit_button(words("spaces.give"), type="primary")
    if pressed and holder is not None:
        body = {"kind": holder[0], "holder": holder[1], "role": role, "may_download": download}
        actions.do(
            screen, lambda: screen.backend.send("PUT", f"/api/spaces/{space.id}/grants", body),
            done=words("spaces.given", name=holder[1]),
        )  # fmt: skip
        st.rerun()


def _take(screen: Screen, space: str, grant: str) -> None:
    actions.do(screen, lambda: screen.backend.send("DELETE", f"/api/spaces/{space}/grants/{grant}"))
