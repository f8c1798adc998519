"""A document held against rules of form and wording: drop it, choose the rules, see the findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui import markup
from ui.client import BackendError
from ui.desk import Checked, Desk, Screen, desk
from ui.screens import deeds, findings, uploads

USUAL = {"ja": "business-ja", "en": "english-report", "zh": "gbt9704"}
MOST = 500  # documents in the list to choose from


def show(screen: Screen) -> None:
    """The page."""
    open_desk = desk()
    deeds.title(screen, "checks")
    _form(screen, open_desk)
    deeds.said(screen)
    checked = open_desk.checked
    if checked is None:
        return
    if checked.language != screen.words.language:  # the messages are in the language of before
        _check(screen, checked.name, checked.content, checked.document_id, checked.packs, checked.own)
        checked = open_desk.checked or checked
    _outcome(screen, checked)


def _form(screen: Screen, open_desk: Desk) -> None:
    words = screen.words
    packs = screen.lately("packs", screen.backend.packs, seconds=60)
    titles = {one.name: one.title.get(words.language) or one.title.get("en", one.name) for one in packs}
    with st.container(border=True, key="check-form"):
        sources = ["file", "library"] if screen.health.passages else ["file"]
        source = "file"
        if len(sources) > 1:
            source = str(
                st.segmented_control(
                    words("checks.source"), sources, default="file", required=True, key="check_source",
                    format_func=lambda one: words(f"checks.from_{one}"), label_visibility="collapsed",
                )
            )  # fmt: skip
        file = document = None
        if source == "file":
            st.html(uploads.wording(words, limit="checks.limit"))
            file = st.file_uploader(words("checks.file"), key="check_file")
        else:
            document = _document(screen)
        usual = [USUAL[words.language]] if USUAL[words.language] in titles else []
        names = st.multiselect(
            words("checks.packs"), list(titles), default=usual, format_func=lambda one: titles.get(one, one),
            placeholder=words("checks.packs_none"), key="check_packs",
        )  # fmt: skip
        own = None
        if source == "file":
            with st.expander(words("checks.own")):
                own = st.file_uploader(
                    words("checks.own_file"), type=["yml", "yaml", "csv", "tsv"], key="check_own"
                )
        pressed = st.button(words("checks.go"), type="primary", icon=":material/rule:", key="check-go")
    if pressed:
        _begin(screen, file, document, names, own)


def _document(screen: Screen) -> tuple[str, str] | None:
    """Id and name of the document of the library that is chosen."""
    found = screen.lately("check documents", lambda: screen.backend.documents(limit=MOST).documents)
    names = {
        one.id: one.name if one.title in ("", one.name) else f"{one.title} ({one.name})" for one in found
    }
    document = st.selectbox(
        screen.words("checks.document"), list(names), index=None, format_func=lambda one: names.get(one, one),
        placeholder=screen.words("checks.choose_document"), key="check_document",
    )  # fmt: skip
    return (document, names[document]) if document in names else None


def _begin(
    screen: Screen, file: Any, document: tuple[str, str] | None, packs: Sequence[str], own: Any
) -> None:
    words = screen.words
    missing = ""
    if file is None and document is None:
        missing = "checks.choose_document" if st.session_state.get("check_source") == "library" else ""
        missing = missing or "checks.choose_file"
    elif not packs and own is None:
        missing = "checks.choose_pack"
    if missing:
        st.html(markup.notice(words(missing), "warning", language=words.language))
        return
    for name in ("check_levels", "check_rule", "check_shown"):
        st.session_state.pop(name, None)
    sent = (own.name, own.getvalue()) if own is not None else None
    if document is not None:
        _check(screen, document[1], None, document[0], list(packs), sent)
    elif file is not None:
        _check(screen, file.name, file.getvalue(), "", list(packs), sent)


def _check(
    screen: Screen, name: str, content: bytes | None, document_id: str, packs: list[str],
    own: tuple[str, bytes] | None,
) -> None:  # fmt: skip
    """Check it, and keep what was found on the desk."""
    words, backend = screen.words, screen.backend
    try:
        with st.spinner(markup.plain(words("checks.going", name=name))):
            if content is None:
                outcome = backend.check_document(document_id, packs=packs, language=words.language)
            else:
                outcome = backend.check_file(name, content, packs=packs, own=own, language=words.language)
    except BackendError as error:
        desk().checked = None
        st.session_state["deed"] = ("error", words.error(error))
        return
    desk().checked = Checked(name, content, document_id, packs, own, words.language, outcome)


def _outcome(screen: Screen, checked: Checked) -> None:
    words, outcome = screen.words, checked.outcome
    st.html(
        f'<div class="checked"><h2 class="viewer-title">{markup.escaped(checked.name)}</h2>'
        f"{markup.block(_packs(screen, checked), 'quiet', language=words.language)}</div>"
    )
    stopped = sum(one.state == "could_not_run" for one in outcome.rules)
    if stopped:
        text = words.count("checks.cannot_run", stopped)
        st.html(markup.notice(text, "warning", language=words.language))
    for note in outcome.notes:
        st.html(markup.block(note, "calm", language=words.language))
    if outcome.findings:
        count = words.count("checks.counts", len(outcome.findings))
        st.html(markup.block(count, "label", language=words.language, tag="h2"))
        findings.cards(screen, findings.filters(screen, outcome), 0, False, lambda number, one: None)
    else:
        st.html(markup.notice(words("checks.clean"), "good", language=words.language))
    findings.rules(screen, outcome)


def _packs(screen: Screen, checked: Checked) -> str:
    """The titles of the packs that it was held against."""
    titles = {one.name: one.title for one in screen.lately("packs", screen.backend.packs, seconds=60)}
    language = screen.words.language
    names = [titles.get(one, {}).get(language) or one for one in checked.packs]
    return " · ".join(names + ([checked.own[0]] if checked.own else []))
