"""Files on their way in: dropped here, sent one after another, and followed until they can be searched."""

from __future__ import annotations

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
from ui.screens.days import day_input
from ui.screens.documents import states
from ui.session_state import Desk, Screen, Sending

DATES_DOOR = "PATCH /api/documents/{document_id}/versions/{version_id}"
Deed = Callable[[str], Any]
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
        files = st.file_uploader(
            words("upload.files"),
            accept_multiple_files=True,
            key=f"files-{open_desk.uploader}",
        )
        since, until = _dates(screen, open_desk.uploader)
    if since and until and until < since:
        st.html(markup.notice(words("upload.dates_wrong"), "warning", language=words.language))
    elif files:
        _send(screen, open_desk, st.session_state.get("upload_space") or spaces[0].id, files, (since, until))


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


def _send(screen: Screen, open_desk: Desk, space: str, files: list[Any], dates: Dates) -> None:
    """Send what was dropped. A click meanwhile starts the page anew: what was sent is not sent again."""
    words = screen.words
    telling = st.empty()
    for number, file in enumerate(files, start=1):
        if file.file_id in open_desk.sent_files:
            continue
        text = words("upload.sending", name=file.name, number=number, count=len(files))
        telling.html(f'<p class="busy" role="status" lang="{words.language}">{markup.escape(text)}</p>')
        open_desk.sent.append(_sent(screen, space, file, dates))
        open_desk.sent_files.add(file.file_id)
    open_desk.uploader += 1
    open_desk.erased = ""
    st.rerun()


def _sent(screen: Screen, space: str, file: Any, dates: Dates) -> Sending:
    try:
        taken = screen.backend.upload(space, file.name, file, valid_from=dates[0], valid_until=dates[1])
    except BackendError as error:
        return Sending(
            file.name, refused=ErrorDetail(code=error.code, message=error.message, values=error.values)
        )
    return Sending(file.name, taken.document.id, duplicate=taken.duplicate)


def results(screen: Screen, open_desk: Desk, jobs: Mapping[str, JobOut]) -> None:
    """What became of each file that was dropped on this page, newest first."""
    words = screen.words
    with st.container(key="uploaded"):
        st.html(markup.block(words("upload.results"), "label", language=words.language, tag="h2"))
        newest = {one.id: one for one in screen.backend.documents(limit=500).documents}
        rows = [
            _result(screen, one, newest.get(one.document_id), jobs.get(one.document_id))
            for one in reversed(open_desk.sent)
        ]
        st.html(f'<ul class="uploaded" lang="{words.language}">{"".join(rows)}</ul>')
        st.button(words("upload.clear"), key="clear-sent", type="tertiary", on_click=open_desk.sent.clear)


def _result(screen: Screen, sending: Sending, document: DocumentOut | None, job: JobOut | None) -> str:
    words = screen.words
    more = ""
    if sending.refused is not None:
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
    told = f"<div>{markup.escape(more)}</div>" if more else ""
    return f"{line}{told}{states.progress(job)}</li>"


def _document(screen: Screen, sending: Sending) -> DocumentOut | None:
    """A document that is not among the newest any more, or None where it was erased."""
    try:
        return screen.backend.document(sending.document_id)
    except BackendError as error:
        if error.status == 404:
            return None
        raise
