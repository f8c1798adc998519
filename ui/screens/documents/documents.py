"""The documents: what is here, where each is on its way, and how more come in or go."""

from __future__ import annotations

from typing import Any

import streamlit as st

from contract.answers import CitationOut
from contract.documents import DocumentList, DocumentOut, PlaceOut
from contract.jobs import JobOut
from ui import markup
from ui.client import BackendError
from ui.errors import told
from ui.language import Words, script_of
from ui.screens import states
from ui.screens.ask import page_view
from ui.screens.documents import uploads, versions
from ui.session_state import Desk, OpenPage, Screen, desk

EVERY = 1.0  # seconds between two looks while work is going on
LOCKED = ("file_encrypted", "password_wrong")  # errors that a password mends
BROKEN = (
    "unreadable",
    "file_damaged",
    "file_empty",
    "file_type_unknown",
    "closed_format",
    "too_much_in_file",
)
# … and those that another file alone mends: the same one would fail again, as often as it is tried.
SHOWN = 20
WARNINGS = {
    "documents.hidden_text": "warning",
    "documents.poor_text": "warning",
    "documents.scan_without_text": "warning",
    "documents.recognised_text": "info",
    "documents.attachments_unread": "warning",
    "documents.attachments_read": "info",
    "documents.form_unread": "warning",
    "documents.form_as_text": "info",
    "documents.formulas_without_value": "warning",
    "documents.formulas_computed": "info",
    "documents.parts_unread": "warning",
    "documents.fonts_missing": "info",
}
DATE_SOURCES = {
    "person": "documents.date_from_person",
    "file_deleted": "documents.date_from_file_deleted",
    "properties": "documents.date_from_properties",
    "metadata": "documents.date_from_metadata",
    "file_name": "documents.date_from_file_name",
    "text": "documents.date_from_text",
}
NAMES_SHOWN = 5  # of those that a warning lists


def show(screen: Screen) -> None:
    """The page."""
    words, open_desk = screen.words, desk()
    st.html(markup.block(words("documents.title"), "title", language=words.language, tag="h1"))
    _open_asked(screen, open_desk)
    uploads.show(screen, open_desk)
    working = bool(states.jobs_now(screen))
    st.fragment(_guarded_list, run_every=EVERY if working else None)(screen, working)


def _open_asked(screen: Screen, open_desk: Desk) -> None:
    """Open the document that the address asks for, once; a reader may close it again."""
    asked = st.query_params.get("document", "")
    if not asked or st.session_state.get("asked_document") == asked:
        return
    st.session_state["asked_document"] = asked
    try:
        document = screen.backend.document(asked)
    except BackendError as error:
        st.html(markup.notice(screen.words.error(error), "error", language=screen.words.language))
    else:
        open_desk.reading, open_desk.first = first_page(document), 0
        st.session_state["filter_name"], st.session_state["filter_space"] = document.name, ""


def _filters(screen: Screen) -> None:
    words, spaces = screen.words, screen.spaces()
    names = {space.id: space.name for space in spaces}
    left, right = st.columns([3, 2]) if len(names) > 1 else (st.container(), None)
    with left:
        st.text_input(
            words("documents.filter_name"),
            key="filter_name",
            placeholder=words("documents.filter_name"),
            label_visibility="collapsed",
            icon=":material/search:",
            on_change=_from_the_start,
        )
    if right is None:  # of one space there is nothing to choose
        return
    with right:
        st.selectbox(
            words("documents.filter_space"),
            ["", *names],
            format_func=lambda space: names.get(space, words("ask.all_spaces")),
            key="filter_space",
            label_visibility="collapsed",
            on_change=_from_the_start,
        )


def _from_the_start() -> None:
    desk().first = 0


def _guarded_list(screen: Screen, was_working: bool) -> None:
    with told(screen.words):
        _list(screen, was_working)


