"""Letting a finding of a check pass: with a reason, until a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import streamlit as st

from contract.checks import CheckOut, FindingOut
from ui import markup
from ui.screens import actions
from ui.screens.checks import findings
from ui.screens.days import here
from ui.session_state import CheckDesk, Screen, desk

USUAL_DAYS = 90


def form(screen: Screen, check_desk: CheckDesk, outcome: CheckOut, finding: FindingOut) -> None:
    """Asks for the reason and the end."""
    words = screen.words
    space = _managed_space(screen, outcome)
    with st.form(f"waive-{finding.number}", border=False):
        st.html(markup.block(words("checks.waive_explain"), "quiet", language=words.language))
        reason = st.text_input(words("checks.reason"), max_chars=500)
        scope = st.radio(
            words("checks.scope"),
            ("finding", "rule"),
            format_func=lambda scope: words(f"checks.scope_{scope}"),
        )
        until = st.date_input(
            words("checks.until"), value=date.today() + timedelta(days=USUAL_DAYS), format=here(),
            min_value=date.today(), width=200,
        )  # fmt: skip
        everywhere = bool(space) and st.checkbox(words("checks.in_space"))
        with st.container(horizontal=True, gap="small"):
            pressed = st.form_submit_button(words("checks.waive_go"), type="primary")
            left = st.form_submit_button(words("checks.waive_cancel"), type="tertiary")
    if left:
        check_desk.waiving = 0
        st.rerun()
    if not pressed:
        return
    if not reason.strip() or not isinstance(until, date):
        st.html(markup.notice(words("checks.need_reason"), "warning", language=words.language))
        return
    body: dict[str, Any] = {
        "reason": reason.strip(),
        "until": until.isoformat(),
        "document": outcome.document,
    }
    body["rule" if scope == "rule" else "fingerprint"] = (
        finding.rule if scope == "rule" else finding.fingerprint
    )

    def waive() -> None:
        if everywhere:
            screen.backend.send("POST", f"/api/spaces/{space}/waivers", body)
            check_desk.outcome = screen.backend.check(outcome.id, language=words.language)
        else:
            check_desk.outcome = screen.backend.waive(outcome.id, body, language=words.language)

    if actions.do(screen, waive):
        check_desk.waiving = check_desk.opened = 0
        screen.refresh(*(name for name in desk().kept if outcome.id in name))
    st.rerun()


def _managed_space(screen: Screen, outcome: CheckOut) -> str:
    """The space of the checked document, where this person manages it."""
    if outcome.document_id is None:
        return ""
    document_id = outcome.document_id
    document = screen.lately(f"document {document_id}", lambda: screen.backend.document(document_id))
    managed = {space.id for space in screen.spaces() if space.managed}
    return document.space_id if document.space_id in managed else ""


def passed(screen: Screen, outcome: CheckOut) -> None:
    """What was let pass."""
    words = screen.words
    if not outcome.waived:
        return
    with st.expander(words.count("checks.waived", len(outcome.waived)), icon=":material/task_alt:"):
        for finding in outcome.waived:
            st.html(findings.card(words, finding))
