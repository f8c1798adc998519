"""Proofs and reports, for administrators: that nothing goes out, and how well questions are answered."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from ui import markup
from ui.screens import actions
from ui.screens.administration import evaluations
from ui.session_state import Screen

MOST = 20


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    actions.title(screen, "reports")
    actions.said(screen)
    # No tabs: they forget which was open when a word on the last deed comes to stand above them.
    part = st.segmented_control(
        words("pages.reports"), ("egress", "evaluations"), default="egress", required=True,
        key="reports_part", format_func=lambda part: words(f"reports.{part}"), label_visibility="collapsed",
    )  # fmt: skip
    if part == "egress":
        _egress(screen)
    else:
        evaluations.show(screen)


def _egress(screen: Screen) -> None:
    words = screen.words
    with st.form("prove", border=True):
        st.html(markup.block(words("reports.egress_explain"), "calm", language=words.language))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            note = st.text_input(words("reports.note"), max_chars=300, width=420)
            pressed = st.form_submit_button(words("reports.prove"), type="primary")
    if pressed:
        with st.spinner(words("reports.proving")):
            actions.send(screen, "POST", "/api/egress/reports", {"note": note.strip()})
        actions.said(screen)
    reports = screen.backend.read("/api/egress/reports")["reports"]
    if not reports:
        actions.nothing(screen, "reports.no_proof")
    for report in reports[:MOST]:
        label = words("reports.held" if report["passed"] else "reports.broken")
        with (
            st.container(border=True, key=f"proof-{report['id']}"),
            st.container(horizontal=True, vertical_alignment="center", gap="small"),
        ):
            st.html(
                f'<div class="document"><span class="title">'
                f"{markup.escaped(words.moment(datetime.fromisoformat(report['made_at'])))}</span> "
                f"{markup.badge(label, 'good' if report['passed'] else 'error')}"
                f'<div class="where">{markup.escaped(report["note"])}</div></div>',
                width="stretch",
            )
            actions.page_of_report(
                screen, f"/api/egress/reports/{report['id']}/page", f"egress-{report['id']}.html", {}
            )
