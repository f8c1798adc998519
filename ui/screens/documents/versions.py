"""One document's versions: what changed, since when each is in force, and who may read the document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from contract.answers import DocumentSummaryOut
from contract.documents import DocumentOut, VersionOut
from contract.overviews import OverviewOut
from ui import markup
from ui.client import BackendError
from ui.language import Words, script_of
from ui.places import force_text
from ui.screens import actions
from ui.screens.ask import overviews
from ui.screens.days import day_input
from ui.session_state import OpenPage, Screen, desk

MOST_CHANGES = 200
PAGED = ("application/pdf", "image/png", "image/jpeg", "image/tiff")  # kinds of files with pages of paper


def show(screen: Screen, document: DocumentOut, *, writable: bool, managed: bool) -> None:
    """The details below a document's row."""
    words = screen.words
    versions = screen.backend.versions(document.id)
    parts: dict[str, Callable[[], None]] = {}
    if "GET /api/documents/{document_id}/summary" in screen.doors and document.current is not None:
        parts["summary"] = lambda: _summary(screen, document)
    parts["versions"] = lambda: _versions(screen, document, versions, writable=writable)
    parts["changes"] = lambda: _changes(screen, document, versions)
    if managed and "GET /api/documents/{document_id}/readers" in screen.doors:
        parts["readers"] = lambda: _readers(screen, document)
    key = f"part-{document.id}"
    if st.session_state.get(key) not in parts:
        st.session_state[key] = "versions"
    chosen = st.segmented_control(
        words("versions.part"), list(parts), format_func=lambda part: words(f"versions.{part}"), key=key,
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    parts[str(chosen)]()


def _summary(screen: Screen, document: DocumentOut) -> None:
    """The key facts of what is in force, each with the way to its page."""
    words, open_desk = screen.words, desk()
    name = f"summary of {document.id} {document.current}"
    with st.spinner(words("versions.summing")):
        answer = screen.lately(
            name, lambda: screen.backend.read(f"/api/documents/{document.id}/summary"), seconds=600
        )
    made = DocumentSummaryOut.model_validate(answer)
    if made.summary is None:
        st.html(markup.block(words("versions.no_summary"), "calm", language=words.language))
        return
    st.html(markup.block(words("versions.summary_explain"), "quiet", language=words.language))
    with st.container(key="summary"):
        overviews.show(
            screen, OverviewOut(summary=made.summary), made.citations, open_desk.reading,
            lambda citation: open_desk.keep_reading(OpenPage(citation, citation.page)),
        )  # fmt: skip


def _versions(screen: Screen, document: DocumentOut, versions: list[VersionOut], *, writable: bool) -> None:
    compared = "GET /api/documents/{document_id}/differences" in screen.doors
    first = min((version.number for version in versions if version.pages), default=0)
    for version in versions:
        _version(screen, document, version, writable=writable)
        if compared and version.pages and version.number > first:
            st.button(
                screen.words("versions.show_changes"), key=f"changes-{version.id}", type="tertiary",
                icon=":material/difference:", on_click=_compare, args=(document.id, version.number),
            )  # fmt: skip


def _compare(document_id: str, number: int) -> None:
    """Show what that version changed."""
    st.session_state[f"part-{document_id}"] = "changes"
    st.session_state[f"compare-{document_id}"] = number


def _version(screen: Screen, document: DocumentOut, version: VersionOut, *, writable: bool) -> None:
    words = screen.words
    badge = markup.badge(words("versions.answers"), "good") if version.number == document.current else ""
    force = force_text(words, version.in_force_from, version.in_force_until)
    facts = [words.moment(version.created_at), words.size(version.size), force or words("versions.no_dates")]
    st.html(
        f'<div class="document"><span class="title">'
        f"{words('documents.version', number=version.number)}</span> {badge}"
        f'<div class="where" lang="{words.language}">{markup.escaped(" · ".join(facts))}</div></div>'
    )
    if not writable or "PATCH /api/documents/{document_id}/versions/{version_id}" not in screen.doors:
        return
    with (
        st.popover(words("versions.set_dates"), icon=":material/event:"),
        st.form(f"dates-{version.id}", border=False),
    ):
        since = day_input(words("versions.since"), version.in_force_from)
        until = day_input(words("versions.until"), version.in_force_until)
        if st.form_submit_button(words("versions.keep"), type="primary"):
            body = {"in_force_from": _iso(since), "in_force_until": _iso(until)}
            path = f"/api/documents/{document.id}/versions/{version.id}"
            if actions.do(screen, lambda: screen.backend.send("PATCH", path, body)):
                st.rerun()
            actions.said(screen)


def _iso(day: Any) -> str | None:
    return day.isoformat() if isinstance(day, date) else None


def _changes(screen: Screen, document: DocumentOut, versions: list[VersionOut]) -> None:
    words = screen.words
    numbers = sorted(version.number for version in versions)
    if len(numbers) < 2 or "GET /api/documents/{document_id}/differences" not in screen.doors:
        st.html(markup.block(words("versions.one_only"), "quiet", language=words.language))
        return
    new = st.selectbox(
        words("versions.compare"), numbers[:0:-1], key=f"compare-{document.id}",
        format_func=lambda new: words("versions.against", new=new, old=numbers[numbers.index(new) - 1]),
    )  # fmt: skip
    old = numbers[numbers.index(new) - 1]
    try:
        differences = screen.backend.read(f"/api/documents/{document.id}/differences", old=old, new=new)
    except BackendError as error:
        st.html(markup.notice(words.error(error), "error", language=words.language))
        return
    if not differences["changes"]:
        st.html(markup.block(words("versions.no_changes"), "calm", language=words.language))
    st.html("".join(_change(screen, change, document) for change in differences["changes"][:MOST_CHANGES]))
    if (more := len(differences["changes"]) - MOST_CHANGES) > 0:
        st.html(markup.block(words.count("versions.more_changes", more), "quiet", language=words.language))


def _where(words: Words, paragraph: dict[str, Any], document: DocumentOut) -> str:
    """The article or heading that it stands under; its page where the file has pages, or has no headings."""
    heading = " > ".join(paragraph.get("heading", "").split(" > ")[-2:])
    page = words("quote.page", page=paragraph["page"])
    paper = document.version.media_type in PAGED
    return " · ".join(part for part in (heading, page if paper or not heading else "") if part)


def _change(screen: Screen, change: dict[str, Any], document: DocumentOut) -> str:
    words, parts = screen.words, []
    for side, tag in (("old", "del"), ("new", "ins")):
        paragraph = change[side]
        if paragraph is not None:
            marked = markup.with_tags(paragraph["text"], paragraph["marks"], tag)
            page = _where(words, paragraph, document)
            parts.append(
                f'<div class="{side}" lang="{script_of(paragraph["text"], words.language)}">'
                f'<span class="file">{markup.escaped(page)}</span> {marked}</div>'
            )
    kind = words(f"versions.{change['kind']}") if words.has(f"versions.{change['kind']}") else change["kind"]
    return f'<div class="change">{markup.badge(kind, "calm")}{"".join(parts)}</div>'


def _readers(screen: Screen, document: DocumentOut) -> None:
    words = screen.words
    readers = screen.backend.read(f"/api/documents/{document.id}/readers")
    holders = screen.lately("holders", lambda: screen.backend.read("/api/holders"))
    names = {
        kind: {holder["id"]: holder["name"] for holder in holders if holder["kind"] == kind}
        for kind in ("user", "group")
    }
    if readers["file_readers"] is not None:
        let_in = ", ".join(readers["file_readers"]) or words("versions.nobody")
        text = words("versions.file_readers", names=let_in)
        st.html(markup.notice(text, "info", language=words.language))
    with st.form(f"readers-{document.id}", border=False):
        st.html(markup.block(words("versions.readers_explain"), "quiet", language=words.language))
        restricted = st.checkbox(words("versions.restricted"), value=readers["restricted"])
        chosen = {
            kind: st.multiselect(
                words(f"versions.{kind}s"), list(names[kind]), format_func=names[kind].__getitem__,
                default=[holder["id"] for holder in readers[f"{kind}s"] if holder["id"] in names[kind]],
                placeholder=words("versions.nobody"),
            )
            for kind in ("user", "group")
        }  # fmt: skip
        if st.form_submit_button(words("versions.keep"), type="primary"):
            body = {"restricted": restricted, "users": chosen["user"], "groups": chosen["group"]}
            path = f"/api/documents/{document.id}/readers"
            actions.do(
                screen, lambda: screen.backend.send("PUT", path, body), done=words("versions.readers_kept")
            )
            actions.said(screen)
