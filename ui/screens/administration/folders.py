"""Watched folders: what is taken in by itself, what could not be read, and a look through one now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from contract.base import ErrorDetail
from contract.values import FolderRights, PrincipalKind
from ui import markup
from ui.language import Words
from ui.screens import actions
from ui.session_state import Screen

MOST = 200  # refused files that are shown at once
MOST_SHOWN = 20  # identifiers; mapping one may settle many files


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    actions.title(screen, "folders")
    actions.said(screen)
    names = [space.name for space in screen.spaces() if space.writable]
    with st.form("add-folder", clear_on_submit=True, border=True):
        actions.part(screen, "folders.add")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            path = st.text_input(words("folders.path"), max_chars=1000, width=420)
            space = st.selectbox(words("upload.space"), names, width=240)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            rights = st.selectbox(
                words("folders.rights"), list(FolderRights), width=420,
                format_func=lambda value: words(f"folders.rights_{value}"),
            )  # fmt: skip
            share = st.text_input(words("folders.share"), max_chars=1000, width=420)
        pressed = st.form_submit_button(words("folders.watch"), type="primary")
    if pressed and path.strip():
        body = {"path": path.strip(), "space": space, "rights": rights, "share": share.strip()}
        actions.do(screen, lambda: screen.backend.send("POST", "/api/folders", body))
        st.rerun()
    folders = screen.backend.read("/api/folders")
    folders = folders["folders"] if isinstance(folders, dict) else folders
    if not folders:
        actions.nothing(screen, "folders.none")
    if any(folder["rights"] != FolderRights.NONE for folder in folders):
        _unknown(screen)
    for folder in folders:
        with st.container(border=True, key=f"folder-{folder['id']}"):
            st.html(_described(words, folder))
            if folder["error"]:
                problem = ErrorDetail.model_validate(folder["error"], extra="ignore")
                st.html(markup.notice(words.error(problem), "error", language=words.language))
            if folder["files"].get("quarantined"):
                _refused(screen, folder["id"], folder["files"]["quarantined"])
            with st.container(horizontal=True, gap="small"):
                st.button(
                    words("folders.scan"), key=f"scan-{folder['id']}", icon=":material/sync:",
                    on_click=_do, args=(screen, "POST", f"/api/folders/{folder['id']}/scan", {}),
                )  # fmt: skip
                st.button(
                    words("folders.forget"), key=f"forget-{folder['id']}", icon=":material/visibility_off:",
                    type="tertiary", on_click=_do, args=(screen, "DELETE", f"/api/folders/{folder['id']}"),
                )  # fmt: skip


def _refused(screen: Screen, folder_id: str, count: int) -> None:
    """The files that were not taken in, each with the reason; they are asked for when the list is opened."""
    words, key = screen.words, f"refused-{folder_id}"
    opened = st.session_state.get(key, False)
    st.button(
        words.count("folders.refused_hide" if opened else "folders.refused", count), key=f"show-{key}",
        icon=":material/expand_less:" if opened else ":material/error:", type="tertiary",
        on_click=_toggle, args=(key,),
    )  # fmt: skip
    if not opened:
        return
    listed = screen.backend.read(f"/api/folders/{folder_id}/files", state="quarantined", limit=MOST)
    rows = []
    for file in listed["files"]:
        error = file["error"]
        why = words.error(ErrorDetail.model_validate(error, extra="ignore")) if error else ""
        rows.append((file["path"], why))
    actions.table(screen, ("folders.file", "folders.why"), rows)
    if listed["total"] > len(rows):
        more = words("folders.more", count=words.number(listed["total"] - len(rows)))
        st.html(markup.block(more, "quiet", language=words.language))


def _toggle(key: str) -> None:
    st.session_state[key] = not st.session_state.get(key, False)


def _described(words: Words, folder: dict[str, Any]) -> str:
    files = " · ".join(
        f"{words('folders.' + state) if words.has('folders.' + state) else state} {count}"
        for state, count in folder["files"].items() if count
    )  # fmt: skip
    seen = folder["scanned_at"]
    when = words.moment(datetime.fromisoformat(seen)) if seen else words("folders.never")
    facts = [folder["space"], words("folders.scanned", date=when), files]
    if folder["rights"] != FolderRights.NONE:
        facts.append(words(f"folders.rights_{folder['rights']}"))
    if folder["rights_unread"]:
        facts.append(words("folders.rights_unread", count=folder["rights_unread"]))
    return (
        f'<div class="document"><span class="title">{markup.escaped(folder["path"])}</span>'
        f'<div class="where" lang="{words.language}">'
        f"{markup.escaped(' · '.join(fact for fact in facts if fact))}</div></div>"
    )


def _unknown(screen: Screen) -> None:
    """What rights of files name and nobody knows, each with a form that says whom it names."""
    words = screen.words
    listed = screen.backend.read("/api/principals", unknown=True)
    listed = listed["principals"] if isinstance(listed, dict) else listed
    if not listed:
        return
    actions.part(screen, "folders.principals")
    st.html(markup.block(words("folders.principals_explain"), "quiet", language=words.language))
    for principal in listed[:MOST_SHOWN]:
        sid = principal["sid"]
        with st.form(f"principal-{sid}", border=True):
            text = words("folders.principal", sid=sid, name=principal["name"], count=principal["documents"])
            st.html(markup.block(text, "quiet", language=words.language))
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                kind = st.selectbox(
                    words("folders.names"), list(PrincipalKind), key=f"kind-{sid}", width=240,
                    format_func=lambda value: words(f"folders.{value}"),
                )  # fmt: skip
                holder = st.text_input(words("folders.holder"), key=f"holder-{sid}", max_chars=200, width=240)
                pressed = st.form_submit_button(words("folders.map"))
        if pressed:
            body = {"kind": kind, "holder": holder.strip()}
            actions.send(screen, "PUT", f"/api/principals/{sid}", body, done=words("folders.rights_kept"))
            st.rerun()


def _do(screen: Screen, method: str, path: str, body: Any = None) -> None:
    actions.do(screen, lambda: screen.backend.send(method, path, body))
