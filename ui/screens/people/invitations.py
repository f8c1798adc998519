"""Inviting people, one or many at once, and the links that are handed to them."""

from __future__ import annotations

import csv
from typing import Any

import streamlit as st

from ui import markup
from ui.client import BackendError
from ui.connection import address_for_others, is_of_this_computer
from ui.invitees import Invitee, as_table, from_table, from_text
from ui.screens import actions
from ui.screens.documents import uploads
from ui.session_state import Screen

MADE = "invitations"  # in the session: who was invited just now, each with the link, and what they read
SHOWN = 20  # of a long list, before it is sent


def made(screen: Screen) -> None:
    """The links that were made just now. They are shown once, to be handed on."""
    links: list[tuple[str, str]] | None = st.session_state.get(MADE)
    if not links:
        return
    words = screen.words
    with st.container(border=True, key="invitation"):
        text = words("people.link_for", name=links[0][0]) if len(links) == 1 else ""
        text = text or words.count("people.links_made", len(links))
        more = words("people.link_explain" if len(links) == 1 else "people.links_explain")
        st.html(markup.notice(text, "good", language=words.language, more=more))
        if any(is_of_this_computer(link) for _, link in links):
            warning, fix = words("people.only_here"), words("people.only_here_fix")
            st.html(markup.notice(warning, "warning", language=words.language, more=fix))
        if len(links) == 1:
            st.code(links[0][1], language=None, wrap_lines=True)
        else:
            actions.table(screen, ("people.name", "people.link"), links, style="links")
            st.download_button(
                words("people.links_table"), data=as_table(links), file_name="invitations.csv",
                mime="text/csv", icon=":material/download:", on_click="ignore", key="invitations-table",
            )  # fmt: skip
        if st.session_state.get("invited_blind"):
            st.html(markup.block(words("people.then"), "calm", language=words.language))
            if "spaces" in screen.pages:
                icon = ":material/shelves:"
                st.page_link(screen.pages["spaces"], label=words("people.then_link"), icon=icon)
        st.button(words("people.link_put_away"), key="put-away", on_click=_put_away)


def _put_away() -> None:
    for name in (MADE, "invited_blind"):
        st.session_state.pop(name, None)


def new_link(screen: Screen, name: str) -> None:
    """Another link for somebody who is there."""

    def make() -> None:
        answer = screen.backend.send("POST", "/api/sign-in-links", {"user": name})
        _keep([(name, answer["address"])], blind=False)

    actions.do(screen, make)


def _keep(links: list[tuple[str, str]], *, blind: bool) -> None:
    here = str(st.context.url or "")
    st.session_state[MADE] = [(name, address_for_others(link, here)) for name, link in links]
    st.session_state["invited_blind"] = blind


def one(screen: Screen) -> None:
    """A form for one colleague."""
    words = screen.words
    row = {"horizontal": True, "vertical_alignment": "bottom", "gap": "small"}
    with st.form("add-person", clear_on_submit=True, border=False), st.container(**row):
        name = st.text_input(words("people.name"), max_chars=200, width=320)
        is_admin = st.checkbox(words("people.administrator"))
        pressed = st.form_submit_button(words("people.invite"), type="primary")
    if not pressed or not name.strip():
        return
    name = name.strip()

    def add() -> None:
        screen.backend.send("POST", "/api/users", {"name": name, "is_admin": is_admin})
        answer = screen.backend.send("POST", "/api/sign-in-links", {"user": name})
        _keep([(name, answer["address"])], blind=not is_admin)

    if actions.do(screen, add):
        screen.refresh("people", "holders")
    st.rerun()


def many(screen: Screen, groups: list[str]) -> None:
    """A list of addresses, or a table with groups; what will be done is shown before it is."""
    words = screen.words
    st.html(markup.block(words("people.many_explain"), "quiet", language=words.language))
    st.text_area(words("people.many_list"), key="invite_list", height=110, max_chars=50_000)
    st.html(uploads.wording(words, limit="people.many_limit", within=".st-key-invite-table"))
    with st.container(key="invite-table"):
        st.file_uploader(words("people.many_table"), type=["csv", "tsv", "txt"], key="invite_file")
    spaces = {space.id: space.name for space in screen.spaces()}
    with st.container(horizontal=True, gap="small"):
        st.multiselect(
            words("people.many_groups"), groups, key="invite_groups", placeholder=words("people.choose")
        )
        st.multiselect(
            words("people.many_spaces"), list(spaces), format_func=lambda space: spaces.get(space, ""),
            key="invite_spaces", placeholder=words("people.choose"),
        )  # fmt: skip
    try:
        invitees = _asked_for(words.language)
    except (UnicodeDecodeError, csv.Error):
        st.html(markup.notice(words("people.many_bad"), "error", language=words.language))
        return
    if not invitees:
        return
    st.html(markup.block(words.count("people.many_ready", len(invitees)), "calm", language=words.language))
    rows = [(name, words.listed(own) or "–") for name, own in invitees[:SHOWN]]
    if len(invitees) > SHOWN:
        rows.append(("…", ""))
    actions.table(screen, ("people.name", "people.groups"), rows)
    if new_groups := sorted({group for _, own in invitees for group in own} - set(groups)):
        text = words("people.new_groups", names=words.listed(new_groups))
        st.html(markup.notice(text, "info", language=words.language))
    st.button(
        words("people.invite_all"), key="invite-all", type="primary", icon=":material/group_add:",
        on_click=_invite, args=(screen,),
    )  # fmt: skip


def _asked_for(language: str) -> list[Invitee]:
    """Those of the list and of the table as the fields hold them now, each once, into the groups of all."""
    people = dict(from_text(str(st.session_state.get("invite_list") or "")))
    table = st.session_state.get("invite_file")
    if table is not None:
        people |= dict(from_table(table.getvalue(), language))
    common = list(st.session_state.get("invite_groups") or [])
    return [(name, (*own, *(group for group in common if group not in own))) for name, own in people.items()]


def _invite(screen: Screen) -> None:
    invitees = _asked_for(screen.words.language)
    spaces = list(st.session_state.get("invite_spaces") or [])
    body: dict[str, Any] = {
        "people": [{"name": name, "groups": list(groups)} for name, groups in invitees],
        "spaces": spaces,
        "make_groups": True,
    }
    try:
        invited = screen.backend.send("POST", "/api/invitations", body)
    except BackendError as error:
        st.session_state["deed"] = ("error", screen.words.error(error))
        return
    grouped = any(groups for _, groups in invitees)
    _keep(
        [(invitation["name"], invitation["address"]) for invitation in invited],
        blind=not spaces and not grouped,
    )
    st.session_state["invite_list"] = ""
    screen.refresh("people", "holders")
