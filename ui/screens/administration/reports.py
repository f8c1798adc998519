"""Proofs and reports, for administrators: that nothing goes out, and how well questions are answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from ui import markup
from ui.language import Words
from ui.screens import actions
from ui.session_state import Screen

SHARES = ("first_quote", "complete", "correct_when_shown", "refused_when_absent")
COLOURS = ("#1f5f8b", "#c77700", "#1f7a4d", "#7a4fa3", "#8f2a1b")  # told apart also by the colour-blind
MOST = 20


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    actions.title(screen, "reports")
    actions.said(screen)
    egress, evaluations = st.tabs([words("reports.egress"), words("reports.evaluations")])
    with egress:
        _egress(screen)
    with evaluations:
        _evaluations(screen)


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
    found = screen.backend.read("/api/egress/reports")["reports"]
    if not found:
        actions.nothing(screen, "reports.no_proof")
    for one in found[:MOST]:
        label = words("reports.held" if one["passed"] else "reports.broken")
        with (
            st.container(border=True, key=f"proof-{one['id']}"),
            st.container(horizontal=True, vertical_alignment="center", gap="small"),
        ):
            st.html(
                f'<div class="document"><span class="title">'
                f"{markup.escaped(words.moment(datetime.fromisoformat(one['made_at'])))}</span> "
                f"{markup.badge(label, 'good' if one['passed'] else 'error')}"
                f'<div class="where">{markup.escaped(one["note"])}</div></div>',
                width="stretch",
            )
            _page(screen, f"/api/egress/reports/{one['id']}/page", f"egress-{one['id']}.html", {})


def _evaluations(screen: Screen) -> None:
    words = screen.words
    st.html(markup.block(words("reports.evaluations_explain"), "calm", language=words.language))
    st.code("shoko eval FOLDER", language=None)
    found = screen.backend.read("/api/evaluations")["evaluations"]
    if not found:
        actions.nothing(screen, "reports.no_evaluation")
    for number, one in enumerate(found[:MOST]):
        with st.container(border=True, key=f"evaluation-{one['id']}"):
            moment = words.moment(datetime.fromisoformat(one["made_at"]))
            facts = f"{moment} · {words('reports.questions', count=words.number(one['questions']))}"
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.html(
                    f'<div class="document"><span class="title">{markup.escaped(one["set"])}</span>'
                    f'<div class="where" lang="{words.language}">{markup.escaped(facts)}</div></div>',
                    width="stretch",
                )
                query = {"language": words.language}
                _page(screen, f"/api/evaluations/{one['id']}/page", f"evaluation-{one['id']}.html", query)
            if number == 0:
                _plot(words, one)
            st.html(shares_table(words, one))


def _page(screen: Screen, path: str, name: str, query: dict[str, str]) -> None:
    st.download_button(
        screen.words("reports.page"), data=lambda: screen.backend.download(path, **query), file_name=name,
        mime="text/html", icon=":material/download:", type="tertiary", on_click="ignore", key=f"page-{name}",
    )  # fmt: skip


def shares_table(words: Words, run: dict[str, Any]) -> str:
    """The shares of each model as a table; a dash where nothing was measured."""
    names = {key: markup.escaped(words(f"reports.{key}")) for key in ("model", *SHARES)}
    head = "".join(
        f'<th scope="col"{"" if key == "model" else " class=figure"}>{name}</th>'
        for key, name in names.items()
    )
    rows = "".join(
        f"<tr><td>{markup.escaped(model)}</td>{''.join(_cell(run[share][at]) for share in SHARES)}</tr>"
        for at, model in enumerate(run["models"])
    )
    return (
        f'<div class="wide"><table lang="{words.language}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(share: float | None) -> str:
    return f'<td class="figure">{"–" if share is None else f"{100 * share:.1f}%"}</td>'


def _plot(words: Words, run: dict[str, Any]) -> None:
    rows = [
        (words(f"reports.{share}"), model, run[share][at])
        for share in SHARES
        for at, model in enumerate(run["models"])
        if run[share][at] is not None
    ]
    if not rows:
        return
    names: Sequence[str] = [words(f"reports.{share}") for share in SHARES]
    table = pd.DataFrame(rows, columns=["what", "model", "share"])
    chart = (
        alt.Chart(table, height=60 + 26 * len(rows))
        .mark_bar()
        .encode(
            y=alt.Y("what:N", title=None, sort=list(names), axis=alt.Axis(labelLimit=260)),
            yOffset=alt.YOffset("model:N"),
            x=alt.X("share:Q", title=None, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color(
                "model:N", title=None, scale=alt.Scale(range=list(COLOURS)), legend=alt.Legend(orient="top")
            ),
            tooltip=["model:N", "what:N", alt.Tooltip("share:Q", format=".1%")],
        )
    )
    st.altair_chart(chart, width="stretch")
