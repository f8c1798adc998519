"""A field for a day, as far back as rules go: Streamlit's own ends ten years before and after today."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

EARLIEST, LATEST = date(1868, 1, 1), date(2199, 12, 31)  # from the first era that dates are written in


def day_input(label: str, value: date | None = None, **more: Any) -> date | None:
    """The day that was chosen, or None. What stands there already may lie outside."""
    chosen = st.date_input(
        label, value=value, format="YYYY-MM-DD", min_value=min(value or EARLIEST, EARLIEST),
        max_value=max(value or LATEST, LATEST), **more,
    )  # fmt: skip
    return chosen if isinstance(chosen, date) else None
