"""A field for a day, in the reader's form and as far back as rules go: Streamlit's own ends ten years before
and after today."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

EARLIEST, LATEST = date(1868, 1, 1), date(2199, 12, 31)  # from the first era that dates are written in


FORMS = {"ja": "YYYY/MM/DD", "zh": "YYYY-MM-DD", "en": "DD/MM/YYYY"}


def form_of_days(language: str, locale: str) -> str:
    """How days are typed in that language; English as the browser's country writes it."""
    if language == "en" and locale.lower().replace("_", "-") == "en-us":
        return "MM/DD/YYYY"
    return FORMS.get(language, "YYYY-MM-DD")


def here() -> str:
    """That of who reads this page."""
    return form_of_days(str(st.session_state.get("language", "")), st.context.locale or "")


def day_input(label: str, value: date | None = None, **more: Any) -> date | None:
    """The day that was chosen, or None. What stands there already may lie outside."""
    chosen = st.date_input(
        label, value=value, format=here(), min_value=min(value or EARLIEST, EARLIEST),
        max_value=max(value or LATEST, LATEST), **more,
    )  # fmt: skip
    return chosen if isinstance(chosen, date) else None
