"""The log of who did what, with filters, and whether it is as it was written; for administrators."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from ui import markup
from ui.desk import Screen
from ui.screens import deeds

SHOWN = 200


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    deeds.title(screen, "audit")
    _whole(screen)
    with st.container(horizontal=True, gap="small", key="audit-filters"):
        first = st.date_input(
            words("search.since"), value=date.today() - timedelta(days=7), format="YYYY-MM-DD", width=170
        )
        last = st.date_input(words("search.until"), value=date.today(), format="YYYY-MM-DD", width=170)
        action = st.text_input(words("audit.action"), placeholder="document.", max_chars=64, width=240)
    if not isinstance(first, date) or not isinstance(last, date):
        return
    entries: list[dict[str, Any]] = screen.backend.read(
        "/api/audit",
        since=datetime.combine(first, time.min).astimezone().isoformat(),
        until=datetime.combine(last + timedelta(days=1), time.min).astimezone().isoformat(),
        action=action.strip() or None,
        limit=1000,
    )
    if not entries:
        deeds.nothing(screen, "audit.none")
        return
    st.html(markup.block(words.count("audit.count", len(entries)), "label", language=words.language))
    deeds.table(
        screen,
        ("audit.when", "audit.who", "audit.action", "audit.subject", "audit.detail"),
        (
            (
                words.moment(datetime.fromisoformat(one["at"])),
                one["user"] or one["user_id"],
                one["action"],
                one["subject"],
                json.dumps(one["detail"], ensure_ascii=False) if one["detail"] else "",
            )
            for one in reversed(entries[-SHOWN:])
        ),
    )


def _whole(screen: Screen) -> None:
    words = screen.words
    if "GET /api/audit/verification" not in screen.doors:
        return
    found = screen.backend.read("/api/audit/verification")
    if found["whole"]:
        text = words.count("audit.whole", found["entries"])
        st.html(markup.notice(text, "good", language=words.language))
    else:
        text = words("audit.broken", number=found["broken_entry"] or "–")
        st.html(markup.notice(text, "error", language=words.language))
