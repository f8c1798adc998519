"""People and groups, for administrators: who may sign in, and how a colleague is invited."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from ui import markup
from ui.screens import actions
from ui.session_state import Screen


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    actions.title(screen, "people")
    actions.said(screen)
    link = st.session_state.get("invitation")
    if link is not None:
        _invitation(screen, *link)
    users = screen.backend.read("/api/users", limit=1000)
    users = users["users"] if isinstance(users, dict) else users
    _add(screen)
    people, groups = st.tabs([words("people.people"), words("people.groups")])
    with people:
        for user in users:
            _person(screen, user)
    with groups:
        _groups(screen, [str(user["name"]) for user in users])


def _add(screen: Screen) -> None:
    words = screen.words
    with st.form("add-person", clear_on_submit=True, border=True):
        actions.part(screen, "people.add")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            name = st.text_input(words("people.name"), max_chars=200, width=320)
            is_admin = st.checkbox(words("people.administrator"))
            pressed = st.form_submit_button(words("people.invite"), type="primary")
    if pressed and name.strip():
        body = {"name": name.strip(), "is_admin": is_admin}
        if actions.do(screen, lambda: screen.backend.send("POST", "/api/users", body)):
            _invite(screen, name.strip(), reads_nothing=not is_admin)
            screen.refresh("people")
        st.rerun()


def _invite(screen: Screen, name: str, *, reads_nothing: bool = False) -> None:
    """A one-time link for that person; it is shown once, to be handed on. `reads_nothing`: who was just added
    has no rights yet."""

    def make() -> None:
        answer = screen.backend.send("POST", "/api/sign-in-links", {"user": name})
        st.session_state["invitation"] = (name, answer["address"], reads_nothing)

    actions.do(screen, make)


def _invitation(screen: Screen, name: str, address: str, reads_nothing: bool) -> None:
    words = screen.words
    with st.container(border=True, key="invitation"):
        text = words("people.link_for", name=name)
        st.html(markup.notice(text, "good", language=words.language, more=words("people.link_explain")))
        st.code(address, language=None, wrap_lines=True)
        if reads_nothing:
            st.html(markup.block(words("people.then"), "calm", language=words.language))
            if "spaces" in screen.pages:
                icon = ":material/shelves:"
                st.page_link(screen.pages["spaces"], label=words("people.then_link"), icon=icon)
        st.button(words("people.link_put_away"), key="put-away", on_click=_put_away)


def _put_away() -> None:
    st.session_state.pop("invitation", None)


def _person(screen: Screen, user: dict[str, Any]) -> None:
    words = screen.words
    facts = [words("people.administrator")] if user["is_admin"] else []
    facts += [words.listed(user["groups"])] if user["groups"] else []
    seen = user["last_sign_in_at"]
    facts.append(
        words("people.seen", date=words.date(datetime.fromisoformat(seen)))
        if seen
        else words("people.never_seen")
    )
    with st.container(border=True, key=f"person-{user['id']}"):
        left, right = st.columns([3, 2], vertical_alignment="center")
        badge = markup.badge(words("people.disabled"), "warning") if user["disabled"] else ""
        with left:
            st.html(
                f'<div class="document"><span class="title">{markup.escaped(user["name"])}</span> {badge}'
                f'<div class="where" lang="{words.language}">{markup.escaped(" · ".join(facts))}</div></div>'
            )
        with right, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            if not user["disabled"]:
                st.button(
                    words("people.new_link"), key=f"link-{user['id']}", icon=":material/link:",
                    type="tertiary", on_click=_invite, args=(screen, user["name"]),
                )  # fmt: skip
            if user["id"] != screen.me.id:
                change = {"disabled": not user["disabled"]}
                st.button(
                    words("people.let_in" if user["disabled"] else "people.lock_out"),
                    key=f"lock-{user['id']}", type="tertiary", icon=":material/person_off:",
                    on_click=_change, args=(screen, user["id"], change),
                )  # fmt: skip


def _change(screen: Screen, user: str, change: dict[str, Any]) -> None:
    actions.do(screen, lambda: screen.backend.send("PATCH", f"/api/users/{user}", change))


def _groups(screen: Screen, names: list[str]) -> None:
    words = screen.words
    row = {"horizontal": True, "vertical_alignment": "bottom", "gap": "small"}
    with st.form("add-group", clear_on_submit=True, border=False), st.container(**row):
        name = st.text_input(words("people.group_name"), max_chars=200, width=320)
        pressed = st.form_submit_button(words("people.group_add"))
    if pressed and name.strip():
        actions.do(screen, lambda: screen.backend.send("POST", "/api/groups", {"name": name.strip()}))
        st.rerun()
    groups = screen.backend.read("/api/groups")
    if not groups:
        actions.nothing(screen, "people.groups_none")
    for group in groups:
        with st.container(border=True, key=f"group-{group['id']}"):
            members = st.multiselect(
                markup.plain(str(group["name"])), names,
                default=[one for one in group["members"] if one in names],
                key=f"members-{group['id']}", placeholder=words("people.members"),
                disabled=bool(group["external_name"]),
            )  # fmt: skip
            for member in set(members) - set(group["members"]):
                _member(screen, "PUT", group["id"], member)
            for member in set(group["members"]) & set(names) - set(members):
                _member(screen, "DELETE", group["id"], member)


def _member(screen: Screen, method: str, group: str, member: str) -> None:
    actions.do(screen, lambda: screen.backend.send(method, f"/api/groups/{group}/members/{member}"))
    screen.refresh("people")
    st.rerun()
