"""Files on their way in: dropped here, sent one after another, and followed until they can be searched."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import streamlit as st

from contract.base import ErrorDetail
from contract.documents import DocumentOut
from contract.jobs import JobOut
from ui import markup
from ui.client import BackendError
from ui.language import Words
from ui.screens import states
from ui.screens.days import day_input
from ui.session_state import Desk, Screen, Sending

DATES_DOOR = "PATCH /api/documents/{document_id}/versions/{version_id}"
Deed = Callable[[str], Any]
Named = tuple[Any, str]  # a file that was dropped, and what its document will be called
MOST_COMPARED = 200  # files of one upload whose names are looked for before they are sent
NAMES_TOLD = 5
Dates = tuple[date | None, date | None]  # the first and the last day in force


def show(screen: Screen, open_desk: Desk) -> None:
    """The place to drop files; nothing for those who may not write anywhere."""
    words = screen.words
    spaces = [space for space in screen.backend.spaces() if space.writable]
    if not spaces:
        return
    names = {space.id: space.name for space in spaces}
    if st.session_state.get("upload_space", spaces[0].id) not in names:  # that space is gone
        del st.session_state["upload_space"]
    with st.container(border=True, key="upload"):
        if len(spaces) > 1:
            st.selectbox(
                words("upload.space"), list(names), format_func=names.__getitem__, key="upload_space"
            )
        st.html(wording(words))
        whole = st.toggle(words("upload.folder"), key="upload_folder", help=words("upload.folder_explain"))
        files = st.file_uploader(
            words("upload.folder" if whole else "upload.files"),
            accept_multiple_files="directory" if whole else True,
            key=f"{'folder' if whole else 'files'}-{open_desk.uploader}",
        )
        since, until = _dates(screen, open_desk.uploader)
    if since and until and until < since:
        st.html(markup.notice(words("upload.dates_wrong"), "warning", language=words.language))
    elif files:
        space = st.session_state.get("upload_space") or spaces[0].id
        named = [(file, _path(file.name, whole=whole)) for file in files]
        if _may_replace(screen, open_desk, space, named):
            _send(screen, open_desk, space, named, (since, until))


def _path(name: str, *, whole: bool) -> str:
    """What a file's document will be called: its path below the folder that was chosen, or its name."""
    return name.partition("/")[2] or name if whole else name.replace("%22", '"')


def _may_replace(screen: Screen, open_desk: Desk, space: str, named: list[Named]) -> bool:
    """Whether what was dropped may be sent: at once where nothing is replaced, else when a person says so."""
    if st.session_state.get("replacing") == open_desk.uploader or len(named) > MOST_COMPARED:
        return True
    waiting = [(file, path) for file, path in named if file.file_id not in open_desk.sent_files]
    replaced = [path for file, path in waiting if _is_replaced(screen, space, path, file)]
    if not replaced:
        return True
    words = screen.words
    more = ", ".join(replaced[:NAMES_TOLD]) + (" …" if len(replaced) > NAMES_TOLD else "")
    st.html(
        markup.notice(
            words.count("upload.replaces", len(replaced)), "warning", language=words.language, more=more
        )
    )

    def go_on() -> None:
        st.session_state["replacing"] = open_desk.uploader

    def leave() -> None:
        open_desk.uploader += 1

    with st.container(horizontal=True):
        st.button(words("upload.replace"), key="replace-files", type="primary", on_click=go_on)
        st.button(words("upload.leave"), key="leave-files", on_click=leave)
    return False


def _is_replaced(screen: Screen, space: str, path: str, file: Any) -> bool:
    """Whether a document of that name is there with another content."""
    name = unicodedata.normalize("NFC", path)
    there = [
        document
        for document in screen.backend.documents(space=space, name=name).documents
        if document.name == name
    ]
    return bool(there) and there[0].version.sha256 != hashlib.sha256(file.getvalue()).hexdigest()


def _dates(screen: Screen, upload: int) -> Dates:
    """From when until when what is uploaded is in force, for those who know it. Each upload begins without:
    dates that stood there unseen would count for other files too."""
    if DATES_DOOR not in screen.doors:
        return None, None
    words = screen.words
    with st.expander(words("upload.dates"), icon=":material/event:"):
        with st.container(horizontal=True, gap="small"):
            since, until = (
                day_input(words(f"versions.{side}"), key=f"upload-{side}-{upload}", width=190)
                for side in ("since", "until")
            )
        st.html(markup.block(words("upload.dates_explain"), "quiet", language=words.language))
    return since, until


