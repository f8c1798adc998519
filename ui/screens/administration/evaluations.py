"""How well questions are answered, for administrators: question sets, the evaluation under way, and what was
measured, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from contract.reports import EvaluationRunAnswer, EvaluationRunOut, QuestionSetList, QuestionSetOut
from contract.values import JobState
from ui import markup
from ui.errors import told
from ui.language import Words
from ui.screens import actions
from ui.screens.documents.uploads import wording
from ui.session_state import Screen

EVERY = 1.0  # seconds between two looks while questions are being asked
MOST = 20
NO_MODEL = "none"
SHARES = ("first_quote", "complete", "correct_when_shown", "refused_when_absent")
KIND_FIGURES = ("n", "complete", "all_facts", "refused", "refused_unanswerable", "mean_characters")
COUNTED = {"n", "mean_characters"}  # of those; the others are shares
ALL = "all"  # kinds of questions together
EXAMPLE = """my-questions.zip
  docs/work-rules.pdf
  questions.jsonl

{"qid": "1", "kind": "number", "question": "How many days of paid leave are there?", "facts": [["10 days"]]}
{"qid": "2", "kind": "unanswerable", "question": "Who is the landlord?", "answerable": false}"""


def show(screen: Screen) -> None:
    """The part of the page of reports."""
    st.html(markup.block(screen.words("reports.evaluations_explain"), "calm", language=screen.words.language))
    if "POST /api/evaluation-run" in screen.doors:
        listed = QuestionSetList.model_validate(screen.backend.read("/api/question-sets"))
        run = _run(screen)
        busy = run is not None and run.state == JobState.RUNNING
        if listed.sets and not busy:
            _start(screen, listed)
        st.fragment(_under_way, run_every=EVERY if busy else None)(screen, busy)
        _sets(screen, listed)
    _history(screen)


def _run(screen: Screen) -> EvaluationRunOut | None:
    return EvaluationRunAnswer.model_validate(screen.backend.read("/api/evaluation-run")).run


def _start(screen: Screen, listed: QuestionSetList) -> None:
    words = screen.words
    sets = {kept.name: kept for kept in listed.sets}
    with st.form("evaluate", border=True):
        chosen, by = st.columns(2)
        name = chosen.selectbox(
            words("reports.set"), list(sets), format_func=lambda name: f"{name} · {_size(words, sets[name])}"
        )
        model = by.selectbox(
            words("reports.chat"), [NO_MODEL, *listed.models], format_func=lambda model: _model(words, model)
        )
        if st.form_submit_button(words("reports.go"), type="primary", icon=":material/play_arrow:"):
            actions.send(screen, "POST", "/api/evaluation-run", {"set": name, "model": model})
            st.rerun()


def _model(words: Words, name: str) -> str:
    return words("reports.chat_none") if name == NO_MODEL else name


def _size(words: Words, kept: QuestionSetOut) -> str:
    questions = words.count("reports.questions", kept.questions)
    return f"{questions} · {words.count('reports.documents', kept.documents)}"


def _under_way(screen: Screen, was_busy: bool) -> None:
    """The run under way, drawn again and again until it ends; and how the last one ended."""
    words = screen.words
    with told(words):
        run = _run(screen)
        if (run is not None and run.state == JobState.RUNNING) != was_busy:
            st.rerun()
        if run is None:
            return
        if run.state == JobState.RUNNING:
            _progress(screen, run)
            return
        if run.state == JobState.FAILED:
            problem = words.error(run.error) if run.error is not None else run.problem
            text, kind = words("reports.run_failed", set=run.set, problem=problem), "error"
        elif run.state == JobState.CANCELLED:
            text, kind = words("reports.run_stopped", set=run.set), "info"
        else:
            text, kind = words("reports.run_done", set=run.set), "good"
        st.html(markup.notice(text, kind, language=words.language))


def _progress(screen: Screen, run: EvaluationRunOut) -> None:
    words = screen.words
    step = words(f"reports.step_{run.step}" if run.step else "reports.step_models")
    text = f"{run.set} · {_model(words, run.model)} · {step}"
    if run.total:
        text = f"{text} {words.number(run.done)} / {words.number(run.total)}"
    with st.container(border=True, horizontal=True, vertical_alignment="bottom", gap="small", key="run"):
        st.progress(min(1.0, run.done / run.total) if run.total else 0.0, markup.plain(text))
        st.button(
            words("reports.stop"), key="stop-evaluation", icon=":material/stop_circle:",
            on_click=actions.send, args=(screen, "DELETE", "/api/evaluation-run"),
        )  # fmt: skip


def _sets(screen: Screen, listed: QuestionSetList) -> None:
    """What sets there are, and another one by a ZIP."""
    words = screen.words
    with st.expander(words("reports.sets"), icon=":material/quiz:", expanded=not listed.sets):
        for kept in listed.sets:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.html(
                    f'<div class="document"><span class="title">{markup.escaped(kept.name)}</span>'
                    f'<div class="where" lang="{words.language}">{markup.escaped(_size(words, kept))}</div>'
                    "</div>",
                    width="stretch",
                )
                with st.popover(words("reports.remove"), icon=":material/delete:", type="tertiary"):
                    question = words("reports.remove_set", name=kept.name)
                    st.html(markup.block(question, "calm", language=words.language))
                    st.button(
                        words("reports.remove"), key=f"remove-set-{kept.name}", type="primary",
                        on_click=actions.send, args=(screen, "DELETE", f"/api/question-sets/{kept.name}"),
                        kwargs={"done": words("reports.set_removed", name=kept.name)},
                    )  # fmt: skip
        st.html(markup.block(words("reports.set_explain"), "calm", language=words.language))
        st.code(EXAMPLE, language=None, wrap_lines=True)
        st.html(wording(words, limit="reports.set_limit", within=".st-key-question-sets"))
        # A new key empties the field: what was sent is not offered again.
        number = st.session_state.setdefault("sets_sent", 0)
        with st.container(key="question-sets"):
            file = st.file_uploader(words("reports.set_file"), type=["zip"], key=f"question-set-{number}")
        if file is not None and st.button(words("reports.set_add"), key="add-set", type="primary"):
            with st.spinner(words("reports.set_adding")):
                if _add(screen, file.name, file.getvalue()):
                    st.session_state["sets_sent"] = number + 1
            st.rerun()


def _add(screen: Screen, name: str, content: bytes) -> bool:
    words = screen.words
    kept: list[QuestionSetOut] = []

    def send() -> None:
        sent = screen.backend.post_file("/api/question-sets", {"file": (name, content)}, {})
        kept.append(QuestionSetOut.model_validate(sent))

    if not actions.do(screen, send):
        return False
    said = words("reports.set_added", name=kept[0].name, size=_size(words, kept[0]))
    return actions.do(screen, lambda: None, done=said)


def _history(screen: Screen) -> None:
    words = screen.words
    actions.part(screen, "reports.measured")
    runs = screen.backend.read("/api/evaluations")["evaluations"]
    if not runs:
        actions.nothing(screen, "reports.no_evaluation")
    for number, run in enumerate(runs[:MOST]):
        with st.container(border=True, key=f"evaluation-{run['id']}"):
            moment = words.moment(datetime.fromisoformat(run["made_at"]))
            facts = f"{moment} · {words.count('reports.questions', run['questions'])}"
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.html(
                    f'<div class="document"><span class="title">{markup.escaped(run["set"])}</span>'
                    f'<div class="where" lang="{words.language}">{markup.escaped(facts)}</div></div>',
                    width="stretch",
                )
                query = {"language": words.language}
                path, name = f"/api/evaluations/{run['id']}", f"evaluation-{run['id']}.html"
                actions.page_of_report(screen, f"{path}/page", name, query)
                _remove(screen, path, run)
            st.html(shares_table(words, run))
            for model, kinds in zip(run["models"], run.get("kinds", ()), strict=False):
                if kinds:
                    title = words("reports.by_kind")
                    if len(run["models"]) > 1:
                        title = f"{title} · {_model(words, model)}"
                    with st.expander(title, expanded=number == 0 and len(run["models"]) == 1):
                        st.html(kinds_table(words, kinds))
                        explain = words("reports.by_kind_explain")
                        st.html(markup.block(explain, "quiet", language=words.language))


def _remove(screen: Screen, path: str, run: Mapping[str, Any]) -> None:
    words = screen.words
    with st.popover(words("reports.remove"), icon=":material/delete:", type="tertiary"):
        question = words("reports.remove_question", set=run["set"])
        st.html(markup.block(question, "calm", language=words.language))
        st.button(
            words("reports.remove"), key=f"remove-{run['id']}", type="primary",
            on_click=actions.send, args=(screen, "DELETE", path),
            kwargs={"done": words("reports.removed", set=run["set"])},
        )  # fmt: skip


def shares_table(words: Words, run: Mapping[str, Any]) -> str:
    """The shares of each model as a table; a dash where nothing was measured."""
    rows = [
        [_model(words, model), *(_percent(run[share][place]) for share in SHARES)]
        for place, model in enumerate(run["models"])
    ]
    return _table(words, ["reports.model", *(f"reports.{share}" for share in SHARES)], rows)


def kinds_table(words: Words, kinds: Mapping[str, Mapping[str, float | None]]) -> str:
    """The figures of each kind of question, all kinds together last. Where none of a kind can be answered,
    what is refused is refused rightly."""
    names = [*(kind for kind in kinds if kind != ALL), *(kind for kind in kinds if kind == ALL)]
    rows = [
        [words("reports.all_kinds") if kind == ALL else kind]
        + [_figure(kinds[kind], name) for name in KIND_FIGURES]
        for kind in names
    ]
    return _table(words, ["reports.kind", *(f"reports.kind_{name}" for name in KIND_FIGURES)], rows)


def _figure(figures: Mapping[str, float | None], name: str) -> str:
    value = figures.get(name)
    if name in COUNTED:
        return "–" if value is None else f"{value:,.0f}"
    return _percent(None if name == "refused" and figures.get("complete") is None else value)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}%"


def _table(words: Words, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is a name and whose others are figures."""
    names = "".join(
        f'<th scope="col"{" class=figure" if number else ""}>{markup.escaped(words(key))}</th>'
        for number, key in enumerate(head)
    )
    body = "".join(
        f"<tr><td>{markup.escaped(row[0])}</td>"
        + "".join(f'<td class="figure">{markup.escaped(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide"><table lang="{words.language}"><thead><tr>{names}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