def _list(screen: Screen, was_working: bool) -> None:
    """The list alone; drawn again and again while work is going on, and the whole page when it ends."""
    words, open_desk = screen.words, desk()
    jobs = states.jobs_now(screen)
    if bool(jobs) != was_working:
        st.rerun()
    space, name = st.session_state.get("filter_space") or None, st.session_state.get("filter_name") or ""
    listed = screen.backend.documents(space=space, name=name, limit=SHOWN, offset=open_desk.first)
    if not listed.documents and open_desk.first:
        open_desk.first = 0
        st.rerun()
    if open_desk.sent:
        uploads.results(screen, open_desk, jobs)
    if open_desk.erased:
        text = words("documents.erased", name=open_desk.erased)
        st.html(markup.notice(text, "good", language=words.language))
    if (listed.total or space or name) and not any(space.writable for space in screen.spaces()):
        st.html(markup.block(words("documents.read_only"), "quiet", language=words.language))
    if listed.total or space or name:
        _filters(screen)
    if not listed.total:
        _empty(screen, filtered=bool(space or name))
        return
    st.html(markup.block(words.count("documents.count", listed.total), "label", language=words.language))
    writable = {space.id for space in screen.backend.spaces() if space.writable}
    for document in listed.documents:
        _row(screen, open_desk, document, jobs.get(document.id), document.space_id in writable)
    _turning(words, open_desk, listed)


def _empty(screen: Screen, *, filtered: bool) -> None:
    words = screen.words
    if filtered:
        st.html(markup.block(words("documents.none_match"), "calm", language=words.language))
        return
    spaces = screen.spaces()
    if not spaces:
        st.html(markup.notice(words("ask.empty_reader"), "info", language=words.language))
        return
    writes = any(space.writable for space in spaces)
    first = "documents.none_first" if len(spaces) > 1 else "documents.none_first_here"
    more = words(first if writes else "documents.none_read_only")
    st.html(markup.notice(words("documents.none"), "info", language=words.language, more=more))


def _row(screen: Screen, open_desk: Desk, document: DocumentOut, job: JobOut | None, writable: bool) -> None:
    words, version = screen.words, document.version
    with st.container(border=True, key=f"document-{document.id}"):
        text, controls = st.columns([1, 1], vertical_alignment="center")
        with text:
            st.html(_description(words, document, job))
        with controls, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            _controls(screen, open_desk, document, job, writable)
        if version.error is not None and version.state == "failed":
            more = _help(words, document, version.error.code, writable=writable)
            failure = words.error(version.error)
            st.html(markup.notice(failure, "error", language=words.language, more=more))
            if writable and version.error.code in LOCKED:
                _password(screen, open_desk, document)
        for warning in document.warnings:
            level = WARNINGS.get(f"documents.{warning.code}")
            if level is not None and warning.count:
                more = ", …" if warning.count > NAMES_SHOWN and warning.names else ""
                names = ", ".join(warning.names[:NAMES_SHOWN]) + more
                text = words.count(f"documents.{warning.code}", warning.count, names=names)
                st.html(markup.notice(text, level, language=words.language))
        if open_desk.erasing == document.id:
            _confirm(screen, open_desk, document)
        if open_desk.reading is not None and open_desk.reading.citation.document_id == document.id:
            with st.container(key="reading"):
                page_view.show(screen, open_desk.reading, open_desk.keep_reading)
        if open_desk.opened_document == document.id:
            managed = any(space.id == document.space_id and space.managed for space in screen.spaces())
            versions.show(screen, document, writable=writable, managed=managed)


def _help(words: Words, document: DocumentOut, code: str, *, writable: bool) -> str:
    """What helps a document that could not be read, beyond what its error says."""
    if not writable:
        return words("documents.failed_reader", space=document.space)
    return words("documents.mend", name=document.name) if code in BROKEN else ""


