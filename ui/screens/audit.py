"""The log of who did what, with filters, and whether it is as it was written; for administrators."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from ui import markup
from ui.desk import Screen
from ui.language import Words
from ui.screens import deeds

SHOWN = 200
PART, MOST_PARTS = 1000, 50  # entries asked for at once, and how often


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
    span = {
        "since": datetime.combine(first, time.min).astimezone().isoformat(),
        "until": datetime.combine(last + timedelta(days=1), time.min).astimezone().isoformat(),
    }
    entries, more = _newest(screen, span, action.strip())
    if not entries:
        deeds.nothing(screen, "audit.none")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        count = words.count("audit.count", len(entries) + more)
        st.html(markup.block(count, "label", language=words.language), width="stretch")
        st.download_button(
            words("audit.export"), data=lambda: screen.backend.download("/api/audit/export", **span),
            file_name=f"audit-{first}-{last}.jsonl", mime="application/jsonl", icon=":material/download:",
            type="tertiary", on_click="ignore", key="audit-export",
        )  # fmt: skip
    deeds.table(
        screen,
        ("audit.when", "audit.who", "audit.action", "audit.subject", "audit.detail"),
        (
            (
                words.moment(datetime.fromisoformat(one["at"])),
                one["user"] or one["user_id"],
                _deed(words, one["action"]),
                one["subject"],
                _detail(one["detail"]),
            )
            for one in reversed(entries)
        ),
        style="log",
    )


def _newest(screen: Screen, span: dict[str, str], action: str) -> tuple[list[dict[str, Any]], int]:
    """The newest entries of that span, oldest first, and how many stand before them: the back-end tells the
    oldest first, a part at a time."""
    kept: list[dict[str, Any]] = []
    before, after = 0, None
    for _ in range(MOST_PARTS):
        part = screen.backend.read("/api/audit", **span, action=action or None, after=after, limit=PART)
        kept += part
        before, kept = before + max(0, len(kept) - SHOWN), kept[-SHOWN:]
        if len(part) < PART:
            break
        after = part[-1]["number"]
    return kept, before


def _deed(words: Words, action: str) -> str:
    """An action in words, with the code that the log keeps and the filter takes."""
    name = f"did.{action.replace('.', '_')}"
    return f"{words(name)} ({action})" if words.has(name) else action


def _detail(detail: dict[str, Any] | None) -> str:
    """Names and values, as a person reads them."""
    return ", ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in (detail or {}).items()
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
