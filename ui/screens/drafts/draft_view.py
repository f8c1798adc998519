"""A draft to read: what it could not fill, each section with the quotes that it rests on, and what the rules
say of it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from contract.answers import CitationOut
from contract.drafts import DraftOut, DraftSection
from ui import markup
from ui.language import Words, script_of
from ui.screens import actions
from ui.screens.ask import answers, page_view
from ui.screens.checks import findings
from ui.session_state import DraftDesk, Screen

BADGES = {
    "given": "calm",
    "written": "good",
    "quoted": "good",
    "conflict": "warning",
    "missing": "warning",
    "left_out": "calm",
}

STATUSES = {name: f"drafts.{name}" for name in ("given", "written", "quoted", "conflict", "left_out")} | {
    "missing": "drafts.missing_section"
}


def show(screen: Screen, draft_desk: DraftDesk, draft: DraftOut) -> None:
    """The draft."""
    words = screen.words
    st.html(
        f'<div class="checked"><h2 class="viewer-title">{markup.escaped(draft.name)}</h2>'
        f"{markup.block(words.moment(draft.created_at), 'quiet', language=words.language)}</div>"
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="draft-deeds"):
        st.download_button(
            words("drafts.download"), data=lambda: screen.backend.download(f"/api/drafts/{draft.id}/file"),
            file_name=draft.name, mime="application/octet-stream", type="primary",
            icon=":material/download:", on_click="ignore", key="draft-download",
        )  # fmt: skip
        with st.popover(words("drafts.remove"), icon=":material/delete:", type="tertiary"):
            question = words("drafts.remove_question")
            st.html(markup.block(question, "calm", language=words.language))
            st.button(
                words("drafts.remove"), key="draft-remove", type="primary", on_click=_remove,
                args=(screen, draft_desk, draft),
            )  # fmt: skip
    if draft.missing:
        text = words("drafts.missing", labels=words.listed(draft.missing))
        st.html(markup.notice(text, "warning", language=words.language, more=words("drafts.missing_explain")))
    place = draft_desk.place
    if place is None:
        _parts(screen, draft_desk, draft)
        return
    left, right = st.columns([11, 10], gap="large")
    with left:
        _parts(screen, draft_desk, draft)
    with right, st.container(key="page-view"):
        page_view.show(screen, place, draft_desk.keep_page)


def _remove(screen: Screen, draft_desk: DraftDesk, draft: DraftOut) -> None:
    if actions.send(screen, "DELETE", f"/api/drafts/{draft.id}", done=screen.words("drafts.removed")):
        draft_desk.put_away()
        st.query_params.pop("draft", None)
        screen.refresh("drafts")


def _parts(screen: Screen, draft_desk: DraftDesk, draft: DraftOut) -> None:
    words = screen.words
    cited = {citation.mark: citation for citation in draft.citations}
    names = {
        mark: words("ask.mark", mark=mark, title=citation.title or citation.document)
        for mark, citation in cited.items()
    }
    shown: set[int] = set()
    for number, section in enumerate(draft.sections):
        with st.container(border=True, key=f"draft-section-{number}"):
            st.html(section_html(words, section, names))
            marks = sorted({mark for sentence in section.sentences for mark in sentence.marks} - shown)
            _quotes(screen, draft_desk, [cited[mark] for mark in marks if mark in cited])
            shown |= set(marks)
            if section.struck:
                answers.struck(words, section.struck, draft.language)
    given = [field for field in draft.fields if field.value]
    if given:
        with st.expander(words("drafts.given_fields"), icon=":material/list_alt:"):
            actions.table(
                screen, ("drafts.field", "drafts.value"), ((field.label, field.value) for field in given)
            )
    if draft.check is not None:
        _check(screen, draft)


def section_html(words: Words, section: DraftSection, names: Mapping[int, str]) -> str:
    """A section as HTML: its heading, how it came about, and its sentences with their marks."""
    badge = markup.badge(
        words(STATUSES.get(section.status, "drafts.left_out")), BADGES.get(section.status, "calm")
    )
    text = " ".join(
        sentence.text + "".join(f" [{mark}]" for mark in sentence.marks) for sentence in section.sentences
    )  # fmt: skip
    language = script_of(text or section.label, words.language)
    body = f'<p class="answer">{markup.marked(text, names, language=language)}</p>' if text else ""
    asked = ""
    if section.question and section.status in ("missing", "left_out", "conflict"):
        question = words("drafts.asked", question=section.question)
        asked = markup.block(question, "quiet", language=words.language)
    return (
        f'<div class="document"><h3 class="title" lang="{script_of(section.label, words.language)}">'
        f"{markup.escaped(section.label)} {badge}</h3>{body}{asked}</div>"
    )


def _quotes(screen: Screen, draft_desk: DraftDesk, citations: list[CitationOut]) -> None:
    if citations:
        answers.quote_cards(screen, citations, draft_desk.place, draft_desk.open)


def _check(screen: Screen, draft: DraftOut) -> None:
    words, check = screen.words, draft.check
    if check is None:
        return
    actions.part(screen, "drafts.check")
    if not check.findings:
        st.html(markup.notice(words("checks.clean"), "good", language=words.language))
    else:
        text = words.count("checks.counts", len(check.findings))
        with st.expander(text, icon=":material/rule:", expanded=len(check.findings) <= findings.SHOWN):
            for finding in check.findings[: 5 * findings.SHOWN]:
                st.html(findings.card(words, finding))
    findings.rules(screen, check.rules)