def _password(screen: Screen, open_desk: Desk, document: DocumentOut) -> None:
    """Ask for the password of a protected file; it goes to the back-end once and stays nowhere."""
    words, key = screen.words, f"password-{document.id}"

    def unlock() -> None:
        password = str(st.session_state.pop(key, ""))
        if password:
            _try(open_desk, lambda document_id: screen.backend.retry(document_id, password), document.id)

    with st.form(f"unlock-{document.id}", border=False, clear_on_submit=True):
        st.text_input(words("documents.password"), type="password", key=key, autocomplete="off")
        st.form_submit_button(words("documents.unlock"), icon=":material/lock_open:", on_click=unlock)


def _description(words: Words, document: DocumentOut, job: JobOut | None) -> str:
    version = document.version
    title = document.title or document.name
    facts, sentences = [], []
    if version.pages:
        facts.append(words.count("documents.pages", version.pages))
    facts += [words("documents.version", number=version.number), words.date(version.created_at)]
    for key, side, day in (
        ("documents.in_force_from", "from", version.in_force_from),
        ("documents.in_force_until", "until", version.in_force_until),
    ):
        if day is not None:
            source = _source_of(words, version.in_force_sources.get(side))
            facts.append(words(key, date=words.date(day)) + source)
    if document.current is not None and document.current != version.number:
        sentences.append(words("documents.old_version_answers", number=document.current))
    name = f' <span class="file">{markup.escape(document.name)}</span>' if title != document.name else ""
    state, kind = states.state_of(words, version, job)
    if left := states.left(words, job):
        facts.append(left)
    whole = [
        f'<span class="at">{markup.escape(fact)}</span>' for fact in facts
    ]  # no line breaks inside of one
    where = " · ".join([markup.escape(document.space), *whole, *map(markup.escape, sentences)])
    return (
        f'<div class="document"><div><span class="title" lang="{script_of(title, words.language)}">'
        f"{markup.escape(title)}</span>{name} {markup.badge(state, kind)}</div>"
        f'<div class="where" lang="{words.language}">{where}</div>'
        f"{states.progress(job)}</div>"
    )


def _source_of(words: Words, source: dict[str, Any] | None) -> str:
    """Where a day in force comes from, in brackets behind it; nothing where that is not known."""
    key = DATE_SOURCES.get(source.get("source", "")) if source else None
    if source is None or key is None:
        return ""
    if key == DATE_SOURCES["text"] and source.get("page"):
        return words("documents.date_from_text_page", page=source["page"])
    return words(key)


def _controls(
    screen: Screen, open_desk: Desk, document: DocumentOut, job: JobOut | None, writable: bool
) -> None:
    words, backend, version = screen.words, screen.backend, document.version
    stopped = job is None and version.state in ("stored", "read", "failed")
    in_vain = version.error is not None and version.error.code in LOCKED + BROKEN  # it would fail again
    if writable and stopped and not in_vain:
        st.button(
            words("documents.retry"), key=f"retry-{document.id}", icon=":material/replay:",
            on_click=_try, args=(open_desk, backend.retry, document.id),
        )  # fmt: skip
    if writable and job is not None and job.kind == "ingest":
        st.button(
            words("documents.stop"), key=f"stop-{document.id}", icon=":material/stop_circle:",
            on_click=_try, args=(open_desk, backend.cancel_job, job.id),
        )  # fmt: skip
    if version.pages:
        reading = open_desk.reading is not None and open_desk.reading.citation.document_id == document.id
        st.button(
            words("documents.close" if reading else "documents.open"), key=f"open-{document.id}",
            icon=":material/menu_book:", type="tertiary", on_click=_read, args=(open_desk, document, reading),
        )  # fmt: skip
    opened = open_desk.opened_document == document.id
    st.button(
        words("documents.details_close" if opened else "documents.details"), key=f"details-{document.id}",
        icon=":material/history:", type="tertiary", on_click=_details, args=(open_desk, document.id),
    )  # fmt: skip
    if any(space.id == document.space_id and space.may_download for space in screen.spaces()):
        st.download_button(
            words("documents.download"),
            data=lambda: backend.original(document.id, version=version.id),
            file_name=document.name,
            mime="application/octet-stream",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            key=f"download-{document.id}",
        )
    if writable and open_desk.erasing != document.id:
        st.button(
            words("documents.erase"), key=f"erase-{document.id}", icon=":material/delete:", type="tertiary",
            on_click=_consider, args=(open_desk, document.id),
        )  # fmt: skip
    if failure := open_desk.failures.get(document.id) or open_desk.failures.get(job.id if job else ""):
        st.html(markup.notice(words.error(failure), "error", language=words.language))


