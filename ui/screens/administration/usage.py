"""Questions over time, for administrators: how many, how they were answered, what was thought of them, and
how long people waited. Counts alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import median

import altair as alt
import pandas as pd
import streamlit as st

from contract.system import UsageDay
from ui import markup
from ui.language import Words
from ui.session_state import Screen

SPANS = (7, 30, 90, 365)  # days
STATUSES = ("answered", "quoted", "not_found")
COLOURS = ("#1f7a4d", "#2f7fb8", "#c77700")  # told apart also by those who see red and green alike


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    st.html(markup.block(words("usage.title"), "title", language=words.language, tag="h1"))
    span = st.segmented_control(
        words("usage.span"), SPANS, default=30, required=True, key="usage_span",
        format_func=lambda days: words("usage.days", days=days),
    )  # fmt: skip
    days = screen.backend.usage(days=int(span or 30))
    total = sum(day.questions for day in days)
    if not total:
        st.html(markup.notice(words("usage.none"), "info", language=words.language))
        return
    _figures(words, days, total)
    _answers(words, days)
    left, right = st.columns(2, gap="large")
    with left:
        _waits(words, days)
    with right:
        _opinions(words, days)


def _figures(words: Words, days: Sequence[UsageDay], total: int) -> None:
    not_found = sum(day.not_found for day in days)
    helpful, not_helpful = sum(day.helpful for day in days), sum(day.not_helpful for day in days)
    quotes = [day.quotes_ms for day in days if day.quotes_ms is not None]
    for column, (label, value) in zip(
        st.columns(4),
        (
            ("usage.questions", words.number(total)),
            ("usage.not_found", f"{100 * not_found / total:.0f}%"),
            ("usage.helpful", f"{helpful} / {helpful + not_helpful}" if helpful + not_helpful else "–"),
            ("usage.quotes_wait", words.duration(median(quotes)) if quotes else "–"),
        ),
        strict=True,
    ):
        column.metric(words(label), value, border=True)


def _answers(words: Words, days: Sequence[UsageDay]) -> None:
    rows = [
        (day.day, words(f"history.{status}"), getattr(day, status)) for day in days for status in STATUSES
    ]
    _bars(words, "usage.by_day", rows, [words(f"history.{status}") for status in STATUSES], COLOURS)


def _opinions(words: Words, days: Sequence[UsageDay]) -> None:
    names = [words("feedback.helpful"), words("feedback.not_helpful")]
    rows = [
        (day.day, name, count)
        for day in days
        for name, count in zip(names, (day.helpful, day.not_helpful), strict=True)
    ]
    if any(count for *_, count in rows):
        _bars(words, "usage.opinions", rows, names, (COLOURS[0], COLOURS[2]))
        return
    st.html(markup.block(words("usage.opinions"), "label", language=words.language, tag="h2"))
    st.html(markup.block(words("usage.no_opinions"), "quiet", language=words.language))


def _bars(
    words: Words, title: str, rows: list[tuple[date, str, int]], names: list[str], colours: Sequence[str]
) -> None:
    st.html(markup.block(words(title), "label", language=words.language, tag="h2"))
    table = pd.DataFrame(rows, columns=["day", "kind", "count"])
    table["shown"] = [words.date(day) for day in table["day"]]
    table["day"] = pd.to_datetime(table["day"])
    chart = (
        alt.Chart(table, height=260)
        .mark_bar()
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%m/%d", tickMinStep=86_400_000)),
            y=alt.Y("count:Q", title=None, axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "kind:N", title=None, scale=alt.Scale(domain=names, range=list(colours)),
                legend=alt.Legend(orient="top", columns=1),
            ),
            tooltip=[
                alt.Tooltip("shown:N", title=words("usage.day")),
                alt.Tooltip("kind:N", title=words("usage.kind")),
                alt.Tooltip("count:Q", title=words("usage.count")),
            ],
        )
    )  # fmt: skip
    st.altair_chart(chart, width="stretch")


def _waits(words: Words, days: Sequence[UsageDay]) -> None:
    names = {"quotes_ms": words("usage.quotes_wait"), "total_ms": words("usage.total_wait")}
    rows = [
        (day.day, name, value / 1000)
        for day in days
        for field, name in names.items()
        if (value := getattr(day, field)) is not None
    ]
    if not rows:
        return
    st.html(markup.block(words("usage.waits"), "label", language=words.language, tag="h2"))
    table = pd.DataFrame(rows, columns=["day", "kind", "seconds"])
    table["shown"] = [words.date(day) for day in table["day"]]
    table["day"] = pd.to_datetime(table["day"])
    chart = (
        alt.Chart(table, height=260)
        .mark_line(point=True)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%m/%d", tickMinStep=86_400_000)),
            y=alt.Y("seconds:Q", title=words("usage.seconds")),
            color=alt.Color(
                "kind:N", title=None, scale=alt.Scale(domain=list(names.values()), range=list(COLOURS[:2])),
                legend=alt.Legend(orient="top", columns=1),
            ),
            tooltip=[
                alt.Tooltip("shown:N", title=words("usage.day")),
                alt.Tooltip("kind:N", title=words("usage.kind")),
                alt.Tooltip("seconds:Q", title=words("usage.seconds"), format=".2f"),
            ],
        )
    )  # fmt: skip
    st.altair_chart(chart, width="stretch")
