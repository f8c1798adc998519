"""People and groups, for administrators: who may sign in, how colleagues are invited, what each may do."""

from __future__ import annotations

import streamlit as st

from ui import markup
from ui.screens import actions
from ui.screens.people import invitations, person
from ui.session_state import Screen

MOST = 1000
FEW = 8  # people; of more one is looked for by name


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    actions.title(screen, "people")
    actions.said(screen)
    invitations.made(screen)
    users = screen.backend.read("/api/users", limit=MOST)
    users = users["users"] if isinstance(users, dict) else users
    groups = [
        str(group["name"]) for group in screen.backend.read("/api/groups") if not group["external_name"]
    ]
    with st.container(border=True, key="add-people"):
        actions.part(screen, "people.add")
        invitations.one(screen)
        if "POST /api/invitations" in screen.doors:
            with st.expander(words("people.many"), icon=":material/group_add:"):
                invitations.many(screen, groups)
    people, grouped = st.tabs([words("people.people"), words("people.groups")])
    with people:
        wanted = ""
        if len(users) > FEW:
            wanted = st.text_input(
                words("people.look_for"), key="people_wanted", placeholder=words("people.look_for"),
                label_visibility="collapsed", icon=":material/search:",
            ).casefold()  # fmt: skip
        for user in users:
            if wanted in " ".join([user["name"], *user["groups"]]).casefold():
                person.show(screen, user)
    with grouped:
        _groups(screen, [str(user["name"]) for user in users])


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
                default=[member for member in group["members"] if member in names],
                key=f"members-{group['id']}", placeholder=words("people.members"),
                disabled=bool(group["external_name"]),
            )  # fmt: skip
            if group["external_name"]:
                text = words("people.from_directory", name=group["external_name"])
                st.html(markup.block(text, "quiet", language=words.language))
            else:
                with st.popover(words("people.group_remove"), icon=":material/delete:", type="tertiary"):
                    st.html(
                        markup.block(words("people.group_remove_explain"), "calm", language=words.language)
                    )
                    st.button(
                        words("people.group_remove"), key=f"remove-group-{group['id']}", type="primary",
                        on_click=actions.send, args=(screen, "DELETE", f"/api/groups/{group['id']}"),
                    )  # fmt: skip
            for member in set(members) - set(group["members"]):
                _member(screen, "PUT", group["id"], member)
            for member in set(group["members"]) & set(names) - set(members):
                _member(screen, "DELETE", group["id"], member)


def _member(screen: Screen, method: str, group: str, member: str) -> None:
    actions.do(screen, lambda: screen.backend.send(method, f"/api/groups/{group}/members/{member}"))
    screen.refresh("people")
    st.rerun()