def _try(open_desk: Desk, deed: uploads.Deed, subject: str) -> None:
    """Do something to a document or job; where that is refused, its row says why."""
    open_desk.failures.pop(subject, None)
    try:
        deed(subject)
    except BackendError as error:
        open_desk.failures[subject] = error


def _read(open_desk: Desk, document: DocumentOut, reading: bool) -> None:
    """Open the document at its first page, or close it."""
    open_desk.reading = None if reading else first_page(document)


def first_page(document: DocumentOut) -> OpenPage:
    """The first page of a document's newest version, without a quote."""
    version = document.version
    citation = CitationOut(
        mark=1, document=document.name, document_id=document.id, version_id=version.id,
        title=document.title or document.name, heading="", page=1, quote="", start=0, end=0, boxes=[],
        page_width=0.0, page_height=0.0, source="layer", score=0.0, version=version.number,
        superseded=False, in_force_from=version.in_force_from, in_force_until=version.in_force_until,
        place=PlaceOut(kind="page", number=1), ocr=False,
    )  # fmt: skip
    return OpenPage(citation, 1)


def _details(open_desk: Desk, document_id: str) -> None:
    open_desk.opened_document = "" if open_desk.opened_document == document_id else document_id


def _consider(open_desk: Desk, document_id: str) -> None:
    open_desk.erasing, open_desk.erased = document_id, ""


def _confirm(screen: Screen, open_desk: Desk, document: DocumentOut) -> None:
    words = screen.words
    question = words("documents.erase_question", name=document.name)
    st.html(markup.notice(question, "warning", language=words.language))
    with st.container(horizontal=True, gap="small"):
        st.button(
            words("documents.erase_yes"), key=f"erase-yes-{document.id}", type="primary",
            on_click=_erase, args=(screen, open_desk, document),
        )  # fmt: skip
        st.button(
            words("documents.erase_no"), key=f"erase-no-{document.id}",
            on_click=_consider, args=(open_desk, ""),
        )  # fmt: skip


def _erase(screen: Screen, open_desk: Desk, document: DocumentOut) -> None:
    _try(open_desk, screen.backend.erase, document.id)
    gone = document.id not in open_desk.failures
    open_desk.erasing, open_desk.erased = "", document.name if gone else ""
    if gone and open_desk.place is not None and open_desk.place.citation.document_id == document.id:
        open_desk.place = None


def _turning(words: Words, open_desk: Desk, listed: DocumentList) -> None:
    if listed.total <= SHOWN:
        return
    first, last = open_desk.first + 1, open_desk.first + len(listed.documents)
    with st.container(horizontal=True, vertical_alignment="center", key="turning"):
        st.button(
            words("documents.previous"), key="newer", icon=":material/chevron_left:", disabled=first == 1,
            on_click=_turn, args=(open_desk, open_desk.first - SHOWN),
        )  # fmt: skip
        part = words("documents.part", first=first, last=last, total=listed.total)
        st.html(markup.block(part, "quiet", language=words.language), width="content")
        st.button(
            words("documents.next"), key="older", icon=":material/chevron_right:",
            disabled=last >= listed.total, on_click=_turn, args=(open_desk, open_desk.first + SHOWN),
        )  # fmt: skip


def _turn(open_desk: Desk, first: int) -> None:
    open_desk.first = max(0, first)
