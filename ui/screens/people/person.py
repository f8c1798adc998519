"""One person on the page of people: what they may do, and what an administrator changes of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from ui import markup
from ui.client import BackendError
from ui.screens import actions
from ui.screens.people import invitations
from ui.session_state import Screen

LEAST_PASSWORD = 12
ERASING = "erasing_person"


def show(screen: Screen, user: dict[str, Any]) -> None:
    """The person's card."""
    words = screen.words
    facts = [words("people.administrator")] if user["is_admin"] else []
    facts += [words.listed(user["groups"])] if user["groups"] else []
    seen = user["last_sign_in_at"]
    facts.append(
        words("people.seen", date=words.date(datetime.fromisoformat(seen)))
        if seen
        else words("people.never_seen")
    )
    facts += [words("people.has_password")] if user["has_password"] else []
    with st.container(border=True, key=f"person-{user['id']}"):
        left, right = st.columns([3, 2], vertical_alignment="center")
        badge = markup.badge(words("people.disabled"), "warning") if user["disabled"] else ""
        badge += markup.badge(words("people.locked"), "warning") if user["locked"] else ""
        with left:
            st.html(
                f'<div class="document"><span class="title">{markup.escaped(user["name"])}</span> {badge}'
                f'<div class="where" lang="{words.language}">{markup.escaped(" · ".join(facts))}</div></div>'
            )
        with right, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            if not user["disabled"]:
                st.button(
                    words("people.new_link"), key=f"link-{user['id']}", icon=":material/link:",
                    type="tertiary", on_click=invitations.new_link, args=(screen, user["name"]),
                )  # fmt: skip
            with st.popover(words("people.change"), icon=":material/manage_accounts:", type="tertiary"):
                _changes(screen, user)
        if st.session_state.get(ERASING) == user["id"]:
            _confirm(screen, user)


def _changes(screen: Screen, user: dict[str, Any]) -> None:
    words = screen.words
    st.html(markup.block(words("people.spaces"), "label", language=words.language, tag="h3"))
    st.html(markup.block(_spaces(screen, user), "calm", language=words.language))
    if user["source"] == "local":
        _password(screen, user)
    else:
        st.html(markup.block(words("people.kept_elsewhere"), "quiet", language=words.language))
    if user["id"] == screen.me.id:
        return
    with st.container(horizontal=True, gap="small"):
        st.button(
            words("people.no_administrator" if user["is_admin"] else "people.make_administrator"),
            key=f"admin-{user['id']}", icon=":material/shield_person:", type="tertiary",
            on_click=_change, args=(screen, user, {"is_admin": not user["is_admin"]}),
        )  # fmt: skip
        shut = user["disabled"] or user["locked"]
        st.button(
            words("people.let_in" if shut else "people.lock_out"), key=f"lock-{user['id']}",
            icon=":material/lock_open:" if shut else ":material/person_off:", type="tertiary",
            on_click=_change, args=(screen, user, {"disabled": not shut}),
        )  # fmt: skip
        st.button(
            words("people.delete"), key=f"delete-{user['id']}", icon=":material/delete:", type="tertiary",
            on_click=_consider, args=(user["id"],),
        )  # fmt: skip


def _spaces(screen: Screen, user: dict[str, Any]) -> str:
    """What they may do in which space, in a line."""
    words = screen.words
    if user["is_admin"]:
        return words("people.every_space")
    if "GET /api/users/{user}/spaces" not in screen.doors:
        return ""
    held = screen.lately(
        f"spaces of {user['id']}", lambda: screen.backend.read(f"/api/users/{user['id']}/spaces")
    )
    if not held:
        return words("people.no_space")
    lines = []
    for grant in held:
        role = words(f"spaces.{grant['role']}")
        if grant["group"]:
            role = words("people.by_group", role=role, group=grant["group"])
        lines.append(f"{grant['space']}: {role}")
    return " · ".join(lines)


def _password(screen: Screen, user: dict[str, Any]) -> None:
    """A new password; every sign-in of the person ends with it."""
    words = screen.words
    with st.form(f"password-{user['id']}", border=False, clear_on_submit=True):
        st.html(markup.block(words("people.password"), "label", language=words.language, tag="h3"))
        explain = words("people.password_explain", count=LEAST_PASSWORD)
        st.html(markup.block(explain, "quiet", language=words.language))
        password = st.text_input(
            words("people.new_password"), type="password", autocomplete="new-password",
            key=f"new-password-{user['id']}", label_visibility="collapsed",
        )  # fmt: skip
        pressed = st.form_submit_button(words("people.set_password"))
    if not pressed or not password:
        return
    if user["id"] == screen.me.id:
        done = words("people.own_password_set")
    else:
        done = words("people.password_set", name=user["name"])
    if _sent(screen, user["id"], {"password": password}, done):
        screen.refresh("people", "users")
    st.rerun()


def _sent(screen: Screen, user: str, change: dict[str, Any], done: str) -> bool:
    return actions.send(screen, "PATCH", f"/api/users/{user}", change, done=done)


def _change(screen: Screen, user: dict[str, Any], change: dict[str, Any]) -> None:
    _sent(screen, user["id"], change, screen.words("people.changed", name=user["name"]))


def _consider(user: str) -> None:
    if user:
        st.session_state[ERASING] = user
    else:
        st.session_state.pop(ERASING, None)


def _confirm(screen: Screen, user: dict[str, Any]) -> None:
    words = screen.words
    question, more = words("people.delete_question", name=user["name"]), words("people.delete_explain")
    st.html(markup.notice(question, "warning", language=words.language, more=more))
    with st.container(horizontal=True, gap="small"):
        st.button(
            words("people.delete_yes"), key=f"delete-yes-{user['id']}", type="primary",
            on_click=_erase, args=(screen, user),
        )  # fmt: skip
        st.button(words("people.delete_no"), key=f"delete-no-{user['id']}", on_click=_consider, args=("",))


def _erase(screen: Screen, user: dict[str, Any]) -> None:
    """Down to the files, with a certificate; what the log says of them stays under a number."""
    body = {"kind": "user", "subject": user["id"]}
    try:
        screen.backend.send("POST", "/api/erasures", body)
    except BackendError as error:
        st.session_state["deed"] = ("error", screen.words.error(error))
    else:
        st.session_state["deed"] = ("good", screen.words("people.deleted", name=user["name"]))
        screen.refresh("people", "holders")
    _consider("")