def wording(words: Words, *, limit: str = "upload.limit", within: str = ":root") -> str:
    """Streamlit's own words in the drop area are English; the style sheet shows these in their place.
    `limit` is the key of what it says of the files, `within` selects the areas that are meant."""
    keys = {"button": "upload.button", "limit": limit, "drop": "upload.drop"}
    texts = {name: _css(words(key)) for name, key in keys.items()}
    return (
        f"<style>{within}{{"
        + "".join(f"--upload-{name}:{text};" for name, text in texts.items())
        + "}</style>"
    )


def _css(text: str) -> str:
    """A text of ours as a string of CSS."""
    return '"' + "".join(f"\\{ord(sign):x} " if sign in '"\\<>&' else sign for sign in text) + '"'


def _send(screen: Screen, open_desk: Desk, space: str, named: list[Named], dates: Dates) -> None:
    """Send what was dropped. A click meanwhile starts the page anew: what was sent is not sent again."""
    words = screen.words
    telling = st.empty()
    names: set[str] = set()
    for number, (file, path) in enumerate(named, start=1):
        alike, names = path in names, names | {path}
        if file.file_id in open_desk.sent_files:
            continue
        text = words("upload.sending", name=path, number=number, count=len(named))
        telling.html(f'<p class="busy" role="status" lang="{words.language}">{markup.escape(text)}</p>')
        sent = Sending(path, alike=True) if alike else _sent(screen, space, file, path, dates)
        open_desk.sent.append(sent)
        open_desk.sent_files.add(file.file_id)
    open_desk.uploader += 1
    open_desk.erased = ""
    st.rerun()


def _sent(screen: Screen, space: str, file: Any, path: str, dates: Dates) -> Sending:
    since, until = dates
    try:
        taken = screen.backend.upload(space, file.name, file, path=path, valid_from=since, valid_until=until)
    except BackendError as error:
        return Sending(path, refused=ErrorDetail(code=error.code, message=error.message, values=error.values))
    return Sending(path, taken.document.id, duplicate=taken.duplicate)


def results(screen: Screen, open_desk: Desk, jobs: Mapping[str, JobOut]) -> None:
    """What became of each file that was dropped on this page, newest first."""
    words = screen.words
    with st.container(key="uploaded"):
        st.html(markup.block(words("upload.results"), "label", language=words.language, tag="h2"))
        newest = {document.id: document for document in screen.backend.documents(limit=500).documents}
        rows = [
            _result(screen, upload, newest.get(upload.document_id), jobs.get(upload.document_id))
            for upload in reversed(open_desk.sent)
        ]
        st.html(f'<ul class="uploaded" lang="{words.language}">{"".join(rows)}</ul>')
        st.button(words("upload.clear"), key="clear-sent", type="tertiary", on_click=open_desk.sent.clear)


def _result(screen: Screen, sending: Sending, document: DocumentOut | None, job: JobOut | None) -> str:
    words = screen.words
    more = ""
    if sending.alike:
        state, kind, more = words("upload.refused"), "error", words("upload.alike")
    elif sending.refused is not None:
        state, kind, more = words("upload.refused"), "error", words.error(sending.refused)
    elif (document := document or _document(screen, sending)) is None:
        state, kind = words("upload.gone"), "calm"
    else:
        state, kind = states.state_of(words, document.version, job)
        if document.version.error is not None and document.version.state == "failed":
            more = words.error(document.version.error)
        if sending.duplicate:
            more = words("upload.duplicate")
    line = f'<li><span class="title">{markup.escape(sending.name)}</span> {markup.badge(state, kind)}'
    more = more or states.left(words, job)
    reason = f"<div>{markup.escape(more)}</div>" if more else ""
    return f"{line}{reason}{states.progress(job)}</li>"


def _document(screen: Screen, sending: Sending) -> DocumentOut | None:
    """A document that is not among the newest any more, or None where it was erased."""
    try:
        return screen.backend.document(sending.document_id)
    except BackendError as error:
        if error.status == 404:
            return None
        raise
