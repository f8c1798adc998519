"""The log of who did what, with filters, and whether it is as it was written; for administrators."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from ui import markup
from ui.language import Words
from ui.screens import actions
from ui.screens.days import here
from ui.session_state import Screen

SHOWN = 200
NAMES_SECONDS = 30.0  # for which names are not asked again
PART, MOST_PARTS = 1000, 50  # entries asked for at once, and how often
CODED = ("way", "source", "kind", "role", "status", "scopes")  # details whose values are codes …
DAYS = ("first", "last", "until")  # … and days
NOTHING = "–"


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    actions.title(screen, "audit")
    _whole(screen)
    with st.container(horizontal=True, gap="small", key="audit-filters"):
        first = st.date_input(
            words("search.since"), value=date.today() - timedelta(days=7), format=here(), width=170
        )
        last = st.date_input(words("search.until"), value=date.today(), format=here(), width=170)
        action = st.selectbox(
            words("audit.action"), _actions(words), format_func=lambda name: _choice(words, name), width=360,
            key="audit-action",
        )  # fmt: skip
    if not isinstance(first, date) or not isinstance(last, date):
        return
    span = {
        "since": datetime.combine(first, time.min).astimezone().isoformat(),
        "until": datetime.combine(last + timedelta(days=1), time.min).astimezone().isoformat(),
    }
    entries, more = _newest(screen, span, action)
    if not entries:
        actions.nothing(screen, "audit.none")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        count = words.count("audit.count", len(entries) + more)
        st.html(markup.block(count, "label", language=words.language), width="stretch")
        st.download_button(
            words("audit.export"), data=lambda: screen.backend.download("/api/audit/export", **span),
            file_name=f"audit-{first}-{last}.jsonl", mime="application/jsonl", icon=":material/download:",
            type="tertiary", on_click="ignore", key="audit-export",
        )  # fmt: skip
    names = screen.lately("names", lambda: _names(screen), seconds=NAMES_SECONDS)
    actions.table(
        screen,
        ("audit.when", "audit.who", "audit.action", "audit.subject", "audit.detail"),
        (
            (
                words.moment(datetime.fromisoformat(entry["at"])),
                entry["user"] or entry["user_id"],
                _deed(words, entry["action"]),
                names.get(entry["subject"], entry["subject"]),
                _detail(words, names, entry["detail"]),
            )
            for entry in reversed(entries)
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


def _actions(words: Words) -> list[str]:
    """What one may look for: nothing in particular, all of a noun (`document.`), or one deed."""
    names = sorted(
        key.partition(".")[2].replace("_", ".", 1) for key in words.texts if key.startswith("did.")
    )
    nouns = {f"{action.partition('.')[0]}." for action in names}
    return ["", *sorted({*names, *nouns})]


def _choice(words: Words, action: str) -> str:
    if not action:
        return words("audit.all")
    return words("audit.all_of", noun=action) if action.endswith(".") else _deed(words, action)


def _names(screen: Screen) -> dict[str, str]:
    """What people call that of which the log keeps the id, so far as it is still there."""
    users = screen.backend.read("/api/users", limit=1000)
    named = {
        str(user["id"]): str(user["name"]) for user in (users["users"] if isinstance(users, dict) else users)
    }
    named |= {space.id: space.name for space in screen.spaces()}
    return named | {document.id: document.name for document in screen.backend.documents(limit=500).documents}


def _detail(words: Words, names: Mapping[str, str], detail: dict[str, Any] | None) -> str:
    """Names and values, as a person reads them."""
    return words.listed(
        words("detail.pair", name=_called(words, name), value=_said(words, names, name, value))
        for name, value in (detail or {}).items()
    )


def _called(words: Words, name: str) -> str:
    return words(f"detail.{name}") if words.has(f"detail.{name}") else name


def _said(words: Words, names: Mapping[str, str], name: str, value: Any) -> str:
    """A value of that name: codes and days in words, ids as what people call them."""
    if isinstance(value, list):
        return words.listed(_said(words, names, name, item) for item in value) or NOTHING
    if value in (None, "", "None"):
        return NOTHING
    if isinstance(value, bool):
        return words("said.yes" if value else "said.no")
    if name in CODED and words.has(f"said.{value}"):
        return words(f"said.{value}")
    if name in DAYS and isinstance(value, str):
        with suppress(ValueError):
            return words.date(date.fromisoformat(value))
    if isinstance(value, str):
        return names.get(value, value)
    return f"{value:,}" if isinstance(value, int) else json.dumps(value, ensure_ascii=False)


def _whole(screen: Screen) -> None:
    words = screen.words
    if "GET /api/audit/verification" not in screen.doors:
        return
    report = screen.backend.read("/api/audit/verification")
    if report["whole"]:
        text = words.count("audit.whole", report["entries"])
        st.html(markup.notice(text, "good", language=words.language))
    else:
        text = words("audit.broken", number=report["broken_entry"] or "–")
        st.html(markup.notice(text, "error", language=words.language))
