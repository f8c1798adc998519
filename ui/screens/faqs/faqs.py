"""The desk of approved answers: what answers without a search, what waits for review, what people miss."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import streamlit as st

from ui import markup
from ui.client import BackendError
from ui.language import script_of
from ui.screens import actions
from ui.screens.documents import uploads
from ui.screens.faqs import faq_writing
from ui.session_state import Screen

STATES = {"approved": "good", "draft": "calm", "review": "warning", "withdrawn": "calm"}


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    actions.title(screen, "faqs")
    actions.said(screen)
    if "faq" in st.session_state:
        faq_writing.show(screen)
        return
    writable = {space.id for space in screen.spaces() if space.writable}
    managed = {space.id for space in screen.spaces() if space.managed}
    if writable:
        st.button(
            words("faqs.write"), key="faq-write", icon=":material/add:", type="primary",
            on_click=faq_writing.begin,
        )  # fmt: skip
    names = ["kept", *(["candidates"] if screen.me.is_admin else []), "tables"]
    tabs = dict(zip(names, st.tabs([words(f"faqs.{name}") for name in names]), strict=True))
    with tabs["kept"]:
        faqs = screen.backend.read("/api/faqs")["faqs"]
        if not faqs:
            actions.nothing(screen, "faqs.none")
        for faq in faqs:
            _faq(screen, faq, writable, managed)
    if "candidates" in tabs:
        with tabs["candidates"]:
            _candidates(screen)
    with tabs["tables"]:
        _tables(screen, bool(writable))


def _faq(screen: Screen, faq: dict[str, Any], writable: set[str], managed: set[str]) -> None:
    words = screen.words
    state = faq["state"]
    label = words(f"faqs.{state}") if words.has(f"faqs.{state}") else state
    facts = [faq["space"], faq["owner"], words.count("faqs.served", faq["served"])]
    if faq.get("approved_by") and state == "approved":
        day = words.date(datetime.fromisoformat(faq["approved_at"]))
        facts.append(words("faqs.approved_by", name=faq["approved_by"], date=day))
    if faq["valid_until"]:
        day = words.date(date.fromisoformat(faq["valid_until"]))
        facts.append(words("quote.in_force_until", date=day))
    with st.container(border=True, key=f"faq-{faq['id']}"):
        st.html(
            f'<div class="document"><span class="title" lang="{script_of(faq["question"], words.language)}">'
            f"{markup.escaped(faq['question'])}</span> {markup.badge(label, STATES.get(state, 'calm'))}"
            f'<div class="calm" lang="{script_of(faq["answer"], words.language)}">'
            f"{markup.escaped(faq['answer'])}</div>"
            f'<div class="where" lang="{words.language}">'
            f"{markup.escaped(' · '.join(fact for fact in facts if fact))}</div>"
            f"{_sources(screen, faq['sources'])}</div>"
        )
        if state == "review" and faq["reason"]:
            key = f"faqs.{faq['reason']}"
            text = words(key if words.has(key) else "faqs.look_again")
            st.html(markup.notice(text, "warning", language=words.language))
        if faq["space_id"] in writable:
            _deeds(screen, faq, faq["space_id"] in managed)


def _sources(screen: Screen, sources: list[dict[str, Any]]) -> str:
    words = screen.words
    lines = "".join(
        f'<li><span class="file">'
        f"{markup.escaped(words('faqs.source', document=source['document'], page=source['page']))}</span> "
        f'<q lang="{script_of(source["quote"], words.language)}">'
        f"{markup.escaped(markup.shortened(source['quote'], 160))}</q></li>"
        for source in sources
    )
    return f'<ul class="sources">{lines}</ul>' if lines else ""


def _deeds(screen: Screen, faq: dict[str, Any], managed: bool) -> None:
    words, path = screen.words, f"/api/faqs/{faq['id']}"
    with st.container(horizontal=True, gap="small"):
        if managed and faq["state"] != "approved":
            st.button(
                words("faqs.approve"), key=f"approve-{faq['id']}", icon=":material/check:", type="tertiary",
                on_click=actions.send, args=(screen, "POST", f"{path}/approve"),
            )  # fmt: skip
        if managed and faq["state"] == "approved":
            st.button(
                words("faqs.withdraw"), key=f"withdraw-{faq['id']}", icon=":material/undo:", type="tertiary",
                on_click=actions.send, args=(screen, "POST", f"{path}/withdraw"),
            )  # fmt: skip
        st.button(
            words("faqs.change"), key=f"change-{faq['id']}", icon=":material/edit:", type="tertiary",
            on_click=faq_writing.begin, args=(faq,),
        )  # fmt: skip
        if managed:
            with st.popover(words("streamlit.delete"), icon=":material/delete:", type="tertiary"):
                question = markup.block(words("faqs.delete_question"), "calm", language=words.language)
                st.html(question)
                st.button(
                    words("streamlit.delete"), key=f"delete-{faq['id']}", type="primary",
                    on_click=actions.send, args=(screen, "DELETE", path),
                )  # fmt: skip


def _candidates(screen: Screen) -> None:
    words = screen.words
    candidates = screen.backend.read("/api/faqs/candidates")["candidates"]
    if not candidates:
        actions.nothing(screen, "faqs.candidates_none")
    for number, candidate in enumerate(candidates):
        language = script_of(candidate["question"], words.language)
        counts = " · ".join(
            f"{words(f'faqs.{name}')} {candidate[name]}"
            for name in ("people", "unanswered", "unhelpful")
            if candidate[name]
        )
        with (
            st.container(border=True, key=f"candidate-{number}"),
            st.container(horizontal=True, vertical_alignment="center", gap="small"),
        ):
            st.html(
                f'<div class="document"><span class="title" lang="{language}">'
                f"{markup.escaped(candidate['question'])}</span>"
                f'<div class="where" lang="{words.language}">{markup.escaped(counts)}</div></div>',
                width="stretch",
            )
            st.button(
                words("faqs.from_candidate"), key=f"answer-{number}", icon=":material/edit:",
                on_click=faq_writing.begin,
                kwargs={
                    "question": candidate["question"],
                    "space": _written(candidate.get("space_id", ""), screen),
                },
            )  # fmt: skip


def _written(space: str, screen: Screen) -> str:
    """That space, where this person writes in it."""
    return space if any(known.id == space and known.writable for known in screen.spaces()) else ""


def _tables(screen: Screen, writes: bool) -> None:
    """The answers as a table out, and a table in as drafts."""
    words = screen.words
    with st.container(border=True, key="faq-export"):
        actions.part(screen, "faqs.export")
        st.html(markup.block(words("faqs.export_explain"), "quiet", language=words.language))
        st.download_button(
            words("faqs.export"), data=lambda: screen.backend.download("/api/faqs/table"),
            file_name="faqs.csv", mime="text/csv", icon=":material/download:", on_click="ignore",
            key="faq-export-button",
        )  # fmt: skip
    if not writes:
        return
    spaces = {space.id: space.name for space in screen.spaces() if space.writable}
    with st.container(border=True, key="faq-import"):
        actions.part(screen, "faqs.import")
        st.html(markup.block(words("faqs.import_explain"), "quiet", language=words.language))
        st.html(uploads.wording(words, limit="faqs.import_limit"))
        space = st.selectbox(
            words("faqs.space"), list(spaces), format_func=lambda space: spaces.get(space, ""),
            key="faq_import_space",
        )  # fmt: skip
        file = st.file_uploader(
            words("faqs.import"), type=["csv"], key="faq_file", label_visibility="collapsed"
        )
        if file is not None and st.button(words("faqs.import_go"), key="faq-import-go", type="primary"):
            _take_in(screen, str(space), file.name, file.getvalue())


def _take_in(screen: Screen, space: str, name: str, content: bytes) -> None:
    words = screen.words
    try:
        imported = screen.backend.post_file("/api/faqs/table", {"file": (name, content)}, {"space": space})
    except BackendError as error:
        st.html(markup.notice(words.error(error), "error", language=words.language))
        return
    kind = "good" if imported["added"] else "info"
    st.html(
        markup.notice(words.count("faqs.imported", len(imported["added"])), kind, language=words.language)
    )
    for problem in imported["problems"]:
        text = words("faqs.import_problem", line=problem["line"], problem=problem["problem"])
        st.html(markup.notice(text, "warning", language=words.language))
